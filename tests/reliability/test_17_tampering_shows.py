"""Promise 17: whoever changes the journal, the tables or the schema by other means is noticed.

A journal that was forged as a whole, with its hashes computed anew, or whose end was cut, is
consistent in itself: it shows against what was recorded elsewhere (``vsm doctor --against``).
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.reliability.damage import invoke
from tests.reliability.support import do, opened, organisation, rows, sound, vsm
from vsm.model.command import MoveItem
from vsm.session import Session
from vsm.store import journal, migrations, versions
from vsm.store.doctor import examine
from vsm.store.findings import Report
from vsm.store.schema import INDEXES, PROJECTION_VERSION
from vsm.store.schema_check import compare_migrations, compare_schema
from vsm.store.sqlite import sqlite3

pytestmark = pytest.mark.promise(17)

Conn = sqlite3.Connection


def change(db: Path, tamper: Callable[[Conn], object], *, journal_too: bool = True) -> None:
    """Change a database as somebody with the rights to the file can.

    With ``journal_too`` the triggers that guard the journal are out of the way meanwhile.
    """
    with opened(db) as conn:
        guards = conn.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'journal'"
        ).fetchall()
        for name, _ in guards if journal_too else ():
            conn.execute(f"DROP TRIGGER {name}")
        conn.execute("PRAGMA ignore_check_constraints = ON")
        tamper(conn)
        for _, sql in guards if journal_too else ():
            conn.execute(sql)
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def run(*statements: str) -> Callable[[Conn], None]:
    """A change that consists of statements."""

    def tamper(conn: Conn) -> None:
        for statement in statements:
            conn.execute(statement)

    return tamper


def forge(first: int, *statements: str) -> Callable[[Conn], None]:
    """Edit the journal and compute the hashes anew from entry ``first`` on, as vsm does."""

    def tamper(conn: Conn) -> None:
        run(*statements)(conn)
        last = journal.hash_at(conn, first - 1)
        assert last is not None
        for row in conn.execute(
            f"SELECT {journal.COLUMNS} FROM journal WHERE seq >= ? ORDER BY seq", (first,)
        ).fetchall():
            body = hashlib.sha256(row[14].encode()).digest()
            last = journal.digest(last, row[:14], body)
            conn.execute(
                "UPDATE journal SET payload_hash = ?, hash = ? WHERE seq = ?", (body, last, row[0])
            )

    return tamper


def bad(report: Report) -> dict[str, str]:
    """What is wrong, by the name of the check."""
    return {f.name: f.text for f in report.findings if not f.ok}


# -- the journal ----------------------------------------------------------------------------------

EDIT = "UPDATE journal SET payload = replace(payload, 'Work', 'Play') WHERE seq = 7"
REORDER = (
    "UPDATE journal SET seq = -seq WHERE seq IN (7, 8)",
    "UPDATE journal SET seq = 15 + seq WHERE seq < 0",
)
EDITED_JOURNALS = {
    "payload": (run(EDIT), "setup): its content was edited"),
    "actor": (run("UPDATE journal SET actor = 'bob' WHERE seq = 7"), "bob): it was edited"),
    "time": (run("UPDATE journal SET at = at - 1 WHERE seq = 7"), "setup): it was edited"),
    "version": (run("UPDATE journal SET v = 1 WHERE seq = 7"), "setup): it was edited"),
    "no payload": (
        run("UPDATE journal SET payload = NULL WHERE seq = 7"),
        "setup): texts were taken out of it",
    ),
    "no payload, whole journal": (
        run("UPDATE journal SET payload = NULL"),
        "setup): texts were taken out of it",
    ),
    "hash": (run("UPDATE journal SET hash = zeroblob(32) WHERE seq = 7"), "it was edited"),
    "deleted": (run("DELETE FROM journal WHERE seq = 7"), "entry 7 is missing"),
    "beginning deleted": (run("DELETE FROM journal WHERE seq <= 3"), "entries 1 to 3 are missing"),
    "reordered": (run(*REORDER), "setup): it was put out of order"),
    "text that is no UTF-8": (
        run("UPDATE journal SET actor = CAST(x'ff41' AS TEXT) WHERE seq = 7"),
        "entry 7 (",
    ),
}


@pytest.mark.parametrize("name", EDITED_JOURNALS)
def test_an_edited_journal_shows_and_the_entry_is_named(db: Path, name: str) -> None:
    tamper, text = EDITED_JOURNALS[name]
    change(db, tamper)
    report = examine(db)
    assert text in bad(report)["journal"]
    assert "tables" in bad(report), "they cannot be judged by a journal that is not whole"
    assert invoke(db, "doctor", code=3).stderr == ""


# -- what only a record elsewhere can show --------------------------------------------------------


@pytest.fixture(scope="module")
def records(_small: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Files that say where the journal is, as somebody keeps them elsewhere."""
    db, folder = _small, tmp_path_factory.mktemp("elsewhere")
    paths = {
        "snapshot": folder / "snapshot.json",
        "packed snapshot": folder / "snapshot.json.gz",
        "journal": folder / "journal.jsonl",
        "packed journal": folder / "journal.jsonl.gz",
        "report": folder / "report.json",
        "figures": folder / "figures.json",
        "backup": folder / "backup.db",
        "anchors": folder / "anchors.log",
        "position": folder / "position.json",
        "packed position": folder / "position.json.gz",
    }
    for name, path in paths.items():
        form = name.split()[-1]
        if form in ("snapshot", "journal"):
            invoke(db, "export", form, "-o", path)
    paths["report"].write_text(invoke(db, "doctor", "--json").stdout)
    paths["figures"].write_text(invoke(db, "metrics", "--json").stdout)
    paths["anchors"].write_text(invoke(db, "doctor", "--anchor").stdout)
    invoke(db, "backup", paths["backup"])
    ((seq, digest),) = rows(db, "SELECT seq, hex(hash) FROM journal ORDER BY seq DESC LIMIT 1")
    position = json.dumps({"seq": seq, "hash": digest})
    paths["position"].write_text(position)
    paths["packed position"].write_bytes(gzip.compress(position.encode()))
    return paths


