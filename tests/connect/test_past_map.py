"""The past as it was: stages, their names, order, edges and categories of the moment shown."""

from __future__ import annotations

import pytest

from tests.connect.test_past_fields import Past
from tests.connect.test_past_fields import past as past  # the fixture
from vsm.features.bottlenecks.reading import read_bottlenecks
from vsm.features.dependencies.reading import read_dependencies
from vsm.features.metrics.reading import read_figures
from vsm.features.snapshots.snapshot import take
from vsm.model import command as c
from vsm.model.history import Entry, ImportPlan, ItemHistory
from vsm.model.item import BlockerKind, LinkKind
from vsm.model.query_parser import parse
from vsm.model.query_tree import Query
from vsm.model.stream import Category, EdgeKind


def names(past: Past, day: float) -> list[str]:
    """The columns of the board as of a day."""
    stream = past.reader.stream_named("Pay")
    columns = past.reader.past(stream, Query(), past.at(day)).columns
    taken = take(past.reader, [stream], past.at(day)).streams[0]
    figures = read_figures(past.reader, stream, as_of=past.at(day))
    board = [column.stage.name for column in columns]
    assert board == [stage.name for stage in taken.stages if not stage.retired or stage.wip]
    assert board == [stage.stage for stage in figures.cfd.stages]
    return board


@pytest.fixture
def item(past: Past) -> int:
    """An item that went from Ready on day 0 to Build on day 1."""
    made = past.add("One", 0)
    past.do(c.MoveItem(made, past.pay.line[1].id), day=1)
    return made


def test_a_stage_has_the_name_of_then_everywhere(past: Past, item: int) -> None:
    build = past.pay.line[1].id
    other = past.add("Other", 1)
    past.do(c.LinkItems(item, other, LinkKind.BLOCKS), day=1)
    past.do(c.SetStage(build, {"name": "Make"}), day=5)
    stream = past.reader.stream_named("Pay")
    assert (names(past, 3), names(past, 6)) == (
        ["Ready", "Build", "Done"],
        ["Ready", "Make", "Done"],
    )
    for day, name in ((3, "Build"), (6, "Make")):
        shown = take(past.reader, [stream], past.at(day)).streams[0]
        assert (shown.items[0].stage, shown.items[0].visits[-1].stage) == (name, name)
        assert [edge.target for edge in shown.edges] == [name, "Done"]
        detail = past.reader.detail(item, past.at(day), past=True)
        link = past.reader.detail(other, past.at(day), past=True)
        assert detail is not None and link is not None
        assert (detail.stage, link.links[0].stage) == (name, name)
        (listed, _) = past.reader.past_items(stream, Query(), past.at(day))
        assert listed.stage == name
        parts = read_dependencies(past.reader, past.at(day), past=True).parts
        assert {part.stage for part in parts} == {name, "Ready"}
        assert len(past.reader.past_items(stream, parse(f"stage:{name}"), past.at(day))) == 1
    assert not past.reader.past_items(stream, parse("stage:Make"), past.at(3))


def test_stages_stand_on_the_board_of_a_moment_as_they_stood(past: Past, item: int) -> None:
    ready, build, _ = past.pay.line
    check = c.NewStage("Check", Category.ACTIVE)
    past.do(c.AddStage(past.pay.id, check, after=build.id), day=3)
    past.do(c.PlaceStage(ready.id, after=build.id), day=5)
    past.do(c.RetireStage(build.id, to=ready.id), day=7)
    assert names(past, 2) == ["Ready", "Build", "Done"]
    assert names(past, 4) == ["Ready", "Build", "Check", "Done"]
    assert names(past, 6) == ["Build", "Ready", "Check", "Done"]
    assert [
        column.stage.name
        for column in past.reader.past(past.reader.stream_named("Pay"), Query(), past.at(8)).columns
    ] == ["Ready", "Check", "Done"]
    assert past.card(item, 6).stage == build.id


def test_a_stage_that_was_taken_out_again_is_there_while_it_was(past: Past, item: int) -> None:
    past.do(c.AddStage(past.pay.id, c.NewStage("Check", Category.ACTIVE)), day=3)
    past.day = 5
    past.session.undo()
    assert names(past, 4) == ["Ready", "Build", "Check", "Done"]
    assert names(past, 6) == names(past, 2) == ["Ready", "Build", "Done"]


