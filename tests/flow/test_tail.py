"""The tail beyond what was seen: by hand, and only where the past of a stream bears it out."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from tests.flow.test_remaining_time import DROPPED, FIRST, Moves, build, data_of, law_of
from vsm.flow.stays import Stays
from vsm.flow.tail import FIRST as HALF
from vsm.flow.tail import beyond, days_seen, fit_tail


def tail_at(items: list[Moves], day: float) -> tuple[float, float]:
    stays = Stays.of(data_of(items))
    return fit_tail(stays, np.flatnonzero(stays.begins_run), FIRST + day)


def test_the_tail_by_hand() -> None:
    # Of five that ended, 80% did so at an age of up to 11 days; two were still open then.
    items = [build(0, 2), build(0, 4), build(0, 6), build(0, 10), build(0, 15, DROPPED), build(0)]
    exposed = log(15 / 11) + log(20 / 11)
    power, done = tail_at(items, 20)
    assert power == pytest.approx(1 / exposed * 1 / (1 + HALF))
    assert done == 0, "the one that ended so late was dropped"


def test_only_what_was_known_then_counts() -> None:
    early = [build(0, 2), build(0, 4), build(0, 6), build(0, 10), build(0)]
    later = [*early[:4], build(0, 30), build(12, 14)]
    assert tail_at(later, 11) == tail_at(early, 11)
    assert tail_at([build(0)], 9) == (0, 0), "nothing has ended"


def test_the_older_an_item_the_longer_it_takes() -> None:
    grid = np.array([0.0, 10.0, 20.0, 40.0, 80.0])
    ended = np.array([[0.0, 0.5, 0.6, 0.6, 0.6], [0.0, 0.0, 0.0, 0.0, 0.0]])
    assert days_seen(ended, grid).tolist() == [20, 0]
    late = beyond(ended, grid, np.array([20.0, 20.0]), np.array([1.0, 0.0]))
    # At 40 days of age, after 20, 40% are open; half of them 40 days later.
    assert late[0] == pytest.approx([0, 0, 0, 0.4 * (1 - 40 / 60), 0.4 * (1 - 40 / 100)])
    assert late[1].tolist() == [0] * 5, "without a tail nothing more ends"


def slow_ones(day: int, late: bool) -> list[Moves]:
    """Items that take two days, one in five of them 10 to 60 or for ever."""
    items: list[Moves] = [build(n, n + 2) for n in range(day) if n % 5]
    takes = np.geomspace(10, 60, 7)
    slow = range(0, day, 5)
    return items + [
        build(n, n + takes[n % 7]) if late and n + takes[n % 7] <= day else build(n) for n in slow
    ]


def test_items_older_than_any_may_end_only_where_old_ones_do() -> None:
    for late in (True, False):
        law = law_of([[(-100.0, 3)], *slow_ones(300, late)], 300)
        oldest = law.stays.open_at(law.now)[:1]
        assert law.now - law.stays.born[oldest][0] == 400
        outlook = law.outlook(oldest)
        assert outlook.seen.tolist() == [0], "none was as old"
        if late:
            in_a_month, in_a_year = (
                outlook.within(np.array([30.0])),
                outlook.within(np.array([365.0])),
            )
            assert 0 < in_a_month[0] < 0.05 < in_a_year[0] < 0.3, "it has taken 400 days so far"
        else:
            assert outlook.done[0, -1] == 0
