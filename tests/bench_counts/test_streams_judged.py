"""The method on simulated streams that its weights were not fitted to. All of it: bench.streams."""

from __future__ import annotations

import numpy as np
import pytest

from bench.streams.judge import Told, Way, calibration, table, tell
from bench.streams.kinds import KINDS
from bench.streams.weights import LEAST, MOST, weights
from vsm.features.bottlenecks.constraint import BY_RANK, COARSE, IN_TURN

SEEDS = range(80_000, 80_005)


@pytest.fixture(scope="module")
def judged() -> dict[Way, list[Told]]:
    """Some cases of each kind in each way."""
    every = [each for seed in SEEDS for kind in KINDS if (each := tell(kind, seed))]
    return {way: [each[way] for each in every] for way in Way}


@pytest.mark.parametrize(
    ("way", "least"), [(Way.IN_TURN, 0.9), (Way.BY_RANK, 0.75), (Way.COARSE, 0.8)]
)
def test_the_constraint_is_named_first(
    judged: dict[Way, list[Told]], way: Way, least: float
) -> None:
    told = judged[way]
    limited = [each for each in told if each.limited]
    assert len(limited) >= 30
    assert sum(each.ranked[0] for each in limited) >= least * len(limited)
    assert sum(any(each.ranked[:2]) for each in limited) >= (least + 0.05) * len(limited)
    naive = sum(each.longest for each in limited)
    assert sum(each.ranked[0] for each in limited) > naive + 3
    free = [each for each in told if not each.limited]
    assert sum(bool(each.named) for each in free) <= 1
    sure = [each for each in told if each.named and each.confidence >= 0.9]
    assert sum(any(each.named) for each in sure) >= 0.9 * len(sure)
    written = table(told, dict.fromkeys(KINDS, 0)) + calibration(told)
    assert all(kind in written for kind in KINDS)


def test_weights_are_fitted_to_what_tells_the_right_one(judged: dict[Way, list[Told]]) -> None:
    found = weights(judged[Way.IN_TURN])
    assert len(found) == len(IN_TURN) == len(BY_RANK) == len(COARSE)
    # Few cases: only what every sample says.
    assert found[1] > 0 and found[2] <= 0
    assert np.array_equal(np.clip(found, LEAST, MOST), found)
