"""The slope of a series by the median of the slopes between any two of its values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def theil_sen(values: Floats) -> float:
    """The median slope between any two of equally spaced values (Theil 1950, Sen 1968)."""
    return 0.0 if values.size < 2 else float(theil_sen_of_rows(values[None, :])[0])


def theil_sen_of_rows(values: Floats) -> Floats:
    """That slope of each row of at least two values."""
    first, second = np.triu_indices(values.shape[1], 1)
    steps = (values[:, second] - values[:, first]) / (second - first)
    middle: Floats = np.median(steps, axis=1)
    return middle
