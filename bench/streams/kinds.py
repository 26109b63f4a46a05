"""Kinds of streams with a known constraint, drawn at random from a seed.

The constraint is known twice: by theory (the utilisation of places, returns included) and by
intervention (a place more there helps more than anywhere else, on the same work). A case in which
the two differ tells nothing about a method; it is left out and counted.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from bench.streams.simulate import Net, Run, Station, demand, run, used, with_place

DAYS = 182.0
"""How long a stream is watched: 26 weeks."""
WARM = 90.0
"""How long it has run before."""
HIGH, REST, IDLE = (0.92, 0.98), (0.60, 0.85), (0.30, 0.59)
"""Utilisation of a constraint, of the others, and of all where there is none."""
TRIES = 4
"""Runs of each intervention, on as many seeds."""
LATEST = 60.0
"""Days at the end over which an intervention is judged where the constraint moves."""


@dataclass(frozen=True, slots=True)
class Case:
    """A stream, what was seen of it, and the stations that limit it (none: demand does).

    Naming any of ``constraint`` first is right; with ``both`` a method should name two.
    """

    kind: str
    seed: int
    net: Net
    constraint: frozenset[int]
    both: bool = False

    def watch(self, by_rank: bool = False) -> Run:
        """What was seen of it, where work is begun in the order of arrival or by rank."""
        stations = tuple(replace(each, by_rank=by_rank) for each in self.net.stations)
        return run(replace(self.net, stations=stations), DAYS, self.seed, WARM)


def case(kind: str, seed: int) -> Case:
    """One stream of a kind."""
    luck = random.Random(f"{kind} {seed}")
    return KINDS[kind](kind, seed, luck)


def agrees(told: Case) -> bool:
    """Whether a place more at the constraint helps more than one anywhere else."""
    if not told.constraint:
        return True
    gains: dict[int, float] = {}
    seeds = range(told.seed * 1000 + 1, told.seed * 1000 + 1 + TRIES)
    since = DAYS - LATEST if told.kind == "moving" else 0.0
    before = sum(_lead(told.net, seed, since) for seed in seeds)
    seen: set[str] = set()
    for n, station in enumerate(told.net.stations):
        if not station.places and not station.pool:
            continue
        if station.pool:
            if station.pool in seen:
                continue
            seen.add(station.pool)
        gains[n] = before - sum(_lead(with_place(told.net, n), seed, since) for seed in seeds)
    best = max(gains, key=lambda n: gains[n])
    if best in told.constraint:
        return True
    pool = told.net.stations[best].pool
    return bool(pool) and any(told.net.stations[n].pool == pool for n in told.constraint)


def _lead(net: Net, seed: int, since: float) -> float:
    """Mean lead time of what finished from a day on; where nothing did, waiting has no end."""
    told = [lead for at, lead in run(net, DAYS, seed, WARM).leads if at >= since]
    return sum(told) / len(told) if told else DAYS


# -- drawing streams --------------------------------------------------------------------


def _line(luck: random.Random, wanted: list[float], rate: float, queues: bool) -> list[Station]:
    """Stations in a line, each with its utilisation, 1 to 6 places."""
    names = ["Analysis", "Design", "Build", "Review", "Test", "Release", "Hand-over"]
    count = len(wanted)
    out = []
    for n, share in enumerate(wanted):
        places = luck.randint(1, 6)
        out.append(
            Station(
                name=names[n],
                places=places,
                touch=share * places / rate,
                spread=luck.uniform(0.4, 1.0),
                queue=queues and luck.random() < 0.8,
                next=((n + 1, 1.0),) if n + 1 < count else (),
            )
        )
    return out


def _start(luck: random.Random, least: int = 4) -> tuple[list[float], int, float, bool]:
    """Utilisations with one high, which that is, arrivals a day, and whether there are queues."""
    count = luck.randint(least, 6)
    at = luck.randrange(count)
    wanted = [luck.uniform(*HIGH) if n == at else luck.uniform(*REST) for n in range(count)]
    return wanted, at, luck.uniform(0.6, 3.0), luck.random() < 0.5


def _slow(kind: str, seed: int, luck: random.Random) -> Case:
    """One stage is slow."""
    wanted, at, rate, queues = _start(luck)
    return Case(kind, seed, Net(tuple(_line(luck, wanted, rate, queues)), rate), frozenset((at,)))


def _looks(kind: str, seed: int, luck: random.Random) -> Case:
    """Another stage takes far longer: a fixed delay, or work of very different sizes."""
    wanted, at, rate, queues = _start(luck)
    stations = _line(luck, wanted, rate, queues)
    other = luck.choice([n for n in range(len(stations)) if n != at])
    longest = max(station.touch for station in stations)
    if luck.random() < 0.5:
        delay = replace(
            stations[other], places=0, touch=longest * luck.uniform(2, 5), spread=0.1, queue=False
        )
        stations[other] = delay
    else:
        places = luck.randint(4, 6)
        share = luck.uniform(*REST)
        stations[other] = replace(
            stations[other],
            places=places,
            touch=share * places / rate,
            spread=luck.uniform(1.5, 2.2),
        )
    return Case(kind, seed, Net(tuple(stations), rate), frozenset((at,)))


def _team(kind: str, seed: int, luck: random.Random) -> Case:
    """Two stages share the places of one team, which is the constraint."""
    wanted, _, rate, queues = _start(luck)
    wanted = [luck.uniform(*REST) for _ in wanted]
    stations = _line(luck, wanted, rate, queues)
    a, b = sorted(luck.sample(range(len(stations)), 2))
    places, share = luck.randint(2, 6), luck.uniform(*HIGH)
    part = luck.uniform(0.3, 0.7)
    for n, some in ((a, part), (b, 1 - part)):
        touch = share * places * some / rate
        stations[n] = replace(stations[n], places=0, pool="team", touch=touch)
    net = Net(tuple(stations), rate, pools={"team": places})
    return Case(kind, seed, net, frozenset((a, b)))


def _other_team(kind: str, seed: int, luck: random.Random) -> Case:
    """Two stages share the places of one team, but another stage is slow."""
    wanted, at, rate, queues = _start(luck)
    stations = _line(luck, wanted, rate, queues)
    a, b = sorted(luck.sample([n for n in range(len(stations)) if n != at], 2))
    places, share = luck.randint(2, 6), luck.uniform(*REST)
    part = luck.uniform(0.3, 0.7)
    for n, some in ((a, part), (b, 1 - part)):
        touch = share * places * some / rate
        stations[n] = replace(stations[n], places=0, pool="team", touch=touch)
    net = Net(tuple(stations), rate, pools={"team": places})
    return Case(kind, seed, net, frozenset((at,)))


def _rework(kind: str, seed: int, luck: random.Random) -> Case:
    """A later stage sends back a good part of what it gets to one before it."""
    wanted, at, rate, queues = _start(luck)
    at = max(0, min(at, len(wanted) - 2))
    wanted = [luck.uniform(*HIGH) if n == at else luck.uniform(*REST) for n in range(len(wanted))]
    stations = _line(luck, wanted, rate, queues)
    later = luck.randint(at + 1, len(stations) - 1)
    back = replace(stations[later], back=luck.uniform(0.15, 0.35), back_to=at)
    stations[later] = back
    # The same utilisation as drawn, now that some work passes more than once.
    visits = demand(Net(tuple(stations), rate))
    stations = [
        replace(station, touch=station.touch / count)
        for station, count in zip(stations, visits, strict=True)
    ]
    return Case(kind, seed, Net(tuple(stations), rate), frozenset((at,)))


def _moving(kind: str, seed: int, luck: random.Random) -> Case:
    """Arrivals grow, one stage becomes slower and the one that limited becomes faster."""
    wanted, at, rate, queues = _start(luck)
    trend = luck.uniform(0.05, 0.15)
    stations = _line(luck, wanted, rate * (1 + trend), queues)
    other = luck.choice([n for n in range(len(stations)) if n != at])
    high, low = luck.uniform(*HIGH), luck.uniform(0.72, 0.82)
    grown = rate * (1 + trend)
    for n, begin, final in (
        (other, luck.uniform(0.6, 0.7), high),
        (at, luck.uniform(0.88, 0.92), low),
    ):
        places = stations[n].places
        touch = begin * places / rate
        stations[n] = replace(stations[n], touch=touch, drift=final * places / grown / touch - 1)
    return Case(kind, seed, Net(tuple(stations), rate, trend), frozenset((other,)))


def _branches(kind: str, seed: int, luck: random.Random) -> Case:
    """Work takes one of two ways, and each of them has a stage that limits it."""
    rate, queues = luck.uniform(1.0, 3.0), luck.random() < 0.5
    part = luck.uniform(0.4, 0.6)
    shares = [luck.uniform(*REST), luck.uniform(*HIGH), luck.uniform(*HIGH), luck.uniform(*REST)]
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
        places = luck.randint(1, 6)
        stations.append(
            Station(
                name=name,
                places=places,
                touch=share * places / (rate * flow),
                spread=luck.uniform(0.4, 1.0),
                queue=queues,
                next=to,
            )
        )
    return Case(kind, seed, Net(tuple(stations), rate), frozenset((1, 2)), both=True)


def _limits(kind: str, seed: int, luck: random.Random) -> Case:
    """A limit on the stage that limits keeps its queue out, so that the ones before it fill up."""
    wanted, at, rate, queues = _start(luck)
    at = max(at, 1)
    wanted = [luck.uniform(*HIGH) if n == at else luck.uniform(*REST) for n in range(len(wanted))]
    stations = _line(luck, wanted, rate, queues)
    for n, station in enumerate(stations):
        if n == at:
            limit = station.places + luck.randint(1, 3)
        elif n < at:
            limit = 3 * station.places + luck.randint(3, 6)
        else:
            continue
        stations[n] = replace(station, limit=limit)
    return Case(kind, seed, Net(tuple(stations), rate), frozenset((at,)))


def _none(kind: str, seed: int, luck: random.Random) -> Case:
    """No stage is used much: what comes in decides what goes out."""
    count, rate = luck.randint(4, 6), luck.uniform(0.6, 3.0)
    wanted = [luck.uniform(*IDLE) for _ in range(count)]
    stations = _line(luck, wanted, rate, luck.random() < 0.5)
    return Case(kind, seed, Net(tuple(stations), rate), frozenset())


def _wait(kind: str, seed: int, luck: random.Random) -> Case:
    """No stage is used much, and in one of them items wait for something outside."""
    told = _none(kind, seed, luck)
    stations = list(told.net.stations)
    n = luck.randrange(len(stations))
    longest = max(station.touch for station in stations)
    spread = luck.choice((0.1, 0.5))
    touch = longest * luck.uniform(2, 5)
    stations[n] = replace(stations[n], places=0, touch=touch, spread=spread, queue=False)
    return replace(told, net=replace(told.net, stations=tuple(stations)))


KINDS: dict[str, Callable[[str, int, random.Random], Case]] = {
    "one slow stage": _slow,
    "another looks long": _looks,
    "a team of two stages": _team,
    "a team beside it": _other_team,
    "rework": _rework,
    "moving": _moving,
    "two branches": _branches,
    "limits": _limits,
    "no constraint": _none,
    "no constraint, a wait": _wait,
}
"""By name what draws a stream."""


def check(told: Case) -> None:
    """Raise ``AssertionError`` where theory and the kind say different things of the constraint."""
    shares = used(told.net, share=1.0)
    if not told.constraint:
        assert max(shares) < 0.60, shares
        return
    others = [share for n, share in enumerate(shares) if n not in told.constraint]
    assert min(shares[n] for n in told.constraint) >= HIGH[0] - 1e-9, shares
    assert max(others, default=0.0) <= REST[1] + 1e-9, shares
