"""Fits the queue discipline of a station: first-in-first-out or any order, from departures alone.

A first-in-first-out station of c servers starts the k-th item as soon as it has arrived and
``k - c + 1`` items have left. So each c implies when every item was started and how long it was
worked on, and the true c is the one whose service times look most like those of one kind of work.
The distribution of service times is taken to be unknown: a histogram over logarithms with a
Dirichlet prior, integrated out.

The alternative is a station that works in any order, where each item gets an equal share of all
servers (processor sharing). Where nothing waits the two cannot be distinguished.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import lgamma

import numpy as np
from numpy.typing import NDArray

from vsm.features.bottlenecks.stations import Floats, ObservationWindow, Occupancy, Station

MAX_SERVERS = 40
"""Beyond so many parallel servers their number cannot be identified."""
OVERTAKING_STAY = 0.25
"""An item overtook others if it stayed for less than this share of the time they needed first."""
MIN_ITEMS = 10
"""With fewer items nothing is fitted."""
MAX_ITEMS = 2_000
"""So many items at most are looked at, those that left last: more would not change the result."""
INSTANT_DAYS = 0.05
"""An item that stays for less passes through without being worked on."""
PRIOR_LOG_SD = 1.1
"""Prior of service times: the standard deviation of their logarithm around the median stay."""
PRIOR_STRENGTH = 4.0
"""The number of items that this prior counts for."""
BIN_WIDTHS = (0.25, 0.05, 0.01)
"""Widths of the histogram's bins in logarithms, equally likely a priori. Narrow ones fit timers."""
OVERTAKING_SHARE = 0.02
"""The share of items that leave before a first-in-first-out station could have started them."""
SHORTEST_DAYS = 1e-3
"""Service times below this one, in days, count as equal."""
SERVER_DECAY, DELAY_LOG_PRIOR = 0.1, -1.0
"""Prior of c in logarithms: the decrease for each further server, and the value of a mere delay."""
_SERVERS = np.arange(1, MAX_SERVERS + 1)
SERVER_LOG_PRIOR = np.append(-SERVER_DECAY * _SERVERS, DELAY_LOG_PRIOR)
"""Log prior of 1, 2, … servers and, at the end, of a delay (servers without bound)."""


@dataclass(frozen=True, slots=True)
class DisciplineFit:
    """Log likelihoods of a station's departures, by 1, 2, … servers and, at the end, for a delay.

    ``growth`` is the growth of service times over the window (in logarithms) if items are started
    first-in-first-out, ``growth_error`` its standard error. ``item_count`` items were looked at.
    ``timer_log_odds`` are the log odds that stays are of few exact lengths, as a timer makes them.
    """

    fifo: Floats
    any_order_service: Floats
    growth: Floats
    growth_error: Floats
    item_count: int
    timer_log_odds: float

    @property
    def fifo_log_odds(self) -> float:
        """Log odds of first-in-first-out against any order, over all numbers of servers."""
        return log_sum_exp(self.fifo + SERVER_LOG_PRIOR) - log_sum_exp(
            self.any_order_service + SERVER_LOG_PRIOR
        )


def log_sum_exp(logs: Floats) -> float:
    """The logarithm of the sum of likelihoods."""
    most = float(logs.max())
    return most + float(np.log(np.exp(logs - most).sum()))


NO_DISCIPLINE_FIT = DisciplineFit(
    np.zeros(MAX_SERVERS + 1),
    np.zeros(MAX_SERVERS + 1),
    np.zeros(MAX_SERVERS + 1),
    np.full(MAX_SERVERS + 1, np.inf),
    0,
    0.0,
)


