"""WIP limits over several stages, and classes of service beside the limit of a stage."""

from __future__ import annotations

import pytest

from vsm.model import command as c
from vsm.model.group_limit import GroupLimit, group_text, groups_from, read_groups
from vsm.model.item import ClassOfService
from vsm.model.query_tree import Query
from vsm.model.stream import LimitKind
from vsm.store.doctor import examine
from vsm.store.sqlite import sqlite3

from .conftest import Board

BACKLOG, READY, BUILD, REVIEW, DONE = 1, 2, 3, 4, 5
EXPEDITE = ClassOfService.EXPEDITE
SOFT, HARD = LimitKind.SOFT, LimitKind.HARD


def together(board: Board, limit: int, kind: LimitKind = SOFT, name: str = "") -> None:
    """Limit Build and Review together; neither has a limit of its own."""
    for stage in (READY, BUILD, REVIEW):
        board.done(c.SetStage(stage, {"limit": None, "limit_kind": "none"}))
    group = GroupLimit((BUILD, REVIEW), limit, kind, name)
    board.done(c.SetStream(1, {"group_limits": (group,)}))


# -- over several stages ---------------------------------------------------------------


def test_a_soft_limit_over_stages_asks_for_a_reason_and_records_it(board: Board) -> None:
    together(board, 2)
    board.done(c.MoveItem(1, BUILD), c.MoveItem(2, REVIEW))
    refusal = board.refused(c.MoveItem(3, BUILD))
    assert refusal.code == "wip-soft"
    assert refusal.message == "Build + Review already holds 2 of 2 together"
    board.done(c.MoveItem(3, BUILD, reason="a promise"))
    (line, *_) = board.read.log(item=3)
    assert line.text.endswith("over the WIP limit (3 of 2 in Build + Review): a promise")


def test_a_hard_one_refuses_and_names_first_what_is_nearest_to_done(board: Board) -> None:
    together(board, 2, HARD, "In work")
    board.done(c.MoveItem(1, BUILD), c.MoveItem(2, REVIEW))
    refusal = board.refused(c.MoveItem(3, REVIEW, reason="please"))
    assert refusal.code == "wip-hard" and refusal.items == ("CI-2", "CI-1")
    assert refusal.message == "In work is full: 2 of 2 together"


def test_a_move_within_the_stages_does_not_count_twice(board: Board) -> None:
    together(board, 2, HARD)
    board.done(c.MoveItem(1, BUILD), c.MoveItem(2, BUILD))
    board.done(c.MoveItem(1, REVIEW))
    board.done(c.MoveItem(1, BUILD))
    assert board.refused(c.MoveItem(3, BUILD)).code == "wip-hard"
    board.done(c.MoveItem(1, DONE), c.MoveItem(3, BUILD))


def test_new_items_count_and_so_do_those_of_a_retired_stage(board: Board) -> None:
    together(board, 2, HARD)
    board.done(c.AddItem(1, "four", BUILD), c.MoveItem(1, REVIEW))
    assert board.refused(c.AddItem(1, "five", REVIEW)).code == "wip-hard"
    board.done(c.RetireStage(BUILD, REVIEW))
    assert board.item("CI-4").stage == REVIEW
    board.done(c.MoveItem(2, READY), c.MoveItem(3, READY))
    assert board.refused(c.RetireStage(READY, REVIEW)).code == "wip-hard"


def test_a_hard_limit_over_stages_goes_before_a_soft_one_of_the_stage(board: Board) -> None:
    together(board, 1, HARD)
    board.done(c.SetStage(BUILD, {"limit": 1}), c.MoveItem(1, BUILD))
    assert board.refused(c.MoveItem(2, BUILD, reason="please")).code == "wip-hard"


@pytest.mark.parametrize(
    ("group", "words"),
    [
        (GroupLimit((BUILD,), 2), "is of one stage"),
        (GroupLimit((BUILD, 99), 2), "names stage 99"),
        (GroupLimit((BUILD, DONE), 2), "'Done' is done: only queue and active stages"),
        (GroupLimit((BUILD, REVIEW), 0), "give 1 to"),
        (GroupLimit((BUILD, REVIEW), 2, LimitKind.NONE), "neither soft nor hard"),
    ],
)
def test_a_limit_over_stages_that_cannot_be_is_refused(
    board: Board, group: GroupLimit, words: str
) -> None:
    assert words in board.refused(c.SetStream(1, {"group_limits": (group,)})).message


