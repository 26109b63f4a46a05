"""The queue discipline: in which order a station starts work, and how many servers that implies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.streams.history import observe_case
from bench.streams.kinds import Case, draw_case
from bench.streams.simulate import Net, Station, run
from vsm.features.bottlenecks.constraint import Judgement, judge
from vsm.features.bottlenecks.queue_discipline import (
    MAX_SERVERS,
    SERVER_LOG_PRIOR,
    DisciplineFit,
    fit_queue_discipline,
)
from vsm.features.bottlenecks.servers import trend_likelihood
from vsm.features.bottlenecks.stations import find_stations


def one(station: Station, seed: int, rate: float = 2.0, days: float = 182.0) -> DisciplineFit:
    """The fit of the only station of a stream."""
    net = Net((station,), rate)
    stream, window = observe_case(
        Case("one", seed, net, frozenset()), run(net, days, seed, 90.0).visits
    )
    (only,) = find_stations(stream, window)
    return fit_queue_discipline(window, only, window.occupancy(only.stages))


def judged(kind: str, seed: int, by_rank: bool = False) -> Judgement:
    case = draw_case(kind, seed)
    return judge(*observe_case(case, case.observe(by_rank).visits), {1: "Core"})


@pytest.mark.parametrize("servers", [1, 2, 4, 6])
@pytest.mark.parametrize("queue", [False, True])
def test_servers_are_those_for_which_service_times_are_alike(servers: int, queue: bool) -> None:
    fit = one(Station("Build", servers, servers * 0.85 / 2.0, 0.7, queue), servers)
    assert int(np.argmax(fit.fifo + SERVER_LOG_PRIOR)) + 1 == servers
    assert fit.fifo_log_odds > 20
    assert fit.item_count > 250


def test_a_mere_delay_has_no_bound() -> None:
    fit = one(Station("Supplier", 0, 9.0, 0.3), 4)
    assert int(np.argmax(fit.fifo + SERVER_LOG_PRIOR)) == MAX_SERVERS
    assert fit.fifo_log_odds == pytest.approx(0.0, abs=2.0), "where nobody waits, there is no order"
    assert fit.fifo[MAX_SERVERS] == pytest.approx(fit.any_order_service[MAX_SERVERS], abs=1.0)


def test_any_order_is_seen() -> None:
    """Of a busy station that takes work by rank, many items leave before their turn came."""
    fits = [one(Station("Build", 2, 0.9, 0.5, by_rank=rank), 3) for rank in (False, True)]
    assert fits[0].fifo_log_odds > 20 > fits[1].fifo_log_odds


def test_growth_of_service_times_is_fitted() -> None:
    fit = one(Station("Build", 3, 1.0, 0.5, drift=0.5), 8)
    place = int(np.argmax(fit.fifo + SERVER_LOG_PRIOR))
    # Over the run of 272 days they grow by half; the window is the last two thirds of it.
    grown = float(np.log(1.5 / (1 + 0.5 * 90 / 272)))
    assert abs(fit.growth[place] - grown) < 2.5 * fit.growth_error[place] < 0.5


def test_nothing_is_fitted_to_few_items() -> None:
    fit = one(Station("Build", 1, 0.5), 1, rate=0.2, days=20.0)
    assert fit.item_count == 0 and fit.fifo_log_odds == 0.0


def test_the_order_of_a_stream_is_that_of_all_its_stations() -> None:
    fifo = [judged("one slow stage", seed) for seed in range(3)]
    by_rank = [judged("one slow stage", seed, by_rank=True) for seed in range(3)]
    assert all(judgement.is_fifo for judgement in fifo)
    assert not any(judgement.is_fifo for judgement in by_rank)
    assert all(
        judgement.fifo_log_odds == sum(fit.fifo_log_odds for fit in judgement.stage_fits)
        for judgement in fifo
    )


def test_a_wait_for_something_outside_limits_nothing() -> None:
    for seed in range(4):
        judgement = judged("no constraint, a wait", seed)
        net = draw_case("no constraint, a wait", seed).net
        (name,) = (station.name for station in net.stations if not station.servers)
        fit = next(fit for fit in judgement.stage_fits if fit.station.name == name)
        assert not judgement.constraints
        assert fit.utilisation < 0.6
        mean = next(station.service_time for station in net.stations if station.name == name)
        if fit.is_delay:
            assert fit.service_time == pytest.approx(mean, rel=0.25)
            assert fit.station not in judgement.minimum_cut


def test_a_trend_beyond_all_that_is_weighed_is_the_largest_of_them() -> None:
    """The likelihoods of the others underflow; their sum must not become a logarithm of zero."""
    fit = one(Station("Build", 2, 0.9, 0.5), 3)
    steep = replace(fit, growth=fit.growth + 5.0, growth_error=np.full_like(fit.growth, 0.05))
    logs = trend_likelihood(steep)
    assert np.isfinite(logs).all()
    assert np.argmax(logs, axis=0).tolist() == [0] * (MAX_SERVERS + 1)
    assert np.exp(logs).sum(axis=0) == pytest.approx(1.0)