def test_categories_and_commitment_of_then_decide_what_had_started(past: Past, item: int) -> None:
    ready, build, _ = past.pay.line
    past.do(c.SetStage(ready.id, {"category": Category.BACKLOG}), day=4)
    past.do(c.AddEdge(build.id, ready.id, EdgeKind.REWORK), day=4)
    past.pay = stream = past.reader.stream_named("Pay")
    assert [past.card(item, day).age for day in (3, 6)] == [4, 6], "from Ready, then from Build"
    started = past.reader.past_items(stream, parse("age=4d"), past.at(3))
    assert len(started) == 1
    (taken,) = take(past.reader, [stream], past.at(3)).streams[0].items
    assert taken.age_days == 4
    assert read_figures(past.reader, stream, as_of=past.at(3)).ageing[0].age == 4
    assert len(past.reader.configured(stream, past.at(3)).edges) == 2


def test_before_a_stream_was_made_its_map_is_as_of_now(past: Past) -> None:
    entries = (Entry(past.at(-9), "Ready"), Entry(past.at(-8), "Build"))
    stages = (("Ready", Category.QUEUE), ("Build", Category.ACTIVE), ("Done", Category.DONE))
    histories = (ItemHistory("1", "X-1", "Imported", entries, "f:1"),)
    plan = ImportPlan("Pay", "UTC", stages, None, "csv", "f.csv", "0" * 64, histories)
    past.session.import_histories(plan)
    build = past.pay.line[1].id
    past.do(c.SetStage(build, {"name": "Make", "category": Category.QUEUE}), day=2)
    assert names(past, -5) == ["Ready", "Make", "Done"], "nobody told what it was called then"
    stream = past.reader.stream_named("Pay")
    marks = [
        take(past.reader, [stream], past.at(day)).streams[0].stages_as_of_now for day in (-5, 1)
    ]
    assert marks == [True, False]
    assert names(past, 1) == ["Ready", "Build", "Done"]


def test_a_stage_that_an_import_brought_with_its_history_stays_on_the_map(past: Past) -> None:
    past.do(c.AddStage(past.pay.id, c.NewStage("Check", Category.ACTIVE)), day=5)
    entries = (Entry(past.at(1), "Ready"), Entry(past.at(2), "Check"))
    stages = tuple((stage.name, stage.category) for stage in past.reader.stream_named("Pay").line)
    histories = (ItemHistory("1", "X-1", "Imported", entries, "f:1"),)
    past.session.import_histories(
        ImportPlan("Pay", "UTC", stages, None, "csv", "f.csv", "0" * 64, histories)
    )
    assert names(past, 3) == ["Ready", "Build", "Check", "Done"]
    assert names(past, 1.5) == ["Ready", "Build", "Done"]


def test_open_blockers_have_the_links_and_stages_of_then(past: Past, item: int) -> None:
    blocker = past.add("Blocker", 1, team=past.ledger)
    past.do(c.LinkItems(blocker, item, LinkKind.BLOCKS), day=2)
    past.do(c.BlockItem(item, BlockerKind.DEPENDENCY, "needs it"), day=2)
    past.do(c.EditItem(blocker, {"team": past.cards}), day=4)
    past.do(c.MoveItem(blocker, past.pay.line[2].id), day=6)
    past.do(c.UnlinkItems(blocker, item, LinkKind.BLOCKS), day=8)

    def waits(day: float) -> list[tuple[str, str, bool]]:
        rows = past.reader.open_blockers(past.pay, past.at(day))
        return [(row.waits_for, row.team, row.is_met) for row in rows]

    assert waits(1) == []
    assert waits(3) == [("PAY-2", "Ledger", False)]
    assert waits(5) == [("PAY-2", "Cards", False)]
    assert waits(7) == [("PAY-2", "Cards", True)]
    assert waits(9) == [("", "", False)]
    assert past.reader.open_blockers(past.pay, None)[0].waits_for == ""
    for rows in (past.reader.open_blockers(past.pay, at) for at in (past.at(3), None)):
        assert [row.reason for row in rows] == ["needs it"]
    assert read_bottlenecks(past.reader, past.pay, as_of=past.at(3), present=False).stages
