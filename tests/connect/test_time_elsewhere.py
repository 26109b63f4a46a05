"""An item that was in another stream and came back: its time there counts nowhere here.

It is in Pay from 2 to 4 March and from 9 to 11 March 2026, in Web in between: on 6 days and for 4
times 24 hours of the 10 days and 9 times 24 hours from its creation and start to its finish.
"""

from __future__ import annotations

import csv
import io

import pytest

from tests.connect.test_past_fields import Past
from tests.connect.test_past_fields import past as past  # the fixture
from vsm.connect.exports import items_csv
from vsm.features.dependencies.reading import read_dependencies
from vsm.features.metrics.reading import read_figures, read_items_behind
from vsm.features.snapshots.snapshot import take
from vsm.model import command as c
from vsm.model.item import LinkKind
from vsm.model.query_parser import parse
from vsm.model.query_tree import Query
from vsm.model.rules import DAY


@pytest.fixture
def returned(past: Past) -> int:
    """The item, in Build again and not finished yet."""
    item = past.add("There and back", 0)
    build = past.pay.line[1]
    past.do(c.MoveItem(item, build.id), day=1)
    past.do(c.TransferItem(item, past.web.line[0].id), day=2)
    past.do(c.TransferItem(item, build.id), day=7)
    return item


def finish(past: Past, item: int) -> None:
    """Finish it on the eleventh."""
    past.do(c.MoveItem(item, past.pay.line[2].id), day=9)


def ages_that_fit(past: Past, day: float) -> tuple[set[int], set[int]]:
    """The ages by which filters find one item: now, and as of a day."""
    now, then = set(), set()
    for age in range(1, 15):
        query: Query = parse(f"age={age}d")
        if past.reader.items(past.pay, query, past.at(day), limit=9, offset=0):
            now.add(age)
        if past.reader.past_items(past.pay, query, past.at(day)):
            then.add(age)
    return now, then


def test_its_age_is_the_days_on_which_it_was_here(past: Past, returned: int) -> None:
    card = past.reader.card(returned, past.at(8))
    detail = past.reader.detail(returned, past.at(8))
    figures = read_figures(past.reader, past.pay, as_of=past.at(8), present=True)
    assert card is not None and detail is not None
    assert (card.age, detail.age, [aged.age for aged in figures.ageing]) == (5, 5, [5])
    (taken,) = take(past.reader, [past.pay], past.at(8), present=True).streams[0].items
    assert taken.age_days == 5
    (behind,) = read_items_behind(past.reader, past.pay, "wip", "", as_of=past.at(8), present=True)
    assert behind.value == 5
    assert ages_that_fit(past, 8) == ({5}, {5})


def test_so_it_is_as_of_a_moment_of_the_past(past: Past, returned: int) -> None:
    finish(past, returned)
    past.do(c.MoveItem(returned, past.pay.line[1].id), day=11)
    past.do(c.TransferItem(returned, past.web.line[0].id), day=12)
    (listed,) = past.reader.past_items(past.pay, Query(), past.at(8))
    detail = past.reader.detail(returned, past.at(8), past=True)
    (taken,) = take(past.reader, [past.pay], past.at(8)).streams[0].items
    assert detail is not None
    assert (past.card(returned, 8).age, listed.card.age, detail.age, taken.age_days) == (5,) * 4
    assert (detail.stream, detail.started, detail.finished) == ("Pay", past.at(0), None)
    assert ages_that_fit(past, 8)[1] == {5}
    assert ages_that_fit(past, 1.5)[1] == {2}
    assert ages_that_fit(past, 4)[1] == set(), "it is in Web then"
    done = past.reader.detail(returned, past.at(10), past=True)
    assert done is not None and (done.cycle, done.lead) == (6, 6)
    (listed,) = past.reader.past_items(past.pay, Query(), past.at(10))
    assert (listed.card.cycle, listed.lead) == (6, 6)


def test_cycle_and_lead_time_are_the_days_on_which_it_was_here(past: Past, returned: int) -> None:
    finish(past, returned)
    card = past.reader.card(returned, past.at(9))
    detail = past.reader.detail(returned, past.at(9))
    assert card is not None and detail is not None
    assert (card.cycle, detail.cycle, detail.lead) == (6, 6, 6)
    assert past.reader.header(past.pay, past.at(9)).p85 == 6
    assert past.reader.past(past.pay, Query(), past.at(9)).header.p85 == 6
    snapshot = take(past.reader, [past.pay], past.at(9), present=True)
    (taken,) = snapshot.streams[0].items
    assert (taken.cycle_days, taken.lead_days) == (6, 6)
    text = io.StringIO()
    items_csv.write(text, items_csv.items(snapshot.streams))
    (row,) = csv.DictReader(io.StringIO(text.getvalue()))
    assert (row["cycle_days"], row["lead_days"]) == ("6", "6")

    figures = read_figures(past.reader, past.pay, as_of=past.at(9), present=True)
    basic = figures.basic
    assert (basic.cycle_time_days.p85, basic.lead_time_days.p85) == (6, 6)
    assert (basic.cycle_time_elapsed_days.max, basic.lead_time_elapsed_days.max) == (4, 4)
    assert (figures.finished.cycle, figures.finished.lead) == ((6,), (6,))
    assert {p.stage: p.age.p85 for p in figures.pace} == {"Ready": 2, "Build": 6}
    ready, build, _ = past.pay.line
    for pace in (
        past.reader.pace(past.pay, past.at(9)),
        past.reader.past_pace(past.pay, past.at(9)),
    ):
        assert pace == {ready.id: (2,) * 4, build.id: (6,) * 4}
    assert figures.efficiency.ratio == pytest.approx(3 / 4), "3 days in Build, 1 in Ready"
    assert figures.littles_law.avg_cycle_time_days == pytest.approx(4)


def test_what_remains_is_taken_from_the_time_here_and_from_now(past: Past, returned: int) -> None:
    finish(past, returned)
    slow, fast, waiting = (past.add(title, 10) for title in ("Slow", "Blocks", "Waits"))
    build, done = past.pay.line[1:]
    past.do(c.MoveItem(slow, build.id), day=10)
    past.do(c.MoveItem(slow, done.id), day=20)
    past.do(c.MoveItem(fast, build.id), day=18)
    past.do(c.LinkItems(fast, waiting, LinkKind.BLOCKS), day=18)

    def remaining(day: float, is_past: bool) -> tuple[float, ...]:
        (part,) = (
            part
            for part in read_dependencies(past.reader, past.at(day), past=is_past).parts
            if part.id == fast
        )
        return part.takes

    # From their entry into Build the two took 3 days here, without 5 in Web, and 10 days.
    for is_past in (False, True):
        assert remaining(20, is_past) == (1, 8)
        assert remaining(22, is_past) == (6,), "it was there longer than the first one took"
    assert remaining(18, True) == (3,), "the slow one was not finished then"


def test_an_item_that_waits_and_came_back_is_as_old_as_its_days_here(
    past: Past, returned: int
) -> None:
    other = past.add("Other", 7)
    past.do(c.LinkItems(returned, other, LinkKind.BLOCKS), day=7)
    for is_past in (False, True):
        rows = past.reader.linked_items(past.at(8), is_past).rows
        (row,) = (row for row in rows if row.id == returned)
        assert row.stage_from == past.at(1) + 5 * DAY, "in Build for 2 days in all"
        assert row.age_from is not None
        assert past.reader.days("UTC").between(row.age_from, past.at(8)) == 5
