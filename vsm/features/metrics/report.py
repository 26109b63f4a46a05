"""The report on the flow of a stream: items, times, throughput, efficiency, WIP, quality."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby

from vsm.features.metrics.bar_charts import BACKWARDS
from vsm.features.metrics.charts import charts
from vsm.features.metrics.comparison import draw_comparison
from vsm.features.metrics.results import ClockSkew, Figures, Spread, Week, XmrSignal
from vsm.model.stream import ValueStream
from vsm.report.charts import Chart
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
    row,
)
from vsm.report.item_text import moment
from vsm.report.wording import (
    MIN_RATE_DAYS,
    activity_lines,
    count,
    day,
    filter_line,
    listed,
    number,
    percent,
)

_CLUSTERS = 8
"""Clusters of blockers before the rest is only counted."""
_RUN, _WEEK = "weeks in a row", timedelta(days=7)


def report(figures: Figures, stream: ValueStream, late: Sequence[tuple[int, str]] = ()) -> Document:
    """Every figure, in sentences, tables and charts.

    ``late`` are the ids and keys of items in progress that are likelier late than in time.
    """
    drawn = {chart.id: chart for chart in charts(figures, stream)}
    compared = (draw_comparison(figures.comparison),) if figures.comparison else ()
    sections = (
        *compared,
        _items(figures),
        _times(figures, drawn["cycle"]),
        _throughput(figures, drawn["throughput"]),
        _littles_law(figures, drawn["cfd"]),
        _efficiency(figures),
        _in_progress(figures, drawn["ageing"], late),
        _blockers(figures),
        _quality(figures),
        _clocks(figures.clock_skew),
    )
    return Document(
        f"{figures.basic.stream}: flow metrics",
        _about(figures),
        tuple(section for section in sections if section.parts),
    )


def _about(figures: Figures) -> tuple[str, ...]:
    """The window, and where it is beyond the last activity a hint at that."""
    metrics = figures.basic
    span = (metrics.last - metrics.first).days + 1
    out = [
        f"{day(metrics.first)} to {day(metrics.last)} ({count(span, 'day')}),"
        f" as of {moment(metrics.as_of, metrics.zone)} {metrics.zone}"
    ]
    out += activity_lines(metrics.last_activity, metrics.zone, metrics.first, metrics.last)
    if figures.filter:
        out.append(filter_line(figures.filter))
    return tuple(out)


def _items(figures: Figures) -> Section:
    items = figures.basic.items
    unknown = f"; the start of {items.left_out:,} is not known" if items.left_out else ""
    text = (
        f"{items.total:,} in all: {items.not_started:,} not started, {items.in_progress:,} in"
        f" progress, {items.finished:,} finished ({items.finished_without_start:,} without a"
        f" start), {items.dropped:,} dropped{unknown}"
    )
    return Section("Items", (Sentence(text),))


def _times(figures: Figures, chart: Chart) -> Section:
    metrics = figures.basic
    rows = (
        _spread("cycle time", metrics.cycle_time_days),
        _spread("cycle time, elapsed", metrics.cycle_time_elapsed_days),
        _spread("lead time", metrics.lead_time_days),
        _spread("lead time, elapsed", metrics.lead_time_elapsed_days),
        _spread("age of work in progress", figures.age_days),
    )
    heads = ("", "p50", "p70", "p85", "p95", "longest", "mean", "items")
    table = Table(tuple(Column(head, right=bool(head)) for head in heads), rows)
    left = metrics.cycle_time_left_out
    reasons = [
        f"{n:,} {why}"
        for n, why in (
            (left.finished_without_start, "without a start"),
            (left.truncated, "with a truncated history"),
            (left.endpoints_only, "of which neither moves nor a start are known"),
            (left.clock_skew, f"whose {BACKWARDS}"),
        )
        if n
    ]
    notes = (
        f"Cycle time leaves out {', '.join(reasons)}." if reasons else "",
        f"Lead time leaves out {metrics.lead_time_left_out} whose {BACKWARDS}."
        if metrics.lead_time_left_out
        else "",
        f"Age leaves out {figures.clock_skew.ages} that started later than as-of."
        if figures.clock_skew.ages
        else "",
    )
    sentences = tuple(Sentence(note, "faint") for note in notes if note)
    title = "Times of the items finished in the window, in days"
    return Section(title, (table, *sentences, chart))


def _spread(name: str, spread: Spread) -> Row:
    values = (spread.p50, spread.p70, spread.p85, spread.p95, spread.max, spread.mean)
    return row(name, *map(number, values), str(spread.n))


def _throughput(figures: Figures, chart: Chart) -> Section:
    weeks = figures.basic.weeks
    finished = sum(week.finished for week in weeks)
    # By days, as the first and last week are partial. Counts items without a start too, as the
    # number before it does.
    rate, days = figures.throughput.mean, len(figures.throughput.days)
    mean = f", {7 * rate:.1f} a week" if rate is not None and days >= MIN_RATE_DAYS else ""
    parts: list[Part] = [_weeks(weeks)] if weeks else []
    limits, ratio = figures.xmr, figures.p85_over_p50
    if limits.upper and limits.lower is not None:  # an upper limit of 0: nothing ever finished
        text = (
            f"Natural process limits {limits.lower:.1f} to {limits.upper:.1f} a week, by"
            f" {limits.weeks} full weeks."
        )
        if limits.signals:
            text += f" Signals: {_signals(limits.signals)}."
        parts.append(Sentence(text))
    if ratio is not None:
        parts.append(Sentence(f"85% of cycle times lie within {ratio:.1f} times the median."))
    return Section(f"Finished in the window: {finished:,}{mean}", (*parts, chart))


def _signals(signals: Sequence[XmrSignal]) -> str:
    """The signals in words; of a run, which is a signal each week anew, only its last week."""
    runs = {signal.week.monday for signal in signals if _RUN in signal.why}
    last = [s for s in signals if s.week.monday not in runs or s.week.monday + _WEEK not in runs]
    return "; ".join(f"{signal.week.label} {signal.why}" for signal in last)


def _weeks(weeks: Sequence[Week]) -> Table:
    """A line a week; of three and more empty weeks in a row only how many there were."""
    most = max(1, *(week.finished for week in weeks))
    rows: list[Row] = []
    for busy, run_of in groupby(weeks, key=lambda week: week.finished > 0):
        run = list(run_of)
        if not busy and len(run) > 2:
            rows.append(row("", "", Cell(f"{len(run)} weeks with none", "faint")))
            continue
        rows += [
            row(
                week.label,
                day(week.monday),
                Cell(str(week.finished), bar=week.finished / most),
            )
            for week in run
        ]
    columns = (Column(""), Column("from", right=True), Column("finished", bar=True))
    return Table(columns, tuple(rows))


def _littles_law(figures: Figures, chart: Chart) -> Section:
    law = figures.littles_law
    if law.avg_wip is None or law.avg_throughput_per_day is None:
        return Section("Cumulative flow", (chart,) if chart.stops else ())
    rate = law.avg_throughput_per_day
    text = f"{law.avg_wip:,.1f} in progress on average, {rate:.2f} finished a day"
    if law.predicted_cycle_time_days is not None and law.avg_cycle_time_days is not None:
        text += (
            f": a cycle time of {law.predicted_cycle_time_days:.1f} days by Little's Law,"
            f" {law.avg_cycle_time_days:.1f} measured"
        )
    parts: list[Part] = [Sentence(f"{text}.")]
    broken = [condition.name for condition in law.conditions if not condition.holds]
    if broken:
        parts.append(Sentence(f"Assumptions not met: {'; '.join(broken)}.", "warn"))
    return Section("Little's Law", (*parts, chart))


def _efficiency(figures: Figures) -> Section:
    title = "Flow efficiency and time in stage, in days of 24 hours"
    efficiency = figures.efficiency
    times = [stage for stage in figures.time_in_stage if stage.days.n]
    if efficiency.ratio is None and not times:
        return Section(title, ())
    parts: list[Part] = []
    if efficiency.ratio is not None:
        parts.append(
            Sentence(
                f"Flow efficiency {percent(efficiency.ratio)}: {efficiency.active_days:.0f} days"
                f" active, {efficiency.waiting_days:.0f} waiting or blocked."
            )
        )
    waited = dict(efficiency.waiting_by_stage)
    most = max(waited.values(), default=0.0) or 1.0
    rows = []
    for stage in times:
        days = waited.get(stage.stage, 0.0)
        values = (stage.days.p50, stage.days.p85, stage.total)
        waiting = Cell(number(days), bar=days / most)
        rows.append(row(stage.stage, str(stage.days.n), *map(number, values), waiting))
    heads = ("items", "p50", "p85", "all")
    columns = (
        Column("", shrinks=True),
        *(Column(head, right=True) for head in heads),
        Column("waiting", bar=True),
    )
    parts.append(Table(columns, tuple(rows)))
    if figures.stage_left_out:
        backwards = figures.clock_skew.finished
        also = f", {backwards} of them as their {BACKWARDS}" if backwards else ""
        text = f"Leaves out {figures.stage_left_out} of which the path is not known{also}."
        parts.append(Sentence(text, "faint"))
    return Section(title, tuple(parts))


def _in_progress(figures: Figures, chart: Chart, late: Sequence[tuple[int, str]]) -> Section:
    wip = figures.basic.wip
    pace = {stage.stage: stage.age for stage in figures.pace}
    stages = {stage.stage for stage in figures.time_in_stage}
    most = max([1, *(n for name, n in wip.by_stage if name in stages)])
    rows = []
    for name, n in wip.by_stage:
        age = pace.get(name)
        passed = (number(age.p50), number(age.p85)) if age is not None and age.n else ("", "")
        rows.append(row(name, *passed, Cell(f"{n:,}", bar=n / most if name in stages else 0.0)))
    columns = (
        Column("", shrinks=True),
        Column("p50 age when leaving", right=True),
        Column("p85", right=True),
        Column("items", bar=True),
    )
    parts: list[Part] = [Table(columns, tuple(rows))]
    oldest = [item for item in figures.ageing[:3] if item.key]
    if oldest:
        named = ", ".join(f"{item.key} ({count(item.age, 'day')}, {item.stage})" for item in oldest)
        parts.append(Sentence(f"Oldest: {named}."))
    if late:
        target = Target("Late, or likelier late than in time", tuple((id, "") for id, _ in late))
        text = (
            f"{count(len(late), 'item')} late, or likelier late than in time:"
            f" {listed([key for _, key in late])}. vsm forecast risks says why."
        )
        parts.append(Sentence(text, "warn", target))
    return Section(f"Work in progress: {wip.total:,}; items in every stage", (*parts, chart))


def _blockers(figures: Figures) -> Section:
    title = f"Blocked in the window: {figures.blocked_days:.1f} item-days"
    clusters = figures.clusters
    if not clusters:
        return Section(title, ())
    columns = (
        Column(""),
        Column("team", shrinks=True),
        *(Column(head, right=True) for head in ("blockers", "days", "median")),
    )
    rows = tuple(
        row(c.kind, c.team or "–", str(c.n), number(c.total_days), number(c.median_days))
        for c in clusters[:_CLUSTERS]
    )
    more = len(clusters) - len(rows)
    rest = (Sentence(f"and {more} more", "faint"),) if more > 0 else ()
    return Section(title, (Table(columns, rows), *rest))


def _quality(figures: Figures) -> Section:
    parts: list[Part] = []
    back, good, types = figures.rework, figures.complete_accurate, figures.types_finished
    if back.moves:
        per_item = back.per_finished_item
        ratio = f", {per_item:.2f} a finished item" if per_item is not None else ""
        worst = ", ".join(f"{p.source} to {p.target} {p.moves}" for p in back.pairs[:4])
        parts.append(Sentence(f"Rework: {back.moves} moves back{ratio}: {worst}."))
    if good.rolled is not None:
        stages = ", ".join(f"{q.stage} {percent(q.share)}" for q in good.by_stage)
        text = f"First-pass yield: {percent(good.rolled)} along the main path ({stages})."
        parts.append(Sentence(text))
    if good.left_out and parts:
        text = (
            f"Rework and first-pass yield leave out {count(good.left_out, 'item')} whose history"
            " is known only in part."
        )
        parts.append(Sentence(text, "faint"))
    if types.total:
        shares = ", ".join(f"{kind} {percent(n / types.total)}" for kind, n in types.counts if n)
        parts.append(Sentence(f"Work mix of what finished: {shares}."))
    return Section("Quality and work mix", tuple(parts))


def _clocks(skew: ClockSkew) -> Section:
    """The items whose times cannot be right, by key."""
    parts = []
    if skew.backwards:
        what = f"{BACKWARDS}, so no time of theirs is in a figure"
        parts.append(Sentence(f"{what}: {_keys(skew, skew.backwards)}", "warn"))
    if skew.in_future:
        what = "moved later than as-of, by a clock that was ahead"
        parts.append(Sentence(f"{what}: {_keys(skew, skew.in_future)}", "warn"))
    if skew.blockers:
        parts.append(Sentence(f"left out: {count(skew.blockers, 'blocker')} with such times"))
    return Section("Clocks that differed", tuple(parts))


def _keys(skew: ClockSkew, items: Sequence[int]) -> str:
    keys = dict(skew.keys)
    return listed([keys.get(item, "") for item in items])
