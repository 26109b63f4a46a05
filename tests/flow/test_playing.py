"""Playing work through stations: waits by theory, limits, rework, absences, Little's law."""

from __future__ import annotations

import random
from itertools import accumulate, pairwise
from math import factorial, inf

import pytest

from vsm.features.simulate.playing import NO_POOL, Layout, Played, Work, play

FOREVER = 1e6
Step = tuple[int, float]


def work(arrivals: list[float], paths: list[list[Step]], rank: list[float] | None = None) -> Work:
    """Items that come at these moments, each with its path of (station, service)."""
    count = len(arrivals)
    steps = [step for path in paths for step in path]
    return Work(
        arrivals,
        [0, *accumulate(len(path) for path in paths)],
        [station for station, _ in steps],
        [days for _, days in steps],
        [True] * count,
        [False] * count,
        [False] * count,
        [inf] * count,
        rank,
    )


def line(*servers: int, limits: tuple[int, ...] = ()) -> Layout:
    count = len(servers)
    return Layout(list(range(count)), list(limits) or [0] * count, [True] * count, list(servers))


def poisson(rate: float, services: tuple[float, ...], count: int, seed: int) -> Work:
    """Poisson arrivals with exponential services along a line."""
    rng = random.Random(seed)
    now, arrivals = 0.0, []
    for _ in range(count):
        now += rng.expovariate(rate)
        arrivals.append(now)
    paths = [[(n, rng.expovariate(1 / mean)) for n, mean in enumerate(services)] for _ in arrivals]
    return work(arrivals, paths)


def erlang_wait(servers: int, rate: float, mean: float) -> float:
    """The mean wait of M/M/c by Erlang's formula."""
    load = rate * mean
    last = load**servers / factorial(servers) / (1 - load / servers)
    waits = last / (sum(load**n / factorial(n) for n in range(servers)) + last)
    return waits / (servers / mean - rate)


def mean_wait(played: Played, of: Work) -> float:
    services = [sum(days for _, days in of.path(item)) for item in range(len(of.arrival))]
    waits = [
        left - start - service
        for start, left, service in zip(played.start, played.left, services, strict=True)
        if left < inf
    ]
    return sum(waits) / len(waits)


@pytest.mark.parametrize("servers", [1, 3])
@pytest.mark.parametrize("utilisation", [0.5, 0.8])
def test_waits_are_those_of_theory(servers: int, utilisation: float) -> None:
    rate = servers * utilisation
    items = poisson(rate, (1.0,), 60_000, servers)
    wait = mean_wait(play(line(servers), items, FOREVER), items)
    assert wait == pytest.approx(erlang_wait(servers, rate, 1.0), rel=0.08)


def test_a_line_of_queues_waits_as_each_alone() -> None:
    """The departures of an M/M/c are Poisson again (Burke 1956)."""
    items = poisson(1.4, (1.0, 0.5), 60_000, 5)
    wait = mean_wait(play(line(2, 1), items, FOREVER), items)
    theory = erlang_wait(2, 1.4, 1.0) + erlang_wait(1, 1.4, 0.5)
    assert wait == pytest.approx(theory, rel=0.08)


def test_the_order_changes_no_mean_wait() -> None:
    items = poisson(0.8, (1.0,), 40_000, 2)
    rng = random.Random(3)
    by_chance = work(
        list(items.arrival),
        [items.path(item) for item in range(len(items.arrival))],
        [rng.random() for _ in items.arrival],
    )
    waits = [mean_wait(play(line(1), one, FOREVER), one) for one in (items, by_chance)]
    assert waits[1] == pytest.approx(waits[0], rel=0.08)


def test_littles_law_holds_exactly() -> None:
    items, days = poisson(2.0, (0.9, 1.2), 400, 4), 150.0
    played = play(line(2, 3, limits=(5, 4)), items, days)
    starts = [at for at in played.start if at <= days]
    ends = [at for at in played.left if at <= days]
    steps = sorted([(at, 1) for at in starts] + [(at, -1) for at in ends])
    item_days, wip = 0.0, 0
    for (at, step), (after, _) in pairwise([*steps, (days, 0)]):
        wip += step
        item_days += wip * (after - at)
    stays = sum(
        min(left, days) - start
        for start, left in zip(played.start, played.left, strict=True)
        if start <= days
    )
    assert item_days == pytest.approx(stays, rel=1e-12)
    assert wip == len(starts) - len(ends) > 0


