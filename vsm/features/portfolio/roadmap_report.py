"""The report on the roadmap: bars from even odds to odds of 85%, and what has no bar."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from vsm.features.portfolio.report import InitiativeTarget, short_day
from vsm.features.portfolio.roadmap import Roadmap, RoadmapRow
from vsm.features.portfolio.wording import odds
from vsm.model.portfolio import InitiativeState
from vsm.report.charts import Lane, RoadmapChart, Stop
from vsm.report.document import (
    Cell,
    Column,
    Document,
    Part,
    Row,
    Section,
    Sentence,
    Table,
    Tone,
    row,
)
from vsm.report.wording import day, listed

BEYOND = "beyond what is foreseen"
"""A day that no forecast reaches."""
OVER = "All items are over"
_NAMED = 6


def report_roadmap(result: Roadmap, *, with_table: bool = False) -> Document:
    """The roadmap as a chart; ``with_table`` for readers who have its days in words too."""
    title = f"Roadmap by {result.unit}"
    if not (result.initiatives or result.earlier):
        return Document(title, (), (Section("", (Sentence("There are no initiatives yet"),)),))
    late = tuple(_late(result))
    sections = [Section("", late)] if late else []
    if result.initiatives:
        sections.append(Section("", (_chart(result),)))
    rest = tuple(_rest(result))
    if rest:
        sections.append(Section("", rest))
    if with_table:
        sections.append(Section("Days", (_table(result),)))
    return Document(title, (), tuple(sections))


def _late(result: Roadmap) -> Iterable[Part]:
    late = [one for one in result.initiatives if one.is_late and not one.state.is_over]
    if late:
        names = listed([one.key for one in late], _NAMED)
        target = InitiativeTarget(initiative=late[0].id)
        yield Sentence(f"Likely later than needed: {names}", "bad", target)


def _rest(result: Roadmap) -> Iterable[Part]:
    """In words: what no bar shows."""
    forecast = [one for one in result.initiatives if not one.state.is_over and one.cannot is None]
    never = [one.key for one in forecast if one.p50 is None]
    open_ended = [one.key for one in forecast if one.p50 is not None and one.p85 is None]
    worked_off = [one.key for one in result.initiatives if one.is_worked_off]
    if worked_off:
        yield Sentence(f"{OVER}, to be decided: {listed(worked_off, _NAMED)}", "warn")
    if never:
        yield Sentence(f"Even odds are {BEYOND}: {listed(never, _NAMED)}", "warn")
    if open_ended:
        yield Sentence(f"Odds of 85% are {BEYOND}: {listed(open_ended, _NAMED)}", "warn")
    reasons = defaultdict[str, list[str]](list)
    for one in result.initiatives:
        if one.cannot is not None and not one.state.is_over and not one.is_worked_off:
            reasons[one.cannot].append(one.key)
    for reason, names in reasons.items():
        yield Sentence(f"No forecast for {listed(names, _NAMED)}: {reason}", "warn")
    if result.earlier:
        yield Sentence(
            f"Ended before {day(result.first)}: {listed(list(result.earlier), _NAMED)}", "faint"
        )


def _chart(result: Roadmap) -> RoadmapChart:
    lanes = tuple(_lane(one, result) for one in result.initiatives)
    return RoadmapChart(
        id="roadmap",
        title="By when each initiative is over",
        summary=f"as of {day(result.today)}",
        about=("forecast",),
        stops=tuple(Stop(f"{lane.name}: {lane.note or lane.text}") for lane in lanes),
        begin=result.first,
        end=result.last + timedelta(days=1),
        today=result.today,
        periods=tuple((one.first, one.name, one.year) for one in result.periods),
        lanes=lanes,
    )


def _lane(one: RoadmapRow, result: Roadmap) -> Lane:
    return Lane(
        one.key,
        _text(one, result),
        low=one.p50,
        high=one.p85,
        goes_on=one.is_foreseen and one.p85 is None,
        begun=one.begun,
        need_by=one.need_by,
        odds="" if one.need_by_odds is None else odds(one.need_by_odds),
        ended=one.ended,
        reached=one.state is InitiativeState.DELIVERED,
        late=one.is_late,
        note=_note(one),
        target=InitiativeTarget(one.key, initiative=one.id),
    )


def _note(one: RoadmapRow) -> str:
    """What stands in place of a bar, where there is none."""
    if one.state.is_over:
        return "" if one.ended is not None else f"{one.state}, no day is on record"
    if one.is_worked_off:
        return f"{OVER.lower()}, to be decided"
    if one.cannot is not None:
        return f"no forecast: {one.cannot}"
    return "" if one.p50 is not None else BEYOND


def _text(one: RoadmapRow, result: Roadmap) -> str:
    if one.ended is not None:
        return f"{one.state} {short_day(one.ended, result.today)}"
    if one.p50 is None:
        return ""
    end = "later" if one.p85 is None else short_day(one.p85, result.today)
    return f"{short_day(one.p50, result.today)} to {end}"


def _table(result: Roadmap) -> Table:
    columns = (
        Column("Initiative", shrinks=True),
        Column("State"),
        Column("Begun"),
        Column("50% by"),
        Column("85% by"),
        Column("Needed by"),
        Column("On time", right=True),
        Column("Objectives"),
    )
    return Table(columns, tuple(map(_line, result.initiatives)))


def _line(one: RoadmapRow) -> Row:
    if one.state.is_over:
        first, second = ("-", "-") if one.ended is None else (f"{one.state} {day(one.ended)}", "-")
    elif one.is_worked_off:
        first, second = f"{OVER.lower()}, to be decided", "-"
    elif one.cannot is not None:
        first, second = f"no forecast: {one.cannot}", "-"
    else:
        first, second = (BEYOND if at is None else day(at) for at in (one.p50, one.p85))
    late: Tone = "bad" if one.is_late else "text"
    return row(
        Cell(one.key, "bad" if one.is_late else "strong"),
        one.state.value,
        "-" if one.begun is None else day(one.begun),
        first,
        second,
        Cell("-" if one.need_by is None else day(one.need_by), late),
        Cell(odds(one.need_by_odds) + (", late" if one.is_late else ""), late),
        ", ".join(one.objectives) or "-",
    )
