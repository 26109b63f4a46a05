"""Compares the schema of a database with the one that this program creates.

Reads ``sqlite_master`` as data: no view is queried, no trigger fires, and no expression of the
file is evaluated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vsm.store.schema import JOURNAL, PROJECTED
from vsm.store.sqlite import sqlite3
from vsm.store.tables import create_tables
from vsm.store.versions import MIGRATION_NAMES

_MIGRATION_TABLE = "_sqlite_migrations"
"""Table of sqlite-utils; its definition differs between versions of that library."""

_STATISTICS = frozenset({"sqlite_stat1", "sqlite_stat4"})
"""Tables that ``ANALYZE`` adds; they hold no data of vsm."""

_NAMED = 5
"""Most objects that one finding names."""


@dataclass(frozen=True, slots=True)
class SchemaObject:
    """A row of ``sqlite_master``, its definition with white space evened out."""

    type: str
    name: str
    table: str
    sql: str

    def describe(self) -> str:
        """Type and name, with the table of a trigger or index."""
        where = f" on {self.table}" if self.type in ("trigger", "index") else ""
        return f"{self.type} {self.name}{where}"


@dataclass(frozen=True, slots=True)
class SchemaComparison:
    """Differences from the expected schema, and the tables that are safe to check.

    ``readable`` are the tables that are as vsm defines them, without an index of anybody else:
    checking them evaluates no expression that is not vsm's own.
    """

    missing: tuple[SchemaObject, ...]
    changed: tuple[SchemaObject, ...]
    added: tuple[SchemaObject, ...]
    readable: frozenset[str]

    @property
    def differences(self) -> tuple[SchemaObject, ...]:
        """All objects that are missing, changed or added."""
        return (*self.missing, *self.changed, *self.added)

    @property
    def is_fixed_by_rebuild(self) -> bool:
        """Whether a rebuild mends all: it makes the projected tables and all triggers anew."""
        return all(
            each.type == "trigger"
            or each.table in PROJECTED
            or (each.type == "index" and each in self.missing)
            for each in self.differences
        )

    def describe(self) -> str:
        """Name every difference, grouped by kind."""
        groups = (
            ("missing", self.missing),
            ("changed", self.changed),
            ("added by another program", self.added),
        )
        return "; ".join(f"{word}: {_list_names(objects)}" for word, objects in groups if objects)


def compare_schema(conn: sqlite3.Connection, *, is_older: bool = False) -> SchemaComparison:
    """Compare the schema with that of an empty database made in memory.

    In a file of an older vsm (``is_older``) only ``meta`` and the journal must be as they are
    today: its projected tables may have another shape. Views and triggers never were in any.
    """
    expected = _index_by_name(_create_expected_schema())
    present = _index_by_name(_read_schema(conn))
    if is_older:
        kept = ("meta", "journal")
        expected = {key: each for key, each in expected.items() if each.table in kept}
        present = {
            key: each
            for key, each in present.items()
            if each.table in kept or each.type not in ("table", "index")
        }
    missing = [each for key, each in expected.items() if key not in present]
    added = [each for key, each in present.items() if key not in expected]
    changed = [each for key, each in present.items() if expected.get(key, each) != each]
    # a trigger fires on writes alone, so it keeps no table from being read
    suspect = {each.table for each in (*added, *changed) if each.type != "trigger"}
    intact = {
        each.name
        for key, each in expected.items()
        if each.type == "table" and present.get(key) == each
    }
    readable = frozenset(intact - suspect)
    return SchemaComparison(tuple(missing), tuple(changed), tuple(added), readable)


def compare_migrations(conn: sqlite3.Connection) -> list[str]:
    """Names of migrations that are recorded and unknown here, or known and not recorded."""
    rows = conn.execute(f"SELECT migration_set, name FROM {_MIGRATION_TABLE}").fetchall()
    recorded = {f"{owner}.{name}" for owner, name in rows}
    return sorted(recorded ^ {f"vsm.{name}" for name in MIGRATION_NAMES})


def _create_expected_schema() -> list[SchemaObject]:
    # not by ``migrations.build``: loading sqlite-utils takes longer than all checks of a small file
    conn = sqlite3.connect(":memory:", isolation_level=None)
    try:
        for sql in JOURNAL:
            conn.execute(sql)
        create_tables(conn)
        return _read_schema(conn)
    finally:
        conn.close()


def _read_schema(conn: sqlite3.Connection) -> list[SchemaObject]:
    rows = conn.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
    # what is no text (a damaged row) is shown as Python writes it, so that it equals no name
    texts = [
        [v if isinstance(v, str) else "" if v is None else repr(v) for v in row] for row in rows
    ]
    objects = [
        SchemaObject(kind, name, table, " ".join(sql.split())) for kind, name, table, sql in texts
    ]
    return [each for each in objects if not _is_of_library(each)]


def _is_of_library(each: SchemaObject) -> bool:
    """Whether SQLite or sqlite-utils made the object for their own use."""
    if each.table != _MIGRATION_TABLE and each.table not in _STATISTICS:
        return False
    if each.type == "table":
        return each.name == each.table and each.sql.startswith("CREATE TABLE ")
    return each.type == "index" and each.name.isidentifier()


def _index_by_name(objects: Sequence[SchemaObject]) -> dict[tuple[str, str], SchemaObject]:
    return {(each.type, each.name): each for each in objects}


def _list_names(objects: Sequence[SchemaObject]) -> str:
    names = ", ".join(each.describe() for each in objects[:_NAMED])
    more = len(objects) - _NAMED
    return f"{names} and {more} more" if more > 0 else names
