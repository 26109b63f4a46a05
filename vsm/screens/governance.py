"""Controls of the stream: what they find and cost, their modes and waivers, as a screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType

from vsm.actions import BY_ID, Scope
from vsm.features.compliance.targets import CountsTarget, FrameworkTarget
from vsm.features.governance.targets import ControlTarget, WaiverTarget
from vsm.features.standards.targets import DeviationTarget, StandardTarget, TextTarget
from vsm.model.control.audit import FRAMEWORKS, Counting
from vsm.report.publish import publish
from vsm.report.wording import name_verb
from vsm.screens.governance_audit import ask_sample, list_counts
from vsm.screens.governance_evidence import choose_evidence, record_evidence
from vsm.screens.governance_forms import add_control, answer_waiver, ask_waiver, set_mode
from vsm.screens.governance_pages import (
    AS_OF_NOW,
    HOME,
    TOP,
    Asked,
    Page,
    Place,
    SampleQuestion,
    read_page,
    report_page,
)
from vsm.screens.governance_standards import (
    adopt_standard,
    agree_deviation,
    choose_text,
    show_policies,
    show_text,
)
from vsm.screens.report_offer import ReportOffer
from vsm.screens.report_screen import ReportScreen
from vsm.screens.running import refused
from vsm.widgets.date_text import day
from vsm.widgets.keyed import bindings

if TYPE_CHECKING:
    from vsm.reader import Reader
    from vsm.screens.board.parts import BoardParts

NO_CONTROL = "Choose a control first"
MEANS = """\
A control is a rule on changes, in CEL over facts: moves, approvals, builds, deployments, links, \
what people attested. It applies at a moment (entering or leaving a stage, start, finish) to the \
items of its filter.

Its mode says how hard it binds. Supportive advises: a move goes through, the verdict is recorded. \
Controlling refuses a move that does not pass, unless a waiver covers it. Directive is the same; \
beside that only the lead and the PMO rank items and give them to teams. A mode of one control \
goes before that of the stream, a later decision before an earlier one. Modes to come are \
announced two weeks ahead.

A fact that is not on record is missing: a control that names it cannot tell, and never passes. \
⊓2 in the head of a column are two controls at its entry; ⊘ on a card says that its next move \
would be refused; the details say why and what to do.

Checked, failed, unknown, refused and waived are counts of the last 30 days. Wait days: from the \
first refused try of a move to the one that passed, less the time in which the item was blocked. \
Proved bad: an item that went back, was reopened, or had a defect linked within 30 days.

Frameworks are what auditors ask for: SOC 2, GDPR. Each requirement has the controls that serve \
it, with their verdicts on the items of the last 90 days: on those deployed to production, \
finished, or active. Enter lists the items behind the numbers. An audit sample is drawn by a seed, \
so that anybody can draw it again.

A standard is a template that the stream follows. Its drift is how many differences are not \
agreed. A price compares the days in a stage with streams that conform there; it shows a \
difference, not its cause.

A replay (p) runs a control over the last 90 days with the facts of then, before it is switched \
on: what it would have refused, because it failed or because facts are missing; how many of the \
failed proved bad (precision), how many of those that proved bad had failed (recall), and the wait \
that the failed would have had. Where more than 30% of the entries lack facts it cannot tell what \
the control finds.

