"""Judges flags of delay by a stream's own past: how many were right, and how early they came.

Items are looked at one, two, four and eight weeks before they were needed, at moments of the last
year, with what was known then. A look flags an item whose odds to be in time were below one half.
The plain rule beside it flags what was older than 85% of the finished items.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

import numpy as np

from vsm.flow.days import day_numbers
from vsm.flow.flow_data import FlowData
from vsm.flow.history import FAR, Ints, Mask
from vsm.flow.needed_by import DueDates, day_ends, needed_days
from vsm.flow.remaining import MIN_FINISHED, SPAN, RemainingTime
from vsm.flow.stays import Floats, Stays
from vsm.flow_reader import data_end
from vsm.model.rules import DAY, EVEN, SILENCE, SLE_PERCENT, day_start, local, nearest_rank
from vsm.store.board import WINDOW

AHEAD = 14
"""Days before an item is needed at which a flag still helps."""
WEEK = 7
"""Days from one moment at which items are looked at to the next, at most."""
MOST_LOOKS = 800
"""So many looks at most, at items spread evenly over the past: this bounds the time."""


class Looks(NamedTuple):
    """Looks at items in the past, one entry each.

    ``run`` tells items apart, and each time that one was reopened; ``moment`` is when (in days),
    ``ahead`` the days to the end of the day on which it was needed, ``is_late`` whether it was
    still open then, ``is_old`` what the plain rule says.
    """

    run: Ints
    stay: Ints
    moment: Floats
    ahead: Floats
    is_late: Mask
    is_old: Mask


@dataclass(frozen=True, slots=True)
class FlagScore:
    """Of so many items how many a rule flagged, how many came late, and how many were both."""

    items: int
    late: int
    flagged: int
    hits: int

    @property
    def precision(self) -> float | None:
        """The share of the flagged items that came late."""
        return self.hits / self.flagged if self.flagged else None

    @property
    def recall(self) -> float | None:
        """The share of the items that came late that were flagged."""
        return self.hits / self.late if self.late else None


class Judged(NamedTuple):
    """How flags and the plain rule did on items needed in ``ahead`` days, or up to a week more."""

    ahead: int
    flags: FlagScore
    plain: FlagScore


@dataclass(frozen=True, slots=True)
class FlagHistory:
    """How flags did, the nearest first.

    ``lead`` is the median number of days from the first flag of an item that came late to the end
    of the day on which it was needed.
    """

    bands: tuple[Judged, ...]
    lead: float | None


def days_ahead(sle: int | None) -> int:
    """How many days before an item is needed a flag must come: two weeks, or half a short SLE."""
    return AHEAD if sle is None else min(AHEAD, max(2, sle // 2))


def bands(ahead: int) -> tuple[int, ...]:
    """The days before items are needed from which on they are looked at."""
    return ahead // 2, ahead, 2 * ahead, 4 * ahead


def judge_flags(
    data: FlowData, law: RemainingTime, due: DueDates, ahead: int = AHEAD
) -> FlagHistory:
    """How the flags did on a stream's own past, and how the plain rule did on the same items.

    ``law`` is that of ``data``. A due date counts from when it was known, else the SLE does.
    """
    looks = past_looks(data, law, due, ahead)
    odds = law.odds_then(looks.stay, looks.moment, looks.ahead)
    return judge_looks(looks, odds < EVEN, ahead)


def judge_looks(looks: Looks, flags: Mask, ahead: int) -> FlagHistory:
    """How the flags of some looks did."""
    judged = tuple(
        Judged(first, _score(looks, inside, flags), _score(looks, inside, looks.is_old))
        for first in bands(ahead)
        for inside in [_in_band(looks.ahead, first, _apart(ahead))]
    )
    hits = flags & looks.is_late
    runs, row = np.unique(looks.run[hits], return_inverse=True)
    first = np.zeros(runs.size)
    np.maximum.at(first, row, looks.ahead[hits])
    return FlagHistory(judged, float(np.median(first)) if first.size else None)


def _score(looks: Looks, inside: Mask, flags: Mask) -> FlagScore:
    late, flagged = looks.is_late & inside, flags & inside
    return FlagScore(*(int(mask.sum()) for mask in (inside, late, flagged, late & flagged)))


def _apart(ahead: int) -> int:
    """The days between two moments at which items are looked at."""
    return min(WEEK, ahead // 2)


def _in_band(days: Floats, first: int, apart: int) -> Mask:
    """Which looks are so early: with moments so far apart, one an item at most."""
    inside: Mask = (days >= first) & (days < first + apart)
    return inside


def past_looks(data: FlowData, law: RemainingTime, due: DueDates, ahead: int) -> Looks:
    """Looks at items in progress at moments of the past, of which it is known what came."""
    stays, apart = law.stays, _apart(ahead)
    begin = law.now
    if law.ends.size >= MIN_FINISHED:
        begin = max(law.now - SPAN, float(law.ends[MIN_FINISHED - 1]))
    moments = np.arange(law.now - apart, begin, -apart)[::-1]
    past = _Past(data, moments, due)
    parts = [(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.bool_))]
    for n, at in enumerate(moments.tolist()):
        if at - law.ends[np.searchsorted(law.ends, at, side="right") - 1] > SILENCE:
            continue  # nothing was forecast then
        stay = stays.open_at(at)
        needed, is_old = past.needed(n, stays.item[stay])
        days = needed - at
        inside = np.any([_in_band(days, first, apart) for first in bands(ahead)], axis=0)
        rows = np.flatnonzero(inside & (needed <= law.now))  # it is known what came
        parts.append((stay[rows], np.full(rows.size, at), days[rows], is_old[rows]))
    stay, moment, days, is_old = (np.concatenate(column) for column in zip(*parts, strict=True))
    is_late = stays.end[stay] > moment + days
    looks = Looks(_runs(stays, stay), stay, moment, days, is_late, is_old)
    return _thinned(looks, bands(ahead))


def _thinned(looks: Looks, days: tuple[int, ...]) -> Looks:
    """Of looks in the order of time the last one of each item in each span that begins so many
    ``days`` before it was needed; of some of the items only where there are too many.
    """
    span = looks.run * len(days) + np.searchsorted(days, looks.ahead, side="right")
    _, back = np.unique(span[::-1], return_index=True)
    rows = np.sort(span.size - 1 - back)
    if rows.size > MOST_LOOKS:
        number = np.arange(int(looks.run.max()) + 2) * MOST_LOOKS / rows.size
        is_chosen = np.diff(np.floor(number)) > 0
        rows = rows[is_chosen[looks.run[rows]]]
    return Looks(*(column[rows] for column in looks))


def _runs(stays: Stays, rows: Ints) -> Ints:
    """A number for the item of each of these stays, another one each time it was reopened."""
    item = stays.item[rows]
    end = np.where(np.isfinite(stays.end), stays.end, FAR)[rows]
    order = np.lexsort((end, item))
    is_new = (np.diff(item[order]) != 0) | (np.diff(end[order]) != 0)
    run = np.zeros(rows.size, dtype=np.int64)
    run[order[1:]] = np.cumsum(is_new)
    return run


class _Past:
    """What was known at moments of the past of when items are needed."""

    def __init__(self, data: FlowData, moments: Floats, due: DueDates) -> None:
        self.data, self.due = data, due
        self.micros = np.round(moments * DAY).astype(np.int64)
        self.today = day_numbers(self.micros, data.stream.zone)
        rows, finish = data.finishes
        timed = data.is_timed[rows]
        self._finish, self._cycles = finish[timed], data.cycle_days(rows[timed])
        self._entered = np.sort(data.entered)

    def needed(self, n: int, rows: Ints) -> tuple[Floats, Mask]:
        """The end of the day on which each item was needed, as known at the moment ``n``, and
        whether it was older then than 85% of the finished items.
        """
        today, sle = int(self.today[n]), self._sle(n)
        ages = self.data.age_days(rows, today)
        days = needed_days(self.data, rows, ages, today, int(self.micros[n]), sle, self.due)
        return day_ends(days, self.data.stream.zone), ages > (FAR if sle is None else sle)

    def _sle(self, n: int) -> int | None:
        """The days within which 85% of the items finished in the window before then."""
        at, zone = int(self.micros[n]), self.data.stream.zone
        seen = int(np.searchsorted(self._entered, at, side="right"))
        end = data_end(int(self._entered[seen - 1]) if seen else None, at)
        first = day_start(local(end, zone).date() - timedelta(days=WINDOW - 1), zone)
        part = slice(*np.searchsorted(self._finish, (first, end + 1)).tolist())
        cycles = np.sort(self._cycles[part]).tolist()
        return nearest_rank(cycles, SLE_PERCENT) if cycles else None
