"""Histories in working time: working hours on working days, a working day as long as 24 hours.

Every moment becomes the working time up to it. So all that measures durations of a history
measures working time of the one that is made here; windows have to be cut from the first.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import numpy as np

from vsm.flow.blockers import Blocks
from vsm.flow.days import local_day
from vsm.flow.flow_data import FlowData
from vsm.flow.history import FAR, Ints
from vsm.model.calendar import Calendar
from vsm.model.declared import FIRST_HOUR, HOURS_A_DAY
from vsm.model.rules import DAY, to_micros, zone_of

_SCALE = 24 // HOURS_A_DAY
_HOURS = DAY // _SCALE


class WorkingClock:
    """Tells the working time up to a moment, from the first of some moments on."""

    def __init__(self, calendar: Calendar, zone: str, first: int, last: int) -> None:
        day, end = local_day(first, zone), local_day(last, zone)
        place, opens = zone_of(zone), time(FIRST_HOUR)
        starts = []
        while day <= end:
            if calendar.works(day):
                starts.append(to_micros(datetime.combine(day, opens, tzinfo=place)))
            day += timedelta(days=1)
        self._starts = np.array(starts, dtype=np.int64)

    def at(self, moments: Ints) -> Ints:
        """The working time up to each moment; what lies ahead for ever stays so."""
        if not self._starts.size:
            return np.where(moments == FAR, FAR, 0)
        day = np.searchsorted(self._starts, moments, "right") - 1
        spent = np.clip(moments - self._starts[np.maximum(day, 0)], 0, _HOURS) * _SCALE
        worked = np.where(day < 0, 0, day * DAY + spent)
        return np.where(moments == FAR, FAR, worked)


def in_working_time(data: FlowData, blocks: Blocks, as_of: int) -> tuple[FlowData, Blocks]:
    """The same history and blockers of it, cut at as-of (:meth:`Blocks.up_to`), in working time."""
    history = data.history
    first = int(history.entered.min()) if history.entered.size else as_of
    last = max(data.last_activity or as_of, as_of)
    clock = WorkingClock(data.stream.calendar, data.stream.zone, min(first, as_of), last)
    worked = replace(
        history,
        entered=clock.at(history.entered),
        away=None if history.away is None else clock.at(history.away),
    )
    worked_blocks = replace(blocks, started=clock.at(blocks.started), ended=clock.at(blocks.ended))
    return FlowData.of(worked, data.stream), worked_blocks
