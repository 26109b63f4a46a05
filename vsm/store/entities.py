"""Tables of declared entities: their definitions, rows read as values, values written as rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from vsm.model.entities import ENTITIES
from vsm.model.entity import Entity, Field

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3

T = TypeVar("T")


def fold_name(text: str) -> str:
    """A name as it is compared: letter case and extra spaces ignored."""
    return " ".join(text.split()).casefold()


def pack(value: Any) -> str:
    """Lists and mappings as JSON text, the one way in which tables keep them."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# -- definitions -------------------------------------------------------------------------


def table_definitions() -> dict[str, str]:
    """The tables of all entities and of their many-to-many relations, by name."""
    tables: dict[str, str] = {}
    for entity in ENTITIES.values():
        columns = ["id INTEGER PRIMARY KEY"]
        for field in entity.fields:
            if field.type.column:
                required = "" if field.type.nullable else " NOT NULL"
                columns.append(f"{field.name} {field.type.column}{required}")
            if field.name in entity.folded:
                unique = " UNIQUE" if field.name == entity.key else ""
                columns.append(f"{field.name}_fold TEXT NOT NULL{unique}")
        tables[entity.table] = f"CREATE TABLE {entity.table}( {', '.join(columns)} ) STRICT"
        for field in _relations(entity):
            own, other = entity.name, field.refers_to
            tables[_relation(entity, field)] = (
                f"CREATE TABLE {_relation(entity, field)}("
                f" {own} INTEGER NOT NULL REFERENCES {entity.table}(id),"
                f" {other} INTEGER NOT NULL REFERENCES {ENTITIES[other].table}(id),"
                f" PRIMARY KEY ({own}, {other}) ) STRICT, WITHOUT ROWID"
            )
    return tables


def index_definitions() -> tuple[str, ...]:
    """Indexes that find by what a many-to-many relation refers to."""
    return tuple(
        "CREATE INDEX {0}_{1} ON {0}({1})".format(_relation(entity, field), field.refers_to)
        for entity in ENTITIES.values()
        for field in _relations(entity)
    )


def _relations(entity: Entity[Any]) -> list[Field]:
    """The fields whose values are rows of a table of their own."""
    return [field for field in entity.fields if not field.type.column]


def _relation(entity: Entity[Any], field: Field) -> str:
    return field.relation or f"{entity.table}_{field.name}"


# -- rows → values -----------------------------------------------------------------------


@cache
def _select(entity: Entity[Any]) -> str:
    columns = [
        f"x.{field.name}"
        if field.type.column
        else f"(SELECT json_group_array({field.refers_to}) FROM (SELECT {field.refers_to}"
        f" FROM {_relation(entity, field)} WHERE {entity.name} = x.id ORDER BY 1))"
        for field in entity.fields
    ]
    return f"SELECT x.id, {', '.join(columns)} FROM {entity.table} x"


@lru_cache(maxsize=1024)
def _entity(entity: Entity[T], row: tuple[Any, ...]) -> T:
    values = (
        tuple(json.loads(value))
        if value is not None and (field.type.is_list or not field.type.column)
        else value
        for field, value in zip(entity.fields, row[1:], strict=True)
    )
    return entity.type(row[0], *values)


def get(conn: sqlite3.Connection, entity: Entity[T], number: int) -> T | None:
    """The entity with this id."""
    row = conn.execute(f"{_select(entity)} WHERE x.id = ?", (number,)).fetchone()
    return _entity(entity, row) if row else None


def find(conn: sqlite3.Connection, entity: Entity[T], key: str) -> T | None:
    """The entity with this key, letter case ignored."""
    where = f"{_select(entity)} WHERE x.{entity.key}_fold = ?"
    row = conn.execute(where, (fold_name(key),)).fetchone()
    return _entity(entity, row) if row else None


def read_all(conn: sqlite3.Connection, entity: Entity[T]) -> list[T]:
    """All of an entity, by title, or by number."""
    rows = conn.execute(f"{_select(entity)} ORDER BY {_order(entity)}")
    return [_entity(entity, row) for row in rows]


