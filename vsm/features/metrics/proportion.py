"""The 95% range of a share, from how many of how many (Wilson 1927)."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

_Z = 1.959964
"""Standard normal quantile of a two-sided 95%."""


class Proportion(NamedTuple):
    """A share with the ends of its 95% range."""

    share: float
    low: float
    high: float


def wilson(part: int, whole: int) -> Proportion | None:
    """The share of a part with its 95% range; ``None`` where it is of nothing."""
    if whole == 0:
        return None
    share, spread = part / whole, _Z * _Z / whole
    middle = (share + spread / 2) / (1 + spread)
    half = _Z * sqrt(share * (1 - share) / whole + spread / (4 * whole)) / (1 + spread)
    return Proportion(share, max(0.0, middle - half), min(1.0, middle + half))
