"""Results of the flow figures: frozen values without numpy, which screens may import.

Durations are in days. An *inclusive* one counts calendar days of the stream's zone, so that
work begun and finished today took 1; an *elapsed* one is the exact difference in 24-hour days.
What each figure means stands in :mod:`vsm.flow.definitions`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from vsm.flow.definitions import DEFINITIONS
from vsm.model.rules import from_micros

SCHEMA = "vsm.metrics/1"


@dataclass(frozen=True, slots=True)
class Items:
    """How many items there were at as-of, by where they stood.

    ``started`` and ``finished_without_start`` speak only of items whose history tells whether
    they started; ``left_out`` counts the others.
    """

    total: int
    started: int
    in_progress: int
    finished: int
    finished_without_start: int
    dropped: int
    left_out: int

    @property
    def not_started(self) -> int:
        """Items that nobody had started, finished or dropped by then."""
        return self.total - self.in_progress - self.finished - self.dropped


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure over ``n`` items in days: mean and nearest-rank percentiles.

    All but ``n`` are ``None`` where ``n`` is 0.
    """

    n: int
    mean: float | None = None
    p50: float | None = None
    p70: float | None = None
    p85: float | None = None
    p95: float | None = None
    max: float | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Items finished in the window that cycle time leaves out, by why."""

    finished_without_start: int
    truncated: int
    endpoints_only: int


@dataclass(frozen=True, slots=True)
class Week:
    """Items finished in one ISO week, as far as the week lies in the window."""

    monday: date
    finished: int

    @property
    def label(self) -> str:
        """The week as ISO 8601 writes it, such as ``2014-W27``."""
        year, week, _ = self.monday.isocalendar()
        return f"{year:04}-W{week:02}"


@dataclass(frozen=True, slots=True)
class Wip:
    """Work in progress at as-of, and the open visits of every stage in the stream's order."""

    total: int
    by_stage: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Metrics:
    """The figures of one stream: counts and WIP at ``as_of``, times of what finished in the window.

    ``as_of`` and ``last_activity`` are UTC microseconds; ``last_activity`` is the last recorded
    move at or before ``as_of``, ``None`` where there is none. ``first`` and ``last`` are the
    window's days, both inclusive, in ``zone``.
    """

    stream: str
    zone: str
    as_of: int
    last_activity: int | None
    first: date
    last: date
    items: Items
    cycle_time_days: Spread
    cycle_time_elapsed_days: Spread
    cycle_time_left_out: LeftOut
    lead_time_days: Spread
    lead_time_elapsed_days: Spread
    weeks: tuple[Week, ...]
    wip: Wip


def to_json(metrics: Metrics) -> dict[str, Any]:
    """The published form of the figures: plain values, always the same keys in the same order.

    Moments are ISO 8601 in UTC, dates are days in the stream's zone, durations are days rounded
    to 6 places (a tenth of a second).
    """
    items = metrics.items
    left_out = metrics.cycle_time_left_out
    return {
        "schema": SCHEMA,
        "stream": metrics.stream,
        "timezone": metrics.zone,
        "as_of": _moment(metrics.as_of),
        "last_activity": None if metrics.last_activity is None else _moment(metrics.last_activity),
        "window": {"from": metrics.first.isoformat(), "to": metrics.last.isoformat()},
        "items": {
            "total": items.total,
            "started": items.started,
            "in_progress": items.in_progress,
            "finished": items.finished,
            "finished_without_start": items.finished_without_start,
            "dropped": items.dropped,
            "left_out": items.left_out,
        },
        "cycle_time_days": _spread(metrics.cycle_time_days),
        "cycle_time_elapsed_days": _spread(metrics.cycle_time_elapsed_days),
        "cycle_time_left_out": {
            "finished_without_start": left_out.finished_without_start,
            "truncated": left_out.truncated,
            "endpoints_only": left_out.endpoints_only,
        },
        "lead_time_days": _spread(metrics.lead_time_days),
        "lead_time_elapsed_days": _spread(metrics.lead_time_elapsed_days),
        "throughput": {
            "per_week": [
                {"week": w.label, "start": w.monday.isoformat(), "finished": w.finished}
                for w in metrics.weeks
            ]
        },
        "wip": {"total": metrics.wip.total, "by_stage": dict(metrics.wip.by_stage)},
        "definitions": dict(DEFINITIONS),
    }


def _moment(at: int) -> str:
    return from_micros(at).isoformat().replace("+00:00", "Z")


def _spread(spread: Spread) -> dict[str, float | int | None]:
    return {
        "n": spread.n,
        "mean": _rounded(spread.mean),
        "p50": _rounded(spread.p50),
        "p70": _rounded(spread.p70),
        "p85": _rounded(spread.p85),
        "p95": _rounded(spread.p95),
        "max": _rounded(spread.max),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
