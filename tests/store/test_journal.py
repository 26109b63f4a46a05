"""The journal stays readable for ever, and shows any tampering."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.samples import make
from tests.samples.streams import kanban
from vsm.model import command as c
from vsm.model import event as e
from vsm.model.errors import EnvironmentProblem
from vsm.session import Session
from vsm.store import journal
from vsm.store.doctor import examine
from vsm.store.sqlite import connect, sqlite3, wal_reset_bug
from vsm.store.sqlite import sqlite3 as plain

STORED = sorted(make.FOLDER.glob("events_v*.jsonl"))


@pytest.mark.parametrize("file", STORED, ids=lambda p: p.stem)
def test_stored_samples_of_every_version_are_still_read(file: Path) -> None:
    for line in file.read_text().splitlines():
        row = json.loads(line)
        event = e.load(row["kind"], row["v"], row["payload"])
        assert event.kind == row["kind"]


def test_samples_of_this_version_are_kept_and_come_back_equal() -> None:
    kinds = {s.kind for s in make.SAMPLES}
    assert kinds == set(e.all_classes()), "an event without a stored sample"
    stored = (make.FOLDER / f"events_v{e.VERSION}.jsonl").read_text().splitlines()
    assert stored == make.lines(), "an event changed its shape: raise VERSION, add an upcaster"
    for sample in make.SAMPLES:
        assert e.load(sample.kind, e.VERSION, e.dump(sample)) == sample


def test_an_event_of_a_newer_program_is_refused_in_words() -> None:
    for kind, version in (("item_cloned", 1), ("item_moved", e.VERSION + 1)):
        with pytest.raises(EnvironmentProblem, match="newer"):
            e.load(kind, version, "{}")


def written(path: Path) -> None:
    session = Session(path, actor="anna")
    session.do(kanban("Work", "UTC", "W"))
    for n in range(6):
        session.do(c.AddItem(1, f"item {n}"))
    session.do(c.MoveItem(2, 2))
    session.close()


def tampered(path: Path, sql: str) -> None:
    conn = plain.connect(path)
    for trigger in ("journal_keeps_rows", "journal_keeps_facts"):
        conn.execute(f"DROP TRIGGER {trigger}")
    conn.execute(sql)
    conn.commit()
    conn.close()


@pytest.mark.parametrize(
    ("sql", "seq"),
    [
        ("UPDATE journal SET payload = replace(payload, 'item 2', 'item x') WHERE seq = 4", 4),
        ("UPDATE journal SET actor = 'bob' WHERE seq = 5", 5),
        ("UPDATE journal SET at = at - 1 WHERE seq = 6", 6),
        ("DELETE FROM journal WHERE seq = 3", 3),
        ("UPDATE journal SET seq = 99 WHERE seq = 8", 8),
    ],
)
def test_the_first_wrong_entry_is_named(tmp_path: Path, sql: str, seq: int) -> None:
    path = tmp_path / "t.db"
    written(path)
    assert examine(path).ok
    tampered(path, sql)
    report = examine(path)
    assert not report.ok
    assert any(f"entry {seq} " in f.text for f in report.findings if f.name == "journal")


def test_a_table_that_was_changed_by_hand_is_named_and_rebuilt(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    written(path)
    conn = plain.connect(path)
    conn.execute("UPDATE item SET title = 'forged' WHERE id = 2")
    conn.commit()
    conn.close()
    (tables,) = (f.text for f in examine(path).findings if f.name == "tables")
    assert "item differs from the journal" in tables
    session = Session(path, actor="anna")
    session.rebuild()
    session.close()
    assert examine(path).ok


def test_the_journal_cannot_be_changed_by_accident(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    written(path)
    conn = connect(path, write=True)
    for sql in ("DELETE FROM journal", "UPDATE journal SET actor = 'x'"):
        with pytest.raises(sqlite3.Error, match="append-only"):
            conn.execute(sql)
    conn.close()


def test_columns_cannot_be_shifted_into_each_other() -> None:
    body = b"\0" * 32
    assert journal.digest(b"", ["ab", "c"], body) != journal.digest(b"", ["a", "bc"], body)
    assert journal.digest(b"", ["1", None], body) != journal.digest(b"", [1, None], body)
    assert journal.digest(b"", ["a,1:b"], body) != journal.digest(b"", ["a", "b"], body)


@pytest.mark.parametrize(
    ("version", "affected"),
    [
        ((3, 40, 1), True),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 50, 7), False),
        ((3, 50, 6), True),
        ((3, 44, 6), False),
        ((3, 53, 4), False),
    ],
)
def test_versions_with_the_wal_reset_bug_are_known(
    version: tuple[int, int, int], affected: bool
) -> None:
    assert wal_reset_bug(version) is affected
