"""Says in words what happened from one day of a chart to another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from vsm.features.metrics.results import DayCount, Figures, Scatter
from vsm.model.rules import nearest_rank
from vsm.report.wording import MIN_RATE_DAYS, count, day, days

_EPOCH = date(1970, 1, 1)


def cycle_times_between(scatter: Scatter, first: date, last: date) -> str:
    """The items that finished on these days, and the percentiles of their cycle times."""
    begin, end = (first - _EPOCH).days, (last - _EPOCH).days
    took = sorted(
        cycle
        for at, cycle in zip(scatter.day, scatter.cycle, strict=True)
        if cycle is not None and begin <= at <= end
    )
    if not took:
        return f"{_run(first, last)}: nothing finished with a known start"
    p50, p85 = (nearest_rank(took, percent) for percent in (50, 85))
    return (
        f"{_run(first, last)}: {len(took)} finished with a known start, 50% within {days(p50)},"
        f" 85% within {days(p85)}"
    )


def starts_between(figures: Figures, first: date, last: date) -> str:
    """How many items started and finished on these days."""
    begun = _sum(figures.arrivals.days, first, last)
    ended = _sum(figures.throughput.days, first, last)
    unknown = ended - _sum(figures.departures.days, first, last)
    without = f" ({unknown} without a known start)" if unknown else ""
    return f"{_run(first, last)}: {begun} started, {ended} finished{without}"


def finishes_between(figures: Figures, first: date, last: date) -> str:
    """How many items finished on these days, and how many a week that is."""
    ended, span = _sum(figures.throughput.days, first, last), (last - first).days + 1
    rate = f", {7 * ended / span:.1f} a week" if span >= MIN_RATE_DAYS else ""
    return f"{_run(first, last)}: {ended} finished{rate}"


def _sum(per_day: Sequence[DayCount], first: date, last: date) -> int:
    return sum(n for of, n in per_day if first <= of <= last)


def _run(first: date, last: date) -> str:
    """``1 Oct 2026 to 14 Oct 2026 (14 days)``."""
    return f"{day(first)} to {day(last)} ({count((last - first).days + 1, 'day')})"
