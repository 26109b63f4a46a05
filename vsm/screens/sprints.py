"""Sprints of the stream: the list with velocity, one sprint rebuilt for any day, bugs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType

from vsm.actions import Scope
from vsm.features.sprints.report import SprintTarget
from vsm.features.sprints.results import Bugs, SprintDetail, Sprints
from vsm.model.sprint import Measure
from vsm.screens.report_screen import ReportScreen
from vsm.widgets.date_text import day
from vsm.widgets.keyed import bindings

if TYPE_CHECKING:
    from vsm.model.stream import ValueStream
    from vsm.reader import Reader
    from vsm.report.document import Document
    from vsm.report.wording import Hint
    from vsm.screens.board.parts import BoardParts

MEANS = """\
The commitment is what was in a sprint, open, when it started, with the estimates of then. It \
stands in the event of the start, and nothing later changes it.

S started + A added - R removed ± E re-estimated = C completed + K left: all in points, hours or \
items (m). A dropped item is removed. One that is done and reopened comes back. Say/do is what was \
completed of the commitment; work that was added does not raise it.

The burn-down is rebuilt from what was on record, for any moment: , and . go through it week by \
week, < and > day by day. The ideal line is flat on days off of the team; where the planned end \
moved it is drawn anew from then on.

Velocity is a range of the last 3 to 8 closed sprints (15 to 85%), for planning the next one here. \
Two teams' velocities stand nowhere side by side: points mean what one team agreed on.

Capacity compares the commitment with what the last sprints finished by team-day. The odds that \
what is left is done in time come from the forecast of the stream: of as many items, and of these \
very ones by their age and place in line.

↻2 is an item that two closed sprints ended with and did not finish. Items without an estimate \
count 0 in points, and it is said how many they are.

