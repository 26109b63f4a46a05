"""Dependencies between items and teams, over all streams, as a screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from vsm.actions import Scope
from vsm.features.dependencies.reading import filter_dependencies, read_dependencies
from vsm.features.dependencies.report import DependencyTarget, pair_title, places, report
from vsm.model.command import AgreeDependency
from vsm.model.item import DependencyState
from vsm.screens.report_screen import ReportScreen
from vsm.widgets.date_text import day
from vsm.widgets.keyed import bindings
from vsm.widgets.pick_list import Row

if TYPE_CHECKING:
    from vsm.features.dependencies.results import Dependencies
    from vsm.reader import Reader
    from vsm.screens.board.parts import BoardParts

MEANS = """\
A dependency is open while neither of its two items is done, dropped or archived; all streams count.

Item-days: how long started items have waited: since their blocker that says so began, else since \
they had started and what they wait for was there. Items that have not started wait 0 days.

Behind it: everything that waits for an item, directly or not. A critical path adds up, for each \
item, the days within which it is finished with 50%, along the chain that takes longest. Its odds \
(50% by one date, 85% by another) are for everything that is waited for and then itself, so they \
lie later than these days add up to. It is late where the odds of the due date are below 50%.

Odds of items in progress are those of the forecast (screen 7). Those of items that have not \
started come from what finished from their stage on; they are faint, as they leave out what is \
before these items in the backlog, which vsm forecast set KEY counts. In time: by the date that it \
is needed by.

A dependency is asked for by a date (proposed), and answered from the other side: accepted, \
delivered (then nobody waits any more, though the item may not be done), or broken.

At risk: what was asked for is broken; what is due, or needed by a date, is not expected in time; \
what is needed within 14 days is not accepted; what is waited for is blocked itself, has not been \
begun, or is older than 85% of what passed its stage.

