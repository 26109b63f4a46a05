"""Views of the past mark once what they show as of now, as nothing is known of then."""

from __future__ import annotations

import pytest

from tests.connect.test_past_fields import Past
from tests.connect.test_past_fields import past as past  # the fixture
from vsm.model import command as c
from vsm.model.history import Entry, ImportPlan, ItemHistory
from vsm.model.query_tree import Query
from vsm.model.stream import Category

STAGES = (("Ready", Category.QUEUE), ("Build", Category.ACTIVE), ("Done", Category.DONE))


def imported(past: Past, stream: str, day: float) -> None:
    """Import an item that was there from day -9 on."""
    entries = (Entry(past.at(-9), "Ready"), Entry(past.at(-8), "Build"))
    histories = (ItemHistory(stream, f"{stream}-1", "Imported", entries, f"{stream}:1"),)
    past.day = day
    past.session.import_histories(
        ImportPlan(stream, "UTC", STAGES, None, "csv", f"{stream}.csv", "0" * 64, histories)
    )


@pytest.mark.parametrize(
    ("day", "mark"),
    [(-5, "fields and stages as of now"), (2, "fields as of now"), (6, "")],
)
def test_what_is_not_known_of_a_moment_is_marked(past: Past, day: float, mark: str) -> None:
    imported(past, "Pay", 5)
    assert past.reader.past(past.pay, Query(), past.at(day)).mark == mark
    assert past.reader.as_of_now(past.pay, past.at(day)) == mark
    assert past.reader.as_of_now(None, past.at(day)) == mark
    web = "stages as of now" if day < 0 else ""
    assert past.reader.as_of_now(past.web, past.at(day)) == web, "nothing was imported there"


def test_streams_are_counted_as_of_a_moment(past: Past) -> None:
    item = past.add("One", 0)
    past.add("Two", 2)
    past.do(c.MoveItem(item, past.pay.line[2].id), day=4)
    rows = [
        [(s.name, s.items, s.wip, s.last_activity) for s in past.reader.past_streams(past.at(day))]
        for day in (1, 3, 5)
    ]
    empty = ("Web", 0, 0, None)
    assert rows == [
        [("Pay", 1, 1, past.at(0)), empty],
        [("Pay", 2, 2, past.at(2)), empty],
        [("Pay", 2, 1, past.at(4)), empty],
    ]
