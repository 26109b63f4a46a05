"""Rules on what people may do, through a real session on a real file."""

from __future__ import annotations

import pytest

from tests.model.conftest import Board
from tests.samples.streams import kanban
from vsm.model import command as c
from vsm.model.entities import TEAM
from vsm.model.item import BlockerKind, ClassOfService, DependencyState, LinkKind
from vsm.model.stream import Category, EdgeKind, LimitKind
from vsm.session import Session

BACKLOG, READY, BUILD, REVIEW, DONE, DROPPED = range(1, 7)


def test_a_new_item_gets_the_next_key_and_lands_in_the_first_stage(board: Board) -> None:
    done = board.done(c.AddItem(1, "  four\tmore  "))
    assert "CI-4" in done.label
    assert board.item("ci-4").stage == BACKLOG
    assert board.item("CI-4").title == "four more"


def test_keys_of_items_taken_back_are_not_given_again(board: Board) -> None:
    board.anna.undo()
    board.done(c.AddItem(1, "other"))
    assert board.item("CI-4").title == "other"
    assert board.item("CI-4").id == 4
    assert board.read.find_key("CI-3") is None


@pytest.mark.parametrize("key", ["PAY 1", "1-PAY", "PAY", "PAY-", "PÄY-1", "PAY-1\x1b[2J", ""])
def test_a_key_must_look_like_one(board: Board, key: str) -> None:
    assert "PAY-131" in board.refused(c.AddItem(1, "x", key=key)).remedy


def test_a_soft_limit_asks_for_a_reason_and_records_it(board: Board) -> None:
    board.done(c.SetStage(READY, {"limit": 1}))
    board.done(c.MoveItem(1, READY))
    refusal = board.refused(c.MoveItem(2, READY))
    assert refusal.code == "wip-soft"
    assert "Ready already holds 1 of 1" in refusal.message
    done = board.done(c.MoveItem(2, READY, reason="promised"))
    assert "over the WIP limit (2 of 1): promised" in done.label


def test_a_hard_limit_refuses_and_says_what_to_finish_first(board: Board) -> None:
    board.done(c.SetStage(READY, {"limit": 2, "limit_kind": "hard"}))
    board.done(c.MoveItem(2, READY))
    board.done(c.MoveItem(1, READY))
    board.done(c.BlockItem(2, BlockerKind.EXTERNAL, "waiting"))
    refusal = board.refused(c.MoveItem(3, READY, reason="please"))
    assert refusal.code == "wip-hard"
    assert refusal.items == ("CI-1",)  # the blocked one cannot be finished
    assert "Ready is full: 2 of 2. finish one of these first: CI-1" in str(refusal)


def test_a_limit_binds_new_and_reopened_items_too(board: Board) -> None:
    board.done(c.MoveItem(1, BUILD), c.MoveItem(1, DONE))
    board.done(c.MoveItem(2, BUILD), c.SetStage(BUILD, {"limit": 1, "limit_kind": "hard"}))
    assert board.refused(c.AddItem(1, "x", stage=BUILD)).code == "wip-hard"
    assert board.refused(c.ReopenItem(1)).code == "wip-hard"


def test_a_group_is_all_or_nothing(board: Board) -> None:
    board.refused(c.MoveItem(1, BUILD), c.MoveItem(2, 99))
    assert board.item("CI-1").stage == BACKLOG


def test_a_stale_change_is_refused_and_names_who_and_what(board: Board) -> None:
    bob = Session(board.read.path, actor="bob")
    bob.do(c.MoveItem(1, REVIEW))
    refusal = board.refused(c.MoveItem(1, BUILD, expected_version=1))
    assert refusal.code == "stale"
    assert "bob moved it from Backlog to Review" in refusal.message
    bob.close()


def test_stages_of_other_streams_are_refused_by_name(board: Board) -> None:
    board.done(kanban("Mobile", "UTC", "MO"))
    assert "'Ready' belongs to Mobile" in board.refused(c.MoveItem(1, 8)).message