In an emergency an expedite item passes: its move asks for the reason, and an item to approve it \
within two working days is made. No figure is about a person."""


class GovernanceScreen(ReportScreen):
    """The controls of a stream, or what is behind one of them."""

    TITLE = "Governance"
    MEANS = MEANS
    ACTION = "governance"
    SCOPE = Scope.GOVERNANCE
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.GOVERNANCE)
    NO_FILTER = "A filter narrows no control: each says by itself which items it is about"
    WAITING = "reading the controls of the stream"

    def __init__(self, below: BoardParts, query_text: str, item: int | None = None) -> None:
        super().__init__(below, query_text)
        self.place = HOME if item is None else Place(Page.EVIDENCE, item=item)
        """The page that is shown: the evidence of an item, where it was opened for that."""
        self._trail: list[tuple[Place, int]] = []
        """The pages to go back to, each with the line that was chosen there."""
        self._line: int | None = None
        """The line to choose once the page is shown; ``None``: the one that was."""

    def reading(self) -> Callable[[Reader], Any]:
        at = self.host.view.at
        now = self.host.now() if at is None else at
        stream, place = self.stream, self.place

        def read(reader: Reader) -> tuple[Place, Any]:
            return place, read_page(Asked(reader, stream, place, now, at is not None))

        return read

    def show_result(self, result: Any) -> None:
        place, answer = result
        if place != self.place:  # another page was asked for meanwhile
            return
        if answer is None:  # what it was about is gone
            self._go_back()
            return
        at, zone = self.host.view.at, self.stream.zone
        document = report_page(place, answer, zone, self.hint)
        line, self._line = self._line, None
        self.show_report(document, answer, line, keep=True)
        if line == 0:
            self.findings.show_top()
        when = f"as of {day(at, zone)}" if at is not None else ""
        if at is not None and place.page in AS_OF_NOW:
            when = "standards as of now"
        back = "" if place == HOME else self.keys("{close}: back")
        what = self.stream.name if place == HOME else self._name_of(place, answer)
        self.window_line.show(self.TITLE, what, "", "   ".join(filter(None, (when, back))))

    def _name_of(self, place: Place, answer: Any) -> str:
        """What stands above a page: which it is, and what it is about."""
        about = {
            Page.CONTROL: "control",
            Page.SHADOW: "control",
            Page.EVIDENCE: "item",
            Page.FRAMEWORK: "framework",
            Page.STANDARD: "title",
            Page.DRIFT: "title",
        }.get(place.page)
        name = getattr(answer, about, "") if about is not None else ""
        return f"{place.page}: {FRAMEWORKS.get(name, name)}" if name else str(place.page)

    def report_offer(self) -> ReportOffer | None:
        """The report of the page; in a file it names verbs in place of keys."""
        result, place, zone = self.result, self.place, self.stream.zone
        if self.document is None:
            return None
        document = report_page(place, result, zone, name_verb)
        name = self.TITLE.lower() if place == HOME else str(place.page).replace(" ", "-")
        return ReportOffer(name, lambda _: document, lambda _: publish(result))

    # -- pages ------------------------------------------------------------------------------

    def to(self, place: Place) -> None:
        """Show another page; Esc comes back to this one, or to the controls from a list."""
        if place != self.place:
            current = self.place, self.findings.chosen
            if place.page in TOP:
                is_below = bool(self._trail) and self._trail[0][0] == HOME
                home = self._trail[0] if is_below else (HOME, 0)
                self._trail = [current if self.place == HOME else home]
            else:
                self._trail.append(current)
            self._line = 0
            # what was said of the page before is not true of this one
            self.notice.hide()
            self.hints.say("")
        self.place = place
        self.work_out()

    def show_evidence(self, item: int) -> None:
        """Show the evidence of an item as a page."""
        self.to(Place(Page.EVIDENCE, item=item))

    def _go_back(self) -> None:
        self.place, self._line = self._trail.pop() if self._trail else (HOME, 0)
        self.work_out()

    async def action_close(self) -> None:
        """Close the message, or go back to the page before."""
        closes = self.notice.open or self.filter_line.bar is not None
        if closes or self.place == HOME:
            await super().action_close()
        elif self._trail:
            self._go_back()
        else:  # it was opened at this page, from the board
            await self.back_to_board()

    @property
    def control(self) -> int | None:
        """The control that the page is about, else the one under the cursor."""
        if self.place.control is not None:
            return self.place.control
        return self.target.control if isinstance(self.target, ControlTarget) else None

    @property
    def standard(self) -> str:
        """The standard that the page is about, else the one under the cursor; empty: none."""
        if self.place.page in (Page.STANDARD, Page.DRIFT) and self.place.name:
            return self.place.name
        return self.target.standard if isinstance(self.target, StandardTarget) else ""

    def action_details(self) -> None:
        """Open what is behind the line."""
        target = self.target
        if isinstance(target, ControlTarget):
            self.to(Place(Page.CONTROL, control=target.control))
        elif isinstance(target, WaiverTarget):
            if not refused(self, BY_ID["answer_waiver"]):
                self.action_answer_waiver()
        elif isinstance(target, FrameworkTarget):
            counting = self.place.counting
            self.to(Place(Page.FRAMEWORK, name=target.framework, counting=counting))
        elif isinstance(target, StandardTarget):
            self.to(Place(Page.STANDARD, name=target.standard))
        elif isinstance(target, CountsTarget):
            self.begin(list_counts(self, target), "dialog")
        elif isinstance(target, TextTarget):
            self.begin(show_text(self, target.text), "dialog")
        elif isinstance(target, DeviationTarget) and target.policies:
            self.begin(show_policies(self, target), "dialog")
        else:
            super().action_details()

    # -- keys of pages ----------------------------------------------------------------------

    def action_replay_control(self) -> None:
        """Replay the control under the cursor over the last 90 days."""
        if self.control is None:
            self.say(NO_CONTROL, "warn")
            return
        self.to(Place(Page.SHADOW, control=self.control))

    def action_gate_costs(self) -> None:
        """Show what every gate costs, by month."""
        self.to(Place(Page.COSTS))

    def action_list_waivers(self) -> None:
        """List the waivers of the stream."""
        self.to(Place(Page.WAIVERS))

    def action_list_risks(self) -> None:
        """List items that need care and lack facts near a gate or their due date."""
        self.to(Place(Page.RISKS))

    def action_list_frameworks(self) -> None:
        """List frameworks with the verdicts of their controls."""
        self.to(Place(Page.FRAMEWORKS, counting=self.place.counting))

    def action_count_by(self) -> None:
        """Count deployed, finished or active items in turn."""
        if self.place.page not in (Page.FRAMEWORKS, Page.FRAMEWORK) or self.result is None:
            self.say(self.keys("{list_frameworks} shows frameworks, which count items"), "warn")
            return
        shown = getattr(self.result, "population", self.result).counted
        ways = list(Counting)
        following = ways[(ways.index(shown) + 1) % len(ways)]
        self.place = replace(self.place, counting=following)
        self.work_out()

    def action_show_drift(self) -> None:
        """Show how the stream differs from its standard, or from the one under the cursor."""
        self.to(Place(Page.DRIFT, name=self.standard))

    def action_list_standards(self) -> None:
        """List standards and the streams that follow one."""
        self.to(Place(Page.STANDARDS))

    # -- keys of dialogs --------------------------------------------------------------------

    def action_set_mode(self) -> None:
        """Set the mode of the stream or of the control under the cursor."""
        self.begin(set_mode(self, self.control), "dialog")

    def action_ask_waiver(self) -> None:
        """Ask for a waiver of the control under the cursor."""
        if self.control is None:
            self.say(NO_CONTROL, "warn")
            return
        self.begin(ask_waiver(self, self.control), "dialog")

    def action_answer_waiver(self) -> None:
        """Grant, refuse or withdraw the waiver under the cursor."""
        if not isinstance(self.target, WaiverTarget):
            self.say(self.keys("Choose a waiver first: {list_waivers} lists them"), "warn")
            return
        self.begin(answer_waiver(self, self.target.waiver), "dialog")

    def action_add_control(self) -> None:
        """Set a control that comes with vsm."""
        self.begin(add_control(self), "dialog")

    def action_audit_sample(self) -> None:
        """Draw an audit sample."""

        def show(question: SampleQuestion) -> None:
            self.to(Place(Page.SAMPLE, sample=question))

        self.begin(ask_sample(self, self.place.sample, show), "dialog")

    def action_item_evidence(self) -> None:
        """Show the evidence of the item under the cursor, or of one that is chosen."""
        self.begin(choose_evidence(self), "dialog")

    def action_record_evidence(self) -> None:
        """Record evidence of the item that the page is about."""
        if self.place.item is None:
            self.say(self.keys("Choose an item first: {item_evidence}"), "warn")
            return
        self.begin(record_evidence(self, self.place.item), "dialog")

    def action_adopt_standard(self) -> None:
        """Have the stream follow the standard under the cursor."""
        if not self.standard:
            self.say(self.keys("Choose a standard first: {list_standards} lists them"), "warn")
            return
        self.begin(adopt_standard(self, self.standard), "dialog")

    def action_agree_deviation(self) -> None:
        """Agree on the deviation under the cursor."""
        if not isinstance(self.target, DeviationTarget):
            self.say(self.keys("Choose a difference first: {show_drift} lists them"), "warn")
            return
        self.begin(agree_deviation(self, self.target.part), "dialog")

    def action_template_text(self) -> None:
        """Choose a text to begin with, and read or copy it."""
        self.begin(choose_text(self), "dialog")
