"""Rules on reports that were made and notes on their facts: they stay as they were made."""

from __future__ import annotations

from collections.abc import Sequence

from vsm.model import event as e
from vsm.model.decide.base import RuleViolation
from vsm.model.errors import RefusalCode
from vsm.model.report_entities import FACT_NOTE, MADE_REPORT
from vsm.model.view import View


def settle_reports(view: View, events: Sequence[e.Event]) -> list[e.Event]:
    """The events, with who noted a fact and when; a report on record is not taken off it."""
    out = []
    for event in events:
        entity = getattr(event, "entity", None)
        if entity is MADE_REPORT and not isinstance(event, e.EntityAdded):
            raise RuleViolation(
                RefusalCode.STATE, "a report stays on record", "make another: vsm report weekly"
            )
        if entity is FACT_NOTE and isinstance(event, e.EntityAdded):
            by = {"noted_by": view.actor, "noted_at": view.now}
            event = e.added(FACT_NOTE, event.id, **{**event.values, **by})
        out.append(event)
    return out
