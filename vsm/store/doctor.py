"""``vsm doctor``: examines a database file and reports what is sound, damaged or unknown.

Every check is guarded. A file can be damaged in ways that make SQLite, pydantic or Python raise
almost anything, and a report that says which check failed is worth more than a traceback. What
is in the way of a check (no memory, a lock, no rights) is never reported as damage.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from vsm.database_files import Opening, wal_path
from vsm.model.errors import VsmError
from vsm.model.journal_head import Anchor, RecordedHead, check_head
from vsm.store import journal, versions
from vsm.store.chain_check import ChainCheck, verify
from vsm.store.findings import (
    Finding,
    Report,
    Skipped,
    Status,
    advise,
    explain_failure,
    shorten,
)
from vsm.store.lock import Acknowledged, read_acknowledged
from vsm.store.loss import find_loss
from vsm.store.membership import membership
from vsm.store.opening import read_header
from vsm.store.reading import can_open, copy_whole
from vsm.store.redaction import owes_wipe
from vsm.store.schema import PROJECTED, PROJECTION_VERSION
from vsm.store.schema_check import SchemaComparison, compare_migrations, compare_schema
from vsm.store.sqlite import BUSY_SECONDS, sqlite3, wal_reset_bug

Result = tuple[bool, str]
"""Whether a check found nothing wrong, and its result in words."""


class ChainRange(NamedTuple):
    """A part of the journal: from an entry to the one whose hash begins with ``until``, or all."""

    first: int = 1
    until: str = ""


def examine(
    path: Path, against: Sequence[RecordedHead] = (), only_chain: ChainRange | None = None
) -> Report:
    """Examine a database without changing it; raises nothing for what is wrong with the file.

    ``against`` are heads of its journal that were recorded earlier elsewhere: only they can show
    that the end of the journal was cut, or that all of it was rewritten. With ``only_chain`` the
    chain of the journal is checked, or that part of it, and nothing else of the content.
    """
    examination = _Examination(path, only_chain)
    examination.run(against)
    findings = tuple(examination.findings)
    advice = advise(path, findings, examination.schema)
    return Report(path, findings, examination.head, advice, examination.chain)


class _Examination:
    """One run of all checks, with what the later ones need to know from the earlier ones."""

    def __init__(self, path: Path, only_chain: ChainRange | None) -> None:
        self.path = path
        self.findings: list[Finding] = []
        self.head: Anchor | None = None
        self.chain: ChainCheck | None = None
        self._only_chain = only_chain
        self.schema: SchemaComparison | None = None
        self.is_current = False

    def run(self, against: Sequence[RecordedHead]) -> None:
        """Make all checks that can be made."""
        self._guard("engine", _check_engine)
        if not self._guard("file", self._check_header):
            return
        acknowledged = read_acknowledged(self.path)  # before the journal, which is never behind it
        with contextlib.ExitStack() as opened:
            try:
                uri = opened.enter_context(_examined(self.path))
                conn = opened.enter_context(contextlib.closing(_connect(uri)))
            except Exception as error:
                self.findings.append(explain_failure("file", error))
                return
            if self._only_chain is not None:
                with contextlib.suppress(sqlite3.Error):  # then the check of the journal fails
                    self.schema = compare_schema(conn)
                self._guard("journal", lambda: self._check_journal(conn))
            else:
                self._check_content(conn, uri)
            for recorded in against:
                self._guard("against", partial(self._check_head, conn, recorded))
            if self._is_replica(conn):
                self._guard("server", self._check_server)
            else:
                self._guard("saved", lambda: self._check_acknowledged(conn, acknowledged))

    def _check_content(self, conn: sqlite3.Connection, uri: str) -> None:
        self._guard("schema", lambda: self._check_schema(conn))
        pages = self._guard("pages", lambda: self._check_pages(conn))
        chain = self._guard("journal", lambda: self._check_journal(conn))
        # A damaged tree of pages can have rows without end; the checks below would follow them.
        whole = pages and chain
        self._guard("versions", lambda: _check_versions(conn, whole))
        self._guard("tables", lambda: self._check_tables(uri, whole))

    def _guard(self, name: str, check: Callable[[], Result]) -> bool:
        """Make a check, keep its finding, and return whether it found nothing wrong."""
        try:
            ok, text = check()
            finding = Finding(name, Status.OK if ok else Status.BAD, text)
        except Exception as error:
            finding = explain_failure(name, error)
        self.findings.append(finding)
        return finding.ok

    def _check_header(self) -> Result:
        header = read_header(self.path)
        if header is None:
            return True, "open in this process, so its header was checked"
        try:
            versions.refuse_newer(header.version, self.path)
        except VsmError as error:
            raise Skipped(str(error)) from error
        return True, f"{header.pages} pages of {header.page_size} bytes"

    def _check_schema(self, conn: sqlite3.Connection) -> Result:
        (version,) = conn.execute("PRAGMA user_version").fetchone()
        comparison = compare_schema(conn)
        stamp = ""
        if "meta" in comparison.readable:
            try:
                versions.refuse_newer_content(conn, self.path)
            except VsmError as error:
                raise Skipped(str(error)) from error
            self.is_current = versions.is_current(conn)
            stamp = _read_stamp(conn)
            if not self.is_current:
                comparison = compare_schema(conn, is_older=True)
        self.schema = comparison
        faults = [comparison.describe()] if comparison.differences else []
        if version < 1:
            faults.append(f"no vsm writes schema version {version}")
        if "meta" in comparison.readable and not _is_known_stamp(stamp):
            faults.append(f"no vsm that is known here writes projection version {stamp!r:.60}")
        if not faults and version % versions.REPLICA == versions.SCHEMA_VERSION:
            names = compare_migrations(conn)
            faults = [f"not recorded as vsm does: migration {', '.join(names)}"] if names else []
        if faults:
            return False, "; ".join(faults)
        if not self.is_current:
            return True, "journal as vsm defines it; the tables are of an older vsm"
        return True, "every table, index and trigger is as vsm defines it, and no other is there"

    def _check_pages(self, conn: sqlite3.Connection) -> Result:
        schema = self._require_schema()
        if not any(thing.type in ("table", "index") for thing in (*schema.added, *schema.changed)):
            faults = _list_page_faults(conn, "5")
            if not faults and not any(thing.type == "table" for thing in schema.missing):
                faults = _list_dangling_rows(conn)
            return not faults, "; ".join(faults) or "every page and index is whole"
        # Checking a table evaluates the expressions of its constraints and indexes, so those that
        # are not vsm's own are left alone.
        faults = [f for name in sorted(schema.readable) for f in _list_page_faults(conn, name)]
        own = "every page and index of vsm's own tables is whole; the others were not checked"
        return not faults, "; ".join(faults[:5]) or own

    def _check_journal(self, conn: sqlite3.Connection) -> Result:
        self._require_journal()
        self.head = journal.anchor(conn)
        part = self._only_chain or ChainRange()
        self.chain = chain = verify(conn, *part)
        if chain.fault is not None:
            return False, f"not as it was written: {chain.fault.what}"
        redacted = len(journal.redacted_entries(conn))
        without = f", texts were taken out of {redacted} (vsm log)" if redacted else ""
        if "meta" in self._require_schema().readable and owes_wipe(conn):
            without += ", old pages may still hold them: vsm rebuild overwrites them"
        end = f"the chain is unbroken, head {chain.hash.hex()[:16]}"
        if part == ChainRange():
            return True, f"{chain.last} entries{without}, {end}"
        return True, f"entries {chain.first} to {chain.last}{without}, {end}"

    def _check_tables(self, uri: str, whole: bool) -> Result:
        from vsm.model.event import UnknownEvent
        from vsm.store.table_check import find_difference

        _require_whole(whole)
        schema = self._require_schema()
        if not self.is_current:
            return True, "of an older vsm: they are made anew at the next change"
        tables = [name for name in PROJECTED if name in schema.readable]
        try:
            difference = find_difference(uri, tables)
        except UnknownEvent as error:
            raise Skipped(str(error)) from error
        if difference is not None:
            table, row = difference
            return False, (
                f"{table} differs from the journal (first at {shorten(repr(row))}):"
                " a rebuild makes it right"
            )
        if len(tables) < len(PROJECTED):
            return True, f"{len(tables)} of {len(PROJECTED)} tables follow from the journal"
        return True, "every table follows from the journal"

    def _check_head(self, conn: sqlite3.Connection, recorded: RecordedHead) -> Result:
        self._require_journal()
        last, _ = journal.head(conn)

        def find_hash(seq: int) -> str | None:
            stored = journal.hash_at(conn, seq)
            return stored.hex() if stored is not None else None

        check = check_head(recorded, last, find_hash)
        return check.ok, check.text

    def _check_acknowledged(
        self, conn: sqlite3.Connection, acknowledged: Acknowledged | None
    ) -> Result:
        if acknowledged is None:
            return True, "nothing is recorded that was acknowledged"
        self._require_journal()
        loss = find_loss(conn, acknowledged, self.path)
        if loss is not None and read_acknowledged(self.path) != acknowledged:
            raise Skipped("the database was replaced meanwhile")
        if loss is not None:
            return False, loss.message
        return True, f"all that was acknowledged is there, up to entry {acknowledged.seq}"

    def _is_replica(self, conn: sqlite3.Connection) -> bool:
        if self.schema is None or "meta" not in self.schema.readable:
            return False
        try:
            return membership(conn) is not None
        except sqlite3.Error:  # damaged, as other checks say
            return False

    def _check_server(self) -> Result:
        """Hold a replica against its server, which has what was acknowledged."""
        try:
            from vsm.store.server.status import examine_cluster
        except ImportError:
            raise Skipped("psycopg is not installed: pip install 'vsm[cluster]'") from None
        status = examine_cluster(self.path)
        if status is None:
            raise Skipped("it was made a database of its own just now")
        server = status.server
        if server is None:
            raise Skipped(str(status.trouble))
        where = f"{server.host} at entry {server.seq}, durability: {server.durability}"
        if not server.is_chain_shared:
            return False, f"another history than here: {where}"
        return True, f"the same history: {where}"

    def _require_schema(self) -> SchemaComparison:
        if self.schema is None:
            raise Skipped("the schema cannot be read")
        return self.schema

    def _require_journal(self) -> None:
        if "journal" not in self._require_schema().readable:
            raise Skipped("the journal is not a table as vsm defines it")


# -- the connection ------------------------------------------------------------------------


@contextlib.contextmanager
def _examined(path: Path) -> Iterator[str]:
    """Name a file for SQLite so that examining it changes nothing, not even its WAL.

    The last connection to close writes what is in the WAL into the file, unless it is read-only.
    A read-only one in turn leaves an empty WAL behind where there was none. Where SQLite could
    only read along at the risk of reading what is being changed, a copy is examined.
    """
    if can_open(path):
        wal = wal_path(path)
        has_wal = wal.exists() and wal.stat().st_size > 0
        opening = Opening(path)
        try:
            yield f"{path.absolute().as_uri()}?mode={'ro' if has_wal else 'rw'}"
        finally:
            opening.release()
        return
    with tempfile.TemporaryDirectory(prefix="vsm-doctor-") as folder:
        copy, _ = copy_whole(path, Path(folder))
        yield f"{copy.as_uri()}?mode=rw"


def _connect(uri: str) -> sqlite3.Connection:
    """Open a connection that writes nothing, and reads one moment until it is closed."""
    conn = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_SECONDS)
    try:
        # Text that is no UTF-8 shall be found by the check that reads it.
        conn.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
        for setting in (
            "query_only=ON",
            "trusted_schema=OFF",
            "cell_size_check=ON",
            "temp_store=MEMORY",
        ):
            conn.execute(f"PRAGMA {setting}")
        conn.execute("BEGIN")
    except BaseException:
        conn.close()
        raise
    return conn


# -- checks ----------------------------------------------------------------------------------


def _check_engine() -> Result:
    version = sqlite3.sqlite_version
    if wal_reset_bug():
        return True, (
            f"SQLite {version} has the WAL-reset bug; the lock file keeps vsm's own writers apart,"
            " so let no other program write to this file (or install pysqlite3)"
        )
    return True, f"SQLite {version}"


def _list_page_faults(conn: sqlite3.Connection, argument: str) -> list[str]:
    """Ask SQLite what is wrong with a table, or with the whole file for a number of faults."""
    rows = [str(row[0]) for row in conn.execute(f"PRAGMA integrity_check({argument})")]
    return [] if rows == ["ok"] else [f"damaged: {'; '.join(rows)}"]


def _list_dangling_rows(conn: sqlite3.Connection) -> list[str]:
    row = conn.execute("PRAGMA foreign_key_check").fetchone()
    return [] if row is None else [f"a row of {row[0]} refers to nothing"]


def _read_stamp(conn: sqlite3.Connection) -> str:
    row = conn.execute("SELECT value FROM meta WHERE key = 'projection_version'").fetchone()
    return "" if row is None else str(row[0])


def _is_known_stamp(stamp: str) -> bool:
    return stamp in map(str, range(1, PROJECTION_VERSION + 1))


def _require_whole(whole: bool) -> None:
    if not whole:
        raise Skipped("the pages and the journal must be whole first")


def _check_versions(conn: sqlite3.Connection, whole: bool) -> Result:
    _require_whole(whole)
    row = conn.execute(
        "SELECT item, count(*), max(item_version) FROM journal WHERE item IS NOT NULL"
        " GROUP BY item HAVING count(*) <> max(item_version) LIMIT 1"
    ).fetchone()
    if row:
        return False, f"item {row[0]} has {row[1]} changes but version {row[2]}"
    return True, "no change of an item is missing"
