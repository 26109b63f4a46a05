"""People correct how a board is kept: refusals, undo, history, rebuild, templates, the past."""

from __future__ import annotations

import dataclasses
import json

import pytest

from tests.connect.test_past_fields import Past
from tests.connect.test_past_fields import past as past  # the fixture
from tests.model.conftest import Board
from vsm.features.snapshots.compare import compare
from vsm.features.snapshots.file import as_written, file_text
from vsm.features.snapshots.snapshot import take
from vsm.model import command as c
from vsm.model.practice import MoveEntry, StageBehaviour, StageTraffic, seems_final
from vsm.model.query_tree import Query
from vsm.model.stream import Category
from vsm.store.doctor import examine
from vsm.templates.reading import read_template
from vsm.templates.writing import template_text

BACKLOG, READY, BUILD, REVIEW, DONE, DROPPED = range(1, 7)


@pytest.mark.parametrize(
    ("arrivals", "departures", "expected"),
    [(9, 0, False), (10, 0, True), (10, 1, False), (20, 1, True), (20, 2, False), (0, 0, False)],
)
def test_work_seems_to_end_where_at_least_ten_came_and_one_in_twenty_left(
    arrivals: int, departures: int, expected: bool
) -> None:
    assert seems_final(arrivals, departures) is expected
    assert StageTraffic("Closed", arrivals, departures).seems_final is expected


def test_every_setting_has_words_and_a_help_of_its_own() -> None:
    for kind in (StageBehaviour, MoveEntry):
        assert len({setting.words for setting in kind}) == len(kind)
        assert all(setting.help for setting in kind)
        assert [s for s in kind if not s.shown] == [kind("as-logged")]


# -- decisions ---------------------------------------------------------------------


@pytest.mark.parametrize("behaviour", list(StageBehaviour)[1:])
def test_a_behaviour_is_set_taken_back_and_done_again(
    board: Board, behaviour: StageBehaviour
) -> None:
    assert board.done(c.SetStage(BUILD, {"behaviour": behaviour.value})).label == (
        f"changed Build: behaviour as the log shows → {behaviour.words}"
    )
    assert board.stage("Build").behaviour is behaviour
    board.anna.undo()
    assert board.stage("Build").behaviour is StageBehaviour.AS_LOGGED
    board.anna.redo()
    assert board.stage("Build").behaviour is behaviour
    assert examine(board.path).ok


@pytest.mark.parametrize("entry", list(MoveEntry)[1:])
def test_the_entry_of_moves_is_set_taken_back_and_done_again(
    board: Board, entry: MoveEntry
) -> None:
    assert board.done(c.SetStream(1, {"move_entry": entry.value})).label == (
        f"changed the stream: moves as the log shows → {entry.words}"
    )
    assert board.stream.move_entry is entry
    board.anna.undo()
    assert board.stream.move_entry is MoveEntry.AS_LOGGED
    board.anna.redo()
    assert board.stream.move_entry is entry
    assert examine(board.path).ok


def test_the_same_again_records_nothing(board: Board) -> None:
    assert board.refused(c.SetStage(BUILD, {"behaviour": "as-logged"})).code == "unchanged"
    assert board.refused(c.SetStream(1, {"move_entry": "as-logged"})).code == "unchanged"


def test_a_word_that_is_none_of_them_is_refused_with_those_there_are(board: Board) -> None:
    refusal = board.refused(c.SetStage(BUILD, {"behaviour": "asleep"}))
    assert refusal.sentences == (
        "'asleep' is no behaviour of a stage. Use as-logged, work-ends, scheduled, worked."
    )
    refusal = board.refused(c.SetStream(1, {"move_entry": "weekly"}))
    assert "Use as-logged, at-once, in-sessions, by-day" in refusal.sentences


@pytest.mark.parametrize("stage", [BACKLOG, DONE, DROPPED])
def test_only_queue_and_active_stages_have_a_behaviour(board: Board, stage: int) -> None:
    refusal = board.refused(c.SetStage(stage, {"behaviour": "work-ends"}))
    assert "only queue and active stages can have a behaviour" in refusal.message
    board.done(c.SetStage(BUILD, {"behaviour": "scheduled"}))
    assert board.refused(c.SetStage(BUILD, {"category": "backlog", "limit": None}))
    board.done(c.SetStage(BUILD, {"category": "backlog", "limit": None, "behaviour": "as-logged"}))


