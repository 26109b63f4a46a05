"""Redo of deployments and changes, where the same was recorded anew since."""

from __future__ import annotations

from vsm.model import event as e
from vsm.model.delivery_entities import CHANGE, DEPLOYMENT
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.view import View

_NAMES = {DEPLOYMENT.name: "source_id", CHANGE.name: "ref"}
"""By entity the field that names one in the tool that it comes from, within its service."""


def delivery_conflict(event: e.EntityAdded, view: View) -> Refusal | None:
    """Refuse to bring back what a pipeline recorded anew: it would be there twice."""
    name = _NAMES.get(event.entity.name)
    value = event.values[name] if name is not None else ""
    if name is None or not value:
        return None
    same = view.where(event.entity, name, [value])
    if not any(one.service == event.values["service"] for one in same):
        return None
    return Refusal(
        RefusalCode.UNDO,
        f"the {event.entity.label} {value} was recorded anew since",
        "correct that one instead",
    )
