"""Fits the weights of the evidence to simulated streams whose constraint is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.streams.judge import JudgedCase

ROUNDS, STEP, RIDGE = 3_000, 0.05, 0.0001
LEAST = np.array([-np.inf, 0, -np.inf, 0, 0, 0, -np.inf, 0, -np.inf, -np.inf, -np.inf])
MOST = np.array([np.inf, np.inf, 0, np.inf, np.inf, np.inf, np.inf, np.inf, np.inf, np.inf, 0])
"""Bounds of each weight: waiting, utilisation and slowdown never speak against a station; a full
next station and being a mere delay never speak for it. Free weights fit simulated streams as well
but named stages with 3% utilisation in a real log."""


def fit_weights(cases: Sequence[JudgedCase]) -> list[float]:
    """Maximum likelihood of a conditional logit in which any right candidate will do.

    Demand is the candidate without evidence. Climbs by Adam (Kingma and Ba 2015), which needs no
    second derivatives.
    """
    most = max(len(case.right) for case in cases)
    count = len(cases[0].evidence[0])
    evidence = np.zeros((len(cases), most + 1, count))
    # Rows that pad a case to the longest one get a score at which they have no probability.
    padding = np.full((len(cases), most + 1), -1e9)
    right = np.zeros((len(cases), most + 1))
    for n, case in enumerate(cases):
        size = len(case.right)
        evidence[n, :size] = case.evidence
        padding[n, :size] = padding[n, most] = 0.0
        right[n, :size] = case.right
        right[n, most] = not case.is_limited
    weights, mean, square = np.zeros(count), np.zeros(count), np.zeros(count)
    for n in range(1, ROUNDS + 1):
        probability = _softmax(evidence @ weights + padding)
        hit = probability * right
        hit /= hit.sum(axis=1, keepdims=True)
        slope = np.einsum("ij,ijk->k", hit - probability, evidence) / len(cases) - RIDGE * weights
        mean = 0.9 * mean + 0.1 * slope
        square = 0.999 * square + 0.001 * slope**2
        weights = weights + STEP * mean / (1 - 0.9**n) / (np.sqrt(square / (1 - 0.999**n)) + 1e-8)
        weights = np.clip(weights, LEAST, MOST)
    return [round(weight, 2) for weight in weights.tolist()]


def _softmax(scores: np.ndarray) -> np.ndarray:
    out = np.exp(scores - scores.max(axis=1, keepdims=True))
    return out / out.sum(axis=1, keepdims=True)