def against(db: Path, records: dict[str, Path], code: int) -> dict[str, str]:
    """What doctor says of each record."""
    files = [word for path in records.values() for word in ("--against", path)]
    report = json.loads(invoke(db, "doctor", "--json", *files, code=code).stdout)
    findings = [f for f in report["findings"] if f["name"] == "against"]
    assert report["ok"] is (code == 0)
    assert {f["ok"] for f in findings} == {code == 0}
    return dict(zip(records, (f["text"] for f in findings), strict=True))


def test_a_journal_that_went_on_holds_against_all_records(
    db: Path, records: dict[str, Path]
) -> None:
    assert len(against(db, records, 0)) == len(records)
    session = Session(db, actor="anna")
    do(session, MoveItem(1, 2))
    session.close()
    against(db, records, 0)


def test_a_cut_end_shows_with_the_number_of_entries(db: Path, records: dict[str, Path]) -> None:
    change(db, run("DELETE FROM journal WHERE seq > 10"))
    invoke(db, "rebuild")
    sound(db)  # nothing in the file itself shows it
    for name, text in against(db, records, 3).items():
        assert "the journal was cut by at least 5 entries: it ends at entry 10" in text, name
        assert "rewritten" not in text


def test_an_emptied_journal_shows(db: Path, records: dict[str, Path]) -> None:
    change(db, run("DELETE FROM journal"))
    invoke(db, "rebuild")
    sound(db)
    for text in against(db, records, 3).values():
        assert "cut by at least 15 entries: it ends at entry 0" in text