Bugs (b): created, finished, open, their age; those that escaped are labelled found_in:production \
or linked to an incident. No figure is about a person."""


class Page(StrEnum):
    """The pages of the screen."""

    LIST = "all sprints"
    SPRINT = "sprint"
    BUGS = "bugs"


@dataclass(frozen=True, slots=True)
class Place:
    """A page, of one sprint (by its id) where it is about one."""

    page: Page
    sprint: int | None = None

    @property
    def words(self) -> str:
        """Where a key leads that leads here."""
        return "all sprints" if self.sprint is None else "the sprint"


HOME = Place(Page.LIST)


class SprintsScreen(ReportScreen):
    """The sprints of a stream, or one of them."""

    TITLE = "Sprints"
    MEANS = MEANS
    ACTION = "sprints"
    SCOPE = Scope.SPRINTS
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.SPRINTS)
    NO_FILTER = "A filter narrows no sprint: on the board sprint:current shows its items"
    WAITING = "rebuilding the sprints of the stream"

    def __init__(self, below: BoardParts, query_text: str) -> None:
        super().__init__(below, query_text)
        self.place = HOME
        self.measure: Measure | None = None
        self._from = 0
        """The line of the list from which another page was opened."""
        self._before = HOME
        """The page from which that of bugs was opened."""
        self._turned = True
        """Whether another page is to be shown, which begins at its top."""

    def reading(self) -> Callable[[Reader], Any]:
        at = self.host.view.at
        now = self.host.now() if at is None else at
        stream, place, measure = self.stream, self.place, self.measure
        return lambda reader: _read(reader, stream, place, measure, now, at is None)

    def show_result(self, result: Any) -> None:
        if result is None:  # it was not planned yet, or its planning was undone
            self.say("That sprint was not planned yet", "warn")
            self.to(HOME)
            return
        at = self.host.view.at
        turned, self._turned = self._turned, False
        chosen = (self._from if self.place == HOME else 0) if turned else None
        self.show_report(
            _document(result, self.stream.zone, self.hint), result, chosen, keep=not turned
        )
        when = f"as of {day(at, self.stream.zone)}" if at is not None else ""
        back = "" if self.place == HOME else self.keys("{close}: " + self._back.words)
        name = result.name if isinstance(result, SprintDetail) else self.stream.name
        what = name if self.place.page is not Page.BUGS else f"bugs of {name}"
        unit = "" if isinstance(result, Bugs) else f"in {result.measure.unit}"
        self.window_line.show(self.TITLE, what, "", "   ".join(filter(None, (unit, when, back))))

    def to(self, place: Place) -> None:
        """Show another page."""
        if self.place == HOME:
            self._from = self.findings.chosen
        self.place, self._turned = place, True
        self.work_out()

    @property
    def _back(self) -> Place:
        """Where Esc leads."""
        return self._before if self.place.page is Page.BUGS else HOME

    @property
    def sprint(self) -> int | None:
        """The id of the sprint that the page is about, else of the one under the cursor."""
        if self.place.sprint is not None:
            return self.place.sprint
        return self.target.sprint if isinstance(self.target, SprintTarget) else None

    @property
    def item_under_cursor(self) -> int | None:
        """The item of the line under the cursor."""
        target = self.target
        return target.items[0][0] if target is not None and len(target.items) == 1 else None

    def action_details(self) -> Awaitable[None] | None:
        """Open the sprint under the cursor, or the item."""
        if isinstance(self.target, SprintTarget):
            self.to(Place(Page.SPRINT, self.target.sprint))
            return None
        return super().action_details()

    async def action_close(self) -> None:
        """Close the message, or show all sprints again."""
        if not self.notice.open and self.place != HOME:
            self.to(self._back)
        else:
            await super().action_close()

    def action_show_bugs(self) -> None:
        """Show the bugs of the stream, or what was shown before."""
        if self.place.page is Page.BUGS:
            self.to(self._back)
        else:
            self._before = self.place
            self.to(Place(Page.BUGS))

    def action_sprint_measure(self) -> None:
        """Count in items instead of points, or the other way round."""
        shown = getattr(self.result, "measure", Measure.POINTS)
        self.measure = Measure.POINTS if shown is Measure.COUNT else Measure.COUNT
        self.work_out()

    def action_plan_sprint(self) -> None:
        """Plan the next sprint."""
        from vsm.screens.sprint_forms import plan_sprint

        self.begin(plan_sprint(self), "dialog")

    def action_add_to_sprint(self) -> None:
        """Add the marked items to the sprint."""
        from vsm.screens.sprint_forms import add_items

        self._with_sprint(add_items)

    def action_remove_from_sprint(self) -> None:
        """Remove the item under the cursor from the sprint."""
        from vsm.screens.sprint_forms import remove_item

        self._with_sprint(remove_item)

    def action_start_sprint(self) -> None:
        """Start the sprint."""
        from vsm.screens.sprint_forms import start_sprint

        self._with_sprint(start_sprint)

    def action_close_sprint(self) -> None:
        """Close the sprint."""
        from vsm.screens.sprint_forms import close_sprint

        self._with_sprint(close_sprint)

    def action_judge_sprint(self) -> None:
        """Judge the goal of the sprint."""
        from vsm.screens.sprint_forms import judge_sprint

        self._with_sprint(judge_sprint)

    def _with_sprint(self, ask: Callable[[SprintsScreen, int], Any]) -> None:
        if self.sprint is None:
            self.say("Choose a sprint first", "warn")
            return
        self.begin(ask(self, self.sprint), "dialog")


def _read(
    reader: Reader,
    stream: ValueStream,
    place: Place,
    measure: Measure | None,
    now: int,
    present: bool,
) -> Sprints | SprintDetail | Bugs | None:
    """The result of a page; ``None`` where its sprint is not there."""
    from vsm.features.sprints.reading import read_sprint, read_sprints

    if place.page is Page.BUGS:
        from vsm.features.sprints.bugs import read_bugs

        return read_bugs(reader, stream, now)
    if place.sprint is None:
        return read_sprints(reader, stream, now, measure)
    return read_sprint(reader, stream, place.sprint, now, measure=measure, present=present)


def _document(result: Sprints | SprintDetail | Bugs, zone: str, hint: Hint) -> Document:
    """The report on a page."""
    from vsm.features.sprints.bug_report import report_bugs
    from vsm.features.sprints.report import report, report_sprint

    if isinstance(result, Bugs):
        return report_bugs(result)
    if isinstance(result, SprintDetail):
        return report_sprint(result, zone)
    return report(result, zone, hint)
