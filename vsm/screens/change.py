"""Keys that change things: each makes a command, hands it to the session, tells what came.

A command is made when its turn comes, from what the board shows then; so keys pressed quickly
act one after the other. Nothing is queued behind a write that hangs: the key is refused, and
says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from textual import on

from vsm.model.errors import Refusal, VsmError
from vsm.model.item import ClassOfService, FlowType
from vsm.model.stream import Category
from vsm.screens.base import BoardBase
from vsm.widgets.board import Board

if TYPE_CHECKING:
    from vsm.model.board import Card
    from vsm.model.command import Command, MoveItem, ReorderItem
    from vsm.model.stream import Stage
    from vsm.session import Done, Session

SAVING = 0.15
"""Seconds after which a write that is not through shows that it is under way."""
PATIENCE = 1.0
"""Seconds that a key waits for the write before it."""


class Changing(BoardBase):
    """The actions that write."""

    _turn: asyncio.Lock
    _writing_since: float | None = None

    # -- one write ------------------------------------------------------------------

    async def ask_session(self, act: Callable[[Session], Done | Refusal]) -> Done | Refusal | None:
        """Run one session call in its turn; ``None`` where it did not run or broke."""
        if self.vsm.read_only:
            self.say("This board is read-only: open it without --read-only to change it", "warn")
            return None
        saving = self.set_timer(SAVING, lambda: self.say("saving…", "warn"))
        self._writing_since = monotonic()
        try:
            result = await self.vsm.writing.call(act)
        except VsmError as error:
            self.hints.say("")
            self.notice.show(f"Not saved: {error.message}", error.remedy, bad=True)
            return None
        finally:
            saving.stop()
            self._writing_since = None
        if self.hints.message == "saving…":
            self.hints.say("")
        return result

    async def write(self, make: Callable[[], Command | None]) -> None:
        """Make a command when its turn comes and do it; above a soft WIP limit ask why first."""
        if not await self._my_turn():
            return
        try:
            command = make()
            if command is None:
                return
            self.notice.hide()
            result = await self.ask_session(lambda session: session.do(command))
            self._came(result, getattr(command, "item", None))
        finally:
            self._turn.release()
        if isinstance(result, Refusal) and result.code == "wip-soft":
            again = await self._with_reason(command, result)
            if again is not None:
                await self.write(lambda: again)

    async def _my_turn(self) -> bool:
        since = self._writing_since
        asked = monotonic()
        if since is None or asked - since < PATIENCE:
            try:
                await asyncio.wait_for(self._turn.acquire(), PATIENCE)
                return True
            except TimeoutError:
                pass
        self.say("The last change is still being saved: press the key again after it", "warn")
        return False

    def _came(self, result: Done | Refusal | None, asked: int | None = None) -> None:
        if result is None:
            return
        if isinstance(result, Refusal):
            # Where somebody else has moved it, the cursor goes after it: the next key is meant
            # for this item still, not for the one that has moved up in its place.
            self.catch_up(asked)
            if result.code != "wip-soft":
                self.notice.show(result.message, result.remedy, result.items)
            return
        items = [c.item for c in result.changes if c.item is not None]
        self.catch_up(items[0] if items else None)
        self.say(result.label)
        if items and self.filter and self.read_place(items[0]) is None:
            self.say(f"{result.label}; the filter hides it", "warn")

    # -- moving ---------------------------------------------------------------------

    def action_move_right(self) -> None:
        """Move the item to the next stage."""
        self.begin(self._move(1), "change")

    def action_move_left(self) -> None:
        """Move the item to the stage before."""
        self.begin(self._move(-1), "change")

    def _beside(self, by: int) -> int | None:
        """The stage beside the cursor's, or ``None`` and a word on why not."""
        x = self.board.x + by
        here = self.board.column.head.stage
        stages = [column.head.stage for column in self.board.columns]
        if here.category is Category.DROPPED:
            self.say(
                f"{here.name} holds dropped items: {self.keys('{reopen}')} reopens one", "warn"
            )
            return None
        if not 0 <= x < len(stages):
            side = "first" if by < 0 else "last"
            self.say(f"{here.name} is the {side} stage", "warn")
            return None
        if stages[x].category is Category.DROPPED:
            self.say(f"{here.name} is the last stage: {self.keys('{drop}')} drops an item", "warn")
            return None
        return stages[x].id

    async def _move(self, by: int) -> None:
        from vsm.model.command import MoveItem

        def make() -> MoveItem | None:
            card = self.board.card
            if card is None:
                self.nothing_here()
                return None
            to = self._beside(by)
            return None if to is None else MoveItem(card.id, to, card.version)

        await self.write(make)

    @on(Board.Dropped)
    def _let_go(self, message: Board.Dropped) -> None:
        """A card was dragged: the same commands as by keys, in their turn."""
        self.begin(self._dragged(message.card, message.stage, message.by), "change")

    async def _dragged(self, card: Card, stage: Stage, by: int) -> None:
        from vsm.model.command import MoveItem, ReorderItem

        if stage.id != card.stage:
            if stage.category is Category.DROPPED:
                await self._drop()
            else:
                await self.write(lambda: MoveItem(card.id, stage.id, card.version))
        elif self.filter:
            self.say("Clear the filter first: order counts hidden items too", "warn")
        else:
            await self.write(lambda: ReorderItem(card.id, by, card.version))

    async def _with_reason(self, command: Command, refusal: Refusal) -> Command | None:
        """Ask why a soft limit is to be exceeded; gives the command with the reason."""
        from vsm.model.command import AddItem, MoveItem, ReopenItem
        from vsm.screens.dialogs import AskDialog

        if not isinstance(command, AddItem | MoveItem | ReopenItem):
            return None
        card = self.board.card  # the cursor is on the item that was to go there
        what = command.title if isinstance(command, AddItem) else ""
        if not what and card is not None:
            what = f"{card.key} {card.title}"
        reason = await self.app.push_screen_wait(
            AskDialog(
                "Above the WIP limit",
                f"{what}: {refusal.message}. Why should it go in all the same?",
                needed="A reason is needed; Esc leaves it as it is.",
                keys="Enter: go on, with this reason   Esc: leave it as it is",
            )
        )
        return replace(command, reason=reason) if reason else None

    def nothing_here(self) -> None:
        """Say that the cursor is on no item."""
        column = self.board.column
        if column.folded:
            self.say(
                f"{column.head.stage.name} is folded: {self.keys('{fold_column}')} opens it", "warn"
            )
        else:
            self.say("There is no item under the cursor", "warn")

    def action_reorder_down(self) -> None:
        """Swap with the item below."""
        self.begin(self._reorder(1), "change")

    def action_reorder_up(self) -> None:
        """Swap with the item above."""
        self.begin(self._reorder(-1), "change")

    async def _reorder(self, by: int) -> None:
        from vsm.model.command import ReorderItem

        def make() -> ReorderItem | None:
            card = self.board.card
            if card is None:
                self.nothing_here()
                return None
            if self.filter:
                self.say("Clear the filter first: order counts hidden items too", "warn")
                return None
            if not 0 <= self.board.index + by < self.board.column.head.shown:
                self.say("It is the last one" if by > 0 else "It is the first one", "warn")
                return None
            return ReorderItem(card.id, by, card.version)

        await self.write(make)

    # -- making, blocking, dropping, reopening ---------------------------------------

    def action_new_item(self) -> None:
        """Ask for a new item and add it."""
        self.begin(self._new(), "change")

    async def _new(self) -> None:
        from vsm.model.command import AddItem
        from vsm.screens.dialogs import NewItemDialog

        stage = self.board.column.head.stage
        if stage.category.ended:
            stage = self.stream.line[0]
        teams = {team.name: team.id for team in self.reader.teams()}
        names = {number: name for name, number in teams.items()}
        types = list(dict.fromkeys([*map(str, FlowType), *self.reader.types(self.stream.id)]))
        new = await self.app.push_screen_wait(
            NewItemDialog(
                stage.name,
                types,
                self.reader.owners(self.stream.id),
                sorted(teams),
                names.get(stage.team or 0, ""),
                self.vsm.actor,
            )
        )
        if new is None:
            return
        fields: dict[str, object] = {}
        if new.type != FlowType.FEATURE:
            fields["type"] = new.type
        if new.service is not ClassOfService.STANDARD:
            fields["service"] = new.service
        if new.owner:
            fields["owner"] = new.owner
        if new.team:
            fields["team"] = teams[new.team]

        await self.write(lambda: AddItem(self.stream.id, new.title, stage.id, None, fields))

    def action_block(self) -> None:
        """Block the item with a kind and a reason, or unblock it."""
        self.begin(self._block(), "change")

    async def _block(self) -> None:
        from vsm.model.command import BlockItem, UnblockItem
        from vsm.screens.dialogs import BlockDialog

        card = self.board.card
        if card is None:
            self.nothing_here()
        elif card.blocked:
            await self.write(lambda: UnblockItem(card.id, card.version))
        else:
            blocker = await self.app.push_screen_wait(BlockDialog(f"Block {card.key}"))
            if blocker is not None:
                await self.write(
                    lambda: BlockItem(card.id, blocker.kind, blocker.reason, card.version)
                )

    def action_drop(self) -> None:
        """Drop the item, with a reason."""
        self.begin(self._drop(), "change")

    async def _drop(self) -> None:
        from vsm.model.command import DropItem
        from vsm.screens.dialogs import AskDialog

        card = self.board.card
        if card is None:
            self.nothing_here()
            return
        reason = await self.app.push_screen_wait(
            AskDialog(
                f"Drop {card.key}",
                f"{card.title}: why will it not be delivered?",
                needed="A reason is needed; Esc keeps the item.",
                keys="Enter: drop it, with this reason   Esc: keep it",
            )
        )
        if reason:
            await self.write(lambda: DropItem(card.id, reason, card.version))

    def action_reopen(self) -> None:
        """Bring a done or dropped item back."""
        self.begin(self._reopen(), "change")

    async def _reopen(self) -> None:
        from vsm.model.command import ReopenItem

        card = self.board.card
        if card is None:
            self.nothing_here()
            return
        if not self.board.column.ended:
            self.say(f"{card.key} is open: only done and dropped items are reopened", "warn")
            return
        await self.write(lambda: ReopenItem(card.id, None, card.version))

    # -- undo -------------------------------------------------------------------------

    def action_undo(self) -> None:
        """Take back the last change of this session."""
        self.begin(self._undo(lambda session: session.undo()), "change")

    def action_redo(self) -> None:
        """Bring back what was undone."""
        self.begin(self._undo(lambda session: session.redo()), "change")

    async def _undo(self, act: Callable[[Session], Done | Refusal]) -> None:
        if not await self._my_turn():
            return
        try:
            self.notice.hide()
            self._came(await self.ask_session(act))
        finally:
            self._turn.release()
