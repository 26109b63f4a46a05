"""Commands: what somebody asks for, as plain values that ``vsm.model.decide`` answers.

Items are named by id or key, stages and teams by id. ``expected_version`` is the item's
version that the person saw; ``None`` (scripts) acts on whatever is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vsm.model.calendar import WORKDAYS
from vsm.model.declared import TimeBasis
from vsm.model.delivery_commands import RecordChange, RecordDeployment, RecordIncident
from vsm.model.entity import Entity
from vsm.model.group_limit import NewGroupLimit
from vsm.model.item import ClassOfService
from vsm.model.item_commands import (
    UNCHANGED,
    AddEvidence,
    AddItem,
    AgreeDependency,
    ArchiveItem,
    BlockItem,
    CommentItem,
    DropItem,
    EditItem,
    LinkItems,
    MoveItem,
    RecordCheck,
    ReopenItem,
    ReorderItem,
    TransferItem,
    UnblockItem,
    UnlinkItems,
)
from vsm.model.portfolio_commands import DecideInitiative, ReviewDecision
from vsm.model.practice import MoveEntry, StageBehaviour
from vsm.model.sprint_commands import (
    AddToSprint,
    CloseSprint,
    JudgeSprint,
    RemoveFromSprint,
    StartSprint,
)
from vsm.model.stream import Category, EdgeKind, LimitKind

__all__ = [
    "UNCHANGED",
    "AddEdge",
    "AddEntity",
    "AddEvidence",
    "AddItem",
    "AddKey",
    "AddStage",
    "AddToSprint",
    "AgreeDependency",
    "ArchiveItem",
    "BlockItem",
    "ChangeEntity",
    "CloseSprint",
    "Command",
    "CommentItem",
    "CreateStream",
    "DecideInitiative",
    "DropItem",
    "EditDraft",
    "EditItem",
    "JudgeSprint",
    "LinkItems",
    "MakeDraft",
    "MergeStages",
    "MoveItem",
    "NewStage",
    "NoteEdge",
    "OpenDraft",
    "PlaceStage",
    "RecordChange",
    "RecordCheck",
    "RecordDeployment",
    "RecordIncident",
    "RemoveEdge",
    "RemoveEntity",
    "RemoveFromSprint",
    "ReopenItem",
    "ReorderItem",
    "RestoreStage",
    "RetireStage",
    "ReviewAccess",
    "ReviewDecision",
    "RevokeKey",
    "SetStage",
    "SetStream",
    "Sides",
    "SplitStage",
    "StartSprint",
    "TransferItem",
    "UnblockItem",
    "UnlinkItems",
]


@dataclass(frozen=True, slots=True)
class NewStage:
    """A stage to be made; ``team`` is a team's name, made too where it is new."""

    name: str
    category: Category
    limit: int | None = None
    limit_kind: LimitKind = LimitKind.NONE
    team: str | None = None
    policy: str = ""
    class_limits: Mapping[ClassOfService, int] = field(default_factory=dict)
    behaviour: StageBehaviour = StageBehaviour.AS_LOGGED
    exempt: tuple[ClassOfService, ...] = ()


@dataclass(frozen=True, slots=True)
class CreateStream:
    """Make a stream; without ``edges`` its stages form a chain. Edges name stages.

    ``types`` are the types of work that forms offer first, ``vocabulary`` the stream's own words
    (``item``, ``items``), ``link`` an address with ``{key}`` in it, ``workdays`` ISO weekdays and
    ``holidays`` ISO dates.
    """

    name: str
    stages: tuple[NewStage, ...]
    zone: str = "UTC"
    prefix: str = ""
    commitment: str | None = None
    edges: tuple[tuple[str, str, EdgeKind], ...] = ()
    types: tuple[str, ...] = ()
    vocabulary: Mapping[str, str] = field(default_factory=dict)
    link: str = ""
    workdays: tuple[int, ...] = WORKDAYS
    holidays: tuple[str, ...] = ()
    move_entry: MoveEntry = MoveEntry.AS_LOGGED
    map_time: TimeBasis = TimeBasis.ELAPSED
    group_limits: tuple[NewGroupLimit, ...] = ()


@dataclass(frozen=True, slots=True)
class SetStream:
    """Change a stream: any of ``name``, ``zone``, ``prefix``, ``commitment`` (a stage id or
    ``None``), ``types``, ``vocabulary``, ``link``, ``workdays``, ``holidays``,
    ``move_entry``, ``map_time``, ``group_limits`` (:class:`vsm.model.group_limit.GroupLimit`; all
    of them).
    """

    stream: int
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AddStage:
    """Insert a stage into a stream after another (``None``: before done)."""

    stream: int
    stage: NewStage
    after: int | None = None


