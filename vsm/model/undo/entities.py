"""Undo and redo of declared entities: inverse events, and what would stand in their way."""

from __future__ import annotations

from typing import Any

from vsm.model import event as e
from vsm.model.decide.entities import is_there
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.undo.checks import changed, made_anew, same, swapped
from vsm.model.view import View

Event = e.EntityAdded | e.EntityChanged | e.EntityRemoved


def inverse_entity(event: Event, view: View) -> e.Event | Refusal:
    """The event that takes another one back, or why that cannot be."""
    entity = event.entity
    if isinstance(event, e.EntityRemoved):
        return e.added(entity, event.id, **event.values)
    current = view.get(entity, event.id)
    if isinstance(event, e.EntityChanged):
        if current is None or not same(current, event.changes):
            return changed(f"the {entity.label}")
        return e.changed(entity, event.id, swapped(event.changes))
    if view.is_in_use(entity, event.id):
        what, remedy = entity.in_use
        name = f"the {entity.label} {event.values[entity.title]}"
        return Refusal(RefusalCode.UNDO, f"{name} {what}", remedy)
    if current is None or entity.values(current) != event.values:
        return changed(f"the {entity.label}")
    return e.removed(entity, event.id, **event.values)


def entity_conflict(event: Event, view: View) -> Refusal | None:
    """Refuse an event of undo or redo that would stand in the way of something made since."""
    entity = event.entity
    if isinstance(event, e.EntityRemoved):
        in_use = view.is_in_use(entity, event.id)
        return changed(f"the {entity.label} {event.values[entity.title]}") if in_use else None
    values = event.after if isinstance(event, e.EntityChanged) else event.values
    other: Any = view.find(entity, str(values[entity.key])) if entity.key in values else None
    if other is not None and other.id != event.id:
        return made_anew(str(values[entity.key]))
    for name, value in values.items():
        field = entity.field(name)
        if not all(is_there(view, field.refers_to, id) for id in field.references(value)):
            return changed(f"a {field.refers_to}")
    return None
