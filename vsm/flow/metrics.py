"""The figures of a stream in one call: counts, cycle and lead time, throughput, WIP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from vsm.flow.cycle import ItemFlow, elapsed_days, inclusive_days, item_flow, spread
from vsm.flow.days import local_day
from vsm.flow.history import QUALITIES, History, Mask
from vsm.flow.results import Items, LeftOut, Metrics
from vsm.flow.throughput import per_week
from vsm.flow.wip import wip_of
from vsm.model.errors import BadInput
from vsm.model.item import Quality
from vsm.model.rules import day_start
from vsm.model.stream import ValueStream

WINDOW_DAYS = 90
"""Length of the window where nobody names its days."""

_EARLIEST = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class _Window:
    """Whole local days ``first…last`` as dates, and the moments ``[begin, end)`` up to as-of."""

    first: date
    last: date
    begin: int
    end: int


def metrics(
    history: History,
    stream: ValueStream,
    *,
    first: date | None = None,
    last: date | None = None,
    as_of: int,
) -> Metrics:
    """Figures of a stream as known at ``as_of`` (UTC microseconds).

    Counts and WIP are those at ``as_of``; times and throughput are of the items whose finish,
    as known then, lies in the local days ``first…last``: by default the 90 days that end on the
    day of ``as_of``, or on ``last`` where only that is given. Raises
    :class:`~vsm.model.errors.BadInput` for a window that ends before it begins or reaches back
    before 1900, ``ValueError`` where the history holds a stage that is not in the stream.
    """
    today = local_day(as_of, stream.zone)
    window = _window(first, last, today, stream.zone, as_of)
    known = history.as_of(as_of)
    flow = item_flow(known, stream)

    inside = flow.finished & (flow.finish >= window.begin) & (flow.finish < window.end)
    timed = inside & flow.known & flow.started
    start, finish = flow.start[timed], flow.finish[timed]
    created, delivered = flow.created[inside], flow.finish[inside]
    return Metrics(
        stream=stream.name,
        zone=stream.zone,
        as_of=as_of,
        last_activity=int(known.entered.max()) if known.entered.size else None,
        first=window.first,
        last=window.last,
        items=_items(flow),
        cycle_time_days=spread(inclusive_days(start, finish, stream.zone)),
        cycle_time_elapsed_days=spread(elapsed_days(start, finish)),
        cycle_time_left_out=_left_out(known, flow, inside),
        lead_time_days=spread(inclusive_days(created, delivered, stream.zone)),
        lead_time_elapsed_days=spread(elapsed_days(created, delivered)),
        weeks=per_week(delivered, window.first, min(window.last, today), stream.zone),
        wip=wip_of(flow, stream),
    )


def _window(first: date | None, last: date | None, today: date, zone: str, as_of: int) -> _Window:
    end_day = last or today
    begin_day = first or end_day - timedelta(days=WINDOW_DAYS - 1)
    if begin_day > end_day:
        raise BadInput(
            f"the window begins on {begin_day}, after its end on {end_day}",
            "give a first day that is not after the last",
        )
    if begin_day < _EARLIEST:
        raise BadInput(f"the window begins on {begin_day}", f"give a first day from {_EARLIEST} on")
    return _Window(
        begin_day,
        end_day,
        begin=day_start(begin_day, zone),
        end=min(day_start(min(end_day, today) + timedelta(days=1), zone), as_of + 1),
    )


def _items(flow: ItemFlow) -> Items:
    def count(mask: Mask) -> int:
        return int(np.count_nonzero(mask))

    return Items(
        total=flow.stage.size,
        started=count(flow.started & flow.known),
        in_progress=count(flow.started & ~flow.finished & ~flow.dropped),
        finished=count(flow.finished),
        finished_without_start=count(flow.finished & ~flow.started & flow.known),
        dropped=count(flow.dropped),
        left_out=count(~flow.known),
    )


def _left_out(history: History, flow: ItemFlow, inside: Mask) -> LeftOut:
    unknown = inside & ~flow.known

    def of(quality: Quality) -> int:
        return int(np.count_nonzero(unknown & (history.quality == QUALITIES.index(quality))))

    return LeftOut(
        finished_without_start=int(np.count_nonzero(inside & flow.known & ~flow.started)),
        truncated=of(Quality.TRUNCATED),
        endpoints_only=of(Quality.ENDPOINTS_ONLY),
    )
