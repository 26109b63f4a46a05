"""How many parallel places a station has, and how much of them is used.

A station lets items go at the rate ``min(n, c)/τ`` while it holds n: c is its number of *parallel
places* (never head count), τ the days that one of them takes for an item. A station whose c has no
bound only delays: however many items are there, none waits for another.

Where items are begun in the order in which they came, c is estimated from when they left
(:mod:`~vsm.features.bottlenecks.queue_discipline`), and from when work was begun that a queue stage
held. Where they are not, or only days are known, three likelihoods are multiplied:

- the time spent at each n, and the departures from it; τ may change evenly over the watch;
- where a queue stage feeds it, with how many items in work more is begun while some wait;
- how long items stay, by how many were there when they came (only where moments are known).

What each is worth was tried in ``bench/streams``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import lgamma

import numpy as np
from numpy.typing import NDArray

from vsm.features.bottlenecks.queue_discipline import MOST, NOTHING, PRIOR, Orders
from vsm.features.bottlenecks.stations import (
    Floats,
    ObservationWindow,
    Occupancy,
    Station,
    StepFunction,
)

TREND = 0.3
"""The prior of the change of τ over the whole watch: the standard deviation of its logarithm."""
_CHANGES = np.linspace(-1.2, 1.2, 25)
"""The changes of τ that are weighed, as logarithms."""
NEAR_END = 0.1
"""Where τ and arrivals are told of: this share of the watch before its end."""
SOONER = 0.25
"""The share of the time that those before it would have taken in which who passes them is gone."""
RECENT = 60.0
"""Days over which the weight of a day falls to 1/e, where the recent past is told."""
DELAYS = 0.5
"""The chance from which on a station is said to delay only."""
_C = np.arange(1, MOST + 1)


@dataclass(frozen=True, slots=True)
class Fit:
    """What was fitted to a station. Rates are a day, times in days, shares from 0 to 1.

    ``used`` is the posterior mean of λτ/c near the end of the watch, at most 3. ``busy`` and
    ``lately`` are the utilisation at which a station of that many places would have as much of its
    time with items waiting, over the watch and lately (weight falls over :data:`RECENT` days);
    ``waits`` is that share of time. ``slower`` is by how many standard deviations τ has grown.
    ``blocked`` is the share of time in which a station that it hands over to was full, ``starved``
    that in which it held nothing. ``waiting`` is how many items waited in it on average, ``items``
    how many came to it for the first time a day. ``passed`` is the share of the items that came
    while others waited and left long before those had been worked on. ``turns`` is by how much
    likelier (the logarithm) its items were begun in the order in which they came than in any.

    ``places`` is the mean of what is finite, ``touch`` of what delays how long items stay.
    """

    station: Station
    used: float
    busy: float
    lately: float
    waits: float
    slower: float
    blocked: float
    starved: float
    waiting: float
    places: float
    touch: float
    arrivals: float
    departures: float
    items: float
    ended: int
    passed: float
    turns: float
    chances: tuple[float, ...]
    """The posterior of 1, 2, … places and, at the end, without bound."""

    @property
    def delayed(self) -> float:
        """The chance that it only delays."""
        return self.chances[-1]

    @property
    def delays(self) -> bool:
        """Whether it probably only delays."""
        return self.delayed >= DELAYS


@dataclass(frozen=True, eq=False)
class _Seen:
    """What was seen of a station: stretches of time with what it held, and what came and left.

    ``begins``, ``spans``, ``count`` and ``free`` have one entry a stretch; ``free`` says that no
    station that it hands over to was full. ``time`` and ``gone`` are, by week and items held, the
    days and the departures while that was so.
    """

    begins: Floats
    spans: Floats
    count: Floats
    free: NDArray[np.bool_]
    comes: Floats
    leaves: Floats
    time: Floats
    gone: Floats

    @property
    def weeks(self) -> int:
        """How many weeks were looked at."""
        return int(self.time.shape[0])

    @property
    def total(self) -> float:
        """Days that were looked at."""
        return float(self.spans.sum()) or 1.0


def _see(days: float, held: Occupancy, after: Sequence[tuple[StepFunction, int]]) -> _Seen:
    """Cut the watch where something changes; ``after`` are levels and limits of what follows."""
    weeks = max(1, round(days / 7))
    edges = [held.level.at, *(level.at for level, _ in after), np.linspace(0.0, days, weeks + 1)]
    at = np.unique(np.concatenate(edges))
    at = at[(at >= 0.0) & (at <= days)]
    begins, spans = at[:-1], np.diff(at)
    count = held.level.from_(begins)
    leaves = held.leaves[(held.leaves > 0.0) & (held.leaves <= days)]
    comes = held.comes[(held.comes > 0.0) & (held.comes <= days)]
    free, went_free = np.ones(begins.size, np.bool_), np.ones(leaves.size, np.bool_)
    for level, limit in after:
        free &= level.from_(begins) < limit
        went_free &= level.from_(leaves) < limit
    time, gone = np.zeros((weeks, MOST + 1)), np.zeros((weeks, MOST + 1))
    levels = np.minimum(count, MOST).astype(np.int64)
    np.add.at(time, (_week(begins[free], days, weeks), levels[free]), spans[free])
    left_from = np.clip(held.level.until(leaves), 1, MOST).astype(np.int64)
    np.add.at(gone, (_week(leaves[went_free], days, weeks), left_from[went_free]), 1.0)
    return _Seen(begins, spans, count, free, comes, leaves, time, gone)


def _week(moments: Floats, days: float, weeks: int) -> NDArray[np.int64]:
    """The week of the watch in which each moment lies."""
    return np.minimum((moments / days * weeks).astype(np.int64), weeks - 1)


def fit(
    watch: ObservationWindow,
    station: Station,
    after: Sequence[Station],
    told: Orders = NOTHING,
    in_turn: bool = False,
) -> Fit:
    """Fit a station; ``after`` are those that it hands over to and that have limits.

    ``told`` is what is known of the order of its work, ``in_turn`` whether that is the order of
    arrival.
    """
    days = max(watch.days, 1e-9)
    held = watch.held(station.places)
    seen = _see(days, held, [(watch.held(each.places).level, each.limit) for each in after])
    share = (np.arange(seen.weeks) + 0.5) / seen.weeks - 1.0  # of the watch, 0 at its end
    by_rate, work = _departures(seen.time, seen.gone, share)
    chance = _posterior(
        _begun(watch, station, told)
        if in_turn and told.count
        else _any_order(watch, station, held, told, by_rate),
        station,
        seen,
    )
    bound = chance[:, :-1]
    places, changes = bound.sum(axis=0), chance.sum(axis=1)

    came = np.bincount(_week(seen.comes, days, seen.weeks), minlength=seen.weeks)
    rate = _rate(came.astype(np.float64), share, days)
    gone = max(float(seen.gone.sum()), 1.0)
    touch = work / gone * np.exp(_CHANGES * NEAR_END)[:, None]
    used = np.minimum(rate * touch / _C[None, :], 3.0)
    waits = seen.count[None, :] > _C[:, None]
    if station.limit:
        waits = waits | (seen.count >= station.limit)[None, :]
    waits = waits & seen.free[None, :]
    recent = seen.spans * np.exp((seen.begins - days) / RECENT)
    over = np.maximum(seen.count[None, :] - _C[:, None], 0.0) @ (seen.spans * seen.free) / days
    mean = float((changes * -_CHANGES).sum())
    spread = float(np.sqrt((changes * (_CHANGES + mean) ** 2).sum()))
    waited = waits @ seen.spans / seen.total
    known = bound / (bound.sum() or 1.0)
    delays = bool(chance[:, -1].sum() >= DELAYS)
    return Fit(
        station=station,
        used=float((bound * used).sum()),
        busy=float((places * _implied(waited)).sum()),
        lately=float((places * _implied(waits @ recent / (recent.sum() or 1.0))).sum()),
        waits=float((places * waited).sum()),
        slower=mean / max(spread, 1e-6),
        blocked=float(seen.spans[~seen.free].sum() / seen.total),
        starved=float(seen.spans[seen.count == 0].sum() / seen.total),
        waiting=float((places * over).sum()),
        places=float((known.sum(axis=0) * _C).sum()),
        touch=_mean_stay(watch, station) if delays else float((known * touch).sum()),
        arrivals=seen.comes.size / days,
        departures=seen.leaves.size / days,
        items=watch.firsts(station.places) / days,
        ended=int(seen.leaves.size),
        passed=_passed(watch, station, held, places, float((known * touch).sum())),
        turns=told.turns,
        chances=(*places.tolist(), float(chance[:, -1].sum())),
    )


def _posterior(chance: Floats, station: Station, seen: _Seen) -> Floats:
    """The chance of each change of τ and each number of places: rows, and columns with the last
    without bound. A station holds no more than its limit allows.
    """
    if station.limit and len(station.active) == 1:
        most = max(station.limit, int(seen.count.max(initial=1.0)))
        chance = np.where(np.append(most >= _C, False)[None, :], chance, -np.inf)
    chance = np.exp(chance - chance.max())
    out: Floats = chance / chance.sum()
    return out


def _begun(watch: ObservationWindow, station: Station, told: Orders) -> Floats:
    """The log chance by change of τ and places where items are begun in the order of arrival."""
    chance = told.in_turn + PRIOR
    if station.queues:
        chance = chance + _pulls(watch, station)
    out: Floats = chance[None, :] + _slower(told)
    return out


def _slower(told: Orders) -> Floats:
    """The log chance of each change of the pace, by places."""
    off = (_CHANGES[:, None] + told.change[None, :]) / told.error[None, :]
    chance = -(off**2) / 2 - (_CHANGES**2)[:, None] / (2 * TREND**2)
    out: Floats = chance - np.log(np.exp(chance).sum(axis=0))[None, :]
    return out


def _any_order(
    watch: ObservationWindow, station: Station, held: Occupancy, told: Orders, by_rate: Floats
) -> Floats:
    """The same where they are begun in any order, or nobody knows."""
    prior = PRIOR[None, :] - (_CHANGES**2)[:, None] / (2 * TREND**2)
    chance: Floats = np.concatenate([by_rate, by_rate[:, -1:]], axis=1) + prior
    if len(station.active) == 1:
        if station.queues:
            chance = chance + _pulls(watch, station)[None, :]
        if not watch.coarse:
            chance = chance + _stays(watch, station, held)[None, :]
            chance[:, -1] += told.timer  # whoever waits for others waits for different times
    return chance


def _mean_stay(watch: ObservationWindow, station: Station) -> float:
    """How long items that left during the watch had stayed, in days."""
    begin, end = watch.stays(station.places)
    inside = (end > 0.0) & (end <= watch.days)
    return float((end - begin)[inside].mean()) if inside.any() else 0.0


def _departures(time: Floats, gone: Floats, share: Floats) -> tuple[Floats, Floats]:
    """By change of τ and places: log chance, and place-days of work at the pace of the end.

    The rate is integrated out with a prior worth one departure.
    """
    busy = np.minimum(np.arange(MOST + 1)[None, :], _C[:, None]).astype(np.float64)
    pace = np.exp(np.outer(_CHANGES, share))
    work = pace @ (time @ busy.T)
    each = (gone.sum(axis=0) * np.log(np.maximum(busy, 1.0))).sum(axis=1)
    drift = _CHANGES * float(gone.sum(axis=1) @ share)
    chance = each[None, :] + drift[:, None] - (gone.sum() + 1.0) * np.log(work + 1e-9)
    return chance, work


def _pulls(watch: ObservationWindow, station: Station) -> Floats:
    """By places and without bound: the log chance of when work was begun while some of it waited.

    Below c it is begun at one rate, at c or above at another; both are integrated out.
    """
    active, queue = watch.held(station.active), watch.held(station.queues)
    at = np.unique(np.concatenate([active.level.at, queue.level.at]))
    at = np.append(at[(at >= 0.0) & (at < watch.days)], watch.days)
    waits = queue.level.from_(at[:-1]) > 0
    working = np.clip(active.level.from_(at[:-1]), 0, MOST).astype(np.int64)
    begun = queue.leaves[(queue.leaves > 0.0) & (queue.leaves <= watch.days)]
    before = np.clip(active.level.from_(begun) - 1, 0, MOST).astype(np.int64)
    spans = np.bincount(working[waits], weights=np.diff(at)[waits], minlength=MOST + 1)
    starts = np.bincount(before, minlength=MOST + 1)
    time: Floats = np.cumsum(spans)
    count: Floats = np.cumsum(starts, dtype=np.float64)
    below = _marginal(count[_C - 1], time[_C - 1])
    told = below + _marginal(count[-1] - count[_C - 1], time[-1] - time[_C - 1])
    return np.append(told, told[-1])


def _marginal(count: Floats, time: Floats) -> Floats:
    """The log chance of a number of events in a time, their rate integrated out."""
    events = count + 0.5
    gamma = np.array([lgamma(each) for each in events.tolist()])
    out: Floats = gamma - events * np.log(time + 0.05)
    return out


def _stays(watch: ObservationWindow, station: Station, held: Occupancy) -> Floats:
    """By places and without bound: the log chance of how long items stayed.

    Who comes to n others waits until ``n + 1 - c`` of them have gone: the stay is
    ``1 + max(0, n + 1 - c)/c`` times as long as without them, and else lognormal.
    """
    begin, end = watch.stays(station.places)
    whole = (begin > 0.0) & (end <= watch.days)
    begin, end = begin[whole], end[whole]
    if begin.size < 10:
        return np.zeros(MOST + 1)
    others = np.maximum(held.level.from_(begin) - 1, 0.0)
    ahead = np.maximum(0.0, others[None, :] + 1 - _C[:, None]) / _C[:, None]
    longer = np.log1p(np.concatenate([ahead, np.zeros((1, ahead.shape[1]))]))
    rest = np.log(np.maximum(end - begin, 1e-3))[None, :] - longer
    rest -= rest.mean(axis=1, keepdims=True)
    when = begin / watch.days - float((begin / watch.days).mean())
    slope = rest @ when / (float(when @ when) + 2.0)  # shrunk to none
    rest -= slope[:, None] * when[None, :]
    out: Floats = -begin.size * np.log(rest.std(axis=1) + 0.05)
    return out


def _passed(
    watch: ObservationWindow, station: Station, held: Occupancy, places: Floats, touch: float
) -> float:
    """See :attr:`Fit.passed`: they stayed for less than :data:`SOONER` of what those before them
    would have taken.
    """
    begin, end = watch.stays(station.places)
    inside = begin > 0.0
    begin, end = begin[inside], end[inside]
    likeliest = float(np.argmax(places)) + 1.0
    ahead = held.level.from_(begin) - likeliest
    waited = ahead >= 1.0
    if not waited.any():
        return 0.0
    share = (end - begin)[waited] < SOONER * ahead[waited] * touch / likeliest
    return float(share.mean())


def _rate(came: Floats, share: Floats, days: float) -> float:
    """Arrivals a day near the end of the watch, where they may change evenly over it."""
    pace = np.exp(np.outer(_CHANGES, share)).sum(axis=1) * days / came.size
    total = float(came.sum())
    chance = _CHANGES * float(came @ share) - (total + 1.0) * np.log(pace)
    chance = np.exp(chance - chance.max() - _CHANGES**2 / (2 * TREND**2))
    chance /= chance.sum()
    return float((chance * total / pace * np.exp(-_CHANGES * NEAR_END)).sum())


_USED = np.linspace(0.01, 0.995, 120)


@cache
def _waiting() -> NDArray[np.float64]:
    """By places and utilisation: the share of time in which items wait (Erlang's C times ρ)."""
    out = np.zeros((MOST, _USED.size))
    for c in _C.tolist():
        load = c * _USED
        lost = np.ones_like(load)
        for k in range(1, c + 1):
            lost = load * lost / (k + load * lost)
        out[c - 1] = lost / (1 - _USED + _USED * lost) * _USED
    return out


def _implied(waits: Floats) -> Floats:
    """By places: the utilisation at which items would wait for that share of the time."""
    table = _waiting()
    return np.array([np.interp(waits[n], table[n], _USED) for n in range(MOST)])
