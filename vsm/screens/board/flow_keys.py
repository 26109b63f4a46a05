"""Keys that move, order, block, drop and reopen items, and take that back.

Each acts on all that is marked, or on the item under the cursor; reordering on that one alone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from vsm.model.errors import Refusal, RefusalCode
from vsm.model.stream import Category
from vsm.screens.board.selection import list_keys, name_items

if TYPE_CHECKING:
    from vsm.model.board import Card, ItemSummary
    from vsm.model.command import Command, ReorderItem
    from vsm.model.stream import Stage
    from vsm.screens.board.parts import BoardParts
    from vsm.session import ChangeGroup, Session


def not_here(text: str) -> Refusal:
    """A key that has nothing to do here: a word in the hint line is enough."""
    return Refusal(RefusalCode.NOT_HERE, text)


def _beside(board: BoardParts, stage: int, by: int) -> int | Refusal:
    """The stage beside this one, or why there is none to move to."""
    keys = board.screen.keys
    stages = [column.head.stage for column in board.widget.columns]
    x = next(n for n, column_stage in enumerate(stages) if column_stage.id == stage)
    current, x = stages[x], x + by
    if current.category is Category.DROPPED:
        return not_here(f"{current.name} holds dropped items: {keys('{reopen}')} reopens one")
    if not 0 <= x < len(stages):
        return not_here(f"{current.name} is the {'first' if by < 0 else 'last'} stage")
    if stages[x].category is Category.DROPPED:
        return not_here(f"{current.name} is the last stage: {keys('{drop}')} drops an item")
    return stages[x].id


async def move(board: BoardParts, by: int) -> None:
    """Move to the stage that is so many to the right (or left)."""
    from vsm.model.command import MoveItem

    def make(item: ItemSummary) -> Command | Refusal:
        to = _beside(board, item.stage, by)
        return to if isinstance(to, Refusal) else MoveItem(item.id, to, item.version)

    # Those that go ahead first, so that they make room for those that come after them.
    await board.writer.act(make, order=lambda item: -by * board.stream.index[item.stage])


move_right = partial(move, by=1)
move_left = partial(move, by=-1)


async def drag(board: BoardParts, card: Card, stage: Stage, by: int) -> None:
    """Do what dragging a card means: the same commands as by keys."""
    from vsm.model.command import MoveItem, ReorderItem

    if stage.id != card.stage:
        if stage.category is Category.DROPPED:
            item = board.selection.item_here()
            await drop(board, [item] if item is not None else [])
        else:
            await board.writer.write(lambda: MoveItem(card.id, stage.id, card.version))
    elif why := _unordered(board):
        board.screen.say(why, "warn")
    else:
        await board.writer.write(lambda: ReorderItem(card.id, by, card.version))


def _unordered(board: BoardParts) -> str:
    """Why items cannot change their order here and now; empty where they can."""
    if board.data.filter:
        return "Clear the filter first: order counts hidden items too"
    if board.data.lanes is not None:
        return board.screen.keys("The order is that of the whole column: {lanes} ends the lanes")
    return ""


async def reorder(board: BoardParts, by: int) -> None:
    """Swap with the item below (or above)."""
    from vsm.model.command import ReorderItem

    def make() -> ReorderItem | Refusal | None:
        card = board.widget.card
        if card is None:
            board.writer.say_no_item()
            return None
        if why := _unordered(board):
            return not_here(why)
        if not 0 <= board.widget.index + by < board.widget.column.head.shown:
            return not_here("It is the last one" if by > 0 else "It is the first one")
        return ReorderItem(card.id, by, card.version)

    await board.writer.write(make)


reorder_down = partial(reorder, by=1)
reorder_up = partial(reorder, by=-1)


async def block(board: BoardParts) -> None:
    """Block with a kind and a reason, or unblock where all is blocked."""
    from vsm.model.command import BlockItem, UnblockItem
    from vsm.screens.dialog import Opener
    from vsm.screens.dialogs import BlockDialog

    items = await board.selection.targets()
    if not items:
        board.writer.say_no_item()
    elif all(item.blocked for item in items):
        await board.writer.act(lambda item: UnblockItem(item.id, item.version), items)
    else:
        dialog = BlockDialog(f"Block {name_items(items)}")
        dialog.opener = Opener("block", tuple((item.id, item.version) for item in items))
        blocker = await board.screen.app.push_screen_wait(dialog)
        if blocker is not None:
            await board.writer.act(
                lambda item: BlockItem(item.id, blocker.kind, blocker.reason, item.version), items
            )


async def drop(board: BoardParts, items: list[ItemSummary] | None = None) -> None:
    """Drop, with a reason."""
    from vsm.model.command import DropItem
    from vsm.screens.dialog import Opener
    from vsm.screens.dialogs import AskDialog

    items = await board.selection.targets() if items is None else items
    if not items:
        board.writer.say_no_item()
        return
    one = len(items) == 1
    dialog = AskDialog(
        f"Drop {name_items(items)}",
        f"{items[0].title if one else list_keys(items)}. Reason for dropping",
        needed="A reason is needed.",
        keys="{confirm}: drop · {cancel}: cancel",
    )
    dialog.opener = Opener("drop", tuple((item.id, item.version) for item in items))
    reason = await board.screen.app.push_screen_wait(dialog)
    if reason:
        await board.writer.act(lambda item: DropItem(item.id, reason, item.version), items)


async def reopen(board: BoardParts) -> None:
    """Bring what is done or dropped back."""
    from vsm.model.command import ReopenItem

    def make(item: ItemSummary) -> Command | Refusal:
        if not board.stream.stage(item.stage).category.ended:
            return not_here(f"{item.key} is open: only done and dropped items are reopened")
        return ReopenItem(item.id, None, item.version)

    await board.writer.act(make)


async def undo(board: BoardParts) -> None:
    """Take back the last change of this session, or of an earlier one after a question."""
    result = await _change(board, lambda session: session.undo())
    if isinstance(result, Refusal) and result.code is RefusalCode.EARLIER:
        from vsm.screens.earlier_change import ask_about_earlier

        group = await ask_about_earlier(board.screen, board.stream.zone)
        if isinstance(group, Refusal):
            board.writer.show_outcome(group)
        elif group is not None:
            await _change(board, lambda session: session.undo(group))


async def redo(board: BoardParts) -> None:
    """Bring back what was undone."""
    await _change(board, lambda session: session.redo())


async def _change(
    board: BoardParts, act: Callable[[Session], ChangeGroup | Refusal]
) -> ChangeGroup | Refusal | None:
    async with board.writer.write_lock() as acquired:
        if not acquired:
            return None
        board.screen.notice.hide()
        result = await board.writer.ask(act)
        if not isinstance(result, Refusal) or result.code is not RefusalCode.EARLIER:
            board.writer.show_outcome(result)
        return result
