"""The judge of capacity is sound, and the method does on a few cases as on many."""

from __future__ import annotations

import numpy as np
import pytest

from bench.capacity import formula, growth
from bench.capacity.queue import exact_wait, simulated_wait, waits
from vsm.features.capacity.saturation import forecast_saturation, trend_lines


def test_customers_wait_for_the_first_free_server() -> None:
    # Two servers, 3 days each: the third waits from 2 until 3, the fourth from 2 until 4.
    arrivals, services = np.array([0.0, 1.0, 2.0, 2.0]), np.full(4, 3.0)
    assert waits(arrivals, services, 2).tolist() == [0.0, 0.0, 1.0, 2.0]


def test_simulated_queues_wait_as_theory_says() -> None:
    assert exact_wait(1, 0.8) == pytest.approx(4.0)
    # Erlang's C for 5 servers and a load of 2.5 is 0.1304: 0.1304 / 2.5.
    assert exact_wait(5, 0.5) == pytest.approx(0.0521, abs=1e-4)
    assert simulated_wait(3, 0.7, 1.0, 7, 60_000) == pytest.approx(exact_wait(3, 0.7), rel=0.08)
    # Pollaczek-Khinchine: ρ (1 + Cs²) / 2 / (1 - ρ) = 1.05 for one server at 70%, Cs² = 2 and ½.
    assert simulated_wait(1, 0.7, 2.0, 8, 60_000) == pytest.approx(3.5, rel=0.1)
    assert simulated_wait(1, 0.7, 0.5, 9, 60_000) == pytest.approx(1.75, rel=0.1)


def test_the_formula_holds_on_a_few_queues() -> None:
    rows = formula.cases(servers=(1, 3), utilisations=(0.7, 0.8), customers=40_000)
    assert len(rows) == 12 and max(case.error for case in rows) < formula.WORST_ERROR
    assert "12 queues: median error" in formula.table(rows)


def test_weeks_of_saturation_are_named_rightly_and_seldom_of_steady_teams() -> None:
    growing = growth.outcomes(growth.TRAINING, 60, grows=True)
    named = [one for one in growing if one.crossing.is_named]
    assert len(named) >= 8
    assert sum(one.is_close for one in named) / len(named) >= 0.7
    assert sum(one.is_in_range for one in growing) / 60 >= 0.65
    steady = growth.outcomes(growth.TRAINING, 60, grows=False)
    assert sum(one.crossing.is_ahead for one in steady) / 60 <= 0.1
    assert "60 steady teams" in growth.table(growth.TRAINING, 60)


def test_a_line_without_chance_crosses_where_it_does() -> None:
    # 1.0 in the first week, 0.05 more each: 2.3 now, 3.4 = 85% of 4 in week 22.
    arrivals = 1.0 + 0.05 * np.arange(26)
    level, growths = trend_lines(arrivals[None, :])
    assert level[0] == pytest.approx(2.3) and growths[0] == pytest.approx(0.05)
    crossing = forecast_saturation(arrivals, np.full(26, 4.0001))
    assert crossing is not None and crossing.week == 23 and crossing.is_named
    assert (crossing.earliest, crossing.latest, crossing.sure, crossing.ahead) == (23, 23, 1.0, 1.0)
    # In week 10 two of four people are away for good: it crosses then, 85% of 2 is 1.7.
    capacity = np.where(np.arange(26) < 10, 4.0, 2.0)
    known = forecast_saturation(arrivals, capacity)
    assert known is not None and known.week == 10
    # Over it already, never, and too few weeks.
    over = forecast_saturation(arrivals, np.full(26, 2.0))
    assert over is not None and over.week == 0 and over.is_named
    flat = forecast_saturation(np.full(26, 1.0), np.full(26, 4.0))
    assert flat is not None and flat.week is None and not flat.is_ahead and flat.sure == 0.0
    assert forecast_saturation(arrivals[:12], capacity) is None
