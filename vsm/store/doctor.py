"""``vsm doctor``: is the file whole, is the journal as written, do the tables follow from it?"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from vsm.model.errors import VsmError
from vsm.store import journal, migrations
from vsm.store.opening import read_header
from vsm.store.schema import PROJECTED
from vsm.store.sqlite import connect, sqlite3, wal_reset_bug


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what, whether it is well, and more in words."""

    name: str
    ok: bool
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """All findings; ``head`` is the journal's last position and hash (hex)."""

    path: Path
    findings: tuple[Finding, ...]
    head: tuple[int, str] | None

    @property
    def ok(self) -> bool:
        """Whether everything is well."""
        return all(f.ok for f in self.findings)


def examine(path: Path) -> Report:
    """Look at a database without changing it; raises nothing for what is wrong with the file."""
    findings = [_engine()]
    try:
        header = read_header(path)
        if header is not None:
            migrations.refuse_newer(header.version, path)
            size = f"{header.pages} pages of {header.page_size} bytes"
            findings.append(Finding("file", True, size))
        conn = connect(path, write=False)
    except VsmError as error:
        return Report(path, (*findings, Finding("file", False, str(error))), None)
    head: tuple[int, str] | None = None
    try:
        findings.append(_pages(conn))
        findings.append(_journal(conn))
        seq, last = journal.head(conn)
        head = (seq, last.hex())
        if all(f.ok for f in findings):
            findings.append(_versions(conn))
            findings.append(_tables(conn))
    except sqlite3.Error as error:
        findings.append(Finding("file", False, f"it cannot be read: {error}"))
    finally:
        conn.close()
    return Report(path, tuple(findings), head)


def _engine() -> Finding:
    version = sqlite3.sqlite_version
    if wal_reset_bug():
        return Finding(
            "engine",
            True,
            f"SQLite {version} has the WAL-reset bug; the lock file keeps vsm's own writers apart,"
            " so let no other program write to this file (or install pysqlite3)",
        )
    return Finding("engine", True, f"SQLite {version}")


def _pages(conn: sqlite3.Connection) -> Finding:
    rows = [row[0] for row in conn.execute("PRAGMA integrity_check(5)")]
    broken = conn.execute("PRAGMA foreign_key_check").fetchall()
    if rows != ["ok"]:
        return Finding("pages", False, f"damaged: {'; '.join(map(str, rows))}")
    if broken:
        return Finding("pages", False, f"a row of {broken[0][0]} refers to nothing")
    return Finding("pages", True, "every page and index is whole")


def _journal(conn: sqlite3.Connection) -> Finding:
    fault = journal.verify(conn)
    if fault is not None:
        return Finding("journal", False, f"not as it was written: {fault.what}")
    seq, last = journal.head(conn)
    return Finding("journal", True, f"{seq} entries, the chain is unbroken, head {last.hex()[:16]}")


def _versions(conn: sqlite3.Connection) -> Finding:
    row = conn.execute(
        "SELECT item, count(*), max(item_version) FROM journal WHERE item IS NOT NULL"
        " GROUP BY item HAVING count(*) <> max(item_version) LIMIT 1"
    ).fetchone()
    if row:
        return Finding(
            "versions", False, f"item {row[0]} has {row[1]} changes but version {row[2]}"
        )
    return Finding("versions", True, "no change of an item is missing")


def _tables(conn: sqlite3.Connection) -> Finding:
    """Replay the journal in a copy and compare every table row by row."""
    from vsm.store.replay import replay

    if not migrations.is_current(conn):
        return Finding("tables", True, "of an older vsm: they are made anew at the next change")
    with tempfile.TemporaryDirectory(prefix="vsm-doctor-") as folder:
        copy = sqlite3.connect(Path(folder) / "copy.db", isolation_level=None)
        try:
            conn.backup(copy)
            copy.execute("PRAGMA journal_mode=OFF").fetchall()
            copy.execute("PRAGMA synchronous=OFF")
            for name in PROJECTED:
                copy.execute(f"CREATE TEMP TABLE was_{name} AS SELECT * FROM main.{name}")
            copy.execute("BEGIN")
            replay(copy)
            for name in PROJECTED:
                for a, b in ((f"was_{name}", f"main.{name}"), (f"main.{name}", f"was_{name}")):
                    row = copy.execute(
                        f"SELECT * FROM {a} EXCEPT SELECT * FROM {b} LIMIT 1"
                    ).fetchone()
                    if row:
                        return Finding(
                            "tables",
                            False,
                            f"{name} differs from the journal (first at {row[0]!r}):"
                            " vsm rebuild makes it right",
                        )
        finally:
            copy.close()
    return Finding("tables", True, "every table follows from the journal")
