"""The board as it stood, what is behind figures and the pace: equal to what snapshots tell.

Snapshots are worked out item by item in plain Python, these by columns and by SQL.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from vsm.features.metrics.reading import read_figures, read_items_behind
from vsm.features.snapshots.file import file_text, load
from vsm.features.snapshots.results import Stream
from vsm.features.snapshots.snapshot import take
from vsm.model.query_parser import parse
from vsm.model.query_tree import Query
from vsm.model.rules import DAY, to_micros
from vsm.reader import Reader

NOW = to_micros(datetime(2026, 3, 31, 20, tzinfo=UTC))
MOMENTS = [NOW, NOW - 3 * DAY, NOW - 30 * DAY, NOW - 100 * DAY, NOW - 5000 * DAY]


@pytest.fixture(scope="module")
def reader(demo_of: Callable[[date], Path]) -> Iterator[Reader]:
    reader = Reader(demo_of(date(2026, 3, 31)))
    yield reader
    reader.close()


def snapshot_of(reader: Reader, name: str, at: int) -> Stream:
    return take(reader, [reader.stream_named(name)], at).streams[0]


STREAMS = ["Card issuing", "Mobile app", "Platform and incidents"]


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("at", MOMENTS)
def test_the_board_stood_as_the_snapshot_of_that_moment_says(
    reader: Reader, name: str, at: int
) -> None:
    stream = reader.stream_named(name)
    past, then = reader.past(stream, Query(), at), snapshot_of(reader, name, at)
    items = {item.key: item for item in then.items if not item.archived}
    seen = 0
    for column in past.columns:
        cards = reader.past_cards(past, column.stage.id, 0, 10_000)
        assert len(cards) == column.wip == column.shown
        for card in cards:
            item = items[card.key]
            seen += 1
            assert item.stage == column.stage.name
            assert card.cycle == item.cycle_days
            if not column.stage.category.ended:
                assert card.age == item.age_days
            open_ = [block for block in item.blockers if block.ended is None]
            assert (card.blocked is not None) == bool(open_)
            assert past.place(card.id) is not None
    still_open = sum(item.state in ("not started", "in progress") for item in items.values())
    ended = sum(c.wip for c in past.columns if c.stage.category.ended)
    assert seen == still_open + ended
    assert past.header.wip == sum(item.state == "in progress" for item in items.values())
    assert past.header.p85 == then.metrics.basic.cycle_time_days.p85


@pytest.mark.parametrize("name", STREAMS)
def test_the_past_of_now_is_the_board(reader: Reader, name: str) -> None:
    stream = reader.stream_named(name)
    past = reader.past(stream, Query(), NOW)
    assert past.header == reader.header(stream, NOW)
    for then, now in zip(past.columns, reader.columns(stream, Query(), NOW), strict=True):
        assert then == now
        cards = reader.past_cards(past, then.stage.id, 0, 10_000)
        live = reader.cards(stream, then.stage.id, 0, 10_000, Query(), NOW)
        assert sorted(cards) == sorted(live)
        assert cards[3:5] == reader.past_cards(past, then.stage.id, 3, 2)


def test_a_filter_hides_items_and_not_the_work_in_progress(reader: Reader) -> None:
    stream = reader.stream_named("Card issuing")
    whole = reader.past(stream, Query(), NOW - 30 * DAY)
    some = reader.past(stream, parse("team:Risk", "anna"), NOW - 30 * DAY)
    assert [c.wip for c in some.columns] == [c.wip for c in whole.columns]
    assert some.header == whole.header
    for column in some.columns:
        cards = reader.past_cards(some, column.stage.id, 0, 1000)
        assert len(cards) == column.shown
        assert {card.team for card in cards} <= {"Risk"}


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("at", MOMENTS[:4])
def test_what_is_behind_a_stage_sums_to_the_time_in_it(reader: Reader, name: str, at: int) -> None:
    stream = reader.stream_named(name)
    figures = read_figures(reader, stream, as_of=at)
    for row in figures.time_in_stage:
        behind = read_items_behind(reader, stream, "stage", row.stage, as_of=at)
        assert len(behind) == row.days.n
        assert sum(one.value or 0 for one in behind) == pytest.approx(row.total)
        values = [one.value or 0 for one in behind]
        assert values == sorted(values, reverse=True)


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("at", MOMENTS)
def test_what_is_behind_types_and_work_in_progress_is_what_is_counted(
    reader: Reader, name: str, at: int
) -> None:
    stream = reader.stream_named(name)
    figures, then = read_figures(reader, stream, as_of=at), snapshot_of(reader, name, at)
    for (kind, done), (_, running) in zip(
        figures.types_finished.counts, figures.types_wip.counts, strict=True
    ):
        behind = read_items_behind(reader, stream, "type", kind, as_of=at)
        assert [one.what for one in behind].count("days old") == running
        assert len(behind) == done + running
    wip = read_items_behind(reader, stream, "wip", "", as_of=at)
    assert len(wip) == figures.basic.wip.total
    ages = {item.key: item.age_days for item in then.items if item.age_days is not None}
    keys = {brief.id: brief.key for brief in reader.briefs(one.item for one in wip)}
    assert {keys[one.item]: one.value for one in wip} == ages


@pytest.mark.parametrize("name", STREAMS)
def test_the_pace_on_cards_is_that_of_the_figures(reader: Reader, name: str) -> None:
    stream = reader.stream_named(name)
    live, then = reader.pace(stream, NOW), reader.past_pace(stream, NOW)
    assert live == then and live
    figures = {row.stage: row.age for row in read_figures(reader, stream, as_of=NOW).pace}
    for stage, levels in live.items():
        age = figures[stream.stage(stage).name]
        assert levels == (age.p50, age.p70, age.p85, age.p95)


def test_details_of_then_hold_nothing_later(reader: Reader) -> None:
    stream, at = reader.stream_named("Card issuing"), NOW - 20 * DAY
    past = reader.past(stream, Query(), at)
    looked = 0
    for column in past.columns:
        for card in reader.past_cards(past, column.stage.id, 0, 1000):
            detail = reader.detail(card.id, at, past=True)
            assert detail is not None
            looked += 1
            assert (detail.stage, detail.age) == (column.stage.name, card.age)
            assert detail.item.entered == card.entered <= at
            assert [block for block in detail.blocks if block.ended is None] == [
                block for block in detail.blocks if card.blocked and block.ended is None
            ]
            moments = [line.at for line in (*detail.history, *detail.comments)]
            assert max(moments) <= at
    assert looked > 30


def test_a_snapshot_of_an_older_version_is_read(reader: Reader, tmp_path: Path) -> None:
    """Keys that came later may be missing from a file."""
    content = json.loads(file_text(take(reader, [reader.stream_named("Card issuing")], NOW)))
    for stream in content["streams"]:
        del stream["stages_as_of_now"], stream["metrics"]["comparison"]
        del stream["metrics"]["rework"]["left_out"]
        del stream["metrics"]["complete_accurate"]["left_out"]
        for item in stream["items"]:
            del item["fields_as_of_now"]
    file = tmp_path / "old.json"
    file.write_text(json.dumps(content))
    assert load(file).streams[0].metrics.rework.left_out == 0
