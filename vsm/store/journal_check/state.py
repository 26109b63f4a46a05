"""The state that the entries of a journal have led to, against which the next is checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import singledispatch
from typing import Any

from pydantic import ValidationError

from vsm.model import event as e
from vsm.model.entities import ENTITIES
from vsm.model.entity import Entity
from vsm.model.event import Recorded

ID_MAX = 2**53
"""Largest id or number: SQLite holds more, JSON readers do not, and ids are counted on from it."""


class Impossible(ValueError):
    """What an entry says cannot be."""


@dataclass(slots=True)
class FollowedItem:
    """Where an item stands after the entries so far; ``visits`` are the stages it was in."""

    key: str
    stream: int
    visits: list[int]
    fields: e.ItemFields
    run: int | None = None
    block: int | None = None
    blocks: set[int] = field(default_factory=set)
    """All blockers that it has or had."""
    comments: set[int] = field(default_factory=set)
    evidence: set[int] = field(default_factory=set)
    sprints: list[int] = field(default_factory=list)
    """The sprints that it was added to."""


@dataclass(slots=True)
class FollowedStream:
    """A stream after the entries so far."""

    facts: dict[str, Any]
    stages: dict[int, e.StageFacts]
    edges: tuple[e.EdgeFacts, ...]


@dataclass(slots=True)
class FollowedRun:
    """An import, and the positions of the item histories that it stated."""

    stream: int
    statements: list[int] = field(default_factory=list)
    withdrawn: bool = False


def require(condition: object, what: str) -> None:
    """Raise :class:`Impossible` where a condition does not hold."""
    if not condition:
        raise Impossible(what)


def check_date(text: Any) -> None:
    """Refuse what is no ISO date."""
    try:
        require(date.fromisoformat(text).isoformat() == text, f"{text!r:.40} is not a date")
    except (TypeError, ValueError):
        raise Impossible(f"{text!r:.40} is not a date") from None


def check_calendar(workdays: Any, holidays: Iterable[Any]) -> None:
    """Refuse weekdays and days off that do not exist."""
    if workdays is not None:
        days = list(workdays)
        require(days and all(type(d) is int and 1 <= d <= 7 for d in days), "no such weekdays")
    for day in holidays:
        check_date(day)


def check_numbers(value: Any) -> None:
    """Refuse numbers that are too large, at any depth."""
    if isinstance(value, int):
        require(abs(value) <= ID_MAX, "a number is too large")
    elif isinstance(value, Mapping):
        for key, part in value.items():
            check_numbers(key)
            check_numbers(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            check_numbers(part)


def changed_values(
    changes: Mapping[str, tuple[Any, Any]], known: Iterable[str], what: str
) -> dict[str, Any]:
    """The new values of fields that exist."""
    strange = sorted(set(changes) - set(known))
    require(not strange, f"a {what} has no field {strange[:1]!r:.60}")
    return {name: after for name, (_, after) in changes.items()}


@contextmanager
def refuse_invalid() -> Iterator[None]:
    """Turn what pydantic refuses into :class:`Impossible`."""
    try:
        yield
    except ValidationError as error:
        raise Impossible(describe_error(error)) from None


def describe_error(error: ValidationError) -> str:
    """The first thing that is wrong with the shape of an event."""
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}"[:200]


@dataclass(slots=True)
class JournalState:
    """All that the entries so far have made."""

    streams: dict[int, FollowedStream] = field(default_factory=dict)
    entities: dict[str, dict[int, dict[str, Any]]] = field(
        default_factory=lambda: {name: {} for name in ENTITIES}
    )
    """By entity and id, the values of its fields."""
    items: dict[int, FollowedItem] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)
    blocks: dict[int, tuple[int, bool]] = field(default_factory=dict)
    """By blocker its item, and whether it still blocks."""
    comments: dict[int, int] = field(default_factory=dict)
    """By comment its item."""
    evidence: dict[int, int] = field(default_factory=dict)
    """By piece of evidence its item."""
    runs: dict[int, FollowedRun] = field(default_factory=dict)
    statements: dict[int, e.ItemHistoryImported] = field(default_factory=dict)
    """By position of the entry."""
    changed: set[int] = field(default_factory=set)
    """Streams that the group has changed, to be checked at its end."""

    def stream(self, stream_id: int) -> FollowedStream:
        """The stream, which must be there."""
        known = self.streams.get(stream_id)
        if known is None:
            raise Impossible(f"there is no stream {stream_id}")
        return known

    def require_stage(self, stage: int, stream_id: int) -> None:
        """Refuse a stage that is not in a stream."""
        require(stage in self.stream(stream_id).stages, f"stream {stream_id} has no stage {stage}")

    def entity(self, entity: Entity[Any], number: int) -> dict[str, Any]:
        """The values of an entity, which must be there."""
        known = self.entities[entity.name]
        require(number in known, f"there is no {entity.label} {number}")
        return known[number]

    def item(self, item_id: int, stream: int | None = None) -> FollowedItem:
        """The item, which must be there, and in ``stream`` where one is given."""
        item = self.items.get(item_id)
        if item is None:
            raise Impossible(f"there is no item {item_id}")
        require(
            stream in (None, item.stream), f"item {item_id} is not in stream {stream} at this point"
        )
        return item


@singledispatch
def check_event(event: object, state: JournalState, r: Recorded) -> None:
    """Check an entry against the state and follow it. Each kind that can be wrong registers."""
