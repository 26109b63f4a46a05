"""Promise 6: undo takes back one's own last change, and never harms what others did."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.reliability.histories import history, plan, plan_of
from tests.reliability.support import (
    ROOT,
    accepted,
    do,
    environment,
    refusal,
    rows,
    sound,
    tables,
    vsm,
)
from vsm.model.command import (
    AddEntity,
    AddItem,
    AddStage,
    AgreeDependency,
    ArchiveItem,
    BlockItem,
    ChangeEntity,
    Command,
    CreateStream,
    DropItem,
    EditItem,
    LinkItems,
    MoveItem,
    NewStage,
    NoteEdge,
    ReorderItem,
    SetStage,
    SetStream,
    UnblockItem,
    UnlinkItems,
)
from vsm.model.entities import MEMBER, TEAM, VIEW
from vsm.model.item import BlockerKind, DependencyState, LinkKind
from vsm.model.stream import Category
from vsm.session import LastGroup, Session
from vsm.store.writer import clock

pytestmark = pytest.mark.promise(6)

BOOKKEEPING = {"change_group", "counter", "person"}
"""Tables that tell of undo itself or allot ids, which are never used twice."""


def facts(db: Path) -> dict[str, list[tuple[object, ...]]]:
    """The tables without bookkeeping and without versions, which an undo raises too."""
    result = {name: result for name, result in tables(db).items() if name not in BOOKKEEPING}
    for name, columns in {
        "item": "id, key, stream, stage, rank, title, description, type, service, owner, team,"
        " estimate, due, labels, parent, created, entered, archived, blocked, quality, run",
        "stream": "id, name, zone, prefix, commitment, move_entry, map_time",
    }.items():
        result[name] = rows(db, f"SELECT {columns} FROM {name} ORDER BY id")
    return result


SINCE = -1
"""Stands for a moment after the database was prepared: these changes are entered late."""

CHANGES: dict[str, tuple[Command, ...]] = {
    "move": (MoveItem(1, 3),),
    "late move": (MoveItem(1, 3, reason="forgot", at=SINCE),),
    "late finish of a blocked item": (MoveItem(6, 5, reason="forgot", at=SINCE),),
    "late blocker": (BlockItem(4, BlockerKind.EXTERNAL, "the vendor", at=SINCE),),
    "late unblocking": (UnblockItem(6, reason="forgot", at=SINCE),),
    "several moves at once": (MoveItem(1, 3), MoveItem(2, 3), MoveItem(1, 4)),
    "add": (AddItem(1, "Something new"),),
    "edit": (EditItem(3, {"title": "Other words", "owner": "bob", "labels": ("a", "b")}),),
    "block": (BlockItem(4, BlockerKind.EXTERNAL, "waits for the vendor"),),
    "unblock": (UnblockItem(6),),
    "link": (LinkItems(1, 2, LinkKind.BLOCKS),),
    "unlink": (UnlinkItems(7, 8, LinkKind.BLOCKS),),
    "ask": (AgreeDependency(1, 2, DependencyState.PROPOSED, "2026-12-24"),),
    "answer": (AgreeDependency(7, 8, DependencyState.ACCEPTED),),
    "parent": (LinkItems(1, 2, LinkKind.PARENT),),
    "reorder": (ReorderItem(5, -2),),
    "drop": (DropItem(5, "no longer wanted"),),
    "archive": (ArchiveItem(5),),
    "limit": (SetStage(3, {"limit": 2, "limit_kind": "hard"}),),
    "behaviour": (SetStage(3, {"behaviour": "work-ends"}),),
    "entry of moves": (SetStream(1, {"move_entry": "in-sessions"}),),
    "time of the map": (SetStream(1, {"map_time": "working"}),),
    "declared": (
        SetStage(3, {"process_days": 0.5, "wait_days": 5, "complete_accurate": 0.8, "note": "!"}),
    ),
    "note on an edge": (NoteEdge(2, 3, "ten a day"),),
    "stage name": (SetStage(3, {"name": "Making"}),),
    "new stage": (AddStage(1, NewStage("Test", Category.ACTIVE), after=4),),
    "new stage of a new team": (AddStage(1, NewStage("Test", Category.ACTIVE, team="QA")),),
    "team": (AddEntity(TEAM, {"name": "Platform"}),),
    "stream": (SetStream(1, {"zone": "Asia/Tokyo", "name": "Cards"}),),
}


@pytest.fixture
def prepared(db: Path) -> Path:
    """The small organisation with a blocker and a link to take away."""
    session = Session(db, actor="setup")
    do(session, BlockItem(6, BlockerKind.DECISION, "price"), LinkItems(7, 8, LinkKind.BLOCKS))
    session.close()
    return db


@pytest.mark.parametrize("commands", CHANGES.values(), ids=CHANGES.keys())
def test_undo_brings_back_what_was_and_undo_of_undo_is_redo(
    prepared: Path, commands: tuple[Command, ...]
) -> None:
    anna = Session(prepared, actor="anna", source="tui")
    before, now = facts(prepared), clock()
    do(anna, *(replace(x, at=now) if getattr(x, "at", None) == SINCE else x for x in commands))
    after = facts(prepared)
    assert after != before
    accepted(anna.undo())
    assert facts(prepared) == before
    accepted(anna.redo())
    assert facts(prepared) == after
    accepted(anna.undo())
    assert facts(prepared) == before
    assert refusal(anna.undo()).code == "undo", "there is nothing more to undo"
    anna.close()
    sound(prepared)


def test_a_group_is_undone_as_one_and_groups_one_after_the_other(db: Path) -> None:
    anna = Session(db, actor="anna", source="tui")
    start = facts(db)
    do(anna, MoveItem(1, 2), MoveItem(2, 2))
    middle = facts(db)
    do(anna, EditItem(1, {"title": "Renamed"}), MoveItem(3, 2))
    accepted(anna.undo())
    assert facts(db) == middle
    accepted(anna.undo())
    assert facts(db) == start
    accepted(anna.redo())
    assert facts(db) == middle
    anna.close()


def test_a_new_change_ends_redo(db: Path) -> None:
    anna = Session(db, actor="anna", source="tui")
    do(anna, MoveItem(1, 2))
    accepted(anna.undo())
    do(anna, MoveItem(2, 3))
    assert refusal(anna.redo()).code == "undo"
    anna.close()


def test_undo_is_refused_after_somebody_elses_change_and_says_whose(db: Path) -> None:
    anna = Session(db, actor="anna", source="tui")
    bob = Session(db, actor="bob", source="tui")
    do(anna, MoveItem(1, 3))
    do(bob, MoveItem(1, 4))
    before = facts(db)
    no = refusal(anna.undo())
    assert no.code == "undo"
    assert "PAY-1" in no.items
    assert "bob" in no.message
    assert "Review" in no.message
    assert no.remedy
    assert facts(db) == before
    anna.close()
    bob.close()


def test_a_group_of_which_one_item_was_changed_stays_whole(db: Path) -> None:
    anna = Session(db, actor="anna", source="tui")
    bob = Session(db, actor="bob", source="tui")
    do(anna, MoveItem(1, 3), MoveItem(2, 3))
    do(bob, EditItem(2, {"owner": "bob"}))
    assert refusal(anna.undo()).code == "undo"
    assert rows(db, "SELECT stage FROM item WHERE id < 3") == [(3,), (3,)]
    anna.close()
    bob.close()


def test_a_change_that_was_itself_undone_is_not_in_the_way(db: Path) -> None:
    anna = Session(db, actor="anna", source="tui")
    bob = Session(db, actor="bob", source="tui")
    do(anna, MoveItem(1, 3))
    do(bob, MoveItem(1, 4))
    accepted(bob.undo())
    accepted(anna.undo())
    assert rows(db, "SELECT stage FROM item WHERE id = 1") == [(1,)]
    anna.close()
    bob.close()


def test_redo_is_refused_where_somebody_changed_the_item_meanwhile(db: Path) -> None:
    anna = Session(db, actor="anna", source="tui")
    bob = Session(db, actor="bob", source="tui")
    do(anna, MoveItem(1, 3))
    accepted(anna.undo())
    do(bob, MoveItem(1, 2))
    no = refusal(anna.redo())
    assert "bob" in no.message
    assert rows(db, "SELECT stage FROM item WHERE id = 1") == [(2,)]
    anna.close()
    bob.close()


def test_undo_takes_no_change_of_anybody_elses(db: Path) -> None:
    anna = Session(db, actor="anna", source="tui")
    bob = Session(db, actor="bob", source="tui")
    do(anna, MoveItem(1, 3))
    do(bob, MoveItem(2, 3))
    accepted(anna.undo())
    assert rows(db, "SELECT stage FROM item WHERE id < 3 ORDER BY id") == [(1,), (3,)]
    assert refusal(anna.undo()).code == "undo"
    anna.close()
    bob.close()


def test_a_look_at_the_last_change_changes_nothing_and_names_what_is_in_the_way(db: Path) -> None:
    first = Session(db, actor="anna", source="tui")
    assert refusal(first.preview_undo()).message == "there is nothing to undo"
    do(first, MoveItem(1, 3))
    later = Session(db, actor="anna", source="tui")
    assert refusal(later.undo()).code == "earlier"
    before = tables(db)
    change = later.preview_undo()
    assert isinstance(change, LastGroup)
    assert change.label == "moved PAY-1 from Ideas to Build"
    assert tables(db) == before
    bob = Session(db, actor="bob", source="tui")
    do(bob, MoveItem(1, 4))
    refused = refusal(later.preview_undo())
    assert "PAY-1 has changed since: bob moved it" in refused.message
    assert refused.remedy == "ask bob, or change it by hand"
    assert refusal(later.undo(change.grp)).code == "undo"
    accepted(bob.undo())
    accepted(later.undo(change.grp))
    assert refusal(later.undo(change.grp)).code == "undo", "it is undone already"
    accepted(later.redo())
    accepted(first.undo())
    for session in (first, later, bob):
        session.close()
    sound(db)


def test_what_was_undone_from_elsewhere_is_not_undone_twice(db: Path) -> None:
    board = Session(db, actor="anna", source="tui")
    do(board, MoveItem(1, 2))
    do(board, MoveItem(1, 3))
    script = Session(db, actor="anna", source="cli")
    accepted(script.undo())
    accepted(board.undo())
    assert rows(db, "SELECT stage FROM item WHERE id = 1") == [(1,)]
    assert refusal(board.undo()).code == "undo"
    assert rows(db, "SELECT stage, entered FROM visit WHERE item = 1") == rows(
        db, "SELECT 1, created FROM item WHERE id = 1"
    )
    accepted(board.redo())
    assert rows(db, "SELECT stage FROM item WHERE id = 1") == [(2,)]
    board.close()
    script.close()
    sound(db)


def test_an_import_undone_from_elsewhere_is_not_undone_twice(db: Path) -> None:
    board = Session(db, actor="anna", source="tui")
    board.import_histories(plan(3))
    board.import_histories(plan_of(history(n, steps=6) for n in range(1, 6)))
    script = Session(db, actor="anna", source="cli")
    accepted(script.undo())
    accepted(script.undo())
    assert refusal(board.undo()).code == "undo"
    board.close()
    script.close()
    sound(db)


NAMES: dict[str, tuple[tuple[Command, ...], tuple[Command, ...]]] = {
    "a stage's name": (
        (SetStage(3, {"name": "Making"}),),
        (SetStage(4, {"name": "Build"}),),
    ),
    "a stream's name": (
        (SetStream(1, {"name": "Cards"}),),
        (CreateStream("Payments", (NewStage("Done", Category.DONE),)),),
    ),
    "a team's name": (
        (ChangeEntity(TEAM, 1, {"name": "Kernel"}),),
        (AddEntity(TEAM, {"name": "Core"}),),
    ),
}


@pytest.mark.parametrize(("mine", "theirs"), NAMES.values(), ids=NAMES.keys())
def test_a_name_that_somebody_took_meanwhile_is_not_taken_back(
    db: Path, mine: tuple[Command, ...], theirs: tuple[Command, ...]
) -> None:
    anna = Session(db, actor="anna", source="tui")
    bob = Session(db, actor="bob", source="tui")
    do(anna, *mine)
    do(bob, *theirs)
    before = facts(db)
    no = refusal(anna.undo())
    assert no.code == "undo"
    assert no.remedy
    assert facts(db) == before
    anna.close()
    bob.close()
    sound(db)


MAKING: dict[str, tuple[Command, Command]] = {
    "a team": (AddEntity(TEAM, {"name": "Platform"}), AddEntity(TEAM, {"name": "platform"})),
    "a member": (
        AddEntity(MEMBER, {"login": "dora"}),
        AddEntity(MEMBER, {"login": "Dora"}),
    ),
    "a view": (
        AddEntity(VIEW, {"name": "Held up", "filter": "blocked"}),
        AddEntity(VIEW, {"name": "held up", "filter": "-blocked"}),
    ),
    "a stage": (
        AddStage(1, NewStage("Test", Category.ACTIVE)),
        AddStage(1, NewStage("test", Category.QUEUE)),
    ),
    "a stream": (
        CreateStream("Second", (NewStage("Done", Category.DONE),)),
        CreateStream("second", (NewStage("Done", Category.DONE),)),
    ),
    "an item": (AddItem(1, "Mine", key="EXT-1"), AddItem(1, "Theirs", key="ext-1")),
}


@pytest.mark.parametrize(("mine", "theirs"), MAKING.values(), ids=MAKING.keys())
def test_redo_is_refused_where_the_name_was_taken_meanwhile(
    db: Path, mine: Command, theirs: Command
) -> None:
    anna = Session(db, actor="anna", source="tui")
    bob = Session(db, actor="bob", source="tui")
    do(anna, mine)
    accepted(anna.undo())
    do(bob, theirs)
    before = facts(db)
    no = refusal(anna.redo())
    assert no.code == "undo"
    assert no.remedy
    assert facts(db) == before
    anna.close()
    bob.close()
    sound(db)


def test_a_stage_or_team_in_use_is_not_taken_away_by_undo(db: Path) -> None:
    anna = Session(db, actor="anna", source="tui")
    bob = Session(db, actor="bob", source="tui")
    do(anna, AddStage(1, NewStage("Test", Category.ACTIVE), after=4))
    ((stage,),) = rows(db, "SELECT id FROM stage WHERE name = 'Test'")
    do(bob, MoveItem(1, stage))
    assert refusal(anna.undo()).code == "undo"
    do(anna, AddEntity(TEAM, {"name": "Platform"}))
    ((team,),) = rows(db, "SELECT id FROM team WHERE name = 'Platform'")
    do(bob, EditItem(2, {"team": team}))
    assert refusal(anna.undo()).code == "undo"
    do(bob, EditItem(2, {"team": None}), SetStage(3, {"team": team}))
    assert refusal(anna.undo()).code == "undo"
    anna.close()
    bob.close()
    sound(db)


def test_limits_do_not_hold_an_undo_up_and_the_overrun_is_recorded(db: Path) -> None:
    anna = Session(db, actor="anna", source="tui")
    bob = Session(db, actor="bob", source="tui")
    do(anna, SetStage(3, {"limit": 1, "limit_kind": "hard"}))
    do(anna, MoveItem(1, 3))
    do(anna, MoveItem(1, 4))
    do(bob, MoveItem(2, 3))
    assert refusal(bob.do(MoveItem(1, 3))).code == "wip-hard"
    accepted(anna.undo())
    assert rows(db, "SELECT stage FROM item WHERE id = 1") == [(3,)]
    ((over,),) = rows(
        db, "SELECT payload ->> '$.over.wip' FROM journal WHERE kind = 'move_retracted'"
    )
    assert over == 2
    anna.close()
    bob.close()


RESTARTED = """
import sys
from pathlib import Path
from vsm.session import ChangeGroup, Session
session = Session(Path(sys.argv[1]), actor="anna")
answer = getattr(session, sys.argv[2])()
print(answer)
sys.exit(0 if isinstance(answer, ChangeGroup) else 1)
"""


def test_undo_and_redo_survive_a_restart(db: Path) -> None:
    def anew(verb: str) -> int:
        command = [sys.executable, "-c", RESTARTED, str(db), verb]
        return subprocess.run(command, cwd=ROOT, env=environment(), timeout=60).returncode

    session = Session(db, actor="anna")
    before = facts(db)
    do(session, MoveItem(1, 3))
    after = facts(db)
    session.close()
    assert anew("undo") == 0
    assert facts(db) == before
    assert anew("redo") == 0
    assert facts(db) == after
    assert anew("undo") == 0
    assert anew("undo") == 1
    assert facts(db) == before
    sound(db)


def test_the_command_line_undoes_and_redoes_ones_last_change(db: Path) -> None:
    before = facts(db)
    vsm("--db", db, "item", "move", "PAY-1", "Build")
    after = facts(db)
    assert after != before
    vsm("--db", db, "undo")
    assert facts(db) == before
    vsm("--db", db, "redo")
    assert facts(db) == after
    vsm("--db", db, "undo")
    nothing = vsm("--db", db, "undo", code=1)
    assert len(nothing.stderr.strip().splitlines()) == 1
