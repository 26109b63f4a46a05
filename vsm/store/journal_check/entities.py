"""Checks entries about declared entities: teams, members, saved views."""

from __future__ import annotations

import re
from typing import Any

from vsm.model import event as e
from vsm.model.entities import ENTITIES, TEAM
from vsm.model.entity import Entity, Field
from vsm.model.event import Recorded
from vsm.model.field_types import InvalidValue
from vsm.store.journal_check.state import (
    Impossible,
    JournalState,
    changed_values,
    check_event,
    refuse_invalid,
    require,
)


@check_event.register
def _(event: e.EntityAdded, state: JournalState, r: Recorded) -> None:
    entity, what = event.entity, f"{event.entity.article} {event.entity.label}"
    require(event.id > 0, f"{what} has the id {event.id}")
    require(event.id not in state.entities[entity.name], f"there is {what} {event.id} already")
    _set_values(state, entity, event.id, event.values)


@check_event.register
def _(event: e.EntityChanged, state: JournalState, r: Recorded) -> None:
    entity = event.entity
    current = state.entity(entity, event.id)
    names = [field.name for field in entity.editable]
    changes = changed_values(event.changes, names, entity.label)
    with refuse_invalid():
        # The event of a new one has the same fields, and knows what each may hold.
        made = e.added(entity, event.id, **{**current, **changes})
    _set_values(state, entity, event.id, made.values)


@check_event.register
def _(event: e.EntityRemoved, state: JournalState, r: Recorded) -> None:
    entity = event.entity
    state.entity(entity, event.id)
    in_use = _is_referred_to(state, entity, event.id) or (
        entity is TEAM and _owns_anything(state, event.id)
    )
    require(not in_use, f"{entity.label} {event.id} is removed, but owns something")
    del state.entities[entity.name][event.id]


def _set_values(
    state: JournalState, entity: Entity[Any], number: int, values: dict[str, Any]
) -> None:
    for field in entity.fields:
        value = values[field.name]
        _check_value(entity, field, value)
        for other in field.references(value):
            if field.refers_to == "stream":
                state.stream(other)
            else:
                state.entity(ENTITIES[field.refers_to], other)
    known = state.entities[entity.name]
    key = str(values[entity.key])
    if entity.is_numbered:  # as many as deployments are: their numbers tell them apart
        require(key == str(number), f"{entity.article} {entity.label} {number} is numbered {key}")
    taken = not entity.is_numbered and any(
        n != number and other[entity.key].casefold() == key.casefold() for n, other in known.items()
    )
    require(not taken, f"two {entity.plural} are called {key!r:.60}")
    known[number] = values


def _check_value(entity: Entity[Any], field: Field, value: Any) -> None:
    """Check that a value is one that its type writes; texts are free, but for the key."""
    what = f"{entity.article} {entity.label}"
    if field.name == entity.key:
        require(value.strip(), f"{what} has no {field.name}")
    if field.type.value is not str:
        try:
            require(field.type.read(field.what, value) == value, f"{what} has odd {field.what}")
        except InvalidValue as error:
            raise Impossible(str(error)) from None


def _is_referred_to(state: JournalState, entity: Entity[Any], number: int) -> bool:
    return any(
        number in field.references(values[field.name])
        for other in ENTITIES.values()
        for field in other.fields
        if field.refers_to == entity.name
        for values in state.entities[other.name].values()
    )


def _owns_anything(state: JournalState, team: int) -> bool:
    return any(item.fields.team == team for item in state.items.values()) or any(
        stage.team == team for stream in state.streams.values() for stage in stream.stages.values()
    )


@check_event.register
def _(event: e.EntriesRedacted, state: JournalState, r: Recorded) -> None:
    for seq, became in event.entries:
        require(0 < seq < r.seq, f"there is no entry {seq} before it")
        require(re.fullmatch("[0-9a-f]{64}", became), f"{became!r:.40} is no hash")


@check_event.register
def _(event: e.AccessReviewed, state: JournalState, r: Recorded) -> None:
    require(event.roles > 0 and event.keys >= 0, "a review is about no role")
    require(event.note.strip(), "a review does not say what came of it")


@check_event.register
def _(event: e.KeyAdded | e.KeyRevoked, state: JournalState, r: Recorded) -> None:
    require(event.title and event.login, "a key has no name, or is nobody's")
    require(
        re.fullmatch("SHA256:[A-Za-z0-9+/]{43}", event.fingerprint),
        f"{event.fingerprint!r:.60} is no fingerprint",
    )