def test_blocking_needs_a_reason_and_happens_once(board: Board) -> None:
    assert "needs a reason" in board.refused(c.BlockItem(1, BlockerKind.OTHER, "  ")).message
    board.done(c.BlockItem(1, BlockerKind.DECISION, "who pays?"))
    assert (
        "decision: who pays?" in board.refused(c.BlockItem(1, BlockerKind.OTHER, "again")).message
    )
    board.done(c.UnblockItem(1))
    assert "is not blocked" in board.refused(c.UnblockItem(1)).message


def test_dropping_makes_the_stage_where_there_is_none(board: Board) -> None:
    board.done(
        c.CreateStream(
            "Bare", (c.NewStage("Do", Category.ACTIVE), c.NewStage("End", Category.DONE))
        )
    )
    board.done(c.AddItem(2, "x"))
    board.done(c.DropItem(4, "not worth it"))
    stream = board.read.stream_named("Bare")
    assert [s.name for s in stream.order] == ["Do", "End", "Dropped"]
    assert stream.stage(board.item("BARE-1").stage).name == "Dropped"
    board.anna.undo()
    assert [s.name for s in board.read.stream_named("Bare").order] == ["Do", "End"]


def test_reopening_goes_back_to_where_the_item_came_from(board: Board) -> None:
    board.done(c.MoveItem(1, REVIEW), c.MoveItem(1, DONE))
    board.done(c.ReopenItem(1))
    assert board.item("CI-1").stage == REVIEW
    assert "neither done nor dropped" in board.refused(c.ReopenItem(1)).message


def test_an_archived_item_is_left_alone_until_it_is_back(board: Board) -> None:
    board.done(c.ArchiveItem(1))
    assert "is archived" in board.refused(c.MoveItem(1, READY)).message
    board.done(c.ArchiveItem(1, archived=False))
    board.done(c.MoveItem(1, READY))


def test_a_circle_of_blocks_is_refused_and_named(board: Board) -> None:
    board.done(c.LinkItems(1, 2, LinkKind.BLOCKS), c.LinkItems(2, 3, LinkKind.BLOCKS))
    refusal = board.refused(c.LinkItems(3, 1, LinkKind.BLOCKS))
    assert refusal.code == "cycle"
    assert "CI-3 → CI-1 → CI-2 → CI-3" in refusal.message


def test_relates_has_no_direction(board: Board) -> None:
    board.done(c.LinkItems(2, 1, LinkKind.RELATES))
    assert "already" in board.refused(c.LinkItems(1, 2, LinkKind.RELATES)).message
    board.done(c.UnlinkItems(1, 2, LinkKind.RELATES))


def test_an_item_is_not_its_own_ancestor(board: Board) -> None:
    board.done(c.LinkItems(1, 2, LinkKind.PARENT))
    assert board.item("CI-2").parent == "CI-1"
    assert board.refused(c.EditItem(1, {"parent": "CI-2"})).code == "cycle"
    assert board.refused(c.EditItem(1, {"parent": "CI-1"})).code == "cycle"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": " \n"}, "the title is empty"),
        ({"title": "x" * 501}, "500 are allowed"),
        ({"title": "a\x00b"}, "NUL"),
        ({"due": "tomorrow"}, "YYYY-MM-DD"),
        ({"due": "2026-02-30"}, "YYYY-MM-DD"),
        ({"estimate": -1}, "0 or more"),
        ({"estimate": "nan"}, "0 or more"),
        ({"service": "urgent"}, "expedite, fixed-date, standard, intangible"),
        ({"team": 99}, "no team 99"),
        ({"parent": "NO-1"}, "no item NO-1"),
        ({"colour": "red"}, "no field 'colour'"),
    ],
)
def test_a_bad_field_is_refused_with_what_to_do(
    board: Board, changes: dict[str, object], words: str
) -> None:
    assert words in str(board.refused(c.EditItem(1, changes)))


