"""The report on the bugs of a stream."""

from __future__ import annotations

from vsm.features.sprints.results import Bugs
from vsm.model.plural import count
from vsm.report.document import Cell, Column, Document, Part, Section, Sentence, Table, Target, row
from vsm.report.wording import day, percent


def report_bugs(result: Bugs) -> Document:
    """The report on the bugs of a stream, week by week."""
    if not (result.open or result.finished or result.inflow):
        text = "This stream has no items of a type that counts as a bug"
        return Document(f"Bugs of {result.stream}", (), (Section("", (Sentence(text),)),))
    sections = [Section("", _summary(result)), Section("By week", (_weeks(result),))]
    if result.by_severity:
        sections.append(Section("By severity", (_severities(result),)))
    return Document(f"Bugs of {result.stream}", (), tuple(sections))


def _summary(result: Bugs) -> tuple[Part, ...]:
    weeks = len(result.weeks)
    net = result.inflow - result.outflow
    keys = dict(result.keys)
    behind = tuple((item, "open") for item in result.oldest)
    ages = ""
    if result.age_p50 is not None:
        ages = f", half of them older than {count(result.age_p50, 'day')}, 15% than"
        ages += f" {count(result.age_p85 or 0, 'day')}"
    open_text = f"{count(result.open, 'bug')} open{ages}"
    parts: list[Part] = [
        Sentence(open_text, "strong", Target("Oldest open bugs", items=behind) if keys else None),
        Sentence(
            f"{result.inflow:,} came and {result.outflow:,} finished in {weeks} weeks: {net:+,}",
            "warn" if net > 0 else "text",
        ),
        Sentence(f"{count(result.escaped, 'bug')} of these weeks escaped to production"),
    ]
    if result.reopen_rate is not None:
        share = percent(result.reopen_rate)
        parts.append(Sentence(f"{share} of {result.finished:,} finished were reopened"))
    if result.net_mean is not None and result.net_lower is not None:
        parts.append(
            Sentence(
                f"Natural process limits of the net inflow: {result.net_lower:+.1f} to"
                f" {result.net_upper or 0:+.1f} a week, mean {result.net_mean:+.1f}",
                "faint",
            )
        )
    return tuple(parts)


def _weeks(result: Bugs) -> Table:
    columns = (
        Column("Week"),
        Column("Came", right=True, bar=True),
        Column("Finished", right=True, bar=True, short="Done"),
        Column("Net", right=True),
        Column("", shrinks=True),
    )
    most = max((max(week.inflow, week.outflow) for week in result.weeks), default=0) or 1
    rows = (
        row(
            Cell(day(week.week), "text" if week.is_complete else "faint"),
            Cell(f"{week.inflow}", "text", week.inflow / most),
            Cell(f"{week.outflow}", "text", week.outflow / most),
            Cell(f"{week.net:+}", "warn" if week.signal else "text"),
            Cell(week.signal or ("" if week.is_complete else "so far"), "faint"),
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
