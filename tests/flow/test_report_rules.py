"""Rules of reports against figures that are worked out by hand, and against brute force."""

from __future__ import annotations

import random
from math import ceil, exp, factorial

import numpy as np
import pytest

from vsm.features.metrics.proportion import wilson
from vsm.features.reports.flow_rules import beyond, over_since, p85_shift, poisson_tail
from vsm.features.reports.plan_rules import fell
from vsm.features.reports.registry import RULES, rules_of
from vsm.features.reports.results import MIN_PRECISION, RuleState, write
from vsm.features.reports.why import MIX, Parts, explain, sentences
from vsm.model.report import ReportKind


def test_a_week_is_told_beyond_the_limits_of_those_before_it() -> None:
    # 10, 20, 30, 40: mean 25, mean moving range 10, so 25 ± 2.66 · 10, not below 0
    signal = beyond([10, 20, 30, 40, 52])
    assert signal is not None and signal.is_high and not signal.is_run
    assert (signal.lower, round(signal.upper, 1)) == (0.0, 51.6)
    assert beyond([10, 20, 30, 40, 51]) is None
    low = beyond([20, 21, 20, 21, 20, 21, 10])
    assert low is not None and not low.is_high


def test_eight_weeks_on_one_side_are_told_and_seven_are_not() -> None:
    before = [9, 11, 9, 11, 9, 11, 9, 11, 10]
    signal = beyond([*before, *[10.9] * 8])
    assert signal is not None and signal.is_run and signal.is_high
    assert beyond([*before, *[10.9] * 7]) is None


def test_odds_are_told_when_they_drop_by_15_points_or_cross_a_mark() -> None:
    assert fell(0.62, 0.46), "16 points, and below 50%"
    assert fell(0.62, 0.48), "below 50%"
    assert not fell(0.62, 0.55)
    assert fell(0.88, 0.83), "below 85%"
    assert not fell(0.86, 0.84) and not fell(0.503, 0.498), "forecasts wobble by more"
    assert fell(0.80, 0.65) and not fell(0.80, 0.66)
    assert not fell(0.40, 0.60) and not fell(None, 0.1) and not fell(0.9, None)


@pytest.mark.parametrize(
    ("right", "flags", "is_silent", "share", "low", "high"),
    [(8, 24, False, 0.333, 0.180, 0.533), (5, 24, True, 0.208, 0.092, 0.405),
     (5, 19, False, 0.263, 0.118, 0.488), (6, 20, False, 0.300, 0.145, 0.519)],
)  # fmt: skip
def test_a_rule_below_30_percent_after_20_flags_is_silent(
    right: int, flags: int, is_silent: bool, share: float, low: float, high: float
) -> None:
    known = wilson(right, flags)
    assert known is not None
    assert [round(value, 3) for value in known] == [share, low, high]
    state = RuleState(
        id="stale",
        title="not moved",
        version=1,
        threshold="14 days",
        cooldown_days=7,
        outcome="late",
        flagged=flags,
        right=right,
        precision=known.share,
    )
    assert state.is_silent is is_silent


def test_marks_of_people_count_as_flags_that_were_not_right() -> None:
    share = wilson(7, 18 + 6)
    assert share is not None and share.share < MIN_PRECISION
    state = RuleState(id="x", title="", version=1, threshold="", cooldown_days=1, outcome="late",
                      flagged=18, right=7, wrong_marks=6, precision=share.share)  # fmt: skip
    assert state.is_silent


def test_since_when_a_limit_is_exceeded() -> None:
    """Three items from 10, a fourth from 20; one of them left from 30 to 40."""
    entered = np.array([10, 10, 10, 20, 40])
    left = np.array([99, 99, 99, 30, 99])
    assert over_since(entered, left, 3, 4, 50) == 40
    assert over_since(entered, left, 2, 4, 50) == 10
    assert over_since(entered, left, 4, 4, 50) is None


@pytest.mark.parametrize(("count", "mean"), [(3, 0.5), (5, 2.0), (10, 4.2), (3, 0.0)])
def test_chance_of_so_many_moves_back(count: int, mean: float) -> None:
    below = sum(exp(-mean) * mean**n / factorial(n) for n in range(count))
    assert poisson_tail(count, mean) == pytest.approx(1 - below)


