"""Events of declared entities: three classes for each, made from its declaration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from pydantic import create_model

from vsm.model.entities import ENTITIES
from vsm.model.entity import REQUIRED, Entity
from vsm.model.event.facts import EventModel


class EntityEvent(EventModel):
    """An event of an entity: ``id`` stands in the payload under the entity's name."""

    entity: ClassVar[Entity[Any]]
    if TYPE_CHECKING:
        kind: str

    @property
    def id(self) -> int:
        """The id of what was added, changed or removed."""
        return int(getattr(self, self.entity.name))


class _EntityFacts(EntityEvent):
    """An event with the values of all fields."""

    @property
    def values(self) -> dict[str, Any]:
        """The values of all fields."""
        return self.entity.values(self)


class EntityAdded(_EntityFacts):
    """An entity was added."""


class EntityRemoved(_EntityFacts):
    """An entity was removed; its values stand in the event, so that undo can bring it back."""


class EntityChanged(EntityEvent):
    """Fields of an entity changed: field → (before, after)."""

    if TYPE_CHECKING:
        changes: dict[str, tuple[Any, Any]]

    @property
    def after(self) -> dict[str, Any]:
        """The values after the change."""
        return {name: after for name, (_, after) in self.changes.items()}


Classes = tuple[type[EntityAdded], type[EntityChanged], type[EntityRemoved]]


def _make_classes(entity: Entity[Any]) -> Classes:
    fields = {
        field.name: (field.type.value, ... if field.default is REQUIRED else field.default)
        for field in entity.fields
    }
    changes = {"changes": (dict[str, tuple[Any, Any]], ...)}
    bases = (EntityAdded, fields), (EntityChanged, changes), (EntityRemoved, fields)
    made = []
    for kind, (base, own) in zip(entity.kinds, bases, strict=True):
        # the types of its fields are known at run time only
        create = cast("Any", create_model)
        name = "".join(word.capitalize() for word in kind.split("_"))
        cls = create(
            name, __base__=base, kind=(Literal[kind], kind), **{entity.name: (int, ...)}, **own
        )
        cls.entity = entity
        made.append(cls)
    return made[0], made[1], made[2]


class _Classes(dict[str, Classes]):
    """Classes by the name of the entity, made when they are asked for: that takes milliseconds."""

    def __missing__(self, name: str) -> Classes:
        return self.setdefault(name, _make_classes(ENTITIES[name]))


CLASSES = _Classes()
"""By the name of the entity, the classes of its events."""


def class_of_kind(kind: str) -> type[EntityEvent] | None:
    """The class of the events of a kind, if it is one of an entity."""
    for entity in ENTITIES.values():
        if kind in entity.kinds:
            return CLASSES[entity.name][entity.kinds.index(kind)]
    return None


def added(entity: Entity[Any], number: int, /, **values: Any) -> EntityAdded:
    """The event that an entity was added."""
    return CLASSES[entity.name][0].model_validate({entity.name: number, **values})


def changed(entity: Entity[Any], number: int, changes: dict[str, tuple[Any, Any]]) -> EntityChanged:
    """The event that fields of an entity changed."""
    return CLASSES[entity.name][1].model_validate({entity.name: number, "changes": changes})


def removed(entity: Entity[Any], number: int, /, **values: Any) -> EntityRemoved:
    """The event that an entity was removed."""
    return CLASSES[entity.name][2].model_validate({entity.name: number, **values})
