"""Draws streams of several kinds, each with a known constraint, at random from a seed.

The constraint is known twice: by theory (the utilisation of servers, returns included) and by
intervention (a server more there helps more than anywhere else, on the same work). A case in which
the two differ says nothing about a method; it is dropped and counted.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from bench.streams.simulate import (
    Net,
    Run,
    Station,
    expected_utilisations,
    run,
    visit_ratios,
    with_server,
)

DAYS = 182.0
"""Length of the observation: 26 weeks."""
WARM = 90.0
"""Days that are simulated before it, so that queues are as long as they get."""
HIGH, REST, IDLE = (0.92, 0.98), (0.60, 0.85), (0.30, 0.59)
"""Ranges of the utilisation of a constraint, of the others, and of all where there is none."""
NAMES = (
    *("Analysis", "Design", "Build", "Review", "Test", "Release", "Hand-over", "Audit", "Training"),
    *("Pilot", "Measurement", "Clean-up"),
)
TRIES = 4
"""Runs of each intervention, on as many seeds."""
LATEST = 60.0
"""Days at the end over which an intervention is judged if the constraint moves."""
CHANGING = ("moving", "staff leaves", "staff moves")
"""The kinds in which it does."""


@dataclass(frozen=True, slots=True)
class Case:
    """A stream and the stations that limit it (none: demand does).

    Naming any of ``constraint`` first is right; with ``both`` a method should name two.
    ``declared`` says that the limits stand on the board.
    """

    kind: str
    seed: int
    net: Net
    constraint: frozenset[int]
    both: bool = False
    declared: bool = True

    def observe(self, by_rank: bool = False) -> Run:
        """Simulate it, with work started first-in-first-out or by rank."""
        stations = tuple(replace(station, by_rank=by_rank) for station in self.net.stations)
        return run(replace(self.net, stations=stations), DAYS, self.seed, WARM)


def draw_case(kind: str, seed: int) -> Case:
    """Draw one stream of a kind."""
    rng = random.Random(f"{kind} {seed}")
    return KINDS[kind](kind, seed, rng)


def intervention_agrees(case: Case) -> bool:
    """Whether a server more at the constraint helps more than one anywhere else."""
    if not case.constraint:
        return True
    gains: dict[int, float] = {}
    seeds = range(case.seed * 1000 + 1, case.seed * 1000 + 1 + TRIES)
    since = DAYS - LATEST if case.kind in CHANGING else 0.0
    before = sum(_lead(case.net, seed, since) for seed in seeds)
    seen: set[str] = set()
    for n, station in enumerate(case.net.stations):
        if station.other or (not station.servers and not station.pool):
            continue
        if station.pool:
            if station.pool in seen:
                continue
            seen.add(station.pool)
        gains[n] = before - sum(_lead(with_server(case.net, n), seed, since) for seed in seeds)
    best = max(gains, key=lambda n: gains[n])
    if best in case.constraint:
        return True
    pool = case.net.stations[best].pool
    return bool(pool) and any(case.net.stations[n].pool == pool for n in case.constraint)


def _lead(net: Net, seed: int, since: float) -> float:
    """The mean lead time of items finished from a day on; all of the time if none finished."""
    leads = [lead for at, lead in run(net, DAYS, seed, WARM).leads if at >= since]
    return sum(leads) / len(leads) if leads else DAYS


# -- drawing streams --------------------------------------------------------------------


def line(rng: random.Random, loads: list[float], rate: float, queues: bool) -> list[Station]:
    """Stations in a line with these utilisations, 1 to 6 servers each."""
    count = len(loads)
    out = []
    for n, share in enumerate(loads):
        servers = rng.randint(1, 6)
        out.append(
            Station(
                name=NAMES[n],
                servers=servers,
                service_time=share * servers / rate,
                spread=rng.uniform(0.4, 1.0),
                queue=queues and rng.random() < 0.8,
                next=((n + 1, 1.0),) if n + 1 < count else (),
            )
        )
    return out


def start_line(rng: random.Random, least: int = 4) -> tuple[list[float], int, float, bool]:
    """Utilisations with one high, its place, arrivals a day, and whether there are queues."""
    count = rng.randint(least, 6)
    at = rng.randrange(count)
    loads = [rng.uniform(*HIGH) if n == at else rng.uniform(*REST) for n in range(count)]
    return loads, at, rng.uniform(0.6, 3.0), rng.random() < 0.5


def slow_stage(kind: str, seed: int, rng: random.Random) -> Case:
    """One stage is slow."""
    loads, at, rate, queues = start_line(rng)
    return Case(kind, seed, Net(tuple(line(rng, loads, rate, queues)), rate), frozenset((at,)))


def _looks(kind: str, seed: int, rng: random.Random) -> Case:
    """Another stage takes far longer: a fixed delay, or work of very different sizes."""
    loads, at, rate, queues = start_line(rng)
    stations = line(rng, loads, rate, queues)
    other = rng.choice([n for n in range(len(stations)) if n != at])
    longest = max(station.service_time for station in stations)
    if rng.random() < 0.5:
        delay = replace(
            stations[other],
            servers=0,
            service_time=longest * rng.uniform(2, 5),
            spread=0.1,
            queue=False,
        )
        stations[other] = delay
    else:
        servers = rng.randint(4, 6)
        share = rng.uniform(*REST)
        stations[other] = replace(
            stations[other],
            servers=servers,
            service_time=share * servers / rate,
            spread=rng.uniform(1.5, 2.2),
        )
    return Case(kind, seed, Net(tuple(stations), rate), frozenset((at,)))


def _team(kind: str, seed: int, rng: random.Random) -> Case:
    """Two stages share the servers of one team, which is the constraint."""
    loads, _, rate, queues = start_line(rng)
    loads = [rng.uniform(*REST) for _ in loads]
    stations = line(rng, loads, rate, queues)
    a, b = sorted(rng.sample(range(len(stations)), 2))
    servers, share = rng.randint(2, 6), rng.uniform(*HIGH)
    part = rng.uniform(0.3, 0.7)
    for n, some in ((a, part), (b, 1 - part)):
        service_time = share * servers * some / rate
        stations[n] = replace(stations[n], servers=0, pool="team", service_time=service_time)
    net = Net(tuple(stations), rate, pools={"team": servers})
    return Case(kind, seed, net, frozenset((a, b)))


def _other_team(kind: str, seed: int, rng: random.Random) -> Case:
    """Two stages share the servers of one team, but another stage is slow."""
    loads, at, rate, queues = start_line(rng)
    stations = line(rng, loads, rate, queues)
    a, b = sorted(rng.sample([n for n in range(len(stations)) if n != at], 2))
    servers, share = rng.randint(2, 6), rng.uniform(*REST)
    part = rng.uniform(0.3, 0.7)
    for n, some in ((a, part), (b, 1 - part)):
        service_time = share * servers * some / rate
        stations[n] = replace(stations[n], servers=0, pool="team", service_time=service_time)
    net = Net(tuple(stations), rate, pools={"team": servers})
    return Case(kind, seed, net, frozenset((at,)))


def _rework(kind: str, seed: int, rng: random.Random) -> Case:
    """A later stage sends a good part of its work back to one before it."""
    loads, at, rate, queues = start_line(rng)
    at = max(0, min(at, len(loads) - 2))
    loads = [rng.uniform(*HIGH) if n == at else rng.uniform(*REST) for n in range(len(loads))]
    stations = line(rng, loads, rate, queues)
    later = rng.randint(at + 1, len(stations) - 1)
    back = replace(stations[later], back=rng.uniform(0.15, 0.35), back_to=at)
    stations[later] = back
    # The same utilisation as drawn, now that some work passes more than once.
    visits = visit_ratios(Net(tuple(stations), rate))
    stations = [
        replace(station, service_time=station.service_time / count)
        for station, count in zip(stations, visits, strict=True)
    ]
    return Case(kind, seed, Net(tuple(stations), rate), frozenset((at,)))


def _moving(kind: str, seed: int, rng: random.Random) -> Case:
    """Arrivals grow, one stage becomes slower and the one that limited becomes faster."""
    loads, at, rate, queues = start_line(rng)
    trend = rng.uniform(0.05, 0.15)
    stations = line(rng, loads, rate * (1 + trend), queues)
    other = rng.choice([n for n in range(len(stations)) if n != at])
    high, low = rng.uniform(*HIGH), rng.uniform(0.72, 0.82)
    grown = rate * (1 + trend)
    for n, begin, final in (
        (other, rng.uniform(0.6, 0.7), high),
        (at, rng.uniform(0.88, 0.92), low),
    ):
        servers = stations[n].servers
        service_time = begin * servers / rate
        stations[n] = replace(
            stations[n], service_time=service_time, drift=final * servers / grown / service_time - 1
        )
    return Case(kind, seed, Net(tuple(stations), rate, trend), frozenset((other,)))


def _branches(kind: str, seed: int, rng: random.Random) -> Case:
    """Work takes one of two branches, and each of them has a stage that limits it."""
    rate, queues = rng.uniform(1.0, 3.0), rng.random() < 0.5
    part = rng.uniform(0.4, 0.6)
    shares = [rng.uniform(*REST), rng.uniform(*HIGH), rng.uniform(*HIGH), rng.uniform(*REST)]
    names = ["Analysis", "Web", "Mobile", "Release"]
    flows = [1.0, part, 1 - part, 1.0]
    nexts: list[tuple[tuple[int, float], ...]] = [
        ((1, part), (2, 1 - part)),
        ((3, 1.0),),
        ((3, 1.0),),
        (),
    ]
    stations = []
    for name, share, flow, to in zip(names, shares, flows, nexts, strict=True):
        servers = rng.randint(1, 6)
        stations.append(
            Station(
                name=name,
                servers=servers,
                service_time=share * servers / (rate * flow),
                spread=rng.uniform(0.4, 1.0),
                queue=queues,
                next=to,
            )
        )
    return Case(kind, seed, Net(tuple(stations), rate), frozenset((1, 2)), both=True)


def limits(kind: str, seed: int, rng: random.Random) -> Case:
    """A WIP limit on the constraint keeps its queue out, so the stages before it fill up."""
    loads, at, rate, queues = start_line(rng)
    at = max(at, 1)
    loads = [rng.uniform(*HIGH) if n == at else rng.uniform(*REST) for n in range(len(loads))]
    stations = line(rng, loads, rate, queues)
    for n, station in enumerate(stations):
        if n == at:
            limit = station.servers + rng.randint(1, 3)
        elif n < at:
            limit = 3 * station.servers + rng.randint(3, 6)
        else:
            continue
        stations[n] = replace(station, limit=limit)
    return Case(kind, seed, Net(tuple(stations), rate), frozenset((at,)))


def no_constraint(kind: str, seed: int, rng: random.Random) -> Case:
    """No stage is used much: the arrival rate limits throughput."""
    count, rate = rng.randint(4, 6), rng.uniform(0.6, 3.0)
    loads = [rng.uniform(*IDLE) for _ in range(count)]
    stations = line(rng, loads, rate, rng.random() < 0.5)
    return Case(kind, seed, Net(tuple(stations), rate), frozenset())


def _wait(kind: str, seed: int, rng: random.Random) -> Case:
    """No stage is used much, and in one of them items wait for something outside."""
    case = no_constraint(kind, seed, rng)
    stations = list(case.net.stations)
    n = rng.randrange(len(stations))
    longest = max(station.service_time for station in stations)
    spread = rng.choice((0.1, 0.5))
    service_time = longest * rng.uniform(2, 5)
    stations[n] = replace(
        stations[n], servers=0, service_time=service_time, spread=spread, queue=False
    )
    return replace(case, net=replace(case.net, stations=tuple(stations)))


KINDS: dict[str, Callable[[str, int, random.Random], Case]] = {
    "one slow stage": slow_stage,
    "another looks long": _looks,
    "a team of two stages": _team,
    "a team beside it": _other_team,
    "rework": _rework,
    "moving": _moving,
    "two branches": _branches,
    "limits": limits,
    "no constraint": no_constraint,
    "no constraint, a wait": _wait,
}
"""The functions that draw a stream, by the name of its kind."""


def check_utilisations(case: Case) -> None:
    """Raise ``AssertionError`` if the utilisations by theory contradict the kind."""
    shares = expected_utilisations(case.net, share=1.0)
    if not case.constraint:
        assert max(shares) < 0.60, shares
        return
    others = [share for n, share in enumerate(shares) if n not in case.constraint]
    assert min(shares[n] for n in case.constraint) >= HIGH[0] - 1e-9, shares
    assert max(others, default=0.0) <= REST[1] + 1e-9, shares
