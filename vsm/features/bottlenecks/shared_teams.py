"""Finds out whether a team's slots serve other streams too, from how items left it.

A team that is named in several streams may share its slots among them, or have some for each. A
team that shares them is one station over all its stages: an item here waits while others are in
work elsewhere. Both make the same departures more or less likely, so the two are compared by their
marginal likelihoods (:mod:`~vsm.features.bottlenecks.queue_discipline`), in either order of work.
In simulated streams the log odds of teams that share are +27 and more, of others -95 and less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vsm.features.bottlenecks.queue_discipline import (
    SERVER_LOG_PRIOR,
    DisciplineFit,
    fit_queue_discipline,
    log_sum_exp,
)
from vsm.features.bottlenecks.results import OtherWork
from vsm.features.bottlenecks.servers import Fit, fit_station
from vsm.features.bottlenecks.stations import Floats, ObservationWindow, Station
from vsm.model.stream import ValueStream


def find_shared_work(window: ObservationWindow, teams: Sequence[Station]) -> list[Station]:
    """The same teams with only that work in other streams for which they use the same slots.

    A team with a single station in this stream and no such work is none.
    """
    sharing = [_with_shared_work(window, team) for team in teams]
    return [team for team in sharing if len(team.active) > 1 or team.elsewhere]


def _with_shared_work(window: ObservationWindow, team: Station) -> Station:
    shared = replace(team, elsewhere=())
    for work in team.elsewhere:
        alone = Station(team.name, (), elsewhere=(work,))
        together = replace(shared, elsewhere=(*shared.elsewhere, work))
        if _log_odds_of_sharing(window, together, (shared, alone)) > 0.0:
            shared = together
    return shared


def _log_odds_of_sharing(
    window: ObservationWindow, together: Station, apart: Sequence[Station]
) -> float:
    """The log odds that items leave some stations as from one, rather than each by itself.

    Of two orders of work that which speaks more for it; 0 where too few items left.
    """
    one, parts = _fit(window, together), [_fit(window, station) for station in apart]
    if not one.item_count or not all(fit.item_count for fit in parts):
        return 0.0
    # No more than so many items are looked at: then those of both weigh the same.
    weight = one.item_count / sum(fit.item_count for fit in parts)
    in_order = _evidence(one.fifo) - weight * sum(_evidence(fit.fifo) for fit in parts)
    any_order = _evidence(one.any_order_service) - weight * sum(
        _evidence(fit.any_order_service) for fit in parts
    )
    return max(in_order, any_order)


def _fit(window: ObservationWindow, station: Station) -> DisciplineFit:
    return fit_queue_discipline(window, station, window.occupancy(station.held_in))


def _evidence(likelihood: Floats) -> float:
    """The log likelihood over all numbers of servers."""
    return log_sum_exp(likelihood + SERVER_LOG_PRIOR)


def work_elsewhere(
    stream: ValueStream, window: ObservationWindow, station: Station
) -> tuple[OtherWork, ...]:
    """What the team of a station does in other streams, that with the same slots first."""
    team = stream.order[station.active[0]].team
    works = (
        OtherWork(work.stream, work.stages, key in station.elsewhere)
        for key, work in window.elsewhere.items()
        if work.team == team
    )
    return tuple(sorted(works, key=lambda work: not work.shares_slots))


def fit_team(window: ObservationWindow, team: Station, *, is_fifo: bool) -> Fit:
    """Fit what a team works on; ``is_fifo`` says that the stream starts work first-in-first-out.

    A team that shares its slots with other streams is fitted in that order if it explains how items
    left it. What is known of it in this stream is as much as the items that left it here.
    """
    if not team.elsewhere:
        return fit_station(window, team, [])
    discipline = _fit(window, team)
    fit = fit_station(window, team, [], discipline, is_fifo and discipline.fifo_log_odds > 0.0)
    left = window.occupancy(team.stages).departures
    count = int(((left > 0.0) & (left <= window.days)).sum())
    return replace(fit, departure_count=count)
