"""Working days, and dates as people write them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsm.model.calendar import Calendar, read_holidays, read_workdays, workdays_text
from vsm.model.dates import read_day
from vsm.model.team import Team

MONDAY = date(2026, 11, 23)
days = st.dates(date(1990, 1, 1), date(2090, 1, 1))
weekdays = st.sets(st.integers(1, 7), min_size=1).map(lambda result: tuple(sorted(result)))


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("today", date(2026, 11, 23)),
        ("Tomorrow", date(2026, 11, 24)),
        ("+3d", date(2026, 11, 26)),
        ("+3", date(2026, 11, 26)),
        ("-1w", date(2026, 11, 16)),
        ("+2W", date(2026, 12, 7)),
        ("fri", date(2026, 11, 27)),
        ("mon", date(2026, 11, 30)),
        ("sunday", date(2026, 11, 29)),
        ("+3m", date(2027, 2, 23)),
        ("+1y", date(2027, 11, 23)),
        (" 2026-12-24 ", date(2026, 12, 24)),
    ],
)
def test_a_date_in_words_means_this_day(text: str, means: date) -> None:
    assert read_day(text, MONDAY) == means


def test_a_month_after_the_31st_is_the_last_day_of_a_shorter_month() -> None:
    assert read_day("+1m", date(2026, 1, 31)) == date(2026, 2, 28)
    assert read_day("+1y", date(2028, 2, 29)) == date(2029, 2, 28)
    assert read_day("-2m", date(2026, 1, 31)) == date(2025, 11, 30)


@pytest.mark.parametrize("text", ["", "f", "someday", "+d", "+99999y", "2026-02-30", "31.12.2026"])
def test_what_is_no_date_is_told_what_can_be_written(text: str) -> None:
    with pytest.raises(ValueError, match="write today, tomorrow"):
        read_day(text, MONDAY)


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("mon-fri", (1, 2, 3, 4, 5)),
        ("sun-thu", (1, 2, 3, 4, 7)),
        ("Mon, wed,FRIDAY", (1, 3, 5)),
        ("1-4", (1, 2, 3, 4)),
        ("sat", (6,)),
    ],
)
def test_weekdays_are_read_as_people_write_them(text: str, means: tuple[int, ...]) -> None:
    assert read_workdays(text) == means


@pytest.mark.parametrize("text", ["", "mo", "8", "mon-xyz", "mon--fri"])
def test_what_is_no_weekday_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write mon"):
        read_workdays(text)


@given(weekdays)
def test_weekdays_in_words_are_read_back(chosen: tuple[int, ...]) -> None:
    assert read_workdays(workdays_text(chosen)) == chosen


def test_holidays_are_dates_and_ranges() -> None:
    assert read_holidays("2026-12-31..2027-01-01, 2026-12-25 2026-12-25") == (
        "2026-12-25",
        "2026-12-31",
        "2027-01-01",
    )
    assert read_holidays(" ") == ()


@pytest.mark.parametrize("text", ["Christmas", "2026-12-25..2026-12-24", "2000-01-01..2026-01-01"])
def test_holidays_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_holidays(text)


@given(weekdays, st.sets(days, max_size=5), days, st.integers(-3, 800))
def test_working_days_are_those_on_which_it_works(
    chosen: tuple[int, ...], free: set[date], first: date, span: int
) -> None:
    calendar = Calendar(chosen, tuple(sorted(d.isoformat() for d in free)))
    every = [first + timedelta(days=n) for n in range(span + 1)]
    last = first + timedelta(days=span)
    assert calendar.working_days(first, last) == sum(calendar.works(day) for day in every)


def test_a_team_works_when_its_stream_does_unless_it_says_otherwise() -> None:
    stream = Calendar((1, 2, 3, 4, 5), ("2026-12-25",))
    assert Team(1, "Core").calendar(stream) == stream
    own = Team(2, "Tel Aviv", (1, 2, 3, 4, 7), ("2026-10-02",)).calendar(stream)
    assert own == Calendar((1, 2, 3, 4, 7), ("2026-10-02", "2026-12-25"))
