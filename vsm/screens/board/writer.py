"""The one write path of a board: one change at a time, of one item or of all that are marked.

A command is made when its turn comes, from what the board shows then; so keys pressed quickly
act one after the other. Nothing is queued behind a write that hangs: the key is refused, and
says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from vsm.model.errors import Refusal, RefusalCode, VsmError, not_saved
from vsm.screens.board.lane_folds import hiding
from vsm.widgets.date_text import ago

if TYPE_CHECKING:
    from vsm.model.board import ItemSummary
    from vsm.model.command import Command
    from vsm.screens.board.data import BoardData
    from vsm.screens.board.selection import Selection
    from vsm.session import ChangeGroup, Session

    Make = Callable[[ItemSummary], Command | Refusal]
    """What to do to an item, or why not."""

HELP_WITH = 3
"""How many items at what limits the flow a full stage points to."""
SAVING = 0.15
"""Seconds after which a write that is not through shows that it is under way."""
PATIENCE = 3.0
"""Seconds that a key waits for the write before it: longer than typed keys wait for one another, so
that on a slow file system what is typed takes its turn and none of it is lost."""
LIMITS = (RefusalCode.WIP_SOFT, RefusalCode.WIP_HARD)
ASKED_ABOUT = (RefusalCode.STALE, RefusalCode.GATE)
"""Codes of refusals that are asked about before they are said."""
NOT_NOW = (RefusalCode.BUSY, RefusalCode.READ_ONLY, RefusalCode.NOT_HERE)
"""Codes of refusals that a word in the hint line is enough for."""

BUSY = Refusal(
    RefusalCode.BUSY, "The last change is still being saved", "press the key again after it"
)


class Writer:
    """The one way in which keys of a board change something."""

    def __init__(self, data: BoardData, selection: Selection) -> None:
        self._data = data
        self._selection = selection
        self._screen = data.screen
        self._lock = asyncio.Lock()
        self._writing_since: float | None = None
        self._saving_shown = False
        self.refused_by_gate: Refusal | None = None
        """The last refusal of controls, so that a waiver is asked for what it was about."""

    # -- one call of the session --------------------------------------------------------

    async def ask(self, act: Callable[[Session], ChangeGroup | Refusal]) -> ChangeGroup | Refusal:
        """Run one session call; what the machine says no to is a refusal too."""
        if self._screen.host.changes_refused is not None:
            return self._screen.host.changes_refused
        if self._screen.host.view.at is not None:
            from vsm.screens.as_of import read_only

            return read_only(self._screen)
        saving = self._screen.set_timer(SAVING, self._show_saving)
        self._writing_since = monotonic()
        try:
            result = await self._screen.host.writing.call(act)
            if isinstance(result, Refusal):
                if result.gate is not None:
                    self.refused_by_gate = result
                return self._by_keys(result)
            refused = tuple((command, self._by_keys(no)) for command, no in result.refused)
            return replace(result, refused=refused) if refused else result
        except VsmError as error:
            return not_saved(error)
        finally:
            saving.stop()
            self._writing_since = None
            if self._saving_shown:
                self._saving_shown = False
                self._screen.hints.say("")

    def _by_keys(self, refusal: Refusal) -> Refusal:
        """The refusal with keys where its remedy names a verb: nobody can type one here."""
        if not refusal.by_key:
            return refusal
        remedy = self._screen.keys(refusal.by_key)
        others = tuple(self._by_keys(other) for other in refusal.others)
        return replace(refusal, remedy=remedy, others=others)

    def _show_saving(self) -> None:
        self._saving_shown = True
        self._screen.say("saving…", "warn")

    @asynccontextmanager
    async def write_lock(self) -> AsyncIterator[bool]:
        """Wait for the write before; gives ``False`` where that hangs, and says so.

        Keys typed after it are dropped then: they would act on what it was to change.
        """
        since = self._writing_since
        asked = monotonic()
        if since is None or asked - since < PATIENCE:
            try:
                await asyncio.wait_for(self._lock.acquire(), PATIENCE)
            except TimeoutError:
                self._busy()
                yield False
                return
            try:
                yield True
            finally:
                self._lock.release()
        else:
            self._busy()
            yield False

    def _busy(self) -> None:
        self._screen.host.typeahead.forget()
        self.show_outcome(BUSY)

    # -- changes ------------------------------------------------------------------------

    async def write(
        self,
        make: Callable[[], Command | Refusal | None],
        *,
        tell: bool = True,
        follow: int | None = None,
    ) -> ChangeGroup | Refusal | None:
        """Make a command when its turn comes and do it; above a soft WIP limit ask why first.

        ``None`` where there was nothing to do. A refusal is is_said, unless whoever asks does that
        (``tell=False``). The cursor stays on the item ``follow``, else on the command's own.
        """
        async with self.write_lock() as acquired:
            if not acquired:
                return BUSY
            command = make()
            if command is None or isinstance(command, Refusal):
                return command if command is None else self.show_outcome(command, tell=tell)
            to_do = command
            self._screen.notice.hide()
            result = await self.ask(lambda session: session.do(to_do))
            is_asked = isinstance(result, Refusal) and result.code in ASKED_ABOUT
            follow_item = follow or getattr(to_do, "item", None)
            self.show_outcome(result, follow_item, tell=tell and not is_asked)
        if tell and isinstance(result, Refusal) and result.code is RefusalCode.STALE:
            from vsm.screens.board.overtaken import ask_again

            repeated = await ask_again(self._screen, to_do, result)
            if repeated is not None:
                return await self.write(lambda: repeated, tell=tell, follow=follow)
        if isinstance(result, Refusal) and result.code is RefusalCode.WIP_SOFT:
            reason = await self._reason(to_do, result)
            if reason:
                again = because(to_do, reason)
                return await self.write(lambda: again, tell=tell, follow=follow)
        if tell and isinstance(result, Refusal) and result.code is RefusalCode.GATE:
            from vsm.screens.board.emergency import ask_emergency

            urgent = await ask_emergency(self._data, to_do, result)
            if urgent is not None:
                return await self.write(lambda: urgent, tell=tell, follow=follow)
            self.show_outcome(result, follow_item)
        return result

    async def write_all(self, commands: Sequence[Command]) -> Refusal | None:
        """Do all of the commands as one group, or none; gives what was refused, without saying it.

        A hard limit or a soft one is refused like anything else.
        """
        async with self.write_lock() as acquired:
            if not acquired:
                return BUSY
            self._screen.notice.hide()
            result = await self.ask(lambda session: session.do(*commands))
            self.show_outcome(result, tell=False)
        return result if isinstance(result, Refusal) else None

    async def act(
        self,
        make: Make,
        on: Sequence[ItemSummary] | None = None,
        order: Callable[[ItemSummary], int] | None = None,
    ) -> None:
        """Do what ``make`` says to all that is marked as one group, or to the cursor's item.

        ``on`` are the items as they were when the key was pressed, where a dialog came between;
        ``order`` says which come first. What is refused is listed, item by item.
        """
        if on is None and not self._selection.active:

            def one() -> Command | Refusal | None:
                brief = self._selection.item_here()
                if brief is None:
                    self.say_no_item()
                return make(brief) if brief is not None else None

            await self.write(one)
        elif on is not None and len(on) == 1:
            result = await self.write(lambda: make(on[0]), follow=on[0].id)
            if not isinstance(result, Refusal):
                self._selection.end_marks([on[0].id])
        else:
            await self._act_each(make, on, order)

    async def _act_each(
        self,
        make: Make,
        on: Sequence[ItemSummary] | None,
        order: Callable[[ItemSummary], int] | None,
    ) -> None:
        from vsm.screens.board import limit_questions

        reason = None
        ask_at: Collection[RefusalCode] = LIMITS
        while True:
            left: list[tuple[ItemSummary, Refusal]] = []
            by_command: dict[int, ItemSummary] = {}
            commands: list[Command] = []
            async with self.write_lock() as acquired:
                chosen = on if on is not None else await self._selection.targets()
                if not acquired or not chosen:
                    return
                for brief in sorted(chosen, key=order) if order else chosen:
                    made = make(brief)
                    if isinstance(made, Refusal):
                        left.append((brief, made))
                    else:
                        commands.append(because(made, reason))
                        by_command[id(commands[-1])] = brief
                result = await self._do_each(commands, by_command, left, ask_at)
            if not isinstance(result, Refusal) or result.code not in ask_at:
                break
            answer = await limit_questions.ask(self._screen.app, by_command.values(), result)
            if answer is None:
                return
            if answer is limit_questions.THOSE_THAT_FIT:
                ask_at = ()
            else:
                reason, ask_at = answer, (RefusalCode.WIP_HARD,)
        if isinstance(result, Refusal):
            return
        refused = {brief.id for brief, _ in left}
        self._selection.end_marks(brief.id for brief in chosen if brief.id not in refused)
        is_said = not ask_at and all(no.code in LIMITS for _, no in left)
        if left and not is_said:
            from vsm.screens.board.refused_items import RefusedDialog

            done = len(chosen) - len(left)
            what = f"{done} done, {len(left)} refused" if done else "Nothing was done"
            await self._screen.app.push_screen_wait(RefusedDialog(what, left))

    async def _do_each(
        self,
        commands: Sequence[Command],
        by_command: Mapping[int, ItemSummary],
        left: list[tuple[ItemSummary, Refusal]],
        ask_at: Collection[RefusalCode],
    ) -> ChangeGroup | Refusal | None:
        """Do as many commands as the rules allow; what they refuse is added to ``left``."""
        self._screen.notice.hide()
        if not commands:
            return None
        card = self._data.board.card
        follow = card.id if card and any(b.id == card.id for b in by_command.values()) else None
        result = await self.ask(lambda session: session.do_each(*commands, ask_at=ask_at))
        if isinstance(result, Refusal) and result.code in ask_at:
            return result
        if isinstance(result, Refusal) or result.changes:
            self.show_outcome(result, follow)
        if not isinstance(result, Refusal):
            left += [(by_command[id(command)], refusal) for command, refusal in result.refused]
        return result

    async def _reason(self, command: Command, refusal: Refusal) -> str | None:
        """Ask why a soft limit is to be exceeded."""
        from vsm.screens.board.limit_questions import ask_reason

        what = getattr(command, "title", "")
        item = self._data.reader.item(getattr(command, "item", 0))
        if item is not None:
            what = f"{item.key} {item.title}"
        question = f"{what}: {refusal.message}. Reason for exceeding the limit"
        return await ask_reason(self._screen.app, question)

    # -- telling what came ----------------------------------------------------------------

    def show_outcome(
        self, result: ChangeGroup | Refusal, asked: int | None = None, *, tell: bool = True
    ) -> ChangeGroup | Refusal:
        """Show what a change has led to, or why there is none."""
        if isinstance(result, Refusal):
            if result.code not in (*NOT_NOW, RefusalCode.ENVIRONMENT):
                # Where somebody else has moved it, the cursor goes after it: the next key is
                # meant for this item still, not for the one that has moved up in its place.
                self._data.catch_up(asked)
            if result.code in NOT_NOW and tell:
                self._screen.say(
                    f"{result.message}{f': {result.remedy}' if result.remedy else ''}", "warn"
                )
            elif result.code is not RefusalCode.WIP_SOFT and tell:
                bad = result.code is RefusalCode.ENVIRONMENT
                remedy = result.remedy
                if result.code is RefusalCode.WIP_HARD:
                    remedy = self._with_help(result)
                message = f"{result.message}{self._when(result)}"
                self._screen.notice.show(message, remedy, result.items, bad)
            return result
        items = [change.item for change in result.changes if change.item is not None]
        card = self._data.board.card
        follow = asked
        if follow is None and len(set(items)) == 1:
            follow = items[0]
        elif follow is None and card is not None and card.id in items:
            follow = card.id
        self._data.catch_up(follow)
        saved = f"{self._screen.host.glyphs.done} {result.label}"
        self._screen.say(saved)
        if items and (self._data.filter or self._data.lanes is not None):
            is_hidden = self._data.read_place(items[0]) is None
            if is_hidden and (why := hiding(self._data, items[0])):
                self._screen.say(f"{saved}; {why}", "warn")
        return result

    def _when(self, refusal: Refusal) -> str:
        """How long ago others changed the item, where that is why."""
        if refusal.overtaken is None or not refusal.overtaken.changes:
            return ""
        return f", {ago(refusal.overtaken.changes[-1][2], self._screen.host.now())}"

    def _with_help(self, refusal: Refusal) -> str:
        """The remedy of a full stage; where another limits the flow, what to help with there."""
        names = self._data.advice.stages if self._data.advice is not None else ()
        limiting = [stage for stage in self._data.stream.line if stage.name in names]
        full = refusal.data.stage if refusal.data is not None else None
        if not limiting or any(stage.id == full for stage in limiting):
            return refusal.remedy
        keys = [
            card.key
            for stage in limiting
            for card in self._data.read_cards(stage.id, 0, HELP_WITH)
            if card.blocked is None
        ]
        if not keys:
            return refusal.remedy
        first = f"{' and '.join(stage.name for stage in limiting)} limits the flow"
        return f"{first}: help there first, with {', '.join(keys)}; or {refusal.remedy}"

    def say_no_item(self) -> None:
        """Say that the cursor is on no item."""
        column = self._data.board.column
        if column.folded:
            opens = self._screen.keys("{fold_column} opens it")
            self._screen.say(f"{column.head.stage.name} is folded: {opens}", "warn")
        else:
            self._screen.say("There is no item under the cursor", "warn")


def because(command: Command, reason: str | None) -> Command:
    """The command with a reason for a soft limit, where it can have one and has none yet."""
    from vsm.model.command import AddItem, MoveItem, ReopenItem, TransferItem

    may = AddItem | MoveItem | ReopenItem | TransferItem
    if reason and isinstance(command, may) and command.reason is None:
        return replace(command, reason=reason)
    return command
