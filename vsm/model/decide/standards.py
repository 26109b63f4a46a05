"""Rules on standards: one for a stream, and deviations from it that are agreed up to a day."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from vsm.model import event as e
from vsm.model.decide.base import RuleViolation
from vsm.model.errors import RefusalCode
from vsm.model.rules import local
from vsm.model.standard import version_of
from vsm.model.standard_entities import ADOPTION, DEVIATION
from vsm.model.view import View

_Values = dict[str, Any]


def settle_standards(view: View, events: Iterable[e.Event]) -> list[e.Event]:
    """The events on standards and deviations, completed; refuses what may not be."""
    settled: list[e.Event] = []
    for event in events:
        settled.append(_settled(view, event))
        settled += _ended(view, event)
    return settled


def _ended(view: View, event: e.Event) -> list[e.Event]:
    """What ends with a standard, or with another one in its place: all that was agreed on it."""
    if getattr(event, "entity", None) is not ADOPTION:
        return []
    if isinstance(event, e.EntityChanged) and "standard" in event.after:
        current = view.get(ADOPTION, event.id)
        only = None if current is None else current.only
    elif isinstance(event, e.EntityRemoved):
        only = event.values["only"]
    else:
        return []
    agreed = [one for one in view.all(DEVIATION) if one.only == only]
    return [e.removed(DEVIATION, one.id, **DEVIATION.values(one)) for one in agreed]


def _settled(view: View, event: e.Event) -> e.Event:
    entity = getattr(event, "entity", None)
    if entity is None or entity.name not in _RULES:
        return event
    rule = _RULES[entity.name]
    if isinstance(event, e.EntityAdded):
        return e.added(entity, event.id, **rule(view, None, event.values))
    current = view.get(entity, event.id) if isinstance(event, e.EntityChanged) else None
    if current is None or not isinstance(event, e.EntityChanged):
        return event
    before = entity.values(current)
    after = rule(view, event.id, {**before, **event.after})
    changes = {name: (before[name], after[name]) for name in after if before[name] != after[name]}
    return e.changed(entity, event.id, changes)


def _adoption(view: View, number: int | None, values: _Values) -> _Values:
    known = [one for one in view.all(ADOPTION) if one.only == values["only"]]
    if number is None and known:
        raise RuleViolation(
            RefusalCode.STATE,
            f"the stream follows {known[0].standard} already",
            "drop that one first: vsm standard drop",
            by_key="{adopt_standard} on the list of standards replaces it",
        )
    return {**values, "version": version_of(values["text"]), "decided_by": view.actor}


def _deviation(view: View, number: int | None, values: _Values) -> _Values:
    stream = view.stream(values["only"])
    if not any(one.only == values["only"] for one in view.all(ADOPTION)):
        name = "the stream" if stream is None else stream.name
        raise RuleViolation(
            RefusalCode.STATE,
            f"{name} follows no standard that it could deviate from",
            "adopt one first: vsm standard adopt STANDARD --reason TEXT",
            by_key="{list_standards} lists standards, {adopt_standard} adopts one",
        )
    part = values["part"].casefold()
    same = (d for d in view.all(DEVIATION) if d.only == values["only"] and d.id != number)
    if number is None and any(one.part.casefold() == part for one in same):
        raise RuleViolation(
            RefusalCode.STATE, f"{values['part']} is agreed already", "change that agreement"
        )
    zone = stream.zone if stream is not None else "UTC"
    until = values["until"]
    if until is not None and until < local(view.now, zone).date().isoformat():
        raise RuleViolation(
            RefusalCode.INVALID, f"{until} is over", "give today or a later day, or none"
        )
    return {**values, "decided_by": view.actor}


_RULES = {ADOPTION.name: _adoption, DEVIATION.name: _deviation}
