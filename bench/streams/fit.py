"""Fits the numbers that turn loads into probabilities to streams whose constraint is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from bench.streams.judge import JudgedCase
from vsm.features.bottlenecks.constraint import UNSURE, VAGUE, probabilities_of

SHARPNESS = (20.0, 30.0, 40.0, 50.0, 60.0)
THRESHOLD = (0.6, 0.62, 0.64, 0.66, 0.68, 0.7)
ENOUGH = (0.0, 50.0, 100.0, 150.0)
PARTS = (0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.55, 0.6, 0.7, 0.85, 1.0)
"""The values that are tried."""
LEAST_PROBABILITY = 1e-3
"""One case that is quite wrong counts no more than this."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """The constants of :mod:`vsm.features.bottlenecks.constraint`."""

    sharpness: float
    threshold: float
    enough: float
    unsure: float
    vague: float


def fit_numbers(cases: Sequence[JudgedCase]) -> Numbers:
    """The numbers under which the truth of these cases is likeliest.

    The first three are fitted where all of the odds are believed, then the parts where not.
    """
    known = [case for case in cases if case.loads]
    exact, unsure, vague = (
        [case for case in known if case.part == part] for part in (1.0, UNSURE, VAGUE)
    )
    best = max(
        product(SHARPNESS, THRESHOLD, ENOUGH),
        key=lambda numbers: log_likelihood(exact, 1.0, numbers),
    )
    parts = [
        max(PARTS, key=lambda part: log_likelihood(group, part, best)) for group in (unsure, vague)
    ]
    return Numbers(*best, *parts)


def log_likelihood(
    cases: Sequence[JudgedCase], part: float, numbers: tuple[float, float, float]
) -> float:
    """The log likelihood of what is right in these cases, if this part of the odds is believed."""
    total = 0.0
    for case in cases:
        candidates, demand = probabilities_of(
            np.array(case.loads), np.array(case.departures), part, numbers
        )
        right = float(candidates[np.array(case.right)].sum()) if case.is_limited else demand
        total += float(np.log(max(right, LEAST_PROBABILITY)))
    return total
