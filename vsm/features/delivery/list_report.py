"""The report on all services, by name: no order by a figure, and no total."""

from __future__ import annotations

from vsm.features.delivery.begin import begin_section
from vsm.features.delivery.report import ARROWS, MOST_WEEKS, window_text
from vsm.features.delivery.results import Deliveries, Rate, ServiceRow, Turn
from vsm.features.delivery.targets import ServiceTarget
from vsm.features.delivery.text import FEW, recovery_figure, took
from vsm.report.document import Cell, Column, Document, Row, Section, Sentence, Table, row
from vsm.report.symbols import sparkline
from vsm.report.wording import percent


def list_report(result: Deliveries, plain: bool = False) -> Document:
    """All services with their five measures."""
    about = (window_text(result.window.first, result.window.last),)
    if not result.services:
        first = Sentence("No deployments are known: no service is on record")
        return Document("Delivery", about, (Section("", (first,)), begin_section()))
    rows = tuple(_row(one, plain) for one in result.services)
    sections = [Section("", (Table(_COLUMNS, rows),))]
    if not any(one.measures.frequency.known_since for one in result.services):
        sections.append(begin_section())
    return Document("Delivery", about, tuple(sections))


_COLUMNS = (
    Column("Service", shrinks=True),
    Column("Team", shrinks=True, wide=110),
    Column("Deployed", right=True, short="Depl."),
    Column("A week", right=True),
    Column("By week", wide=100),
    Column("Lead p50", right=True, short="Lead"),
    Column("p85", right=True),
    Column("Fail rate", right=True, short="Fail"),
    Column("Recovery", right=True, short="Recov."),
    Column("Rework", right=True),
)


def _row(one: ServiceRow, plain: bool) -> Row:
    five, weeks = one.measures, one.weeks[-MOST_WEEKS:]
    frequency, lead = five.frequency, five.lead_time
    recovery = recovery_figure(five.recovery).removeprefix("50% in ")
    return row(
        Cell(one.service, "strong"),
        Cell(one.team or "", "faint"),
        f"{frequency.n:,}",
        f"{frequency.per_week:.1f}{_arrow(frequency.trend)}",
        Cell(sparkline([week.deployments for week in weeks], plain), "faint"),
        f"{took(lead.p50)}{_arrow(lead.trend)}",
        took(lead.p85),
        _rate(five.change_fail),
        recovery,
        _rate(five.rework),
        target=ServiceTarget(one.service, service=one.id),
    )


def _rate(rate: Rate) -> str:
    """The rate; of few deployments its range, as the rate would say too much."""
    if rate.rate is None or rate.low is None or rate.high is None:
        return "–"
    if rate.n < FEW:
        return f"{percent(rate.low)[:-1]}–{percent(rate.high)}"
    return f"{percent(rate.rate)}{_arrow(rate.trend)}"


def _arrow(turn: Turn | None) -> str:
    return "" if turn is None else f" {ARROWS[turn.direction]}"
