"""Waiting times of queues: Erlang's values, and published values of Sakasegawa's formula."""

from __future__ import annotations

from math import inf

import pytest

from bench.capacity.formula import sakasegawa_wait
from bench.capacity.queue import exact_wait
from vsm.flow.queueing import mean_wait, waiting_probability


@pytest.mark.parametrize(
    ("servers", "utilisation", "days"),
    [
        *((1, 0.5, 3.0), (1, 0.8, 12.0), (1, 0.85, 17.0), (1, 0.9, 27.0), (1, 0.95, 57.0)),
        *((2, 0.5, 1.10), (2, 0.8, 5.43), (2, 0.85, 7.90), (2, 0.9, 12.88), (2, 0.95, 27.85)),
        *((3, 0.5, 0.56), (3, 0.8, 3.32), (3, 0.85, 4.95), (3, 0.9, 8.25), (3, 0.95, 18.21)),
        *((5, 0.5, 0.22), (5, 0.8, 1.73), (5, 0.85, 2.68), (5, 0.9, 4.63), (5, 0.95, 10.58)),
        *((8, 0.5, 0.08), (8, 0.8, 0.91), (8, 0.85, 1.48), (8, 0.9, 2.66), (8, 0.95, 6.35)),
    ],
)
def test_mean_waits_are_those_of_sakasegawa(servers: int, utilisation: float, days: float) -> None:
    assert sakasegawa_wait(servers, utilisation, 3.0) == pytest.approx(days, abs=0.0051)


@pytest.mark.parametrize("servers", [1, 2, 3, 5, 8, 40])
def test_waits_of_poisson_arrivals_and_exponential_service_are_those_of_erlang(
    servers: int,
) -> None:
    for utilisation in (0.1, 0.5, 0.8, 0.95):
        exact = exact_wait(servers, utilisation)
        assert mean_wait(servers, utilisation, 3.0) == pytest.approx(3.0 * exact)
        assert mean_wait(servers, utilisation, 3.0, 0.5) == pytest.approx(1.5 * exact)
    assert mean_wait(servers, 0.0, 3.0) == 0.0


def test_erlangs_probability_of_waiting() -> None:
    # Published tables: 0.1304 for 5 servers and a load of 2.5, 0.4 for 3 servers and one of 1.8.
    assert waiting_probability(5, 0.5) == pytest.approx(0.1304, abs=5e-5)
    assert waiting_probability(3, 0.6) == pytest.approx(0.3547, abs=5e-5)
    assert waiting_probability(1, 0.7) == pytest.approx(0.7)


def test_no_mean_wait_where_the_queue_only_grows() -> None:
    assert mean_wait(2, 1.0, 3.0) == inf
    # Half the variation, half the wait.
    assert mean_wait(1, 0.9, 3.0, 0.5) == pytest.approx(13.5)


def test_servers_may_be_a_fraction() -> None:
    assert mean_wait(2, 0.8, 3.0) > mean_wait(2.5, 0.8, 3.0) > mean_wait(3, 0.8, 3.0)
    # The continuous extension, 1 / B = a ∫ exp(-a t) (1 + t)^c dt, gives 0.2795 and 0.7741.
    assert waiting_probability(2.5, 0.5) == pytest.approx(0.2795, rel=0.01)
    assert waiting_probability(1.25, 0.8) == pytest.approx(0.7741, rel=0.01)
    # Without a step at one server, or at any other number.
    for servers in (1, 2, 7):
        near = mean_wait(servers - 1e-9, 0.6, 3.0), mean_wait(servers + 1e-9, 0.6, 3.0)
        assert near[0] == pytest.approx(near[1], rel=1e-6)
    assert waiting_probability(0.0, 0.8) == 1.0
    assert waiting_probability(0.5, 0.8) == pytest.approx(0.8657, rel=0.05)