A filter shows the dependencies of which one of the two items matches."""


class DependenciesScreen(ReportScreen):
    """Open dependencies."""

    TITLE = "Dependencies"
    MEANS = MEANS
    ACTION = "waits"
    SCOPE = Scope.DEPENDENCIES
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.DEPENDENCIES)
    WAITING = "reading the dependencies"

    def __init__(self, below: BoardParts, query_text: str) -> None:
        super().__init__(below, query_text)
        self.shown: Dependencies | None = None
        self.team: str | None = None
        """The team that is shown alone, with whom it has to do."""
        self.teams: tuple[str, str] | None = None
        """The waiting and the blocking team, where only they are shown."""
        self._from = 0
        """The line from which that was asked for."""

    def reading(self) -> Callable[[Reader], Dependencies]:
        at = self.host.view.at
        now = self.host.now() if at is None else at
        past, query = at is not None, self.filter

        def read(reader: Reader) -> Dependencies:
            every = read_dependencies(reader, now, past=past)
            return filter_dependencies(reader, every, query, now, past=past)

        return read

    def show_result(self, result: Dependencies) -> None:
        self.shown = result
        self._show()

    # -- narrowing ------------------------------------------------------------------------

    def _show(self, chosen: int | None = None) -> None:
        """Show what there is of the chosen team, or of one team and another."""
        dependencies = self.shown
        if dependencies is None:
            return
        # Nothing may be left of what was chosen once it is delivered.
        if self.teams is not None and not dependencies.between(*self.teams).waits:
            self.teams = None
        if self.team is not None and not dependencies.among(self.team).waits:
            self.team = None
        of, back = "over all streams", ""
        if self.team is not None:
            dependencies, of = dependencies.among(self.team), f"of {self.team}"
        if self.teams is not None:
            dependencies = dependencies.between(*self.teams)
            of = f"between {self.teams[0] or 'no team'} and {self.teams[1] or 'no team'}"
        if self.team is not None or self.teams is not None:
            back = self.keys("{close}: back")
        self.show_report(report(dependencies, of), dependencies, chosen)
        at = self.host.view.at
        when = f"as of {day(at, self.stream.zone)}" if at is not None else ""
        what = "all streams"
        if self.teams is not None:
            what = pair_title(*self.teams)
        elif self.team is not None:
            what = f"what {self.team} waits for and holds up"
        self.window_line.show(
            self.TITLE, what, self.filter_text, "   ".join(filter(None, (when, back)))
        )

    def action_narrow(self) -> None:
        """Choose a team: only what it waits for and holds up is shown."""
        self.begin(self._narrow(), "dialog")

    async def _narrow(self) -> None:
        from vsm.screens.dependency_dialogs import which_team

        if self.shown is None or not self.shown.waits:
            self.say("No item waits for another one")
            return
        if not any(part.team for part in self.shown.parts):
            self.say("None of these items has a team", "warn")
            return
        chosen = await which_team(self, self.shown)
        if chosen is not None:
            self.team, self.teams = chosen or None, None
            self._show(0)

    async def action_close(self) -> None:
        """Close the message or the filter, or show more again."""
        closes = self.notice.open or self.filter_line.bar is not None
        if closes or (self.team is None and self.teams is None):
            await super().action_close()
        elif self.teams is not None:
            self.teams = None
            self._show(self._from)
        else:
            self.team = None
            self._show(0)

    # -- what is behind a line ------------------------------------------------------------

    def action_details(self) -> None:
        """Open what is behind the line: less of the screen, items, or a chain."""
        target = self._target
        if target is None:
            self.say("There is nothing behind this", "warn")
        elif target.chain is not None:
            self.begin(self._chain(target.chain), "dialog")
        elif target.teams is not None and self.teams is None:
            self.teams, self._from = target.teams, self.findings.chosen
            self._show(0)
        else:
            from vsm.screens.items_list import listed

            where = places(self.shown) if self.shown is not None else {}
            self.begin(listed(self, target.title, "", target.items, where), "dialog")

    def action_critical_path(self) -> None:
        """Tell which chain decides when what is marked, or under the cursor, can be finished."""
        marked, target = set(self.below.selection.marks), self._target
        ends = marked or set(target.ends if target is not None else ())
        if not ends:
            self.say("Choose a line with items first, or mark items on the board", "warn")
            return
        from vsm.screens.dependency_dialogs import critical_path

        self.begin(critical_path(self, ends, bool(marked)), "dialog")

    @property
    def _target(self) -> DependencyTarget | None:
        """What is under the cursor."""
        target = self.target
        return target if isinstance(target, DependencyTarget) else None

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
        pair = self._target.pair if self._target is not None else None
        if pair is None:
            self.say("Choose one of the open dependencies first", "warn")
        return pair

    async def _ask(self) -> None:
        pair, dependencies = self._chosen(), self.shown
        if pair is None or dependencies is None:
            return
        from vsm.screens.dependency_dialogs import ask_by

        blocker, waiting = (dependencies.part(item).key for item in pair)
        known = next((w for w in dependencies.waits if (w.blocker, w.waiting) == pair), None)
        by = known.need_by if known is not None else None
        asked = await ask_by(self, blocker, waiting, by)
        if asked is not None:
            await self._agree(AgreeDependency(*pair, DependencyState.PROPOSED, asked or None))

    async def _answer(self, state: DependencyState) -> None:
        pair = self._chosen()
        if pair is not None:
            await self._agree(AgreeDependency(*pair, state))

    async def _agree(self, command: AgreeDependency) -> None:
        await self.change(lambda session: session.do(command))

    async def _chain(self, item: int) -> None:
        """What an item waits for and holds up, as a tree; one of them is shown whole."""
        from vsm.screens.dialogs import PickDialog
        from vsm.screens.items_list import show_item

        dependencies = self.shown
        if dependencies is None:
            return
        glyphs = self.host.glyphs
        by_id = {part.id: part for part in dependencies.parts}
        before, after = dependencies.chain(item)
        steps = [(depth, link, glyphs.waits) for depth, link in reversed(before)]
        steps += [(0, item, "")]
        steps += [(depth, link, glyphs.blocks) for depth, link in after]

        def find(text: str) -> Sequence[Row]:
            words = text.casefold().split()
            out = []
            for depth, link, mark in steps:
                part = by_id[link]
                if all(word in f"{part.key} {part.title} {part.team}".casefold() for word in words):
                    lead = "  " * depth + (f"{mark} " if mark else "")
                    where = f"{part.team or glyphs.dash}  {part.stage}"
                    out.append(Row(str(link), f"{lead}{part.key}", part.title, where))
            return out

        key = by_id[item].key
        while True:
            chosen = await self.app.push_screen_wait(
                PickDialog(
                    f"{key}: {glyphs.waits} it waits for, {glyphs.blocks} wait for it",
                    find,
                    placeholder="parts of a key, a title or a team",
                    keys="{list_up} {list_down}: choose · {confirm}: show item · {cancel}: close",
                )
            )
            if not chosen or not await show_item(self, int(chosen)):
                return
