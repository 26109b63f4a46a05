"""Computes counts, cycle and lead time, weekly throughput and WIP of a stream."""

from __future__ import annotations

from datetime import date

import numpy as np

from vsm.features.metrics.results import Items, LeftOut, Metrics
from vsm.features.metrics.spread import spread
from vsm.features.metrics.throughput import per_week
from vsm.features.metrics.wip import wip_of
from vsm.flow.cycle import ItemFlow
from vsm.flow.finishing import finished_in
from vsm.flow.flow_data import FlowData
from vsm.flow.history import QUALITIES, History, Mask
from vsm.flow.window import Window, window
from vsm.model.item import Quality
from vsm.model.rules import DAY
from vsm.model.stream import ValueStream


def metrics(
    history: History,
    stream: ValueStream,
    *,
    first: date | None = None,
    last: date | None = None,
    as_of: int,
) -> Metrics:
    """Figures of a stream as known at ``as_of`` (UTC microseconds).

    Counts and WIP are those at ``as_of``; times and throughput are of the items that finished, as
    known then, in the local days ``first…last``: by default the 90 days that end on the day of
    ``as_of``, or on ``last`` if only that is passed. Raises :class:`~vsm.model.errors.BadInput` for
    a window that ends before it begins or begins before 1900, ``ValueError`` if the history has a
    stage that is not in the stream.
    """
    span = window(first, last, stream.zone, as_of)
    return basic(FlowData.of(history.as_of(as_of), stream), span)


def basic(data: FlowData, span: Window) -> Metrics:
    """Counts, cycle and lead time, weekly throughput and WIP of a stream in a window."""
    flow, stream = data.flow, data.stream
    inside = finished_in(data, span)
    rows = np.flatnonzero(inside)
    timed = rows[data.is_timed[rows]]
    true = rows[data.is_ordered[rows]]
    finished = data.days[2]
    return Metrics(
        stream=stream.name,
        zone=stream.zone,
        as_of=span.as_of,
        last_activity=data.last_activity_by(span.as_of),
        first=span.first,
        last=span.last,
        items=_items(flow),
        cycle_time_days=spread(data.cycle_days(timed)),
        cycle_time_elapsed_days=spread(
            data.micros_here(timed, flow.start[timed], flow.finish[timed]) / DAY
        ),
        cycle_time_left_out=_left_out(data, inside),
        lead_time_days=spread(data.lead_days(true)),
        lead_time_elapsed_days=spread(
            data.micros_here(true, flow.created[true], flow.finish[true]) / DAY
        ),
        weeks=per_week(finished[rows], span.first, min(span.last, span.today)),
        wip=wip_of(flow, stream),
        lead_time_left_out=rows.size - true.size,
    )


def _items(flow: ItemFlow) -> Items:
    def count(mask: Mask) -> int:
        return int(np.count_nonzero(mask))

    return Items(
        total=flow.stage.size,
        started=count(flow.started & flow.has_known_start),
        in_progress=count(flow.started & ~flow.finished & ~flow.dropped),
        finished=count(flow.finished),
        finished_without_start=count(flow.finished & ~flow.started & flow.has_known_start),
        dropped=count(flow.dropped),
        left_out=count(~flow.has_known_start),
    )


def _left_out(data: FlowData, inside: Mask) -> LeftOut:
    flow, history = data.flow, data.history
    unknown = inside & ~flow.has_known_start

    def of(quality: Quality) -> int:
        return int(np.count_nonzero(unknown & (history.quality == QUALITIES.index(quality))))

    return LeftOut(
        finished_without_start=int(np.count_nonzero(inside & flow.has_known_start & ~flow.started)),
        truncated=of(Quality.TRUNCATED),
        endpoints_only=of(Quality.ENDPOINTS_ONLY),
        clock_skew=int(
            np.count_nonzero(inside & flow.has_known_start & flow.started & ~data.is_ordered)
        ),
    )
