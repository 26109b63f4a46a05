"""Every way by which an item can come into a stage, against gates that bind.

A command or a door of the session that is in no table of this file fails the last tests: whoever
adds one says which gates it meets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import pytest

from tests.model.conftest import Board
from tests.model.controls import add_control, set_mode
from tests.samples.streams import kanban
from vsm.model import command as c
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.governance_entities import MODE, WAIVER
from vsm.model.history import Entry, ImportPlan, ItemHistory
from vsm.model.rules import from_micros
from vsm.model.stream import Category
from vsm.session import ChangeGroup, Session
from vsm.store import dump

GATES = {"enter": "enter Review", "leave": "leave Build", "start": "start", "finish": "finish"}
"""The gates that every way is tried against, each alone. No item passes any of them."""


@dataclass(frozen=True)
class Way:
    """A way of ``CI-1`` into a stage: what comes before the gate is set, and the try itself.

    ``refusing`` are the gates that refuse it, ``tolerating`` those that let it pass on record; all
    others are not asked.
    """

    act: Callable[[Board], Any]
    refusing: str = ""
    before: Callable[[Board], Any] = lambda board: None
    tolerating: str = ""


def to(*names: str) -> Callable[[Board], Any]:
    """Move the item through these stages."""

    def move(board: Board) -> Any:
        result: Any = None
        for name in names:
            result = board.anna.do(c.MoveItem(1, board.stage(name).id))
        return result

    return move


def add(name: str) -> Callable[[Board], Any]:
    return lambda board: board.anna.do(c.AddItem(1, "four", board.stage(name).id))


def in_bulk(name: str) -> Callable[[Board], Any]:
    def move(board: Board) -> Any:
        done = board.anna.do_each(c.MoveItem(1, board.stage(name).id))
        refused = done.refused if isinstance(done, ChangeGroup) else ()
        return refused[0][1] if refused else done

    return move


def in_batch(name: str) -> Callable[[Board], Any]:
    def move(board: Board) -> Any:
        decided, done = board.anna.do_batch(lambda _: [c.MoveItem(1, board.stage(name).id)])
        return decided.refused[0].refusal if decided.refused else done

    return move


def reopened(name: str) -> Callable[[Board], Any]:
    return lambda board: board.anna.do(c.ReopenItem(1, board.stage(name).id))


def dropped(name: str) -> Callable[[Board], Any]:
    """Move it to a stage, then drop it."""

    def drop(board: Board) -> Any:
        if name != "Backlog":
            to(name)(board)
        return board.anna.do(c.DropItem(1, "no need"))

    return drop


def transferred(name: str, stream: str = "Other") -> Callable[[Board], Any]:
    def transfer(board: Board) -> Any:
        stage = board.read.stream_named(stream).named(name)
        assert stage is not None
        return board.anna.do(c.TransferItem(1, stage.id))

    return transfer


def one_by_one(*parts: Callable[[Board], Any]) -> Callable[[Board], Any]:
    return lambda board: [part(board) for part in parts]


def set_owner(item: int) -> Callable[[Board], Any]:
    return lambda board: board.done(c.EditItem(item, {"owner": "anna"}))


def expedited(board: Board) -> None:
    board.done(c.EditItem(1, {"service": "expedite"}))


def late(board: Board) -> Any:
    board.at += 3_600_000_000
    at = board.at - 60_000_000
    return board.anna.do(c.MoveItem(1, board.stage("Review").id, reason="forgot", at=at))


def undone(*names: str) -> Callable[[Board], Any]:
    return one_by_one(to(*names), lambda board: board.anna.undo())


def again(board: Board) -> Any:
    return board.anna.redo()


def retired(board: Board) -> Any:
    return board.anna.do(c.RetireStage(board.stage("Build").id, board.stage("Review").id))


def merged(board: Board) -> Any:
    return board.anna.do(c.MergeStages(board.stage("Build").id, board.stage("Review").id))


def split(board: Board) -> Any:
    return board.anna.do(c.SplitStage(board.stage("Build").id, ("Build", "Check"), (1,)))


def archived(board: Board) -> None:
    to("Build")(board)
    board.done(c.ArchiveItem(1))


def drafted(board: Board) -> None:
    to("Build")(board)
    board.done(c.OpenDraft(1, "Leaner", ("retire Build into Review",)))


def closed(board: Board) -> None:
    to("Done")(board)
    board.done(c.AddStage(1, c.NewStage("Closed", Category.DONE), after=board.stage("Done").id))


def imported(board: Board) -> Any:
    """A history of another tool: facts that are evaluated later."""
    entries = tuple(
        Entry(n * 86_400_000_000, name, f"1-{n}", "u1")
        for n, name in enumerate(("Backlog", "Build", "Review", "Done"))
    )
    history = ItemHistory("X-1", "X-1", "from elsewhere", entries, "line 1")
    stages = tuple((s.name, s.category) for s in board.stream.line)
    return board.anna.import_histories(
        ImportPlan(HOME, "UTC", stages, None, "csv", "f.csv", "0" * 64, [history])
    )


def copied(board: Board) -> Any:
    """The journal in a database of its own: what was decided is not decided again."""
    copy = Session(board.path.with_name("copy.db"), actor="bo")
    journal = [line.encode() for line in dump.lines(board.read._conn)]
    entries = copy.import_journal(journal, "j.jsonl")
    copy.close()
    return entries


HOME = "Card issuing"

WAYS: dict[str, Way] = {
    "add": Way(add("Review"), "enter start"),
    "add as done": Way(add("Done"), "start finish"),
    "move to the point of commitment": Way(to("Ready"), "start"),
    "move on": Way(to("Review"), "enter leave", to("Build")),
    "move to done": Way(to("Done"), "finish", to("Review")),
    "skip a stage": Way(to("Review"), "enter leave", to("Ready")),
    "go one step back, then past": Way(to("Review"), "enter leave", to("Build", "Ready")),
    "move from done to done": Way(to("Closed"), "", closed),
    "move back": Way(to("Build"), "", to("Review")),
    "move in bulk": Way(in_bulk("Review"), "enter leave", to("Build")),
    "move in a batch": Way(in_batch("Review"), "enter leave", to("Build")),
    "move several at once": Way(
        lambda board: board.anna.do(
            *(c.MoveItem(item, board.stage("Review").id) for item in (2, 1))
        ),
        "enter leave",
        one_by_one(
            to("Build"),
            set_owner(2),
            lambda board: board.done(c.MoveItem(2, board.stage("Build").id)),
        ),
    ),
    "enter a move late": Way(late, "enter leave", to("Build")),
    "move in an emergency": Way(
        lambda board: board.anna.do(
            c.MoveItem(1, board.stage("Review").id, emergency="site is down")
        ),
        "",
        one_by_one(to("Build"), expedited),
        tolerating="enter leave",
    ),
    "drop": Way(lambda board: board.anna.do(c.DropItem(1)), "", to("Build")),
    "reopen what was done": Way(reopened("Review"), "enter", to("Done")),
    "reopen what was dropped before its start": Way(reopened("Ready"), "start", dropped("Backlog")),
    "reopen what was dropped on its way": Way(reopened("Review"), "enter leave", dropped("Build")),
    "move what was dropped": Way(to("Review"), "enter leave", dropped("Build")),
    "reopen where it was": Way(reopened("Build"), "", dropped("Build")),
    "transfer": Way(transferred("Ready"), "leave start", to("Build")),
    "transfer back": Way(
        transferred("Review", HOME),
        "enter leave start",
        one_by_one(to("Build"), transferred("Backlog")),
    ),
    "transfer back after a step back": Way(
        transferred("Review", HOME),
        "enter leave start",
        one_by_one(to("Build", "Ready"), transferred("Backlog")),
    ),
    "retire a stage": Way(retired, "enter leave", to("Build")),
    "retire a stage of archived items": Way(retired, "enter leave", archived),
    "merge stages": Way(merged, "enter leave", to("Build")),
    "split a stage": Way(split, "leave", to("Build")),
    "make a draft real": Way(lambda board: board.anna.do(c.MakeDraft(1)), "enter leave", drafted),
    "undo": Way(lambda board: board.anna.undo(), "", to("Review", "Build")),
    "redo": Way(again, "enter leave start", undone("Review")),
    "redo what was added": Way(
        again, "enter start", one_by_one(add("Review"), lambda board: board.anna.undo())
    ),
    "redo a transfer": Way(
        again,
        "leave start",
        one_by_one(to("Build"), transferred("Ready"), lambda board: board.anna.undo()),
    ),
    "redo of retiring a stage": Way(
        again, "enter leave", one_by_one(to("Build"), retired, lambda board: board.anna.undo())
    ),
    "import": Way(imported),
    "import a journal": Way(copied, "", to("Review")),
}


MOVING: dict[type[Any], str] = {
    c.AddItem: "add",
    c.MoveItem: "move on",
    c.DropItem: "drop",
    c.ReopenItem: "reopen what was done",
    c.TransferItem: "transfer",
    c.RetireStage: "retire a stage",
    c.MergeStages: "merge stages",
    c.SplitStage: "split a stage",
    c.MakeDraft: "make a draft real",
}
"""Commands that bring items into stages, and a way of each."""
STAYING = {
    *(c.CreateStream, c.SetStream, c.AddStage, c.SetStage, c.PlaceStage, c.RestoreStage),
    *(c.AddEdge, c.NoteEdge, c.RemoveEdge, c.AddEntity, c.ChangeEntity, c.RemoveEntity),
    *(c.OpenDraft, c.EditDraft, c.EditItem, c.ReorderItem, c.BlockItem, c.UnblockItem),
    *(c.ArchiveItem, c.CommentItem, c.LinkItems, c.UnlinkItems, c.AgreeDependency),
    *(c.AddEvidence, c.RecordCheck, c.AddKey, c.RevokeKey, c.ReviewAccess),
    *(c.AddToSprint, c.RemoveFromSprint, c.StartSprint, c.CloseSprint, c.JudgeSprint),
    *(c.RecordDeployment, c.RecordIncident, c.RecordChange),
    *(c.DecideInitiative, c.ReviewDecision),
}
"""Commands that leave every item in its stage."""
DOORS = {
    "do": "move on",
    "do_each": "move in bulk",
    "do_batch": "move in a batch",
    "undo": "undo",
    "redo": "redo",
    "import_histories": "import",
    "import_journal": "import a journal",
}
"""Methods of the session that may bring items into stages, and a way through each."""
OTHER_DOORS = {"open", "close", "preview_undo", "forget", "take_out", "rebuild"}


@pytest.fixture
def governed(board: Board) -> Board:
    """The board with a second stream and all controls, but no mode."""
    board.done(kanban("Other", "UTC", "OT"))
    for name, applies in GATES.items():
        board.done(add_control(name=name, applies=applies))
    return board


def switch_on(board: Board, gate: str) -> None:
    """Have somebody else make a gate bind in both streams, so that undo lists stay as they are."""
    pia = Session(board.path, actor="pia", clock=lambda: board.at)
    day = from_micros(board.at).date().isoformat()
    number = list(GATES).index(gate) + 1
    for stream in (1, 2):
        mode = {**set_mode("controlling", day, control=number).values, "only": stream}
        assert isinstance(pia.do(c.AddEntity(MODE, mode)), ChangeGroup)
    pia.close()


@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize("way", WAYS)
def test_a_way_into_a_stage_meets_its_gates(governed: Board, way: str, gate: str) -> None:
    chosen = WAYS[way]
    chosen.before(governed)
    switch_on(governed, gate)
    before = governed.item("CI-1")
    result = chosen.act(governed)
    verdicts = governed.read._conn.execute("SELECT disposition FROM evaluation").fetchall()
    if gate in chosen.refusing.split():
        assert isinstance(result, Refusal), f"{way} passes {gate}"
        assert result.code is RefusalCode.GATE, result
        assert governed.item("CI-1") == before
        assert verdicts == [("enforced",)], "the try is on record"
    else:
        assert not isinstance(result, Refusal), result
        assert verdicts == [("tolerated",)] * (gate in chosen.tolerating.split())


def test_a_stage_beside_the_path_of_an_item_is_not_left(governed: Board) -> None:
    """Two stages between which the map chooses: neither is skipped by who takes the other."""
    board = governed
    ready, build, review = (board.stage(name).id for name in ("Ready", "Build", "Review"))
    board.done(c.AddStage(1, c.NewStage("Outside", Category.ACTIVE), after=build))
    outside = board.stage("Outside").id
    board.done(c.AddEdge(ready, outside), c.AddEdge(build, review), c.RemoveEdge(build, outside))
    to("Ready")(board)
    switch_on(board, "leave")
    board.done(c.MoveItem(1, outside))
    board.done(c.MoveItem(1, review))
    assert board.read._conn.execute("SELECT count(*) FROM evaluation").fetchone() == (0,)


def test_a_refused_transfer_is_kept_by_the_stream_that_refused_it(
    governed: Board, tmp_path: Path
) -> None:
    to("Build")(governed)
    switch_on(governed, "leave")
    assert isinstance(transferred("Ready")(governed), Refusal)
    (stream,) = governed.read._conn.execute("SELECT stream FROM evaluation").fetchone()
    assert stream == 1
    governed.done(c.EditItem(1, {"owner": "anna"}))
    transferred("Ready")(governed)
    rows = governed.read._conn.execute("SELECT stream, verdict FROM evaluation ORDER BY seq")
    assert rows.fetchall() == [(1, "fail"), (1, "pass")]
    copy = Session(tmp_path / "copy.db", actor="bo")
    journal = [line.encode() for line in dump.lines(governed.read._conn)]
    assert copy.import_journal(journal, "j.jsonl") == governed.read.position()
    copy.close()


def test_every_command_that_moves_items_is_tried() -> None:
    commands = set(get_args(c.Command))
    assert commands == MOVING.keys() | STAYING, "say which gates the new command meets"
    assert set(MOVING.values()) <= WAYS.keys()


def test_every_door_of_the_session_is_tried() -> None:
    doors = {name for name in vars(Session) if not name.startswith("_")}
    assert doors == DOORS.keys() | OTHER_DOORS, "say which gates the new door meets"
    assert set(DOORS.values()) <= WAYS.keys()


def test_what_a_refusal_says_to_do_leads_on(governed: Board) -> None:
    """A waiver as the refusal names it, granted, lets the same try pass."""
    board = governed
    day = from_micros(board.at).date()
    values = {"control": 1, "reason": "r", "start": day.isoformat(), "until": day.isoformat()}
    to("Build")(board)
    switch_on(board, "enter")
    ben = Session(board.path, actor="ben", clock=lambda: board.at)
    for number, (act, scope, more) in enumerate(
        (
            (transferred("Review"), "--item CI-1 --stream 'Other'", {"key": "CI-1", "only": 2}),
            (
                lambda b: b.anna.do(
                    c.AddItem(1, "x", b.stage("Review").id, fields={"labels": ("pilot",)})
                ),
                "--label NAME --stream 'Card issuing'",
                {"label": "pilot", "only": 1},
            ),
        ),
        1,
    ):
        refused = act(board)
        assert isinstance(refused, Refusal)
        assert f"vsm gov waive enter {scope} --reason TEXT" in refused.remedy
        board.done(c.AddEntity(WAIVER, {**values, **more}))
        grant = c.ChangeEntity(WAIVER, number, {"state": "granted"})
        assert isinstance(ben.do(grant), ChangeGroup)
        assert isinstance(act(board), ChangeGroup)
    ben.close()


def test_a_redo_keeps_the_verdicts_of_now(governed: Board) -> None:
    undone("Review")(governed)
    pia = Session(governed.path, actor="pia", clock=lambda: governed.at)
    day = from_micros(governed.at).date().isoformat()
    assert isinstance(pia.do(set_mode("supportive", day, control=1)), ChangeGroup)
    pia.close()
    assert isinstance(governed.anna.redo(), ChangeGroup)
    rows = governed.read._conn.execute("SELECT control, disposition FROM evaluation")
    assert rows.fetchall() == [(1, "tolerated")]
