"""Cost of delay, orders, forward ROI, joint odds: by worked examples and against enumeration."""

from __future__ import annotations

import math
from itertools import permutations
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsm.features.forecast.set_reading import together
from vsm.features.portfolio.economics import (
    Job,
    buffer_burn,
    cd3,
    compare_orders,
    cost_of_delay,
    cost_of_order,
    first_with,
    forward_return,
    mean_cost_a_week,
    wsjf,
)
from vsm.model.portfolio import Benefit, CostOfDelay, DelayProfile

LINEAR, DEADLINE, WINDOW, DECAY = DelayProfile


def linear(name: str, per_week: float, weeks: float) -> Job:
    return Job(name, CostOfDelay(LINEAR, per_week), weeks)


def test_cd3_and_wsjf_of_the_worked_examples() -> None:
    assert (cd3(10, 2), cd3(30, 4), cd3(10, 0)) == (5, 7.5, None)
    assert wsjf(100, 50, 20, 10) == 17
    assert wsjf(80, 30, 10, 5) == 24
    assert wsjf(1, 1, 1, 0) is None


def test_the_order_of_the_worked_example_is_worth_120_instead_of_100() -> None:
    first, second = linear("A", 10, 2), linear("B", 30, 4)
    orders = compare_orders([first, second])
    assert (orders.today, orders.best_cost) == (10 * 2 + 30 * 6, 30 * 4 + 10 * 6)
    assert orders.best == orders.by_cd3 == ("B", "A") and orders.exact
    # what both are worth within six weeks, over a base of 10 a week: 100 against 120
    base = 10 * 6
    worth = {
        "AB": base + 10 * (6 - 2) + 30 * (6 - 6),
        "BA": base + 30 * (6 - 4) + 10 * (6 - 6),
    }
    assert worth == {"AB": 100, "BA": 120}
    assert orders.regret * 6 == worth["BA"] - worth["AB"]


@pytest.mark.parametrize(
    ("cost", "weeks", "lost"),
    [
        (CostOfDelay(LINEAR, 10), 3, 30),
        (CostOfDelay(LINEAR, 10), -1, 0),
        (CostOfDelay(DEADLINE, loss=500, last=4), 4, 0),
        (CostOfDelay(DEADLINE, loss=500, last=4), 4.1, 500),
        (CostOfDelay(WINDOW, 10, first=2, last=6), 1, 0),
        (CostOfDelay(WINDOW, 10, first=2, last=6), 5, 30),
        (CostOfDelay(WINDOW, 10, first=2, last=6), 9, 40),
        (CostOfDelay(WINDOW, 10, first=-3, last=6), 2, 20),
        (CostOfDelay(DECAY, 10, half_life=0), 4, 0),
    ],
)
def test_what_is_lost_by_profile(cost: CostOfDelay, weeks: float, lost: float) -> None:
    assert cost_of_delay(cost, weeks) == lost


def test_decay_is_the_integral_of_what_halves() -> None:
    cost = CostOfDelay(DECAY, 10, half_life=8)
    steps = 100_000
    by_hand = sum(10 * 2 ** (-(n + 0.5) * 20 / steps / 8) for n in range(steps)) * 20 / steps
    assert cost_of_delay(cost, 20) == pytest.approx(by_hand, rel=1e-8)
    assert cost_of_delay(cost, 1e6) == pytest.approx(10 * 8 / math.log(2))
    assert mean_cost_a_week(cost, 8) < mean_cost_a_week(cost, 1) < 10


def test_cd3_is_best_for_linear_costs_on_a_thousand_portfolios() -> None:
    dice = Random(7)
    for _ in range(1000):
        jobs = [
            linear(f"{n}", dice.randint(1, 50), dice.randint(1, 9))
            for n in range(dice.randint(1, 5))
        ]
        orders = compare_orders(jobs)
        assert orders.cd3_cost == pytest.approx(orders.best_cost)
        assert orders.best_cost <= orders.today
        assert orders.regret >= 0


def test_a_deadline_breaks_the_order_by_cd3() -> None:
    soon = Job("soon", CostOfDelay(DEADLINE, loss=100, last=3), 3)
    dear = linear("dear", 25, 2)
    orders = compare_orders([dear, soon])
    assert orders.by_cd3 == ("dear", "soon") and orders.best == ("soon", "dear")
    assert (orders.cd3_cost, orders.best_cost) == (150, 125)


