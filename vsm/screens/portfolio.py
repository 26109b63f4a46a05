"""The portfolio: all initiatives, or one of them, with what speaks for going on and against it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType

from vsm.actions import Scope
from vsm.features.portfolio.initiative_report import (
    NOTHING_BESIDE,
    DecisionTarget,
    decision_text,
)
from vsm.features.portfolio.report import InitiativeTarget, ObjectiveTarget
from vsm.features.portfolio.results import Beside, Decided, InitiativeRow, Portfolio, WithoutSome
from vsm.features.portfolio.roadmap import Roadmap
from vsm.model.errors import VsmError
from vsm.report.document import Document
from vsm.report.publish import publish
from vsm.screens.all_streams import without_stream
from vsm.screens.portfolio_pages import (
    MEANS,
    At,
    Page,
    Trial,
    Whole,
    initiative_page,
    objective_page,
    trial_page,
    whole_page,
)
from vsm.screens.report_offer import ReportOffer
from vsm.screens.report_screen import ReportScreen
from vsm.widgets.date_text import day
from vsm.widgets.keyed import bindings
from vsm.widgets.status_bars import HeaderLine

if TYPE_CHECKING:
    from vsm.reader import Reader
    from vsm.screens.board.parts import BoardParts

_NAMES = {Whole.ROADMAP: "the roadmap", Whole.SHARES: "shares", Whole.DECISIONS: "decisions"}
"""Pages on all initiatives that an initiative may be opened from, beside the table."""
_FILES = {Whole.SHARES: "share-of-work", Whole.DECISIONS: "decisions"}
"""Names of files of pages on all initiatives that are not the table."""


class PortfolioScreen(ReportScreen):
    """All initiatives, or one of them."""

    TITLE = "Portfolio"
    MEANS = MEANS
    ACTION = "portfolio"
    SCOPE = Scope.PORTFOLIO
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PORTFOLIO)
    NO_FILTER = "A filter narrows no initiative: each has one of its own"
    WAITING = "forecasting the initiatives"

    def __init__(self, below: BoardParts, query_text: str) -> None:
        super().__init__(below, query_text)
        self.one: int | None = None
        """The initiative that is shown alone."""
        self.aim: int | None = None
        """The objective that is shown alone."""
        self.whole = Whole.TABLE
        """What is shown of all initiatives."""
        self.trial = Trial()
        """What is tried; nothing else is shown meanwhile."""
        self._trail: list[tuple[At, int]] = []
        """The places from which this one was reached, each with its line."""
        self._from = 0
        """The line that the cursor begins on."""
        self._kept: int | None = None
        """The initiative that the cursor stays on from page to page."""
        self._turned = True
        self._beside: dict[int, Beside] = {}
        """By initiative what was read for its page alone, as far as that was shown."""
        self.shown: Portfolio | None = None
        """All initiatives as they were read last."""

    @property
    def is_at_first_page(self) -> bool:
        """Whether all initiatives are shown, in the table."""
        return self.shows_alone(Whole.TABLE)

    def shows_alone(self, whole: Whole) -> bool:
        """Whether this page on all initiatives is shown, and nothing before it."""
        return self.place == At() and self.whole is whole

    def make_header(self) -> HeaderLine:
        """The header, without the figures of a stream."""
        return without_stream(super().make_header())

    def reading(self) -> Callable[[Reader], Any]:
        at = self.host.view.at
        now = self.host.now() if at is None else at
        trial = self.trial

        def read(reader: Reader) -> Portfolio:
            from vsm.features.portfolio.reading import read_portfolio

            return read_portfolio(reader, now, present=at is None)

        def read_both(reader: Reader) -> tuple[Portfolio, WithoutSome]:
            from vsm.features.portfolio.without import read_without

            standing = read(reader)
            tried = read_without(reader, now, *trial, present=at is None, standing=standing)
            return standing, tried

        return read_both if any(trial) else read

    def show_result(self, result: Portfolio | tuple[Portfolio, WithoutSome]) -> None:
        if isinstance(result, tuple):
            result, tried = result
            if any(self.trial):  # else it was left meanwhile
                self.shown = result
                self._show(trial_page(tried))
                return
        if result is not self.shown:
            self._beside.clear()
        self.shown = result
        row = next((one for one in result.initiatives if one.id == self.one), None)
        if self.one is not None and row is None:  # not on record then, or taken back
            self.say("That initiative was not on record then", "warn")
            self.one, self._turned = None, True
        aim = next((aim for aim in result.objectives if aim.id == self.aim), None)
        self.aim = None if aim is None else aim.id
        if row is not None:
            beside = self._beside.get(row.id)
            page = initiative_page(row, result, self.stream.zone, beside or NOTHING_BESIDE)
            self._show(page, self._from)
            if beside is None:
                self.latest(partial(self._read_beside, row, result), "beside")
        elif aim is not None:
            self._show(objective_page(aim, result, self.hint), self._from)
        else:
            page = whole_page(self.whole, result, self.stream.zone, self.hint)
            self._show(page, self._from)

    def _show(self, page: Page, begin: int = 0) -> None:
        """Show a page, from a line on where it was not there before."""
        turned, self._turned = self._turned, False
        chosen = self._place(page.document, begin if turned else None)
        self.show_report(page.document, page.result, chosen, keep=not turned)
        at = self.host.view.at
        when = f"as of {day(at, self.stream.zone)}" if at is not None else ""
        to = self.back_name(self._back(page))
        back = self.keys(f"{{close}}: {to}") if to else ""
        beside = "   ".join(filter(None, (page.unit, when, back)))
        self.window_line.show(self.TITLE, page.about, "", beside)

    async def _read_beside(self, row: InitiativeRow, result: Portfolio) -> None:
        """Read what is shown of an initiative alone, which takes longer than its page."""
        present = self.host.view.at is None

        def read(reader: Reader) -> Beside:
            from vsm.features.portfolio.beside import read_beside

            return read_beside(reader, row, result.as_of, present=present)

        try:
            beside = await self.host.reading.call(read)
        except VsmError as error:
            self.trouble(error)
            return
        if result is self.shown:
            self._beside[row.id] = beside
            if self.one == row.id and not any(self.trial):
                self.show_result(result)

    def _place(self, document: Document, chosen: int | None) -> int | None:
        """The number of the line of the initiative that the cursor stays on."""
        kept, self._kept = self._kept, None
        lines = (
            n
            for n, target in enumerate(document.targets)
            if isinstance(target, InitiativeTarget) and target.title and target.initiative == kept
        )
        return chosen if kept is None else next(lines, chosen)

    def report_offer(self) -> ReportOffer | None:
        document, result = self.document, self.result
        if document is None:
            return None
        name, whole = self.TITLE.lower(), document
        if isinstance(result, Roadmap):
            from vsm.features.portfolio.roadmap_report import report_roadmap

            name, whole = "roadmap", report_roadmap(result, with_table=True)
        elif result is self.shown and self.whole in _FILES:
            name = _FILES[self.whole]
        return ReportOffer(name, lambda _: whole, lambda _: publish(result), portfolio=self.shown)

    @property
    def place(self) -> At:
        """What is shown."""
        return At(self.one, self.aim, self.trial)

    def to(self, one: int | None, aim: int | None = None) -> None:
        """Show one initiative, or one objective."""
        self._go(At(one, aim))

    def _go(self, place: At, line: int = 0, *, back: bool = False) -> None:
        """Show a place, ``back`` on the way that led from it."""
        if not back:
            self._trail.append((self.place, self.findings.chosen))
        self.one, self.aim, self.trial = place
        self._from, self._turned = line, True
        if any(self.trial):
            self.work_out()
        elif self.shown is not None:
            self.show_result(self.shown)

    def _back(self, page: Page) -> str:
        """Where Escape leads, in words."""
        before = self._trail[-1][0] if self._trail else At()
        if before == At() and self.one is not None and self.whole in _NAMES:
            return _NAMES[self.whole]
        if before == At() or (any(self.trial) and not any(before.trial)):
            return page.back
        return before.name

    @property
    def initiative(self) -> int | None:
        """The id of the initiative that is shown alone, else of the one under the cursor."""
        if self.one is not None:
            return self.one
        if isinstance(self.target, DecisionTarget):
            owner, _ = self.decided or (None, None)
            return None if owner is None else owner.id
        return self.target.initiative if isinstance(self.target, InitiativeTarget) else None

    @property
    def decided(self) -> tuple[InitiativeRow, Decided] | None:
        """The decision under the cursor, and the initiative that it is on."""
        if self.shown is None or not isinstance(self.target, DecisionTarget):
            return None
        number = self.target.decision
        every = ((row, one) for row in self.shown.initiatives for one in row.decisions)
        return next(((row, one) for row, one in every if one.number == number), None)

    @property
    def objective(self) -> int | None:
        """The id of the objective that is shown alone, else of the one under the cursor."""
        if self.aim is not None:
            return self.aim
        return self.target.objective if isinstance(self.target, ObjectiveTarget) else None

    def action_details(self) -> Awaitable[None] | None:
        """Open what is under the cursor, or the items behind the line."""
        if isinstance(self.target, ObjectiveTarget) and self.aim is None:
            self.to(None, self.target.objective)
            return None
        if isinstance(self.target, InitiativeTarget):
            self.to(self.target.initiative)
            return None
        if self.decided is not None:
            one, currency = self.decided[1], "" if self.shown is None else self.shown.currency
            text = decision_text(one, self.stream.zone, currency)
            self.show_text(f"Decision {one.number}", text)
            return None
        return super().action_details()

    async def action_close(self) -> None:
        """Close the message, or go back by a page."""
        if self.notice.open:
            await super().action_close()
        elif self._trail:
            self._go(*self._trail.pop(), back=True)
        elif self.place != At():  # it began there
            self._go(At(), back=True)
        elif self.whole is not Whole.TABLE:
            self._turn(self.whole)
        else:
            await super().action_close()

    def action_roadmap(self) -> None:
        """Show all initiatives on a roadmap, or in the table again."""
        self._turn(Whole.ROADMAP)

    def action_shares(self) -> None:
        """Show what the time of teams served, or the table again."""
        self._turn(Whole.SHARES)

    def action_decisions(self) -> None:
        """Show all decisions, or the table again."""
        self._turn(Whole.DECISIONS)

    def _turn(self, whole: Whole) -> None:
        kept = self.initiative
        self.whole = Whole.TABLE if self.shows_alone(whole) else whole
        self._kept = kept
        self._trail.clear()
        self._go(At(), back=True)

    def action_try_without(self) -> None:
        """Show what stopping the initiative would free and move."""
        self._try(is_first=False)

    def action_try_first(self) -> None:
        """Show every date that would move if the items of the initiative were begun next."""
        self._try(is_first=True)

    def _try(self, *, is_first: bool) -> None:
        """Try an initiative too, or no longer; without any more everything is as it is."""
        if any(self.trial):
            number = self.target.initiative if isinstance(self.target, InitiativeTarget) else None
        else:
            number = self.initiative
        if number is None:
            self.say("Choose an initiative first", "warn")
            return
        trial = self.trial.turned(number, is_first=is_first)
        if any(trial):
            self._kept = number
            self._go(At(self.one, self.aim, trial))
            return
        while self._trail and any(self._trail[-1][0].trial):
            self._trail.pop()
        self._go(*self._trail.pop(), back=True)

    # -- what changes it -------------------------------------------------------------------

    def action_add_initiative(self) -> None:
        """Add an initiative."""
        from vsm.screens.portfolio_forms import add_initiative

        self.begin(add_initiative(self), "dialog")

    def action_add_objective(self) -> None:
        """Add an objective."""
        from vsm.screens.portfolio_forms import add_objective

        self.begin(add_objective(self), "dialog")

    def action_edit_initiative(self) -> None:
        """Edit the initiative, or the objective."""
        from vsm.screens.objective_forms import edit_objective
        from vsm.screens.portfolio_forms import edit_initiative

        self._with_either(edit_initiative, edit_objective)

    def action_remove_initiative(self) -> None:
        """Remove the initiative, or the objective."""
        from vsm.screens.objective_forms import remove_initiative, remove_objective

        self._with_either(remove_initiative, remove_objective)

    def action_ask_delay(self) -> None:
        """Say what delay costs, by four questions."""
        from vsm.screens.delay_form import ask_delay

        rows = () if self.shown is None else self.shown.initiatives
        self._with_initiative(lambda screen, one: ask_delay(screen, one, rows))

    def action_set_delay(self) -> None:
        """Set the figures of delay."""
        from vsm.screens.portfolio_forms import set_delay

        self._with_initiative(set_delay)

    def action_set_worth(self) -> None:
        """Say what it costs and brings."""
        from vsm.screens.portfolio_forms import set_worth

        self._with_initiative(set_worth)

    def action_decide_initiative(self) -> None:
        """Decide on the initiative."""
        from vsm.screens.portfolio_decisions import decide

        self._with_initiative(decide)

    def action_review_decision(self) -> None:
        """Say whether its last decision was right."""
        from vsm.screens.portfolio_decisions import review

        number = None if self.decided is None else self.decided[1].number
        self._with_initiative(partial(review, chosen=number))

    def action_tie_objective(self) -> None:
        """Tie the initiative to an objective."""
        from vsm.screens.portfolio_forms import tie_objective

        self._with_initiative(tie_objective)

    def action_add_indicator(self) -> None:
        """Add an indicator, or a key result."""
        from vsm.screens.objective_forms import add_key_result
        from vsm.screens.portfolio_forms import add_indicator

        self._with_either(add_indicator, add_key_result)

    def action_read_indicator(self) -> None:
        """Record the value of an indicator, or of a key result."""
        from vsm.screens.objective_forms import read_key_result
        from vsm.screens.portfolio_forms import read_indicator

        self._with_either(read_indicator, read_key_result)

    def action_put_spending(self) -> None:
        """Record what was spent."""
        from vsm.screens.portfolio_forms import put_spending

        self._with_initiative(put_spending)

    def action_raise_initiative(self) -> None:
        """Put the initiative one place further up."""
        self._move(-1)

    def action_lower_initiative(self) -> None:
        """Put the initiative one place further down."""
        self._move(1)

    def _move(self, by: int) -> None:
        from vsm.screens.portfolio_decisions import move

        self._with_initiative(lambda screen, one: move(screen, one, by))

    def _with_either(
        self,
        of_initiative: Callable[[PortfolioScreen, int], Any],
        of_objective: Callable[[PortfolioScreen, int], Any],
    ) -> None:
        """Do one with the initiative, or the other with the objective, which is shown."""
        objective = self.objective
        if objective is None:
            self._with_initiative(of_initiative)
        else:
            self.begin(of_objective(self, objective), "dialog")

    def _with_initiative(self, ask: Callable[[PortfolioScreen, int], Any]) -> None:
        one = self.initiative
        if one is None:
            self.say("Choose an initiative first", "warn")
            return
        self.begin(ask(self, one), "dialog")
