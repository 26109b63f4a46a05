"""Times and shares as people write them, and the values that a rule lets through."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsm.model.decide.declared import DECLARED
from vsm.model.declared import (
    MOST_DAYS,
    TimeBasis,
    parse_share,
    parse_time,
    write_share,
    write_time,
)
from vsm.model.declared_table import read_declared_table, write_declared_table
from vsm.model.errors import BadInput
from vsm.model.field_types import InvalidValue
from vsm.model.stream import Category, Stage, ValueStream


@pytest.mark.parametrize(
    ("text", "elapsed", "working"),
    [
        ("0.5d", 0.5, 0.5),
        ("1,5 days", 1.5, 1.5),
        (" .5D ", 0.5, 0.5),
        ("5", 5.0, 5.0),
        ("0", 0.0, 0.0),
        ("4h", 4 / 24, 0.5),
        ("90m", 90 / 1440, 90 / 480),
        ("1h 30min", 1.5 / 24, 1.5 / 8),
        ("1d4h", 1 + 4 / 24, 1.5),
    ],
)
def test_a_time_is_in_days_that_the_map_counts(text: str, elapsed: float, working: float) -> None:
    assert parse_time(text, TimeBasis.ELAPSED) == pytest.approx(elapsed)
    assert parse_time(text, TimeBasis.WORKING) == pytest.approx(working)


@pytest.mark.parametrize(
    "text",
    ["", "-1", "-1d", "1 fortnight", "1w", "5 5", "5 4h", "4h 5", "1h 1h", "1e9", "nan", "inf",
     "99999999", "d", "h4", "٣d", "½d", "1.2.3d"],
)  # fmt: skip
def test_anything_else_is_no_time(text: str) -> None:
    assert parse_time(text, TimeBasis.ELAPSED) is None


@pytest.mark.parametrize(
    ("text", "share"),
    [("80%", 0.8), ("0.8", 0.8), ("0,8", 0.8),
     ("100_%".replace("_", " "), 1.0), ("1", 1.0), (".5", 0.5), ("1%", 0.01),
     ("0", None), ("0%", None), ("120%", None), ("80", None), ("-5%", None), ("", None),
     ("80%%", None), ("nan", None)],
)  # fmt: skip
def test_a_share_is_above_nothing_and_up_to_all(text: str, share: float | None) -> None:
    assert parse_share(text) == (None if share is None else pytest.approx(share))


@pytest.mark.parametrize("basis", TimeBasis)
@pytest.mark.parametrize(
    "text", ["0d", "4h", "25h", "90m", "0.05m", "2.5d", "1d", "36500d", "0.00000001d"]
)
def test_a_time_is_written_as_it_was_typed(text: str, basis: TimeBasis) -> None:
    days = parse_time(text, basis)
    written = write_time(days, basis)
    assert parse_time(written, basis) == days
    if basis is TimeBasis.ELAPSED:
        assert written == text


@given(st.floats(0, MOST_DAYS), st.floats(0, 1, exclude_min=True), st.sampled_from(TimeBasis))
def test_what_is_declared_is_written_so_that_reading_changes_nothing(
    days: float, share: float, basis: TimeBasis
) -> None:
    assert parse_time(write_time(days, basis), basis) == days
    assert parse_share(write_share(share)) == share
    names = ("Build", "Review; QA", '"Sign" off', "To do, again")
    stages = tuple(
        Stage(n, name, Category.ACTIVE, n, process_days=days, complete_accurate=share)
        for n, name in enumerate(names, 1)
    )
    stages = (*stages, replace(stages[0], id=9, name="None declared", process_days=None))
    stream = ValueStream(1, "Cards", "UTC", stages, (), map_time=basis)
    declared = read_declared_table(write_declared_table(stages, basis), stream, "the table")
    assert [(one.stage.name, one.changes) for one in declared] == [(s.name, {}) for s in stages]


def test_a_line_without_end_is_refused() -> None:
    with pytest.raises(BadInput, match="the table, line 1: 200000 characters"):
        read_declared_table("x" * 200_000, ValueStream(1, "Cards", "UTC", (), ()), "the table")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("process_days", -0.1),
        ("process_days", float("nan")),
        ("process_days", float("inf")),
        ("process_days", 36_501),
        ("process_days", True),
        ("wait_days", "5d"),
        ("complete_accurate", 0),
        ("complete_accurate", 1.01),
        ("complete_accurate", float("nan")),
        ("note", "x" * 501),
        ("note", "\x00"),
    ],
)
def test_a_rule_refuses_what_cannot_be_declared(field: str, value: object) -> None:
    with pytest.raises(InvalidValue):
        DECLARED[field](value)


def test_what_is_declared_is_kept_plain() -> None:
    assert DECLARED["wait_days"](5) == 5.0
    assert DECLARED["complete_accurate"](None) is None
    assert DECLARED["note"]("  Two\n reviewers ") == "Two reviewers"