def test_a_cut_journal_that_went_on_shows(db: Path, records: dict[str, Path]) -> None:
    change(db, run("DELETE FROM journal WHERE seq > 10"))
    invoke(db, "rebuild")
    for n in range(6):
        invoke(db, "item", "add", f"Another {n}")
    sound(db)
    texts = against(db, records, 3)
    for text in texts.values():
        assert "rewritten" in text and "its entry 15 is not the one" in text
    assert "from entry 11 on" in texts["journal"]
    assert "from entry 11 on" in texts["packed journal"]


def test_a_forged_chain_shows_and_an_exported_journal_names_the_entry(
    db: Path, records: dict[str, Path]
) -> None:
    change(db, forge(7, EDIT))
    invoke(db, "rebuild")
    sound(db)
    texts = against(db, records, 3)
    assert all("the journal was rewritten" in text for text in texts.values())
    assert "from entry 7 on" in texts["journal"]
    assert "from entry 7 on" in texts["packed journal"]


def test_a_forged_and_cut_journal_says_both(db: Path, records: dict[str, Path]) -> None:
    change(db, forge(7, EDIT, "DELETE FROM journal WHERE seq > 10"))
    invoke(db, "rebuild")
    text = against(db, records, 3)["journal"]
    assert "cut by at least 5 entries" in text
    assert "what is left was rewritten, from entry 7 on" in text


def test_a_damaged_wal_that_loses_changes_shows(
    db: Path, records: dict[str, Path], tmp_path: Path
) -> None:
    """SQLite ends a WAL silently where a checksum is wrong: earlier changes, whole, are left."""
    session = Session(db, actor="anna")
    do(session, MoveItem(1, 2))
    before = rows(db, "SELECT hex(hash) FROM journal ORDER BY seq")
    copy = tmp_path / "copy.db"
    copy.write_bytes(db.read_bytes())
    wal = bytearray(Path(f"{db}-wal").read_bytes())
    do(session, MoveItem(2, 2))
    grown = bytearray(Path(f"{db}-wal").read_bytes())
    record = tmp_path / "now.json"
    record.write_text(invoke(db, "doctor", "--json").stdout)
    session.close()
    grown[len(wal) + 100] ^= 1
    Path(f"{copy}-wal").write_bytes(grown)
    report = invoke(copy, "doctor", "--against", record, code=3)
    assert "the journal was cut by at least 1 entry" in report.stdout
    assert rows(copy, "SELECT hex(hash) FROM journal ORDER BY seq") == before


NO_RECORDS = {
    "empty": "",
    "no JSON": "not at all",
    "a list": "[1, 2]",
    "no position": '{"schema": "vsm.snapshot/1"}',
    "no journal": '{"journal": null}',
    "a short hash": '{"seq": 1, "hash": "abc"}',
    "a hash that is none": json.dumps({"seq": 1, "hash": "x" * 64}),
    "a negative position": json.dumps({"seq": -1, "hash": "0" * 64}),
    "a truth value": json.dumps({"seq": True, "hash": "0" * 64}),
    "a huge position": json.dumps({"seq": 2**70, "hash": "0" * 64}),
    "an unfinished heading": '{"schema": "vsm.journal/1"}\n',
    "nested without end": "[" * 100_000,
}


@pytest.mark.parametrize("name", NO_RECORDS)
def test_a_file_that_records_no_position_is_refused_in_one_line(
    db: Path, tmp_path: Path, name: str
) -> None:
    file = tmp_path / "record.json"
    file.write_text(NO_RECORDS[name])
    refused = invoke(db, "doctor", "--against", file, code=2)
    assert refused.stdout == ""
    assert refused.stderr.startswith("vsm: record.json ") and refused.stderr.count("\n") == 1


def test_a_missing_or_damaged_record_is_refused_in_one_line(db: Path, tmp_path: Path) -> None:
    packed = tmp_path / "cut.json.gz"
    packed.write_bytes(gzip.compress(b'{"seq": 1}' * 100)[:-9])
    for file in (tmp_path / "missing.json", packed, tmp_path):
        refused = invoke(db, "doctor", "--against", file, code=2)
        assert refused.stdout == ""
        assert refused.stderr.startswith("vsm: ") and refused.stderr.count("\n") == 1


