"""Measures what the load model of a map needs: ways, visits and times of finished items, by means.

Of items that finished in the window, whose start and whole path are known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vsm.features.map.figures import weeks_of
from vsm.flow.blockers import Blocked, Blocks
from vsm.flow.cycle import has_category
from vsm.flow.finishing import finished_in
from vsm.flow.flow_data import FlowData
from vsm.flow.history import Ints
from vsm.flow.window import Window
from vsm.flow.working_time import in_working_time
from vsm.model.declared import TimeBasis
from vsm.model.rules import DAY
from vsm.model.stream import Category

_WEEK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredFlow:
    """Means of finished items, by ids of stages; times are days of the map (elapsed or working).

    ``active`` and ``stay`` are those of a visit: worked on, and in the stage altogether. ``entry``
    and ``moves`` are shares as in a network. ``lead_mean`` and ``lead_median`` are from start to
    finish, ``other`` is the part of the mean that was spent elsewhere, as in the backlog again.
    ``rate`` is the number of starts a day.
    """

    items: int
    visits: dict[int, int]
    active: dict[int, float]
    stay: dict[int, float]
    entry: dict[int, float]
    moves: dict[tuple[int, int], float]
    lead_mean: float | None = None
    lead_median: float | None = None
    other: float = 0.0
    rate: float = 0.0


def measure_flow(data: FlowData, blocks: Blocks, span: Window) -> MeasuredFlow:
    """Measure the ways and times of the items that finished in a window.

    ``blocks`` are those of :meth:`~vsm.flow.blockers.Blocks.up_to`. Starts a day do not count the
    time before the first item.
    """
    stream = data.stream
    arrived = int(np.count_nonzero(data.is_timed & span.holds(data.flow.start)))
    week = len(stream.workdays) if stream.map_time is TimeBasis.WORKING else _WEEK
    days = weeks_of(span, data) * week
    rate = arrived / days if days else 0.0
    rows = np.flatnonzero(finished_in(data, span))
    rows = rows[data.is_timed[rows] & data.has_full_path[rows]]
    if stream.map_time is TimeBasis.WORKING:
        data, blocks = in_working_time(data, blocks, span.as_of)
    if not rows.size:
        return MeasuredFlow(items=0, visits={}, active={}, stay={}, entry={}, moves={}, rate=rate)
    return _measured(data, Blocked(blocks), rows, rate)


def _measured(data: FlowData, blocked: Blocked, rows: Ints, rate: float) -> MeasuredFlow:
    order = data.stream.order
    size = len(order)
    paths = data.paths(rows)
    start, finish = data.flow.start[rows], data.flow.finish[rows]
    begin = np.maximum(paths.entered, start[paths.row])
    end = np.minimum(paths.left, finish[paths.row])
    is_node = np.array([stage.id in data.stream.starting for stage in order], dtype=np.bool_)
    kept = np.flatnonzero(is_node[paths.place] & (end >= begin))
    row, place, begin, end = paths.row[kept], paths.place[kept], begin[kept], end[kept]
    span = end - begin
    active = np.where(has_category(data.stream, Category.ACTIVE)[place], span, 0)
    working = np.flatnonzero(active)
    active[working] -= blocked.within(rows[row[working]], begin[working], end[working])
    visits = np.bincount(place, minlength=size)
    same = row[1:] == row[:-1]
    is_first = np.concatenate([[True], ~same])
    pairs = place[:-1][same] * size + place[1:][same]
    counts = np.bincount(pairs, minlength=size * size).reshape(size, size)
    entries = np.bincount(place[is_first], minlength=size)
    lead = data.micros_here(rows, start, finish) / DAY

    def mean_of(micros: Ints) -> dict[int, float]:
        sums = np.bincount(place, weights=micros, minlength=size) / DAY
        return {order[n].id: float(sums[n] / visits[n]) for n in np.flatnonzero(visits).tolist()}

    return MeasuredFlow(
        items=int(rows.size),
        visits={order[n].id: int(visits[n]) for n in np.flatnonzero(visits).tolist()},
        active=mean_of(active),
        stay=mean_of(span),
        entry={order[n].id: float(entries[n] / rows.size) for n in np.flatnonzero(entries)},
        moves={
            (order[a].id, order[b].id): float(counts[a, b] / visits[a])
            for a, b in np.argwhere(counts).tolist()
        },
        lead_mean=float(lead.mean()),
        lead_median=float(np.sort(lead)[(lead.size - 1) // 2]),
        other=max(0.0, float(lead.mean()) - float(span.sum()) / DAY / rows.size),
        rate=rate,
    )
