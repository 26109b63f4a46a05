"""The row of a stream in the overview, by hand: weeks, and arrows that only signals set."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from vsm.features.metrics.basic_results import Week
from vsm.features.metrics.process_limits import Trend, natural_limits
from vsm.features.overview.figures import cycle_trend, full_weeks, throughput_trend, weekly
from vsm.features.overview.report import sparkline
from vsm.model.rules import day_start, number_of_day
from vsm.model.stream_state import Finish

SUNDAY = date(2026, 3, 29)
MONDAYS = [date(2026, 1, 5) + timedelta(weeks=n) for n in range(12)]


def weeks(*counts: int) -> list[Week]:
    return [Week(MONDAYS[n], count) for n, count in enumerate(counts)]


def finishes(cycles: list[list[int]]) -> list[Finish]:
    """Items that finished on the Tuesdays of the weeks, with these cycle times."""
    return [
        Finish(number_of_day(monday + timedelta(days=1)), days)
        for monday, times in zip(MONDAYS, cycles, strict=False)
        for days in times
    ]


def test_weeks_and_which_of_them_are_full() -> None:
    tuesday = number_of_day(date(2026, 3, 24))
    first = number_of_day(date(2025, 12, 30))
    counted = weekly([Finish(tuesday, 3), Finish(tuesday, None), Finish(first, 1)], SUNDAY)
    assert (counted[0], counted[-1]) == (Week(date(2025, 12, 29), 1), Week(date(2026, 3, 23), 2))
    assert len(counted) == 13, "the 90 days from 30 Dec touch so many weeks"
    over = day_start(SUNDAY + timedelta(days=1), "UTC")
    assert len(full_weeks(counted, SUNDAY, "UTC", over)) == 12, "the first one is partial"
    assert len(full_weeks(counted, SUNDAY, "UTC", over - 2)) == 11, "Sunday is not over"


@pytest.mark.parametrize(
    ("counts", "trend", "why"),
    [
        ((5, 6, 4, 5, 6, 5, 4, 6, 5, 5, 6, 14), Trend.UP, "above the upper limit"),
        ((9, 9, 8, 9, 9, 8, 9, 9, 8, 9, 9, 0), Trend.DOWN, "below the lower limit"),
        ((9, 9, 9, 9, 5, 5, 4, 5, 4, 5, 4, 5), Trend.DOWN, "8 weeks in a row below the mean"),
        ((5, 6, 4, 5, 6, 5, 4, 6, 5, 14, 6, 5), None, None),  # a signal, but not the latest week
        ((2, 8, 3, 9, 1, 7, 4, 8, 2, 9, 3, 10), None, None),
        ((0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2), None, None),  # less than one a week
    ],
)
def test_an_arrow_of_throughput_is_a_signal_of_the_latest_week(
    counts: tuple[int, ...], trend: Trend | None, why: str | None
) -> None:
    assert throughput_trend(weeks(*counts)) == (trend, why)


def test_limits_are_those_of_the_worked_example() -> None:
    limits = natural_limits([10, 20, 30, 40])
    assert limits is not None
    assert (limits.mean, round(limits.upper, 1), limits.lower) == (25, 51.6, 0)
    limits = natural_limits([100, 110, 100, 110])
    assert limits is not None
    assert (round(limits.lower, 1), round(limits.upper, 1)) == (78.4, 131.6)


def test_cycle_time_is_judged_by_the_medians_of_weeks() -> None:
    full = weeks(*[5] * 12)
    usual = [[5, 6, 7, 6, 30], [7, 5, 6, 6, 6]] * 5 + [[6, 7, 5, 6, 6]]
    assert cycle_trend(finishes([*usual, [6, 6, 7, 5, 40]]), full) == (None, None)
    slow = finishes([*usual, [19, 20, 21, 22, 23]])
    assert cycle_trend(slow, full) == (Trend.UP, "above the upper limit")
    assert cycle_trend(finishes([*usual, [20, 21]]), full) == (None, None), "two are too few"
    assert cycle_trend(finishes(usual), full) == (None, None), "nothing in the latest week"
    assert cycle_trend(finishes([*usual, []]), full) == (None, None)
    few = finishes([[5] * 5, *[[]] * 9, [5] * 5, [50] * 5])
    assert cycle_trend(few, full) == (None, None), "three weeks have no limits"
    faster = finishes([[9, 9, 10]] * 4 + [[4, 5, 5]] * 8)
    assert cycle_trend(faster, full) == (Trend.DOWN, "below the lower limit"), "eight in a row"
    varied = finishes([[5], [9], [9], [8]] + [[4], [5], [4], [5]] * 2)
    assert cycle_trend(varied, full) == (Trend.DOWN, "8 weeks in a row below the mean")


def test_usual_variation_seldom_has_an_arrow() -> None:
    """Streams that never change: at most 4% of arrows, at any rate from one item a week on."""
    dice = random.Random(11)
    arrows = total = 0
    over = day_start(SUNDAY + timedelta(days=1), "UTC")
    first = number_of_day(SUNDAY) - 89
    for rate in (1, 3, 8):
        for _ in range(150):
            items = [
                Finish(first + dice.randrange(90), max(1, round(dice.lognormvariate(2, 0.8))))
                for _ in range(round(dice.gauss(rate * 12.9, (rate * 12.9) ** 0.5)))
            ]
            full = full_weeks(weekly(items, SUNDAY), SUNDAY, "UTC", over)
            arrows += throughput_trend(full)[0] is not None
            arrows += cycle_trend(items, full)[0] is not None
            total += 2
    assert arrows / total <= 0.04


def test_the_tallest_week_fills_the_line() -> None:
    assert sparkline(weeks(0, 1, 4, 8)) == "▁▂▅█"
    assert sparkline(weeks(0, 0)) == "▁▁"
    assert sparkline(weeks(0, 1, 4, 8), plain=True) == "_.;%"
