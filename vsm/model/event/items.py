"""Events of items: made, edited, moved, blocked, linked, commented, transferred."""

from __future__ import annotations

from typing import Any, Literal

from vsm.model.event.facts import EventModel, ItemFields, Override
from vsm.model.event.governance import GateFacts
from vsm.model.item import BlockerKind, DependencyState, LinkKind


class ItemAdded(EventModel):
    """An item came to be in a stage.

    One that asks for approval after an emergency says of which item (``approves``).
    """

    kind: Literal["item_added"] = "item_added"
    item: int
    stream: int
    key: str
    number: int | None
    stage: int
    rank: int
    fields: ItemFields
    override: Override | None = None
    gates: tuple[GateFacts, ...] = ()
    approves: int | None = None


class ItemRemoved(EventModel):
    """The making of an item was undone."""

    kind: Literal["item_removed"] = "item_removed"
    item: int
    stream: int
    key: str


class ItemEdited(EventModel):
    """Fields of an item changed: field → (before, after)."""

    kind: Literal["item_edited"] = "item_edited"
    item: int
    stream: int
    changes: dict[str, tuple[Any, Any]]


class ItemMoved(EventModel):
    """An item left one stage for another; ``how`` tells a drop or a reopening from a move.

    ``late`` says that it was entered later than it happened, for the ``reason``. ``gates`` are the
    verdicts of the controls that it passed or that let it pass, ``emergency`` why it did not wait.
    """

    kind: Literal["item_moved"] = "item_moved"
    item: int
    stream: int
    source: int
    target: int
    rank_before: int
    rank: int
    how: Literal["move", "drop", "reopen"] = "move"
    reason: str = ""
    override: Override | None = None
    gates: tuple[GateFacts, ...] = ()
    emergency: str = ""
    late: bool = False


class MoveRetracted(EventModel):
    """A move was undone: it never counted, the item is where it was before.

    ``over`` says that the stage exceeds its WIP limit by this; undo is not held up by limits.
    """

    kind: Literal["move_retracted"] = "move_retracted"
    item: int
    stream: int
    source: int
    target: int
    rank: int
    over: Override | None = None


class ItemReordered(EventModel):
    """An item changed its place within its stage."""

    kind: Literal["item_reordered"] = "item_reordered"
    item: int
    stream: int
    stage: int
    rank_before: int
    rank: int


class StageRanksRebalanced(EventModel):
    """Ranks of a stage were spread anew, as two neighbours had no gap: (item, before, after)."""

    kind: Literal["stage_respaced"] = "stage_respaced"
    stream: int
    stage: int
    ranks: tuple[tuple[int, int, int], ...]


class ItemBlocked(EventModel):
    """An item cannot go on; ``late`` as in :class:`ItemMoved`."""

    kind: Literal["item_blocked"] = "item_blocked"
    item: int
    stream: int
    block: int
    why: BlockerKind
    reason: str
    late: bool = False


class BlockRetracted(EventModel):
    """A blocker was undone: it never was."""

    kind: Literal["block_retracted"] = "block_retracted"
    item: int
    stream: int
    block: int


class ItemUnblocked(EventModel):
    """An item can go on again; ``late`` as in :class:`ItemMoved`."""

    kind: Literal["item_unblocked"] = "item_unblocked"
    item: int
    stream: int
    block: int
    reason: str = ""
    late: bool = False


class UnblockRetracted(EventModel):
    """An unblocking was undone: the blocker never ended."""

    kind: Literal["unblock_retracted"] = "unblock_retracted"
    item: int
    stream: int
    block: int


class ItemArchived(EventModel):
    """An item was taken off the board, or brought back."""

    kind: Literal["item_archived"] = "item_archived"
    item: int
    stream: int
    archived: bool


class ItemLinked(EventModel):
    """Two items were linked, by key; ``item`` is the one that states it."""

    kind: Literal["item_linked"] = "item_linked"
    item: int
    stream: int
    link: LinkKind
    source: str
    target: str


class ItemUnlinked(EventModel):
    """A link was taken away."""

    kind: Literal["item_unlinked"] = "item_unlinked"
    item: int
    stream: int
    link: LinkKind
    source: str
    target: str


class DependencyAgreed(EventModel):
    """What two items' sides agreed on changed: (state, need-by date) before and after.

    ``source`` blocks ``target``, by key; ``item`` is the one that waits.
    """

    kind: Literal["dependency_agreed"] = "dependency_agreed"
    item: int
    stream: int
    source: str
    target: str
    before: tuple[DependencyState | None, str | None] = (None, None)
    after: tuple[DependencyState | None, str | None] = (None, None)


class ItemTransferred(EventModel):
    """An item left its stream for a stage of another one; its key and history stay.

    ``stream`` is the one that it left, ``to`` the one that it is in from then on. ``gates`` are the
    verdicts of controls of the latter, ``left_gates`` of the former.
    """

    kind: Literal["item_transferred"] = "item_transferred"
    item: int
    stream: int
    to: int
    source: int
    target: int
    rank_before: int
    rank: int
    reason: str = ""
    override: Override | None = None
    gates: tuple[GateFacts, ...] = ()
    left_gates: tuple[GateFacts, ...] = ()


class TransferRetracted(EventModel):
    """A transfer was undone: it never counted, the item is where it was before.

    ``stream`` is the one that it had come to, ``to`` the one that it is in again.
    """

    kind: Literal["transfer_retracted"] = "transfer_retracted"
    item: int
    stream: int
    to: int
    source: int
    target: int
    rank: int
    over: Override | None = None


class ItemCommented(EventModel):
    """Somebody said something about an item."""

    kind: Literal["item_commented"] = "item_commented"
    item: int
    stream: int
    comment: int
    text: str


class CommentRetracted(EventModel):
    """A comment was taken back."""

    kind: Literal["comment_retracted"] = "comment_retracted"
    item: int
    stream: int
    comment: int