def test_editing_records_only_what_differs(board: Board) -> None:
    done = board.done(c.EditItem(1, {"title": "one", "owner": "bob", "labels": "a, A ,b"}))
    assert done.changes[0].text == "changed CI-1: owner none → bob, labels none → a, b"
    assert board.item("CI-1").labels == ("a", "b")
    assert board.refused(c.EditItem(1, {"owner": "bob"})).message == "CI-1 has owner bob already"
    for command, words in (
        (c.EditItem(1, {"due": None}), "CI-1 has no due date already"),
        (c.EditItem(1, {"labels": "a, b"}), "CI-1 has labels a, b already"),
        (
            c.EditItem(1, {"owner": "bob", "due": None}),
            "CI-1 has these values already: owner and due",
        ),
        (c.ArchiveItem(1, False), "CI-1 is not archived"),
        (c.SetStream(1, {"zone": "UTC"}), "has this value already: time zone"),
    ):
        assert words in board.refused(command).message
    both = (c.EditItem(1, {"owner": "bob"}), c.EditItem(1, {"due": None}))
    assert board.refused(*both).message == "everything is like that already"


def order(board: Board) -> list[str]:
    from vsm.model.query_tree import Query

    stream = board.read.stream_named("Card")
    return [card.key for card in board.read.cards(stream, BACKLOG, 0, 99, Query(), 0)]


def test_reordering_stays_within_the_group_and_keeps_expedite_on_top(board: Board) -> None:
    board.done(c.ReorderItem(3, -1))
    assert order(board) == ["CI-1", "CI-3", "CI-2"]
    board.done(c.EditItem(2, {"service": ClassOfService.EXPEDITE}))
    assert order(board) == ["CI-2", "CI-1", "CI-3"]
    assert "top" in board.refused(c.ReorderItem(1, -1)).message
    board.done(c.ReorderItem(1, 5))
    assert order(board) == ["CI-2", "CI-3", "CI-1"]


def test_neighbours_without_a_gap_are_spread_anew_in_the_same_order(board: Board) -> None:
    board.done(*(c.AddItem(1, f"more {n}") for n in range(3)))
    for n in range(60):
        board.done(c.ReorderItem(6, -4 if n % 2 == 0 else 4))
        board.done(c.ReorderItem(5, -3 if n % 2 == 0 else 3))
    assert sorted(order(board)) == [f"CI-{n}" for n in range(1, 7)]
    respaced = [x for x in board.read.log(limit=500) if "spread the order" in x.text]
    for _ in range(45):  # wedge an item ever closer between the first two
        board.done(c.ReorderItem(board.item(order(board)[-1]).id, -4))
    respaced = [x for x in board.read.log(limit=500) if "spread the order" in x.text]
    assert respaced, "45 halvings must have used up a gap of 2^20"
    assert len(order(board)) == 6


def test_done_is_ordered_by_time_not_by_hand(board: Board) -> None:
    board.done(c.MoveItem(1, DONE))
    assert "ordered by when items came" in board.refused(c.ReorderItem(1, 1)).message


# -- streams and stages ----------------------------------------------------------------


def test_a_stage_is_inserted_into_the_line(board: Board) -> None:
    board.done(c.AddStage(1, c.NewStage("Test", Category.ACTIVE, 3, team="Quality"), after=BUILD))
    stream = board.read.stream_named(None)
    assert [s.name for s in stream.order] == [
        "Backlog", "Ready", "Build", "Test", "Review", "Done", "Dropped",
    ]  # fmt: skip
    test = stream.find("Test")
    assert test is not None and stream.reaches(BUILD, test.id) and stream.reaches(test.id, REVIEW)
    assert test.limit_kind is LimitKind.SOFT
    assert [t.name for t in board.read.teams()] == ["Quality"]