# -- two snapshots --------------------------------------------------------------------------------


def diff(db: Path, *files: Path, code: int) -> tuple[dict[str, object], str]:
    """The comparison of journals in JSON, and the first line of the report in words."""
    words = invoke(db, "snapshot", "diff", *files, code=code)
    report = invoke(db, "snapshot", "diff", *files, "--json", code=code)
    return json.loads(report.stdout)["journal"], " ".join(words.stdout.split("\nFrom")[0].split())


def test_snapshot_diff_says_first_that_the_journal_was_cut(
    db: Path, records: dict[str, Path], tmp_path: Path
) -> None:
    change(db, run("DELETE FROM journal WHERE seq > 10"))
    invoke(db, "rebuild")
    later = tmp_path / "later.json"
    invoke(db, "export", "snapshot", "-o", later)
    report, first = diff(db, records["snapshot"], later, code=3)
    assert (report["status"], report["missing_entries"]) == ("cut", 5)
    assert first.startswith("Warning: the second journal lacks 5 entries of the first")
    report, first = diff(db, records["snapshot"], code=3)  # against the database
    assert (report["status"], report["missing_entries"]) == ("cut", 5)
    assert first.startswith("Warning: the journal was cut by at least 5 entries")


def test_snapshot_diff_says_first_that_the_journal_was_rewritten(
    db: Path, records: dict[str, Path], tmp_path: Path
) -> None:
    change(db, forge(7, EDIT))
    invoke(db, "rebuild")
    later = tmp_path / "later.json"
    invoke(db, "export", "snapshot", "-o", later)
    report, first = diff(db, records["snapshot"], later, code=3)
    assert report["status"] == "rewritten"
    assert first.startswith("Warning: their journals differ at entry 15")
    invoke(db, "item", "add", "Another")
    report, first = diff(db, records["snapshot"], code=3)
    assert report["status"] == "rewritten"
    assert first.startswith("Warning: the journal was rewritten")


def test_snapshot_diff_of_a_journal_that_went_on_ends_with_0(
    db: Path, records: dict[str, Path], tmp_path: Path
) -> None:
    assert diff(db, records["snapshot"], code=0)[0]["status"] == "same"
    older = tmp_path / "older.json"  # of a vsm that did not say when the entry was recorded
    content = json.loads(records["snapshot"].read_text())
    assert content["journal"].pop("at").startswith("20")
    older.write_text(json.dumps(content))
    assert diff(db, older, records["snapshot"], code=0)[0]["status"] == "same"
    invoke(db, "item", "add", "Another")
    later = tmp_path / "later.json"
    invoke(db, "export", "snapshot", "-o", later)
    report, first = diff(db, records["snapshot"], later, code=0)
    assert report["status"] == "longer" and "Warning" not in first
    assert diff(db, records["snapshot"], code=0)[0]["status"] == "continued"
    report, first = diff(db, later, records["snapshot"], code=0)
    assert report["status"] == "reversed"
    assert first.endswith("the second snapshot is the older one")


def test_snapshot_diff_says_first_that_the_databases_are_different(
    db: Path, records: dict[str, Path], tmp_path: Path
) -> None:
    other, theirs = tmp_path / "other.db", tmp_path / "theirs.json"
    organisation(other, 20)
    invoke(other, "export", "snapshot", "-o", theirs)
    report, first = diff(db, records["snapshot"], theirs, code=0)
    assert report["status"] == "different"
    assert "no item of both was created at the same moment" in first
    assert diff(other, records["snapshot"], code=3)[0]["status"] == "rewritten"


# -- the schema -----------------------------------------------------------------------------------

