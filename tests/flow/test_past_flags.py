"""Flags of delay held against the past: scores by hand, what was known then, made-up streams."""

from __future__ import annotations

import numpy as np
import pytest

from tests.flow.test_remaining_time import BUILD, CLOSED, FIRST, REVIEW, Moves, build, data_of
from vsm.features.forecast.past_flags import (
    MOST_LOOKS,
    FlagHistory,
    FlagScore,
    Looks,
    bands,
    days_ahead,
    judge_flags,
    judge_looks,
    past_looks,
)
from vsm.flow.needed_by import NO_DAY, day_ends, needed_days
from vsm.flow.remaining import RemainingTime
from vsm.model.rules import DAY

NOON = int((FIRST + 10.5) * DAY)


def judged(
    items: list[Moves],
    as_of: float,
    due: dict[int, list[tuple[int, int | None]]] | None = None,
    ahead: int = 10,
) -> FlagHistory:
    data = data_of(items, as_of)
    law = RemainingTime(data, int((FIRST + as_of) * DAY))
    return judge_flags(data, law, due or {}, ahead)


def stuck_in_review(days: int) -> list[Moves]:
    """An item a day is built in 12 to 20 days; every eighth is stuck in review and takes 60."""
    return [
        [(day, BUILD), (day + 2, REVIEW), (day + 60, CLOSED)]
        if day % 8 == 0
        else build(day, day + 12 + day % 9)
        for day in range(days)
    ]


def test_scores_by_hand() -> None:
    # Of run 0 two looks, at 30 and 15 days, both flagged; it comes late. Run 1 is flagged and
    # comes in time, run 2 comes late unflagged; run 3 was looked at 7 days ahead only.
    looks = Looks(
        run=np.array([0, 0, 1, 2, 3]),
        stay=np.zeros(5, dtype=np.int64),
        moment=np.zeros(5),
        ahead=np.array([30.0, 15, 14, 20.5, 8]),
        is_late=np.array([True, True, False, True, True]),
        is_old=np.array([False, False, False, False, True]),
    )
    history = judge_looks(looks, np.array([True, True, True, False, True]), 14)
    assert [one.ahead for one in history.bands] == [7, 14, 28, 56]
    assert [one.flags for one in history.bands] == [
        FlagScore(items=1, late=1, flagged=1, hits=1),
        FlagScore(items=3, late=2, flagged=2, hits=1),
        FlagScore(items=1, late=1, flagged=1, hits=1),
        FlagScore(items=0, late=0, flagged=0, hits=0),
    ]
    two_weeks, none = history.bands[1].flags, history.bands[3].flags
    assert (two_weeks.precision, two_weeks.recall) == (1 / 2, 1 / 2)
    assert (none.precision, none.recall) == (None, None)
    assert [one.plain.hits for one in history.bands] == [1, 0, 0, 0]
    assert history.lead == (30 + 8) / 2, "from the first flag on, of those that came late"


def test_flags_come_two_weeks_ahead_or_half_a_short_sle() -> None:
    assert [days_ahead(sle) for sle in (None, 90, 28, 22, 4, 1)] == [14, 14, 14, 11, 2, 2]
    assert bands(14) == (7, 14, 28, 56)


def test_a_stage_where_items_are_stuck_is_flagged_and_the_plain_rule_is_blind() -> None:
    # The SLE is 21 days. Ten to 14 days before its end, all in review come late, none in build.
    history = judged(stuck_in_review(600), 600.0)
    ten = history.bands[1]
    assert ten.ahead == 10 and ten.flags.items > 300
    assert ten.flags.late == pytest.approx(ten.flags.items / 8, abs=1)
    assert ten.flags.flagged == ten.flags.hits
    assert ten.flags.hits == ten.flags.late
    assert ten.flags.precision == 1.0
    assert (ten.plain.flagged, ten.plain.precision, ten.plain.recall) == (0, None, 0.0)
    assert history.lead is not None and 10 <= history.lead < 15


