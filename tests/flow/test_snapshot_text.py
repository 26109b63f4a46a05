"""Tests that a snapshot difference says which moments and entries it compares."""

from __future__ import annotations

import pytest

from vsm.features.snapshots.difference import Difference, JournalComparison, JournalStatus, Moment
from vsm.features.snapshots.text import draw_difference
from vsm.report.position import Position


def difference(status: JournalStatus, first: int, second: int) -> Difference:
    sides = [
        Moment(as_of, Position(seq, "0" * 64))
        for as_of, seq in (("2026-10-31T23:00:00Z", first), ("2026-11-28T10:00:00Z", second))
    ]
    return Difference(*sides, JournalComparison(status, 0, ""), *([()] * 6))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "first", "second", "fields"),
    [
        ("same", 1234, 1234, "as of journal entry 1,234: nothing was written between"),
        ("longer", 1234, 1300, "as of journal entry 1,234 of the first and 1,300 of the second."),
    ],
)
def test_it_says_what_is_of_which_moment_and_of_which_entry(
    status: JournalStatus, first: int, second: int, fields: str
) -> None:
    text = " ".join(draw_difference(difference(status, first, second), "UTC", 80))
    assert "From 31 Oct 2026 23:00 to 28 Nov 2026 10:00 UTC" in text
    assert "Moves, blockers, figures, fields and limits are as of these moments; names" in text
    assert fields in text