EVIL = "BEGIN DELETE FROM meta; UPDATE item SET title = 'owned'; END"
ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT"
CHANGED_SCHEMAS = {
    "dropped guard of rows": (
        run("DROP TRIGGER journal_keeps_rows"),
        "missing: trigger journal_keeps_rows on journal",
    ),
    "dropped guard of facts": (
        run("DROP TRIGGER journal_keeps_facts"),
        "missing: trigger journal_keeps_facts on journal",
    ),
    "weakened guard": (
        run(
            "DROP TRIGGER journal_keeps_rows",
            "CREATE TRIGGER journal_keeps_rows BEFORE DELETE ON journal WHEN 0"
            " BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
        ),
        "changed: trigger journal_keeps_rows on journal",
    ),
    "dropped index of the journal": (
        run("DROP INDEX journal_item"),
        "missing: index journal_item on journal",
    ),
    "changed index": (
        run("DROP INDEX item_run", "CREATE INDEX item_run ON item(run)"),
        "changed: index item_run on item",
    ),
    "view": (run(f"CREATE VIEW spy AS {ENDLESS} x FROM n"), "added by another program: view spy"),
    "trigger": (
        run(f"CREATE TRIGGER spy AFTER INSERT ON item {EVIL}"),
        "added by another program: trigger spy on item",
    ),
    "trigger on the journal": (
        run(f"CREATE TRIGGER spy AFTER INSERT ON journal {EVIL}"),
        "added by another program: trigger spy on journal",
    ),
    "table": (run("CREATE TABLE spy(x)"), "added by another program: table spy"),
    "index": (
        run("CREATE INDEX spy ON item(upper(title))"),
        "added by another program: index spy on item",
    ),
    "column": (run("ALTER TABLE team ADD COLUMN spy TEXT"), "changed: table team"),
    "migration": (
        run("UPDATE _sqlite_migrations SET name = 'm000'"),
        "not recorded as vsm does: migration vsm.m000, vsm.m001_journal",
    ),
    "name of the table of migrations": (
        run(
            "PRAGMA writable_schema = ON",
            "UPDATE sqlite_master SET name = '_Sqlite_migrations'"
            " WHERE name = '_sqlite_migrations'",
        ),
        "added by another program: table _Sqlite_migrations",
    ),
    "column of the journal": (
        run("ALTER TABLE journal ADD COLUMN spy TEXT"),
        "changed: table journal",
    ),
    "view in the place of a table": (
        run(
            "PRAGMA foreign_keys = OFF",
            "DROP TABLE comment",
            f"CREATE VIEW comment AS {ENDLESS} x AS id, 1 AS item, 1 AS at, '' AS by, '' AS text"
            " FROM n",
        ),
        "added by another program: view comment",
    ),
    "view in the place of meta": (
        run("DROP TABLE meta", f"CREATE VIEW meta AS {ENDLESS} x AS key, x AS value FROM n"),
        "added by another program: view meta",
    ),
    "view in the place of the journal": (
        run(
            "ALTER TABLE journal RENAME TO hidden",
            f"CREATE VIEW journal AS {ENDLESS} hidden.* FROM hidden, n",
        ),
        "added by another program: table hidden",
    ),
} | {
    f"dropped index {sql.split()[2]}": (
        run(f"DROP INDEX {sql.split()[2]}"),
        f"missing: index {sql.split()[2]}",
    )
    for sql in INDEXES
}


@pytest.mark.parametrize("name", CHANGED_SCHEMAS)
def test_a_changed_schema_shows_by_name_and_nothing_of_it_is_run(db: Path, name: str) -> None:
    """A view without end would not let doctor end, had it been read."""
    tamper, text = CHANGED_SCHEMAS[name]
    change(db, tamper, journal_too=False)
    before = db.read_bytes()
    report = vsm("--db", db, "doctor", code=3)  # in a process with a time limit
    (line,) = [line for line in report.stdout.splitlines() if line.startswith("BAD  schema")]
    assert text in line
    assert db.read_bytes() == before


