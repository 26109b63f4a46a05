"""Drafts of a map: the edit language, what edits make of a map, making real, undo, conflicts."""

from __future__ import annotations

import pytest

from tests.model.conftest import Board
from vsm.model import command as c
from vsm.model.decide.draft_map import apply_edits, on_map
from vsm.model.draft import Draft, pack_map, unpack_map
from vsm.model.draft_edits import (
    Edit,
    Insert,
    Merge,
    Retire,
    Set,
    SetEdge,
    Split,
    parse_edit,
)
from vsm.model.entities import DRAFT, GRANT, TEAM
from vsm.model.errors import BadInput, Refusal, RefusalCode
from vsm.model.limit_text import limits_of
from vsm.model.stream import Category, EdgeKind
from vsm.session import ChangeGroup, Session

ACTIVE = Category.ACTIVE


@pytest.fixture(name="board")
def with_test(board: Board) -> Board:
    """The stream with a stage Test behind Review."""
    board.done(c.AddStage(1, c.NewStage("Test", ACTIVE), after=board.stage("Review").id))
    return board


@pytest.mark.parametrize(
    ("text", "edit"),
    [
        ("insert Review after Build active", Insert("Review", "Build", ACTIVE)),
        ("add  Code review after Build", Insert("Code review", "Build", ACTIVE)),
        ("insert Waiting after Build queue", Insert("Waiting", "Build", Category.QUEUE)),
        ("split Build into Build,Self-test", Split("Build", "Build", "Self-test")),
        ('split "Code into" into A, "B, C"', Split("Code into", "A", "B, C")),
        ("merge Test with Release", Merge("Test", "Release")),
        ("merge Test with Release as Verify", Merge("Test", "Release", "Verify")),
        ("retire Test", Retire("Test")),
        ("RETIRE Test into Code review", Retire("Test", "Code review")),
        ("set Build limit 4 hard", Set("Build", "limit", "4 hard")),
        ("set Code review process 0.5d", Set("Code review", "process", "0.5d")),
        ("edge Test -> Build rework", SetEdge("Test", "Build", EdgeKind.REWORK)),
        ("edge Test→Build rework 10%", SetEdge("Test", "Build", EdgeKind.REWORK, 0.1)),
        ("edge Build -> Done 0%", SetEdge("Build", "Done", EdgeKind.FORWARD, 0.0)),
        ("edge Build -> Done none", SetEdge("Build", "Done", None)),
    ],
)
def test_edits_are_read(text: str, edit: Edit) -> None:
    assert parse_edit(text) == edit


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rename Build", "'rename Build' is no edit of a map. write one of: insert Review after"),
        ("split Build", "write it like this: split Build into Build,Self-test"),
        ("split Build into A,B,C", "write it like this: split Build into Build,Self-test"),
        ("set Build colour red", "fields are name, category, team, limit, policy, process, wait"),
        ("edge A -> B rework 120%", "'120%' is no share of the moves. give 0% up to below 100%"),
        ("set x limit " + "9" * 300, "an edit has 312 characters. write at most 300"),
    ],
)
def test_what_is_no_edit_says_the_forms(text: str, words: str) -> None:
    with pytest.raises(BadInput) as error:
        parse_edit(text)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("retire Nix", "edit 1 ('retire Nix'): stage 'Nix' is not on the map. stages are Backlog"),
        ("set Build process -1", "process time: '-1' is no time. write it as 0.5d 4h 90m, or none"),
        ("set Build process 1 fortnight", "write it as 0.5d 4h 90m, or none"),
        (
            "set Build ca 120%",
            "%C&A: '120%' is no share above 0 and up to 100%. write it as 80% or",
        ),
        ("set Build limit many", "the WIP limit 'many' is not understood"),
        ("set Build slots 0", "'0' is no number of parallel slots. give 3"),
        ("set Build team Nobody", "there is no team 'Nobody'. list them: vsm team list"),
        ("set Build category busy", "'busy' is no category. give backlog, queue, active"),
        ("insert Build after Test", "two stages are called 'Build'"),
        ("merge Ready with Review", "no forward edge leads from Ready to Review"),
        ("retire Build into Build", "Build goes: its items cannot stay there. name another stage"),
        ("retire Build into Done", "items of Build, which is active, would become done in Done"),
        ("edge Test -> Build", "forward edges go round in a circle"),
        ("edge Done -> Build none", "no edge leads from Done to Build"),
    ],
)
def test_an_edit_that_cannot_be_says_which_and_what_to_do(
    board: Board, text: str, words: str
) -> None:
    with pytest.raises(BadInput) as error:
        apply_edits(board.stream, [text])
    assert words in str(error.value)
    opened = board.refused(c.OpenDraft(1, "Future", (text,)))
    assert opened.code is RefusalCode.INVALID and words.split(". ")[0] in str(opened)