def test_a_deadline_and_a_window_are_spread_over_the_weeks_up_to_their_end() -> None:
    fine = CostOfDelay(DEADLINE, loss=90_000, last=9)
    assert mean_cost_a_week(fine, 0.2) == 10_000
    assert mean_cost_a_week(fine, 18) == 5_000
    season = CostOfDelay(WINDOW, 1000, first=5, last=10)
    assert mean_cost_a_week(season, 2) == 500


def test_the_range_holds_the_likely_return() -> None:
    surely = [0.0, *[0.97] * 60]
    sure = [0.0, *[1.0] * 60]
    there = forward_return(Benefit(100, 100, 100, 60), 1000, surely, early=sure, late=sure)
    assert there is not None and there.low <= there.likely <= there.high


def test_more_jobs_than_are_enumerated_are_never_worse_than_today_or_cd3() -> None:
    dice = Random(3)
    for _ in range(20):
        jobs = [linear(f"{n}", dice.randint(1, 50), dice.randint(1, 9)) for n in range(9)]
        jobs.append(Job("due", CostOfDelay(DEADLINE, loss=900, last=dice.randint(5, 30)), 4))
        orders = compare_orders(jobs)
        assert not orders.exact
        assert orders.best_cost <= min(orders.today, orders.cd3_cost)
        assert sorted(orders.best) == sorted(job.name for job in jobs)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), min_size=1, max_size=5))
def test_the_best_of_all_orders_is_found(raw: list[tuple[int, int]]) -> None:
    jobs = [
        Job(f"{n}", CostOfDelay(DEADLINE, loss=value, last=2 * weeks), weeks)
        for n, (value, weeks) in enumerate(raw)
    ]
    assert compare_orders(jobs).best_cost == min(map(cost_of_order, permutations(jobs)))


def odds(week: int, weeks: int = 60) -> list[float]:
    """Odds of being there at the end of each week, where the week is certain."""
    return [float(n >= week) for n in range(weeks + 1)]


def test_forward_roi_of_the_worked_example() -> None:
    benefit = Benefit(5_000, 5_000, 5_000, last_week=60, probability=0.8)
    there = forward_return(benefit, 100_000, odds(10))
    assert there is not None and there.benefit == pytest.approx(200_000)
    assert (there.low, there.likely, there.high) == pytest.approx((1.0, 1.0, 1.0))
    late = forward_return(benefit, 100_000, odds(40))
    assert late is not None and late.likely == pytest.approx(-0.2)
    assert forward_return(benefit, 0, odds(10)) is None


def test_a_discount_makes_later_benefit_smaller_and_ranges_are_ordered() -> None:
    benefit = Benefit(2_000, 5_000, 9_000, last_week=60)
    plain = forward_return(benefit, 100_000, odds(10), early=odds(8), late=odds(20))
    discounted = forward_return(
        benefit, 100_000, odds(10), early=odds(8), late=odds(20), discount=0.1
    )
    assert plain is not None and discounted is not None
    assert discounted.likely < plain.likely
    assert plain.low < plain.likely < plain.high
    assert plain.low == pytest.approx((2_000 * 40 - 100_000) / 100_000)


def test_two_teams_are_later_than_one() -> None:
    team = np.array([0.5, 0.75, 1.0, 1.0])
    both = together([(0, team), (0, team)]).odds.tolist()
    assert both == [0.25, 0.5625, 1.0]
    assert [first_with(both, share) for share in (0.5, 0.85)] == [1, 2], "day 2 and day 3"
    assert first_with(team.tolist(), 0.5) == 0, "one team alone says day 1"
    assert first_with([0.2, 0.4], 0.5) is None


def test_the_buffer_burns_by_what_the_late_date_moved() -> None:
    assert buffer_burn(50, 60, 60) == 0
    assert buffer_burn(50, 60, 65) == 0.5
    assert buffer_burn(50, 60, 75) == 1.5
    assert buffer_burn(50, 60, 55) == -0.5
    assert buffer_burn(60, 60, 61) is None