@dataclass(frozen=True, slots=True)
class SetStage:
    """Change a stage: any of ``name``, ``category``, ``limit``, ``limit_kind``, ``team``,
    ``policy``, ``class_limits`` (class of service → most items of it; the whole set),
    ``exempt`` (classes that do not count into ``limit``), ``behaviour``; of what people declare on
    the map ``process_days``, ``wait_days``, ``complete_accurate`` and ``declared_note``; ``note``.
    """

    stage: int
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PlaceStage:
    """Put a stage behind another of its stream (``None``: first); edges lead through it there."""

    stage: int
    after: int | None = None


@dataclass(frozen=True, slots=True)
class RetireStage:
    """Take a stage off the board and its items into the stage ``to``, all in one group.

    ``reason`` is asked for where that exceeds a soft WIP limit. The past stays as it was.
    """

    stage: int
    to: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class SplitStage:
    """Make two stages of one: it is called ``into[0]`` then, and ``into[1]`` follows it.

    Items stay in the first half, but for ``items``. The second has category and team of the first.
    """

    stage: int
    into: tuple[str, str]
    items: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class MergeStages:
    """Make one stage of two neighbours on one path: the first is retired, its items go on into the
    second, which may get a ``name``. ``reason`` is for a soft WIP limit that this exceeds.
    """

    first: int
    second: int
    name: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RestoreStage:
    """Put a retired stage on the board again."""

    stage: int


@dataclass(frozen=True, slots=True)
class AddEdge:
    """Draw an edge between two stages of one stream."""

    source: int
    target: int
    kind: EdgeKind = EdgeKind.FORWARD


@dataclass(frozen=True, slots=True)
class NoteEdge:
    """Put a note on an edge of the map, or remove it (empty)."""

    source: int
    target: int
    note: str


@dataclass(frozen=True, slots=True)
class RemoveEdge:
    """Take an edge away."""

    source: int
    target: int


@dataclass(frozen=True, slots=True)
class AddEntity:
    """Add one of a declared entity, with values of its fields by name; references are ids."""

    entity: Entity[Any]
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChangeEntity:
    """Change fields of an entity, by name."""

    entity: Entity[Any]
    id: int
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RemoveEntity:
    """Remove an entity that nothing refers to."""

    entity: Entity[Any]
    id: int


@dataclass(frozen=True, slots=True)
class OpenDraft:
    """Begin a future state of a stream's map, which the draft keeps as it is now."""

    stream: int
    name: str
    edits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EditDraft:
    """Give a draft these edits in place of the ``expected`` ones, which whoever edits it saw."""

    draft: int
    edits: tuple[str, ...]
    expected: tuple[str, ...] | None = None


Sides = Mapping[int, str]
"""By stage whose version of it stands: ``ours`` (the draft's) or ``theirs`` (the map's)."""


@dataclass(frozen=True, slots=True)
class MakeDraft:
    """Make a draft real: the ordinary commands of its edits, as one group.

    ``sides`` says who wins where the map has changed in stages that the draft touches. ``reason``
    is asked for where re-homed items exceed a soft WIP limit. The days are kept to be judged later:
    the mean lead time without and with the edits as computed, and as measured.
    """

    draft: int
    sides: Sides = field(default_factory=dict)
    reason: str | None = None
    before_days: float | None = None
    predicted_days: float | None = None
    measured_days: float | None = None


@dataclass(frozen=True, slots=True)
class AddKey:
    """Note in the log that a key lets somebody in, as ``login``; ``role`` is the most they may."""

    title: str
    fingerprint: str
    login: str
    role: str | None = None
    until: str | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RevokeKey:
    """Note in the log that a key lets nobody in any more."""

    title: str
    fingerprint: str
    login: str


@dataclass(frozen=True, slots=True)
class ReviewAccess:
    """Note that roles and keys were gone through, with what came of it; ``keys`` are how many
    there are.
    """

    note: str
    keys: int = 0


Command = (
    CreateStream
    | SetStream
    | AddStage
    | SetStage
    | PlaceStage
    | RetireStage
    | SplitStage
    | MergeStages
    | RestoreStage
    | AddEdge
    | NoteEdge
    | RemoveEdge
    | AddEntity
    | ChangeEntity
    | RemoveEntity
    | OpenDraft
    | EditDraft
    | MakeDraft
    | AddItem
    | EditItem
    | MoveItem
    | ReorderItem
    | BlockItem
    | UnblockItem
    | DropItem
    | ReopenItem
    | ArchiveItem
    | CommentItem
    | TransferItem
    | LinkItems
    | UnlinkItems
    | AgreeDependency
    | AddEvidence
    | RecordCheck
    | AddKey
    | RevokeKey
    | ReviewAccess
    | AddToSprint
    | RemoveFromSprint
    | StartSprint
    | CloseSprint
    | JudgeSprint
    | RecordDeployment
    | RecordIncident
    | RecordChange
    | DecideInitiative
    | ReviewDecision
)
