"""Predictions of saturation: what is kept, what came of them, and their score."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from vsm.features.capacity.predictions import judge, was_saturated
from vsm.features.capacity.results import TeamWeek
from vsm.model.pin import Pin
from vsm.model.rules import day_start

MONDAY = date(2026, 1, 5)


def week(n: int, utilisation: float | None, *, planned: bool = False) -> TeamWeek:
    return TeamWeek(
        week=MONDAY + timedelta(weeks=n),
        people=5.0,
        arrivals=1.0,
        work=3.0,
        utilisation=utilisation,
        wait=None,
        planned=planned,
    )


def pin(number: int, by: date, odds: float, made: date = MONDAY) -> Pin:
    at = day_start(made, "UTC")
    return Pin(number, f"pin {number}", "saturation", None, "", (), None, by.isoformat(), odds, at,
               "vsm", "", 1)  # fmt: skip


CALM = [week(n, 0.7) for n in range(12)]
RISING = [week(n, 0.7 + 0.03 * n) for n in range(12)]
"""82 to 91% in weeks 4 to 7: 86.5% on average; 79 to 88% in weeks 3 to 6 are 83.5%."""


def test_saturated_is_a_team_over_four_weeks() -> None:
    end = MONDAY + timedelta(weeks=12)
    assert was_saturated(CALM, MONDAY, end) is False
    assert was_saturated(RISING, MONDAY, end) is True
    # One week of 130% is chance.
    assert was_saturated([*CALM[:5], week(5, 1.2), *CALM[6:]], MONDAY, end) is False
    # Weeks 4 to 7 end on a Sunday in week 7: a day before, it was not so yet.
    sunday = MONDAY + timedelta(weeks=7, days=6)
    assert was_saturated(RISING, MONDAY, sunday) is True
    assert was_saturated(RISING, MONDAY, sunday - timedelta(days=1)) is False
    # Weeks ahead, and weeks in which nobody was there, say nothing.
    assert was_saturated([week(n, 1.2, planned=True) for n in range(12)], MONDAY, end) is None
    assert was_saturated([week(n, None) for n in range(12)], MONDAY, end) is None


def test_the_score_is_that_of_brier() -> None:
    end = MONDAY + timedelta(weeks=11)
    teams = {1: ("Core", RISING), 2: ("Calm", CALM)}
    now = day_start(MONDAY + timedelta(weeks=12), "UTC")
    rising, calm = pin(1, end, 0.7), pin(2, end, 0.4)
    calm = replace(calm, team=2)
    far = replace(pin(3, MONDAY + timedelta(weeks=30), 0.9), team=2)
    result = judge([rising, calm, far], teams, "UTC", now)
    outcomes = {row.id: row.came_true for row in result.rows}
    assert outcomes == {1: True, 2: False, 3: None}
    # (0.3² + 0.4²) / 2
    assert result.scored == 2 and result.brier == pytest.approx(0.125)
    # What came true before its day is scored at once; what is not over yet is not.
    early = judge([pin(4, MONDAY + timedelta(weeks=40), 0.6)], teams, "UTC", now)
    assert early.rows[0].came_true is True and early.brier == pytest.approx(0.16)
    none = judge([far], teams, "UTC", now)
    assert none.brier is None and none.scored == 0
