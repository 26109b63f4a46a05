"""The main charts of the flow figures: cycle time, cumulative flow, ageing work, throughput."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from itertools import pairwise

from vsm.features.metrics.bar_charts import (
    BACKWARDS,
    blockers,
    flow_efficiency,
    rework,
    skewed_clocks,
    work_mix,
)
from vsm.features.metrics.day_ranges import (
    cycle_times_between,
    finishes_between,
    starts_between,
)
from vsm.features.metrics.results import Cfd, Figures, Scatter
from vsm.model.rules import LEVELS, day_of
from vsm.model.stream import ValueStream
from vsm.report.charts import (
    PACE_LINES,
    AgeingChart,
    AreaChart,
    Chart,
    Items,
    ScatterChart,
    Stop,
    WeekChart,
)
from vsm.report.wording import (
    CANNOT_TELL,
    MIN_RATE_DAYS,
    PARTIAL_WEEK,
    count,
    day,
    days,
    nothing,
)

FEW_STAGES = 9
"""Of more stages a chart names only those that hold items, and numbers them."""
_Level = tuple[str, tuple[int, ...], tuple[int, ...]]
"""A stage, how many items had reached it by each day, and how many of them were before it again."""


def charts(
    figures: Figures,
    stream: ValueStream,
    lines: tuple[str, ...] = PACE_LINES,
    *,
    backlog: bool = True,
) -> tuple[Chart, ...]:
    """Every chart of the figures, in the order in which the flow screen shows them.

    ``lines`` are the characters that lines of the pace are drawn with. Without ``backlog`` the
    cumulative flow leaves out the stages of the backlog, which can be far larger than the rest.
    """
    return (
        cycle_time(figures),
        cumulative_flow(figures, stream, backlog=backlog),
        ageing_work(figures, stream, lines),
        throughput(figures),
        flow_efficiency(figures, stream),
        blockers(figures),
        rework(figures),
        work_mix(figures),
        *skewed_clocks(figures),
    )


def _with_days(items: Sequence[tuple[int, int]], more: str = "") -> Items:
    """Items with their days, of ``(days, item)``."""
    return tuple((item, f"{days(n)}{more}") for n, item in items)


def _of_week(scatter: Scatter, monday: date) -> Items:
    """The items that finished in the week of a Monday, each with its day and cycle time."""
    first = (monday - date(1970, 1, 1)).days
    run = range(bisect_left(scatter.day, first), bisect_left(scatter.day, first + 7))
    out = []
    for n in run:
        of, took = day_of(scatter.day[n]), scatter.cycle[n]
        untimed = BACKWARDS if scatter.lead[n] is None else "no start"
        words = days(took) if took is not None else untimed
        out.append((scatter.item[n], f"{of:%a} {of.day} {of:%b}, {words}"))
    return tuple(out)


def cycle_time(figures: Figures) -> Chart:
    """Cycle times by the day of the finish."""
    scatter, basic = figures.finished, figures.basic
    cycle = basic.cycle_time_days
    first = (basic.first - date(1970, 1, 1)).days
    by_day: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for item, at, took in zip(scatter.item, scatter.day, scatter.cycle, strict=True):
        if took is not None:
            by_day[at].append((took, item))
    places = sorted(by_day)
    stops = []
    for at in places:
        items = sorted(by_day[at], reverse=True)
        named = ", ".join(str(n) for n, _ in items[:6]) + (" …" if len(items) > 6 else "")
        stops.append(
            Stop(
                f"{day(day_of(at))}: {len(items)} finished after {named}"
                f" {'day' if named == '1' else 'days'}",
                partial(_with_days, items),
                days=(day_of(at), day_of(at)),
            )
        )
    lines = [
        (name, float(value))
        for name, value in (("50%", cycle.p50), ("85%", cycle.p85), ("95%", cycle.p95))
        if value is not None
    ]
    left = basic.cycle_time_left_out
    missing = left.total
    words = f"85% within {days(cycle.p85)}" if cycle.n else ""
    if figures.p85_over_p50 is not None and cycle.n:
        words += f", {figures.p85_over_p50:.1f} times the median"
    if left.clock_skew and cycle.n:
        words += f", {left.clock_skew} left out (clocks)"
    return ScatterChart(
        id="cycle",
        title="Cycle time",
        summary=words or (f"{missing} finished without a known start" if missing else ""),
        short=f"85% within {days(cycle.p85)}" if cycle.n else f"{missing} without a start",
        about=(
            *("cycle_time_days", "predictability.p85_over_p50", "cycle_time_left_out"),
            *(("clock_skew",) if left.clock_skew else ()),
        ),
        sums=_cycle_sums(figures),
        stops=tuple(stops),
        empty=nothing("finished with a known start"),
        begin=basic.first,
        days=(min(basic.last, _today(figures)) - basic.first).days + 1,
        between=partial(cycle_times_between, scatter),
        points=tuple((at - first, took) for at in places for took, _ in by_day[at]),
        lines=tuple(lines),
        places=tuple(at - first for at in places),
    )


def _cycle_sums(figures: Figures) -> tuple[str, ...]:
    """How cycle time comes about, and what it leaves out."""
    basic = figures.basic
    cycle, left = basic.cycle_time_days, basic.cycle_time_left_out
    skewed = f", {left.clock_skew} whose {BACKWARDS}" if left.clock_skew else ""
    sums = [
        f"{count(cycle.n, 'item')} finished in the window with a known start; {left.total} left out"
        f" ({left.finished_without_start} without a start, {left.truncated} with a truncated"
        f" history, {left.endpoints_only} with endpoints only{skewed}).",
    ]
    if cycle.n:
        sums += [
            f"50%: {days(cycle.p50)}. 70%: {days(cycle.p70)}. 85%: {days(cycle.p85)}."
            f" 95%: {days(cycle.p95)}. Longest: {days(cycle.max)}. Mean: {cycle.mean:.1f} days.",
        ]
    if figures.p85_over_p50 is not None:
        sums.append(
            f"Predictability: {days(cycle.p85)} / {days(cycle.p50)} = {figures.p85_over_p50:.1f}."
        )
    if basic.lead_time_left_out:
        sums.append(f"Lead time leaves out {basic.lead_time_left_out} whose {BACKWARDS}.")
    return tuple(sums)


def _today(figures: Figures) -> date:
    shown = figures.cfd.days
    return shown[-1] if shown else figures.basic.last


def _weekly_rates(figures: Figures) -> tuple[str, str]:
    """Starts and finishes a week, of items whose start is known: others are in neither rate; and
    the same where there is little room.
    """
    arrived, left = figures.arrivals.mean, figures.departures.mean
    if arrived is None or left is None or len(figures.cfd.days) < MIN_RATE_DAYS:
        return "", ""
    known = left == figures.throughput.mean
    if not arrived and not left:
        short = "nothing moved" if known else "no start known"
        return "nothing started or finished" if known else "no start is known", short
    begun, ended = f"{7 * arrived:.1f}", f"{7 * left:.1f}"
    if known:
        return f"{begun} start, {ended} finish a week", f"{begun} in, {ended} out/wk"
    return (
        f"{begun} start, {ended} finish a week (known starts)",
        f"known {begun} in, {ended} out",
    )


def cumulative_flow(figures: Figures, stream: ValueStream, *, backlog: bool = True) -> Chart:
    """How many items had reached each stage, day by day."""
    cfd, law = figures.cfd, figures.littles_law
    category = {stage.name: stage.category for stage in stream.order}
    lines = [
        (stage.stage, stage.reached, stage.below)
        for stage in cfd.stages
        if backlog or category[stage.stage] != "backlog"
    ]
    # Done stages are one area: what is over. Dropped items, past every stage, have one under it.
    working = [line for line in lines if not category[line[0]].ended]
    ended = [line for line in lines if category[line[0]] == "done"][:1]
    dropped = [line for line in lines if category[line[0]] == "dropped" and any(line[1])][:1]
    shown = [*working, *ended, *dropped]
    sums = []
    if law.avg_wip is not None and law.avg_throughput_per_day is not None:
        sums.append(
            f"Average WIP {law.avg_wip:.1f}; {law.avg_throughput_per_day:.2f} finished a day."
        )
        if law.predicted_cycle_time_days is not None and law.avg_cycle_time_days is not None:
            sums.append(
                f"Little's Law: {law.avg_wip:.1f} / {law.avg_throughput_per_day:.2f} ="
                f" {law.predicted_cycle_time_days:.1f} days; measured were"
                f" {law.avg_cycle_time_days:.1f}."
            )
        for condition in law.conditions:
            value = "" if condition.value is None else f" ({condition.value:.2f})"
            holds = "Holds" if condition.holds else "Does not hold"
            sums.append(f"{holds}: {condition.name}{value}.")
    sums += [_reached(last, (*working, *ended), bool(dropped)) for last in cfd.days[-1:]]
    if cfd.corrections:
        sums.append(
            f"{count(cfd.corrections, 'time')} an item was before a stage that it had reached."
        )
    summary, short = _weekly_rates(figures)
    return AreaChart(
        id="cfd",
        title="Cumulative flow",
        summary=summary,
        short=short,
        about=("cfd", "littles_law", "arrivals", "departures"),
        sums=tuple(sums),
        stops=_flow_stops(cfd, shown),
        empty="no item had been created by then",
        begin=cfd.days[0] if cfd.days else figures.basic.first,
        lines=tuple(
            (name, reached) for name, reached, _ in (*working, *ended, *_under(ended, dropped))
        ),
        has_dropped=bool(dropped),
        between=partial(starts_between, figures),
        held=_held(shown, -1) if cfd.days else (),
    )


def _flow_stops(cfd: Cfd, shown: Sequence[_Level]) -> tuple[Stop, ...]:
    """The items in each stage at the end of each day; of many stages only those that hold some."""
    if not any(reached[-1] for _, reached, _ in shown if reached):
        return ()
    stops = []
    for n, of in enumerate(cfd.days):
        named = [(line[0], there) for line, there in zip(shown, _held(shown, n), strict=True)]
        some = [pair for pair in named if pair[1] or len(named) <= FEW_STAGES]
        parts = ", ".join(f"{name} {there}" for name, there in some)
        if len(some) < len(named):
            parts += f"; {len(named) - len(some)} stages without items"
        stops.append(Stop(f"{day(of)}: {parts}", ask=("wip", of.isoformat()), days=(of, of)))
    return tuple(stops)


def _reached(last: date, lines: Sequence[_Level], has_dropped: bool) -> str:
    """How many items had reached each stage by the last day."""
    also = " (with dropped ones)" if has_dropped else ""
    return f"Reached by {day(last)}{also}: {', '.join(f'{n} {line[-1]}' for n, line, _ in lines)}."


def _under(ended: Sequence[_Level], dropped: Sequence[_Level]) -> list[_Level]:
    """The band of dropped items under that of done ones, as far as it grew in the window.

    A chart shows no more of done than what was done in the window either: the band lies at its
    foot.
    """
    if not ended or not dropped or not ended[0][1]:
        return list(dropped)
    (_, done, _), (name, gone, below) = ended[0], dropped[0]
    tops = tuple(min(top, done[0] + n - gone[0]) for top, n in zip(done, gone, strict=True))
    return [(name, tops, below)]


def _held(
    lines: Sequence[tuple[str, tuple[int, ...], tuple[int, ...]]], at: int
) -> tuple[int, ...]:
    """The items in each stage on a day; all done stages count as one.

    What is between two lines is WIP only without the items that are before them again.
    """
    there = [reached[at] - below[at] for _, reached, below in lines]
    return (*(a - b for a, b in pairwise(there)), *there[-1:])


def ageing_work(figures: Figures, stream: ValueStream, lines: tuple[str, ...]) -> Chart:
    """Ages of work in progress by stage, against those of finished items."""
    pace = {stage.stage: stage.age for stage in figures.pace}
    by_stage: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for aged in figures.ageing:
        by_stage[aged.stage].append((aged.age, aged.item))
    stages, stops, numbers = [], [], []
    places = {stage.id: n for n, stage in enumerate(stream.line, 1)}
    late = total = 0
    for stage in stream.order:
        if stage.category.ended or (stage.name not in pace and stage.name not in by_stage):
            continue
        ages_here = sorted(by_stage[stage.name], reverse=True)
        age = pace.get(stage.name)
        levels: tuple[float, ...] = ()
        words = CANNOT_TELL
        if age is not None and age.n:
            levels = tuple(
                float(level) for level in (age.p50, age.p70, age.p85, age.p95) if level is not None
            )
            words = (
                f"finished items had passed it at {age.p50} (50%), {age.p85} (85%),"
                f" {age.p95} days (95%)"
            )
            late += sum(n > levels[2] for n, _ in ages_here)
            total += len(ages_here)
        oldest = f", the oldest {days(ages_here[0][0])}" if ages_here else ""
        stages.append((stage.name, tuple(n for n, _ in ages_here), levels))
        numbers.append(places.get(stage.id, 0))
        number = f"{numbers[-1]} " if len(places) > FEW_STAGES else ""
        stops.append(
            Stop(
                f"{number}{stage.name}: {count(len(ages_here), 'item')}{oldest}; {words}",
                partial(_with_days, ages_here, " old"),
            )
        )
    sums = _ageing_sums(figures, lines if any(levels for *_, levels in stages) else ())
    if total:
        sums.append(
            f"{late} of {total} are older than 85% of the finished items were when they passed the"
            " stage."
        )
    return AgeingChart(
        id="ageing",
        title="Ageing work",
        summary=f"{late} of {total} older than p85" if total else "",
        about=("age_days", "ageing_pace"),
        sums=tuple(sums),
        stops=tuple(stops) if figures.age_days.n else (),
        empty="nothing is in progress",
        first=0,
        stages=tuple(stages),
        numbers=tuple(numbers),
    )


def _ageing_sums(figures: Figures, lines: Sequence[str]) -> list[str]:
    """How ages come about; ``lines`` are the characters that lines of the pace are drawn with."""
    ages = figures.age_days
    sums = [f"{count(ages.n, 'item')} in progress with a known start."]
    if figures.clock_skew.ages:
        sums.append(f"Left out: {figures.clock_skew.ages} that started later than as-of.")
    if lines:
        names = (f"{line} {share}%" for line, share in zip(lines, LEVELS, strict=True))
        sums.append(f"Lines of the pace: {', '.join(names)}.")
    if ages.n:
        sums.append(f"Ages: 50% {days(ages.p50)}, 85% {days(ages.p85)}, oldest {days(ages.max)}.")
    return sums


def throughput(figures: Figures) -> Chart:
    """Items finished by week, with the natural process limits."""
    limits, weeks = figures.xmr, figures.basic.weeks
    scatter = figures.finished  # in the order in which they finished: a week is a stretch of them
    signals = {signal.week.monday: signal.why for signal in limits.signals}
    today = _today(figures)
    stops, bars = [], []
    for week in weeks:
        sunday = week.monday + timedelta(days=6)
        whole = week.monday >= figures.basic.first and sunday <= min(today, figures.basic.last)
        why = signals.get(week.monday, "")
        part = "" if whole else f", {PARTIAL_WEEK}"
        stops.append(
            Stop(
                f"{week.label} from {day(week.monday)}: {week.finished} finished{part}"
                + (f"; {why}" if why else ""),
                partial(_of_week, scatter, week.monday),
                days=(
                    max(week.monday, figures.basic.first),
                    min(sunday, today, figures.basic.last),
                ),
            )
        )
        mark = "" if not why else "▲" if limits.is_beyond(week) else "•"
        bars.append((f"{week.monday.day} {week.monday:%b}", week.finished, whole, mark))
    sums, summary, drawn = [], "", None
    if limits.mean is not None and limits.upper is not None and limits.lower is not None:
        summary = (
            ""
            if not any(week.finished for week in weeks)
            else (
                f"{limits.mean:.1f} in a full week, limits {limits.lower:.1f} to {limits.upper:.1f}"
            )
        )
        drawn = (limits.mean, limits.upper, limits.lower)
        sums = [
            f"{limits.weeks} full weeks, {limits.mean:.2f} finished on average.",
            f"Mean moving range {(limits.upper - limits.mean) / 2.66:.2f};"
            f" limits {limits.mean:.2f} ± 2.66 of it: {limits.lower:.2f} to {limits.upper:.2f}.",
            *(f"{s.week.label}: {s.week.finished}, {s.why}." for s in limits.signals),
        ]
        if not limits.signals:
            sums.append("No week is a signal: all lie within the natural process limits.")
    elif weeks:
        sums = [f"{CANNOT_TELL}: fewer than two full weeks."]
    return WeekChart(
        id="throughput",
        title="Throughput",
        summary=summary,
        short=f"{limits.mean:.1f} in a full week" if summary and limits.mean is not None else "",
        about=("throughput.per_week", "predictability.xmr"),
        sums=tuple(sums),
        stops=tuple(stops) if any(week.finished for week in weeks) else (),
        empty=nothing("finished"),
        between=partial(finishes_between, figures),
        weeks=tuple(bars),
        limits=drawn,
    )
