"""Checks that the entries of a foreign journal could have been written by vsm.

A valid hash chain only says that a file is whole: anybody can compute one. The tables are folded
from the journal without questions, so whatever they take for granted is checked here: that ids
refer to something, that an item is where it is said to leave from, that zones and dates exist,
that streams work. Limits and reasons are left alone: those rules may change between versions.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import ValidationError

from vsm.model import event as e
from vsm.model.entities import ENTITIES, TEAM
from vsm.model.entity import Entity, Field
from vsm.model.event import Recorded
from vsm.model.field_types import InvalidValue
from vsm.model.rules import zone_of
from vsm.model.stream import Edge, Stage, ValueStream

EARLIEST = -2_208_988_800_000_000
LATEST = 32_503_679_999_999_999
"""1900 to 2999, in UTC microseconds: zones and windows reach past the ends of the calendar."""
ID_MAX = 2**53
"""Largest id or number: SQLite holds more, JSON readers do not, and ids are counted on from it."""

_LONG_NUMBER = re.compile(r"[0-9]{15}")
_STREAM_FIELDS = frozenset(
    ("name", "zone", "prefix", "commitment", "workdays", "holidays", "types", "vocabulary", "link")
)
_STAGE_FIELDS = frozenset(e.StageFacts.model_fields) - {"id", "position"}


class Impossible(ValueError):
    """What an entry says cannot be."""


@dataclass(slots=True)
class _Item:
    """Where an item stands after the entries so far; ``visits`` are the stages it was in."""

    key: str
    stream: int
    visits: list[int]
    fields: e.ItemFields
    run: int | None = None
    block: int | None = None


@dataclass(slots=True)
class _Stream:
    """A stream after the entries so far."""

    facts: dict[str, Any]
    stages: dict[int, e.StageFacts]
    edges: tuple[e.EdgeFacts, ...]


@dataclass(slots=True)
class _Run:
    """An import, and the positions of the item histories that it stated."""

    stream: int
    statements: list[int] = field(default_factory=list)
    withdrawn: bool = False


def _require(condition: object, what: str) -> None:
    if not condition:
        raise Impossible(what)


def _check_date(text: Any) -> None:
    try:
        _require(date.fromisoformat(text).isoformat() == text, f"{text!r:.40} is not a date")
    except (TypeError, ValueError):
        raise Impossible(f"{text!r:.40} is not a date") from None


def _check_calendar(workdays: Any, holidays: Iterable[Any]) -> None:
    if workdays is not None:
        days = list(workdays)
        _require(days and all(type(d) is int and 1 <= d <= 7 for d in days), "no such weekdays")
    for day in holidays:
        _check_date(day)


def _check_value(entity: Entity[Any], field: Field, value: Any) -> None:
    """Check that a value is one that its type writes; texts are free, but for the key."""
    what = f"{entity.article} {entity.label}"
    if field.name == entity.key:
        _require(value.strip(), f"{what} has no {field.name}")
    if field.type.value is not str:
        try:
            _require(field.type.read(field.what, value) == value, f"{what} has odd {field.what}")
        except InvalidValue as error:
            raise Impossible(str(error)) from None


def _check_numbers(value: Any) -> None:
    if isinstance(value, int):
        _require(abs(value) <= ID_MAX, "a number is too large")
    elif isinstance(value, Mapping):
        for key, part in value.items():
            _check_numbers(key)
            _check_numbers(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            _check_numbers(part)


class JournalCheck:
    """Follows a journal entry by entry; :meth:`check` raises ``ValueError`` for what cannot be."""

    def __init__(self) -> None:
        self._streams: dict[int, _Stream] = {}
        self._entities: dict[str, dict[int, dict[str, Any]]] = {name: {} for name in ENTITIES}
        """By entity and id, the values of its fields."""
        self._items: dict[int, _Item] = {}
        self._keys: dict[str, int] = {}
        self._versions: dict[int, int] = {}
        self._blocks: dict[int, tuple[int, bool]] = {}
        self._comments: dict[int, int] = {}
        self._runs: dict[int, _Run] = {}
        self._statements: dict[int, e.ItemHistoryImported] = {}
        self._group = 0
        self._groups: set[int] = set()
        self._changed: set[int] = set()

    def check(self, r: Recorded, payload: str) -> None:
        """Check the next entry against those before it."""
        self._check_columns(r)
        if _LONG_NUMBER.search(payload):
            self._check_payload_numbers(r.event)
        handler = _HANDLERS.get(type(r.event))
        if handler is not None:
            handler(self, r.event, r)

    def finish(self) -> None:
        """Check what has to be so at the end of the last group."""
        changed, self._changed = self._changed, set()
        for stream_id in changed:
            if stream_id in self._streams:
                self._check_stream(stream_id)

    # -- columns ------------------------------------------------------------------------

    def _check_columns(self, r: Recorded) -> None:
        if r.grp != self._group:
            self.finish()
            _require(r.grp == r.seq, f"its group is {r.grp}, but a group begins with its own entry")
            self._group = r.grp
            self._groups.add(r.grp)
        if r.undoes is not None:
            _require(
                r.undoes in self._groups and r.undoes < r.grp,
                f"there is no group {r.undoes} to undo",
            )
        for name, at in (("at", r.at), ("recorded_at", r.recorded_at)):
            _require(EARLIEST <= at <= LATEST, f"{name} is not a time between 1900 and 2999")
        for name in ("item", "stream"):
            there, declared = getattr(r, name), getattr(r.event, name, None)
            _require(there == declared, f"{name} is {there}, but its payload says {declared}")
        _require((r.item is None) == (r.item_version is None), "item_version does not fit item")
        if r.item is not None and r.item_version is not None:
            last = self._versions.get(r.item, 0)
            _require(
                r.item_version == last + 1,
                f"item_version is {r.item_version}, and {last + 1} is the next of item {r.item}",
            )
            self._versions[r.item] = r.item_version

    def _check_payload_numbers(self, event: e.Event) -> None:
        if isinstance(event, e.ItemHistoryImported):
            # Its moments are checked with their range, and there may be very many.
            _check_numbers(event.model_dump(exclude={"transitions"}))
        else:
            _check_numbers(event.model_dump())

    # -- streams ------------------------------------------------------------------------

    def _stream(self, stream_id: int) -> _Stream:
        stream = self._streams.get(stream_id)
        if stream is None:
            raise Impossible(f"there is no stream {stream_id}")
        return stream

    def _stage_in(self, stage: int, stream_id: int) -> None:
        _require(
            stage in self._stream(stream_id).stages, f"stream {stream_id} has no stage {stage}"
        )

    def _check_stream(self, stream_id: int) -> None:
        """Whether the stream works, as a rule would have asked before it was written."""
        stream = self._streams[stream_id]
        facts = stream.facts
        _require(isinstance(facts["name"], str) and facts["name"].strip(), "a stream has no name")
        name = facts["name"].casefold()
        for other_id, other in self._streams.items():
            _require(
                other_id == stream_id or other.facts["name"].casefold() != name,
                f"two streams are called {facts['name']!r:.60}",
            )
        zone_of(facts["zone"])
        _check_calendar(facts["workdays"], facts["holidays"])
        for stage in stream.stages.values():
            for most in (stage.limit, *stage.class_limits.values()):
                _require(most is None or most > 0, f"a WIP limit is {most}")
            if stage.team is not None:
                self._team(stage.team)
        made = ValueStream(
            id=stream_id,
            name=facts["name"],
            zone=facts["zone"],
            stages=tuple(
                Stage(
                    *(
                        s.id,
                        s.name,
                        s.category,
                        s.position,
                        s.team,
                        s.limit,
                        s.limit_kind,
                        s.policy,
                    ),
                    class_limits=tuple(s.class_limits.items()),
                    retired=s.retired,
                )
                for s in stream.stages.values()
            ),
            edges=tuple(Edge(x.source, x.target, x.kind) for x in stream.edges),
            commitment=facts["commitment"],
        )
        try:
            problems = made.problems()
        except RecursionError:
            raise Impossible(f"stream {stream_id} has too many stages") from None
        _require(not problems, f"stream {stream_id} could not work: {'; '.join(problems[:2])}")

    def _add_stage(self, stream: _Stream, stage: e.StageFacts) -> None:
        taken = any(stage.id in other.stages for other in self._streams.values())
        _require(not taken, f"there is a stage {stage.id} already")
        _require(stage.id > 0, f"a stage has the id {stage.id}")
        stream.stages[stage.id] = stage

    def _stream_created(self, event: e.StreamCreated, r: Recorded) -> None:
        _require(event.stream > 0, f"a stream has the id {event.stream}")
        _require(event.stream not in self._streams, f"there is a stream {event.stream} already")
        facts = {name: getattr(event, name) for name in _STREAM_FIELDS}
        stream = self._streams[event.stream] = _Stream(facts, {}, event.edges)
        for stage in event.stages:
            self._add_stage(stream, stage)
        self._changed.add(event.stream)

    def _stream_removed(self, event: e.StreamRemoved, r: Recorded) -> None:
        self._stream(event.stream)
        _require(
            all(item.stream != event.stream for item in self._items.values()),
            f"stream {event.stream} is removed, but holds items",
        )
        del self._streams[event.stream]

    def _stream_changed(self, event: e.StreamChanged, r: Recorded) -> None:
        stream = self._stream(event.stream)
        changes = self._values(event.changes, _STREAM_FIELDS, "stream")
        try:
            # The event of a new stream has the same fields, and knows what each may hold.
            made = e.StreamCreated.model_validate(
                {"stream": event.stream, **stream.facts, **changes, "stages": (), "edges": ()}
            )
        except ValidationError as error:
            raise Impossible(describe_error(error)) from None
        stream.facts = {name: getattr(made, name) for name in _STREAM_FIELDS}
        self._changed.add(event.stream)

    def _values(
        self, changes: Mapping[str, tuple[Any, Any]], known: Iterable[str], what: str
    ) -> dict[str, Any]:
        strange = sorted(set(changes) - set(known))
        _require(not strange, f"a {what} has no field {strange[:1]!r:.60}")
        return {name: after for name, (_, after) in changes.items()}

    def _stage_added(self, event: e.StageAdded, r: Recorded) -> None:
        self._add_stage(self._stream(event.stream), event.stage)
        self._rearranged(event, r)

    def _stage_removed(self, event: e.StageRemoved, r: Recorded) -> None:
        self._stage_in(event.stage.id, event.stream)
        _require(
            all(event.stage.id not in item.visits for item in self._items.values()),
            f"stage {event.stage.id} is removed, but items were in it",
        )
        del self._stream(event.stream).stages[event.stage.id]
        self._rearranged(event, r)

    def _stage_changed(self, event: e.StageChanged, r: Recorded) -> None:
        self._stage_in(event.stage, event.stream)
        stages = self._stream(event.stream).stages
        changes = self._values(event.changes, _STAGE_FIELDS, "stage")
        try:
            stages[event.stage] = e.StageFacts.model_validate(
                {**stages[event.stage].model_dump(), **changes}
            )
        except ValidationError as error:
            raise Impossible(describe_error(error)) from None
        self._changed.add(event.stream)

    def _rearranged(
        self, event: e.StageAdded | e.StageRemoved | e.StagesRearranged, r: Recorded
    ) -> None:
        stream = self._stream(event.stream)
        for stage, (_, after) in event.positions.items():
            self._stage_in(stage, event.stream)
            stream.stages[stage] = stream.stages[stage].model_copy(update={"position": after})
        stream.edges = event.edges
        self._changed.add(event.stream)

    def _edges_changed(self, event: e.EdgesChanged, r: Recorded) -> None:
        self._stream(event.stream).edges = event.after
        self._changed.add(event.stream)

    # -- declared entities ----------------------------------------------------------------

    def _team(self, team: int) -> None:
        self._entity(TEAM, team)

    def _entity(self, entity: Entity[Any], number: int) -> dict[str, Any]:
        known = self._entities[entity.name]
        _require(number in known, f"there is no {entity.label} {number}")
        return known[number]

    def _entity_added(self, event: e.EntityAdded, r: Recorded) -> None:
        entity, known = event.entity, self._entities[event.entity.name]
        _require(event.id > 0, f"{entity.article} {entity.label} has the id {event.id}")
        _require(
            event.id not in known, f"there is {entity.article} {entity.label} {event.id} already"
        )
        self._set_values(entity, event.id, event.values)

    def _entity_changed(self, event: e.EntityChanged, r: Recorded) -> None:
        entity = event.entity
        current = self._entity(entity, event.id)
        names = [field.name for field in entity.editable]
        changes = self._values(event.changes, names, entity.label)
        try:
            # The event of a new one has the same fields, and knows what each may hold.
            made = e.added(entity, event.id, **{**current, **changes})
        except ValidationError as error:
            raise Impossible(describe_error(error)) from None
        self._set_values(entity, event.id, made.values)

    def _entity_removed(self, event: e.EntityRemoved, r: Recorded) -> None:
        entity = event.entity
        self._entity(entity, event.id)
        in_use = self._is_referred_to(entity, event.id) or (
            entity is TEAM and self._owns_anything(event.id)
        )
        _require(not in_use, f"{entity.label} {event.id} is removed, but owns something")
        del self._entities[entity.name][event.id]

    def _set_values(self, entity: Entity[Any], number: int, values: dict[str, Any]) -> None:
        for known_field in entity.fields:
            value = values[known_field.name]
            _check_value(entity, known_field, value)
            for other in known_field.references(value):
                if known_field.refers_to == "stream":
                    self._stream(other)
                else:
                    self._entity(ENTITIES[known_field.refers_to], other)
        known = self._entities[entity.name]
        key = str(values[entity.key])
        taken = any(
            n != number and other[entity.key].casefold() == key.casefold()
            for n, other in known.items()
        )
        _require(not taken, f"two {entity.plural} are called {key!r:.60}")
        known[number] = values

    def _is_referred_to(self, entity: Entity[Any], number: int) -> bool:
        return any(
            number in field.references(values[field.name])
            for other in ENTITIES.values()
            for field in other.fields
            if field.refers_to == entity.name
            for values in self._entities[other.name].values()
        )

    def _owns_anything(self, team: int) -> bool:
        return any(item.fields.team == team for item in self._items.values()) or any(
            stage.team == team
            for stream in self._streams.values()
            for stage in stream.stages.values()
        )

    # -- items --------------------------------------------------------------------------

    def _item(self, item_id: int, stream: int | None = None) -> _Item:
        item = self._items.get(item_id)
        if item is None:
            raise Impossible(f"there is no item {item_id}")
        _require(
            stream in (None, item.stream), f"item {item_id} is not in stream {stream} at this point"
        )
        return item

    def _check_fields(self, fields: e.ItemFields) -> None:
        _require(fields.title.strip(), "an item has no title")
        _require(fields.type.strip(), "an item has no type")
        if fields.due is not None:
            _check_date(fields.due)
        if fields.estimate is not None:
            fits = math.isfinite(fields.estimate) and fields.estimate >= 0
            _require(fits, f"{fields.estimate} is not an estimate")
        if fields.team is not None:
            self._team(fields.team)

    def _enter_key(self, key: str, item: int) -> None:
        _require(key.strip(), "an item has no key")
        _require(self._keys.get(_fold(key), item) == item, f"there are two items {key!r:.60}")
        self._keys[_fold(key)] = item

    def _item_added(self, event: e.ItemAdded, r: Recorded) -> None:
        _require(event.item > 0, f"an item has the id {event.item}")
        _require(event.item not in self._items, f"there is an item {event.item} already")
        _require(event.number is None or event.number >= 0, f"its number is {event.number}")
        self._stage_in(event.stage, event.stream)
        self._check_fields(event.fields)
        self._enter_key(event.key, event.item)
        self._items[event.item] = _Item(event.key, event.stream, [event.stage], event.fields)

    def _item_removed(self, event: e.ItemRemoved, r: Recorded) -> None:
        self._item(event.item, event.stream)
        self._forget(event.item)

    def _forget(self, item_id: int) -> None:
        item = self._items.pop(item_id)
        self._keys.pop(_fold(item.key), None)
        self._blocks = {n: b for n, b in self._blocks.items() if b[0] != item_id}
        self._comments = {n: i for n, i in self._comments.items() if i != item_id}

    def _item_edited(self, event: e.ItemEdited, r: Recorded) -> None:
        item = self._item(event.item, event.stream)
        changes = self._values(event.changes, e.ItemFields.model_fields, "work item")
        try:
            fields = e.ItemFields.model_validate({**item.fields.model_dump(), **changes})
        except ValidationError as error:
            raise Impossible(describe_error(error)) from None
        self._check_fields(fields)
        item.fields = fields

    def _moved(self, event: e.ItemMoved | e.ItemTransferred, r: Recorded) -> None:
        item = self._item(event.item, event.stream)
        self._stands_in(item, event.item, event.source)
        to = event.to if isinstance(event, e.ItemTransferred) else event.stream
        self._stage_in(event.target, to)
        item.visits.append(event.target)
        item.stream = to

    def _move_retracted(self, event: e.MoveRetracted | e.TransferRetracted, r: Recorded) -> None:
        item = self._item(event.item, event.stream)
        self._stands_in(item, event.item, event.source)
        to = event.to if isinstance(event, e.TransferRetracted) else event.stream
        self._stage_in(event.target, to)
        _require(
            item.visits[-2:-1] == [event.target],
            f"item {event.item} did not come from stage {event.target}",
        )
        item.visits.pop()
        item.stream = to

    def _stands_in(self, item: _Item, item_id: int, stage: int) -> None:
        _require(item.visits[-1] == stage, f"item {item_id} is not in stage {stage} at this point")

    def _reordered(self, event: e.ItemReordered, r: Recorded) -> None:
        self._stands_in(self._item(event.item, event.stream), event.item, event.stage)

    def _respaced(self, event: e.StageRanksRebalanced, r: Recorded) -> None:
        self._stage_in(event.stage, event.stream)
        for item, _, _ in event.ranks:
            self._item(item)

    def _blocked(self, event: e.ItemBlocked, r: Recorded) -> None:
        item = self._item(event.item, event.stream)
        _require(item.block is None, f"item {event.item} is blocked already")
        _require(event.block not in self._blocks, f"there is a blocker {event.block} already")
        self._blocks[event.block] = (event.item, True)
        item.block = event.block

    def _block_ended(self, event: e.BlockRetracted | e.ItemUnblocked, r: Recorded) -> None:
        item = self._item(event.item, event.stream)
        _require(item.block == event.block, f"blocker {event.block} does not block it")
        item.block = None
        if isinstance(event, e.BlockRetracted):
            del self._blocks[event.block]
        else:
            self._blocks[event.block] = (event.item, False)

    def _unblock_retracted(self, event: e.UnblockRetracted, r: Recorded) -> None:
        item = self._item(event.item, event.stream)
        ended = self._blocks.get(event.block) == (event.item, False) and item.block is None
        _require(ended, f"blocker {event.block} has not ended")
        self._blocks[event.block] = (event.item, True)
        item.block = event.block

    def _commented(self, event: e.ItemCommented, r: Recorded) -> None:
        self._item(event.item, event.stream)
        _require(event.comment not in self._comments, f"there is a comment {event.comment} already")
        self._comments[event.comment] = event.item

    def _comment_retracted(self, event: e.CommentRetracted, r: Recorded) -> None:
        self._item(event.item, event.stream)
        there = self._comments.pop(event.comment, None) == event.item
        _require(there, f"there is no comment {event.comment} on it")

    def _only_item(
        self, event: e.ItemArchived | e.ItemLinked | e.ItemUnlinked, r: Recorded
    ) -> None:
        self._item(event.item, event.stream)

    def _agreed(self, event: e.DependencyAgreed, r: Recorded) -> None:
        self._item(event.item, event.stream)
        for _, need_by in (event.before, event.after):
            if need_by is not None:
                _check_date(need_by)

    # -- imports --------------------------------------------------------------------------

    def _run(self, run: int, stream: int) -> _Run:
        known = self._runs.get(run)
        if known is None:
            raise Impossible(f"there is no import {run}")
        _require(known.stream == stream, f"import {run} was not into stream {stream}")
        return known

    def _import_ran(self, event: e.ImportRan, r: Recorded) -> None:
        self._stream(event.stream)
        _require(event.run > 0, f"an import has the id {event.run}")
        _require(event.run not in self._runs, f"there is an import {event.run} already")
        self._runs[event.run] = _Run(event.stream)

    def _stated(self, event: e.ItemHistoryImported, r: Recorded) -> None:
        run = self._run(event.run, event.stream)
        before = self._statements.get(event.replaces) if event.replaces is not None else None
        if event.replaces is None:
            _require(event.item > 0, f"an item has the id {event.item}")
            _require(event.item not in self._items, f"there is an item {event.item} already")
        else:
            self._item(event.item, event.stream)
            restates = before is not None and before.item == event.item
            _require(restates, f"entry {event.replaces} does not state item {event.item}")
        _require(event.transitions, "a history has no transitions")
        stages = self._stream(event.stream).stages
        for at, stage, _, _ in event.transitions:
            _require(EARLIEST <= at <= LATEST, "a transition is not between 1900 and 2999")
            _require(stage in stages, f"stream {event.stream} has no stage {stage}")
        self._check_fields(event.fields)
        self._state(event)
        self._statements[r.seq] = event
        run.statements.append(r.seq)

    def _state(self, event: e.ItemHistoryImported) -> None:
        before = self._items.get(event.item)
        if before is not None and _fold(before.key) != _fold(event.key):
            self._keys.pop(_fold(before.key), None)
        self._enter_key(event.key, event.item)
        visits = [stage for _, stage, _, _ in event.transitions]
        block = before.block if before is not None else None
        self._items[event.item] = _Item(
            event.key, event.stream, visits, event.fields, event.run, block
        )

    def _withdrawn(self, event: e.ImportWithdrawn, r: Recorded) -> None:
        run = self._run(event.run, event.stream)
        _require(not run.withdrawn, f"import {event.run} is withdrawn already")
        run.withdrawn = True
        restated = dict(event.restated)
        for item, statement in restated.items():
            self._item(item)
            there = self._statements.get(statement)
            fits = there is not None and there.item == item
            _require(fits, f"entry {statement} does not state item {item}")
        for item in [i for i, known in self._items.items() if known.run == event.run]:
            if item not in restated:
                self._forget(item)
        for statement in restated.values():
            self._state(self._statements[statement])

    def _restored(self, event: e.ImportRestored, r: Recorded) -> None:
        run = self._run(event.run, event.stream)
        _require(run.withdrawn, f"import {event.run} is not withdrawn")
        run.withdrawn = False
        for statement in run.statements:
            self._state(self._statements[statement])


def _fold(key: str) -> str:
    """A key as SQLite compares it: ASCII letters without regard to their case."""
    return "".join(char.lower() if char.isascii() else char for char in key)


def describe_error(error: ValidationError) -> str:
    """The first thing that is wrong with the shape of an event."""
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}"[:200]


_HANDLERS: dict[type[Any], Callable[[JournalCheck, Any, Recorded], None]] = {
    e.StreamCreated: JournalCheck._stream_created,
    e.StreamRemoved: JournalCheck._stream_removed,
    e.StreamChanged: JournalCheck._stream_changed,
    e.StageAdded: JournalCheck._stage_added,
    e.StageRemoved: JournalCheck._stage_removed,
    e.StageChanged: JournalCheck._stage_changed,
    e.StagesRearranged: JournalCheck._rearranged,
    e.EdgesChanged: JournalCheck._edges_changed,
    e.ItemAdded: JournalCheck._item_added,
    e.ItemRemoved: JournalCheck._item_removed,
    e.ItemEdited: JournalCheck._item_edited,
    e.ItemMoved: JournalCheck._moved,
    e.ItemTransferred: JournalCheck._moved,
    e.MoveRetracted: JournalCheck._move_retracted,
    e.TransferRetracted: JournalCheck._move_retracted,
    e.ItemReordered: JournalCheck._reordered,
    e.StageRanksRebalanced: JournalCheck._respaced,
    e.ItemBlocked: JournalCheck._blocked,
    e.BlockRetracted: JournalCheck._block_ended,
    e.ItemUnblocked: JournalCheck._block_ended,
    e.UnblockRetracted: JournalCheck._unblock_retracted,
    e.ItemCommented: JournalCheck._commented,
    e.CommentRetracted: JournalCheck._comment_retracted,
    e.ItemArchived: JournalCheck._only_item,
    e.ItemLinked: JournalCheck._only_item,
    e.ItemUnlinked: JournalCheck._only_item,
    e.DependencyAgreed: JournalCheck._agreed,
    e.ItemHistoryImported: JournalCheck._stated,
    e.ImportRan: JournalCheck._import_ran,
    e.ImportWithdrawn: JournalCheck._withdrawn,
    e.ImportRestored: JournalCheck._restored,
}
for _added, _changed, _removed in e.CLASSES.values():
    _HANDLERS[_added] = JournalCheck._entity_added
    _HANDLERS[_changed] = JournalCheck._entity_changed
    _HANDLERS[_removed] = JournalCheck._entity_removed