def test_range_of_p85_is_that_of_resampling_item_by_item() -> None:
    rng = random.Random(7)
    before = np.sort([rng.randint(1, 30) for _ in range(60)])
    after = np.sort([rng.randint(6, 44) for _ in range(40)])
    shift = p85_shift(before, after)
    assert shift is not None

    def p85(values: list[int]) -> int:
        return sorted(values)[ceil(0.85 * len(values)) - 1]

    drawn = sorted(
        p85(rng.choices(after.tolist(), k=40)) - p85(rng.choices(before.tolist(), k=60))
        for _ in range(4000)
    )
    low, high = drawn[100], drawn[3899]
    assert (shift.before, shift.after) == (p85(before.tolist()), p85(after.tolist()))
    assert abs(shift.low - low) <= 1 and abs(shift.high - high) <= 1


def test_nothing_is_told_of_the_same_or_of_few() -> None:
    same = np.sort(np.arange(40) % 20 + 1)
    shift = p85_shift(same, same)
    assert shift is not None and not shift.is_told
    assert p85_shift(same[:9], same) is None


# -- why a figure moved --------------------------------------------------------------------


def parts(names: tuple[str, ...], days: list[list[float]], types: list[int]) -> Parts:
    return Parts((*names, "rework", "blocked"), np.array(days), np.array(types))


def test_three_days_more_in_review_explain_all_of_it() -> None:
    rng = random.Random(3)
    build = [rng.uniform(1, 9) for _ in range(50)]
    before = parts(("Build", "Review"), [[b, 2.0, 0.0, 0.0] for b in build], [0] * 50)
    after = parts(("Build", "Review"), [[b, 5.0, 0.0, 0.0] for b in build], [0] * 50)
    total, shares = explain(before, after)
    assert total == pytest.approx(3.0)
    assert shares[0][0] == "Review" and shares[0][1] == pytest.approx(3.0)
    assert sum(abs(days) for _, days in shares[1:]) == pytest.approx(0.0)
    assert sentences(shares, 3.0) == ("Review: 3.0 days more (100% of the 3.0)",)


def test_parts_sum_to_the_change_whatever_it_is() -> None:
    rng = np.random.default_rng(5)
    for _ in range(5):
        before = parts(("A", "B", "C"), rng.exponential(3, (40, 5)).tolist(), [0, 1] * 20)
        after = parts(("A", "B", "C"), rng.exponential(4, (30, 5)).tolist(), [0, 0, 1] * 10)
        total, shares = explain(before, after)
        assert sum(days for _, days in shares) == pytest.approx(total)


def test_more_of_the_slow_type_is_the_mix() -> None:
    """Bugs take 2 days and features 10, before and after; there were bugs, now features."""
    days = {0: [10.0, 0.0, 0.0], 1: [2.0, 0.0, 0.0]}
    before = [1] * 95 + [0] * 5
    after = [0] * 60 + [1] * 40
    total, shares = explain(
        parts(("Build",), [days[t] for t in before], before),
        parts(("Build",), [days[t] for t in after], after),
    )
    assert total == 8.0
    by_name = dict(shares)
    assert by_name[MIX] > 0, "weighing types as before explains a part of it"
    assert sum(by_name.values()) == pytest.approx(8.0)


# -- declarations --------------------------------------------------------------------------


def test_there_are_two_dozen_rules_and_every_report_has_some() -> None:
    assert len(RULES) >= 24
    assert len({rule.id for rule in RULES}) == len(RULES)
    for kind in ReportKind:
        assert rules_of(kind), kind
    assert all(rule.threshold and rule.kinds for rule in RULES)


def test_templates_write_percent_counts_and_days() -> None:
    from datetime import date

    values = (("n", 1), ("share", 0.996), ("on", date(2026, 11, 28)), ("days", 2.44))
    text = write("{n!i}, {share!p}, {on}, {days:.1f}", values)
    assert text == "1 item, 99%, 28 Nov 2026, 2.4"
