"""The evidence on every working stage: rates, places, queues and how they grow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np

from vsm.features.bottlenecks.constraint import Judgement
from vsm.features.bottlenecks.results import StageEvidence, TeamLoad
from vsm.features.bottlenecks.servers import Fit
from vsm.features.bottlenecks.stations import Floats
from vsm.flow.days import local_day
from vsm.model.rules import DAY

GROWTH_WEEKS = 13
"""Weeks at the end of the watch over which the growth of a queue is told."""


def theil_sen(values: Floats) -> float:
    """The median slope between any two of equally spaced values (Theil 1950, Sen 1968)."""
    count = values.size
    if count < 2:
        return 0.0
    first, second = np.triu_indices(count, 1)
    return float(np.median((values[second] - values[first]) / (second - first)))


def stage_evidence(
    judged: Judgement, wip: Mapping[int, int], teams: Mapping[int, str]
) -> tuple[StageEvidence, ...]:
    """Evidence on each working stage on the board, in the order of the flow.

    ``wip`` are the items in each stage now by its id, ``teams`` names by id.
    """
    watch, stream = judged.watch, judged.stream
    of = {told.station.active[0]: told for told in judged.single if judged.tells(told)}
    chance = {
        told.station.active: share
        for told, share in zip(judged.fits, judged.chances, strict=True)
        if told.station.team is None
    }
    places = [n for n, s in enumerate(stream.order) if s.category.working and not s.retired]
    waiting = {place: _waiting(judged, place, of.get(place)) for place in places}
    total = sum(waiting.values())
    today = local_day(watch.begin + round(watch.days * DAY), stream.zone)
    out = []
    for place in places:
        stage, told = stream.order[place], of.get(place)
        held = watch.held((place,))
        growth = theil_sen(weekly(judged, (place,)))
        bounded = told is not None and not told.delays
        inside = (held.comes > 0) & (held.comes <= watch.days)
        left = (held.leaves > 0) & (held.leaves <= watch.days)
        weeks = max(watch.days / 7, 1e-9)
        limit = stage.limit if stage.limited else None
        now = wip.get(stage.id, 0)
        out.append(
            StageEvidence(
                stage=stage.id,
                name=stage.name,
                category=stage.category.value,
                team=teams.get(stage.team) if stage.team is not None else None,
                arrivals=float(np.count_nonzero(inside)) / weeks,
                departures=float(np.count_nonzero(left)) / weeks,
                growth=growth,
                share_of_waiting=waiting[place] / total if total else 0.0,
                wip=now,
                limit=limit,
                limit_reached=_reached(now, limit, growth, today),
                delays=told.delays if told else None,
                parallel_places=told.places if told and bounded else None,
                touch_days=told.touch if told else None,
                utilisation=told.used if told and bounded else None,
                chance=chance[told.station.active] if told else None,
                blocked_share=told.blocked if told else None,
                starved_share=told.starved if told else None,
            )
        )
    return tuple(out)


def team_loads(judged: Judgement) -> tuple[TeamLoad, ...]:
    """Teams that work on several stages, the likeliest constraint first."""
    order = judged.stream.order
    out = []
    for told, chance in judged.ranked:
        if told.station.team is None:
            continue
        out.append(
            TeamLoad(
                told.station.name,
                tuple(order[place].name for place in told.station.active),
                told.used if not told.delays else None,
                told.places if not told.delays else None,
                chance,
            )
        )
    return tuple(out)


def weekly(judged: Judgement, places: tuple[int, ...], weeks: int = GROWTH_WEEKS) -> Floats:
    """How many items some stages held on average, in each of the last weeks of the watch."""
    level, days = judged.watch.held(places).level, judged.watch.days
    count = min(weeks, int(days // 7))
    begin = days - 7 * count
    grid = begin + (np.arange(count * 28) + 0.5) / 4
    found: Floats = level.from_(grid).reshape(count, 28).mean(axis=1)
    return found


def _waiting(judged: Judgement, place: int, told: Fit | None) -> float:
    """Items that waited in a stage on average: in a queue stage all, else what exceeds places."""
    if told is not None:
        if told.delays or not told.station.queues:
            return told.waiting
        level = judged.watch.held((place,)).level
        grid = (np.arange(2_000) + 0.5) / 2_000 * judged.watch.days
        return float(np.maximum(level.from_(grid) - told.places, 0.0).mean())
    grid = (np.arange(2_000) + 0.5) / 2_000 * judged.watch.days
    return float(judged.watch.held((place,)).level.from_(grid).mean())


def _reached(now: int, limit: int | None, growth: float, today: date) -> date | None:
    """The Monday of the week in which a growing queue reaches its limit, within a year."""
    if limit is None or now >= limit or growth < 0.05:
        return None
    weeks = (limit - now) / growth
    if weeks > 52:
        return None
    day = today + timedelta(days=round(7 * weeks))
    return day - timedelta(days=day.weekday())
