"""Acts of the people of the made-up bank: the simulation yields them, the recorder does them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from vsm.demo.plan import Line, Route
from vsm.model.item import BlockerKind, DependencyState, LinkKind


@dataclass(slots=True, eq=False)
class Piece:
    """A work item of the simulation, with its state and its future."""

    line: Line
    route: Route
    key: str
    title: str
    type: str
    label: str = ""
    service: str = "standard"
    place: str = ""
    due: str | None = None
    estimate: float | None = None
    description: str = ""
    parent: Piece | None = None
    created: int = 0
    """Working day of its creation."""
    taken: bool = False
    """It may leave the backlog."""
    owner: str | None = None
    builder: str | None = None
    team: str | None = None
    home: str = ""
    """The team that builds it."""
    left: float = 0.0
    """Half-hours of work left in this stage."""
    begun: bool = False
    ready: bool = False
    target: str = ""
    """The stage to which it moves when it is ready."""
    turns: int = 0
    blocked: bool = False
    until: int | None = None
    waits_for: Piece | None = None
    nag: int | None = None
    seq: int = 0
    block_at: float = -1.0
    """It gets blocked when this much work is left."""


@dataclass(frozen=True, slots=True)
class Add:
    """Adds it to the backlog of a stream."""

    piece: Piece
    line: Line
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Edit:
    """Changes its fields; a team is given by name, a parent as a piece."""

    piece: Piece
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Move:
    """Moves it to a stage of its stream."""

    piece: Piece
    line: Line
    to: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """Blocks it."""

    piece: Piece
    kind: BlockerKind
    reason: str


@dataclass(frozen=True, slots=True)
class Unblock:
    """Unblocks it."""

    piece: Piece


@dataclass(frozen=True, slots=True)
class Drop:
    """Drops it undelivered."""

    piece: Piece
    reason: str


@dataclass(frozen=True, slots=True)
class Comment:
    """Comments on it."""

    piece: Piece
    text: str


@dataclass(frozen=True, slots=True)
class Archive:
    """Takes it off the board; its history stays."""

    piece: Piece


@dataclass(frozen=True, slots=True)
class Transfer:
    """Moves it to a stage of another stream."""

    piece: Piece
    line: Line
    to: str


@dataclass(frozen=True, slots=True)
class Link:
    """Links two of them."""

    source: Piece
    target: Piece
    kind: LinkKind


@dataclass(frozen=True, slots=True)
class Agree:
    """Records the agreement on a dependency; ``need_by`` is an ISO date."""

    source: Piece
    target: Piece
    state: DependencyState
    need_by: str | None = None


Act = Add | Edit | Move | Block | Unblock | Drop | Comment | Archive | Transfer | Link | Agree


@dataclass(slots=True)
class Moment:
    """The acts of one person at one moment: one group of changes."""

    at: datetime
    by: str
    acts: list[Act]
