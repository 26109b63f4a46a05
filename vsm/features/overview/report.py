"""The report on all streams: a row each, what the arrows rest on, and what has ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from vsm.features.metrics.basic_results import Week
from vsm.features.metrics.process_limits import Trend
from vsm.features.overview.results import GroupLoad, Overview, StageLoad, StreamRow
from vsm.features.standards.names import in_report
from vsm.model.rules import SLE_PERCENT
from vsm.report import symbols
from vsm.report.document import (
    Cell,
    Column,
    Document,
    Part,
    Row,
    Section,
    Sentence,
    Table,
    Target,
    Tone,
)
from vsm.report.document import row as table_row
from vsm.report.wording import count, day, filter_line

DASH, UNKNOWN = "–", "…"
OVER = "▲"
ARROWS = {Trend.UP: "↑", Trend.DOWN: "↓"}
STAGES_WIDE, LATELY_WIDE = 116, 150
"""Cells without which the stages, and what finished lately, are left out."""
FEW = 10
"""Finished items below which the percentile says how few it rests on."""
NOTHING = "There are no value streams: vsm init --template kanban --name NAME makes one."


@dataclass(frozen=True, slots=True)
class StreamTarget(Target):
    """The line of a stream, by its id."""

    stream: int = 0


class Order(NamedTuple):
    """An order of the streams: its name, and what comes first."""

    name: str
    value: Callable[[StreamRow], float]


def _last(value: float | None) -> float:
    """What has no value comes last."""
    return 1.0 if value is None else -value


ORDERS = (
    Order("name", lambda row: 0),
    Order("WIP above the limits", lambda row: _last(excess(row) or None)),
    Order("cycle time", lambda row: _last(row.cycle_time.p85)),
    Order("oldest item", lambda row: _last(None if row.oldest is None else row.oldest.age)),
    Order("blocked", lambda row: _last(row.blocked or None)),
    Order("WIP", lambda row: -row.wip),
)
"""The orders that a key goes through; within each by name."""


def excess(row: StreamRow) -> int:
    """Items beyond the limits of their stages, of groups of stages or of the stream, the most."""
    stages = sum(max(0, s.counted - s.limit) for s in row.stages if s.limit is not None)
    groups = sum(max(0, group.counted - group.limit) for group in row.groups)
    return max(stages, groups, 0 if row.limit is None else row.every - row.limit)


def report(
    overview: Overview, order: Order = ORDERS[0], *, plain: bool = False, waiting: bool = False
) -> Document:
    """A row for each stream.

    ``plain`` draws sparklines in ASCII; ``waiting`` says that bottlenecks are still looked for.
    """
    about = (filter_line(overview.filter),) if overview.filter else ()
    title = "All value streams"
    if not overview.streams and not overview.pending:
        return Document(title, about, (Section("", (Sentence(NOTHING, "faint"),)),))
    rows = sorted(overview.streams, key=lambda row: row.stream.casefold())
    rows.sort(key=order.value)
    parts: list[Part] = [
        Table(
            _columns(),
            (
                *(_line(row, plain, waiting) for row in rows),
                *(_pending(number, name) for number, name in overview.pending),
            ),
        )
    ]
    sections = [Section("Value streams", tuple(parts))]
    if signals := tuple(_signals(rows)):
        sections.append(Section("Signals: more than usual variation", signals))
    if ended := [row for row in rows if row.ended]:
        since = ", ".join(f"{row.stream} (since {day(row.until)})" for row in ended)
        text = f"No activity in the last 14 days, figures are of the 90 days before: {since}."
        sections.append(Section("", (Sentence(text, "faint"),)))
    return Document(title, (summary(overview), *about), tuple(sections))


def summary(overview: Overview) -> str:
    """How many streams there are, and what is in progress, over a limit and blocked in all."""
    rows = overview.streams
    if overview.pending:
        return f"{len(rows)} of {count(len(rows) + len(overview.pending), 'stream')} read"
    parts = [
        count(len(rows), "stream"),
        f"{sum(row.wip for row in rows):,} in progress",
        f"{sum(row.blocked for row in rows):,} blocked",
    ]
    if over := sum(row.is_over for row in rows):
        parts.append(f"{over} over a WIP limit")
    return ", ".join(parts)


def _columns() -> tuple[Column, ...]:
    return (
        Column("Value stream", shrinks=True, short="Stream"),
        Column("WIP", right=True),
        Column("by stage", shrinks=True, wide=STAGES_WIDE),
        Column(f"{SLE_PERCENT}% in", right=True),
        Column("done a week"),
        Column("in 14 d", right=True, wide=LATELY_WIDE),
        Column("oldest"),
        Column("blocked", right=True, short="blk"),
        Column("bottleneck", shrinks=True, short="limit"),
    )


def _line(row: StreamRow, plain: bool, waiting: bool) -> Row:
    faint = row.ended
    oldest = DASH if row.oldest is None else f"{row.oldest.key} {row.oldest.age} d"
    limits = row.bottleneck
    named = limit_text(row)
    return table_row(
        Cell(row.stream, "faint" if faint else "strong"),
        Cell(wip_text(row), "bad" if row.is_over_in_all else "text"),
        Cell(stages_text(row), "warn" if row.is_over else "text"),
        Cell(cycle_text(row), _tone(row.cycle_time.trend, Trend.DOWN)),
        Cell(
            f"{sparkline(row.throughput.full, plain)} {_arrow(row.throughput.trend)}".rstrip(),
            _tone(row.throughput.trend, Trend.UP),
        ),
        str(row.throughput.finished),
        oldest,
        Cell(str(row.blocked) if row.blocked else DASH, "bad" if row.blocked else "faint"),
        Cell(
            named or (UNKNOWN if limits is None and waiting else DASH), "bad" if named else "faint"
        ),
        target=StreamTarget(row.stream, stream=row.id),
    )


def limit_text(row: StreamRow) -> str | None:
    """What limits the flow; stages by the names that all streams share, with the local ones."""
    limits = row.bottleneck
    if limits is None or limits.limits is None or not limits.stages:
        return None if limits is None else limits.limits
    canonical = {stage.stage: stage.canonical for stage in row.stages}
    return " and ".join(in_report(stage, canonical.get(stage)) for stage in limits.stages)


def _pending(number: int, name: str) -> Row:
    cells = [Cell(UNKNOWN, "faint")] * (len(_columns()) - 1)
    return table_row(Cell(name, "strong"), *cells, target=StreamTarget(name, stream=number))


def _tone(trend: Trend | None, good: Trend) -> Tone:
    return "text" if trend is None else "good" if trend is good else "bad"


def _arrow(trend: Trend | None) -> str:
    return "" if trend is None else ARROWS[trend]


def wip_text(row: StreamRow) -> str:
    """``27/30``, with a mark where it is over the limit; ``2 of 27/30`` through a filter."""
    if row.limit is None:
        return str(row.wip)
    some = "" if row.wip == row.every else f"{row.wip} of "
    return f"{some}{row.every}/{row.limit}{OVER if row.is_over_in_all else ''}"


def stages_text(row: StreamRow) -> str:
    """``3/4 6/5▲ 2`` of the stages in which work is queued or under way; limits of several stages
    follow where they are exceeded.
    """
    stages = [stage_text(stage) for stage in row.stages if stage.category.working]
    return " ".join([*stages, *(group_text(group) for group in row.groups if group.over_limit)])


def stage_text(stage: StageLoad) -> str:
    """``3/4`` of a stage, ``2 of 3/4`` through a filter, ``3/4+1`` with one that does not count."""
    if stage.limit is None:
        return str(stage.wip)
    some = "" if stage.wip == stage.every else f"{stage.wip} of "
    exempt = f"+{stage.every - stage.counted}" if stage.every > stage.counted else ""
    return f"{some}{stage.counted}/{stage.limit}{exempt}{OVER if stage.over_limit else ''}"


def group_text(group: GroupLoad) -> str:
    """``Build + Review 7/6▲``."""
    return f"{group.name} {group.counted}/{group.limit}{OVER if group.over_limit else ''}"


def cycle_text(row: StreamRow) -> str:
    """``9 d``, with the arrow of its trend."""
    cycle = row.cycle_time
    if cycle.p85 is None:
        return DASH
    few = f" (n={cycle.n})" if cycle.n < FEW else ""
    return f"{cycle.p85} d{few} {_arrow(cycle.trend)}".rstrip()


def sparkline(weeks: Sequence[Week], plain: bool = False) -> str:
    """A character for each week, as high as what finished in it against the best week."""
    return symbols.sparkline([week.finished for week in weeks], plain)


def _signals(rows: Sequence[StreamRow]) -> list[Sentence]:
    """What each arrow rests on."""
    out = []
    for row in rows:
        figures = (
            ("throughput", row.throughput.trend, row.throughput.why, Trend.UP),
            ("cycle time", row.cycle_time.trend, row.cycle_time.why, Trend.DOWN),
        )
        for name, trend, why, good in figures:
            if trend is not None and row.throughput.full:
                week = row.throughput.full[-1].label
                text = f"{row.stream}: {name} {ARROWS[trend]} {why}, up to {week}"
                target = StreamTarget(f"{row.stream}, {name}", stream=row.id)
                out.append(Sentence(text, _tone(trend, good), target))
    return out
