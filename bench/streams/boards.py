"""Boards as people keep them: logs of the same work, kept exactly, late, or by days."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum
from math import floor

from bench.streams.kinds import DAYS, WARM, Case
from bench.streams.simulate import Net, Visit, run

ABANDONED = 0.04
"""Share of the items that nobody moves any further from some stage on."""
LATE = 0.5
"""Share of the moves that are entered some hours late where a board is kept by days."""
STAND_UP, STAND_UP_MINUTES = 9.5 / 24, 15.0
"""When in the day a stand-up begins, and how long people move items there."""
OPENS, CLOSES = 8.5 / 24, 17.0 / 24
"""Office hours, Monday to Friday."""
ENTERED_LATE, MINUTE = 0.7, 1 / 1440
"""Share of the moves that are entered late where they are, and a minute in days."""


class Keeping(StrEnum):
    """How a board is kept."""

    EXACT = "moved at once, in the order of arrival"
    BY_RANK = "moved at once, work begun by rank"
    PULL = "moved when work begins, no queue stages"
    STAND_UP = "moved at the stand-up"
    WEEKLY = "moved in a weekly session"
    DAYS = "only days, 4% abandoned"
    LATE_2H = "entered 2 hours late"
    LATE_6H = "entered 6 hours late"
    LATE_2D = "entered 2 days late"
    SESSIONS = "entered in sessions, some a day"
    OFFICE = "office hours, no weekends"


def keep(case: Case, keeping: Keeping) -> tuple[Net, tuple[Visit, ...]]:
    """The stream of a case as its board shows it, and the entries in its log by time."""
    net, rng = case.net, random.Random(f"{case.seed} {keeping}")
    match keeping:
        case Keeping.BY_RANK:
            return net, case.observe(by_rank=True).visits
        case Keeping.PULL:
            return _pull(case)
        case Keeping.OFFICE:
            share = 5 / 7
            visits = run(net, DAYS * share, case.seed, WARM * share).visits
            return net, tuple(replace(visit, at=_in_office(visit.at)) for visit in visits)
    visits = case.observe().visits
    match keeping:
        case Keeping.STAND_UP:
            visits = _in_sessions(visits, rng, lambda at: floor(at - STAND_UP) + 1 + STAND_UP)
        case Keeping.WEEKLY:
            visits = _in_sessions(visits, rng, lambda at: 7 * floor(at / 7 + 1) + STAND_UP)
        case Keeping.SESSIONS:
            moments = _session_moments(rng)
            visits = _in_sessions(visits, rng, lambda at: next(m for m in moments if m >= at))
        case Keeping.DAYS:
            visits = by_day(visits, rng)
        case Keeping.LATE_2H | Keeping.LATE_6H | Keeping.LATE_2D:
            hours = {Keeping.LATE_2H: 2, Keeping.LATE_6H: 6, Keeping.LATE_2D: 48}[keeping]
            visits = _entered_late(visits, rng, hours)
    return net, tuple(visit for visit in visits if visit.at < DAYS)


def _items(visits: Sequence[Visit]) -> list[list[Visit]]:
    by_item: dict[int, list[Visit]] = defaultdict(list)
    for visit in visits:
        by_item[visit.item].append(visit)
    return list(by_item.values())


def _by_time(visits: list[Visit]) -> tuple[Visit, ...]:
    return tuple(sorted(visits, key=lambda visit: visit.at))


def by_day(visits: tuple[Visit, ...], rng: random.Random) -> tuple[Visit, ...]:
    """Only the days: half of the moves some hours late, and some items left where they are.

    A move is entered late or on time, never before the one before it.
    """
    out: list[Visit] = []
    for moves in _items(visits):
        if rng.random() < ABANDONED and len(moves) > 1:
            moves = moves[: rng.randint(1, len(moves) - 1)]
        entered = 0.0
        for visit in moves:
            late = rng.expovariate(24 / 5) if rng.random() < LATE else 0.0
            entered = max(entered, visit.at + late)
            out.append(replace(visit, at=float(floor(entered))))
    return _by_time(out)


def _entered_late(visits: tuple[Visit, ...], rng: random.Random, hours: float) -> tuple[Visit, ...]:
    """Most moves so many hours late in the mean, to the second."""
    out: list[Visit] = []
    for moves in _items(visits):
        entered = 0.0
        for visit in moves:
            late = rng.expovariate(24 / hours) if rng.random() < ENTERED_LATE else 0.0
            entered = max(entered + rng.random() * MINUTE, visit.at + late)
            out.append(replace(visit, at=entered))
    return _by_time(out)


def _session_moments(rng: random.Random) -> list[float]:
    """Moments at which somebody brings the board up to date: about three times a day."""
    moments, at = [], 0.0
    while at < DAYS + 2:
        at += rng.expovariate(3.0)
        moments.append(at)
    return moments


def _in_sessions(
    visits: tuple[Visit, ...], rng: random.Random, session: Callable[[float], float]
) -> tuple[Visit, ...]:
    """All moves since the last session at the next one, item after item within some minutes."""
    out: list[Visit] = []
    for moves in _items(visits):
        entered, begun = 0.0, -1.0
        for visit in moves:
            at = session(visit.at)
            if at != begun:
                entered, begun = at + rng.random() * STAND_UP_MINUTES * MINUTE, at
            else:
                entered += rng.random() * MINUTE / 4
            out.append(replace(visit, at=entered))
    return _by_time(out)


def _pull(case: Case) -> tuple[Net, tuple[Visit, ...]]:
    """Items stay where they were until their work begins in the next stage: no queue is seen."""
    queued = replace(
        case.net, stations=tuple(replace(station, queue=True) for station in case.net.stations)
    )
    visits = run(queued, DAYS, case.seed, WARM).visits
    queues = {f"{station.name} queue" for station in queued.stations}
    shown = replace(
        case.net,
        stations=tuple(replace(station, queue=False, limit=0) for station in case.net.stations),
    )
    # An item that waits as the log begins was in the stage before: it is left out until it moves.
    return shown, tuple(visit for visit in visits if visit.stage not in queues)


def _in_office(at: float) -> float:
    """The moment at which so many working days have passed since a Monday morning."""
    day = floor(at)
    hours = OPENS + (at - day) * (CLOSES - OPENS)
    return 7.0 * (day // 5) + day % 5 + hours