def test_a_stream_that_could_not_work_is_refused(board: Board) -> None:
    refusal = board.refused(c.AddEdge(REVIEW, READY))
    assert "Ready → Build → Review → Ready" in refusal.message
    board.done(c.AddEdge(REVIEW, BUILD, EdgeKind.REWORK))
    assert (
        "no stage has the category done"
        in board.refused(c.SetStage(DONE, {"category": "active"})).message
    )
    assert (
        "must be a queue or active"
        in board.refused(c.SetStream(1, {"commitment": BACKLOG})).message
    )
    assert "Europe/Berlin" in board.refused(c.SetStream(1, {"zone": "Mars"})).message


def test_a_changed_commitment_changes_what_counts_as_started(board: Board) -> None:
    board.done(c.MoveItem(1, READY))
    assert board.read.streams()[0].wip == 1
    board.done(c.SetStream(1, {"commitment": BUILD}))
    assert board.read.streams()[0].wip == 0
    board.anna.undo()
    assert board.read.streams()[0].wip == 1


def test_names_are_unique_in_any_letter_case(board: Board) -> None:
    assert "is a stream called" in board.refused(kanban("CARD ISSUING", "UTC", "X")).message
    assert "two stages are called" in board.refused(c.SetStage(READY, {"name": "build"})).message
    board.done(c.AddEntity(TEAM, {"name": "Core"}))
    assert "is a team called" in board.refused(c.AddEntity(TEAM, {"name": " core "})).message


def test_what_blocked_an_item_ends_when_the_item_ends(board: Board) -> None:
    board.done(c.BlockItem(1, BlockerKind.EXTERNAL, "waits for the bank"))
    board.done(c.MoveItem(1, BUILD))
    assert board.item("CI-1").block is not None  # moving on is allowed, and the blocker stays
    done = board.done(c.MoveItem(1, DONE))
    assert done.label == "unblocked CI-1; moved CI-1 from Build to Done"
    assert board.item("CI-1").block is None
    board.anna.undo()
    blocked = board.item("CI-1")
    assert blocked.stage == BUILD and blocked.block is not None


def test_a_dependency_is_asked_for_answered_and_taken_back(board: Board) -> None:
    board.done(c.AgreeDependency(1, 2, DependencyState.PROPOSED, "2026-12-24"))
    assert "already" in board.refused(c.LinkItems(1, 2, LinkKind.BLOCKS)).message
    again = c.AgreeDependency(1, 2, DependencyState.PROPOSED, "2026-12-24")
    assert "needed by 2026-12-24 already" in board.refused(again).message
    board.done(c.AgreeDependency(1, 2, DependencyState.ACCEPTED))
    assert agreed(board) == [("CI-1", "CI-2", "accepted", "2026-12-24")]
    board.anna.undo()
    assert agreed(board) == [("CI-1", "CI-2", "proposed", "2026-12-24")]
    board.done(c.AgreeDependency(1, 2, None, None))
    assert agreed(board) == [("CI-1", "CI-2", "proposed", None)]
    board.done(c.UnlinkItems(1, 2, LinkKind.BLOCKS))
    assert agreed(board) == []
    board.anna.undo()
    assert agreed(board) == [("CI-1", "CI-2", "proposed", None)]


def test_what_is_asked_for_cannot_close_a_circle_and_needs_a_date_that_is_one(board: Board) -> None:
    board.done(c.LinkItems(1, 2, LinkKind.BLOCKS))
    assert board.refused(c.AgreeDependency(2, 1, DependencyState.PROPOSED)).code == "cycle"
    refusal = board.refused(c.AgreeDependency(1, 2, DependencyState.PROPOSED, "soon"))
    assert "'soon' is no date" in refusal.message and refusal.remedy


def agreed(board: Board) -> list[tuple[object, ...]]:
    rows = board.read._conn.execute("SELECT source, target, state, need_by FROM agreement")
    return [tuple(row) for row in rows]
