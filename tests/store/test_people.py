"""Names stand in the journal once, behind a number; what older versions wrote is read as before."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.store.forging import Entry, honest_entries, write_journal
from vsm.model import command as c
from vsm.model.actor import ActorKind
from vsm.model.errors import BadInput, Refusal
from vsm.model.stream import Category
from vsm.reader import Reader
from vsm.session import Session
from vsm.store.sqlite import connect

STAGES = (
    c.NewStage("Ready", Category.QUEUE),
    c.NewStage("Build", Category.ACTIVE),
    c.NewStage("Done", Category.DONE),
)


def columns(path: Path) -> list[str]:
    conn = connect(path, write=False)
    try:
        return [actor for (actor,) in conn.execute("SELECT actor FROM journal ORDER BY seq")]
    finally:
        conn.close()


def do(path: Path, actor: str, *commands: c.Command) -> None:
    session = Session(path, actor=actor)
    answer = session.do(*commands)
    session.close()
    assert not isinstance(answer, Refusal), answer


def who(path: Path) -> list[tuple[str, ActorKind]]:
    reader = Reader(path)
    try:
        return [(change.actor, change.actor_kind) for change in reader.log(limit=100)]
    finally:
        reader.close()


def test_the_first_entry_of_somebody_has_the_name_and_later_ones_the_number(
    tmp_path: Path,
) -> None:
    path = tmp_path / "vsm.db"
    do(path, "anna", c.CreateStream("Work", STAGES, prefix="W"))
    do(path, "bo", c.AddItem(1, "one"), c.AddItem(1, "two"))
    do(path, "agent:build-bot", c.MoveItem(1, 2))
    do(path, "anna", c.MoveItem(2, 2))
    assert columns(path) == [
        "person:1=anna",
        "person:2=bo",
        "person:2",
        "agent:3=agent:build-bot",
        "person:1",
    ]
    person, agent = ActorKind.PERSON, ActorKind.AGENT
    assert who(path) == [
        ("anna", person),
        ("agent:build-bot", agent),
        ("bo", person),
        ("bo", person),
        ("anna", person),
    ]


def test_an_import_is_told_from_what_people_did(tmp_path: Path) -> None:
    entries = honest_entries(tmp_path)
    assert {entry["actor"] for entry in entries if "import" in entry["kind"]} == {"import:1"}
    assert {e["actor"] for e in entries if "import" not in e["kind"]} == {
        "person:1=anna",
        "person:1",
        "import:1",  # the stream that the import made
    }


def test_entries_of_older_versions_are_read_and_undone_as_before(tmp_path: Path) -> None:
    entries = [{**entry, "actor": "anna"} for entry in honest_entries(tmp_path)]
    path = tmp_path / "new.db"
    load(entries, path)
    assert {name for name, _ in who(path)} == {"anna"}
    do(path, "anna", c.AddItem(1, "three"))
    session = Session(path, actor="anna")
    assert not isinstance(session.undo(), Refusal)
    assert not isinstance(session.undo(), Refusal), "the import, made by a version without numbers"
    session.close()
    assert set(columns(path)) == {"anna", "person:1=anna", "person:1"}


def load(entries: list[Entry], path: Path) -> None:
    session = Session(path, actor="anna")
    file = write_journal(entries, path.with_suffix(".jsonl"))
    try:
        session.import_journal(file.read_bytes().splitlines(), file.name)
    finally:
        session.close()


@pytest.mark.parametrize("actor", ["person:1=anna", "person:2", "import:9"])
def test_a_journal_in_which_a_number_is_given_twice_or_never_is_refused(
    tmp_path: Path, actor: str
) -> None:
    entries = honest_entries(tmp_path)
    entries[3]["actor"] = actor
    with pytest.raises(BadInput, match=r"cannot have written entry 4: actor \d is new, or is not"):
        load(entries, tmp_path / "new.db")