def names(board: Board) -> list[str]:
    """The stages on the board in their order."""
    return [stage.name for stage in board.stream.line]


EDITS = (
    "insert Sign-off after Review queue",
    "split Build into Code,Self-test",
    "set Self-test limit 2 hard",
    "retire Test",
    "set Code process 1d",
    "edge Review -> Code rework 5%",
)


def test_edits_make_a_map_and_leave_the_real_one(board: Board) -> None:
    before = board.stream
    drafted = apply_edits(before, EDITS)
    line = [stage.name for stage in drafted.stream.line]
    at = line.index("Code")
    assert line[at : at + 4] == ["Code", "Self-test", "Review", "Sign-off"]
    assert "Test" not in line
    new = [step.new for step in drafted.steps]
    assert new[:2] == [-1, -2] and not any(new[2:])
    self_test = drafted.stream.named("Self-test")
    assert self_test is not None and (self_test.id, self_test.limit) == (-2, 2)
    assert board.stream == before


def test_a_draft_keeps_the_map_that_it_began_with(board: Board) -> None:
    team = board.read.entities(TEAM)
    assert not team
    stream = board.stream
    again = unpack_map(pack_map(stream), stream.id)
    assert [(s.id, s.name, s.category, s.limit, s.limit_kind) for s in again.order] == [
        (s.id, s.name, s.category, s.limit, s.limit_kind) for s in stream.order
    ]
    assert again.edges == stream.edges and again.commitment == stream.commitment


def draft(board: Board, name: str = "Future") -> Draft:
    """A draft by its name."""
    return next(one for one in board.read.entities(DRAFT) if one.name == name)


def test_a_draft_is_made_real_as_one_group_that_one_undo_takes_back(board: Board) -> None:
    before = board.stream
    stage = board.stage("Test")
    board.done(c.MoveItem(1, stage.id))
    board.done(c.OpenDraft(1, "Future", EDITS))
    expected = [s.name for s in apply_edits(before, EDITS).stream.line]
    board.done(c.MakeDraft(draft(board).id, before_days=13.8, predicted_days=9.6))
    assert names(board) == expected
    code = board.stage("Code")
    assert code.id == before.named("Build").id  # type: ignore[union-attr]
    assert (code.process_days, board.stage("Self-test").limit) == (1.0, 2)
    assert board.item("CI-1").stage == board.stage("Sign-off").id
    made = draft(board)
    assert (made.state, made.made_at, made.predicted_days) == ("made", board.at, 9.6)
    undone = board.anna.undo()
    assert "undid" in str(undone)
    after = board.stream
    assert (after.stages, after.edges) == (before.stages, before.edges)
    assert board.item("CI-1").stage == stage.id and draft(board).is_open
    board.anna.redo()
    assert names(board) == expected and not draft(board).is_open


def test_a_made_draft_is_neither_edited_nor_made_again(board: Board) -> None:
    board.done(c.OpenDraft(1, "Future", ("set Build limit 9",)))
    board.done(c.MakeDraft(draft(board).id))
    for command in (c.EditDraft(1, ()), c.MakeDraft(1)):
        assert board.refused(command).message == "Future was made real"


def test_refused_edits_are_all_named_and_nothing_stays(board: Board) -> None:
    review, test = board.stage("Review"), board.stage("Test")
    board.done(c.SetStage(test.id, {"limit": 1, "limit_kind": "hard"}))
    for item in (1, 2):
        board.done(c.MoveItem(item, review.id))
    board.done(c.OpenDraft(1, "Future", ("set Build limit 9", "retire Review into Test")))
    before = board.stream
    refused = board.refused(c.MakeDraft(1))
    assert refused.message.startswith("1 edit of 2 cannot be made: 2 (retire Review into Test): ")
    assert refused.code is RefusalCode.WIP_HARD
    assert board.stream == before and draft(board).is_open


def test_a_map_that_changed_since_is_shown_three_way(board: Board) -> None:
    build, review = board.stage("Build"), board.stage("Review")
    board.done(c.OpenDraft(1, "Future", ("set Build limit 2", "set Review limit 3")))
    base = limits_of(build)
    board.done(c.SetStage(build.id, {"limit": 7}))
    refused = board.refused(c.MakeDraft(1))
    assert refused.code is RefusalCode.STALE
    assert refused.message == (
        f"the map has changed since Future was begun: Build: WIP limit {base} (base) · 7 soft"
        " (now) · 2 soft (draft)"
    )
    board.done(c.MakeDraft(1, {build.id: "theirs"}))
    assert (board.stage("Build").limit, board.stage("Review").limit) == (7, 3)
    board.anna.undo()
    board.done(c.MakeDraft(1, {build.id: "ours"}))
    assert (board.stage("Build").limit, board.stage("Review").limit) == (2, 3)
    assert review.id == board.stage("Review").id


