"""The definitions of flow, on the examples of docs/metrics.md."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsm.model.item import Visit
from vsm.model.rules import (
    DAY,
    Days,
    as_of,
    day_of,
    day_start,
    finish_of,
    local,
    nearest_rank,
    start_of,
    state_of,
    to_micros,
    visits_of,
    zone_of,
)
from vsm.model.stream import Category, Stage, ValueStream, chain

B, Q, A, D, X = Category.BACKLOG, Category.QUEUE, Category.ACTIVE, Category.DONE, Category.DROPPED
STAGES = tuple(
    Stage(n, name, category, n)
    for n, (name, category) in enumerate(
        (("Open", B), ("Ready", Q), ("Build", A), ("Resolved", D), ("Closed", D), ("Dropped", X)), 1
    )
)
WORK = ValueStream(1, "Work", "Europe/Berlin", STAGES, chain(STAGES))
OPEN, READY, BUILD, RESOLVED, CLOSED, DROPPED = range(1, 7)


def item(*moves: tuple[int, int]) -> list[Visit]:
    return visits_of((day * DAY, stage) for day, stage in moves)


def at(text: str) -> int:
    return to_micros(datetime.fromisoformat(text))


def test_percentiles_are_nearest_rank_and_never_interpolated() -> None:
    assert nearest_rank(list(range(1, 11)), 50) == 5
    assert nearest_rank(list(range(1, 11)), 85) == 9
    assert nearest_rank([7], 85) == 7
    with pytest.raises(ValueError, match="no values"):
        nearest_rank([], 50)


@given(st.lists(st.integers(0, 50), min_size=1), st.integers(1, 100))
def test_a_percentile_is_the_smallest_value_that_enough_values_do_not_exceed(
    values: list[int], percent: int
) -> None:
    ordered = sorted(values)
    result = nearest_rank(ordered, percent)
    enough = percent * len(values)
    assert result in values
    assert sum(v <= result for v in values) * 100 >= enough
    assert all(sum(v <= w for v in values) * 100 < enough for w in set(values) if w < result)


def test_the_start_never_moves() -> None:
    back_and_forth = item((0, OPEN), (1, READY), (2, OPEN), (3, BUILD), (4, CLOSED), (5, READY))
    assert start_of(back_and_forth, WORK) == 1 * DAY
    assert state_of(back_and_forth, WORK) == "in progress"


def test_resolved_to_closed_is_no_new_finish_and_reopened_is_not_finished() -> None:
    assert finish_of(item((0, BUILD), (3, RESOLVED), (5, CLOSED)), WORK) == 3 * DAY
    assert finish_of(item((0, BUILD), (3, RESOLVED), (5, BUILD)), WORK) is None
    assert finish_of(item((0, BUILD), (3, CLOSED), (5, BUILD), (6, CLOSED)), WORK) == 6 * DAY


def test_an_item_first_seen_in_done_finishes_at_its_creation() -> None:
    assert finish_of(item((2, CLOSED)), WORK) == 2 * DAY


def test_done_then_dropped_is_dropped() -> None:
    gone = item((0, BUILD), (3, CLOSED), (5, DROPPED))
    assert state_of(gone, WORK) == "dropped"
    assert finish_of(gone, WORK) is None


def test_finished_without_a_start_has_no_start() -> None:
    quick = item((0, OPEN), (1, CLOSED))
    assert start_of(quick, WORK) is None
    assert state_of(quick, WORK) == "finished"


def test_entering_the_stage_one_is_in_is_no_move() -> None:
    assert len(item((0, OPEN), (1, OPEN), (2, READY))) == 2


def test_as_of_knows_nothing_later() -> None:
    whole = item((0, OPEN), (1, BUILD), (4, CLOSED))
    then = as_of(whole, 2 * DAY)
    assert [v.stage for v in then] == [OPEN, BUILD]
    assert then[-1].left is None
    assert finish_of(then, WORK) is None


@pytest.mark.promise(15)
def test_noon_to_noon_over_the_change_to_summer_time_is_23_hours_and_two_days() -> None:
    first, last = at("2026-03-28T12:00:00+01:00"), at("2026-03-29T12:00:00+02:00")
    assert (last - first) // 3_600_000_000 == 23
    assert Days("Europe/Berlin").between(first, last) == 2


@given(
    st.datetimes(datetime(1999, 1, 1), datetime(2031, 1, 1)),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kathmandu"]),
)
def test_a_day_is_the_calendar_day_of_the_zone(moment: datetime, zone: str) -> None:
    micros = to_micros(moment.replace(tzinfo=UTC))
    assert day_of(Days(zone).number(micros)) == local(micros, zone).date()


def test_a_day_without_midnight_begins_when_the_clock_says_so() -> None:
    # Beirut went from 00:00 to 01:00 on that day
    assert day_start(date(2021, 3, 28), "Asia/Beirut") == at("2021-03-28T01:00:00+03:00")


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../../etc/passwd", "Europe"])
def test_an_unknown_zone_is_refused_with_an_example(name: str) -> None:
    with pytest.raises(ValueError, match="Europe/Berlin"):
        zone_of(name)
