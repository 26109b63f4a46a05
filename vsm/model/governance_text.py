"""Events of modes and waivers in words, for the history and the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vsm.model import event as e
from vsm.model.control.control import Waiver, WaiverState
from vsm.model.governance_entities import CONTROL, WAIVER

if TYPE_CHECKING:
    from vsm.model.event_text import Names

_ANSWERS = {
    (WaiverState.ASKED, WaiverState.GRANTED): "granted",
    (WaiverState.ASKED, WaiverState.REFUSED): "refused",
    (WaiverState.ASKED, WaiverState.WITHDRAWN): "withdrew",
    (WaiverState.GRANTED, WaiverState.WITHDRAWN): "withdrew",
}
"""By the states before and after, the verb; any other change of state is an undo."""


def describe_answer(event: e.EntityChanged, names: Names) -> str:
    """The answer to a waiver: ``granted waiver 1 of chg-approved for items labelled pilot``."""
    waiver: Waiver | None = names.get(WAIVER, event.id)
    if waiver is None:
        of = names.entity(WAIVER, event.id)
    else:
        control = names.entity(CONTROL, waiver.control)
        of = f"waiver {waiver.number} of {control} for {waiver.scope}"
    before, after = (WaiverState(state) for state in event.changes["state"])
    verb = _ANSWERS.get((before, after))
    return f"{verb} {of}" if verb else f"set {of} back to {after}"


def mode_of(event: e.EntityAdded | e.EntityRemoved, names: Names) -> str:
    """The mode and for what it is set: ``controlling of chg-approved in Card issuing``."""
    stream, control = names.stream(event.values["only"]), event.values["control"]
    of = stream if control is None else f"{names.entity(CONTROL, control)} in {stream}"
    return f"{event.values['value']} of {of}"
