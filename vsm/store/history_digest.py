"""Makes the digest of all that a source states of an item: where it is equal, nothing is new."""

from __future__ import annotations

import hashlib
import marshal
from typing import Any

from vsm.model.history import ItemHistory
from vsm.store.bulk_events import Moves


def digest_of(history: ItemHistory, moves: Moves) -> str:
    """The digest of a history whose entries are these moves."""
    body: list[Any] = [
        history.key,
        history.title,
        history.description,
        history.type,
        history.service.value,
        history.owner,
        history.team,
        history.estimate,
        history.due,
        history.labels,
        history.parent,
        [(k.value, a, b) for k, a, b in history.links],
        history.quality.value,
        list(moves),
    ]
    if history.sprints or history.estimates:
        body.append([list(map(list, history.sprints)), list(map(list, history.estimates))])
    if history.blocks:
        body.append([(b.started, b.ended, b.reason, b.kind.value, b.by) for b in history.blocks])
    # marshal at its oldest, frozen format: a quarter of the time of JSON; if it ever gave other
    # bytes, an import would restate what it states already, and nothing else
    return hashlib.sha256(marshal.dumps(body, 2)).hexdigest()[:32]
