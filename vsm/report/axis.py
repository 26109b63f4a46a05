"""Scales and their labels: where a value or a day is, in cells."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

STEEP = 8.0
"""How many times the median the 95th percentile may be before a scale becomes logarithmic."""
ROOM = 1.5
"""How far beyond the 95th percentile a scale reaches, in times of it; the rest is at its edge."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from ``low`` to ``high`` on ``steps`` places, the first at ``low``."""

    low: float
    high: float
    steps: int
    log: bool = False

    def at(self, value: float) -> int:
        """The place of a value; what lies outside is at the nearer end."""
        low, high, value = self.low, self.high, min(max(value, self.low), self.high)
        if self.log:
            low, high, value = (math.log10(max(bound, 0.5)) for bound in (low, high, value))
        if high <= low or self.steps < 2:
            return 0
        return round((value - low) / (high - low) * (self.steps - 1))

    def value(self, place: float) -> float:
        """The value at a place."""
        share = place / (self.steps - 1) if self.steps > 1 else 0.0
        if self.log:
            low, high = math.log10(max(self.low, 0.5)), math.log10(max(self.high, 0.5))
            return float(10 ** (low + share * (high - low)))
        return self.low + share * (self.high - self.low)


def upward(values: Sequence[float], rows: int, usual: float | None = None) -> Scale:
    """A scale for values of at least 1 that keeps the usual ones apart, whatever the greatest are.

    ``usual`` is a usual value, where that is not the median of these.
    Logarithmic where the usual values themselves lie far apart. Else a few that are much greater
    than all others are beyond its end.
    """
    ordered = sorted(values)
    if not ordered:
        return Scale(0, 4, rows)
    middle, late = (ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.95))
    if late > STEEP * max(1.0, usual or middle):
        return Scale(1, max(2.0, ordered[-1]), rows, True)
    top = ordered[-1] if ordered[-1] <= 2 * late else ROOM * late
    return Scale(0, nice(max(4.0, top)), rows)


def nice(high: float) -> float:
    """A round number that is not below ``high``: 1, 2, 5, 10, 20 …"""
    if high <= 1:
        return 1.0
    power = 10 ** math.floor(math.log10(high))
    return float(
        next(factor * power for factor in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if factor * power >= high)
    )


def ticks(scale: Scale, most: int) -> list[float]:
    """At most so many round values to write beside a scale, the least first."""
    if most < 2:
        return [scale.high]
    if scale.log:
        low, high = math.floor(math.log10(max(scale.low, 1))), math.log10(max(scale.high, 1))
        powers = [float(10**n) for n in range(low, math.floor(high) + 1)]
        halves = sorted({*powers, *(3 * factor for factor in powers if 3 * factor <= scale.high)})
        marks = halves if len(halves) <= most else powers
        return marks[-most:]
    span = scale.high - scale.low
    for power in range(-1, 9):
        for factor in (1, 2, 5):
            step = factor * 10**power
            if step < 1:
                continue
            first = math.ceil(scale.low / step)
            last = math.floor(scale.high / step)
            if last - first + 1 <= most:
                return [float(n * step) for n in range(first, last + 1)]
    return [scale.high - span]


def short(value: float) -> str:
    """A number beside a scale: 5, 1.5, 12k."""
    if value >= 10_000:
        return f"{value / 1000:.0f}k"
    return f"{value:.0f}" if value == int(value) else f"{value:.1f}"


def day_label(day: date, span: int) -> str:
    """A day below a chart that covers ``span`` days."""
    if span > 400:
        return f"{day:%b} {day.year}"
    return f"{day.day} {day:%b}"


def day_places(first: date, days: int, width: int) -> list[tuple[int, str]]:
    """Labels below a chart of so many days: (cell, text), as many as fit side by side."""
    if days < 1 or width < 1:
        return []
    from datetime import timedelta

    labels = max(1, min(1 + width // 16, days))
    out: list[tuple[int, str]] = []
    taken = -2
    for n in range(labels):
        offset = round(n * (days - 1) / max(1, labels - 1)) if labels > 1 else 0
        text = day_label(first + timedelta(days=offset), days)
        centre = round(offset * (width - 1) / max(1, days - 1)) if days > 1 else 0
        start = min(max(0, centre - len(text) // 2), max(0, width - len(text)))
        if start > taken + 1:
            out.append((start, text))
            taken = start + len(text)
    return out
