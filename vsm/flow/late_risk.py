"""Finds the items in progress that are late, or likelier late than in time."""

from __future__ import annotations

import numpy as np

from vsm.flow.blockers import Blocks
from vsm.flow.days import local_day
from vsm.flow.flow_data import FlowData
from vsm.flow.history import Ints
from vsm.flow.needed_by import DueDates, day_ends, needed_days
from vsm.flow.remaining import MIN_FINISHED, RemainingTime
from vsm.flow.stays import Floats
from vsm.model.rules import DAY, EVEN, SILENCE, number_of_day


def late_risks(
    data: FlowData, whole: FlowData, blocks: Blocks, at: int, sle: int | None, due: DueDates
) -> frozenset[int]:
    """The ids of these items at a moment; ``whole`` has those too that are in other streams.

    Where nothing can be forecast, those that are late already. An item whose start is not known is
    late by its due date only.
    """
    rows = np.flatnonzero(data.in_progress)
    ends = _needed(data, rows, at, sle, due)
    late = ends * DAY <= at
    law = RemainingTime(whole, at, blocks)
    held = law.stays.open_at(law.now)
    if law.finished >= MIN_FINISHED and law.now - law.ends[-1] <= SILENCE and held.size:
        ids = whole.history.item[law.stays.item[held]]
        by_id = np.argsort(ids)
        held, ids = held[by_id], ids[by_id]
        running = data.history.item[rows]
        place = np.minimum(np.searchsorted(ids, running), ids.size - 1)
        known = np.flatnonzero((ids[place] == running) & np.isfinite(ends))
        if known.size:
            odds = law.outlook(held[place[known]]).within(ends[known] - law.now)
            late[known] |= odds < EVEN
    return frozenset(data.history.item[rows[late]].tolist())


def _needed(data: FlowData, rows: Ints, at: int, sle: int | None, due: DueDates) -> Floats:
    today = number_of_day(local_day(at, data.stream.zone))
    ages = np.maximum(data.age_days(rows, today), 1)
    days = needed_days(data, rows, ages, today, at, sle, due)
    untimed = np.flatnonzero(~data.is_timed[rows])
    days[untimed] = needed_days(data, rows[untimed], ages[untimed], today, at, None, due)
    return day_ends(days, data.stream.zone)
