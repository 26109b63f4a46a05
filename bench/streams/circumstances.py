"""Streams in circumstances that a plain line of stages does not have, each with its constraint."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from bench.streams.kinds import (
    HIGH,
    IDLE,
    KINDS,
    REST,
    Case,
    line,
    no_constraint,
    slow_stage,
    start_line,
)
from bench.streams.kinds import limits as limits_kind
from bench.streams.simulate import Net, Station

OVERLOADED = (1.03, 1.25)
"""Range of the utilisation of a station at which the queue only grows."""


def _overloaded(kind: str, seed: int, rng: random.Random) -> Case:
    """More arrives at one stage than it can do."""
    loads, at, rate, queues = start_line(rng)
    loads[at] = rng.uniform(*OVERLOADED)
    stations = line(rng, loads, rate, queues)
    return Case(kind, seed, Net(tuple(stations), rate), frozenset((at,)))


def _few(kind: str, seed: int, rng: random.Random) -> Case:
    """Only 30 to 60 items finish in the time that is looked at."""
    loads, at, _, queues = start_line(rng)
    rate = rng.uniform(0.18, 0.34)
    stations = [
        # Few items with many servers would take months each.
        replace(s, servers=n, service_time=s.service_time / s.servers * n)
        for s in line(rng, loads, rate, queues)
        for n in [min(s.servers, 3)]
    ]
    return Case(kind, seed, Net(tuple(stations), rate), frozenset((at,)))


def _twelve(kind: str, seed: int, rng: random.Random) -> Case:
    """Twelve stages, one of them slow."""
    at = rng.randrange(12)
    loads = [rng.uniform(*HIGH) if n == at else rng.uniform(*REST) for n in range(12)]
    rate = rng.uniform(0.8, 3.0)
    stations = line(rng, loads, rate, rng.random() < 0.5)
    return Case(kind, seed, Net(tuple(stations), rate), frozenset((at,)))


def _gated(case: Case, rng: random.Random, every: float, at: float) -> Case:
    """The same with a stage before the last one that lets items go by the clock."""
    stations = list(case.net.stations)
    place = len(stations) - rng.randint(0, 1)
    gate = Station("Gate", 0, every / 2, gate=every, gate_at=at, waits=rng.random() < 0.5)
    for n, station in enumerate(stations):
        to = tuple((t if t < place else t + 1, w) for t, w in station.next)
        back_to = station.back_to if station.back_to < place else station.back_to + 1
        stations[n] = replace(station, next=to, back_to=back_to)
    before = stations[place - 1]
    after = ((place + 1, 1.0),) if place < len(stations) else ()
    stations[place - 1] = replace(before, next=((place, 1.0),))
    stations.insert(place, replace(gate, next=after))
    constraint = frozenset(n if n < place else n + 1 for n in case.constraint)
    return replace(case, net=replace(case.net, stations=tuple(stations)), constraint=constraint)


def _train(kind: str, seed: int, rng: random.Random) -> Case:
    """Work is released every week or two, and one stage is slow."""
    return _gated(slow_stage(kind, seed, rng), rng, rng.choice((7.0, 14.0)), 15 / 24)


def _train_alone(kind: str, seed: int, rng: random.Random) -> Case:
    """Work is released every week or two, and no stage is used much."""
    return _gated(no_constraint(kind, seed, rng), rng, rng.choice((7.0, 14.0)), 15 / 24)


def _nightly(kind: str, seed: int, rng: random.Random) -> Case:
    """A check runs each night, and one stage is slow."""
    return _gated(slow_stage(kind, seed, rng), rng, 1.0, 2 / 24)


def _nightly_alone(kind: str, seed: int, rng: random.Random) -> Case:
    """A check runs each night, and no stage is used much."""
    return _gated(no_constraint(kind, seed, rng), rng, 1.0, 2 / 24)


def _sprints(kind: str, seed: int, rng: random.Random) -> Case:
    """Work is taken in every second week, and no stage is used much."""
    case = no_constraint(kind, seed, rng)
    return replace(case, net=replace(case.net, intake=14.0))


def _sprints_slow(kind: str, seed: int, rng: random.Random) -> Case:
    """Work is taken in every second week, and one stage is slow."""
    case = slow_stage(kind, seed, rng)
    return replace(case, net=replace(case.net, intake=14.0))


def _staff_leaves(kind: str, seed: int, rng: random.Random) -> Case:
    """Servers leave one stage, which limits the flow from then on."""
    case = slow_stage(kind, seed, rng)
    (at,) = case.constraint
    stations = list(case.net.stations)
    left = stations[at].servers
    stations[at] = replace(
        stations[at],
        staffing=((0.0, left + 1 + left // 3), (rng.uniform(0.5, 0.65), left)),
    )
    return replace(case, net=replace(case.net, stations=tuple(stations)))


def _staff_moves(kind: str, seed: int, rng: random.Random) -> Case:
    """A server moves from one stage to the one that limited the flow, and limits it there."""
    loads, at, rate, queues = start_line(rng)
    other = rng.choice([n for n in range(len(loads)) if n != at])
    stations = line(rng, loads, rate, queues)
    since = rng.uniform(0.5, 0.6)
    before = stations[other].servers
    high = rng.uniform(*HIGH)
    # With the server that came, its utilisation is that of the others.
    more = before + max(1, round(before * (high / 0.8 - 1)))
    stations[other] = replace(
        stations[other],
        servers=more,
        service_time=high * before / rate,
        staffing=((0.0, before), (since, more)),
    )
    left = stations[at].servers
    stations[at] = replace(stations[at], staffing=((0.0, left + 1), (since, left)))
    return Case(kind, seed, Net(tuple(stations), rate), frozenset((at,)))


def _urgent(kind: str, seed: int, rng: random.Random) -> Case:
    """Urgent items pass all others, and one stage is slow."""
    case = slow_stage(kind, seed, rng)
    return replace(case, net=replace(case.net, urgent=rng.uniform(0.08, 0.2)))


def _multitasking(kind: str, seed: int, rng: random.Random) -> Case:
    """Everybody works on up to three items in turns, and one stage is slow."""
    case = slow_stage(kind, seed, rng)
    stations = tuple(replace(s, at_once=rng.randint(2, 3)) for s in case.net.stations)
    return replace(case, net=replace(case.net, stations=stations))


def _undeclared(kind: str, seed: int, rng: random.Random) -> Case:
    """Limits are kept but stand nowhere."""
    return replace(limits_kind(kind, seed, rng), declared=False)


def _two_streams(kind: str, seed: int, rng: random.Random) -> Case:
    """The team of the slow stage works for another stream too."""
    case = slow_stage(kind, seed, rng)
    (at,) = case.constraint
    return _shared(case, rng, at, rng.uniform(*HIGH))


def _two_streams_beside(kind: str, seed: int, rng: random.Random) -> Case:
    """The team of one stage works for another stream too, but another stage is slow."""
    case = slow_stage(kind, seed, rng)
    (at,) = case.constraint
    other = rng.choice([n for n in range(len(case.net.stations)) if n != at])
    return _shared(case, rng, other, rng.uniform(*REST))


def _two_streams_alone(kind: str, seed: int, rng: random.Random) -> Case:
    """The team of one stage works for another stream too, and no stage is used much."""
    case = no_constraint(kind, seed, rng)
    at = rng.randrange(len(case.net.stations))
    return _shared(case, rng, at, rng.uniform(*IDLE))


def _shared(case: Case, rng: random.Random, at: int, load: float) -> Case:
    """The same where the team of a stage has that utilisation and works for another stream too."""
    stations, rate = list(case.net.stations), case.net.rate
    servers, part = max(2, stations[at].servers), rng.uniform(0.4, 0.7)
    stations[at] = replace(
        stations[at], servers=0, pool="team", service_time=part * load * servers / rate
    )
    other = Station(
        "Elsewhere", 0, (1 - part) * load * servers / rate, 0.7, pool="team", other=True
    )
    net = replace(case.net, stations=(*stations, other), pools={"team": servers}, other_rate=rate)
    return replace(case, net=net)


def _never_done(kind: str, seed: int, rng: random.Random) -> Case:
    """Items end in a stage that looks like one of work, and one stage is slow."""
    case = slow_stage(kind, seed, rng)
    return replace(case, net=replace(case.net, never_done=True))


def _never_done_alone(kind: str, seed: int, rng: random.Random) -> Case:
    """Items end in a stage that looks like one of work, and no stage is used much."""
    case = no_constraint(kind, seed, rng)
    return replace(case, net=replace(case.net, never_done=True))


CIRCUMSTANCES: dict[str, Callable[[str, int, random.Random], Case]] = {
    "overloaded": _overloaded,
    "few finish": _few,
    "twelve stages": _twelve,
    "release train": _train,
    "nightly check": _nightly,
    "sprints": _sprints_slow,
    "staff leaves": _staff_leaves,
    "staff moves": _staff_moves,
    "urgent items": _urgent,
    "multitasking": _multitasking,
    "limits not declared": _undeclared,
    "a team of two streams": _two_streams,
    "a team of two streams beside it": _two_streams_beside,
    "never done": _never_done,
    "no constraint, release train": _train_alone,
    "no constraint, nightly check": _nightly_alone,
    "no constraint, sprints": _sprints,
    "no constraint, a team of two streams": _two_streams_alone,
    "no constraint, never done": _never_done_alone,
}
"""The functions that draw a stream, by the name of its kind."""


def draw(kind: str, seed: int) -> Case:
    """Draw one stream of any kind."""
    return ALL_KINDS[kind](kind, seed, random.Random(f"{kind} {seed}"))


ALL_KINDS = {**KINDS, **CIRCUMSTANCES}
