"""Finds the arrivals of a stream: who comes, who waits in front of it, and how rates drift."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from vsm.features.bottlenecks.constraint import Judgement
from vsm.features.bottlenecks.stations import Floats
from vsm.features.simulate.stays import OUTSIDE, Stays
from vsm.flow.flow_data import FlowData
from vsm.flow.history import Ints
from vsm.model.rules import DAY
from vsm.model.stream import Category

MOST_WEEKS = 26
"""Arrivals are drawn from so many weeks before now at most."""
OFTEN_FULL = 0.2
"""Items wait for a place in the first station if it is full for so large a share of the time."""
DRIFT, DRIFT_PERIODS, PERIOD_DAYS, MIN_IN_PERIOD = 0.15, 2.0, 91, 5
"""Arrivals of the next 13 weeks differ from those before by this much (in logarithms) where the
history is short; so many pairs of periods of so many days count as much as this. Periods with fewer
arrivals than the last say nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Arrivals:
    """Arrivals of the last weeks, the latest first: shares of the week, and stations entered.

    A station of :data:`OUTSIDE` is an item that finishes without having been at any. ``waiting``
    items stand in front of the first station now, which takes them in when it has room. ``drift``
    is how much the rate of the next weeks may differ, in logarithms.
    """

    weeks: tuple[tuple[Floats, Ints], ...]
    drift: float
    waiting: int = 0


def find_arrivals(
    judgement: Judgement, flow: FlowData, stays: Stays, station_of: Ints, limit: Sequence[int]
) -> Arrivals:
    """Arrivals from outside, and items that finish without having been at any station.

    Where items wait for a place in the first station it is their creation that counts.
    """
    window = judgement.window
    days = window.days
    came = (stays.source == OUTSIDE) & (stays.entered > 0.0) & (stays.entered <= days)
    at, station = stays.entered[came], stays.station[came]
    waiting = 0
    if station.size:
        first = int(np.bincount(station).argmax())
        if limit[first] and _full_share(stays, first, limit[first], days) >= OFTEN_FULL:
            at, station, waiting = _demand(judgement, station_of, first, at, station)
    missed = _finishes_outside(judgement, station_of)
    at = np.concatenate([at, missed])
    station = np.concatenate([station, np.full(missed.size, OUTSIDE)])
    count = max(1, min(MOST_WEEKS, int(days // 7)))
    begin = days - 7.0 * np.arange(1, count + 1)
    weeks = []
    for since in begin.tolist():
        inside = (at > since) & (at <= since + 7.0)
        weeks.append((at[inside] - since, station[inside]))
    return Arrivals(tuple(weeks), _drift(flow, days, window.begin), waiting)


def _full_share(stays: Stays, station: int, limit: int, days: float) -> float:
    """The share of time in which a station was full."""
    mine = (stays.station == station) & ~stays.outlier
    grid = np.linspace(0.0, days, 1_000)
    entered, left = np.sort(stays.entered[mine]), np.sort(stays.left[mine])
    held = np.searchsorted(entered, grid) - np.searchsorted(left, grid)
    return float((held >= limit).mean())


def _demand(
    judgement: Judgement, station_of: Ints, first: int, at: Floats, station: Ints
) -> tuple[Floats, Ints, int]:
    """Moments at which items came that wait for the ``first`` station, and how many wait now.

    Those that came to another station or from elsewhere arrive as they did.
    """
    window = judgement.window
    order = judgement.stream.order
    is_backlog = np.array([stage.category is Category.BACKLOG for stage in order])
    waits = np.flatnonzero(is_backlog[window.place] & (window.entered <= window.days))
    following = np.minimum(waits + 1, window.place.size - 1)
    goes_on = window.after_same[following] & (following > waits)
    to_first = goes_on & (station_of[window.place[following]] == first)
    still = ~goes_on & np.isinf(window.left[waits]) & ~window.outliers[waits]
    if not to_first.any():
        return at, station, 0
    created = window.entered[waits][to_first | still]
    created = created[(created > 0.0) & (created <= window.days)]
    others = station != first
    at = np.concatenate([at[others], created])
    station = np.concatenate([station[others], np.full(created.size, first)])
    return at, station, int(still.sum())


def find_finishes(judgement: Judgement) -> Ints:
    """The visits with which items came to a done stage in the window."""
    window = judgement.window
    done = np.array([stage.category is Category.DONE for stage in judgement.stream.order])
    inside = (window.entered > 0.0) & (window.entered <= window.days)
    return np.flatnonzero(done[window.place] & inside)


def _finishes_outside(judgement: Judgement, station_of: Ints) -> Floats:
    """Moments at which items were done that came from no station."""
    window = judgement.window
    done = np.array([stage.category is Category.DONE for stage in judgement.stream.order])
    entered = find_finishes(judgement)
    before = window.place[entered - 1]
    is_first = ~window.after_same[entered]
    outside = is_first | ((station_of[before] == OUTSIDE) & ~done[before])
    moments: Floats = window.entered[entered[outside]]
    return moments


def _drift(flow: FlowData, days: float, begin: int) -> float:
    """How much the rate of arrivals differs from a period to the next one beyond chance."""
    end = begin / DAY + days
    created = flow.entered[flow.history.begin] / DAY
    ages = (end - created) / PERIOD_DAYS
    counts = np.bincount(ages[ages >= 0.0].astype(np.int64), minlength=1)[:12]
    counts = counts[:-1]  # the oldest period is not a whole one
    squares = [
        np.log(late / early) ** 2 - 1 / late - 1 / early
        for late, early in pairwise(counts.tolist())
        if min(late, early) >= MIN_IN_PERIOD
    ]
    total = DRIFT_PERIODS * DRIFT**2 + sum(squares)
    return float(np.sqrt(max(total, 0.0) / (DRIFT_PERIODS + len(squares))).clip(0.05, 0.6))
