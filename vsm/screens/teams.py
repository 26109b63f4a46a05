"""The teams over all streams: load, people, saturation, and what helps, as a screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from vsm.actions import Scope
from vsm.features.capacity.arithmetic import arithmetic
from vsm.features.capacity.reading import read_capacity
from vsm.features.capacity.report import TeamTarget, report
from vsm.model.command import AddEntity, RemoveEntity
from vsm.model.entities import PIN
from vsm.model.errors import BadInput
from vsm.report.publish import publish
from vsm.screens.report_offer import ReportOffer
from vsm.screens.report_screen import ReportScreen
from vsm.widgets.date_text import day
from vsm.widgets.keyed import bindings

if TYPE_CHECKING:
    from vsm.features.capacity.changes import Tried
    from vsm.features.capacity.results import Capacity, TeamCapacity
    from vsm.reader import Reader
    from vsm.screens.board.parts import BoardParts

MEANS = """\
Load is what arrives at the active stages that a team owns, in all streams, returns too. Visits a \
day are those of a working day of the team over the last 12 weeks. People count by allocation, \
presence and ramp; without allocations each member counts for one.

Slots and the work of a visit are those of the bottlenecks (screen 4): how many items the team \
works on at a time, and how long each takes a slot, as how items left shows it. Time in a stage \
is more than work, as items wait there too. Slots of a person are below one where people work in \
pairs or have other work, above one where each works on several items at once. Where too little \
is known (~) each person counts for one.

Items in stage are more than those worked on: others wait there or are blocked. Time in stage is \
without blocked time.

Used (utilisation): visits a day × work ÷ slots, now: arrivals of the last 12 weeks, people of \
today. A week of the strip ahead is by the trend of arrivals and the people planned for it, so \
the present one can differ from now. From 85% on (▲) small surprises make long queues. Wait: what \
Erlang's formula expects of such a queue, times its variation; measured: time in the queue \
stages, and in the stage beyond the work.

Saturated: the week in which arrivals along the trend of 26 weeks reach 85% of what the people \
planned for that week can do. How sure that is: the share of resamples (blocks of four weeks) \
that come to the same week or two beside it. A week is named where more than half of them do, \
else the range that holds 80%: with few arrivals a week a trend hardly differs from chance. Leave \
that leaves the team short for under four weeks is a dip, which ends by itself, and saturates \
nobody.

Pivot or hire: the fewest people, in quarters, with which no four weeks in a row that begin in 13 \
weeks are all used by more than 80%. A pivot is sized by the 13 weeks from the saturation on, a \
hire by those from when it counts fully. A donor is used by less than 60% now and at most 80% \
after, has the skills and limits no stream. The most loaded team is offered people first; the \
next ones get what the donor has left. Both ways are compared by the item-days that items of both \
teams wait in the weeks ahead; within a tenth it is the pivot, which can be taken back. No figure \
is about a person.

