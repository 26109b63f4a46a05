"""Computes the evidence on every working stage: rates, servers, queues and their growth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from vsm.features.bottlenecks.constraint import Judgement
from vsm.features.bottlenecks.results import OtherWork, StageEvidence, TeamLoad
from vsm.features.bottlenecks.servers import Fit
from vsm.features.bottlenecks.shared_teams import work_elsewhere
from vsm.features.bottlenecks.stations import Floats
from vsm.features.bottlenecks.verdict import is_unseen, rates_a_week
from vsm.flow.days import local_day
from vsm.flow.trend import theil_sen
from vsm.model.rules import DAY

GROWTH_WEEKS = 13
"""Weeks at the end of the window over which the queue trend is computed."""


def stage_evidence(
    judgement: Judgement, wip: Mapping[int, int], teams: Mapping[int, str]
) -> tuple[StageEvidence, ...]:
    """Evidence on each working stage on the board, in the order of the flow.

    ``wip`` are the items in each stage now by its id, ``teams`` names by id.
    """
    window, stream = judgement.window, judgement.stream
    fits = {
        fit.station.active[0]: fit for fit in judgement.stage_fits if judgement.is_conclusive(fit)
    }
    probabilities = {
        fit.station.active: probability
        for fit, probability in zip(judgement.fits, judgement.probabilities, strict=True)
        if fit.station.team is None
    }
    places = [n for n, s in enumerate(stream.order) if s.category.working and not s.retired]
    waiting = {place: _mean_waiting(judgement, place, fits.get(place)) for place in places}
    total_waiting = sum(waiting.values())
    today = local_day(window.begin + round(window.days * DAY), stream.zone)
    rows = []
    for place in places:
        stage, fit = stream.order[place], fits.get(place)
        rates = rates_a_week(judgement, (place,))
        growth = theil_sen(weekly_levels(judgement, (place,)))
        is_seen = fit is not None and not is_unseen(fit)
        has_servers = fit is not None and is_seen and not fit.is_delay
        limit = stage.limit if stage.limited else None
        current = wip.get(stage.id, 0)
        rows.append(
            StageEvidence(
                stage=stage.id,
                name=stage.name,
                category=stage.category.value,
                team=teams.get(stage.team) if stage.team is not None else None,
                arrivals=None if rates is None else rates[0],
                departures=None if rates is None else rates[1],
                growth=growth,
                share_of_waiting=waiting[place] / total_waiting if total_waiting else 0.0,
                wip=current,
                limit=limit,
                limit_reached=_limit_reached(current, limit, growth, today),
                delays=fit.is_delay if fit else None,
                parallel_places=fit.servers if fit and has_servers else None,
                touch_days=fit.service_time if fit and is_seen else None,
                utilisation=fit.utilisation if fit and has_servers else None,
                chance=probabilities[fit.station.active] if fit else None,
                blocked_share=fit.blocked if fit else None,
                starved_share=fit.starved if fit else None,
            )
        )
    return tuple(rows)


def team_loads(judgement: Judgement) -> tuple[TeamLoad, ...]:
    """Teams that work on several stages or streams, the likeliest constraint first."""
    order = judgement.stream.order
    servers = {fit.station.active[0]: fit.servers for fit in judgement.stage_fits}
    loads = []
    for fit, probability in judgement.ranked:
        if fit.station.team is None:
            continue
        # A team that could work on more items than its stages let it shares no limit among them.
        own = sum(servers.get(place, 0) for place in fit.station.active)
        is_few = fit.servers <= own or bool(fit.station.elsewhere)
        is_shared = not fit.is_delay and not is_unseen(fit) and is_few
        loads.append(
            TeamLoad(
                team=fit.station.name,
                stages=tuple(order[place].name for place in fit.station.active),
                parallel_places=fit.servers if is_shared else None,
                utilisation=fit.utilisation if is_shared else None,
                chance=probability,
                elsewhere=_elsewhere(judgement, fit, is_shared=is_shared),
            )
        )
    known = {load.team for load in loads}
    for fit in judgement.stage_fits:
        elsewhere = _elsewhere(judgement, fit, is_shared=False)
        name = judgement.teams.get(order[fit.station.active[0]].team or 0, "")
        if elsewhere and name not in known:
            team = TeamLoad(
                team=name,
                stages=(fit.station.name,),
                parallel_places=None,
                utilisation=None,
                chance=0.0,
                elsewhere=elsewhere,
            )
            loads.append(team)
    return tuple(loads)


def _elsewhere(judgement: Judgement, fit: Fit, *, is_shared: bool) -> tuple[OtherWork, ...]:
    """The work of a station's team in other streams; ``is_shared`` says that slots are seen."""
    works = work_elsewhere(judgement.stream, judgement.window, fit.station)
    return tuple(replace(work, shares_slots=work.shares_slots and is_shared) for work in works)


def weekly_levels(
    judgement: Judgement, stages: tuple[int, ...], weeks: int = GROWTH_WEEKS
) -> Floats:
    """The mean number of items in some stages in each of the last weeks of the window."""
    level, days = judgement.window.occupancy(stages).level, judgement.window.days
    count = min(weeks, int(days // 7))
    begin = days - 7 * count
    grid = begin + (np.arange(count * 28) + 0.5) / 4  # four moments a day
    means: Floats = level.just_after(grid).reshape(count, 28).mean(axis=1)
    return means


def _mean_waiting(judgement: Judgement, place: int, fit: Fit | None) -> float:
    """The mean number of items waiting in a stage: all in a queue stage, else those beyond c."""
    if fit is not None:
        if fit.is_delay or not fit.station.queues:
            return fit.mean_waiting
        level = judgement.window.occupancy((place,)).level
        grid = (np.arange(2_000) + 0.5) / 2_000 * judgement.window.days
        return float(np.maximum(level.just_after(grid) - fit.servers, 0.0).mean())
    grid = (np.arange(2_000) + 0.5) / 2_000 * judgement.window.days
    return float(judgement.window.occupancy((place,)).level.just_after(grid).mean())


def _limit_reached(current: int, limit: int | None, growth: float, today: date) -> date | None:
    """The Monday of the week in which a growing queue reaches its limit, within a year."""
    if limit is None or current >= limit or growth < 0.05:
        return None
    weeks = (limit - current) / growth
    if weeks > 52:
        return None
    day = today + timedelta(days=round(7 * weeks))
    return day - timedelta(days=day.weekday())
