"""Measured figures beside their goals, and the table of them."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value with its goal, both as text; ``holds`` is ``None`` without a goal."""

    name: str
    goal: str
    measured: str
    holds: bool | None = None


def at_most(name: str, value: float, goal: float, unit: str, note: str = "") -> Figure:
    """A figure that may not exceed its goal."""
    measured = f"{value:,.2f} {unit}" + (f"  ({note})" if note else "")
    return Figure(name, f"≤ {goal:g} {unit}", measured, value <= goal)


def at_least(name: str, value: float, goal: float, unit: str, note: str = "") -> Figure:
    """A figure that may not fall below its goal."""
    measured = f"{value:,.2f} {unit}" + (f"  ({note})" if note else "")
    return Figure(name, f"≥ {goal:g} {unit}", measured, value >= goal)


def percentile(values: Sequence[float], percent: int) -> float:
    """Nearest rank: the smallest value that at least ``percent``% do not exceed."""
    ordered = sorted(values)
    return ordered[max(1, -(-percent * len(ordered) // 100)) - 1]


def ratio(ours: Sequence[float], bare: Sequence[float]) -> float:
    """Median of the ratios of pairs that were measured one after the other."""
    return statistics.median(a / b for a, b in zip(ours, bare, strict=True))


def table(figures: Iterable[Figure]) -> str:
    """The figures as a plain table with one line each."""
    marks = {True: "holds", False: "DOES NOT HOLD", None: "-"}
    rows = [("figure", "goal", "measured", "")]
    rows += [(f.name, f.goal, f.measured, marks[f.holds]) for f in figures]
    widths = [max(len(row[n]) for row in rows) for n in range(3)]
    lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=False)) for row in rows]
    body = [f"{line}  {row[3]}".rstrip() for line, row in zip(lines, rows, strict=True)]
    return "\n".join([body[0], "-" * max(map(len, body)), *body[1:]])
