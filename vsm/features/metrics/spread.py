"""Computes mean and percentiles of times."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vsm.features.metrics.results import Spread
from vsm.model.rules import LEVELS


def spread(values: NDArray[np.int64] | NDArray[np.float64]) -> Spread:
    """Mean and nearest-rank percentiles (rank ⌈P·n/100⌉, never interpolated)."""
    n = values.size
    if not n:
        return Spread(0)
    ranks = [max(1, -(-p * n // 100)) - 1 for p in LEVELS]
    ordered = np.partition(values, (*ranks, n - 1))  # sorted at these ranks only, which is faster
    p50, p70, p85, p95 = (ordered[rank].item() for rank in ranks)
    return Spread(n, float(ordered.mean()), p50, p70, p85, p95, ordered[-1].item())
