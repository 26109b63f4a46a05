"""Fits the stations of a pull board: one on which an item moves when its work begins.

There an item that waits is still in the stage before, so what a stage holds says little of it. But
each entry is a start of work, which says the rest:

- just after an entry that follows a departure at once, all slots are in use: what the stage holds
  then, in the median, is their number c;
- an item that leaves for a stage with free slots leaves when its work is done: its stay is the
  service time τ;
- the entries that follow a departure at once are those that waited: their share is the probability
  that all slots are busy. A departure shows the end of work only if the item could go on, so the
  share is divided by that of the stays with free slots after them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from vsm.features.bottlenecks.erlang import busy_utilisation
from vsm.features.bottlenecks.servers import Fit, as_unused
from vsm.features.bottlenecks.stations import Floats, ObservationWindow, Station
from vsm.flow.board_practice import PULL_EXCESS, PULL_LINK, pull_excess
from vsm.flow.history import Mask

LEAST_EXCESS = 0.08
"""With a smaller share of entries that follow a departure the number of slots cannot be seen."""
STRICT_SHARE = 0.02
"""A number of items that is exceeded by at most this share of entries is a limit that is kept."""
PRIOR_UTILISATION, PRIOR_STAYS = 0.7, 15
"""Utilisation is taken to be this until so many stays show it."""
PRIOR_BUSY, PRIOR_VISIBLE = 0.4, 0.1
"""The same for the share of time in which all slots are busy, by the share of stays that show it.
"""
MOST_BUSY = 0.97


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
    stations: Sequence[Station], window: ObservationWindow
) -> tuple[dict[Station, Pull], bool]:
    """How the stations without a limit of their own take work, and whether this is a pull board.

    A stage to which work comes as soon as another item leaves has a limit that stands nowhere, if
    it never holds more. Where one does, its items are moved when their work begins.
    """
    if window.is_coarse or window.practice.intake_days:
        return {}, False
    pulls = {station: observe_pull(window, station) for station in stations if not station.limit}
    pulled = [pull for station, pull in pulls.items() if pull.excess >= PULL_EXCESS]
    return pulls, any(not pull.is_strict for pull in pulled)


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
    return [_fit_pulled(fit, window, pulls) if fit.station in pulls else fit for fit in fits]


def _fit_pulled(fit: Fit, window: ObservationWindow, pulls: dict[Station, Pull]) -> Fit:
    pull = pulls[fit.station]
    stays, shows_work = _stays(window, fit.station, pulls)
    if not stays.size or pull.excess < LEAST_EXCESS:
        return as_unused(fit)
    shown = int(shows_work.sum())
    service_time = float(stays[shows_work].mean()) if shown else float(stays.mean())
    seen = min(fit.arrivals * service_time / pull.slots, 1.1)
    utilisation = (shown * seen + PRIOR_STAYS * PRIOR_UTILISATION) / (shown + PRIOR_STAYS)
    visible = shown / stays.size
    busy = (pull.excess + PRIOR_VISIBLE * PRIOR_BUSY) / (visible + PRIOR_VISIBLE)
    busy = min(busy, MOST_BUSY)
    implied = busy_utilisation(pull.slots, busy)
    return replace(
        fit,
        utilisation=utilisation,
        implied_utilisation=implied,
        recent_utilisation=implied,
        waiting_share=busy,
        mean_waiting=busy * implied / (1.0 - implied),
        servers=pull.slots,
        service_time=service_time,
        overtaking_share=0.0,
        delay_probability=0.0,
    )


def _stays(
    window: ObservationWindow, station: Station, pulls: dict[Station, Pull]
) -> tuple[Floats, Mask]:
    """The stays that ended in the window, and whether the item could go on at once then."""
    at = np.flatnonzero(np.isin(window.place, station.active) & ~window.outliers)
    at = at[(window.entered[at] > 0.0) & (window.left[at] <= window.days)]
    following = np.minimum(at + 1, window.place.size - 1)
    shows_work = np.ones(at.size, dtype=np.bool_)
    for other, pull in pulls.items():
        goes_there = np.isin(window.place[following], other.active) & window.after_same[following]
        level = window.occupancy(other.stages).level.just_before(window.left[at])
        shows_work &= ~goes_there | (level < pull.slots)
    return window.left[at] - window.entered[at], shows_work
