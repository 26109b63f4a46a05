"""The method on simulated streams to which its weights were not fitted (all: bench.streams)."""

from __future__ import annotations

import numpy as np
import pytest

from bench.streams.judge import JudgedCase, Way, calibration, judge_case, table
from bench.streams.kinds import KINDS
from bench.streams.weights import LEAST, MOST, fit_weights
from vsm.features.bottlenecks.constraint import ANY_ORDER, DAYS_ONLY, FIFO

SEEDS = range(80_000, 80_005)


@pytest.fixture(scope="module")
def judged() -> dict[Way, list[JudgedCase]]:
    """Some cases of each kind in each way."""
    cases = [by_way for seed in SEEDS for kind in KINDS if (by_way := judge_case(kind, seed))]
    return {way: [by_way[way] for by_way in cases] for way in Way}


@pytest.mark.parametrize(
    ("way", "least"), [(Way.FIFO, 0.9), (Way.ANY_ORDER, 0.75), (Way.DAYS_ONLY, 0.8)]
)
def test_the_constraint_is_named_first(
    judged: dict[Way, list[JudgedCase]], way: Way, least: float
) -> None:
    cases = judged[way]
    limited = [case for case in cases if case.is_limited]
    assert len(limited) >= 30
    assert sum(case.ranked[0] for case in limited) >= least * len(limited)
    assert sum(any(case.ranked[:2]) for case in limited) >= (least + 0.05) * len(limited)
    naive = sum(case.longest_stay for case in limited)
    assert sum(case.ranked[0] for case in limited) > naive + 3
    free = [case for case in cases if not case.is_limited]
    assert sum(bool(case.named) for case in free) <= 1
    sure = [case for case in cases if case.named and case.confidence >= 0.9]
    assert sum(any(case.named) for case in sure) >= 0.9 * len(sure)
    written = table(cases, dict.fromkeys(KINDS, 0)) + calibration(cases)
    assert all(kind in written for kind in KINDS)


def test_weights_favour_what_marks_the_constraint(judged: dict[Way, list[JudgedCase]]) -> None:
    weights = fit_weights(judged[Way.FIFO])
    assert len(weights) == len(FIFO) == len(ANY_ORDER) == len(DAYS_ONLY)
    # Few cases: only what every sample says.
    assert weights[1] > 0 and weights[2] <= 0
    assert np.array_equal(np.clip(weights, LEAST, MOST), weights)
