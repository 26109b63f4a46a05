"""Fits the stations of a pull board: one on which an item moves when its work begins.

There an item that waits is still in the stage before, so what a stage holds says little of it. But
each entry is a start of work, which says the rest:

- just after an entry that follows a departure at once, all slots are in use: what the stage holds
  then, in the median, is their number c;
- an item that leaves for a stage with free slots leaves when its work is done: its stay is the
  service time τ;
- the entries that follow a departure at once are those that waited: their share is the probability
  that all slots are busy. A departure shows the end of work only if the item could go on, so the
  share is divided by the probability that the next station has a free slot;
- what a station holds beyond its slots waits for the next one.

What follows a departure is counted again with weights that fall over the last days: a constraint
that moves shows there first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from vsm.features.bottlenecks.erlang import busy_utilisation
from vsm.features.bottlenecks.servers import MOST_LOAD, RECENT_DAYS, Fit, as_unused, sure_of
from vsm.features.bottlenecks.stations import Floats, ObservationWindow, Station, StepFunction
from vsm.flow.board_practice import PULL_EXCESS, PULL_LINK, pull_excess
from vsm.flow.history import Mask

LEAST_EXCESS = 0.08
"""With a smaller share of entries that follow a departure the number of slots cannot be seen."""
CLEAR_EXCESS = 0.1
"""A larger share is no chance, in a stage without any limit."""
STRICT_SHARE = 0.02
"""A number of items that is exceeded by at most this share of entries is a limit that is kept."""
PRIOR_UTILISATION, PRIOR_STAYS = 0.7, 15
"""Utilisation is taken to be this until so many stays show it."""
PRIOR_BUSY, PRIOR_VISIBLE = 0.4, 0.1
"""The same for the share of time in which all slots are busy. That an item could go on is known by
what the next station shows: the second is how much that may be wrong."""
MOST_BUSY = 0.97
"""No station is said to be busy for longer: all utilisations over 1 would be the same."""
MAIN_SHARE, SWEEPS = 0.8, 3
"""A station hands over to one other where this share of its items goes there; and how often the
shares of busy time are computed from those of the next stations (returns make circles)."""
GRID = 2_000
"""Moments over which shares of time are averaged."""


@dataclass(frozen=True, slots=True)
class Pull:
    """How a station takes work.

    ``excess`` is the share of departures that an entry follows at once, beyond chance; ``slots`` is
    what it holds then, and ``is_strict`` that it never holds more.
    """

    excess: float
    slots: int
    is_strict: bool


def observe_pull(window: ObservationWindow, station: Station) -> Pull:
    """Look at which entries follow departures at once."""
    occupancy = window.occupancy(station.stages)
    begin, end = window.all_stays(station.stages)
    # Who only passes through may come at once after itself.
    stays = end - begin > PULL_LINK
    arrivals = begin[stays & (begin > 0.0)]
    departures = np.sort(end[stays & (end > 0.0) & np.isfinite(end)])
    excess = pull_excess(arrivals, departures)
    if excess < LEAST_EXCESS:
        return Pull(excess, 1, False)
    last = np.append(-np.inf, departures)[np.searchsorted(departures, arrivals, side="right")]
    # At one moment the item that comes in place of another meets one less.
    held = occupancy.level.just_after(arrivals)
    pulled = held[arrivals - last <= PULL_LINK]
    slots = max(1, int(np.median(pulled))) if pulled.size else 1
    return Pull(excess, slots, float((held > slots).mean()) <= STRICT_SHARE)


def observe_pulls(
    stations: Sequence[Station], teams: Sequence[Station], window: ObservationWindow
) -> tuple[dict[Station, Pull], bool]:
    """How the stations without a limit of their own take work, and whether this is a pull board.

    A stage to which work comes as soon as another item leaves has a limit that stands nowhere, if
    it never holds more. Limits keep work out of one stage and of those before it; where other
    stages are pulled from too, or all that a team works on is, items are moved when their work
    begins.
    """
    if window.is_coarse or window.practice.intake_days:
        return {}, False
    pulls = {station: observe_pull(window, station) for station in stations if not station.limit}
    of_teams = {team: observe_pull(window, team) for team in teams if not team.queues}
    is_pulled = any(pull.excess >= PULL_EXCESS for pull in (*pulls.values(), *of_teams.values()))
    has_no_limit = any(
        pull.excess >= CLEAR_EXCESS and not pull.is_strict for pull in pulls.values()
    ) or any(pull.excess >= PULL_EXCESS for pull in of_teams.values())
    return pulls | of_teams, is_pulled and has_no_limit


def with_seen_limit(station: Station, pull: Pull | None) -> Station:
    """The same station with the limit that is kept there though it stands nowhere."""
    if pull is None or pull.excess < PULL_EXCESS or not pull.is_strict:
        return station
    return replace(station, limit=pull.slots)


def fit_pull_board(
    fits: Sequence[Fit], window: ObservationWindow, pulls: dict[Station, Pull]
) -> list[Fit]:
    """The fits of a pull board, in place of those by what its stations hold.

    Where no entry follows a departure, the number of slots is that of the other fit.
    """
    pulls = {
        fit.station: pulls[fit.station]
        if pulls[fit.station].excess >= LEAST_EXCESS
        else replace(pulls[fit.station], slots=fit.servers)
        for fit in fits
        if fit.station in pulls
    }
    handovers = {station: _observe_handovers(window, station, pulls) for station in pulls}
    busy = _busy_shares(handovers, np.inf)
    lately = _busy_shares(handovers, RECENT_DAYS)
    out = []
    for fit in fits:
        station = fit.station
        if station in pulls:
            seen = handovers[station]
            is_seen = bool(seen.left.size) and pulls[station].excess >= LEAST_EXCESS
            fit = (
                _fit_pulled(fit, seen, busy[station], lately[station])
                if is_seen
                else as_unused(fit)
            )
        out.append(fit)
    return out


@dataclass(frozen=True, eq=False)
class _Handovers:
    """The departures of a station in the window: ``left``, ``stays``, one entry an item.

    ``shows_work``: the item went on as soon as its work was done. ``is_relayed``: it followed one
    that left the next station, so that it had waited and frees no slot. ``arrivals`` are those of
    items that stay. ``to`` has the share that went to each other station.
    """

    slots: int
    days: float
    left: Floats
    stays: Floats
    shows_work: Mask
    is_relayed: Mask
    arrivals: Floats
    level: StepFunction
    to: dict[Station, float]

    def followed(self, memory: float) -> float:
        """The share of departures that freed a slot which was taken at once, beyond chance."""
        weights = _weights(self.left, self.days, memory)
        freed = weights[~self.is_relayed]
        if not freed.size:
            return 0.0
        excess = pull_excess(self.arrivals, self.left[~self.is_relayed], freed)
        return max(excess, 0.0) * float(freed.sum() / weights.sum())

    def share_of_time(self, compare: np.ufunc, memory: float) -> float:
        """The share of time in which the items that it held compare so with its slots."""
        grid = np.linspace(0.0, self.days, GRID)
        is_so = compare(self.level.just_after(grid), self.slots)
        return float(np.average(is_so, weights=_weights(grid, self.days, memory)))

    def count(self, memory: float) -> float:
        """The number of departures that say as much as those with their weights."""
        weights = _weights(self.left, self.days, memory)
        return float(weights.sum() ** 2 / ((weights**2).sum() or 1.0))


def _weights(moments: Floats, days: float, memory: float) -> Floats:
    """Weights that fall to 1/e over so many days before the end of the window."""
    weights: Floats = np.exp((moments - days) / memory)
    return weights


def _observe_handovers(
    window: ObservationWindow, station: Station, pulls: dict[Station, Pull]
) -> _Handovers:
    begin, left, at = window.stays_with_last(station.stages)
    inside = (begin > 0.0) & (left <= window.days)
    by = np.argsort(left[inside])
    begin, left, at = begin[inside][by], left[inside][by], at[inside][by]
    following = np.minimum(at + 1, window.place.size - 1)
    has_room, is_relayed = np.ones(at.size, dtype=np.bool_), np.zeros(at.size, dtype=np.bool_)
    to: dict[Station, float] = {}
    for other, pull in pulls.items():
        goes_there = np.isin(window.place[following], other.active) & window.after_same[following]
        # Of a team its stages are looked at.
        if other is station or other.team is not None or not goes_there.any():
            continue
        to[other] = float(goes_there.mean())
        occupancy = window.occupancy(other.stages)
        has_room &= ~goes_there | (occupancy.level.just_before(left) < pull.slots)
        last = np.searchsorted(occupancy.departures, left, side="right")
        since = left - np.append(-np.inf, occupancy.departures)[last]
        is_relayed |= goes_there & (since <= PULL_LINK)
    came, end = window.all_stays(station.stages)
    arrivals = came[(end - came > PULL_LINK) & (came > 0.0)]
    after = np.append(arrivals, np.inf)[np.searchsorted(arrivals, left, side="left")]
    is_followed = after - left <= PULL_LINK
    return _Handovers(
        pulls[station].slots,
        window.days,
        left,
        left - begin,
        (has_room | is_followed) & ~is_relayed,
        is_relayed,
        arrivals,
        window.occupancy(station.stages).level,
        to,
    )


def _busy_shares(handovers: dict[Station, _Handovers], memory: float) -> dict[Station, float]:
    """The share of time in which all slots of each station are in use.

    An item can go on at once if not all slots of the next station are in use, and only then it
    shows whether another one waited for its slot. So the shares are computed from the end of the
    flow on. Items that a station holds beyond its own slots wait for the next one: that station is
    busy for at least as long.
    """
    followed = {station: seen.followed(memory) for station, seen in handovers.items()}
    least = dict.fromkeys(handovers, 0.0)
    for seen in handovers.values():
        for other, share in seen.to.items():
            if share >= MAIN_SHARE:
                least[other] = max(least[other], seen.share_of_time(np.greater, memory))
    most = {
        station: seen.share_of_time(np.greater_equal, memory) for station, seen in handovers.items()
    }
    busy = dict.fromkeys(handovers, PRIOR_BUSY)
    for _ in range(SWEEPS):
        for station, seen in reversed(handovers.items()):
            waits = sum(
                # Who goes to a stage of a team needs a slot of the team.
                share * max(busy[one] for one in busy if set(other.active) <= set(one.active))
                for other, share in seen.to.items()
            )
            goes_on = max(1.0 - waits, followed[station])
            prior = PRIOR_VISIBLE + PRIOR_STAYS / max(seen.count(memory), 1.0)
            share = (followed[station] + prior * PRIOR_BUSY) / (goes_on + prior)
            share = max(min(share, most[station]), least[station])
            busy[station] = min(share, MOST_BUSY)
    return busy


def _fit_pulled(fit: Fit, seen: _Handovers, busy: float, lately_busy: float) -> Fit:
    shown = int(seen.shows_work.sum())
    service_time = float(seen.stays[seen.shows_work].mean()) if shown else float(seen.stays.mean())
    used = min(fit.arrivals * service_time / seen.slots, MOST_LOAD)
    implied = busy_utilisation(seen.slots, busy)
    return replace(
        fit,
        utilisation=(shown * used + PRIOR_STAYS * PRIOR_UTILISATION) / (shown + PRIOR_STAYS),
        implied_utilisation=implied,
        recent_utilisation=busy_utilisation(seen.slots, lately_busy),
        waiting_share=busy,
        mean_waiting=busy * implied / (1.0 - implied),
        servers=seen.slots,
        service_time=service_time,
        overtaking_share=0.0,
        delay_probability=0.0,
        server_odds=sure_of(seen.slots),
    )
