"""Blocked items: how long blockers still last, and forecasts that are delayed by it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.flow.test_remaining_time import FIRST, build, data_of
from vsm.flow.blockers import Blocks
from vsm.flow.remaining import RemainingTime
from vsm.flow.unblocking import ALL, USUAL, Unblocking, delay
from vsm.model.rules import DAY

Spell = tuple[int, float, float | None]


def blocks_of(*spells: Spell, numbers: list[int] | None = None) -> Blocks:
    """Blockers ``(item id, from day, to day)``."""
    rows = (
        (item, "other", None, at(begin), None if end is None else at(end))
        for item, begin, end in sorted(spells, key=lambda spell: spell[:2])
    )
    return Blocks.from_rows(rows, numbers)


def at(day: float) -> int:
    return int((FIRST + day) * DAY)


def mean_days(blocks: Blocks, as_of: float, moment: float, items: int = 4) -> list[float]:
    history = data_of([build(0) for _ in range(items)], as_of).history
    known = Unblocking(blocks, history, at(as_of))
    return known.mean_days(np.arange(items), np.full(items, FIRST + moment)).tolist()


def test_a_blocker_lasts_as_those_that_had_lasted_as_long() -> None:
    blocks = blocks_of((1, 0, 2), (1, 10, 14), (2, 10, 16), (3, 17, None))
    usual = (2 + 4 + 6 + 3 + USUAL) / (3 + 1)
    # Of 3 days or more two lasted 1 and 3 days longer.
    expected = (1 + 3 + ALL * usual) / (2 + ALL)
    assert mean_days(blocks, 20, 20) == pytest.approx([0, 0, expected, 0])


def test_only_what_was_known_then_counts() -> None:
    early = blocks_of((1, 0, 2), (2, 3, None))
    later = blocks_of((1, 0, 2), (2, 3, 40), (3, 10, 30))
    assert mean_days(later, 50, 5) == pytest.approx(mean_days(early, 5, 5))
    assert mean_days(later, 40, 40) == [0, 0, 0, 0]  # resolved at this moment


def test_a_blocker_in_two_intervals_is_one() -> None:
    cut = blocks_of((1, 0, 2), (1, 2, 6), (2, 7, None), numbers=[1, 1, 2])
    assert mean_days(cut, 9, 9) == mean_days(blocks_of((1, 0, 6), (2, 7, None)), 9, 9)


def test_nothing_is_blocked_without_blockers() -> None:
    assert mean_days(blocks_of(), 9, 9) == [0, 0, 0, 0]


def test_a_delay_is_a_convolution() -> None:
    grid = np.array([0.0, 0.5, 2.0, 3.0, 10.0, 40.0])
    shares = np.array([[[0.0, 0.1, 0.1, 0.6, 0.8, 0.8]]])
    mean = 4.0
    fine = np.linspace(0, 40, 40_001)
    within = np.interp(fine, grid, shares[0, 0])

    def finished_by(day: float) -> float:
        begun = fine[fine <= day]
        density = np.exp(-begun / mean) / mean
        return float(np.trapezoid(density * np.interp(day - begun, fine, within), begun))

    expected = [finished_by(day) for day in grid]
    assert delay(shares, grid, np.array([mean]))[0, 0] == pytest.approx(expected, abs=1e-5)


def test_a_blocked_item_is_finished_later_than_one_like_it() -> None:
    items = [*(build(n, n + 5 + n % 4) for n in range(30)), build(35), build(35)]
    data = data_of(items, 38)
    blocks = blocks_of(*((n, n, n + 2) for n in range(1, 20)), (32, 36, None))
    law = RemainingTime(data, at(38), blocks)
    free, blocked = law.outlook(law.stays.open_at(law.now)).days_until(0.5)
    assert free + 1 < blocked < free + 5  # blockers last two days, ten before that was known
    without = RemainingTime(data, at(38))
    same = without.outlook(without.stays.open_at(without.now)).days_until(0.5)
    assert same[0] == same[1] == pytest.approx(free, abs=0.2)
