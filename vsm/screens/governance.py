"""Controls of the stream: what they find and cost, their modes and waivers, as a screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType

from vsm.actions import Scope
from vsm.features.governance.results import (
    ComplianceRisks,
    ControlDetail,
    GateCosts,
    Governance,
    Shadow,
    Waivers,
)
from vsm.features.governance.targets import ControlTarget, WaiverTarget
from vsm.model.governance_entities import CONTROL
from vsm.model.rules import local
from vsm.screens.report_screen import ReportScreen
from vsm.widgets.date_text import day
from vsm.widgets.keyed import bindings

if TYPE_CHECKING:
    from vsm.model.control.control import Control
    from vsm.model.stream import ValueStream
    from vsm.reader import Reader
    from vsm.report.document import Document
    from vsm.screens.board.parts import BoardParts

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

A replay (p) runs a control over the last 90 days with the facts of then, before it is switched \
on: what it would have stopped, how much of that proved bad (precision), how much of what proved \
bad it would have stopped (recall), and the wait that it would have added. Where more than 30% of \
the entries lack facts it cannot tell.

In an emergency an expedite item passes: its move asks for the reason, and an item to approve it \
within two working days is made. No figure is about a person."""


class Page(StrEnum):
    """The pages of the screen."""

    CONTROLS = "controls"
    CONTROL = "control"
    SHADOW = "replay"
    COSTS = "costs"
    WAIVERS = "waivers"
    RISKS = "security and privacy ahead"


@dataclass(frozen=True, slots=True)
class Place:
    """A page, of one control where it is about one."""

    page: Page
    control: int | None = None


HOME = Place(Page.CONTROLS)


class GovernanceScreen(ReportScreen):
    """The controls of a stream, or what is behind one of them."""

    TITLE = "Governance"
    MEANS = MEANS
    ACTION = "governance"
    SCOPE = Scope.GOVERNANCE
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.GOVERNANCE)
    NO_FILTER = "A filter narrows no control: each says by itself which items it is about"
    WAITING = "reading the controls of the stream"

    def __init__(self, below: BoardParts, query_text: str) -> None:
        super().__init__(below, query_text)
        self.place = HOME
        self._from = 0
        """The line of the list from which another page was opened."""

    def reading(self) -> Callable[[Reader], Any]:
        at = self.host.view.at
        now = self.host.now() if at is None else at
        stream, place = self.stream, self.place
        return lambda reader: _read(reader, stream, place, now)

    def show_result(self, result: Any) -> None:
        if result is None:  # the control was removed meanwhile
            self.to(HOME)
            return
        at = self.host.view.at
        chosen = self._from if self.place == HOME else None
        self.show_report(_document(result, self.stream.zone), result, chosen, keep=True)
        when = f"as of {day(at, self.stream.zone)}" if at is not None else ""
        back = "" if self.place == HOME else self.keys("{close}: all controls")
        what = self.stream.name if self.place == HOME else self.place.page
        self.window_line.show(self.TITLE, what, "", "   ".join(filter(None, (when, back))))

    def to(self, place: Place) -> None:
        """Show another page."""
        if self.place == HOME:
            self._from = self.findings.chosen
        self.place = place
        self.work_out()

    @property
    def control(self) -> int | None:
        """The control that the page is about, else the one under the cursor."""
        if self.place.control is not None:
            return self.place.control
        return self.target.control if isinstance(self.target, ControlTarget) else None

    def action_details(self) -> None:
        """Open the control under the cursor, or what is behind the line."""
        if isinstance(self.target, ControlTarget):
            self.to(Place(Page.CONTROL, self.target.control))
        elif isinstance(self.target, WaiverTarget):
            self.action_answer_waiver()
        else:
            super().action_details()

    async def action_close(self) -> None:
        """Close the message or the filter, or show all controls again."""
        closes = self.notice.open or self.filter_line.bar is not None
        if not closes and self.place != HOME:
            self.place = HOME
            self.work_out()
        else:
            await super().action_close()

    def action_replay_control(self) -> None:
        """Replay the control under the cursor over the last 90 days."""
        if self.control is None:
            self.say("Choose a control first", "warn")
            return
        self.to(Place(Page.SHADOW, self.control))

    def action_gate_costs(self) -> None:
        """Show what every gate costs, by month."""
        self.to(Place(Page.COSTS))

    def action_list_waivers(self) -> None:
        """List the waivers of the stream."""
        self.to(Place(Page.WAIVERS))

    def action_list_risks(self) -> None:
        """List items that need care and lack facts near a gate or their due date."""
        self.to(Place(Page.RISKS))

    def action_set_mode(self) -> None:
        """Set the mode of the stream or of the control under the cursor."""
        from vsm.screens.governance_forms import set_mode

        self.begin(set_mode(self), "dialog")

    def action_ask_waiver(self) -> None:
        """Ask for a waiver of the control under the cursor."""
        from vsm.screens.governance_forms import ask_waiver

        if self.control is None:
            self.say("Choose a control first", "warn")
            return
        self.begin(ask_waiver(self, self.control), "dialog")

    def action_answer_waiver(self) -> None:
        """Grant, refuse or withdraw the waiver under the cursor."""
        from vsm.screens.governance_forms import answer_waiver

        if not isinstance(self.target, WaiverTarget):
            self.say("Choose a waiver first", "warn")
            return
        self.begin(answer_waiver(self, self.target.waiver), "dialog")

    def action_add_control(self) -> None:
        """Set a control that comes with vsm."""
        from vsm.screens.governance_forms import add_control

        self.begin(add_control(self), "dialog")


def _control(reader: Reader, number: int | None) -> Control | None:
    return next((c for c in reader.entities(CONTROL) if c.id == number), None)


def _read(reader: Reader, stream: ValueStream, place: Place, now: int) -> Any:
    """The result of a page; ``None`` where its control is gone."""
    from vsm.features.governance import control_reading, reading
    from vsm.features.governance.shadow import read_shadow

    if place.page is Page.COSTS:
        return reading.read_costs(reader, stream, now)
    if place.page is Page.WAIVERS:
        rows = reading.read_waivers(reader, local(now, stream.zone).date(), stream)
        return Waivers(stream=stream.name, waivers=tuple(rows))
    if place.page is Page.RISKS:
        from vsm.features.governance.risks import read_compliance_risks

        return read_compliance_risks(reader, stream, now)
    if place.page is Page.CONTROLS:
        return reading.read_governance(reader, stream, now)
    control = _control(reader, place.control)
    if control is None:
        return None
    if place.page is Page.SHADOW:
        return read_shadow(reader, stream, control, now)
    return control_reading.read_control_detail(reader, stream, control, now)


def _document(result: Any, zone: str) -> Document:
    """The report on a page."""
    from vsm.features.governance.control_report import report_control
    from vsm.features.governance.cost_report import report_costs
    from vsm.features.governance.report import report, report_shadow, report_waivers

    if isinstance(result, Governance):
        return report(result)
    if isinstance(result, ControlDetail):
        return report_control(result, zone)
    if isinstance(result, Shadow):
        return report_shadow(result)
    if isinstance(result, GateCosts):
        return report_costs(result)
    if isinstance(result, ComplianceRisks):
        from vsm.features.governance.risk_report import report_risks

        return report_risks(result)
    assert isinstance(result, Waivers)
    return report_waivers(result)