def test_payloads_leave_out_what_is_not_set(board: Board) -> None:
    def payload(kind: str) -> str:
        rows = board.read._conn.execute(
            "SELECT payload FROM journal WHERE kind = ? ORDER BY seq DESC LIMIT 1", (kind,)
        )
        return str(rows.fetchone()[0])

    assert "behaviour" not in payload("stream_created")
    assert "move_entry" not in payload("stream_created")
    gate = c.NewStage("Gate", Category.QUEUE, behaviour=StageBehaviour.SCHEDULED)
    board.done(c.AddStage(1, gate, BUILD))
    assert json.loads(payload("stage_added"))["stage"]["behaviour"] == "scheduled"
    board.done(c.CreateStream("Nightly", (gate, c.NewStage("End", Category.DONE)),
                              move_entry=MoveEntry.BY_DAY))  # fmt: skip
    assert json.loads(payload("stream_created"))["move_entry"] == "by-day"
    made = board.read.stream_named("Nightly")
    assert (made.move_entry, made.line[0].behaviour) == ("by-day", "scheduled")
    assert examine(board.path).ok


# -- templates -----------------------------------------------------------------------


def test_a_template_keeps_both(board: Board) -> None:
    assert "behaviour" not in template_text(board.stream, {})
    board.done(c.SetStage(REVIEW, {"behaviour": "scheduled"}))
    board.done(c.SetStream(1, {"move_entry": "in-sessions"}))
    template = read_template(template_text(board.stream, {}), "ours")
    board.done(template.command("Second"))
    made = board.read.stream_named("Second")
    assert made.move_entry is MoveEntry.IN_SESSIONS
    assert [stage.name for stage in made.line if stage.behaviour.shown] == ["Review"]


# -- the past ------------------------------------------------------------------------


def test_the_past_shows_what_was_set_then(past: Past) -> None:
    build = past.pay.line[1].id
    past.add("One", 0)
    past.do(c.SetStage(build, {"behaviour": "scheduled"}), day=2)
    past.do(c.SetStream(past.pay.id, {"move_entry": "by-day"}), day=3)
    past.do(c.SetStage(build, {"behaviour": "worked"}), day=4)
    past.do(c.SetStream(past.pay.id, {"move_entry": "at-once"}), day=5)
    stream = past.reader.stream_named("Pay")
    seen = []
    for day in (1, 2.5, 3.5, 4.5, 6):
        then = past.reader.configured(stream, past.at(day))
        (taken,) = take(past.reader, [stream], past.at(day)).streams
        assert (taken.stages[1].behaviour, taken.move_entry) == (
            then.stage(build).behaviour,
            then.move_entry,
        )
        (column,) = (
            column
            for column in past.reader.past(stream, Query(), past.at(day)).columns
            if column.stage.id == build
        )
        assert column.stage.behaviour is then.stage(build).behaviour
        seen.append((str(taken.stages[1].behaviour), str(taken.move_entry)))
    assert seen == [
        ("as-logged", "as-logged"),
        ("scheduled", "as-logged"),
        ("scheduled", "by-day"),
        ("worked", "by-day"),
        ("worked", "at-once"),
    ]


def test_snapshots_compare_the_behaviour_of_stages(past: Past) -> None:
    past.add("One", 0)
    stream = past.reader.stream_named("Pay")
    before = take(past.reader, [stream], past.at(1))
    past.do(c.SetStage(past.pay.line[1].id, {"behaviour": "work-ends"}), day=2)
    after = take(past.reader, [past.reader.stream_named("Pay")], past.at(3))
    (changed,) = compare(as_written(before), as_written(after)).streams[0].stages_changed
    assert dataclasses.astuple(changed) == ("Build", "behaviour", "as-logged", "work-ends")
    assert '"behaviour": "work-ends"' in file_text(after)


# -- does work end here? ---------------------------------------------------------------


def _fill(board: Board, stage: int, items: int) -> list[int]:
    """New items in a stage; gives back all that are there."""
    for n in range(items):
        board.done(c.AddItem(1, f"case {n}", stage))
    rows = board.read._conn.execute("SELECT id FROM item WHERE stage = ? ORDER BY id", (stage,))
    return [item for (item,) in rows.fetchall()]


def test_stages_that_hardly_any_item_leaves_are_found_until_somebody_answers(board: Board) -> None:
    board.done(c.SetStage(REVIEW, {"limit": None}))
    items = _fill(board, REVIEW, 9)
    assert board.read.final_stages(board.stream) == {}
    items = _fill(board, REVIEW, 1)
    assert board.read.final_stages(board.stream) == {REVIEW: ("Review", 10, 0)}
    board.done(c.MoveItem(items[0], DONE))
    assert board.read.final_stages(board.stream) == {}
    _fill(board, REVIEW, 10)
    board.done(c.ArchiveItem(items[1]))
    assert board.read.final_stages(board.stream) == {REVIEW: ("Review", 20, 1)}
    for answer in ("work-ends", "worked"):
        board.done(c.SetStage(REVIEW, {"behaviour": answer}))
        assert board.read.final_stages(board.stream) == {}


def test_nobody_asks_about_a_backlog_or_the_end(board: Board) -> None:
    for stage in (BACKLOG, DONE):
        for n in range(12):
            board.done(c.AddItem(1, f"{n}", stage))
    assert board.read.final_stages(board.stream) == {}