@pytest.mark.parametrize("limit", [1, 2, 4])
def test_a_limit_is_never_exceeded(limit: int) -> None:
    """Seen from outside: only the second station counts as started."""
    items = poisson(3.0, (0.3, 0.7, 0.5), 600, limit)
    layout = Layout([0, 1, 2], [3, limit, 2], [False, True, True], [1, 2, 1])
    played = play(layout, items, 400.0)
    held = [limit + 2]
    steps = [(at, 1) for at in played.start if at < inf] + [
        (at, -1) for at in played.left if at < inf
    ]
    wip = 0
    for _, step in sorted(steps):
        wip += step
        held.append(wip)
    assert max(held) <= limit + 2 and max(held) == held[0]
    only = play(Layout([0], [limit], [True], [9]), poisson(5.0, (1.0,), 300, limit), 200.0)
    steps = [(at, 1) for at in only.start if at < inf]
    steps += [(at, -1) for at in only.left if at < inf]
    wip = most = 0
    for _, step in sorted(steps):
        wip += step
        most = max(most, wip)
    assert most == limit


def test_who_is_blocked_keeps_the_server() -> None:
    """The second station holds one item, so the first works on none until it is empty."""
    items = work([0.0, 0.0, 0.0], [[(0, 1.0), (1, 5.0)]] * 3)
    played = play(line(1, 1, limits=(0, 1)), items, 100.0)
    assert list(played.left) == [6.0, 11.0, 16.0]
    free = play(line(1, 1), items, 100.0)
    assert list(free.left) == [6.0, 11.0, 16.0]
    short = work([0.0, 0.0, 0.0], [[(0, 1.0), (1, 5.0)], [(0, 1.0), (1, 0.5)], [(0, 4.0)]])
    assert play(line(1, 1, limits=(0, 1)), short, 100.0).left[2] == 10.0
    assert play(line(1, 1), short, 100.0).left[2] == 6.0


def test_work_that_returns_takes_no_notice_of_limits() -> None:
    """Two full stations, each with an item for the other, would stand still for ever."""
    path = [(0, 1.0), (1, 1.0), (0, 1.0), (1, 1.0)]
    items = work([0.0] * 6, [path] * 6)
    played = play(line(1, 1, limits=(2, 1)), items, 100.0)
    assert all(left < inf for left in played.left)


def test_two_stations_share_the_servers_of_a_team() -> None:
    items = work([0.0, 0.0], [[(0, 2.0)], [(1, 3.0)]])
    shared = Layout([0, 0], [0, 0], [True, True], [1])
    assert list(play(shared, items, 50.0).left) == [2.0, 5.0]
    assert list(play(line(1, 1), items, 50.0).left) == [2.0, 3.0]


def test_a_delay_serves_all_at_once() -> None:
    items = work([0.0] * 20, [[(0, 3.0)]] * 20)
    layout = Layout([NO_POOL], [0], [True], [])
    assert list(play(layout, items, 50.0).left) == [3.0] * 20


def test_an_outlier_takes_no_server_and_no_place_under_the_limit() -> None:
    items = work([0.0, 0.0], [[(0, -40.0)], [(0, 2.0)]])
    assert list(play(line(1, limits=(1,)), items, 50.0).left) == [40.0, 2.0]


def test_servers_that_are_absent_start_nothing() -> None:
    """What was begun before ends; the next one waits until the server is back."""
    items = work([0.0, 0.5], [[(0, 2.0)], [(0, 1.0)]])
    away = Layout([0], [0], [True], [1], [(1.0, 0, -1), (10.0, 0, 1)])
    assert list(play(away, items, 50.0).left) == [2.0, 11.0]


def test_items_that_are_there_go_on_from_where_they_are() -> None:
    items = Work(
        [-3.0, -1.0, 0.5],
        [0, 1, 2, 3],
        [0, 0, 0],
        [1.5, 2.0, 1.0],
        [True] * 3,
        [True, True, False],
        [True, False, False],
        [-3.0, -1.0, inf],
    )
    played = play(line(1), items, 50.0)
    assert list(played.left) == [1.5, 3.5, 4.5] and played.start[2] == 0.5


def test_a_team_never_waits_for_room_that_only_it_could_make() -> None:
    """One server of two stations: what waits in the second one would wait for it for ever."""
    layout = Layout([0, 0], [0, 1], [True, True], [1])
    items = work([0.0, 0.1, 0.2], [[(0, 1.0), (1, 1.0)]] * 3)
    assert max(play(layout, items, 50.0).left) == 6.0


def test_a_server_of_one_station_waits_with_its_item() -> None:
    layout = Layout([0, 1], [0, 1], [True, True], [1, 1])
    items = work([0.0, 0.1, 0.2], [[(0, 1.0), (1, 3.0)]] * 3)
    assert list(play(layout, items, 50.0).left) == [4.0, 7.0, 10.0]
    assert play(layout, items, 50.0).start[2] == 0.2
