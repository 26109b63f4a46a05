"""What somebody wants: plain values that ``vsm.model.decide`` answers.

Items are named by id or key, stages and teams by id. ``expected_version`` is the item's
version that the person saw; ``None`` (scripts) acts on whatever is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vsm.model.item import BlockerKind, LinkKind
from vsm.model.stream import Category, EdgeKind, LimitKind


@dataclass(frozen=True, slots=True)
class NewStage:
    """A stage to be made; ``team`` is a team's name, made too where it is new."""

    name: str
    category: Category
    limit: int | None = None
    limit_kind: LimitKind = LimitKind.NONE
    team: str | None = None
    policy: str = ""


@dataclass(frozen=True, slots=True)
class CreateStream:
    """Make a stream; without ``edges`` its stages form a chain. Edges name stages."""

    name: str
    stages: tuple[NewStage, ...]
    zone: str = "UTC"
    prefix: str = ""
    commitment: str | None = None
    edges: tuple[tuple[str, str, EdgeKind], ...] = ()


@dataclass(frozen=True, slots=True)
class SetStream:
    """Change a stream: any of ``name``, ``zone``, ``prefix``, ``commitment`` (a stage id)."""

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
    """Change a stage: ``name``, ``category``, ``limit``, ``limit_kind``, ``team``, ``policy``."""

    stage: int
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AddEdge:
    """Draw an edge between two stages of one stream."""

    source: int
    target: int
    kind: EdgeKind = EdgeKind.FORWARD


@dataclass(frozen=True, slots=True)
class RemoveEdge:
    """Take an edge away."""

    source: int
    target: int


@dataclass(frozen=True, slots=True)
class AddTeam:
    """Make a team."""

    name: str


@dataclass(frozen=True, slots=True)
class SetTeam:
    """Rename a team."""

    team: int
    name: str


@dataclass(frozen=True, slots=True)
class AddItem:
    """Make an item in a stage (``None``: the stream's first). ``fields`` as in ``EDITABLE``."""

    stream: int
    title: str
    stage: int | None = None
    key: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class EditItem:
    """Change fields of an item (names as in ``EDITABLE``)."""

    item: int
    changes: Mapping[str, Any]
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class MoveItem:
    """Move an item to a stage; ``reason`` is asked for where a soft WIP limit is exceeded."""

    item: int
    to: int
    expected_version: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ReorderItem:
    """Move an item up (negative) or down within its stage by so many places."""

    item: int
    by: int
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class BlockItem:
    """Say that an item cannot go on, and why."""

    item: int
    kind: BlockerKind
    reason: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class UnblockItem:
    """Say that an item can go on again."""

    item: int
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class DropItem:
    """Leave an item undelivered: move it to the stream's dropped stage."""

    item: int
    reason: str = ""
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class ReopenItem:
    """Bring a done or dropped item back: to ``to``, or to the stage it came from."""

    item: int
    to: int | None = None
    expected_version: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ArchiveItem:
    """Take an item off the board (``archived=False`` brings it back); its history stays."""

    item: int
    archived: bool = True
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class LinkItems:
    """Link two items; ``blocks`` and ``parent`` run from source to target."""

    source: int
    target: int
    kind: LinkKind


@dataclass(frozen=True, slots=True)
class UnlinkItems:
    """Take a link away."""

    source: int
    target: int
    kind: LinkKind


Command = (
    CreateStream
    | SetStream
    | AddStage
    | SetStage
    | AddEdge
    | RemoveEdge
    | AddTeam
    | SetTeam
    | AddItem
    | EditItem
    | MoveItem
    | ReorderItem
    | BlockItem
    | UnblockItem
    | DropItem
    | ReopenItem
    | ArchiveItem
    | LinkItems
    | UnlinkItems
)
