"""When work was begun that nobody was seen to begin: in the order of arrival, or in any.

A station of c places that begins work in the order in which it came begins the k-th item as soon as
it has come and ``k - c + 1`` items have left. So each number of places says of every item when it
was begun and how long it was worked on, and the true number is the one whose working times look
most like those of one kind of work. Their distribution is taken to be unknown: a histogram over
logarithms with a Dirichlet prior, integrated out.

Against it stands a station that begins work in any order, of which each item gets its share of all
places. Where nothing waits the two say the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import lgamma

import numpy as np
from numpy.typing import NDArray

from vsm.features.bottlenecks.stations import Floats, ObservationWindow, Occupancy, Station

MOST = 40
"""Parallel places beyond which no number of them can be told from another."""
FEWEST = 10
"""Items below which nothing is told."""
NEWEST = 2_000
"""How many items are looked at, those that left last: more would not change what is told."""
ONCE = 0.05
"""Days in which an item goes through a station at once."""
BROAD = 1.1
"""The prior of working times: the standard deviation of their logarithm around the median stay."""
STRENGTH = 4.0
"""How many items that prior is worth."""
APART = (0.25, 0.05, 0.01)
"""How wide the classes of working times are, in their logarithm: each may be. Narrow ones tell a
timer."""
PASSING = 0.02
"""The share of items that leave before they could have been begun, all being in turn."""
SHORTEST = 1e-3
"""Days below which working times are not told apart."""
FADE, DELAY = 0.1, -1.0
"""The prior of c (logarithms): how much less likely each place more is, and none that bounds."""
_C = np.arange(1, MOST + 1)
PRIOR = np.append(-FADE * _C, DELAY)
"""The logarithm of the prior of 1, 2, … places and without bound."""


@dataclass(frozen=True, slots=True)
class Orders:
    """Log chances of when items left a station, by 1, 2, … places and without bound.

    ``change`` is by how much working times grew over the watch (in their logarithm), were items
    begun in turn, and ``error`` its standard error. ``count`` is how many items were looked at.
    ``timer`` is by how much likelier (the logarithm) it is that stays are of few lengths.
    """

    in_turn: Floats
    any_order: Floats
    change: Floats
    error: Floats
    count: int
    timer: float

    @property
    def turns(self) -> float:
        """By how much likelier it is (the logarithm) that items were begun in turn."""
        return _sum(self.in_turn + PRIOR) - _sum(self.any_order + PRIOR)


def _sum(logs: Floats) -> float:
    """The logarithm of the sum of what these are the logarithms of."""
    most = float(logs.max())
    return most + float(np.log(np.exp(logs - most).sum()))


NOTHING = Orders(
    np.zeros(MOST + 1), np.zeros(MOST + 1), np.zeros(MOST + 1), np.full(MOST + 1, np.inf), 0, 0.0
)


def orders(watch: ObservationWindow, station: Station, held: Occupancy) -> Orders:
    """How well either order tells when items left a station."""
    begin, end = watch.all_stays(station.places)
    looked = np.flatnonzero((begin > 0.0) & (end <= watch.days))
    looked = np.sort(looked[np.argsort(end[looked], kind="stable")][-NEWEST:])
    if looked.size < FEWEST:
        return NOTHING
    came, left = begin[looked], end[looked]
    gone = np.append(np.sort(end[np.isfinite(end)]), np.full(begin.size, np.inf))
    turn = np.full((MOST + 1, looked.size), -np.inf)
    for row, c in enumerate(_C.tolist()):
        waits = looked >= c
        turn[row, waits] = gone[looked[waits] - c]
    work = left - np.maximum(came, turn)
    passed = work <= 0.0
    work = np.maximum(work, SHORTEST)
    stay = np.maximum(left - came, SHORTEST)
    change, error = _change(work, passed, left / watch.days)
    return Orders(
        _histogram(work, passed, stay),
        _any(held, came, left, stay),
        change,
        error,
        looked.size,
        _timer(stay),
    )


def _histogram(work: Floats, passed: NDArray[np.bool_], stay: Floats) -> Floats:
    """By places: the log chance of working times, their distribution integrated out.

    Within a class all logarithms are as likely; who ``passed`` left at any time of the ``stay``.
    How wide the classes are is integrated out too.
    """
    middle = float(np.log(np.median(stay)))
    logs, fine = np.log(work), ~passed
    many = fine.sum(axis=1)
    told = np.stack([_classes(logs - middle, fine, apart) for apart in APART])
    most = told.max(axis=0)
    out: Floats = most + np.log(np.exp(told - most).mean(axis=0))
    out += many * np.log(1 - PASSING) + (stay.size - many) * np.log(PASSING)
    out -= (logs * fine).sum(axis=1) + (np.log(stay)[None, :] * passed).sum(axis=1)
    return out


def _timer(stay: Floats) -> float:
    """See :attr:`Orders.timer`. What goes through at once is no timer, nor are a few items."""
    long = stay[stay >= ONCE]
    if 2 * long.size < stay.size:
        return 0.0
    logs = np.log(long / np.median(long))[None, :]
    fine = np.ones(logs.shape, dtype=np.bool_)
    wide, *narrow = (float(_classes(logs, fine, apart)[0]) for apart in APART)
    return max(0.0, max(narrow) - wide - float(np.log(len(narrow))))


def _classes(logs: Floats, fine: NDArray[np.bool_], apart: float) -> Floats:
    """By places: the log chance of logarithms of working times (those that are ``fine``) by classes
    that are so far apart, around 0.
    """
    place = np.floor(logs / apart).astype(np.int64)
    low = int(place.min())
    centres = (np.arange(low, int(place.max()) + 1) + 0.5) * apart
    prior = np.exp(-((centres / BROAD) ** 2) / 2) + 0.01
    prior *= STRENGTH / prior.sum()
    out = np.empty(logs.shape[0])
    for row in range(logs.shape[0]):
        if row and np.array_equal(logs[row], logs[row - 1]):  # with a place more nobody waits less
            out[row] = out[row - 1]
            continue
        counts = np.bincount(place[row][fine[row]] - low, minlength=1)
        there = np.flatnonzero(counts)
        held = zip(prior[there].tolist(), counts[there].tolist(), strict=True)
        many = int(counts.sum())
        chance = sum(_rises(start, count) for start, count in held)
        out[row] = chance - _rises(STRENGTH, many) - many * np.log(apart)
    return out


def _rises(start: float, times: int) -> float:
    """The logarithm of ``start (start + 1) …``, so many factors."""
    return lgamma(start + times) - lgamma(start)


def _any(held: Occupancy, came: Floats, left: Floats, stay: Floats) -> Floats:
    """By places: the log chance of what leaves, were places shared by all that is held.

    An item then gets ``min(n, c)/n`` of a place while n are held, and leaves when it got what it
    needs.
    """
    level = held.level
    first, last = np.searchsorted(level.at, [came.min(), left.max()])
    at = level.at[max(int(first) - 1, 0) : int(last) + 1]
    n = np.maximum(level.from_(at), 1.0)
    there = np.maximum(level.until(left), 1.0)
    share = np.minimum(n[None, :-1], _C[:, None]) / n[None, :-1]
    total = np.cumsum(share * np.diff(at)[None, :], axis=1)
    total = np.concatenate([np.zeros((MOST, 1)), total], axis=1)
    begin, end = np.searchsorted(at, came), np.searchsorted(at, left)
    got = np.maximum(total[:, end] - total[:, begin], SHORTEST)
    got = np.concatenate([got, stay[None, :]])
    pace = np.log(np.minimum(there, _C[:, None]) / there).sum(axis=1)
    out: Floats = _histogram(got, np.zeros(got.shape, dtype=np.bool_), stay) + np.append(pace, 0.0)
    return out


def _change(work: Floats, passed: NDArray[np.bool_], when: Floats) -> tuple[Floats, Floats]:
    """By places: by how much the logarithm of working times grew over the watch, and its error."""
    fine = np.where(passed, 0.0, 1.0)
    many = fine.sum(axis=1)
    logs = np.log(work) * fine
    enough = np.maximum(many, 1.0)
    middle = (fine @ when) / enough
    off = (when[None, :] - middle[:, None]) * fine
    rest = (logs - (logs.sum(axis=1) / enough)[:, None]) * fine
    spread = np.maximum((off**2).sum(axis=1), 1e-9)
    slope = (off * rest).sum(axis=1) / spread
    variance = ((rest - slope[:, None] * off) ** 2).sum(axis=1) / np.maximum(many - 2.0, 1.0)
    error = np.where(many >= FEWEST, np.sqrt((variance + 0.01) / spread), np.inf)
    return slope, error
