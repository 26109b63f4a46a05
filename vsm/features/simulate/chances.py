"""Random numbers by what they are for: an item, a station, a visit there, and a purpose.

The same keys always have the same numbers, so that a change of one thing leaves all others as they
are (common random numbers), and no number is made that nobody needs (SplitMix64; Steele, Lea and
Flood 2014).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vsm.features.bottlenecks.stations import Floats
from vsm.flow.history import Ints

Keys = NDArray[np.uint64]
_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFTS = np.uint64(30), np.uint64(27), np.uint64(31)
_LOW_BITS = np.uint64(11)


def _mix(values: Keys) -> Keys:
    values = (values ^ (values >> _SHIFTS[0])) * _FIRST
    values = (values ^ (values >> _SHIFTS[1])) * _SECOND
    mixed: Keys = values ^ (values >> _SHIFTS[2])
    return mixed


def make_keys(rng: np.random.Generator, count: int) -> Keys:
    """So many keys; more of them begin with the same ones."""
    first = rng.integers(2**63, size=1).astype(np.uint64)
    return _mix(first + np.arange(count, dtype=np.uint64) * _STEP)


def chances(keys: Keys, numbers: Ints, purposes: int) -> Floats:
    """For each purpose, and each key with its number, a random number from 0 to below 1."""
    at = numbers.astype(np.uint64) * np.uint64(purposes)
    rows = np.arange(purposes, dtype=np.uint64)[:, None]
    mixed = _mix(keys + (at + rows + np.uint64(1)) * _STEP)
    return (mixed >> _LOW_BITS).astype(np.float64) * 2.0**-53
