"""Computes all figures of a stream for reports, charts and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vsm.features.metrics.basic import basic
from vsm.features.metrics.blocker_clusters import clusters
from vsm.features.metrics.cfd import cfd
from vsm.features.metrics.rates import littles_law, per_day, xmr
from vsm.features.metrics.results import (
    Aged,
    ClockSkew,
    Figures,
    Metrics,
    Pace,
    PerDay,
    Scatter,
    Share,
    Week,
)
from vsm.features.metrics.rework import complete_accurate, rework
from vsm.features.metrics.spread import spread
from vsm.features.metrics.stage_times import efficiency, pace, time_in_stage
from vsm.flow.blockers import Blocked
from vsm.flow.days import day_numbers
from vsm.flow.facts import TYPES, Facts
from vsm.flow.finishing import finished_in
from vsm.flow.flow_data import FlowData
from vsm.flow.history import History
from vsm.flow.window import Window, window
from vsm.model.rules import DAY, day_start
from vsm.model.stream import ValueStream


def figures(
    history: History,
    facts: Facts,
    stream: ValueStream,
    *,
    first: date | None = None,
    last: date | None = None,
    as_of: int,
) -> Figures:
    """Every figure of docs/metrics.md as known at ``as_of`` (UTC microseconds).

    Window and errors are those of :func:`vsm.features.metrics.basic.metrics`.
    """
    span = window(first, last, stream.zone, as_of)
    return figures_of(FlowData.of(history.as_of(as_of), stream), facts, span)


class FlowFigures(NamedTuple):
    """The figures that a diagnosis asks for, as :class:`Figures` has them."""

    basic: Metrics
    throughput: PerDay
    ageing: tuple[Aged, ...]
    pace: tuple[Pace, ...]


def flow_figures_of(data: FlowData, span: Window) -> FlowFigures:
    """Just these of :func:`figures_of`."""
    rows = np.flatnonzero(finished_in(data, span))
    both = rows[data.is_timed[rows] & data.has_full_path[rows]]
    return FlowFigures(
        basic=basic(data, span),
        throughput=per_day(data.days[2][rows], span),
        ageing=_ageing(data, span)[0],
        pace=pace(data, data.paths(both)),
    )


def figures_of(data: FlowData, facts: Facts, span: Window) -> Figures:
    """Every figure from ``data`` that has nothing later than the window's ``as_of``.

    Another window of the same ``data`` costs little if the facts are aligned to its history.
    """
    flow = data.flow
    rows = np.flatnonzero(finished_in(data, span))
    timed = rows[data.is_timed[rows]]
    pathed = rows[data.has_full_path[rows]]
    both = timed[data.has_full_path[timed]]
    all_paths = data.paths(pathed)
    paths = all_paths if both.size == pathed.size else data.paths(both)
    _, started, finished = data.days
    arrived = np.flatnonzero(data.is_timed & span.holds(flow.start))
    blocks = facts.blocks.up_to(data.history, span.as_of)
    blocked = Blocked(blocks)
    types = facts.aligned_to(data.history).type
    metrics = basic(data, span)
    cycle = metrics.cycle_time_days
    ages, started_later = _ageing(data, span)
    return Figures(
        basic=metrics,
        finished=_finished(data, span),
        ageing=ages,
        age_days=spread(np.array([a.age for a in ages], dtype=np.int64)),
        throughput=per_day(finished[rows], span),
        arrivals=per_day(started[arrived], span),
        departures=per_day(finished[timed], span),
        littles_law=littles_law(data, span, timed),
        efficiency=efficiency(data, paths, blocked),
        time_in_stage=time_in_stage(data, all_paths),
        types_finished=_share(types[rows]),
        types_wip=_share(types[data.in_progress]),
        blocked_days=_blocked_days(data, blocked, span),
        clusters=clusters(blocks, span, data.history.item, facts.teams),
        rework=rework(data, span, int(np.count_nonzero(data.is_full[rows]))),
        complete_accurate=complete_accurate(data, span),
        pace=pace(data, paths),
        p85_over_p50=cycle.p85 / cycle.p50 if cycle.p85 is not None and cycle.p50 else None,
        xmr=xmr(_full_weeks(metrics.weeks, span)),
        cfd=cfd(data, span),
        stage_left_out=rows.size - pathed.size,
        clock_skew=_clock_skew(data, facts, span, metrics, started_later),
    )


def _clock_skew(
    data: FlowData, facts: Facts, span: Window, metrics: Metrics, started_later: int
) -> ClockSkew:
    """The items whose times contradict their order, and what figures leave out for that reason."""
    history = data.history
    return ClockSkew(
        backwards=tuple(history.item[~data.is_ordered].tolist()),
        in_future=tuple(history.item[data.in_future & data.is_ordered].tolist()),
        finished=metrics.lead_time_left_out,
        ages=started_later,
        blockers=facts.blocks.count_contradictions(history, span.as_of, data.until),
    )


def _finished(data: FlowData, span: Window) -> Scatter:
    ends, at = data.finishes
    rows = ends[span.part(at)]
    cycle = data.cycle_days(rows).tolist()
    sure, ordered = data.is_timed[rows].tolist(), data.is_ordered[rows].tolist()
    lead = data.lead_days(rows).tolist()
    return Scatter(
        item=tuple(data.history.item[rows].tolist()),
        finish=tuple(data.flow.finish[rows].tolist()),
        day=tuple(data.days[2][rows].tolist()),
        cycle=tuple([n if knows else None for n, knows in zip(cycle, sure, strict=True)]),
        lead=tuple([n if true else None for n, true in zip(lead, ordered, strict=True)]),
    )


def _ageing(data: FlowData, span: Window) -> tuple[tuple[Aged, ...], int]:
    """The items in progress with their ages, and the number left out that start after as-of."""
    flow, order = data.flow, data.stream.order
    begun = data.in_progress & flow.has_known_start
    rows = np.flatnonzero(begun & (flow.start <= span.as_of))
    started_later = int(np.count_nonzero(begun)) - rows.size
    (today,) = day_numbers(np.array([span.as_of], dtype=np.int64), span.zone).tolist()
    ages = data.age_days(rows, today)
    by_age = np.lexsort((flow.start[rows], -ages))
    rows = rows[by_age]
    items = zip(
        data.history.item[rows].tolist(),
        flow.stage[rows].tolist(),
        ages[by_age].tolist(),
        strict=True,
    )
    return tuple(Aged(item, order[place].name, age) for item, place, age in items), started_later


def _share(types: NDArray[np.int8]) -> Share:
    counts = np.bincount(types, minlength=len(TYPES)).tolist()
    return Share(tuple((kind.value, n) for kind, n in zip(TYPES, counts, strict=True)))


def _blocked_days(data: FlowData, blocked: Blocked, span: Window) -> float:
    """Days in the window in which started items were blocked, each item's blockers united."""
    flow = data.flow
    rows = blocked.items[(flow.has_known_start & flow.started)[blocked.items]]
    begin = np.maximum(flow.start[rows], span.begin)
    ends = np.where(flow.finished[rows], flow.finish[rows], span.as_of)
    return float(blocked.within(rows, begin, np.minimum(ends, span.end)).sum()) / DAY


def _full_weeks(weeks: Sequence[Week], span: Window) -> list[Week]:
    """Weeks that lie wholly in the window and were over at as-of."""
    return [
        week
        for week in weeks
        if week.monday >= span.first
        and day_start(week.monday + timedelta(weeks=1), span.zone) <= span.end
    ]
