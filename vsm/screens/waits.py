"""Who waits for whom, over all streams and teams."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType

from vsm.actions import ACTIONS, Scope, bound
from vsm.model.command import AgreeDependency
from vsm.model.errors import BadInput, VsmError
from vsm.model.item import DependencyState
from vsm.model.rules import local
from vsm.screens.findings import FindingsScreen
from vsm.screens.flow import DIM_AFTER
from vsm.screens.waits_lines import Target, lines, targets
from vsm.widgets.findings import Findings
from vsm.widgets.pick import Row

if TYPE_CHECKING:
    from vsm.flow.waits import Dependencies
    from vsm.model.stream import ValueStream
    from vsm.read import Reader
    from vsm.screens.board import BoardScreen

MEANS = """\
A dependency is open while neither of its two items is done, dropped or archived; all streams count.

Item-days: how long started items have waited: since their blocker that says so began, else since \
they had started and what they wait for was there. Items that have not started wait 0 days.

Behind it: everything that waits for an item, directly or not. A critical path adds up, for each \
item, the days that half of the items took from its stage to their finish, along the chain that \
takes longest; it is late where it ends after the item is due.

A dependency is asked for by a date (proposed), and answered from the other side: accepted, \
delivered (then nobody waits any more, though the item may not be done), or broken.

At risk: what was asked for is broken; what is due, or needed by a date, is not expected in time; \
what is needed within 14 days is not accepted; what is waited for is blocked itself, has not been \
begun, or is older than 85 % of what passed its stage."""


class WaitsScreen(FindingsScreen):
    """Open dependencies."""

    TITLE = "Dependencies"
    MEANS = MEANS
    ACTION = "waits"
    SCOPE = Scope.WAITS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(bound(a.keys), a.id, a.label, show=False, id=a.id)
        for a in ACTIONS
        if a.scope is Scope.WAITS
    ]
    WAITING = "looking who waits for whom"

    def __init__(
        self, reader: Reader, stream: ValueStream, below: BoardScreen, query_text: str
    ) -> None:
        super().__init__(reader, stream, below, query_text)
        self.told: Dependencies | None = None
        self.targets: list[Target] = []

    def work_out(self) -> None:
        """Look anew off this thread; what is shown stays, dimmed, until it is there."""
        self._latest(self._work_out, "figures")

    async def _work_out(self) -> None:
        dim = self.set_timer(DIM_AFTER, partial(self.findings.set_stale, True))
        now = self.vsm.now()
        try:
            told = await self.vsm.reading.call(lambda reader: reader.dependencies(now))
        except (VsmError, BadInput) as error:
            self.findings.set_stale(True)
            self.trouble(error)
            return
        finally:
            dim.stop()
        self.told = told
        self.targets = targets(told)
        self.findings.show(partial(lines, told, self.vsm.glyphs))
        # Links have no history that could be gone back in.
        when = "as of now, not of then" if self.vsm.at is not None else ""
        self.window_line.show(self.TITLE, "all streams", "", when)

    @on(Findings.Opened)
    def action_details(self) -> None:
        """Open the items, or the chain, behind the line."""
        at = self.findings.under
        if at is None or at >= len(self.targets):
            self.say("There is nothing behind this", "warn")
            return
        target = self.targets[at]
        if target.chain is not None:
            self.begin(self._chain(target.chain), "dialog")
            return
        from vsm.screens.flow_items import listed

        self.begin(listed(self, target.title, "", target.items), "dialog")

    # -- asking and answering -------------------------------------------------------------

    def action_ask(self) -> None:
        """Ask for what is waited for, by a date."""
        self.begin(self._ask(), "change")

    def action_accept(self) -> None:
        """Answer that it will be delivered."""
        self.begin(self._answer(DependencyState.ACCEPTED), "change")

    def action_deliver(self) -> None:
        """Say that what was needed is there."""
        self.begin(self._answer(DependencyState.DELIVERED), "change")

    def action_break_off(self) -> None:
        """Answer that it will not be delivered."""
        self.begin(self._answer(DependencyState.BROKEN), "change")

    def _chosen(self) -> tuple[int, int] | None:
        """The dependency under the cursor, as (blocker, waiting); says so where there is none."""
        at = self.findings.under
        pair = self.targets[at].pair if at is not None and at < len(self.targets) else None
        if pair is None:
            self.say("Choose one of the open dependencies first", "warn")
        return pair

    async def _ask(self) -> None:
        pair, told = self._chosen(), self.told
        if pair is None or told is None:
            return
        from vsm.model.dates import read_day
        from vsm.screens.dialogs import AskDialog

        blocker, waiting = told.part(pair[0]), told.part(pair[1])
        today = local(self.vsm.now(), self.stream.zone).date()
        known = next(w for w in told.waits if (w.blocker, w.waiting) == pair)
        text = str(known.need_by or "")
        question = f"{waiting.key} needs {blocker.key}. By when (fri, +3d, 2026-12-24)?"
        while True:
            answer = await self.app.push_screen_wait(
                AskDialog(
                    "Ask for it by a date",
                    question,
                    value=text,
                    keys="Enter: ask; without a date none is said   Esc: leave it",
                )
            )
            if answer is None:
                return
            try:
                day = read_day(answer, today).isoformat() if answer else None
            except ValueError as error:
                text, question = answer, f"{error}. By when does {waiting.key} need {blocker.key}?"
                continue
            await self._agree(AgreeDependency(*pair, DependencyState.PROPOSED, day))
            return

    async def _answer(self, state: DependencyState) -> None:
        pair = self._chosen()
        if pair is not None:
            await self._agree(AgreeDependency(*pair, state))

    async def _agree(self, command: AgreeDependency) -> None:
        await self.change(lambda session: session.do(command))

    async def _chain(self, item: int) -> None:
        """What an item waits for and holds up, as a tree; one of them is shown whole."""
        from vsm.screens.dialogs import PickDialog
        from vsm.screens.flow_items import show_item

        told = self.told
        if told is None:
            return
        glyphs = self.vsm.glyphs
        by_id = {part.id: part for part in told.parts}
        before, after = told.chain(item)
        steps = [(depth, each, glyphs.waits) for depth, each in reversed(before)]
        steps += [(0, item, "")]
        steps += [(depth, each, glyphs.blocks) for depth, each in after]

        def find(text: str) -> Sequence[Row]:
            words = text.casefold().split()
            out = []
            for depth, each, mark in steps:
                part = by_id[each]
                if all(word in f"{part.key} {part.title} {part.team}".casefold() for word in words):
                    lead = "  " * depth + (f"{mark} " if mark else "")
                    where = f"{part.team or glyphs.dash}  {part.stage}"
                    out.append(Row(str(each), f"{lead}{part.key}", part.title, where))
            return out

        key = by_id[item].key
        while True:
            chosen = await self.app.push_screen_wait(
                PickDialog(
                    f"{key}: {glyphs.waits} it waits for, {glyphs.blocks} wait for it",
                    find,
                    placeholder="parts of a key, a title or a team",
                    keys="Up Down: choose   Enter: the item   Esc: close",
                )
            )
            if not chosen or not await show_item(self, int(chosen)):
                return