def fit_queue_discipline(
    window: ObservationWindow, station: Station, occupancy: Occupancy
) -> DisciplineFit:
    """Compute how likely either discipline makes the moments at which items left a station."""
    begin, end = window.all_stays(station.held_in)
    whole = np.flatnonzero((begin > 0.0) & (end <= window.days))
    whole = np.sort(whole[np.argsort(end[whole], kind="stable")][-MAX_ITEMS:])
    if whole.size < MIN_ITEMS:
        return NO_DISCIPLINE_FIT
    arrived, left = begin[whole], end[whole]
    # Item k (from 0, by arrival) is started when item k - c has left in the order of departures.
    # The infinite rest stands for items that are still there: who comes after them has no turn yet.
    departures = np.append(np.sort(end[np.isfinite(end)]), np.full(begin.size, np.inf))
    server_free = np.full((MAX_SERVERS + 1, whole.size), -np.inf)
    for row, c in enumerate(_SERVERS.tolist()):
        waits = whole >= c
        server_free[row, waits] = departures[whole[waits] - c]
    service = left - np.maximum(arrived, server_free)
    overtook = service <= 0.0
    service = np.maximum(service, SHORTEST_DAYS)
    stay = np.maximum(left - arrived, SHORTEST_DAYS)
    growth, growth_error = _fit_growth(service, overtook, left / window.days)
    return DisciplineFit(
        service_time_likelihood(service, overtook, stay),
        _processor_sharing_likelihood(occupancy, arrived, left, stay),
        growth,
        growth_error,
        whole.size,
        _timer_log_odds(stay),
    )


def service_time_likelihood(service: Floats, overtook: NDArray[np.bool_], stay: Floats) -> Floats:
    """By servers: the log likelihood of service times, their distribution integrated out.

    Within a bin all logarithms are equally likely. An item that overtook others has no service time
    by this model: it left at any moment of its stay. The width of the bins is integrated out too.
    Overtaking costs the same for any c; otherwise one server with many overtaking items would
    explain every station of several servers.
    """
    middle = float(np.log(np.median(stay)))
    logs, is_served = np.log(service), ~overtook
    served_count = is_served.sum(axis=1)
    by_width = np.stack([_histogram(logs - middle, is_served, width) for width in BIN_WIDTHS])
    most = by_width.max(axis=0)
    likelihood: Floats = most + np.log(np.exp(by_width - most).mean(axis=0))
    likelihood += served_count * np.log(1 - OVERTAKING_SHARE) + (stay.size - served_count) * np.log(
        OVERTAKING_SHARE
    )
    # From densities of logarithms to densities of days: the Jacobian is one over the time.
    likelihood -= (logs * is_served).sum(axis=1) + (np.log(stay)[None, :] * overtook).sum(axis=1)
    return likelihood


def _timer_log_odds(stay: Floats) -> float:
    """See :attr:`DisciplineFit.timer_log_odds`; 0 where most items pass through at once."""
    long = stay[stay >= INSTANT_DAYS]
    if 2 * long.size < stay.size:
        return 0.0
    logs = np.log(long / np.median(long))[None, :]
    is_served = np.ones(logs.shape, dtype=np.bool_)
    wide, *narrow = (float(_histogram(logs, is_served, width)[0]) for width in BIN_WIDTHS)
    return max(0.0, max(narrow) - wide - float(np.log(len(narrow))))


def _histogram(logs: Floats, is_served: NDArray[np.bool_], width: float) -> Floats:
    """By servers: the log likelihood of logarithms around 0 under a histogram of such bins.

    Integrating the bins' probabilities out of a Dirichlet prior leaves rising factorials, the
    Pólya distribution: ``Π a_i (a_i + 1) … (a_i + n_i - 1) / (A (A + 1) … (A + N - 1))``.
    """
    place = np.floor(logs / width).astype(np.int64)
    low = int(place.min())
    centres = (np.arange(low, int(place.max()) + 1) + 0.5) * width
    prior = np.exp(-((centres / PRIOR_LOG_SD) ** 2) / 2) + 0.01
    prior *= PRIOR_STRENGTH / prior.sum()
    likelihood = np.empty(logs.shape[0])
    for row in range(logs.shape[0]):
        if row and np.array_equal(
            logs[row], logs[row - 1]
        ):  # no item waits less with a server more
            likelihood[row] = likelihood[row - 1]
            continue
        counts = np.bincount(place[row][is_served[row]] - low, minlength=1)
        used = np.flatnonzero(counts)
        bins = zip(prior[used].tolist(), counts[used].tolist(), strict=True)
        total = int(counts.sum())
        rising = sum(_log_rising_factorial(start, count) for start, count in bins)
        likelihood[row] = (
            rising - _log_rising_factorial(PRIOR_STRENGTH, total) - total * np.log(width)
        )
    return likelihood


