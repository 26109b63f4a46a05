"""Figures of delivery as pure functions: frequency, gaps, recovery with open ones, trends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise, takewhile
from typing import NamedTuple

from vsm.features.metrics.process_limits import RUN, Trend, latest_trend
from vsm.model.rules import day_start, local, nearest_rank

MIN_WEEKS = 8
"""Weeks with a value below which no trend is claimed."""
MIN_IN_WEEK = 5
"""Values without which a week's figure is too much one value's own to be beyond a limit."""
MIN_A_WEEK = 1.0
"""Of what happens less often a week, one more is beyond a limit by chance."""
CHUNKY = 0.92
"""Mean moving range of counts below which limits lie too close to tell one count from the next:
under four values fit in those of the range, 3.27 times as much (Wheeler). Then a run has to lie
beside the median: most counts are equal to it, and on neither side."""
_WEEK = timedelta(days=7)
_EVEN = 0.5 + 1e-9
"""Half of all, with room for rounding."""

Verdict = tuple[Trend, str] | None
"""Where a series has gone, and why that is more than usual variation."""


def median(values: Iterable[float], percent: int = 50) -> float | None:
    """A percentile by nearest rank; ``None`` of nothing."""
    ordered = sorted(values)
    return nearest_rank(ordered, percent) if ordered else None


# -- weeks ---------------------------------------------------------------------------------


def full_weeks(first: date, last: date, zone: str, end: int) -> list[date]:
    """The Mondays of the weeks that lie wholly in these days and are over at ``end``."""
    monday = first + timedelta(days=-first.weekday() % 7)
    out = []
    while monday + timedelta(days=6) <= last and day_start(monday + _WEEK, zone) <= end:
        out.append(monday)
        monday += _WEEK
    return out


def monday_of(at: int, zone: str) -> date:
    """The Monday of the week of a moment."""
    day = local(at, zone).date()
    return day - timedelta(days=day.weekday())


def days_with(moments: Iterable[int], weeks: Sequence[date], zone: str) -> int | None:
    """On how many days of a week there was at least one, the median over weeks, zeros included."""
    days = {local(at, zone).date() for at in moments}
    counts = sorted(sum(monday + timedelta(days=n) in days for n in range(7)) for monday in weeks)
    return nearest_rank(counts, 50) if counts else None


def gaps(moments: Sequence[int], begin: int, end: int) -> list[int]:
    """Times between one deployment and the next, of those whose later one lies in the window."""
    return [later - earlier for earlier, later in pairwise(moments) if begin <= later < end]


def trend_of_counts(counts: Sequence[int]) -> Verdict:
    """The trend of a count by week: there is one only where the latest week is a signal."""
    if len(counts) < MIN_WEEKS or sum(counts) < MIN_A_WEEK * len(counts):
        return None
    moves = sum(abs(later - earlier) for earlier, later in pairwise(counts))
    if moves >= CHUNKY * (len(counts) - 1):
        return latest_trend(counts)
    middle = nearest_rank(sorted(counts), 50)
    is_high = counts[-1] > middle
    run = list(takewhile(lambda count: count != middle and (count > middle) == is_high,
                         reversed(counts)))  # fmt: skip
    if len(run) < RUN:
        return None
    words = "above" if is_high else "below"
    return Trend.UP if is_high else Trend.DOWN, f"{len(run)} weeks in a row {words} the median"


def trend_of_rates(parts: Sequence[int], wholes: Sequence[int]) -> Verdict:
    """The trend of a share by week; none of what happens less than once a week.

    Of rare things most weeks have none and lie below the mean: eight in a row say nothing.
    """
    if sum(parts) < MIN_A_WEEK * len(parts):
        return None
    rates = [part / whole if whole else None for part, whole in zip(parts, wholes, strict=True)]
    return trend_of_values(rates, wholes)


def trend_of_values(values: Sequence[float | None], counts: Sequence[int]) -> Verdict:
    """The trend of a value by week (``None``: none in that week), each of so many."""
    known = [value for value in values if value is not None]
    if len(known) < MIN_WEEKS or not values or values[-1] is None:
        return None
    return latest_trend(known, few=counts[-1] < MIN_IN_WEEK)


# -- recovery ------------------------------------------------------------------------------


class Recovered(NamedTuple):
    """The median time to recover, in the unit of its times.

    ``median`` is none where so many are not over that it is only known to be more than
    ``more_than``; both are none of nothing.
    """

    median: float | None
    more_than: float | None


def median_recovery(times: Sequence[tuple[float, bool]]) -> Recovered:
    """The median of times of which some are not over yet (Kaplan and Meier 1958).

    ``times`` are (time so far or in all, whether it is over). One that is not over counts as long
    as it was seen. At equal times what is over comes first.
    """
    if not times:
        return Recovered(None, None)
    ordered = sorted(times, key=lambda one: (one[0], not one[1]))
    lasting, at_risk = 1.0, len(ordered)
    for time, is_over in ordered:
        if is_over:
            lasting *= 1 - 1 / at_risk
            if lasting <= _EVEN:
                return Recovered(time, None)
        at_risk -= 1
    return Recovered(None, ordered[-1][0])
