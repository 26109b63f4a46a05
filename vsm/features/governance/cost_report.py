"""The report on what gates cost, by control and month, and on answers to waivers."""

from __future__ import annotations

from collections.abc import Sequence

from vsm.features.governance.report import share_text
from vsm.features.governance.results import ControlCost, GateCosts, MonthCost, PmoQueue
from vsm.report.document import Cell, Column, Document, Part, Section, Sentence, Table, Target, row
from vsm.report.wording import days, number, percent


def report_costs(result: GateCosts) -> Document:
    """The report on what gates cost, and on the PMO's own answers."""
    sections = []
    if not result.controls:
        text = "No move was checked in the last six months, so gates cost nothing"
        sections.append(Section("", (Sentence(text),)))
    else:
        sections.append(Section("Gates", (_cost_table(result.controls),)))
    proposals = [
        Sentence(one.proposal, "warn", lead=one.control) for one in result.controls if one.proposal
    ]
    if proposals:
        sections.append(Section("Proposals", tuple(proposals)))
    for one in result.controls:
        sections.append(Section(f"{one.control} by month", (months_table(one),)))
    sections.append(Section("Waivers", _queue(result.pmo)))
    return Document(f"What gates cost in {result.stream}", (), tuple(sections))


def _cost_table(costs: Sequence[ControlCost]) -> Table:
    columns = (
        Column("Gate"),
        Column("Mode", wide=100),
        Column("Checked", right=True),
        Column("Fails", right=True),
        Column("Refused", right=True),
        Column("Emergencies", right=True, wide=110),
        Column("Wait days", right=True),
        Column("Waiting now", right=True, short="Open"),
        Column("Fixed in a day", right=True, wide=110),
        Column("Proved bad", right=True),
    )
    rows = (
        row(
            Cell(one.control, "strong"),
            str(one.mode),
            number(sum(month.checked for month in one.months)),
            number(sum(month.failed for month in one.months)),
            number(sum(month.refused for month in one.months)),
            number(sum(month.emergencies for month in one.months)),
            f"{sum(month.wait_days for month in one.months):.1f}",
            number(one.waiting),
            percent(one.fixed_within_a_day.share),
            share_text(one.precision),
            target=_target(one.control, one.months),
        )
        for one in costs
    )
    return Table(columns, tuple(rows))


def months_table(cost: ControlCost) -> Table:
    """What a control checked, refused and cost, by month."""
    columns = (
        Column(cost.control),
        Column("Checked", right=True),
        Column("Fails", right=True),
        Column("Unknown", right=True),
        Column("Refused", right=True),
        Column("Waived", right=True),
        Column("Emergencies", right=True, wide=90),
        Column("Wait days", right=True),
    )
    rows = (
        row(
            month.month,
            number(month.checked),
            number(month.failed),
            number(month.indeterminate),
            number(month.refused),
            number(month.waived),
            number(month.emergencies),
            f"{month.wait_days:.1f}",
            target=_target(f"{cost.control}, {month.month}", (month,)),
        )
        for month in cost.months
    )
    return Table(columns, tuple(rows))


def _target(title: str, months: Sequence[MonthCost]) -> Target | None:
    """The items behind the figures of months: those that did not simply pass."""
    notes: dict[int, list[str]] = {}
    for month in months:
        for item, note in month.behind:
            notes.setdefault(item, []).append(note)
    items = tuple((item, "; ".join(texts)) for item, texts in notes.items())
    return Target(f"{title}: not passed at once", items=items) if items else None


def _queue(queue: PmoQueue) -> tuple[Part, ...]:
    if not queue.asked:
        return (Sentence("No waiver was asked for"),)
    withdrawn = f", {queue.withdrawn:,} withdrawn" if queue.withdrawn else ""
    parts = [Sentence(f"{queue.asked:,} asked for, {queue.answered:,} answered{withdrawn}")]
    if queue.median_days is not None:
        answers = f"{days(round(queue.median_days, 1))} in the median"
        if queue.p85_days is not None:
            answers += f", 85% within {days(round(queue.p85_days, 1))}"
        parts.append(Sentence(answers, lead="Answered after"))
    if queue.waiting and queue.oldest_open_days is not None:
        oldest = days(round(queue.oldest_open_days, 1))
        parts.append(Sentence(f"{queue.waiting}, the oldest for {oldest}", "warn", lead="Waiting"))
    return tuple(parts)
