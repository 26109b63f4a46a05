"""Comments, items that change streams, and many items at once."""

from __future__ import annotations

import pytest

from tests.model.conftest import Board
from tests.samples.streams import kanban
from vsm.features.metrics.reading import read_figures
from vsm.model import command as c
from vsm.model.entities import TEAM
from vsm.model.errors import Refusal
from vsm.model.item import BlockerKind, LinkKind
from vsm.model.query_tree import Query
from vsm.model.rules import DAY
from vsm.session import ChangeGroup, Session

BACKLOG, READY, BUILD, REVIEW, DONE, DROPPED = range(1, 7)


# -- comments ----------------------------------------------------------------------


def test_a_comment_is_kept_with_who_and_when_and_can_be_taken_back(board: Board) -> None:
    board.done(c.CommentItem(1, "  first line\nsecond [/x]  "))
    board.at += DAY
    board.done(c.CommentItem(1, "later"))
    detail = board.read.detail(1, board.at)
    assert detail is not None
    assert [(n.by, n.text) for n in detail.comments] == [
        ("anna", "later"),
        ("anna", "first line\nsecond [/x]"),
    ]
    board.anna.undo()
    detail = board.read.detail(1, board.at)
    assert detail is not None and len(detail.comments) == 1
    assert "empty" in board.refused(c.CommentItem(1, " \n ")).message
    assert "5000" in board.refused(c.CommentItem(1, "x" * 5001)).remedy


def test_a_comment_moves_no_figure_and_counts_as_a_change(board: Board) -> None:
    before = board.item("CI-1")
    board.at += DAY
    board.done(c.CommentItem(1, "asked the bank"))
    after = board.item("CI-1")
    assert (after.stage, after.entered) == (before.stage, before.entered)
    assert board.refused(c.MoveItem(1, READY, before.version)).code == "stale"


# -- transfer ----------------------------------------------------------------------


@pytest.fixture
def two(board: Board) -> Board:
    """A second Kanban stream, whose stages have the ids 7 to 12."""
    board.done(kanban("Mobile", "Asia/Tokyo", "MO"))
    return board


def test_an_item_goes_to_another_stream_with_its_key_and_history(two: Board) -> None:
    two.done(c.MoveItem(1, READY), c.BlockItem(1, BlockerKind.DECISION, "whose is it?"))
    two.at += 2 * DAY
    done = two.done(c.TransferItem(1, 8))
    assert "from Card issuing to Mobile, Ready" in done.label
    item = two.item("CI-1")
    assert (item.stream, item.stage, item.block is not None) == (2, 8, True)
    mobile = two.read.stream_named("Mobile")
    assert [card.key for card in two.read.cards(mobile, 8, 0, 9, Query(), two.at)] == ["CI-1"]
    detail = two.read.detail(1, two.at)
    assert detail is not None
    assert [line.text for line in detail.history[::-1]][:2] == [
        "added in Backlog",
        "moved from Backlog to Ready",
    ]


def test_in_its_new_stream_an_item_begins_with_its_arrival(two: Board) -> None:
    two.done(c.MoveItem(1, READY))
    two.at += 5 * DAY
    two.done(c.TransferItem(1, 9))
    two.at += 2 * DAY
    two.done(c.MoveItem(1, 11))
    card = two.read.card(1, two.at)
    assert card is not None and card.cycle == 3
    mobile, old = two.read.stream_named("Mobile"), two.stream
    figures = read_figures(two.read, mobile, as_of=two.at).basic
    assert figures.cycle_time_days.n == 1 and figures.cycle_time_days.p50 == 3
    left = read_figures(two.read, old, as_of=two.at).basic
    assert left.cycle_time_days.n == 0 and left.wip.total == 0


def test_a_transfer_that_is_undone_never_counted(two: Board) -> None:
    two.done(c.MoveItem(1, READY))
    before, card = two.item("CI-1"), two.read.card(1, two.at)
    two.at += DAY
    two.done(c.TransferItem(1, 9))
    assert isinstance(two.anna.undo(), ChangeGroup)
    after = two.item("CI-1")
    assert (after.stream, after.stage, after.entered) == (1, READY, before.entered)
    assert card is not None and two.read.card(1, two.at - DAY) == card._replace(
        version=after.version
    )
    assert isinstance(two.anna.redo(), ChangeGroup)
    assert two.item("CI-1").stream == 2


def test_there_and_back_again_keeps_the_first_start(two: Board) -> None:
    two.done(c.MoveItem(1, BUILD))
    two.at += 3 * DAY
    two.done(c.TransferItem(1, 7))
    two.at += 3 * DAY
    two.done(c.TransferItem(1, REVIEW))
    card = two.read.card(1, two.at)
    assert card is not None and card.age == 5, "the two whole days elsewhere are no part of it"
    metrics = read_figures(two.read, two.stream, as_of=two.at).basic
    assert metrics.wip.total == 1


