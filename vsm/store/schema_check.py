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
            thing.type == "trigger"
            or thing.table in PROJECTED
            or (thing.type == "index" and thing in self.missing)
            for thing in self.differences
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
        expected = {key: thing for key, thing in expected.items() if thing.table in kept}
        present = {
            key: thing
            for key, thing in present.items()
            if thing.table in kept or thing.type not in ("table", "index")
        }
    missing = [thing for key, thing in expected.items() if key not in present]
    added = [thing for key, thing in present.items() if key not in expected]
    changed = [thing for key, thing in present.items() if expected.get(key, thing) != thing]
    # a trigger fires on writes alone, so it keeps no table from being read
    suspect = {thing.table for thing in (*added, *changed) if thing.type != "trigger"}
    intact = {
        thing.name
        for key, thing in expected.items()
        if thing.type == "table" and present.get(key) == thing
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
    return [thing for thing in objects if not _is_of_library(thing)]


def _is_of_library(thing: SchemaObject) -> bool:
    """Whether SQLite or sqlite-utils made the object for their own use."""
    if thing.table != _MIGRATION_TABLE and thing.table not in _STATISTICS:
        return False
    if thing.type == "table":
        return thing.name == thing.table and thing.sql.startswith("CREATE TABLE ")
    return thing.type == "index" and thing.name.isidentifier()


def _index_by_name(objects: Sequence[SchemaObject]) -> dict[tuple[str, str], SchemaObject]:
    return {(thing.type, thing.name): thing for thing in objects}


def _list_names(objects: Sequence[SchemaObject]) -> str:
    names = ", ".join(thing.describe() for thing in objects[:_NAMED])
    more = len(objects) - _NAMED
    return f"{names} and {more} more" if more > 0 else names