@pytest.mark.parametrize(
    "statements",
    [
        ("DROP INDEX item_run", f"CREATE TRIGGER spy AFTER INSERT ON item {EVIL}"),
        ("DROP TRIGGER journal_keeps_rows", f"CREATE TRIGGER spy AFTER INSERT ON journal {EVIL}"),
        ("DROP TABLE saved_view", "CREATE VIEW saved_view AS SELECT 1 AS id"),
        ("DROP INDEX journal_item",),
    ],
    ids=["tables", "journal", "view", "index"],
)
def test_what_a_rebuild_mends_is_told_apart_from_what_needs_a_new_database(
    db: Path, statements: tuple[str, ...]
) -> None:
    change(db, run(*statements), journal_too=False)
    assert invoke(db, "doctor", code=3).stdout.splitlines()[-1].endswith("rebuild")
    invoke(db, "rebuild")
    sound(db)


def test_a_new_database_from_the_journal_is_sound_as_advised(db: Path, tmp_path: Path) -> None:
    change(db, run("CREATE TABLE spy(x)"), journal_too=False)
    advice = invoke(db, "doctor", code=3).stdout.splitlines()[-1]
    export, make = advice.partition(": ")[2].split(", then ")
    folder = {"JOURNAL.jsonl": tmp_path / "j.jsonl", "NEW.db": tmp_path / "new.db"}
    for command in (export, make):
        assert command.startswith("vsm --db ")
        name, *words = [folder.get(word, word) for word in command.split()[2:]]
        invoke(Path(name), *words)
    sound(tmp_path / "new.db")
    assert rows(tmp_path / "new.db", "SELECT * FROM journal") == rows(db, "SELECT * FROM journal")


def test_a_trigger_that_hides_a_changed_table_from_a_replay_is_not_run(db: Path) -> None:
    """One that sets what the replay inserts to what somebody wants to be found there."""
    change(
        db,
        run(
            "CREATE TRIGGER spy AFTER INSERT ON item WHEN new.id = 3"
            " BEGIN UPDATE item SET title = 'forged' WHERE id = 3; END",
            "UPDATE item SET title = 'forged' WHERE id = 3",
        ),
    )
    assert bad(examine(db)).keys() == {"schema", "tables"}


def test_statistics_and_free_pages_are_no_tampering(db: Path) -> None:
    change(db, run("ANALYZE", "CREATE TABLE x(y)", "DROP TABLE x", "VACUUM"))
    sound(db)


def test_tables_of_an_older_vsm_are_no_tampering_but_views_and_triggers_are(db: Path) -> None:
    older = "UPDATE meta SET value = '1' WHERE key = 'projection_version'"
    change(db, run(older, "DROP INDEX item_run", "CREATE TABLE gone(x)"))
    sound(db)
    tamper = run("CREATE VIEW spy AS SELECT 1", "DROP TRIGGER journal_keeps_rows")
    change(db, tamper, journal_too=False)
    text = bad(examine(db))["schema"]
    assert "view spy" in text and "journal_keeps_rows" in text


def test_an_event_of_a_newer_vsm_is_not_called_bad(db: Path) -> None:
    change(db, forge(15, "UPDATE journal SET v = 99 WHERE seq = 15"))
    report = examine(db)
    assert not report.ok and not report.is_damaged
    assert "written by a newer one" in bad(report)["tables"]


def test_versions_that_no_vsm_writes_show(db: Path) -> None:
    change(db, run("UPDATE meta SET value = 'none' WHERE key = 'projection_version'"))
    assert "projection version 'none'" in bad(examine(db))["schema"]
    now = f"UPDATE meta SET value = '{PROJECTION_VERSION}'"
    change(db, run(now, "PRAGMA user_version = 0"))
    assert "schema version 0" in bad(examine(db))["schema"]


def test_the_expected_schema_and_migrations_are_those_of_a_new_database() -> None:
    conn = sqlite3.connect(":memory:", isolation_level=None)
    migrations.build(conn)
    comparison = compare_schema(conn)
    assert comparison.differences == () and len(comparison.readable) == 58
    assert compare_migrations(conn) == []
    assert len(versions.MIGRATION_NAMES) == versions.SCHEMA_VERSION
    conn.close()
