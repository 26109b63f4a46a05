"""Rules on declared entities: what may be added, changed and removed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from vsm.model import command as c
from vsm.model import event as e
from vsm.model.decide.base import RuleViolation, answer
from vsm.model.entities import ENTITIES
from vsm.model.entity import REQUIRED, Entity, Values
from vsm.model.errors import RefusalCode
from vsm.model.field_types import REFERENCE
from vsm.model.view import View


@answer.register
def _(command: c.AddEntity, view: View) -> list[e.Event]:
    entity = command.entity
    _check_names(entity, command.values, [field.name for field in entity.chosen])
    raw = dict(command.values)
    if entity.is_numbered:
        raw[entity.key] = str(view.next_id(entity.name))
    key = entity.read([entity.key], raw)[entity.key]
    known = view.find(entity, key)
    if known is not None and not entity.replaces:
        raise _exists(entity, key)
    names = [f.name for f in entity.fields if f.name in raw or f.default is REQUIRED]
    values = _read(entity, names, raw, view)
    if known is None:
        return [e.added(entity, view.next_id(entity.name), **values)]
    return _change(entity, known, {k: v for k, v in values.items() if k != entity.key})


@answer.register
def _(command: c.ChangeEntity, view: View) -> list[e.Event]:
    entity = command.entity
    current = _get(entity, command.id, view)
    _check_names(entity, command.changes, [field.name for field in entity.editable])
    raw = {**entity.values(current), **command.changes}
    values = _read(entity, command.changes, raw, view)
    other: Any = view.find(entity, values[entity.key]) if entity.key in values else None
    if other is not None and other.id != command.id:
        raise _exists(entity, getattr(other, entity.key))
    return _change(entity, current, values)


@answer.register
def _(command: c.RemoveEntity, view: View) -> list[e.Event]:
    entity = command.entity
    values = entity.values(_get(entity, command.id, view))
    if view.is_in_use(entity, command.id):
        what, remedy = entity.in_use
        message = f"the {entity.label} {values[entity.title]} {what}"
        raise RuleViolation(RefusalCode.IN_USE, message, remedy)
    return [e.removed(entity, command.id, **values)]


def _check_names(entity: Entity[Any], values: Values, allowed: list[str]) -> None:
    for name in values:
        if name not in allowed:
            raise RuleViolation(
                RefusalCode.INVALID,
                f"{entity.article} {entity.label} has no field {name!r}",
                f"use {', '.join(allowed)}",
            )


def _read(entity: Entity[Any], names: Iterable[str], raw: Values, view: View) -> dict[str, Any]:
    """Clean values of the named fields, whose references are there."""
    values = entity.read(names, raw)
    for name, value in values.items():
        field = entity.field(name)
        if field.type is REFERENCE and field.is_required and value is None:
            raise RuleViolation(
                RefusalCode.INVALID,
                f"{entity.article} {entity.label} needs a {field.name}",
                f"name one: vsm {field.refers_to} list",
            )
        for number in field.references(value):
            if not is_there(view, field.refers_to, number):
                raise unknown(field.refers_to, number)
    return values


def is_there(view: View, refers_to: str, number: object) -> bool:
    """Whether the stream or entity that a field refers to is there."""
    if not isinstance(number, int):
        return False
    if refers_to == "stream":
        return view.stream(number) is not None
    return view.get(ENTITIES[refers_to], number) is not None


def unknown(noun: str, number: object) -> RuleViolation:
    """The refusal of an id that nothing has."""
    return RuleViolation(
        RefusalCode.UNKNOWN, f"there is no {noun} {number}", f"list them: vsm {noun} list"
    )


def _exists(entity: Entity[Any], key: str) -> RuleViolation:
    message, remedy = entity.exists
    return RuleViolation(RefusalCode.STATE, message.format(key), remedy)


def _get(entity: Entity[Any], number: int, view: View) -> Any:
    current = view.get(entity, number)
    if current is None:
        raise unknown(entity.name, number)
    return current


def _change(entity: Entity[Any], current: Any, values: Values) -> list[e.Event]:
    changes = {
        name: (getattr(current, name), value)
        for name, value in values.items()
        if getattr(current, name) != value
    }
    return [e.changed(entity, current.id, changes)] if changes else []