m keeps what is predicted of a team. It came true if within its days the team was used by 85% or \
more over four weeks. Brier score: the mean squared difference of odds and outcome (1 or 0)."""


class TeamsScreen(ReportScreen):
    """All teams, or one of them."""

    TITLE = "Teams"
    MEANS = MEANS
    ACTION = "teams"
    SCOPE = Scope.TEAMS
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.TEAMS)
    NO_FILTER = "A filter narrows no team: load and people are of all their work"
    WAITING = "working out the capacity of the teams"

    def __init__(self, below: BoardParts, query_text: str) -> None:
        super().__init__(below, query_text)
        self.shown: Capacity | None = None
        self.team: int | None = None
        """The team that is shown alone."""
        self.tried: tuple[Tried, ...] = ()
        """What is tried beside what is."""
        self._from = 0
        """The line from which that was asked for."""

    def reading(self) -> Callable[[Reader], Capacity]:
        at = self.host.view.at
        now, tried = self.host.now() if at is None else at, self.tried
        role, today = self.host.own_role, self.host.now()

        def read(reader: Reader) -> Capacity:
            sees = role.onlooker(reader, today)
            return read_capacity(reader, as_of=now, present=at is None, tried=tried, onlooker=sees)

        return read

    def show_result(self, result: Capacity) -> None:
        self.shown = result
        self._show()

    def _show(self, chosen: int | None = None) -> None:
        result = self.shown
        if result is None:
            return
        team = None if self.team is None else result.team(self.team)
        self.show_report(report(result, team), result, chosen)
        at = self.host.view.at
        when = f"as of {day(at, self.stream.zone)}" if at is not None else ""
        back = "" if team is None else self.keys(f"{{close}}: {self.back_name('all teams')}")
        what = "all streams" if team is None else team.name
        if result.plans:
            back = back or self.keys("{close}: as it is")
            what = f"{what}, what if"
        self.window_line.show(self.TITLE, what, "", "   ".join(filter(None, (when, back))))

    def report_offer(self) -> ReportOffer | None:
        """The report for a file, which names nobody."""
        if self.shown is None:
            return None
        result = self.shown.without_people()
        team = None if self.team is None else result.team(self.team)
        document = report(result, team)
        return ReportOffer(self.TITLE.lower(), lambda _: document, lambda _: publish(result))

    @property
    def chosen_team(self) -> TeamCapacity | None:
        """The team that is shown alone, else the one under the cursor."""
        if self.shown is None:
            return None
        number = self.team
        if number is None and isinstance(self.target, TeamTarget):
            number = self.target.team
        return None if number is None else self.shown.team(number)

    def action_details(self) -> None:
        """Open the team under the cursor."""
        team = self.chosen_team
        if team is None or self.team is not None:
            self.say("Choose a team first" if self.team is None else "There is nothing behind this")
            return
        self.team, self._from = team.id, self.findings.chosen
        self._show(0)

    async def action_close(self) -> None:
        """Close the message or the filter, show all teams again, or end what is tried."""
        closes = self.notice.open or self.filter_line.bar is not None
        if not closes and self.team is not None:
            self.team = None
            self._show(self._from)
        elif not closes and self.tried:
            self.tried = ()
            self.work_out()
        else:
            await super().action_close()

    def action_keep_prediction(self) -> None:
        """Keep what is predicted of the team, to see later whether it came true."""
        self.begin(self._keep(), "change")

    async def _keep(self) -> None:
        from vsm.features.capacity.predictions import pin_of

        team = self.chosen_team
        if team is None or self.tried:
            words = "End what is tried first" if self.tried else "Choose a team first"
            self.say(words, "warn")
            return
        now = self.host.now()
        taken = await self.host.reading.call(
            lambda reader: [pin.name for pin in reader.entities(PIN)]
        )
        try:
            values = pin_of(team, taken, now)
        except BadInput as error:
            self.say(f"{error.message}: {error.remedy}", "warn")
            return
        await self.change(lambda session: session.do(AddEntity(PIN, values)))

    def action_remove_prediction(self) -> None:
        """Remove the kept prediction under the cursor."""
        number = self.target.pin if isinstance(self.target, TeamTarget) else None
        if number is None:
            self.say("Choose a kept prediction first", "warn")
            return
        self.begin(self.change(lambda session: session.do(RemoveEntity(PIN, number))), "change")

    def action_weigh(self) -> None:
        """Say whether to pivot or hire."""
        team = self.chosen_team
        if team is None:
            self.say("Choose a team first", "warn")
            return
        self.begin(self._weigh(team), "dialog")

    async def _weigh(self, team: TeamCapacity) -> None:
        from vsm.screens.dialogs import TextDialog

        words = [*team.text, *(option.why for option in team.options), *team.notes]
        if not team.options:
            words.append("So nobody is needed." if team.utilisation is not None else "")
        title = f"Pivot or hire: {team.name}"
        text = "\n\n".join(filter(None, words))
        await self.app.push_screen_wait(TextDialog(title, text))

    def action_help(self) -> None:
        """Say what the figures mean, with the numbers of the chosen team."""
        self.begin(self._explain(), "dialog")

    async def _explain(self) -> None:
        from vsm.screens.flow_items import DEFINITION_KEYS, DefinitionDialog

        team = self.chosen_team
        lines = () if team is None else arithmetic(team)
        text = "\n\n".join((*lines, MEANS))
        if await self.app.push_screen_wait(DefinitionDialog(self.TITLE, text, DEFINITION_KEYS)):
            await self.app.run_action("app.help")