@pytest.mark.parametrize(
    ("to", "words"), [(BUILD, "is in Card issuing already"), (11, "is done"), (99, "no stage 99")]
)
def test_a_transfer_that_makes_no_sense_is_refused(two: Board, to: int, words: str) -> None:
    assert words in two.refused(c.TransferItem(1, to)).message


def test_what_has_ended_stays_with_the_stream_that_did_it(two: Board) -> None:
    two.done(c.MoveItem(1, DONE))
    assert "reopen it first" in two.refused(c.TransferItem(1, 8)).remedy
    two.done(c.ReopenItem(1), c.TransferItem(1, 8))


def test_limits_of_the_other_stream_hold(two: Board) -> None:
    two.done(c.SetStage(9, {"limit": 1, "limit_kind": "soft"}), c.AddItem(2, "theirs", 9))
    assert two.refused(c.TransferItem(1, 9)).code == "wip-soft"
    two.done(c.TransferItem(1, 9, reason="they have asked for it"))


def test_links_lead_to_an_item_wherever_it_goes(two: Board) -> None:
    two.done(c.AddEntity(TEAM, {"name": "Core"}), c.EditItem(1, {"team": 1}))
    two.done(c.LinkItems(1, 2, LinkKind.BLOCKS), c.TransferItem(1, 8))
    card = two.read.card(2, two.at)
    assert card is not None and card.waits_for == 1 and card.waits_on == ("Core",)


# -- many at once ------------------------------------------------------------------


def test_what_can_be_done_is_done_and_the_rest_is_told(board: Board) -> None:
    board.done(c.MoveItem(2, BUILD))
    moves = tuple(c.MoveItem(i, BUILD) for i in (1, 2, 3))
    done = board.anna.do_each(*moves)
    assert isinstance(done, ChangeGroup)
    ((command, refusal),) = done.refused
    assert command == moves[1] and "already in Build" in refusal.message
    assert board.item("CI-1").stage == board.item("CI-3").stage == BUILD
    assert isinstance(board.anna.undo(), ChangeGroup)
    assert [board.item(f"CI-{n}").stage for n in (1, 2, 3)] == [BACKLOG, BUILD, BACKLOG]


def test_what_was_done_alike_to_many_is_told_once_with_their_number(board: Board) -> None:
    board.done(c.AddItem(1, "four"), c.MoveItem(3, READY))
    done = board.done(*(c.MoveItem(i, BUILD) for i in (1, 2, 3)))
    assert done.label == "moved CI-1 and CI-2 from Backlog to Build; moved CI-3 from Ready to Build"
    undone = board.anna.undo()
    assert isinstance(undone, ChangeGroup) and undone.label == f"undid: {done.label}"
    many = board.done(*(c.BlockItem(i, BlockerKind.DECISION, "whose?") for i in (1, 2, 3)))
    assert many.label == "blocked 3 items (decision): whose?"
    named = board.done(*(c.EditItem(i, {"due": None, "labels": (f"l{i}",)}) for i in (1, 2, 3)))
    assert named.label.startswith("changed CI-1: ") and named.label.endswith(" and 2 more")


def test_a_soft_limit_is_asked_about_once_before_anything_is_done(board: Board) -> None:
    board.done(c.SetStage(BUILD, {"limit": 1}))
    before = board.read.position()
    asked = board.anna.do_each(*(c.MoveItem(i, BUILD) for i in (1, 2, 3)))
    assert isinstance(asked, Refusal) and asked.code == "wip-soft"
    assert asked.items == ("CI-2", "CI-3") and board.read.position() == before
    done = board.anna.do_each(*(c.MoveItem(i, BUILD, reason="release") for i in (1, 2, 3)))
    assert isinstance(done, ChangeGroup) and done.refused == ()


def test_a_hard_limit_lets_in_as_many_as_there_is_room_for(board: Board) -> None:
    board.done(c.SetStage(BUILD, {"limit": 2, "limit_kind": "hard"}))
    done = board.anna.do_each(*(c.MoveItem(i, BUILD) for i in (1, 2, 3)))
    assert isinstance(done, ChangeGroup)
    assert [refusal.code for _, refusal in done.refused] == ["wip-hard"]


def test_where_everything_is_refused_nothing_is_recorded(board: Board) -> None:
    before = board.read.position()
    done = board.anna.do_each(c.MoveItem(1, BACKLOG), c.ReopenItem(2))
    assert isinstance(done, ChangeGroup) and len(done.refused) == 2 and done.changes == ()
    assert board.read.position() == before
    undone = Session(board.path, actor="anna").undo()
    assert isinstance(undone, ChangeGroup) and "three" not in undone.label
