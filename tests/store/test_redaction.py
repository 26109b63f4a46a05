"""Texts are taken out of the journal for ever, and it stays provable."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.store.forging import honest_entries, write_journal
from vsm.model import command as c
from vsm.model.entities import MEMBER
from vsm.model.errors import BadInput, Refusal
from vsm.model.event import EntriesRedacted
from vsm.model.item import BlockerKind
from vsm.model.stream import Category
from vsm.reader import Reader
from vsm.session import Session
from vsm.store import journal
from vsm.store.chain import digest_redacted
from vsm.store.chain_check import verify
from vsm.store.doctor import examine
from vsm.store.sqlite import connect

pytestmark = pytest.mark.promise(17)

STAGES = (
    c.NewStage("Ready", Category.QUEUE),
    c.NewStage("Build", Category.ACTIVE),
    c.NewStage("Done", Category.DONE),
)
ANNA = {"login": "anna.kern", "name": "Anna Kern", "initials": "aqz"}


def session(path: Path, actor: str = "chief") -> Session:
    return Session(path, actor=actor)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "vsm.db"
    anna, bo = session(path, "anna.kern"), session(path, "bo")
    done = [
        anna.do(c.CreateStream("Work", STAGES, prefix="W")),
        bo.do(c.AddEntity(MEMBER, ANNA)),
        bo.do(
            c.AddItem(1, "Login", None, None, {"owner": "Anna.Kern", "description": "pw: hunter2"})
        ),
        anna.do(c.MoveItem(1, 2)),
        anna.do(c.BlockItem(1, BlockerKind.OTHER, "Anna Kern is away")),
        bo.do(c.EditItem(1, {"description": "none"})),
        bo.do(c.CommentItem(1, "hunter2 was wrong")),
        bo.do(c.EditItem(1, {"owner": "bo"})),
    ]
    assert not [answer for answer in done if isinstance(answer, Refusal)]
    anna.close()
    bo.close()
    return path


def everything(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


def rows(path: Path) -> list[tuple[object, ...]]:
    conn = connect(path, write=False)
    try:
        return conn.execute("SELECT * FROM journal ORDER BY seq").fetchall()
    finally:
        conn.close()


def wrong_in(path: Path) -> str | None:
    conn = connect(path, write=False)
    try:
        fault = verify(conn).fault
    finally:
        conn.close()
    return None if fault is None else f"{fault.seq}: {fault.what.partition(': ')[2]}"


def change(path: Path, sql: str) -> None:
    conn = connect(path, write=True)
    conn.execute("DROP TRIGGER journal_keeps_facts")
    conn.execute(sql)
    conn.close()


def forget(path: Path) -> None:
    chief = session(path)
    done = chief.forget("anna.kern", "left")
    chief.close()
    assert not isinstance(done, Refusal)
    assert (done.alias, done.mentions, done.is_wiped) == ("former-1", (5,), True)


def test_who_is_forgotten_is_nowhere_in_the_file_and_the_journal_is_sound(path: Path) -> None:
    assert b"anna.kern" in everything(path).lower()
    forget(path)
    left = everything(path).lower()
    assert b"anna.kern" not in left and b"aqz" not in left
    assert left.count(b"anna kern") == left.count(b"anna kern is away") > 0
    report = examine(path)
    assert report.ok, report.findings
    reader = Reader(path)
    assert [change.actor for change in reader.log(limit=3)] == ["chief", "chief", "bo"]
    assert {change.actor for change in reader.log(limit=50)} == {"former-1", "bo", "chief"}
    assert reader.entities(MEMBER) == []
    reader.close()


def test_what_became_of_an_entry_is_proven(path: Path) -> None:
    forget(path)
    change(
        path, "UPDATE journal SET payload = replace(payload, 'former-1', 'mallory') WHERE seq = 3"
    )
    assert wrong_in(path) == "3: it was edited: it is neither as written nor as redacted"


def test_who_an_entry_is_now_said_to_be_of_is_proven(path: Path) -> None:
    forget(path)
    change(path, "UPDATE journal SET actor = 'person:1=mallory' WHERE seq = 1")
    assert wrong_in(path) == "1: it was edited: it is neither as written nor as redacted"


def test_an_entry_that_tells_of_others_is_proven_itself(path: Path) -> None:
    change(path, "UPDATE journal SET payload = replace(payload, 'pw', 'qq') WHERE seq = 3")
    conn = connect(path, write=True)
    row = conn.execute(f"SELECT {journal.COLUMNS} FROM journal WHERE seq = 3").fetchone()
    before = journal.hash_at(conn, 2)
    assert before is not None
    became = digest_redacted(row, before)
    payload = f'{{"entries":[[3,"{became}"]],"reason":"x"}}'
    conn.execute(
        "INSERT INTO journal SELECT 9, 9, undoes, NULL, NULL, at, recorded_at, actor, session,"
        " source, NULL, NULL, 'entries_redacted', v, ?, payload_hash, hash FROM journal"
        " WHERE seq = 8",
        (payload,),
    )
    conn.close()
    assert wrong_in(path) == "9: it was edited, or entry 8 was, with a new hash"


def test_an_exported_journal_brings_it_along(path: Path, tmp_path: Path) -> None:
    from vsm.store import dump

    forget(path)
    conn = connect(path, write=False)
    lines = [line.encode() for line in dump.lines(conn)]
    conn.close()
    other = session(tmp_path / "other.db")
    assert other.import_journal(lines, "j.jsonl") == 10
    other.close()
    assert examine(tmp_path / "other.db").ok
    unproven = [lines[0].replace(b'"redacted"', b'"other"'), *lines[1:]]
    with pytest.raises(BadInput, match=r"j.jsonl line 2: entry 1 was changed"):
        session(tmp_path / "third.db").import_journal(unproven, "j.jsonl")


def test_entries_of_older_versions_forget_too(tmp_path: Path) -> None:
    entries = [{**entry, "actor": "anna"} for entry in honest_entries(tmp_path)]
    entries[-1]["actor"] = "bo"
    old = tmp_path / "old.db"
    chief = session(old)
    chief.import_journal(write_journal(entries, tmp_path / "j").read_bytes().splitlines(), "j")
    done = [chief.forget(login, "left") for login in ("anna", "bo")]
    chief.close()
    assert [isinstance(d, Refusal) or d.alias for d in done] == ["former-2", "former-3"]
    carl = session(old, "carl")
    assert not isinstance(carl.do(c.AddItem(1, "three")), Refusal)
    carl.close()
    conn = connect(old, write=False)
    actors = {actor for (actor,) in conn.execute("SELECT actor FROM journal")}
    conn.close()
    assert actors == {"former-2", "former-3", "person:1=chief", "person:1", "person:4=carl"}
    reader = Reader(old)
    reader.close()
    assert examine(old).ok


def test_a_text_goes_from_every_entry_of_its_item(path: Path) -> None:
    chief = session(path)
    done = chief.take_out(3, "description", "a password")
    assert done.entries == 2, "the item's adding, and the change that names the old text"
    with pytest.raises(BadInput, match="entry 3 has no text in 'description'"):
        chief.take_out(3, "description", "again")
    chief.close()
    assert b"pw: hunter2" not in everything(path)
    assert b"hunter2 was wrong" in everything(path)
    assert examine(path).ok


def test_what_was_taken_out_cannot_be_undone_and_the_change_before_it_can(path: Path) -> None:
    bo = session(path, "bo")
    bo.take_out(7, "text", "a password")
    before = rows(path)
    for answer in (bo.undo(), bo.preview_undo()):
        assert isinstance(answer, Refusal)
        assert answer.message == (
            "your last change cannot be undone: you took text out of 1 entry: a password"
        )
        assert answer.remedy == (
            "for the one before it (changed W-1: owner Anna.Kern → bo): vsm undo --earlier"
        )
    assert rows(path) == before
    shown = bo.preview_undo(earlier=True)
    assert not isinstance(shown, Refusal) and "owner" in shown.label
    undone = bo.undo(earlier=True)
    assert not isinstance(undone, Refusal) and "owner" in undone.label
    bo.do(c.MoveItem(1, 3))
    again = bo.undo()
    assert not isinstance(again, Refusal) and "moved" in again.label, "it is the last change now"
    bo.close()


def test_forgetting_cannot_be_undone_by_whoever_did_it(path: Path) -> None:
    forget(path)
    chief = session(path)
    answer = chief.undo()
    assert isinstance(answer, Refusal)
    assert "you took a name out of " in answer.message and answer.remedy == ""
    bo = session(path, "bo")
    mine = bo.undo()
    assert not isinstance(mine, Refusal) and "owner" in mine.label, "bo took nothing out"
    board = Session(path, actor="chief", source="tui")
    there = board.undo()
    assert isinstance(there, Refusal) and there.message == "there is nothing to undo"
    for one in (chief, bo, board):
        one.close()
    assert examine(path).ok


@pytest.mark.parametrize(
    ("seq", "field", "says"),
    [
        (99, "text", "there is no entry 99"),
        (7, "title", r"entry 7 has no text in 'title'"),
    ],
)
def test_what_is_not_there_cannot_be_taken_out(path: Path, seq: int, field: str, says: str) -> None:
    before = rows(path)
    chief = session(path)
    with pytest.raises(BadInput, match=says):
        chief.take_out(seq, field, "why")
    with pytest.raises(BadInput, match="nobody called 'carl'"):
        chief.forget("carl", "why")
    chief.close()
    assert rows(path) == before


def test_while_somebody_reads_it_says_that_old_pages_are_left(path: Path) -> None:
    reading = connect(path, write=False)
    reading.execute("BEGIN")
    reading.execute("SELECT count(*) FROM journal").fetchone()
    chief = session(path)
    done = chief.take_out(3, "description", "a password")
    assert not isinstance(done, Refusal) and not done.is_wiped
    reading.close()
    chief.rebuild()
    assert b"pw: hunter2" not in everything(path)
    chief.close()


@pytest.mark.parametrize("login", ["UTC", "Work", "Ready", "other", "feature", "standard", "Login"])
def test_a_name_that_other_things_have_too_is_taken_from_people_alone(
    path: Path, login: str
) -> None:
    bo = session(path, "bo")
    member = {"login": login, "name": f"{login} Smith"}
    done = bo.do(c.AddEntity(MEMBER, member), c.AddItem(1, "two", None, None, {"owner": login}))
    assert not isinstance(done, Refusal)
    reader = Reader(path)
    before = reader.stream_named("Work"), reader.find_key("W-1")
    bo.close()
    chief = session(path)
    assert not isinstance(chief.forget(login, "left"), Refusal)
    chief.close()
    assert (reader.stream_named("Work"), reader.find_key("W-1")) == before
    item = reader.find_key("W-2")
    assert item is not None and item.owner == "former-4"
    reader.close()
    assert examine(path).ok


def test_a_member_who_had_other_names_loses_all_of_them(path: Path) -> None:
    bo = session(path, "bo")
    assert not isinstance(bo.do(c.ChangeEntity(MEMBER, 1, {"name": "Anna Berg"})), Refusal)
    bo.close()
    chief = session(path)
    done = chief.forget("ANNA.KERN", "Anna Berg left")
    chief.close()
    assert not isinstance(done, Refusal)
    assert done.alias == "former-1", "the case of letters makes no other person"
    assert done.mentions == (5, 11), "the reason that was given mentions them too"
    assert everything(path).count(b"Anna Berg") == 1
    assert examine(path).ok


@pytest.mark.parametrize(
    "field", ["due", "zone", "key", "name", "why", "stages", "prefix", "owner"]
)
def test_what_other_things_depend_on_is_not_taken_out(path: Path, field: str) -> None:
    chief = session(path)
    for seq in range(1, 9):
        with pytest.raises(BadInput, match="has no text in"):
            chief.take_out(seq, field, "why")
    chief.close()


def test_a_reason_is_taken_out_of_what_took_something_out(path: Path) -> None:
    chief = session(path)
    assert not isinstance(chief.take_out(3, "description", "hunter2 was in it"), Refusal)
    done = chief.take_out(9, "reason", "once more")
    assert not isinstance(done, Refusal) and done.entries == 1
    chief.close()
    assert b"hunter2 was in it" not in everything(path)
    assert examine(path).ok


def test_a_moment_that_was_changed_shows_though_it_is_said_to_be_redacted(path: Path) -> None:
    earlier = "recorded_at - 86400000000"
    change(path, f"UPDATE journal SET at = {earlier}, recorded_at = {earlier} WHERE seq = 4")
    conn = connect(path, write=True)
    row = conn.execute(f"SELECT {journal.COLUMNS} FROM journal WHERE seq = 4").fetchone()
    before = journal.hash_at(conn, 3)
    assert before is not None
    conn.close()
    forger = session(path)
    with forger._writer.transaction() as tx:
        entries = ((4, digest_redacted(row, before)),)
        tx.record([EntriesRedacted(entries=entries, reason="ok")])
    forger.close()
    assert wrong_in(path) == "4: it was edited: it is neither as written nor as redacted"
