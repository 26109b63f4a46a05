"""Commands about items: adding, editing, moving, blocking, linking, and evidence about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vsm.model.item import BlockerKind, DependencyState, LinkKind


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
    """Move an item to a stage; ``reason`` is asked for where a soft WIP limit is exceeded.

    ``at`` says when it happened, where it is entered late: that needs a reason too. ``emergency``
    is the reason why an expedite item passes controls that refuse it: a follow-up item is made.
    """

    item: int
    to: int
    expected_version: int | None = None
    reason: str | None = None
    at: int | None = None
    emergency: str = ""


@dataclass(frozen=True, slots=True)
class ReorderItem:
    """Move an item up (negative) or down within its stage by so many places."""

    item: int
    by: int
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class BlockItem:
    """Say that an item cannot go on, and why; ``at`` as in :class:`MoveItem`."""

    item: int
    kind: BlockerKind
    reason: str
    expected_version: int | None = None
    at: int | None = None


@dataclass(frozen=True, slots=True)
class UnblockItem:
    """Say that an item can go on again; ``at`` as in :class:`MoveItem`."""

    item: int
    expected_version: int | None = None
    reason: str = ""
    at: int | None = None


@dataclass(frozen=True, slots=True)
class DropItem:
    """Leave an item undelivered: move it to the stream's dropped stage; ``at`` as in
    :class:`MoveItem`.
    """

    item: int
    reason: str = ""
    expected_version: int | None = None
    at: int | None = None


@dataclass(frozen=True, slots=True)
class ReopenItem:
    """Bring a done or dropped item back: to ``to``, or to the stage it came from; ``at`` as in
    :class:`MoveItem`.
    """

    item: int
    to: int | None = None
    expected_version: int | None = None
    reason: str | None = None
    at: int | None = None


@dataclass(frozen=True, slots=True)
class ArchiveItem:
    """Take an item off the board (``archived=False`` brings it back); its history stays."""

    item: int
    archived: bool = True
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class CommentItem:
    """Say something about an item."""

    item: int
    text: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class TransferItem:
    """Move an item into a stage of another stream; its key and its history stay."""

    item: int
    to: int
    expected_version: int | None = None
    reason: str | None = None


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


@dataclass(frozen=True, slots=True)
class AddEvidence:
    """Put a piece of evidence about an item on record.

    ``kind``, ``status`` and ``details`` as :mod:`vsm.model.control.evidence` reads them. ``at`` is
    when it happened (``None``: now), ``by`` who did it (``None``: whoever records it; empty:
    unknown). What is on record under the same kind and ``ref`` is replaced by it.
    """

    item: int
    kind: str
    ref: str
    happened: int | None = None
    by: str | None = None
    status: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    sha256: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class RecordCheck:
    """Put on record what controls say now of moving an item into a stage, without moving it."""

    item: int
    stage: int


UNCHANGED = "keep"
"""In place of a value: unchanged."""


@dataclass(frozen=True, slots=True)
class AgreeDependency:
    """Say what is agreed on: ``source`` blocks ``target``; the link is made where there is none.

    Without ``state`` the state is unchanged, and so is the date where ``need_by`` is
    :data:`UNCHANGED`; ``None`` clears the date.
    """

    source: int
    target: int
    state: DependencyState | None = None
    need_by: str | None = UNCHANGED
