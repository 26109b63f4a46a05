"""Times as files tell them: the order is inferred over all of them, or refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsm.connect.files.date_parser import EARLIEST, LATEST, DateParser
from vsm.model.errors import BadInput
from vsm.model.rules import to_micros


def where(place: int) -> str:
    return f"x.csv line {place + 2}, field When"


def read(*texts: str, zone: str = "UTC", date_format: str | None = None) -> list[int]:
    clock = DateParser(zone, date_format)
    clock.learn(texts, where)
    clock.settle()
    return clock.moments(texts, where)


def at(*parts: int) -> int:
    return to_micros(datetime(*parts, tzinfo=UTC))  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("2024-05-06", at(2024, 5, 6)),
        ("2024-05-06T07:08:09Z", at(2024, 5, 6, 7, 8, 9)),
        ("2024-05-06 07:08:09.25+02:00", at(2024, 5, 6, 5, 8, 9, 250_000)),
        ("2024/05/06 07:08:09.250", at(2024, 5, 6, 7, 8, 9, 250_000)),
        ("2024/5/6", at(2024, 5, 6)),
        ("2024.05.06 07:08 -0530", at(2024, 5, 6, 12, 38)),
        ("13.5.2024 7:08:09", at(2024, 5, 13, 7, 8, 9)),
        ("5/13/2024 7:08:09 PM", at(2024, 5, 13, 19, 8, 9)),
        ("5/13/2024, 12:00 a.m.", at(2024, 5, 13)),
        ("13-May-2024 12:30 pm", at(2024, 5, 13, 12, 30)),
        ("06/May/24 3:04 PM", at(2024, 5, 6, 15, 4)),
        ("May 6, 2024", at(2024, 5, 6)),
        ("6 September 2024 10:00 GMT", at(2024, 9, 6, 10)),
        ("  2024-05-06  ", at(2024, 5, 6)),
        ("1714979289", at(2024, 5, 6, 7, 8, 9)),
        ("1714979289250", at(2024, 5, 6, 7, 8, 9, 250_000)),
        ("20240506", at(2024, 5, 6)),
        ("5/5/2024", at(2024, 5, 5)),
        ("7.6.2024 14:59", at(2024, 6, 7, 14, 59)),
        ("07.06.24", at(2024, 6, 7)),
        ("21/abr/26 11:37 PM", at(2026, 4, 21, 23, 37)),
        ("05/mai/26 9:00 AM", at(2026, 5, 5, 9)),
        ("09/Dez/26", at(2026, 12, 9)),
        ("5. März 2026", at(2026, 3, 5)),
        ("5 de mayo de 2026", at(2026, 5, 5)),
        ("3 października 2025", at(2025, 10, 3)),
        ("45292.375", at(2024, 1, 1, 9)),
        ("45292,5", at(2024, 1, 1, 12)),
        ("Sat Feb 11 2023 01:52:26 GMT+0100 (CET)", at(2023, 2, 11, 0, 52, 26)),
    ],
)
def test_a_time_is_read_as_it_is_written(text: str, means: int) -> None:
    assert read(text) == [means]


@pytest.mark.parametrize(
    "text",
    [
        "yesterday", "", "2024-13-06", "2024-02-30", "31/4/2024 10:00", "13/13/2024", "13:00",
        "2024-05-06 25:00", "2024-05-06 10:61", "2024-05-06 13:00 PM", "2024-05-06T", "5/13/24",
        "13-Mai-2024x", "1899-12-31", "3000-01-01", "0001-01-01",
        "2024-05-06 10:00 +99:00", "2024-05-06 10:00 nonsense", "13/5/202", "99999999999999999999",
    ],
)  # fmt: skip
def test_what_is_no_time_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        read("13/5/2024", text)
    assert "x.csv line 3, field When" in str(caught.value)


def test_one_date_tells_the_order_of_all_of_them() -> None:
    assert read("5/6/2024", "13/6/2024") == [at(2024, 6, 5), at(2024, 6, 13)]
    assert read("5/6/2024", "6/13/2024") == [at(2024, 5, 6), at(2024, 6, 13)]


def test_an_ambiguous_order_is_refused_unless_it_is_chosen() -> None:
    with pytest.raises(BadInput) as caught:
        read("5/5/2024", "5/6/2024")
    assert "line 3, field When: '5/6/2024' is ambiguous" in str(caught.value)
    assert "--date-format" in str(caught.value)
    assert read("5/6/2024", date_format="dmy") == [at(2024, 6, 5)]
    assert read("5/6/2024", date_format="MM/DD/YYYY") == [at(2024, 5, 6)]
    assert read("05/6/24", date_format="ymd") == [at(2005, 6, 24)]
    assert read("6.5.24 7h08", date_format="%d.%m.%y %Hh%M") == [at(2024, 5, 6, 7, 8)]


def test_two_orders_in_one_file_are_refused_with_both_places() -> None:
    with pytest.raises(BadInput) as caught:
        read("13/6/2024", "1/1/2024", "6/13/2024")
    assert "x.csv line 4, field When" in str(caught.value)
    assert "x.csv line 2, field When" in str(caught.value)


@pytest.mark.parametrize("wrong", ["", "dm", "monday", "dmyh"])
def test_a_date_format_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(BadInput, match="is no date format"):
        DateParser("UTC", wrong)


def test_a_time_without_a_zone_is_one_of_the_zone_that_is_said() -> None:
    berlin = DateParser("Europe/Berlin")
    assert berlin.moments(["2024-07-01 12:00", "2024-12-01 12:00:00"], where) == [
        at(2024, 7, 1, 10), at(2024, 12, 1, 11),
    ]  # fmt: skip
    assert berlin.naive
    # Clocks go back at 03:00 on 27 October: what is there twice is the first of the two.
    assert berlin.moments(["2024-10-27 02:30", "2024-10-27 03:30"], where) == [
        at(2024, 10, 27, 0, 30), at(2024, 10, 27, 2, 30),
    ]  # fmt: skip
    sure = DateParser("Europe/Berlin")
    assert sure.moments(["2024-07-01 12:00Z"], where) == [at(2024, 7, 1, 12)]
    assert not sure.naive


MOMENTS = st.datetimes(datetime(1900, 1, 2), datetime(2999, 12, 30))
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))


@given(st.lists(st.tuples(MOMENTS, OFFSETS), min_size=1))
def test_iso_8601_is_read_as_by_the_standard_library(
    times: list[tuple[datetime, timezone]],
) -> None:
    stamps = [moment.replace(tzinfo=offset) for moment, offset in times]
    assert read(*[s.isoformat() for s in stamps]) == [to_micros(s) for s in stamps]


@given(
    st.lists(MOMENTS, min_size=1),
    st.sampled_from(["%d.%m.%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%Y/%m/%d %H:%M:%S.%f"]),
    st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe"]),
)
def test_any_order_reads_as_its_pattern_does_once_one_date_tells_it(
    moments: list[datetime], pattern: str, zone: str
) -> None:
    moments = [datetime(2024, 5, 31, 12), *moments]
    texts = [m.strftime(pattern) for m in moments]
    plain = [datetime.strptime(t, pattern).replace(tzinfo=ZoneInfo(zone)) for t in texts]
    expected = [to_micros(m.astimezone(UTC)) for m in plain]
    assert read(*texts, zone=zone) == expected
    assert read(*texts, zone=zone, date_format=pattern) == expected


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    try:
        (moment,) = read(text)
    except BadInput as refused:
        assert "x.csv line 2, field When" in str(refused)
    else:
        assert EARLIEST <= moment <= LATEST
