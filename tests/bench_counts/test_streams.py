"""The simulated streams behave as queueing theory says, so the truth about them is known."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import pairwise

import pytest

from bench.streams.kinds import DAYS, KINDS, check_utilisations, draw_case
from bench.streams.simulate import (
    Net,
    Station,
    expected_utilisations,
    run,
    stages,
    visit_ratios,
    with_server,
)


def mean_lead(net: Net, days: float, seed: int = 1) -> float:
    leads = run(net, days, seed, warm=200).leads
    return sum(lead for _, lead in leads) / len(leads)


@pytest.mark.parametrize(("share", "spread"), [(0.5, 0.5), (0.7, 1.0), (0.8, 0.7)])
def test_one_server_waits_as_pollaczek_and_khinchine_say(share: float, spread: float) -> None:
    station = Station("Build", 1, service_time=share, spread=spread)
    wait = share * share * (1 + spread**2) / (2 * (1 - share))
    assert mean_lead(Net((station,), 1.0), 60_000) == pytest.approx(share + wait, rel=0.05)


def test_several_servers_wait_as_erlang_says() -> None:
    # Lognormal times as spread as exponential ones: the mean wait is near that of Erlang C.
    servers, share = 3, 0.8
    load = servers * share
    terms = [load**n / math.factorial(n) for n in range(servers)]
    full = load**servers / math.factorial(servers) / (1 - share)
    wait = full / (sum(terms) + full) / (servers * (1 - share)) * load / load
    station = Station("Build", servers, service_time=1.0, spread=1.0)
    waited = mean_lead(Net((station,), load), 40_000) - 1.0
    assert waited == pytest.approx(wait, rel=0.1)


def test_the_same_seed_is_the_same_work_and_one_server_more_changes_only_the_waiting() -> None:
    case = draw_case("one slow stage", 3)
    assert case.observe() == case.observe()
    (at,) = case.constraint
    before, after = (run(net, DAYS, 9) for net in (case.net, with_server(case.net, at)))
    arrived = [
        {visit.item: visit.at for visit in result.visits if visit.stage == "Backlog"}
        for result in (before, after)
    ]
    assert arrived[0] == arrived[1]
    assert sum(lead for _, lead in after.leads) / len(after.leads) < sum(
        lead for _, lead in before.leads
    ) / len(before.leads)


def test_limits_hold_and_nothing_is_lost_or_in_two_places() -> None:
    case = draw_case("limits", 2)
    limits = {s.name: s.limit for s in case.net.stations if s.limit}
    assert limits
    queues = {f"{name} queue": name for name in limits}
    counts: dict[str, int] = defaultdict(int)
    where: dict[int, str] = {}
    known = {name for name, _ in stages(case.net)}
    for visit in run(case.net, DAYS, 5).visits:
        assert visit.stage in known
        station = queues.get(visit.stage, visit.stage)
        before = where.get(visit.item)
        if before is not None:
            counts[before] -= 1
        where[visit.item] = station
        counts[station] += 1
        assert counts[station] <= limits.get(station, 10**9)


def test_time_goes_forward_and_returns_are_counted() -> None:
    case = draw_case("rework", 1)
    by_item = defaultdict(list)
    for visit in case.observe().visits:
        by_item[visit.item].append(visit.at)
    assert all(a <= b for times in by_item.values() for a, b in pairwise(times))
    assert max(visit_ratios(case.net)) > 1.1


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_the_constraint_that_theory_says(kind: str) -> None:
    for seed in range(40):
        case = draw_case(kind, seed)
        check_utilisations(case)
        assert all(1 <= s.servers <= 6 or s.pool or not s.servers for s in case.net.stations)
    assert 50 < len(draw_case(kind, 1).observe().leads) < 2000


def test_utilisation_by_theory_is_that_of_the_simulation() -> None:
    net = draw_case("no constraint", 4).net
    result = run(net, 3000, 7, warm=100)
    inside: dict[str, float] = defaultdict(float)
    since: dict[int, tuple[str, float]] = {}
    for visit in result.visits:
        stage, at = since.get(visit.item, ("", 0.0))
        inside[stage] += visit.at - at
        since[visit.item] = visit.stage, visit.at
    for station, share in zip(net.stations, expected_utilisations(net), strict=True):
        if station.queue:  # only there is the stage what is worked on
            assert inside[station.name] / 3000 / station.servers == pytest.approx(share, rel=0.08)
