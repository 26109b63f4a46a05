"""All figures of a stream in one call, for reports, charts and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from vsm.features.metrics.basic import basic, finished_in
from vsm.features.metrics.blocker_clusters import clusters
from vsm.features.metrics.cfd import cfd
from vsm.features.metrics.rates import littles_law, per_day, xmr
from vsm.features.metrics.results import Aged, ClockSkew, Figures, Metrics, Scatter, Share, Week
from vsm.features.metrics.rework import complete_accurate, rework
from vsm.features.metrics.spread import spread
from vsm.features.metrics.stage_times import efficiency, pace, time_in_stage
from vsm.flow.blockers import Blocked, Blocks
from vsm.flow.days import day_numbers
from vsm.flow.flow_data import FlowData
from vsm.flow.history import History
from vsm.flow.window import Window, window
from vsm.model.item import FlowType
from vsm.model.rules import DAY, day_start
from vsm.model.stream import ValueStream

TYPES = tuple(FlowType)
"""The flow type that each code in :attr:`Facts.type` stands for."""


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """What figures are made of beside the history: blockers, flow types, names of teams.

    ``type`` has a code for each of ``item`` (ids, ascending); items not named are features.
    """

    blocks: Blocks
    item: NDArray[np.int64]
    type: NDArray[np.int8]
    teams: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def from_rows(
        cls,
        blocks: Iterable[tuple[int, str, int | None, int, int | None]] = (),
        types: Iterable[tuple[int, str]] = (),
        teams: Mapping[int, str] | None = None,
    ) -> Facts:
        """Read rows as :meth:`Blocks.from_rows` has them, and ``(item id, flow type)`` by id."""
        codes = {kind.value: n for n, kind in enumerate(TYPES)}
        told = [(item, codes[kind]) for item, kind in types]
        return cls(
            Blocks.from_rows(blocks),
            np.array([item for item, _ in told], dtype=np.int64),
            np.array([code for _, code in told], dtype=np.int8),
            teams or {},
        )

    def along(self, history: History) -> Facts:
        """The same with a type for every item of a history, in its order."""
        if self.item is history.item:
            return self
        types = np.zeros(len(history), dtype=np.int8)
        if self.item.size:
            at = np.minimum(np.searchsorted(self.item, history.item), self.item.size - 1)
            named = self.item[at] == history.item
            types[named] = self.type[at[named]]
        return replace(self, item=history.item, type=types)


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

    The window is that of :func:`vsm.features.metrics.basic.metrics`, and what is raised too.
    """
    span = window(first, last, stream.zone, as_of)
    return figures_of(FlowData.of(history.as_of(as_of), stream), facts, span)


def figures_of(known: FlowData, facts: Facts, span: Window) -> Figures:
    """The same of what is known at the window's ``as_of``: ``known`` holds nothing later.

    Another window of the same ``known`` costs little, with facts that lie along its history.
    """
    flow = known.flow
    rows = np.flatnonzero(finished_in(known, span))
    timed = rows[known.sure[rows]]
    pathed = rows[known.whole[rows]]
    both = timed[known.whole[timed]]
    all_paths = known.paths(pathed)
    paths = all_paths if both.size == pathed.size else known.paths(both)
    _, started, finished = known.days
    arrived = np.flatnonzero(known.sure & span.holds(flow.start))
    blocks = facts.blocks.among(known.history, span.as_of)
    blocked = Blocked(blocks)
    types = facts.along(known.history).type
    told = basic(known, span)
    cycle = told.cycle_time_days
    ages, unborn = _ageing(known, span)
    return Figures(
        basic=told,
        finished=_finished(known, span),
        ageing=ages,
        age_days=spread(np.array([a.age for a in ages], dtype=np.int64)),
        throughput=per_day(finished[rows], span),
        arrivals=per_day(started[arrived], span),
        departures=per_day(finished[timed], span),
        littles_law=littles_law(known, span, timed),
        efficiency=efficiency(known, paths, blocked),
        time_in_stage=time_in_stage(known, all_paths),
        types_finished=_share(types[rows]),
        types_wip=_share(types[known.in_progress]),
        blocked_days=_blocked_days(known, blocked, span),
        clusters=clusters(blocks, span, known.history.item, facts.teams),
        rework=rework(known, span, rows.size),
        complete_accurate=complete_accurate(known, span),
        pace=pace(known, paths),
        p85_over_p50=cycle.p85 / cycle.p50 if cycle.p85 is not None and cycle.p50 else None,
        xmr=xmr(_full_weeks(told.weeks, span)),
        cfd=cfd(known, span),
        stage_left_out=rows.size - pathed.size,
        clock_skew=_clock_skew(known, facts, span, told, unborn),
    )


def _clock_skew(
    known: FlowData, facts: Facts, span: Window, told: Metrics, unborn: int
) -> ClockSkew:
    """The items whose times contradict their order; ``unborn`` started later than as-of."""
    history = known.history
    return ClockSkew(
        backwards=tuple(history.item[~known.ordered].tolist()),
        in_future=tuple(history.item[known.in_future & known.ordered].tolist()),
        finished=told.lead_time_left_out,
        ages=unborn,
        blockers=facts.blocks.contradictions(history, span.as_of, known.until),
    )


def _finished(known: FlowData, span: Window) -> Scatter:
    ends, at = known.ends
    rows = ends[span.part(at)]
    created, started, finished = known.days
    cycle = (finished[rows] - started[rows] + 1).tolist()
    sure, ordered = known.sure[rows].tolist(), known.ordered[rows].tolist()
    lead = (finished[rows] - created[rows] + 1).tolist()
    return Scatter(
        item=tuple(known.history.item[rows].tolist()),
        finish=tuple(known.flow.finish[rows].tolist()),
        day=tuple(finished[rows].tolist()),
        cycle=tuple([n if knows else None for n, knows in zip(cycle, sure, strict=True)]),
        lead=tuple([n if true else None for n, true in zip(lead, ordered, strict=True)]),
    )


def _ageing(known: FlowData, span: Window) -> tuple[tuple[Aged, ...], int]:
    """The items in progress with their ages; how many are left out, as they started after as-of."""
    flow, order = known.flow, known.stream.order
    begun = known.in_progress & flow.known
    rows = np.flatnonzero(begun & (flow.start <= span.as_of))
    unborn = int(np.count_nonzero(begun)) - rows.size
    (today,) = day_numbers(np.array([span.as_of], dtype=np.int64), span.zone).tolist()
    ages = today - known.days[1][rows] + 1
    by_age = np.lexsort((flow.start[rows], -ages))
    rows = rows[by_age]
    told = zip(
        known.history.item[rows].tolist(),
        flow.stage[rows].tolist(),
        ages[by_age].tolist(),
        strict=True,
    )
    return tuple(Aged(item, order[place].name, age) for item, place, age in told), unborn


def _share(types: NDArray[np.int8]) -> Share:
    counts = np.bincount(types, minlength=len(TYPES)).tolist()
    return Share(tuple((kind.value, n) for kind, n in zip(TYPES, counts, strict=True)))


def _blocked_days(known: FlowData, blocked: Blocked, span: Window) -> float:
    """Days in the window in which started items were blocked, each item's blockers united."""
    flow = known.flow
    rows = blocked.items[(flow.known & flow.started)[blocked.items]]
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
