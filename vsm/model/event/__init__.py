"""Events: the facts that the journal keeps, readable for ever.

Each event is a frozen pydantic model. It names its kind and version in the journal's columns and
everything else in its payload. Events of declared entities are made from their declarations.
When a shape changes, its version grows and an upcaster lifts stored ones (``UPCASTERS``), so
that old journals stay readable; ``tests/samples`` keeps one stored sample of each.

Events made by a decision carry all that was allotted there (ids, ranks, defaults): a
projection invents nothing. Times are UTC microseconds and stand in the journal's columns.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args

from vsm.model.actor import Actor
from vsm.model.entities import ENTITIES
from vsm.model.errors import EnvironmentProblem
from vsm.model.event.entities import (
    CLASSES,
    EntityAdded,
    EntityChanged,
    EntityEvent,
    EntityRemoved,
    added,
    changed,
    class_of_kind,
    removed,
)
from vsm.model.event.facts import (
    EdgeFacts,
    EventModel,
    GroupLimitFacts,
    ItemFields,
    Override,
    StageFacts,
)
from vsm.model.event.governance import (
    EvidenceAdded,
    EvidenceRetracted,
    GateFacts,
    MoveChecked,
    MoveRefused,
)
from vsm.model.event.imports import (
    ImportRan,
    ImportRestored,
    ImportWithdrawn,
    ItemHistoryImported,
    PastBlock,
)
from vsm.model.event.items import (
    BlockRetracted,
    CommentRetracted,
    DependencyAgreed,
    ItemAdded,
    ItemArchived,
    ItemBlocked,
    ItemCommented,
    ItemEdited,
    ItemLinked,
    ItemMoved,
    ItemRemoved,
    ItemReordered,
    ItemTransferred,
    ItemUnblocked,
    ItemUnlinked,
    MoveRetracted,
    StageRanksRebalanced,
    TransferRetracted,
    UnblockRetracted,
)
from vsm.model.event.organisation import (
    EdgesChanged,
    StageAdded,
    StageChanged,
    StageRemoved,
    StagesRearranged,
    StreamChanged,
    StreamCreated,
    StreamRemoved,
)
from vsm.model.event.redaction import EntriesRedacted
from vsm.model.event.served_keys import AccessReviewed, KeyAdded, KeyRevoked
from vsm.model.event.sprints import (
    ItemAddedToSprint,
    ItemRemovedFromSprint,
    SprintClosed,
    SprintCloseRetracted,
    SprintEntryRetracted,
    SprintExitRetracted,
    SprintGoalJudged,
    SprintStarted,
    SprintStartRetracted,
)

__all__ = [
    "CLASSES",
    "UPCASTERS",
    "VERSION",
    "AccessReviewed",
    "BlockRetracted",
    "CommentRetracted",
    "DependencyAgreed",
    "EdgeFacts",
    "EdgesChanged",
    "EntityAdded",
    "EntityChanged",
    "EntityEvent",
    "EntityRemoved",
    "EntriesRedacted",
    "Event",
    "EventError",
    "EvidenceAdded",
    "EvidenceRetracted",
    "GateFacts",
    "GroupLimitFacts",
    "ImportRan",
    "ImportRestored",
    "ImportWithdrawn",
    "ItemAdded",
    "ItemAddedToSprint",
    "ItemArchived",
    "ItemBlocked",
    "ItemCommented",
    "ItemEdited",
    "ItemFields",
    "ItemHistoryImported",
    "ItemLinked",
    "ItemMoved",
    "ItemRemoved",
    "ItemRemovedFromSprint",
    "ItemReordered",
    "ItemTransferred",
    "ItemUnblocked",
    "ItemUnlinked",
    "KeyAdded",
    "KeyRevoked",
    "MoveChecked",
    "MoveRefused",
    "MoveRetracted",
    "Override",
    "PastBlock",
    "Recorded",
    "SprintCloseRetracted",
    "SprintClosed",
    "SprintEntryRetracted",
    "SprintExitRetracted",
    "SprintGoalJudged",
    "SprintStartRetracted",
    "SprintStarted",
    "StageAdded",
    "StageChanged",
    "StageFacts",
    "StageRanksRebalanced",
    "StageRemoved",
    "StagesRearranged",
    "StreamChanged",
    "StreamCreated",
    "StreamRemoved",
    "TransferRetracted",
    "UnblockRetracted",
    "UnknownEvent",
    "added",
    "all_classes",
    "changed",
    "dump",
    "happened_at",
    "load",
    "removed",
]

Event = (
    StreamCreated
    | StreamRemoved
    | StreamChanged
    | StageAdded
    | StageRemoved
    | StageChanged
    | StagesRearranged
    | EdgesChanged
    | EntityAdded
    | EntityChanged
    | EntityRemoved
    | ItemAdded
    | ItemRemoved
    | ItemEdited
    | ItemMoved
    | MoveRetracted
    | ItemTransferred
    | TransferRetracted
    | ItemReordered
    | StageRanksRebalanced
    | ItemBlocked
    | BlockRetracted
    | ItemUnblocked
    | UnblockRetracted
    | ItemCommented
    | CommentRetracted
    | ItemArchived
    | ItemLinked
    | ItemUnlinked
    | DependencyAgreed
    | ItemHistoryImported
    | ImportRan
    | ImportWithdrawn
    | ImportRestored
    | EntriesRedacted
    | KeyAdded
    | KeyRevoked
    | AccessReviewed
    | EvidenceAdded
    | EvidenceRetracted
    | MoveRefused
    | MoveChecked
    | SprintStarted
    | SprintStartRetracted
    | SprintClosed
    | SprintCloseRetracted
    | SprintGoalJudged
    | ItemAddedToSprint
    | SprintEntryRetracted
    | ItemRemovedFromSprint
    | SprintExitRetracted
)

VERSION = 2
"""Version that new events are written with."""

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
UPCASTERS: dict[tuple[str, int], Upcaster] = {}
"""``(kind, version) → function`` that lifts a stored payload to the next version."""


class _EventClasses(dict[str, type[EventModel]]):
    """Classes by kind of event; those of entities come in when they are asked for."""

    def __missing__(self, kind: str) -> type[EventModel]:
        cls = class_of_kind(kind)
        if cls is None:
            raise KeyError(kind)
        return self.setdefault(kind, cls)


_CLASSES = _EventClasses(
    (str(cls.model_fields["kind"].default), cls)
    for cls in get_args(Event)
    if cls not in (EntityAdded, EntityChanged, EntityRemoved)
)


def all_classes() -> dict[str, type[EventModel]]:
    """The class of every kind of event."""
    of_entities = {kind: _CLASSES[kind] for entity in ENTITIES.values() for kind in entity.kinds}
    return {**_CLASSES, **of_entities}


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event with the journal's columns around it."""

    seq: int
    grp: int
    undoes: int | None
    item: int | None
    item_version: int | None
    at: int
    recorded_at: int
    actor: Actor
    session: str
    source: str
    source_event_id: str | None
    stream: int | None
    event: Event


