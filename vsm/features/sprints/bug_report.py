"""The report on the bugs of a stream."""

from __future__ import annotations

from collections.abc import Iterable

from vsm.features.sprints.results import Bugs
from vsm.model.plural import count
from vsm.report.document import Cell, Column, Document, Part, Section, Sentence, Table, Target, row
from vsm.report.wording import day, signed

AGES_FROM = 10
"""Open bugs from which on percentiles of their ages say something."""


def report_bugs(result: Bugs) -> Document:
    """The report on the bugs of a stream, week by week."""
    if not (result.open or result.finished or result.inflow):
        text = (
            f"No bug is open, and none came or finished in the last {len(result.weeks)} weeks."
            " Items count as bugs by their type: bug, defect, incident, fault, problem, error."
        )
        return Document(f"Bugs of {result.stream}", (), (Section("", (Sentence(text),)),))
    sections = [Section("", _summary(result)), Section("By week", (_weeks(result),))]
    if result.by_severity:
        sections.append(Section("By severity", (_severities(result),)))
    return Document(f"Bugs of {result.stream}", (), tuple(sections))


def _behind(title: str, **items: Iterable[int]) -> Target | None:
    """The items behind a figure, by the word that stands beside them."""
    named = tuple((item, word) for word, ids in items.items() for item in ids)
    return Target(title, items=named) if named else None


def _summary(result: Bugs) -> tuple[Part, ...]:
    net = result.inflow - result.outflow
    came = [item for week in result.weeks for item in week.came]
    went = [item for week in result.weeks for item in week.went]
    escaped = f"{count(result.escaped, 'bug')} of these weeks escaped to production"
    parts: list[Part] = [
        Sentence(_open(result), "strong", _behind("Open bugs", open=result.open_items)),
        Sentence(
            f"{result.inflow:,} came and {result.outflow:,} finished in {len(result.weeks)} weeks:"
            f" {_net(net)}",
            "warn" if net > 0 else "text",
            _behind("Bugs of these weeks", came=came, finished=went),
        ),
        Sentence(escaped, target=_behind("Escaped to production", escaped=result.escaped_items)),
    ]
    if result.finished:
        parts.append(
            Sentence(
                f"Reopened later: {result.reopened:,} of the"
                f" {count(result.finished, 'bug')} that finished in these weeks",
                target=_behind("Reopened", reopened=result.reopened_items),
            )
        )
    if result.net_mean is not None and result.net_lower is not None:
        parts.append(
            Sentence(
                f"Natural process limits of the net inflow: {result.net_lower:+.1f} to"
                f" {result.net_upper or 0:+.1f} a week, mean {signed(result.net_mean)}",
                "faint",
            )
        )
    return tuple(parts)


def _net(number: float) -> str:
    """How many more came than finished, with its sign; ``0`` has none."""
    text = f"{number:+,.0f}"
    return "0" if text in ("+0", "-0") else text


def _open(result: Bugs) -> str:
    """So many are open, and for how long."""
    text = f"{count(result.open, 'bug')} open"
    if result.open >= AGES_FROM:
        text += f", half of them older than {count(result.age_p50 or 0, 'day')}, 15% than"
        return f"{text} {count(result.age_p85 or 0, 'day')}"
    if result.age_max is not None:
        text += f", the oldest for {count(result.age_max, 'day')}"
    return text


def _weeks(result: Bugs) -> Table:
    columns = (
        Column("Week"),
        Column("Came", bar=True),
        Column("Finished", bar=True, short="Done"),
        Column("Net", right=True),
        Column("", shrinks=True),
    )
    most = max((max(week.inflow, week.outflow) for week in result.weeks), default=0) or 1
    rows = (
        row(
            Cell(day(week.week), "text" if week.is_complete else "faint"),
            Cell(f"{week.inflow}", "text", week.inflow / most),
            Cell(f"{week.outflow}", "text", week.outflow / most),
            Cell(_net(week.net), "warn" if week.signal else "text"),
            Cell(week.signal or ("" if week.is_complete else "so far"), "faint"),
            target=_behind(
                f"Bugs of the week from {day(week.week)}", came=week.came, finished=week.went
            ),
        )
        for week in result.weeks
    )
    return Table(columns, tuple(rows))


def _severities(result: Bugs) -> Table:
    columns = (
        Column("Severity"),
        Column("Open", right=True),
        Column("Finished", right=True),
        Column("85% within", right=True),
    )
    rows = (
        row(
            one.severity,
            f"{one.open}",
            f"{one.finished}",
            "–" if one.sle_days is None else f"{one.sle_days} d",
        )
        for one in result.by_severity
    )
    return Table(columns, tuple(rows))
