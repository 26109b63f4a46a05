"""The charts of the flow figures that are bars: flow efficiency, blockers, rework, work mix."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from vsm.features.metrics.results import Figures
from vsm.model.stream import ValueStream
from vsm.report.charts import Bar, BarChart, Chart, Items, Stop
from vsm.report.wording import count, days, nothing, percent

BACKWARDS = "moves run backwards in time"


def _plain(items: Sequence[int]) -> Items:
    return tuple((item, "") for item in items)


def flow_efficiency(figures: Figures, stream: ValueStream) -> Chart:
    """Active and waiting time by stage."""
    efficiency = figures.efficiency
    waits = dict(efficiency.waiting_by_stage)
    working = {stage.name for stage in stream.order if stage.category.working}
    rows, stops, before = [], [], []
    for stage in figures.time_in_stage:
        if not stage.days.n:
            continue
        if stage.stage not in working:
            before.append(
                f"{stage.stage}, before the start: {stage.total:.0f} days of"
                f" {count(stage.days.n, 'item')}, 50% {days(stage.days.p50)}."
            )
            continue
        waited = min(waits.get(stage.stage, 0.0), stage.total)
        if efficiency.ratio is None:
            waited = 0.0
        spread = stage.days
        rows.append(
            Bar(stage.stage, (stage.total - waited, waited), f"{stage.total:.0f}d")
            if efficiency.ratio is not None
            else Bar(stage.stage, (stage.total,), f"{stage.total:.0f}d")
        )
        stops.append(
            Stop(
                f"{stage.stage}: {stage.total:.0f} days of {count(spread.n, 'item')},"
                f" {waited:.0f} of them waiting; 50% {days(spread.p50)}, 85% {days(spread.p85)}",
                ask=("stage", stage.stage),
            )
        )
    sums = []
    if efficiency.ratio is not None:
        sums.append(
            f"{efficiency.active_days:.1f} active days of"
            f" {efficiency.active_days + efficiency.waiting_days:.1f}"
            f" between start and finish: {percent(efficiency.ratio)}."
        )
        if waits:
            name, most = max(waits.items(), key=lambda pair: pair[1])
            sums.append(f"Most of the waiting is in {name}: {most:.1f} days.")
    sums += before
    if figures.stage_left_out:
        backwards = figures.clock_skew.finished
        also = f" ({backwards}: {BACKWARDS})" if backwards else ""
        sums.append(
            f"{count(figures.stage_left_out, 'item')} left out: the path is not known{also}."
        )
    return BarChart(
        id="waiting",
        title="Flow efficiency",
        summary=f"{percent(efficiency.ratio)} active" if efficiency.ratio is not None else "",
        about=("flow_efficiency", "time_in_stage"),
        sums=tuple(sums),
        stops=tuple(stops),
        empty="no finished item with a known path",
        first=0,
        rows=tuple(rows),
        legend=("active", "waiting") if efficiency.ratio is not None else (),
    )


def blockers(figures: Figures) -> Chart:
    """Blocked time by kind of blocker and team."""
    clusters, skewed = figures.clusters, figures.clock_skew.blockers
    stops = tuple(
        Stop(
            f"{cluster.kind}, {cluster.team or 'no team'}: {count(cluster.n, 'blocker')},"
            f" {cluster.total_days:.1f} days, median {cluster.median_days:.1f}",
            partial(_plain, cluster.items),
        )
        for cluster in clusters
    )
    rows = tuple(
        Bar(
            f"{cluster.kind} · {cluster.team}" if cluster.team else cluster.kind,
            (cluster.total_days,),
            f"{cluster.n}x {cluster.total_days:.0f}d",
        )
        for cluster in clusters
    )
    return BarChart(
        id="blockers",
        title="Blockers",
        summary=f"{figures.blocked_days:.0f} item-days" if clusters else "",
        about=("blocked.clusters", "blocked.days"),
        sums=(
            f"{figures.blocked_days:.1f} item-days blocked in the window.",
            *((f"Left out: {skewed} with times that cannot be right.",) if skewed else ()),
        ),
        stops=stops,
        empty=nothing("was blocked"),
        first=0,
        rows=rows,
    )


def rework(figures: Figures) -> Chart:
    """Moves back by pair of stages."""
    moves, good = figures.rework, figures.complete_accurate
    stops = tuple(
        Stop(
            f"{a} back to {b}: {count(n, 'move')} of {count(len(set(items)), 'item')}",
            partial(_counted, items),
        )
        for a, b, n, items in moves.pairs
    )
    rows = tuple(Bar(f"{a} → {b}", (float(n),), f"{n}") for a, b, n, _ in moves.pairs)
    sums = []
    if moves.per_finished_item is not None:
        sums.append(f"{moves.moves} moves back, {moves.per_finished_item:.2f} a finished item.")
    if good.rolled is not None:
        stages = ", ".join(f"{q.stage} {percent(q.share)}" for q in good.by_stage)
        sums.append(f"First-pass yield: {stages}.")
        path = " → ".join(good.path)
        sums.append(f"Along {path}: {percent(good.rolled)} need no return.")
    return BarChart(
        id="rework",
        title="Rework",
        summary=f"{moves.moves} back"
        + (
            f", {percent(good.rolled)} first-pass yield"
            if good.rolled is not None and len(good.path) > 1
            else ""
        ),
        about=("rework", "complete_accurate"),
        sums=tuple(sums),
        stops=stops,
        empty=nothing("went back"),
        first=0,
        rows=rows,
    )


def _counted(items: Sequence[int]) -> Items:
    times: dict[int, int] = {}
    for item in items:
        times[item] = times.get(item, 0) + 1
    by_most = sorted(times.items(), key=lambda pair: -pair[1])
    return tuple((item, "once" if n == 1 else f"{n} times") for item, n in by_most)


def work_mix(figures: Figures) -> Chart:
    """Finished items and WIP by flow type."""
    done, wip = figures.types_finished, figures.types_wip
    rows, stops = [], []
    for (kind, n), (_, running) in zip(done.counts, wip.counts, strict=True):
        share = n / done.total if done.total else None
        of_wip = running / wip.total if wip.total else None
        rows.append(
            Bar(
                kind,
                (float(n), float(running)),
                f"{percent(share)}, {percent(of_wip)} of WIP",
            )
        )
        stops.append(
            Stop(
                f"{kind}: {percent(share)} of finished ({n} of {done.total}),"
                f" {percent(of_wip)} of WIP ({running} of {wip.total})",
                ask=("type", kind),
            )
        )
    return BarChart(
        id="kinds",
        title="Work mix",
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
    parts = ", ".join(f"{kind} {n}/{total} = {percent(n / total)}" for kind, n in counts)
    return (f"{what}: {parts}.",)


def skewed_clocks(figures: Figures) -> tuple[Chart, ...]:
    """The items whose times cannot be right; no chart where there are none."""
    skew = figures.clock_skew
    kinds = (
        ("backwards", skew.backwards, f"whose {BACKWARDS}: left out of every time"),
        ("in the future", skew.in_future, "moved later than as-of, by a clock that was ahead"),
    )
    kinds_there = [(name, items, words) for name, items, words in kinds if items]
    if not kinds_there:
        return ()
    total = len(skew.backwards) + len(skew.in_future)
    return (
        BarChart(
            id="clocks",
            title="Clocks that differed",
            summary=f"{count(total, 'item')} with times that cannot be right",
            about=("clock_skew",),
            sums=tuple(f"{count(len(items), 'item')} {words}." for _, items, words in kinds_there),
            stops=tuple(
                Stop(f"{count(len(items), 'item')} {words}", partial(_plain, items))
                for _, items, words in kinds_there
            ),
            empty="",
            first=0,
            rows=tuple(
                Bar(name, (float(len(items)),), f"{len(items)}") for name, items, _ in kinds_there
            ),
        ),
    )