class EventError(EnvironmentProblem):
    """A stored event that this version of the program cannot read."""


class UnknownEvent(EventError):
    """A stored event of a newer version of the program: nothing is wrong with the journal."""


def dump(event: Event) -> str:
    """The payload of an event as the JSON text that the journal stores; defaults left out."""
    return event.model_dump_json(exclude={"kind"}, exclude_defaults=True)


def happened_at(recorded: Recorded) -> int | None:
    """When something happened that was entered late; ``None`` for what was entered at once."""
    return recorded.at if getattr(recorded.event, "late", False) else None


def load(kind: str, version: int, payload: str) -> Event:
    """Read a stored event. Raises :class:`EventError` for an unknown kind, version or shape."""
    try:
        cls = _CLASSES[kind]
    except KeyError:
        cls = None
    if cls is None or version > VERSION:
        raise UnknownEvent(
            f"the journal holds an event {kind!r} version {version} that this vsm does not know",
            "it was written by a newer one: install that",
        )
    try:
        if version == VERSION:
            return cls.model_validate_json(payload)  # type: ignore[return-value]
        body = json.loads(payload)
        for step in range(version, VERSION):
            lift = UPCASTERS.get((kind, step))
            body = lift(body) if lift else body
        return cls.model_validate(body)  # type: ignore[return-value]
    except ValueError as error:
        raise EventError(f"an event {kind!r} cannot be read: {error}", "vsm doctor") from error