def test_edits_of_a_stage_that_theirs_leaves_out_are_left_out_too(board: Board) -> None:
    build = board.stage("Build")
    edits = ("split Build into Code,Self-test", "set Self-test limit 2", "set Review limit 9")
    board.done(c.OpenDraft(1, "Future", edits))
    board.done(c.SetStage(build.id, {"name": "Construction"}))
    board.done(c.MakeDraft(1, {build.id: "theirs"}))
    assert "Self-test" not in names(board) and "Construction" in names(board)
    assert board.stage("Review").limit == 9


def test_a_change_elsewhere_is_no_conflict(board: Board) -> None:
    board.done(c.OpenDraft(1, "Future", ("set Build limit 2",)))
    board.done(c.SetStage(board.stage("Review").id, {"limit": 9}))
    new = c.NewStage("Lint", Category.ACTIVE)
    board.done(c.AddStage(1, new, after=board.stage("Build").id))
    board.done(c.MakeDraft(1))
    assert board.stage("Build").limit == 2 and "Lint" in names(board)


def test_of_two_who_edit_one_draft_none_is_lost(board: Board) -> None:
    board.done(c.OpenDraft(1, "Future"))
    board.done(c.EditDraft(1, ("set Build limit 2",), expected=()))
    refused = board.refused(c.EditDraft(1, ("retire Test",), expected=()))
    assert refused.code is RefusalCode.STALE
    assert draft(board).edits == ("set Build limit 2",)


def test_of_two_who_make_one_draft_real_the_second_is_told(board: Board) -> None:
    board.done(c.OpenDraft(1, "Future", ("split Build into Build,Self-test",)))
    ben = Session(board.path, actor="ben", clock=lambda: board.at)
    try:
        assert isinstance(ben.do(c.MakeDraft(1)), ChangeGroup)
        assert board.refused(c.MakeDraft(1)).message == "Future was made real"
        assert names(board).count("Self-test") == 1
    finally:
        ben.close()


def test_who_may_not_change_the_map_may_draft_but_not_make(board: Board) -> None:
    board.done(c.AddEntity(GRANT, {"login": "ben", "role": "member"}))
    ben = Session(board.path, actor="ben", clock=lambda: board.at)
    try:
        assert isinstance(ben.do(c.OpenDraft(1, "Future", ("set Build limit 2",))), ChangeGroup)
        refused = ben.do(c.MakeDraft(1))
        assert isinstance(refused, Refusal) and refused.code is RefusalCode.ROLE
        assert draft(board).is_open
    finally:
        ben.close()


def test_the_history_says_what_became_of_a_draft(board: Board) -> None:
    board.done(c.OpenDraft(1, "Future", ("set Build limit 2",)))
    board.done(c.EditDraft(1, ("set Build limit 3",)))
    made = board.done(c.MakeDraft(1, predicted_days=9.6))
    assert made.label.startswith("made Future real")
    board.anna.undo()
    dropped = board.done(c.RemoveEntity(DRAFT, 1))
    assert dropped.label == "dropped the future state Future"
    board.anna.undo()
    assert draft(board).edits == ("set Build limit 3",)


# -- limits and policies -----------------------------------------------------------------------

EXEMPT = {"limit": 4, "limit_kind": "hard", "class_limits": {"expedite": 1}, "exempt": ["expedite"]}


@pytest.mark.parametrize(
    ("edit", "limits"),
    [
        ("set Build limit 5", "5 hard, expedite +1"),
        ("set Build limit soft", "4 soft, expedite +1"),
        ("set Build limit expedite 2", "4 hard, expedite 2"),
        ("set Build limit none", "none"),
        ("split Build into Code,Self-test", "4 hard, expedite +1"),
    ],
)
def test_limits_that_an_edit_does_not_name_stay(board: Board, edit: str, limits: str) -> None:
    build = board.stage("Build")
    board.done(c.SetStage(build.id, EXEMPT))
    drafted = apply_edits(unpack_map(pack_map(board.stream), 1), [edit])
    assert str(limits_of(drafted.stream.stage(build.id))) == limits
    board.done(c.OpenDraft(1, "Future", (edit,)))
    board.done(c.MakeDraft(1))
    assert str(limits_of(board.stream.stage(build.id))) == limits


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"policy": "Two pairs of eyes"}, " (base) · Two pairs of eyes (now) · "),
        ({"class_limits": {"expedite": 1}}, "4 soft (base) · 4 soft, expedite 1 (now) · 4 soft"),
    ],
)
def test_policies_and_limits_of_classes_are_compared_too(
    board: Board, changes: dict[str, object], words: str
) -> None:
    board.done(c.OpenDraft(1, "Future", ("set Build process 1d",)))
    board.done(c.SetStage(board.stage("Build").id, changes))
    assert words in board.refused(c.MakeDraft(1)).message