def _log_rising_factorial(start: float, factors: int) -> float:
    """The logarithm of ``start (start + 1) …``, so many factors."""
    return lgamma(start + factors) - lgamma(start)


def _processor_sharing_likelihood(
    occupancy: Occupancy, arrived: Floats, left: Floats, stay: Floats
) -> Floats:
    """By servers: the log likelihood of departures if all items that are there share the servers.

    An item then gets ``min(n, c)/n`` of a server while there are n, and leaves when it got the
    service that it needs.
    """
    level = occupancy.level
    first, last = np.searchsorted(level.moments, [arrived.min(), left.max()])
    moments = level.moments[max(int(first) - 1, 0) : int(last) + 1]
    n = np.maximum(level.just_after(moments), 1.0)
    n_leaving = np.maximum(level.just_before(left), 1.0)
    share = np.minimum(n[None, :-1], _SERVERS[:, None]) / n[None, :-1]
    total = np.cumsum(share * np.diff(moments)[None, :], axis=1)
    total = np.concatenate([np.zeros((MAX_SERVERS, 1)), total], axis=1)
    begin, end = np.searchsorted(moments, arrived), np.searchsorted(moments, left)
    service = np.maximum(total[:, end] - total[:, begin], SHORTEST_DAYS)
    service = np.concatenate([service, stay[None, :]])
    # Service got per day when it left: the Jacobian from service times to moments of departure.
    pace = np.log(np.minimum(n_leaving, _SERVERS[:, None]) / n_leaving).sum(axis=1)
    likelihood: Floats = service_time_likelihood(
        service, np.zeros(service.shape, dtype=np.bool_), stay
    ) + np.append(pace, 0.0)
    return likelihood


def _fit_growth(
    service: Floats, overtook: NDArray[np.bool_], when: Floats
) -> tuple[Floats, Floats]:
    """By servers: the growth of the logarithm of service times over the window, and its error.

    Least squares over the share of the window at which an item left. The variance has a floor of
    0.01, or equal service times would give a growth without any error.
    """
    is_served = np.where(overtook, 0.0, 1.0)
    count = is_served.sum(axis=1)
    logs = np.log(service) * is_served
    divisor = np.maximum(count, 1.0)
    middle = (is_served @ when) / divisor
    offset = (when[None, :] - middle[:, None]) * is_served
    residual = (logs - (logs.sum(axis=1) / divisor)[:, None]) * is_served
    spread = np.maximum((offset**2).sum(axis=1), 1e-9)
    slope = (offset * residual).sum(axis=1) / spread
    variance = ((residual - slope[:, None] * offset) ** 2).sum(axis=1) / np.maximum(
        count - 2.0, 1.0
    )
    error = np.where(count >= MIN_ITEMS, np.sqrt((variance + 0.01) / spread), np.inf)
    return slope, error


def overtaking_share(
    window: ObservationWindow,
    station: Station,
    occupancy: Occupancy,
    servers: int,
    service_time: float,
) -> float:
    """The share of the items that came while others waited and left long before these could have
    been worked on: see :data:`OVERTAKING_STAY`.
    """
    begin, end = window.stays(station.held_in)
    inside = begin > 0.0
    begin, end = begin[inside], end[inside]
    ahead = occupancy.level.just_after(begin) - servers
    waited = ahead >= 1.0
    if not waited.any():
        return 0.0
    share = (end - begin)[waited] < OVERTAKING_STAY * ahead[waited] * service_time / servers
    return float(share.mean())
