"""What people of the made-up bank do, told by the simulation, done by the recorder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from vsm.demo.plan import Line, Route
from vsm.model.item import BlockerKind, DependencyState, LinkKind


@dataclass(slots=True, eq=False)
class Piece:
    """A work item of the simulation, with all that it has yet to go through."""

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
    """Working day on which it came."""
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
    """Where it goes when it is ready."""
    turns: int = 0
    blocked: bool = False
    until: int | None = None
    waits_for: Piece | None = None
    nag: int | None = None
    seq: int = 0
    block_at: float = -1.0
    """It gets blocked when so much work is left."""


@dataclass(frozen=True, slots=True)
class Add:
    """It comes into the backlog of a stream."""

    piece: Piece
    line: Line
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Edit:
    """Fields of it change; a team is named, a parent is a piece."""

    piece: Piece
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Move:
    """It goes to a stage of the stream in which it is."""

    piece: Piece
    line: Line
    to: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """It cannot go on."""

    piece: Piece
    kind: BlockerKind
    reason: str


@dataclass(frozen=True, slots=True)
class Unblock:
    """It can go on again."""

    piece: Piece


@dataclass(frozen=True, slots=True)
class Drop:
    """It is left undelivered."""

    piece: Piece
    reason: str


@dataclass(frozen=True, slots=True)
class Comment:
    """Somebody says something about it."""

    piece: Piece
    text: str


@dataclass(frozen=True, slots=True)
class Archive:
    """It leaves the board; its history stays."""

    piece: Piece


@dataclass(frozen=True, slots=True)
class Transfer:
    """It goes into a stage of another stream."""

    piece: Piece
    line: Line
    to: str


@dataclass(frozen=True, slots=True)
class Link:
    """Two of them hang together."""

    source: Piece
    target: Piece
    kind: LinkKind


@dataclass(frozen=True, slots=True)
class Agree:
    """What both sides say of one that another one waits for; ``need_by`` is an ISO date."""

    source: Piece
    target: Piece
    state: DependencyState
    need_by: str | None = None


Act = Add | Edit | Move | Block | Unblock | Drop | Comment | Archive | Transfer | Link | Agree


@dataclass(slots=True)
class Moment:
    """What one person does at one moment: one group of changes."""

    at: datetime
    by: str
    acts: list[Act]
