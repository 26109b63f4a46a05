"""Fits the number of parallel servers of a station, their service time and their utilisation.

A station lets items go at the rate ``min(n, c)/τ`` while it holds n: c is its number of *parallel
servers* (never head count), τ the days that one of them takes for an item. A station whose c has no
bound is a mere delay: however many items are there, none waits for another.

Where items are started first-in-first-out, c is estimated from the moments at which they left
(:mod:`~vsm.features.bottlenecks.queue_discipline`), and from the starts of work that a queue stage
shows. Where they are not, or only days are known, two likelihoods are multiplied:

- departures by the time spent at each n; τ may change evenly over the window,
- where a queue stage feeds the station, starts of work while items wait, by the items in work.

The worth of each was tried in ``bench/streams``. How long an item stays says nothing of c there:
one that is taken before its turn does not stay longer the more others it meets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import lgamma

import numpy as np
from numpy.typing import NDArray

from vsm.features.bottlenecks.erlang import LEAST_UTILISATION, implied_utilisation
from vsm.features.bottlenecks.queue_discipline import (
    MAX_SERVERS,
    NO_DISCIPLINE_FIT,
    SERVER_LOG_PRIOR,
    DisciplineFit,
    overtaking_share,
)
from vsm.features.bottlenecks.stations import (
    Floats,
    ObservationWindow,
    Occupancy,
    Station,
    StepFunction,
)

TREND_SD = 0.3
"""Prior of the change of τ over the whole window: the standard deviation of its logarithm."""
_TRENDS = np.linspace(-1.2, 1.2, 25)
"""The changes of 1/τ that are weighed, as logarithms: the grid over which is integrated."""
AT_END = 0.1
"""τ and arrivals are reported for this share of the window before its end."""
MIN_SLOWDOWN = 1.5
"""A change of τ by fewer standard deviations than this may be chance: waiting is read as it was."""
RECENT_DAYS = 60.0
"""Days over which the weight of a day falls to 1/e in figures on the recent past."""
LOW_QUARTILE = 0.25
"""The number of servers is the one below which so much of the probability is."""
MOST_LOAD = 1.1
"""More utilisation than this says nothing more."""
DELAY_PROBABILITY = 0.5
"""A station is called a mere delay from this probability on."""
_SERVERS = np.arange(1, MAX_SERVERS + 1)


@dataclass(frozen=True, slots=True)
class Fit:
    """The fit of a station. Rates are per day, times in days, shares from 0 to 1.

    - ``utilisation``: λτ/c near the end of the window, at most 3.
    - ``implied_utilisation``: the utilisation at which a station of so many servers has items
      waiting for as much of its time, over the window; ``recent_utilisation`` the same with weights
      that fall over :data:`RECENT_DAYS`. ``waiting_share`` is that share of time. Where τ changed
      over the window, both are those of its end: what waited says how it was before.
    - ``slowdown``: growth of τ in standard deviations.
    - ``blocked``: share of time in which a station that it hands over to was full; ``starved``:
      share of time in which it held nothing.
    - ``mean_waiting``: mean number of items waiting; ``first_arrivals``: rate of items that came
      for the first time.
    - ``servers``: c, the lower quartile of its posterior; ``service_time``: τ, or for a delay the
      mean stay. The utilisations and what waits are those with so many servers.
    - ``overtaking_share``: share of the items that came while others waited and left long before
      these could have been worked on.
    - ``fifo_log_odds``: log odds that items were started first-in-first-out, against any order.
    - ``delay_probability``: that it is a mere delay.
    - ``server_odds``: the probabilities of 1, 2, … servers and, at the end, of a mere delay.
    """

    station: Station
    utilisation: float
    implied_utilisation: float
    recent_utilisation: float
    waiting_share: float
    slowdown: float
    blocked: float
    starved: float
    mean_waiting: float
    servers: int
    service_time: float
    arrivals: float
    departures: float
    first_arrivals: float
    departure_count: int
    overtaking_share: float
    fifo_log_odds: float
    delay_probability: float
    server_odds: tuple[float, ...] = ()

    @property
    def load(self) -> float:
        """How loaded it is, by four readings of the same: how often items waited, the utilisations
        that this implies, over the window and lately, and λτ/c.
        """
        used = min(self.utilisation, MOST_LOAD)
        return (self.waiting_share + self.implied_utilisation + self.recent_utilisation + used) / 4

    @property
    def is_delay(self) -> bool:
        """Whether it probably is a mere delay."""
        return self.delay_probability >= DELAY_PROBABILITY


@dataclass(frozen=True, eq=False)
class _Observations:
    """Stretches of time with the items that a station held, and its arrivals and departures.

    ``begins``, ``spans``, ``counts`` and ``is_free`` have one entry a stretch; ``is_free`` says
    that no station that it hands over to was full. ``time`` and ``departed`` are, by week and items
    held, the days and the departures while that was so.
    """

    begins: Floats
    spans: Floats
    counts: Floats
    is_free: NDArray[np.bool_]
    arrivals: Floats
    departures: Floats
    time: Floats
    departed: Floats

    @property
    def weeks(self) -> int:
        return int(self.time.shape[0])

    @property
    def total_days(self) -> float:
        return float(self.spans.sum()) or 1.0


def _observe(
    days: float, occupancy: Occupancy, downstream: Sequence[tuple[StepFunction, int]]
) -> _Observations:
    """Cut the window where a number changes; ``downstream`` are levels and limits of what follows.

    Time in which a full station downstream held departures up says nothing about c, so it counts in
    neither ``time`` nor ``departed``.
    """
    weeks = max(1, round(days / 7))
    edges = [
        occupancy.level.moments,
        *(level.moments for level, _ in downstream),
        np.linspace(0.0, days, weeks + 1),
    ]
    moments = np.unique(np.concatenate(edges))
    moments = moments[(moments >= 0.0) & (moments <= days)]
    begins, spans = moments[:-1], np.diff(moments)
    counts = occupancy.level.just_after(begins)
    departures = occupancy.departures[(occupancy.departures > 0.0) & (occupancy.departures <= days)]
    arrivals = occupancy.arrivals[(occupancy.arrivals > 0.0) & (occupancy.arrivals <= days)]
    is_free, left_free = np.ones(begins.size, np.bool_), np.ones(departures.size, np.bool_)
    for level, limit in downstream:
        is_free &= level.just_after(begins) < limit
        left_free &= level.just_before(departures) < limit
    time, departed = np.zeros((weeks, MAX_SERVERS + 1)), np.zeros((weeks, MAX_SERVERS + 1))
    levels = np.minimum(counts, MAX_SERVERS).astype(np.int64)
    np.add.at(time, (_week(begins[is_free], days, weeks), levels[is_free]), spans[is_free])
    left_from = np.clip(occupancy.level.just_before(departures), 1, MAX_SERVERS).astype(np.int64)
    np.add.at(departed, (_week(departures[left_free], days, weeks), left_from[left_free]), 1.0)
    return _Observations(begins, spans, counts, is_free, arrivals, departures, time, departed)


def _week(moments: Floats, days: float, weeks: int) -> NDArray[np.int64]:
    """The week of the window in which each moment lies."""
    return np.minimum((moments / days * weeks).astype(np.int64), weeks - 1)


def fit_station(
    window: ObservationWindow,
    station: Station,
    downstream: Sequence[Station],
    discipline: DisciplineFit = NO_DISCIPLINE_FIT,
    is_fifo: bool = False,
) -> Fit:
    """Fit a station; ``downstream`` are those with limits that it hands over to.

    ``is_fifo`` says that the whole stream starts work first-in-first-out: one station alone has too
    few departures to decide that.
    """
    days = max(window.days, 1e-9)
    occupancy = window.occupancy(station.held_in)
    levels = [(window.occupancy(after.stages).level, after.limit) for after in downstream]
    seen = _observe(days, occupancy, levels)
    share = (np.arange(seen.weeks) + 0.5) / seen.weeks - 1.0  # of the window: 0 is its end
    by_rate, work = _departure_likelihood(seen.time, seen.departed, share)
    if is_fifo and discipline.item_count:
        likelihood = _fifo_likelihood(window, station, discipline)
    else:
        likelihood = _any_order_likelihood(window, station, discipline, by_rate)
    posterior = _posterior(likelihood, station, seen)
    by_servers = posterior.sum(axis=0)
    delay_probability = float(by_servers[-1])
    column = _likely_column(by_servers)
    trends = posterior[:, column] / (posterior[:, column].sum() or 1.0)
    rate = _recent_rate(seen, share, days)
    service_times = work[:, column] / max(seen.departed.sum(), 1.0) * np.exp(_TRENDS * AT_END)
    service_time = float(trends @ service_times)
    utilisation = float(trends @ np.minimum(rate * service_times / (column + 1), 3.0))
    has_servers = 1.0 - delay_probability
    waiting_share, recent = _waiting_shares(station, seen, column + 1, days)
    slowdown = _slowdown(posterior.sum(axis=1))
    growth = float(trends @ -_TRENDS) if is_fifo and abs(slowdown) >= MIN_SLOWDOWN else 0.0
    implied = implied_utilisation(waiting_share, column + 1, station.limit)
    lately = implied_utilisation(recent, column + 1, station.limit)
    if delay_probability >= DELAY_PROBABILITY:
        service_time = mean_stay(window, station)
    return Fit(
        station=station,
        utilisation=has_servers * utilisation,
        implied_utilisation=has_servers * _project_to_end(implied, growth, 0.5),
        recent_utilisation=has_servers * _project_to_end(lately, growth, _mean_recent_age(days)),
        waiting_share=has_servers * waiting_share,
        slowdown=slowdown,
        blocked=float(seen.spans[~seen.is_free].sum() / seen.total_days),
        starved=float(seen.spans[seen.counts == 0].sum() / seen.total_days),
        mean_waiting=has_servers * _mean_excess(seen, column + 1, days),
        servers=column + 1,
        service_time=service_time,
        arrivals=seen.arrivals.size / days,
        departures=seen.departures.size / days,
        first_arrivals=window.count_first_entries(station.stages) / days,
        departure_count=int(seen.departures.size),
        overtaking_share=overtaking_share(window, station, occupancy, column + 1, service_time),
        fifo_log_odds=discipline.fifo_log_odds,
        delay_probability=delay_probability,
        server_odds=tuple(by_servers.tolist()),
    )


def _likely_column(by_servers: Floats) -> int:
    """The column of the number of servers: the lower quartile, or with doubt too many are seen.

    Where nothing tells their number, a large one explains all that waits as work.
    """
    column = int(np.searchsorted(np.cumsum(by_servers), LOW_QUARTILE))
    return min(column, MAX_SERVERS - 1)


def _waiting_shares(
    station: Station, seen: _Observations, servers: int, days: float
) -> tuple[float, float]:
    """The shares of time in which items wait for a server, not for what follows.

    Over the window, and with weights that fall over :data:`RECENT_DAYS`.
    """
    waits = seen.counts > servers
    if station.limit:
        # A full station makes the one before it wait, also where no item waits in itself.
        waits = waits | (seen.counts >= station.limit)
    waits = waits & seen.is_free
    recent = seen.spans * np.exp((seen.begins - days) / RECENT_DAYS)
    return (
        float(waits @ seen.spans / seen.total_days),
        float(waits @ recent / (recent.sum() or 1.0)),
    )


def _mean_recent_age(days: float) -> float:
    """The mean age of what counts lately, as a share of the window."""
    return RECENT_DAYS / days - 1.0 / float(np.expm1(days / RECENT_DAYS))


def _project_to_end(utilisation: float, growth: float, mean_age: float) -> float:
    """The utilisation near the end of the window, from one that is so old in the mean.

    ``growth`` is that of the logarithm of τ over the window, ``mean_age`` a share of the window.
    """
    return min(utilisation * float(np.exp(growth * (mean_age - AT_END))), 1.0)


def _mean_excess(seen: _Observations, servers: int, days: float) -> float:
    """The mean number of items beyond the servers, while nothing that follows was full."""
    excess = np.maximum(seen.counts - servers, 0.0)
    return float(excess @ (seen.spans * seen.is_free) / days)


def _slowdown(trends: Floats) -> float:
    """The growth of τ in standard deviations by the probabilities of its changes."""
    mean = float((trends * -_TRENDS).sum())
    spread = float(np.sqrt((trends * (_TRENDS + mean) ** 2).sum()))
    return mean / max(spread, 1e-6)


def _posterior(likelihood: Floats, station: Station, seen: _Observations) -> Floats:
    """The probability of each change of τ (rows) and number of servers (columns, the last a delay).

    A station cannot have more servers in use than its limit lets items in, or than it held at most
    where the limit was exceeded.
    """
    if station.limit and len(station.active) == 1:
        most = max(station.limit, int(seen.counts.max(initial=1.0)))
        likelihood = np.where(np.append(most >= _SERVERS, False)[None, :], likelihood, -np.inf)
    likelihood = np.exp(likelihood - likelihood.max())
    posterior: Floats = likelihood / likelihood.sum()
    return posterior


def _fifo_likelihood(
    window: ObservationWindow, station: Station, discipline: DisciplineFit
) -> Floats:
    """By change of τ and servers: log likelihood and prior, items started first-in-first-out."""
    likelihood = discipline.fifo + SERVER_LOG_PRIOR
    if station.queues and station.team is None:
        likelihood = likelihood + _pull_likelihood(window, station)
    joint: Floats = likelihood[None, :] + trend_likelihood(discipline)
    return joint


def trend_likelihood(discipline: DisciplineFit) -> Floats:
    """The log probability of each change of the pace, by servers."""
    deviation = (_TRENDS[:, None] + discipline.growth[None, :]) / discipline.growth_error[None, :]
    likelihood = -(deviation**2) / 2 - (_TRENDS**2)[:, None] / (2 * TREND_SD**2)
    likelihood = likelihood - likelihood.max(axis=0)  # of a clear trend all others are tiny
    normalised: Floats = likelihood - np.log(np.exp(likelihood).sum(axis=0))[None, :]
    return normalised


def _any_order_likelihood(
    window: ObservationWindow,
    station: Station,
    discipline: DisciplineFit,
    by_rate: Floats,
) -> Floats:
    """The same where items are started in any order, or in an order that nobody knows."""
    prior = SERVER_LOG_PRIOR[None, :] - (_TRENDS**2)[:, None] / (2 * TREND_SD**2)
    # With most servers none ever waits, so a delay is as likely by its rate.
    likelihood: Floats = np.concatenate([by_rate, by_rate[:, -1:]], axis=1) + prior
    if len(station.active) == 1:
        if station.queues and not station.elsewhere:
            likelihood = likelihood + _pull_likelihood(window, station)[None, :]
        if not window.is_coarse:
            # Waiting for others makes stays differ: stays of one length speak for a timer.
            likelihood[:, -1] += discipline.timer_log_odds
    return likelihood


def mean_stay(window: ObservationWindow, station: Station) -> float:
    """The mean stay in days of the items that left in the window."""
    begin, end = window.stays(station.held_in)
    inside = (end > 0.0) & (end <= window.days)
    return float((end - begin)[inside].mean()) if inside.any() else 0.0


def _departure_likelihood(time: Floats, departed: Floats, share: Floats) -> tuple[Floats, Floats]:
    """By change of τ and servers: log likelihood, and server-days of work at the pace of the end.

    Departures are a Poisson process of rate ``min(n, c)/τ``. Its rate 1/τ is integrated out with a
    prior worth one departure, which leaves ``Π min(n, c) · work^-(departures + 1)``.
    """
    busy = np.minimum(np.arange(MAX_SERVERS + 1)[None, :], _SERVERS[:, None]).astype(np.float64)
    pace = np.exp(np.outer(_TRENDS, share))
    work = pace @ (time @ busy.T)
    by_level = (departed.sum(axis=0) * np.log(np.maximum(busy, 1.0))).sum(axis=1)
    drift = _TRENDS * float(departed.sum(axis=1) @ share)
    likelihood = by_level[None, :] + drift[:, None] - (departed.sum() + 1.0) * np.log(work + 1e-9)
    return likelihood, work


def _pull_likelihood(window: ObservationWindow, station: Station) -> Floats:
    """By servers and for a delay: the log likelihood of starts of work while some of it waited.

    Below c items in work it is started at one rate, at c or above at another; both rates are
    integrated out. The true c is where the rate drops.
    """
    active, queue = window.occupancy(station.active), window.occupancy(station.queues)
    moments = np.unique(np.concatenate([active.level.moments, queue.level.moments]))
    moments = np.append(moments[(moments >= 0.0) & (moments < window.days)], window.days)
    waits = queue.level.just_after(moments[:-1]) > 0
    working = np.clip(active.level.just_after(moments[:-1]), 0, MAX_SERVERS).astype(np.int64)
    started = queue.departures[(queue.departures > 0.0) & (queue.departures <= window.days)]
    before = np.clip(active.level.just_after(started) - 1, 0, MAX_SERVERS).astype(np.int64)
    spans = np.bincount(working[waits], weights=np.diff(moments)[waits], minlength=MAX_SERVERS + 1)
    starts = np.bincount(before, minlength=MAX_SERVERS + 1)
    time: Floats = np.cumsum(spans)
    count: Floats = np.cumsum(starts, dtype=np.float64)
    below = _marginal(count[_SERVERS - 1], time[_SERVERS - 1])
    likelihood = below + _marginal(count[-1] - count[_SERVERS - 1], time[-1] - time[_SERVERS - 1])
    return np.append(likelihood, likelihood[-1])


def _marginal(count: Floats, time: Floats) -> Floats:
    """The log likelihood of Poisson events in a time, their rate integrated out (gamma prior)."""
    events = count + 0.5
    gamma = np.array([lgamma(shape) for shape in events.tolist()])
    likelihood: Floats = gamma - events * np.log(time + 0.05)
    return likelihood


def _recent_rate(seen: _Observations, share: Floats, days: float) -> float:
    """Arrivals a day near the end of the window; the rate may change evenly over it."""
    weeks = _week(seen.arrivals, days, seen.weeks)
    arrived = np.bincount(weeks, minlength=seen.weeks).astype(np.float64)
    pace = np.exp(np.outer(_TRENDS, share)).sum(axis=1) * days / arrived.size
    total = float(arrived.sum())
    posterior = _TRENDS * float(arrived @ share) - (total + 1.0) * np.log(pace)
    posterior = np.exp(posterior - posterior.max() - _TRENDS**2 / (2 * TREND_SD**2))
    posterior /= posterior.sum()
    return float((posterior * total / pace * np.exp(-_TRENDS * AT_END)).sum())


def as_unused(fit: Fit) -> Fit:
    """The same fit of a station of which nothing says that it is used."""
    least = LEAST_UTILISATION
    return replace(fit, utilisation=least, implied_utilisation=least, recent_utilisation=least)


def as_delay(fit: Fit, service_time: float) -> Fit:
    """The same fit of a station that only delays, for so many days."""
    return replace(
        as_unused(fit),
        service_time=service_time,
        delay_probability=1.0,
        server_odds=sure_of(MAX_SERVERS + 1),
    )


def sure_of(servers: int) -> tuple[float, ...]:
    """The odds that are sure of a number of servers, of a mere delay beyond the largest."""
    return tuple(float(count == servers) for count in range(1, MAX_SERVERS + 2))
