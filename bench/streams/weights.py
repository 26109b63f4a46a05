"""The weights of the evidence, fitted to simulated streams whose constraint is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.streams.judge import Told

ROUNDS, STEP, RIDGE = 3_000, 0.05, 0.0001
LEAST = np.array([-np.inf, 0, -np.inf, 0, 0, 0, -np.inf, 0, -np.inf, -np.inf, -np.inf])
MOST = np.array([np.inf, np.inf, 0, np.inf, np.inf, np.inf, np.inf, np.inf, np.inf, np.inf, 0])
"""The least and the most weight of each: what waits, is used or gets slower never speaks against a
station, that the next is full or that it only delays never for it."""


def weights(told: Sequence[Told]) -> list[float]:
    """Maximum likelihood of a conditional logit in which any right candidate will do.

    Demand is the candidate without evidence. Climbs by Adam, which needs no second derivatives.
    """
    most = max(len(each.right) for each in told)
    count = len(told[0].evidence[0])
    known = np.zeros((len(told), most + 1, count))
    there = np.full((len(told), most + 1), -1e9)
    right = np.zeros((len(told), most + 1))
    for n, each in enumerate(told):
        size = len(each.right)
        known[n, :size] = each.evidence
        there[n, :size] = there[n, most] = 0.0
        right[n, :size] = each.right
        right[n, most] = not each.limited
    found, mean, square = np.zeros(count), np.zeros(count), np.zeros(count)
    for n in range(1, ROUNDS + 1):
        chance = _chances(known @ found + there)
        hit = chance * right
        hit /= hit.sum(axis=1, keepdims=True)
        slope = np.einsum("ij,ijk->k", hit - chance, known) / len(told) - RIDGE * found
        mean = 0.9 * mean + 0.1 * slope
        square = 0.999 * square + 0.001 * slope**2
        found = found + STEP * mean / (1 - 0.9**n) / (np.sqrt(square / (1 - 0.999**n)) + 1e-8)
        found = np.clip(found, LEAST, MOST)
    return [round(each, 2) for each in found.tolist()]


def _chances(worth: np.ndarray) -> np.ndarray:
    out = np.exp(worth - worth.max(axis=1, keepdims=True))
    return out / out.sum(axis=1, keepdims=True)
