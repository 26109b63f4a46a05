"""Keys that move, order, block, drop and reopen items, and take that back.

Each acts on all that is marked, or on the item under the cursor; reordering on that one alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import on

from vsm.model.errors import Refusal
from vsm.model.stream import Category
from vsm.screens.board.writing import Writing
from vsm.widgets.board import Board

if TYPE_CHECKING:
    from vsm.model.board import Card, ItemSummary
    from vsm.model.command import Command, ReorderItem
    from vsm.model.stream import Stage
    from vsm.session import ChangeGroup, Session


def not_here(text: str) -> Refusal:
    """A key that has nothing to do here: a word in the hint line is enough."""
    return Refusal("here", text)


class Changing(Writing):
    """The actions that change where items stand."""

    # -- moving ---------------------------------------------------------------------

    def action_move_right(self) -> None:
        """Move to the next stage."""
        self.begin(self._move(1), "change")

    def action_move_left(self) -> None:
        """Move to the stage before."""
        self.begin(self._move(-1), "change")

    def _beside(self, stage: int, by: int) -> int | Refusal:
        """The stage beside this one, or why there is none to move to."""
        stages = [column.head.stage for column in self.board.columns]
        x = next(n for n, each in enumerate(stages) if each.id == stage)
        here, x = stages[x], x + by
        if here.category is Category.DROPPED:
            return not_here(f"{here.name} holds dropped items: {self.keys('{reopen}')} reopens one")
        if not 0 <= x < len(stages):
            return not_here(f"{here.name} is the {'first' if by < 0 else 'last'} stage")
        if stages[x].category is Category.DROPPED:
            return not_here(f"{here.name} is the last stage: {self.keys('{drop}')} drops an item")
        return stages[x].id

    async def _move(self, by: int) -> None:
        from vsm.model.command import MoveItem

        def make(brief: ItemSummary) -> Command | Refusal:
            to = self._beside(brief.stage, by)
            return to if isinstance(to, Refusal) else MoveItem(brief.id, to, brief.version)

        # Those that go ahead first, so that they make room for those that come after them.
        await self.act(make, order=lambda brief: -by * self.stream.index[brief.stage])

    @on(Board.Dropped)
    def _let_go(self, message: Board.Dropped) -> None:
        """A card was dragged: the same commands as by keys, in their turn."""
        self.begin(self._dragged(message.card, message.stage, message.by), "change")

    async def _dragged(self, card: Card, stage: Stage, by: int) -> None:
        from vsm.model.command import MoveItem, ReorderItem

        if stage.id != card.stage:
            if stage.category is Category.DROPPED:
                brief = self.brief_here()
                await self._drop([brief] if brief is not None else [])
            else:
                await self.write(lambda: MoveItem(card.id, stage.id, card.version))
        elif self.filter:
            self.say("Clear the filter first: order counts hidden items too", "warn")
        else:
            await self.write(lambda: ReorderItem(card.id, by, card.version))

    def action_reorder_down(self) -> None:
        """Swap with the item below."""
        self.begin(self._reorder(1), "change")

    def action_reorder_up(self) -> None:
        """Swap with the item above."""
        self.begin(self._reorder(-1), "change")

    async def _reorder(self, by: int) -> None:
        from vsm.model.command import ReorderItem

        def make() -> ReorderItem | Refusal | None:
            card = self.board.card
            if card is None:
                self.nothing_here()
                return None
            if self.filter:
                return not_here("Clear the filter first: order counts hidden items too")
            if not 0 <= self.board.index + by < self.board.column.head.shown:
                return not_here("It is the last one" if by > 0 else "It is the first one")
            return ReorderItem(card.id, by, card.version)

        await self.write(make)

    # -- blocking, dropping, reopening ---------------------------------------------------

    def action_block(self) -> None:
        """Block with a kind and a reason, or unblock where all is blocked."""
        self.begin(self._block(), "change")

    async def _block(self) -> None:
        from vsm.model.command import BlockItem, UnblockItem
        from vsm.screens.dialogs import BlockDialog

        chosen = await self.targets()
        if not chosen:
            self.nothing_here()
        elif all(brief.blocked for brief in chosen):
            await self.act(lambda brief: UnblockItem(brief.id, brief.version), chosen)
        else:
            blocker = await self.app.push_screen_wait(BlockDialog(f"Block {self.named(chosen)}"))
            if blocker is not None:
                await self.act(
                    lambda b: BlockItem(b.id, blocker.kind, blocker.reason, b.version), chosen
                )

    def action_drop(self) -> None:
        """Drop, with a reason."""
        self.begin(self._drop(), "change")

    async def _drop(self, chosen: list[ItemSummary] | None = None) -> None:
        from vsm.model.command import DropItem
        from vsm.screens.dialogs import AskDialog

        chosen = await self.targets() if chosen is None else chosen
        if not chosen:
            self.nothing_here()
            return
        one = len(chosen) == 1
        reason = await self.app.push_screen_wait(
            AskDialog(
                f"Drop {self.named(chosen)}",
                f"{chosen[0].title}: why will it not be delivered?"
                if one
                else f"{self.titles(chosen)}: why will they not be delivered?",
                needed=f"A reason is needed; Esc keeps {'the item' if one else 'them'}.",
                keys=f"Enter: drop, with this reason   Esc: keep {'it' if one else 'them'}",
            )
        )
        if reason:
            await self.act(lambda brief: DropItem(brief.id, reason, brief.version), chosen)

    def action_reopen(self) -> None:
        """Bring what is done or dropped back."""
        self.begin(self._reopen(), "change")

    async def _reopen(self) -> None:
        from vsm.model.command import ReopenItem

        def make(brief: ItemSummary) -> Command | Refusal:
            if not self.stream.stage(brief.stage).category.ended:
                return not_here(f"{brief.key} is open: only done and dropped items are reopened")
            return ReopenItem(brief.id, None, brief.version)

        await self.act(make)

    # -- words ------------------------------------------------------------------------

    @staticmethod
    def named(chosen: list[ItemSummary]) -> str:
        """One key, or how many items."""
        return chosen[0].key if len(chosen) == 1 else f"{len(chosen)} items"

    @staticmethod
    def titles(chosen: list[ItemSummary]) -> str:
        """The first keys of several items."""
        keys = ", ".join(brief.key for brief in chosen[:6])
        return keys + (f" and {len(chosen) - 6} more" if len(chosen) > 6 else "")

    # -- undo -------------------------------------------------------------------------

    def action_undo(self) -> None:
        """Take back the last change of this session."""
        self.begin(self._undo(lambda session: session.undo()), "change")

    def action_redo(self) -> None:
        """Bring back what was undone."""
        self.begin(self._undo(lambda session: session.redo()), "change")

    async def _undo(self, act: Callable[[Session], ChangeGroup | Refusal]) -> None:
        async with self.my_turn() as mine:
            if mine:
                self.notice.hide()
                self.came(await self.ask_session(act))