def test_every_item_is_looked_at_once_in_each_span() -> None:
    data = data_of(stuck_in_review(300), 300.0)
    law = RemainingTime(data, int((FIRST + 300) * DAY))
    looks = past_looks(data, law, {}, 10)
    for first in bands(10):
        inside = (looks.ahead >= first) & (looks.ahead < first + 5)
        runs = looks.run[inside]
        assert runs.size == np.unique(runs).size
    assert (looks.moment + looks.ahead <= law.now).all(), "of all it is known what came"
    assert (looks.moment > law.now - 365).all()
    open_then = law.stays.entered[looks.stay] <= looks.moment
    assert (open_then & (law.stays.left[looks.stay] > looks.moment)).all()


def test_nothing_that_came_after_a_look_changes_it() -> None:
    items = stuck_in_review(300)
    data = data_of(items, 300.0)
    law = RemainingTime(data, int((FIRST + 300) * DAY))
    looks = past_looks(data, law, {}, 10)
    at = float(looks.moment[looks.moment < FIRST + 200].max())
    rows = np.flatnonzero(looks.moment == at)
    # The law by age and stage of then, from a history that ends then, is the same.
    then = RemainingTime(data_of(items, at - FIRST), int(at * DAY))
    known = law._laws(looks.stay[rows], looks.moment[rows], law._grid)[0]
    stays = np.array(
        [
            np.flatnonzero(
                (then.stays.item == law.stays.item[n])
                & np.isclose(then.stays.entered, law.stays.entered[n])
            )[0]
            for n in looks.stay[rows]
        ]
    )
    again = then._laws(stays, np.full(stays.size, then.now), law._grid)[0]
    assert known == pytest.approx(again, abs=1e-6)


def test_an_item_that_is_dropped_before_it_was_needed_did_not_come_late() -> None:
    items = stuck_in_review(300)
    dropped = [
        [*moves[:-1], (moves[0][0] + 12, 6)] if len(moves) == 3 else moves for moves in items
    ]
    flags = judged(dropped, 300.0).bands[1].flags
    assert flags.flagged > 15 and flags.hits == 0, "their flags were wrong"


def test_a_due_date_counts_from_when_it_was_known() -> None:
    # Item 9 starts on day 8. It is due on day 200 in truth; from day 180 on that is known.
    data = data_of(stuck_in_review(40), 10.5)
    rows = np.array([8, 9])
    ages = data.age_days(rows, FIRST + 10)
    assert ages.tolist() == [3, 2]
    due = {9: [(NOON - 5, FIRST + 50), (NOON, None), (NOON + 5, FIRST + 60)]}
    sle = 21

    def needed(at: int, sle: int | None) -> list[int]:
        days: list[int] = needed_days(data, rows, ages, FIRST + 10, at, sle, due).tolist()
        return days

    by_sle = [FIRST + 10 + 21 - 3, FIRST + 10 + 21 - 2]
    assert needed(NOON - 6, sle) == by_sle, "nothing is known of it yet"
    assert needed(NOON - 5, sle) == [FIRST + 50, by_sle[1]]
    assert needed(NOON + 4, sle) == by_sle, "it was taken away"
    assert needed(NOON + 5, None) == [FIRST + 60, NO_DAY]
    ends = day_ends(np.array([FIRST, NO_DAY]), "UTC").tolist()
    assert ends == [FIRST + 1, np.inf]


def test_due_dates_of_the_past_take_the_place_of_the_sle() -> None:
    items = stuck_in_review(300)
    late: dict[int, list[tuple[int, int | None]]] = {
        item: [(0, FIRST + 250)] for item in range(1, 301)
    }
    # All are due on one day, which few are near: most are not looked at any more.
    assert judged(items, 300.0, late).bands[1].flags.items <= 25
    late = {item: [(int((FIRST + 299) * DAY), FIRST + 250)] for item in range(1, 301)}
    assert judged(items, 300.0, late) == judged(items, 300.0)


def test_few_looks_bound_the_time() -> None:
    items = [moves for moves in stuck_in_review(600) for _ in range(4)]
    data = data_of(items, 600.0)
    looks = past_looks(data, RemainingTime(data, int((FIRST + 600) * DAY)), {}, 10)
    assert 0.5 * MOST_LOOKS < looks.run.size <= 1.5 * MOST_LOOKS


def test_too_little_that_finished_gives_no_looks() -> None:
    history = judged(stuck_in_review(8), 30.0)
    assert all(one.flags == FlagScore(0, 0, 0, 0) for one in history.bands)
    assert history.lead is None
