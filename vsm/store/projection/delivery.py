"""Keeps services, deployments, incidents and changes as they were before each change of them."""

from __future__ import annotations

from collections.abc import Mapping

from vsm.model import event as e
from vsm.model.delivery_entities import DELIVERY
from vsm.model.event import Recorded
from vsm.store.entities import pack
from vsm.store.projection.base import Projector


def note_delivery(p: Projector, r: Recorded, before: Mapping[str, object] | None) -> None:
    """Keep what was there before an event, for looks at the past; ``None``: nothing was."""
    event = r.event
    if not isinstance(event, e.EntityEvent) or event.entity not in DELIVERY:
        return
    p.conn.execute(
        "INSERT INTO delivery_change(seq, entity, number, at, before) VALUES(?, ?, ?, ?, ?)",
        (r.seq, event.entity.name, event.id, r.at, None if before is None else pack(before)),
    )
