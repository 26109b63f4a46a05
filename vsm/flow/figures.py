"""All figures of a stream in one call, for reports, charts and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from vsm.flow.blockers import Blocked, Blocks, clusters
from vsm.flow.cfd import cfd
from vsm.flow.cycle import inclusive_days, spread
from vsm.flow.history import History, Mask
from vsm.flow.known import Known
from vsm.flow.metrics import basic, finished_in
from vsm.flow.moves import complete_accurate, rework
from vsm.flow.rates import littles_law, per_day, xmr
from vsm.flow.results import Aged, Figures, Finished, Share, Week
from vsm.flow.stages import efficiency, pace, time_in_stage
from vsm.flow.throughput import per_week
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

    def types_of(self, history: History) -> NDArray[np.int8]:
        """The code of every item of a history."""
        out = np.zeros(len(history), dtype=np.int8)
        if self.item.size:
            at = np.minimum(np.searchsorted(self.item, history.item), self.item.size - 1)
            named = self.item[at] == history.item
            out[named] = self.type[at[named]]
        return out


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

    The window is that of :func:`vsm.flow.metrics.metrics`, and what is raised too.
    """
    span = window(first, last, stream.zone, as_of)
    known = Known.of(history, stream, as_of)
    flow = known.flow
    inside = finished_in(known, span)
    timed = inside & known.flow.known & flow.started
    whole = inside & known.timed
    blocks = facts.blocks.among(known.history, as_of)
    blocked = Blocked(blocks)
    types = facts.types_of(known.history)
    told = basic(known, span)
    cycle = told.cycle_time_days
    started = flow.start[known.flow.known & flow.started]
    ages = _ageing(known)
    return Figures(
        basic=told,
        finished=_finished(known, inside, timed),
        ageing=ages,
        age_days=spread(np.array([a.age for a in ages], dtype=np.int64)),
        throughput=per_day(flow.finish[inside], span),
        arrivals=per_day(started[span.holds(started)], span),
        departures=per_day(flow.finish[timed], span),
        littles_law=littles_law(known, span, timed),
        efficiency=efficiency(known, whole, blocked),
        time_in_stage=time_in_stage(known, inside & _whole(known)),
        types_finished=_share(types[inside]),
        types_wip=_share(types[known.in_progress]),
        blocked_days=_blocked_days(known, blocked, span),
        clusters=clusters(blocks, span, known.history.item, facts.teams),
        rework=rework(known, span, int(np.count_nonzero(inside))),
        complete_accurate=complete_accurate(known, span),
        pace=pace(known, whole),
        p85_over_p50=cycle.p85 / cycle.p50 if cycle.p85 is not None and cycle.p50 else None,
        xmr=xmr(_full_weeks(known, inside, span)),
        cfd=cfd(known, span),
        stage_left_out=int(np.count_nonzero(inside & ~_whole(known))),
    )


def _whole(known: Known) -> Mask:
    """Items whose path through the stages is known from end to end."""
    whole: Mask = known.history.quality == 0
    return whole


def _finished(known: Known, inside: Mask, timed: Mask) -> tuple[Finished, ...]:
    flow, zone = known.flow, known.stream.zone
    rows = np.flatnonzero(inside)
    rows = rows[np.argsort(flow.finish[rows], kind="stable")]
    finish = flow.finish[rows]
    lead = inclusive_days(flow.created[rows], finish, zone)
    sure = timed[rows]
    cycle = np.zeros(rows.size, dtype=np.int64)
    cycle[sure] = inclusive_days(flow.start[rows][sure], finish[sure], zone)
    columns = (known.history.item[rows], finish, cycle, sure, lead)
    return tuple(
        Finished(item, at, days if knows else None, whole)
        for item, at, days, knows, whole in zip(*(c.tolist() for c in columns), strict=True)
    )


def _ageing(known: Known) -> tuple[Aged, ...]:
    flow, order = known.flow, known.stream.order
    rows = np.flatnonzero(known.in_progress & flow.known)
    now = np.full(rows.size, known.as_of, dtype=np.int64)
    ages = inclusive_days(flow.start[rows], now, known.stream.zone)
    rows = rows[by_age := np.lexsort((flow.start[rows], -ages))]
    told = zip(
        known.history.item[rows].tolist(),
        flow.stage[rows].tolist(),
        ages[by_age].tolist(),
        strict=True,
    )
    return tuple(Aged(item, order[place].name, age) for item, place, age in told)


def _share(types: NDArray[np.int8]) -> Share:
    counts = np.bincount(types, minlength=len(TYPES)).tolist()
    return Share(tuple((kind.value, n) for kind, n in zip(TYPES, counts, strict=True)))


def _blocked_days(known: Known, blocked: Blocked, span: Window) -> float:
    """Days in the window in which started items were blocked, each item's blockers united."""
    flow = known.flow
    rows = np.flatnonzero(flow.started & flow.known)
    begin = np.maximum(flow.start[rows], span.begin)
    ends = np.where(flow.finished[rows], flow.finish[rows], known.as_of)
    end = np.minimum(ends, span.end)
    return float(blocked.within(rows, begin, end).sum()) / DAY


def _full_weeks(known: Known, inside: Mask, span: Window) -> list[Week]:
    """Weeks that lie wholly in the window and were over at as-of."""
    weeks = per_week(
        known.flow.finish[inside], span.first, min(span.last, span.today), known.stream.zone
    )
    return [
        week
        for week in weeks
        if week.monday >= span.first
        and day_start(week.monday + timedelta(weeks=1), span.zone) <= span.end
    ]
