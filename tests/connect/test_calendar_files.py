"""Calendar files (.ics): spans of days, repetitions, and what is refused with its line."""

from __future__ import annotations

from datetime import date

import pytest

from vsm.connect.files.ics import CalendarEvent, read_events
from vsm.model.errors import BadInput

TODAY = date(2026, 11, 29)
FIRST, LAST = date(2025, 11, 28), date(2028, 11, 29)


def calendar(*events: str, end: str = "\r\n") -> bytes:
    """A calendar with events, each given by its lines."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0"]
    for event in events:
        lines += ["BEGIN:VEVENT", *event.split("\n"), "END:VEVENT"]
    return end.join([*lines, "END:VCALENDAR", ""]).encode()


def read(*events: str) -> list[CalendarEvent]:
    return read_events(calendar(*events), "a.ics", FIRST, LAST)


def days(*events: str) -> list[str]:
    return [event.first.isoformat() for event in read(*events)]


@pytest.mark.parametrize(
    ("lines", "first", "last", "fraction"),
    [
        ("DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20270102", "2026-12-24", "2027-01-01", 1),
        ("DTSTART;VALUE=DATE:20261224", "2026-12-24", "2026-12-24", 1),
        ("DTSTART:20261224\nDURATION:P2W", "2026-12-24", "2027-01-06", 1),
        ("DTSTART:20261224\nDURATION:P1D", "2026-12-24", "2026-12-24", 1),
        (
            "DTSTART;TZID=Europe/Berlin:20261224T090000\nDTEND;TZID=Europe/Berlin:20261224T130000",
            "2026-12-24",
            "2026-12-24",
            0.5,
        ),
        ("DTSTART:20261224T090000Z\nDURATION:PT10H", "2026-12-24", "2026-12-24", 1),
        ("DTSTART:20261224T000000\nDTEND:20261226T000000", "2026-12-24", "2026-12-25", 1),
    ],
)
def test_spans_of_days(lines: str, first: str, last: str, fraction: float) -> None:
    (event,) = read(f"{lines}\nSUMMARY:anna\\, away")
    assert (event.first.isoformat(), event.last.isoformat()) == (first, last)
    assert (event.fraction, event.summary) == (fraction, "anna, away")


def test_a_moment_takes_no_time() -> None:
    assert read("DTSTART:20261224T090000Z", "DTSTART:20261224") != []
    assert len(read("DTSTART:20261224T090000Z", "DTSTART:20261224")) == 1


def test_long_lines_are_unfolded_and_other_components_left_out() -> None:
    text = (
        "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:X\nBEGIN:STANDARD\nDTSTART:19700101T000000\n"
        "END:STANDARD\nEND:VTIMEZONE\nBEGIN:VEVENT\nDTSTART:20261224\nSUMMARY:anna: at th\n e sea\n"
        'ATTENDEE;CN="Kern: Anna":mailto:anna@example.org\nBEGIN:VALARM\nTRIGGER:-PT1H\n'
        "SUMMARY:no\nEND:VALARM\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    (event,) = read_events(text.encode("utf-8-sig"), "a.ics", FIRST, LAST)
    assert (event.line, event.summary) == (8, "anna: at the sea")
    assert event.people == ("anna@example.org", "Kern: Anna")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("DTSTART:20201225\nRRULE:FREQ=YEARLY", ["2025-12-25", "2026-12-25", "2027-12-25"]),
        ("DTSTART:20261225\nRRULE:FREQ=YEARLY;COUNT=2", ["2026-12-25", "2027-12-25"]),
        ("DTSTART:20240229\nRRULE:FREQ=YEARLY", ["2028-02-29"]),
        (
            "DTSTART:20261204\nRRULE:FREQ=WEEKLY;UNTIL=20261218T225959Z",
            ["2026-12-04", "2026-12-11", "2026-12-18"],
        ),
        (
            "DTSTART:20261201\nRRULE:FREQ=WEEKLY;BYDAY=TU,TH;INTERVAL=2;COUNT=4",
            ["2026-12-01", "2026-12-03", "2026-12-15", "2026-12-17"],
        ),
        (
            "DTSTART:20261201\nRRULE:FREQ=DAILY;INTERVAL=3;COUNT=3\nEXDATE:20261204",
            ["2026-12-01", "2026-12-07"],
        ),
        (
            "DTSTART:19970526\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO",
            ["2026-05-25", "2027-05-31", "2028-05-29"],
        ),
        (
            "DTSTART:20261231\nRRULE:FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3",
            ["2026-12-31", "2027-01-31", "2027-02-28"],
        ),
        ("DTSTART:20261101\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31", []),
        # RFC 5545: Friday the 13th, the Tuesday after the first Monday of November.
        (
            "DTSTART:19970902\nRRULE:FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
            ["2026-02-13", "2026-03-13", "2026-11-13", "2027-08-13", "2028-10-13"],
        ),
        (
            "DTSTART:19961105\nRRULE:FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;"
            "BYMONTHDAY=2,3,4,5,6,7,8",
            ["2028-11-07"],
        ),
        (
            "DTSTART:20270101\nRRULE:FREQ=YEARLY;BYDAY=FR;BYMONTHDAY=1,-1;COUNT=4",
            ["2027-01-01", "2027-04-30", "2027-10-01", "2027-12-31"],
        ),
        (
            "DTSTART:20270115\nRRULE:FREQ=YEARLY;BYMONTHDAY=15;COUNT=3",
            ["2027-01-15", "2027-02-15", "2027-03-15"],
        ),
    ],
)
def test_repetitions(lines: str, expected: list[str]) -> None:
    assert days(lines) == expected


def test_recurring_events_are_expanded_only_within_the_window() -> None:
    listed = days("DTSTART:19700101\nRRULE:FREQ=DAILY")
    assert (listed[0], listed[-1]) == (FIRST.isoformat(), LAST.isoformat())
    assert days("DTSTART:20300101") == ["2030-01-01"]


def test_an_exception_takes_the_place_of_a_repetition_and_cancelled_events_do_not_count() -> None:
    weekly = "UID:1\nDTSTART:20261204\nRRULE:FREQ=WEEKLY;COUNT=3"
    moved = "UID:1\nRECURRENCE-ID:20261211\nDTSTART:20261212"
    gone = "UID:1\nRECURRENCE-ID:20261218\nDTSTART:20261218\nSTATUS:CANCELLED"
    assert days(weekly, moved, gone) == ["2026-12-04", "2026-12-12"]


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("DTSTART:20261324", "line 4: '20261324' is no date"),
        ("DTSTART:00010101", "line 4: 0001-01-01 is out of range"),
        ("SUMMARY:x", "line 3: an event without DTSTART"),
        ("DTSTART:20261224\nDTEND:20261223", "line 5: an event ends before it begins"),
        ("DTSTART:20261224\nDTEND:20991224", "line 3: an event of 26,663 days"),
        ("DTSTART:20261224\nDURATION:soon", "line 5: 'soon' is no duration"),
        ("DTSTART:20261224\nRRULE:FREQ=HOURLY", "line 5: a rule with FREQ=HOURLY is not read"),
        ("DTSTART:20261224\nRRULE:FREQ=DAILY;BYSETPOS=1", "line 5: a rule with 'BYSETPOS'"),
        ("DTSTART:20261224\nRRULE:FREQ=DAILY;INTERVAL=0", "line 5: '0' is no number from 1"),
        ("DTSTART:20261224\nRRULE:FREQ=DAILY;UNTIL=x", "line 5: 'X' is no date of UNTIL"),
        ("DTSTART:20261224\nRRULE:FREQ=WEEKLY;BYDAY=XX", "line 5: 'XX' is no weekday"),
        ("DTSTART:20261224\nRDATE:20261226", "line 5: dates in RDATE are not read"),
        ("DTSTART:20261224\nSUMMARY", "line 5: 'SUMMARY' has no value"),
        ("DTSTART:20261224\nSUMMARY:a\x00b", "line 5: a NUL character"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(lines: str, says: str) -> None:
    with pytest.raises(BadInput) as error:
        read(lines)
    assert f"a.ics, {says}" in error.value.message


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "has no events"),
        (b"hello: world", "line 1: no calendar begins here"),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n", "line 3: 'VCALENDAR' ends here"),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261224\n", "line 3: VEVENT does not end"),
        (b"BEGIN:VCALENDAR\nEND:VCALENDAR\n\xff", "line 3: not UTF-8"),
        (b"BEGIN:VCALENDAR\n" + b"BEGIN:X\n" * 50, "line 9: too deep inside each other"),
        (b"BEGIN:VCALENDAR\nX:" + b"x" * 200_000, "line 2: 200,002 characters"),
        (b"x" * 5_000_001, "is larger than 5 MB"),
    ],
)
def test_files_that_are_no_calendars_are_refused(data: bytes, says: str) -> None:
    with pytest.raises(BadInput) as error:
        read_events(data, "a.ics", FIRST, LAST)
    assert says in error.value.message


def test_a_file_that_would_take_for_ever_is_refused() -> None:
    event = "DTSTART:19000101\nRRULE:FREQ=DAILY;COUNT=60000;BYMONTH=2"
    with pytest.raises(BadInput, match=r"line [0-9]+: too many repetitions"):
        read(*[event] * 500)
    with pytest.raises(BadInput, match="more than 20,000 events"):
        read(*["DTSTART:20261201\nRRULE:FREQ=DAILY"] * 500)