def test_a_stage_is_in_one_limit_over_stages_at_most(board: Board) -> None:
    two = (GroupLimit((READY, BUILD), 2), GroupLimit((BUILD, REVIEW), 2))
    assert "'Build' is in two" in board.refused(c.SetStream(1, {"group_limits": two})).message


def test_it_is_undone_redone_and_known_as_of(board: Board) -> None:
    before = board.at
    board.at += 1_000_000
    together(board, 6, HARD)
    then = board.at
    board.at += 1_000_000
    board.done(c.SetStream(1, {"group_limits": ()}))
    assert board.stream.group_limits == ()
    assert [g.limit for g in board.read.configured(board.stream, then).group_limits] == [6]
    assert board.read.configured(board.stream, before).group_limits == ()
    board.anna.undo()
    assert board.stream.group_limits == (GroupLimit((BUILD, REVIEW), 6, HARD),)
    board.anna.undo(), board.anna.redo()
    assert board.stream.group_limits == (GroupLimit((BUILD, REVIEW), 6, HARD),)
    assert examine(board.path).ok


def test_a_stage_of_a_limit_cannot_be_undone_away(board: Board) -> None:
    from vsm.model.command import NewStage
    from vsm.model.errors import Refusal
    from vsm.model.stream import Category
    from vsm.session import Session

    board.done(c.AddStage(1, NewStage("Test", Category.ACTIVE), REVIEW))
    test = board.stage("Test").id
    other = Session(board.path, actor="ben", clock=lambda: board.at)
    other.do(c.SetStream(1, {"group_limits": (GroupLimit((REVIEW, test), 3),)}))
    other.close()
    refusal = board.anna.undo()
    assert isinstance(refusal, Refusal) and "which is not in the stream" in refusal.message


def test_the_board_says_how_many_count_and_the_header_which_are_over(board: Board) -> None:
    together(board, 1)
    board.done(c.MoveItem(1, BUILD), c.MoveItem(2, REVIEW, reason="both"))
    header = board.read.header(board.stream, board.at)
    assert header.over == (("Build + Review", 2, 1),)
    assert header.limit == 1, "the most that limits allow"
    past = board.read.past(board.stream, Query(), board.at)
    assert past.header.over == header.over


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("Build + Review 6 hard", (GroupLimit((BUILD, REVIEW), 6, HARD),)),
        ("build,rev 6", (GroupLimit((BUILD, REVIEW), 6),)),
        ("In work: Ready + Build 4 soft", (GroupLimit((READY, BUILD), 4, SOFT, "In work"),)),
        ("none", ()),
        ("", ()),
    ],
)
def test_limits_over_stages_are_read_from_words(
    board: Board, text: str, groups: tuple[GroupLimit, ...]
) -> None:
    assert read_groups(board.stream, text) == groups
    again = "; ".join(group_text(board.stream, group) for group in groups)
    assert read_groups(board.stream, again) == groups


@pytest.mark.parametrize("text", ["Build + Review", "Build + Nowhere 6", "6", "Build & 6 x"])
def test_words_that_are_no_limit_over_stages_say_what_to_write(board: Board, text: str) -> None:
    with pytest.raises(ValueError, match=r"write Build|there is no stage"):
        read_groups(board.stream, text)


# -- a class beside the limit ----------------------------------------------------------


def beside(board: Board, limit: int = 1, kind: str = "hard") -> None:
    """Build holds ``limit`` items, and one that is expedite beside them."""
    classes = {"class_limits": {"expedite": 1}, "exempt": ["expedite"]}
    board.done(c.SetStage(BUILD, {"limit": limit, "limit_kind": kind, **classes}))
    board.done(c.EditItem(1, {"service": "expedite"}))


