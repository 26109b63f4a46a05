"""Changes entered late: allowed when, recorded how, and counted at the time they happened."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.model.conftest import Board
from tests.reliability.support import rows, sound, tables
from vsm.features.metrics.reading import read_figures
from vsm.features.snapshots.snapshot import take
from vsm.model import command as c
from vsm.model.dates import read_moment
from vsm.model.item import BlockerKind
from vsm.model.query_tree import Query
from vsm.model.rules import DAY, SECOND, to_micros
from vsm.model.stream import Category

BACKLOG, READY, BUILD, REVIEW, DONE, DROPPED = range(1, 7)
HOUR = 3600 * SECOND
BEGIN = to_micros(datetime(2026, 11, 2, 9, tzinfo=UTC))
"""When Build was entered: Monday 2 Nov, 09:00."""
NOW = BEGIN + 2 * DAY
WHY = "forgot to enter it"


@pytest.fixture
def late(board: Board) -> Board:
    """CI-1 has been in Build since Monday; it is Wednesday."""
    board.at = BEGIN
    board.done(c.MoveItem(1, BUILD))
    board.at = NOW
    return board


def history(board: Board, key: str = "CI-1") -> list[str]:
    """The history of an item as ``vsm item show`` writes it, newest first."""
    detail = board.read.detail(board.item(key).id, board.at)
    assert detail is not None
    return [line.written(f"entered {(line.at - BEGIN) // HOUR} h") for line in detail.history]


# -- when it can have happened -------------------------------------------------------


def test_a_late_move_counts_from_when_it_happened_and_says_when_it_was_entered(late: Board) -> None:
    done = late.done(c.MoveItem(1, REVIEW, reason=WHY, at=BEGIN + 7 * HOUR))
    assert done.label == f"moved CI-1 from Build to Review, entered late: {WHY}"
    assert late.item("CI-1").entered == BEGIN + 7 * HOUR
    assert rows(late.path, "SELECT at, recorded_at FROM journal ORDER BY seq DESC LIMIT 1") == [
        (BEGIN + 7 * HOUR, NOW)
    ]
    assert (
        history(late)[0] == f"moved from Build to Review, entered late: {WHY} (anna, entered 48 h)"
    )
    (change,) = late.read.log(limit=1)
    assert (change.at, change.happened) == (NOW, BEGIN + 7 * HOUR)
    sound(late.path)


def test_a_late_move_needs_a_reason(late: Board) -> None:
    for reason in (None, "", "  "):
        refusal = late.refused(c.MoveItem(1, REVIEW, reason=reason, at=BEGIN + HOUR))
        assert (refusal.code, refusal.remedy) == ("invalid", "say why it is entered late")


@pytest.mark.parametrize(
    ("at", "problem"),
    [
        (BEGIN - SECOND, "cannot have changed on 2 Nov 2026 08:59: it came to Build on 2 Nov 2026"),
        (NOW + SECOND, "cannot have changed on 4 Nov 2026 09:00: that is in the future"),
    ],
)
def test_a_move_is_neither_in_the_future_nor_before_the_last_one(
    late: Board, at: int, problem: str
) -> None:
    refusal = late.refused(c.MoveItem(1, REVIEW, reason=WHY, at=at))
    assert refusal.code == "state"
    assert problem in refusal.message
    assert refusal.remedy == "give a time from 2 Nov 2026 09:00 to now (UTC)"


@pytest.mark.parametrize("at", [BEGIN, NOW])
def test_the_ends_of_the_range_are_allowed(late: Board, at: int) -> None:
    late.done(c.MoveItem(1, REVIEW, reason=WHY, at=at))
    assert late.item("CI-1").entered == at


def test_an_item_that_was_just_made_cannot_have_moved_before(late: Board) -> None:
    late.at = NOW + 30 * SECOND
    late.done(c.AddItem(1, "four"))
    refusal = late.refused(c.MoveItem(4, READY, reason=WHY, at=NOW))
    assert "it came to Backlog" in refusal.message
    assert refusal.remedy == "no earlier time is possible: make the change without a time"


def test_nothing_can_have_come_to_a_stage_before_it_was_added(late: Board) -> None:
    late.at = BEGIN + DAY
    added = late.done(c.AddStage(1, c.NewStage("Test", Category.ACTIVE), REVIEW))
    late.at = NOW
    test = late.stage("Test").id
    refusal = late.refused(c.MoveItem(1, test, reason=WHY, at=BEGIN + DAY - 1))
    assert "the stage Test was added on 3 Nov 2026 09:00" in refusal.message
    late.done(c.MoveItem(1, test, reason=WHY, at=BEGIN + DAY))
    assert added.changes


def test_limits_of_now_do_not_refuse_what_has_happened(late: Board) -> None:
    late.done(c.SetStage(REVIEW, {"limit": 1, "limit_kind": "hard"}))
    late.done(c.MoveItem(2, REVIEW))
    assert late.refused(c.MoveItem(1, REVIEW, reason=WHY)).code == "wip-hard"
    done = late.done(c.MoveItem(1, REVIEW, reason=WHY, at=BEGIN + HOUR))
    assert done.label.endswith(f"to Review over the WIP limit (2 of 1), entered late: {WHY}")


# -- finishing, dropping, reopening, blocking ------------------------------------------


def test_finishing_late_ends_the_blocker_then_and_not_before_it_began(late: Board) -> None:
    late.at = BEGIN + 10 * HOUR
    late.done(c.BlockItem(1, BlockerKind.DECISION, "price"))
    late.at = NOW
    refusal = late.refused(c.MoveItem(1, DONE, reason=WHY, at=BEGIN + 9 * HOUR))
    assert "it was blocked on 2 Nov 2026 19:00" in refusal.message
    late.done(c.MoveItem(1, DONE, reason=WHY, at=BEGIN + 12 * HOUR))
    assert rows(late.path, "SELECT started, ended FROM block") == [
        (BEGIN + 10 * HOUR, BEGIN + 12 * HOUR)
    ]
    sound(late.path)


def test_dropping_and_reopening_late(late: Board) -> None:
    late.done(c.DropItem(1, "no one asks", at=BEGIN + 2 * HOUR))
    late.done(c.ReopenItem(1, reason="they do", at=BEGIN + 5 * HOUR))
    assert history(late)[:2] == [
        "reopened from Dropped to Build, entered late: they do (anna, entered 48 h)",
        "dropped from Build to Dropped, entered late: no one asks (anna, entered 48 h)",
    ]
    assert late.item("CI-1").entered == BEGIN + 5 * HOUR


def test_dropping_late_adds_no_stage_that_did_not_exist(late: Board) -> None:
    stages = (c.NewStage("Do", Category.ACTIVE), c.NewStage("Done", Category.DONE))
    late.done(c.CreateStream("Other", stages))
    stream = late.read.stream_named("Other")
    late.done(c.AddItem(stream.id, "x"))
    refusal = late.refused(c.DropItem(4, WHY, at=NOW))
    assert str(refusal) == "Other has no stage for dropped items yet. drop it without a time"


def test_blockers_begin_and_end_late(late: Board) -> None:
    before = late.refused(c.BlockItem(1, BlockerKind.EXTERNAL, "bank", at=BEGIN - 90 * DAY * 300))
    assert before.code == "state"
    late.done(c.BlockItem(1, BlockerKind.EXTERNAL, "bank", at=BEGIN + HOUR))
    early = late.refused(c.UnblockItem(1, reason=WHY, at=BEGIN))
    assert "it was blocked on 2 Nov 2026 10:00" in early.message
    assert late.refused(c.UnblockItem(1, at=NOW)).code == "invalid"
    late.done(c.UnblockItem(1, reason="they called", at=BEGIN + 3 * HOUR))
    assert rows(late.path, "SELECT started, ended FROM block") == [(BEGIN + HOUR, BEGIN + 3 * HOUR)]
    overlap = late.refused(c.BlockItem(1, BlockerKind.OTHER, "again", at=BEGIN + 2 * HOUR))
    assert "it was unblocked on 2 Nov 2026 12:00" in overlap.message
    assert history(late)[:2] == [
        "unblocked, entered late: they called (anna, entered 48 h)",
        "blocked (external), entered late: bank (anna, entered 48 h)",
    ]
    sound(late.path)


def test_a_blocker_may_be_older_than_the_last_move_but_not_than_a_reopening(late: Board) -> None:
    late.done(c.MoveItem(1, REVIEW))
    late.done(c.BlockItem(1, BlockerKind.OTHER, "bank", at=BEGIN + HOUR))
    late.done(c.MoveItem(2, DONE), c.ReopenItem(2, READY))
    refusal = late.refused(c.BlockItem(2, BlockerKind.OTHER, "bank", at=NOW - HOUR))
    assert "it came to Ready on 4 Nov 2026 09:00" in refusal.message


# -- undo and redo ---------------------------------------------------------------------


def test_undo_takes_a_late_move_back_and_redo_brings_its_time_back(late: Board) -> None:
    def facts() -> dict[str, Sequence[tuple[object, ...]]]:
        all_rows = tables(late.path)
        return {name: all_rows[name] for name in ("visit", "block", "item_flow")}

    before = facts()
    late.done(c.MoveItem(1, DONE, reason=WHY, at=BEGIN + 7 * HOUR))
    after = facts()
    assert before != after
    late.at = NOW + HOUR
    undone = late.anna.undo()
    assert "undid: moved CI-1 from Build to Done, entered late" in str(undone)
    assert facts() == before
    late.anna.redo()
    assert facts() == after
    moved = [line for line in history(late) if line.startswith("moved from Build")]
    assert moved[0].endswith(f"entered late: {WHY} (anna, entered 49 h)"), "redone in the journal"
    sound(late.path)


def test_a_rebuild_gives_the_same_rows(late: Board) -> None:
    late.done(c.BlockItem(1, BlockerKind.OTHER, "bank", at=BEGIN + HOUR))
    late.done(c.MoveItem(1, REVIEW, reason=WHY, at=BEGIN + 3 * HOUR))
    late.done(c.UnblockItem(1, reason=WHY, at=BEGIN + 5 * HOUR))
    late.done(c.MoveItem(1, DONE, reason=WHY, at=BEGIN + DAY))
    before = tables(late.path)
    late.anna.rebuild()
    assert tables(late.path) == before
    sound(late.path)


# -- figures ---------------------------------------------------------------------------


def worked(path: Path, *, at_once: bool) -> Board:
    """CI-1 goes from Build to Review on Tuesday 16:00 and is done on Wednesday 8:00."""
    board = Board(path)
    board.at = BEGIN
    board.done(c.MoveItem(1, BUILD))
    moves = ((REVIEW, BEGIN + 31 * HOUR), (DONE, BEGIN + 47 * HOUR))
    for stage, moment in moves:
        board.at = moment if at_once else NOW
        options = {} if at_once else {"at": moment, "reason": WHY}
        board.done(c.MoveItem(1, stage, **options))  # type: ignore[arg-type]
    board.at = NOW
    return board


def test_figures_and_snapshots_are_those_of_moves_entered_at_once(tmp_path: Path) -> None:
    boards = [worked(tmp_path / f"{n}.db", at_once=not n) for n in range(2)]
    for at in (BEGIN + HOUR, BEGIN + 32 * HOUR, NOW):
        texts = []
        for board in boards:
            taken = replace(take(board.read, [board.stream], at), journal=None)  # type: ignore[arg-type]
            texts.append(json.dumps(asdict(taken), default=str))
        assert texts[0] == texts[1]
        shown = [
            [(column.stage.name, column.wip) for column in past.columns]
            for board in boards
            for past in [board.read.past(board.stream, Query(), at)]
        ]
        assert shown[0] == shown[1]
    for board in boards:
        sound(board.path)


def test_figures_by_hand(tmp_path: Path) -> None:
    board = worked(tmp_path / "late.db", at_once=False)
    figures = read_figures(
        board.read, board.stream, first=date(2026, 11, 1), last=date(2026, 11, 4), as_of=NOW
    )
    assert figures.basic.cycle_time_days.p50 == 3  # Monday to Wednesday
    assert figures.departures.days[-1] == (date(2026, 11, 4), 1)
    assert board.read.past(board.stream, Query(), BEGIN + 30 * HOUR).columns[2].wip == 1
    assert board.read.past(board.stream, Query(), BEGIN + 31 * HOUR).columns[3].wip == 1


# -- the words for a moment --------------------------------------------------------------

SATURDAY = datetime(2026, 11, 28, 18, 30, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("text", "day", "time"),
    [
        ("16:00", "2026-11-28", "16:00"),
        (" Yesterday  9:05 ", "2026-11-27", "09:05"),
        ("fri 9.30", "2026-11-27", "09:30"),
        ("sat 16:00", "2026-11-28", "16:00"),
        ("sat 19:00", "2026-11-21", "19:00"),
        ("-2w 8:00", "2026-11-14", "08:00"),
        ("3 Nov 16:00", "2026-11-03", "16:00"),
        ("3 December 16:00", "2025-12-03", "16:00"),
        ("3. nov 2025 16:00", "2025-11-03", "16:00"),
        ("2026-11-03T16:00", "2026-11-03", "16:00"),
    ],
)
def test_moments_are_read_in_words(text: str, day: str, time: str) -> None:
    moment = read_moment(text, SATURDAY)
    assert (moment.date().isoformat(), f"{moment:%H:%M}") == (day, time)
    assert moment.tzinfo is SATURDAY.tzinfo


def test_a_moment_with_a_zone_keeps_it() -> None:
    assert read_moment("2026-11-03T16:00Z", SATURDAY) == datetime(2026, 11, 3, 16, tzinfo=UTC)


@pytest.mark.parametrize("text", ["yesterday", "3 Nov", "2026-11-03", "fri"])
def test_a_day_alone_is_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match=r"needs a time: write 16:00"):
        read_moment(text, SATURDAY)


@pytest.mark.parametrize("text", ["", "soon", "25:00", "30 feb 10:00", "0 nov 10:00", "9:75"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no moment: write 16:00"):
        read_moment(text, SATURDAY)