def test_a_policy_is_taken_away(board: Board) -> None:
    assert board.stage("Build").policy
    board.done(c.OpenDraft(1, "Future", ("set Build policy none",)))
    board.done(c.MakeDraft(1))
    assert board.stage("Build").policy == ""


# -- another map than the one that a draft began with ------------------------------------------


def test_edits_are_applied_to_the_map_of_now_by_stage(board: Board) -> None:
    edits = ("split Build into Code,Self-test", "set Self-test limit 2", "retire Test")
    drafted = apply_edits(board.stream, edits)
    build, ready = board.stage("Build"), board.stage("Ready")
    board.done(c.SetStage(build.id, {"name": "Construction"}))
    board.done(c.SetStage(board.stage("Review").id, {"limit": 9}))
    board.done(c.NoteEdge(ready.id, build.id, "late"))
    now, refused = on_map(drafted.steps, board.stream)
    assert refused == () and now.steps == drafted.steps and now.base == board.stream
    line = {stage.name: stage.limit for stage in now.stream.line}
    assert (line["Self-test"], line["Review"]) == (2, 9) and "Test" not in line
    assert now.stream.stage(build.id).name == "Code"
    note = next(x.note for x in now.stream.edges if (x.source, x.target) == (ready.id, build.id))
    assert note == "late"


def test_an_edit_that_the_map_of_now_does_not_allow_is_left_out_and_named(board: Board) -> None:
    drafted = apply_edits(board.stream, ("insert Lint after Build", "set Review limit 9"))
    board.done(c.AddStage(1, c.NewStage("Lint", ACTIVE)))
    now, refused = on_map(drafted.steps, board.stream)
    assert [step.text for step in now.steps] == ["set Review limit 9"]
    assert len(refused) == 1 and refused[0].startswith("insert Lint after Build: ")


def test_an_edit_of_a_stage_that_was_undone_is_refused_by_name(board: Board) -> None:
    board.done(c.AddStage(1, c.NewStage("Lint", ACTIVE), after=board.stage("Build").id))
    ben = Session(board.path, actor="ben", clock=lambda: board.at)
    try:
        edits = ("split Lint into Lint,Format", "set Review limit 9")
        assert isinstance(ben.do(c.OpenDraft(1, "Future", edits)), ChangeGroup)
    finally:
        ben.close()
    lint = board.stage("Lint").id
    board.anna.undo()
    refused = board.refused(c.MakeDraft(1, {lint: "ours"}))
    assert "1 (split Lint into Lint,Format): a stage that it names is not there" in str(refused)


def test_where_the_map_stands_for_all_of_it_nothing_is_made_real(board: Board) -> None:
    build = board.stage("Build")
    board.done(c.OpenDraft(1, "Future", ("set Build limit 2",)))
    board.done(c.SetStage(build.id, {"limit": 7}))
    refused = board.refused(c.MakeDraft(1, {build.id: "theirs"}))
    assert refused.code is RefusalCode.STATE and draft(board).is_open
    assert refused.message == "no edit of Future is left where the map stands"


# -- who may drop one, and which ---------------------------------------------------------------


def test_a_draft_that_was_made_real_is_not_dropped_until_that_is_undone(board: Board) -> None:
    board.done(c.OpenDraft(1, "Future", ("set Build limit 9",)))
    board.done(c.MakeDraft(1))
    refused = board.refused(c.RemoveEntity(DRAFT, 1))
    assert refused.message == "Future was made real, and its prediction is to be judged"
    board.anna.undo()
    board.done(c.RemoveEntity(DRAFT, 1))


def test_a_draft_is_dropped_by_who_may_change_things_in_its_stream(board: Board) -> None:
    board.done(c.OpenDraft(1, "Future", ("set Build limit 9",)))
    board.done(c.AddEntity(GRANT, {"login": "ben", "role": "viewer", "only": 1}))
    ben = Session(board.path, actor="ben", clock=lambda: board.at)
    try:
        refused = ben.do(c.RemoveEntity(DRAFT, 1))
        assert isinstance(refused, Refusal) and refused.code is RefusalCode.ROLE
    finally:
        ben.close()
    assert draft(board).is_open