def test_an_item_beside_the_limit_has_room_where_the_stage_is_full(board: Board) -> None:
    beside(board)
    board.done(c.MoveItem(2, BUILD), c.MoveItem(1, BUILD))
    board.done(c.MoveItem(2, READY))
    board.done(c.MoveItem(2, BUILD)), "the expedite one takes no place of the others"
    column = board.read.columns(board.stream, Query(), board.at)[2]
    assert (column.wip, column.counted, column.exempt, column.over) == (2, 1, 1, False)


def test_it_has_its_own_limit_all_the_same(board: Board) -> None:
    beside(board)
    board.done(c.EditItem(2, {"service": "expedite"}), c.MoveItem(1, BUILD))
    refusal = board.refused(c.MoveItem(2, BUILD, reason="please"))
    assert refusal.message == "Build is full: 1 of 1 expedite items"
    assert refusal.items == ("CI-1",)


def test_finishing_an_item_beside_the_limit_is_not_offered_as_making_room(board: Board) -> None:
    beside(board)
    board.done(c.MoveItem(1, BUILD), c.MoveItem(2, BUILD))
    assert board.refused(c.MoveItem(3, BUILD)).items == ("CI-2",)


def test_where_it_is_not_set_a_class_counts_into_the_limit_as_before(board: Board) -> None:
    board.done(
        c.SetStage(BUILD, {"limit": 1, "limit_kind": "hard", "class_limits": {"expedite": 1}})
    )
    board.done(c.EditItem(1, {"service": "expedite"}), c.MoveItem(1, BUILD))
    assert board.refused(c.MoveItem(2, BUILD)).message == "Build is full: 1 of 1"


def test_a_class_beside_the_limit_does_not_count_over_several_stages_either(board: Board) -> None:
    together(board, 1, HARD)
    beside(board, 5)
    board.done(c.MoveItem(1, BUILD), c.MoveItem(2, BUILD))
    assert board.refused(c.MoveItem(1, REVIEW)).code == "wip-hard", "there it counts"


def test_a_class_without_a_limit_cannot_be_beside_one(board: Board) -> None:
    refusal = board.refused(
        c.SetStage(BUILD, {"limit": 4, "class_limits": {"expedite": 1}, "exempt": ["intangible"]})
    )
    assert "intangible items of 'Build' need a limit of their own" in refusal.message


def test_taking_the_limit_of_a_class_away_takes_it_from_beside_too(board: Board) -> None:
    beside(board, 4)
    board.done(c.SetStage(BUILD, {"class_limits": {}}))
    assert board.stage("Build").exempt == ()
    board.anna.undo()
    assert board.stage("Build").exempt == (EXPEDITE,)
    assert examine(board.path).ok


def test_it_is_known_as_of_and_told_in_the_log(board: Board) -> None:
    before = board.at
    board.at += 1_000_000
    beside(board, 4)
    past = board.read.configured(board.stream, before).named("Build")
    assert past is not None and past.exempt == ()
    texts = [change.text for change in board.read.log()]
    assert any("classes beside the WIP limit none → expedite" in text for text in texts)


def test_an_undo_that_brings_an_item_back_beside_the_limit_is_no_overrun(board: Board) -> None:
    beside(board)
    board.done(c.MoveItem(1, BUILD))
    board.done(c.MoveItem(1, REVIEW))
    board.done(c.MoveItem(2, BUILD))
    look = sqlite3.connect(board.path)
    board.anna.undo(), board.anna.undo()
    (payload,) = look.execute("SELECT payload FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    look.close()
    assert "move_retracted" not in payload and "over" not in payload


def test_stored_groups_of_before_had_no_name_nor_kind() -> None:
    assert groups_from([{"stages": [1, 2], "limit": 3}]) == (GroupLimit((1, 2), 3, SOFT, ""),)


def test_the_most_that_limits_allow_has_exempt_items_beside_limits_over_stages(
    board: Board,
) -> None:
    together(board, 2)
    beside(board, 2)
    assert board.stream.committed_limit == 2 + 1, "Review has no limit: the group's, and expedite"
    board.done(c.SetStage(REVIEW, {"limit": 1}))
    assert board.stream.committed_limit == 2 + 1
    group = GroupLimit((BUILD, REVIEW), 5)
    board.done(c.SetStream(1, {"group_limits": (group,)}))
    assert board.stream.committed_limit == 2 + 1 + 1, "the stages' own limits are less"
