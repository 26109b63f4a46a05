"""The figures of a stream as charts: what each shows, tells and has behind it."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import partial

from vsm.features.metrics.results import Figures
from vsm.features.metrics.results import Scatter as Finished
from vsm.model.rules import day_of
from vsm.model.stream import ValueStream
from vsm.widgets.charts.ageing import LEVELS, PLAIN, Ageing
from vsm.widgets.charts.areas import Areas
from vsm.widgets.charts.bars import Bars, Row
from vsm.widgets.charts.chart import Chart, Items, Stop
from vsm.widgets.charts.scatter import Scatter
from vsm.widgets.charts.weeks import Weeks
from vsm.widgets.glyphs import ASCII, Glyphs


def charts(figures: Figures, stream: ValueStream, glyphs: Glyphs) -> tuple[Chart, ...]:
    """Every chart of the flow screen, in the order in which they stand there."""
    return (
        _scatter(figures),
        _areas(figures, stream),
        _ageing(figures, stream, PLAIN if glyphs is ASCII else LEVELS),
        _weeks(figures, glyphs),
        _waiting(figures, stream),
        _blockers(figures, glyphs),
        _rework(figures, glyphs),
        _kinds(figures),
        *_clocks(figures),
    )


BACKWARDS = "moves run backwards in time"


def days(value: float | None) -> str:
    """``1 day``, ``12 days``, ``4.2 days``."""
    if value is None:
        return "not known"
    text = f"{value:.0f}" if value == int(value) or value >= 100 else f"{value:.1f}"
    return f"{text} day" if text == "1" else f"{text} days"


def day(of: date) -> str:
    """``12 Mar 2026``."""
    return f"{of.day} {of:%b} {of.year}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.0f}%"


def _count(n: int, word: str) -> str:
    return f"1 {word}" if n == 1 else f"{n} {word}s"


def _with_days(found: Sequence[tuple[int, int]], more: str = "") -> Items:
    """Items with their days, of ``(days, item)``."""
    return tuple((item, f"{days(n)}{more}") for n, item in found)


def _plain(items: Sequence[int]) -> Items:
    return tuple((item, "") for item in items)


def _of_week(told: Finished, monday: date) -> Items:
    """The items that finished in the week of a Monday, each with its day and cycle time."""
    first = (monday - date(1970, 1, 1)).days
    run = range(bisect_left(told.day, first), bisect_left(told.day, first + 7))
    out = []
    for n in run:
        of, took = day_of(told.day[n]), told.cycle[n]
        untimed = BACKWARDS if told.lead[n] is None else "no start"
        words = days(took) if took is not None else untimed
        out.append((told.item[n], f"{of:%a} {of.day} {of:%b}, {words}"))
    return tuple(out)


# -- cycle time --------------------------------------------------------------------------


def _scatter(figures: Figures) -> Chart:
    told, basic = figures.finished, figures.basic
    cycle = basic.cycle_time_days
    first = (basic.first - date(1970, 1, 1)).days
    by_day: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for item, at, took in zip(told.item, told.day, told.cycle, strict=True):
        if took is not None:
            by_day[at].append((took, item))
    places = sorted(by_day)
    stops = []
    for at in places:
        found = sorted(by_day[at], reverse=True)
        named = ", ".join(str(n) for n, _ in found[:6]) + (" …" if len(found) > 6 else "")
        stops.append(
            Stop(
                f"{day(day_of(at))}: {len(found)} finished after {named}"
                f" {'day' if named == '1' else 'days'}",
                partial(_with_days, found),
            )
        )
    lines = [
        (name, float(value))
        for name, value in (("50%", cycle.p50), ("85%", cycle.p85), ("95%", cycle.p95))
        if value is not None
    ]
    left = basic.cycle_time_left_out
    missing = left.total
    skewed = f", {left.clock_skew} whose {BACKWARDS}" if left.clock_skew else ""
    sums = [
        f"{_count(cycle.n, 'item')} finished in the window with a known start; {missing} left out"
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
    words = f"85% within {days(cycle.p85)}" if cycle.n else ""
    if figures.p85_over_p50 is not None and cycle.n:
        words += f", {figures.p85_over_p50:.1f} times the median"
    if left.clock_skew and cycle.n:
        words += f", {left.clock_skew} left out (clocks)"
    return Scatter(
        id="cycle",
        title="Cycle time",
        summary=words or (f"{missing} finished without a known start" if missing else ""),
        about=(
            *("cycle_time_days", "predictability.p85_over_p50", "cycle_time_left_out"),
            *(("clock_skew",) if left.clock_skew else ()),
        ),
        sums=tuple(sums),
        stops=tuple(stops),
        empty="nothing with a known start finished in this window",
        begin=basic.first,
        days=(min(basic.last, _today(figures)) - basic.first).days + 1,
        points=tuple((at - first, took) for at in places for took, _ in by_day[at]),
        lines=tuple(lines),
        places=tuple(at - first for at in places),
    )


def _today(figures: Figures) -> date:
    shown = figures.cfd.days
    return shown[-1] if shown else figures.basic.last


# -- cumulative flow -----------------------------------------------------------------------


def _areas(figures: Figures, stream: ValueStream) -> Chart:
    told, law = figures.cfd, figures.littles_law
    category = {stage.name: stage.category for stage in stream.order}
    lines = [
        (each.stage, each.reached, each.below)
        for each in told.stages
        if category[each.stage] != "dropped"
    ]
    # Done stages are one area: what is over.
    working = [line for line in lines if not category[line[0]].ended]
    ended = [line for line in lines if category[line[0]].ended][:1]
    shown = [*working, *ended]
    stops = []
    for n, of in enumerate(told.days):
        parts = []
        for i, (name, reached, below) in enumerate(shown):
            after = shown[i + 1] if i + 1 < len(shown) else None
            if after is None:
                continue
            here = reached[n] - below[n] - after[1][n] + after[2][n]
            parts.append(f"{name} {here}")
        stops.append(Stop(f"{day(of)}: {', '.join(parts)}", ask=("wip", of.isoformat())))
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
        for each in law.conditions:
            value = "" if each.value is None else f" ({each.value:.2f})"
            sums.append(f"{'Holds' if each.holds else 'Does not hold'}: {each.name}{value}.")
    if told.corrections:
        sums.append(
            f"{_count(told.corrections, 'time')} an item was before a stage that it had reached."
        )
    arrived, left = figures.arrivals.mean, figures.departures.mean
    summary = ""
    if arrived is not None and left is not None:
        summary = f"{7 * arrived:.1f} start, {7 * left:.1f} finish a week"
    return Areas(
        id="cfd",
        title="Cumulative flow",
        summary=summary,
        about=("cfd", "littles_law", "arrivals", "departures"),
        sums=tuple(sums),
        stops=tuple(stops) if any(reached[-1] for _, reached, _ in shown if reached) else (),
        empty="no item had been created by then",
        begin=told.days[0] if told.days else figures.basic.first,
        lines=tuple((name, reached) for name, reached, _ in shown),
    )


# -- ageing ---------------------------------------------------------------------------------


def _ageing(figures: Figures, stream: ValueStream, lines: tuple[str, ...]) -> Chart:
    pace = {each.stage: each.age for each in figures.pace}
    by_stage: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for aged in figures.ageing:
        by_stage[aged.stage].append((aged.age, aged.item))
    stages, stops = [], []
    late = total = 0
    for stage in stream.order:
        if stage.category.ended or (stage.name not in pace and stage.name not in by_stage):
            continue
        here = sorted(by_stage[stage.name], reverse=True)
        age = pace.get(stage.name)
        levels: tuple[float, ...] = ()
        words = "no pace known"
        if age is not None and age.n:
            levels = tuple(
                float(each) for each in (age.p50, age.p70, age.p85, age.p95) if each is not None
            )
            words = (
                f"finished items had passed it at {age.p50} (50%), {age.p85} (85%),"
                f" {age.p95} days (95%)"
            )
            late += sum(n > levels[2] for n, _ in here)
            total += len(here)
        oldest = f", the oldest {days(here[0][0])}" if here else ""
        stages.append((stage.name, tuple(n for n, _ in here), levels))
        stops.append(
            Stop(
                f"{stage.name}: {_count(len(here), 'item')}{oldest}; {words}",
                partial(_with_days, here, " old"),
            )
        )
    ages = figures.age_days
    sums = [f"{_count(ages.n, 'item')} in progress with a known start."]
    if figures.clock_skew.ages:
        sums.append(f"Left out: {figures.clock_skew.ages} that started later than as-of.")
    if any(levels for *_, levels in stages):
        names = (f"{line} {share}%" for line, share in zip(lines, (50, 70, 85, 95), strict=True))
        sums.append(f"Lines of the pace: {', '.join(names)}.")
    if ages.n:
        sums.append(f"Ages: 50% {days(ages.p50)}, 85% {days(ages.p85)}, oldest {days(ages.max)}.")
    if total:
        sums.append(
            f"{late} of {total} are older than 85% of the finished items were when they passed the"
            " stage."
        )
    return Ageing(
        id="ageing",
        title="Ageing work",
        summary=f"{late} of {total} past the 85% pace" if total else "",
        about=("age_days", "ageing_pace"),
        sums=tuple(sums),
        stops=tuple(stops) if ages.n else (),
        empty="nothing is in progress",
        first=0,
        stages=tuple(stages),
    )


# -- throughput -------------------------------------------------------------------------------


def _weeks(figures: Figures, glyphs: Glyphs) -> Chart:
    limits, weeks = figures.xmr, figures.basic.weeks
    told = figures.finished  # in the order in which they finished: a week is a stretch of them
    signals = {signal.week.monday: signal.why for signal in limits.signals}
    today = _today(figures)
    stops, bars = [], []
    for week in weeks:
        sunday = week.monday + timedelta(days=6)
        whole = week.monday >= figures.basic.first and sunday <= min(today, figures.basic.last)
        why = signals.get(week.monday, "")
        part = "" if whole else ", only a part of it in the window"
        stops.append(
            Stop(
                f"{week.label} from {day(week.monday)}: {week.finished} finished{part}"
                + (f"; {why}" if why else ""),
                partial(_of_week, told, week.monday),
            )
        )
        mark = "" if not why else glyphs.over if limits.is_beyond(week) else glyphs.bullet
        bars.append((f"{week.monday.day} {week.monday:%b}", week.finished, whole, mark))
    sums, summary, drawn = [], "", None
    if limits.mean is not None and limits.upper is not None and limits.lower is not None:
        summary = f"{limits.mean:.1f} a week, noise {limits.lower:.0f} to {limits.upper:.0f}"
        drawn = (limits.mean, limits.upper, limits.lower)
        sums = [
            f"{limits.weeks} full weeks, {limits.mean:.2f} finished on average.",
            f"Mean moving range {(limits.upper - limits.mean) / 2.66:.2f};"
            f" limits {limits.mean:.2f} ± 2.66 of it: {limits.lower:.2f} to {limits.upper:.2f}.",
            *(f"{s.week.label}: {s.week.finished}, {s.why}." for s in limits.signals),
        ]
        if not limits.signals:
            sums.append("No week is a signal: all of it is noise.")
    elif weeks:
        sums = ["Fewer than two full weeks: no limits yet."]
    return Weeks(
        id="throughput",
        title="Throughput",
        summary=summary,
        about=("throughput.per_week", "predictability.xmr"),
        sums=tuple(sums),
        stops=tuple(stops) if any(week.finished for week in weeks) else (),
        empty="nothing finished in this window",
        weeks=tuple(bars),
        limits=drawn,
    )


# -- where the time goes ----------------------------------------------------------------------


def _waiting(figures: Figures, stream: ValueStream) -> Chart:
    told = figures.efficiency
    waits = dict(told.waiting_by_stage)
    working = {stage.name for stage in stream.order if stage.category.working}
    rows, stops, before = [], [], []
    for each in figures.time_in_stage:
        if not each.days.n:
            continue
        if each.stage not in working:
            before.append(
                f"{each.stage}, before the start: {each.total:.0f} days of"
                f" {_count(each.days.n, 'item')}, 50% {days(each.days.p50)}."
            )
            continue
        waited = min(waits.get(each.stage, 0.0), each.total) if told.ratio is not None else 0.0
        spread = each.days
        rows.append(
            Row(each.stage, (each.total - waited, waited), f"{each.total:.0f}d")
            if told.ratio is not None
            else Row(each.stage, (each.total,), f"{each.total:.0f}d")
        )
        stops.append(
            Stop(
                f"{each.stage}: {each.total:.0f} days of {_count(spread.n, 'item')},"
                f" {waited:.0f} of them waiting; 50% {days(spread.p50)}, 85% {days(spread.p85)}",
                ask=("stage", each.stage),
            )
        )
    sums = []
    if told.ratio is not None:
        sums.append(
            f"{told.active_days:.1f} active days of {told.active_days + told.waiting_days:.1f}"
            f" between start and finish: {_percent(told.ratio)}."
        )
        if waits:
            stage, most = max(waits.items(), key=lambda pair: pair[1])
            sums.append(f"Most of the waiting is in {stage}: {most:.1f} days.")
    sums += before
    if figures.stage_left_out:
        backwards = figures.clock_skew.finished
        also = f" ({backwards}: {BACKWARDS})" if backwards else ""
        sums.append(
            f"{_count(figures.stage_left_out, 'item')} left out: the path is not known{also}."
        )
    return Bars(
        id="waiting",
        title="Where time goes",
        summary=f"flow efficiency {_percent(told.ratio)}" if told.ratio is not None else "",
        about=("flow_efficiency", "time_in_stage"),
        sums=tuple(sums),
        stops=tuple(stops),
        empty="no finished item with a known path",
        first=0,
        rows=tuple(rows),
        legend=("worked on", "waiting") if told.ratio is not None else (),
    )


def _blockers(figures: Figures, glyphs: Glyphs) -> Chart:
    clusters, skewed = figures.clusters, figures.clock_skew.blockers
    stops = tuple(
        Stop(
            f"{each.kind}, {each.team or 'no team'}: {_count(each.n, 'blocker')},"
            f" {each.total_days:.1f} days, median {each.median_days:.1f}",
            partial(_plain, each.items),
        )
        for each in clusters
    )
    rows = tuple(
        Row(
            f"{each.kind} {glyphs.dot} {each.team}" if each.team else each.kind,
            (each.total_days,),
            f"{each.n}x {each.total_days:.0f}d",
        )
        for each in clusters
    )
    return Bars(
        id="blockers",
        title="Blockers",
        summary=f"{figures.blocked_days:.0f} item-days" if clusters else "",
        about=("blocked.clusters", "blocked.days"),
        sums=(
            f"{figures.blocked_days:.1f} item-days blocked in the window.",
            *((f"Left out: {skewed} with times that cannot be right.",) if skewed else ()),
        ),
        stops=stops,
        empty="nothing was blocked in this window",
        first=0,
        rows=rows,
    )


def _rework(figures: Figures, glyphs: Glyphs) -> Chart:
    told, good = figures.rework, figures.complete_accurate
    stops = tuple(
        Stop(
            f"{a} back to {b}: {_count(n, 'move')} of {_count(len(set(items)), 'item')}",
            partial(_counted, items),
        )
        for a, b, n, items in told.pairs
    )
    rows = tuple(Row(f"{a} {glyphs.arrow} {b}", (float(n),), f"{n}") for a, b, n, _ in told.pairs)
    sums = []
    if told.per_finished_item is not None:
        sums.append(f"{told.moves} moves back, {told.per_finished_item:.2f} a finished item.")
    if good.rolled is not None:
        each = ", ".join(f"{q.stage} {_percent(q.share)}" for q in good.by_stage)
        sums.append(f"Left for good: {each}.")
        path = f" {glyphs.arrow} ".join(good.path)
        sums.append(f"Along {path}: {_percent(good.rolled)} need no return.")
    return Bars(
        id="rework",
        title="Rework",
        summary=f"{told.moves} back"
        + (
            f", {_percent(good.rolled)} right first time"
            if good.rolled is not None and len(good.path) > 1
            else ""
        ),
        about=("rework", "complete_accurate"),
        sums=tuple(sums),
        stops=stops,
        empty="nothing went back in this window",
        first=0,
        rows=rows,
    )


def _counted(items: Sequence[int]) -> Items:
    times: dict[int, int] = {}
    for item in items:
        times[item] = times.get(item, 0) + 1
    by_most = sorted(times.items(), key=lambda pair: -pair[1])
    return tuple((item, "once" if n == 1 else f"{n} times") for item, n in by_most)


def _kinds(figures: Figures) -> Chart:
    done, wip = figures.types_finished, figures.types_wip
    rows, stops = [], []
    for (kind, n), (_, running) in zip(done.counts, wip.counts, strict=True):
        share = n / done.total if done.total else None
        of_wip = running / wip.total if wip.total else None
        rows.append(
            Row(kind, (float(n), float(running)), f"{_percent(share)} done, {_percent(of_wip)} WIP")
        )
        stops.append(
            Stop(
                f"{kind}: {n} of {done.total} finished, {running} of {wip.total} in progress",
                ask=("type", kind),
            )
        )
    return Bars(
        id="kinds",
        title="Kinds of work",
        summary=f"{done.total} done, {wip.total} in progress",
        about=("distribution",),
        sums=_shares("Finished", done.counts, done.total) + _shares("WIP", wip.counts, wip.total),
        stops=tuple(stops) if done.total + wip.total else (),
        empty="nothing finished or in progress",
        first=0,
        rows=tuple(rows),
        legend=("finished", "in progress"),
    )


def _shares(what: str, counts: Iterable[tuple[str, int]], total: int) -> tuple[str, ...]:
    if not total:
        return ()
    parts = ", ".join(f"{kind} {n}/{total} = {_percent(n / total)}" for kind, n in counts)
    return (f"{what}: {parts}.",)


# -- clocks that differed -----------------------------------------------------------------------


def _clocks(figures: Figures) -> tuple[Chart, ...]:
    """The items whose times cannot be right; no chart where there are none."""
    skew = figures.clock_skew
    kinds = (
        ("backwards", skew.backwards, f"whose {BACKWARDS}: left out of every time"),
        ("in the future", skew.in_future, "moved later than as-of, by a clock that was ahead"),
    )
    found = [(name, items, words) for name, items, words in kinds if items]
    if not found:
        return ()
    total = len(skew.backwards) + len(skew.in_future)
    return (
        Bars(
            id="clocks",
            title="Clocks that differed",
            summary=f"{_count(total, 'item')} with times that cannot be right",
            about=("clock_skew",),
            sums=tuple(f"{_count(len(items), 'item')} {words}." for _, items, words in found),
            stops=tuple(
                Stop(f"{_count(len(items), 'item')} {words}", partial(_plain, items))
                for _, items, words in found
            ),
            empty="",
            first=0,
            rows=tuple(
                Row(name, (float(len(items)),), f"{len(items)}") for name, items, _ in found
            ),
        ),
    )
