"""Waiting times of queues: published values of Sakasegawa's formula."""

from __future__ import annotations

from math import inf

import pytest

from vsm.flow.queueing import mean_wait


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
    assert mean_wait(servers, utilisation, 3.0) == pytest.approx(days, abs=0.0051)


def test_no_mean_wait_where_the_queue_only_grows() -> None:
    assert mean_wait(2, 1.0, 3.0) == inf
    # Half the variation, half the wait.
    assert mean_wait(1, 0.9, 3.0, 0.5) == pytest.approx(13.5)


def test_servers_may_be_a_fraction() -> None:
    assert mean_wait(2, 0.8, 3.0) > mean_wait(2.5, 0.8, 3.0) > mean_wait(3, 0.8, 3.0)