def read_where(
    conn: sqlite3.Connection, entity: Entity[T], field: str, values: Sequence[Any]
) -> list[T]:
    """Those of an entity whose field has one of these values, in the same order."""
    where = f"x.{field} IN ({', '.join('?' * len(values))})"
    rows = conn.execute(f"{_select(entity)} WHERE {where} ORDER BY {_order(entity)}", values)
    return [_entity(entity, row) for row in rows]


def read_matching(
    conn: sqlite3.Connection, entity: Entity[T], where: str, values: Sequence[Any]
) -> list[T]:
    """Those of an entity that a condition in SQL holds for, in no order."""
    rows = conn.execute(f"{_select(entity)} WHERE {where}", values)
    return [_entity(entity, row) for row in rows]


def distinct(conn: sqlite3.Connection, entity: Entity[Any], field: str) -> list[Any]:
    """The values that a field with a column has, once each."""
    return [value for (value,) in conn.execute(f"SELECT DISTINCT {field} FROM {entity.table}")]


def _order(entity: Entity[Any]) -> str:
    return "x.id" if entity.is_numbered else f"x.{entity.title}_fold, x.id"


def titles(conn: sqlite3.Connection, entity: Entity[Any]) -> dict[int, str]:
    """The titles of all of an entity, by id."""
    return dict(conn.execute(f"SELECT id, {entity.title} FROM {entity.table}").fetchall())


def title(conn: sqlite3.Connection, entity: Entity[Any], number: int) -> str | None:
    """The title of the entity with this id."""
    sql = f"SELECT {entity.title} FROM {entity.table} WHERE id = ?"
    row = conn.execute(sql, (number,)).fetchone()
    return str(row[0]) if row else None


def is_in_use(conn: sqlite3.Connection, entity: Entity[Any], number: int) -> bool:
    """Whether anything refers to the entity with this id."""
    places = list(entity.used_by)
    for other in ENTITIES.values():
        for field in other.fields:
            if field.refers_to == entity.name:
                column = field.name if field.type.column else field.refers_to
                table = other.table if field.type.column else _relation(other, field)
                places.append((table, column))
    if not places:
        return False
    tests = (f"EXISTS(SELECT 1 FROM {table} WHERE {column} = ?1)" for table, column in places)
    return bool(conn.execute(f"SELECT {' OR '.join(tests)}", (number,)).fetchone()[0])


# -- values → rows -----------------------------------------------------------------------


def insert(
    conn: sqlite3.Connection, entity: Entity[Any], number: int, values: Mapping[str, Any]
) -> None:
    """Store a new row."""
    columns = {"id": number, **_columns(entity, values)}
    marks = ", ".join("?" * len(columns))
    sql = f"INSERT INTO {entity.table}({', '.join(columns)}) VALUES({marks})"
    conn.execute(sql, tuple(columns.values()))
    _relate(conn, entity, number, values)


def update(
    conn: sqlite3.Connection, entity: Entity[Any], number: int, values: Mapping[str, Any]
) -> None:
    """Change the row of an entity that is there."""
    columns = _columns(entity, values)
    if columns:
        sets = ", ".join(f"{name} = ?" for name in columns)
        sql = f"UPDATE {entity.table} SET {sets} WHERE id = ?"
        conn.execute(sql, (*columns.values(), number))
    _relate(conn, entity, number, values)


def delete(conn: sqlite3.Connection, entity: Entity[Any], number: int) -> None:
    """Delete the row of an entity and its relations."""
    _relate(conn, entity, number, {field.name: () for field in _relations(entity)})
    conn.execute(f"DELETE FROM {entity.table} WHERE id = ?", (number,))


def _columns(entity: Entity[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name, value in values.items():
        field = entity.field(name)
        if field.type.column:
            is_packed = field.type.is_list and value is not None
            columns[name] = pack(value) if is_packed else value
        if name in entity.folded:
            columns[f"{name}_fold"] = str(value).casefold()
    return columns


def _relate(
    conn: sqlite3.Connection, entity: Entity[Any], number: int, values: Mapping[str, Any]
) -> None:
    for field in _relations(entity):
        if field.name in values:
            table = _relation(entity, field)
            conn.execute(f"DELETE FROM {table} WHERE {entity.name} = ?", (number,))
            conn.executemany(
                f"INSERT INTO {table}({entity.name}, {field.refers_to}) VALUES(?, ?)",
                [(number, other) for other in values[field.name]],
            )
