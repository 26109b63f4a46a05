"""Queries of a board in lanes: which lanes there are, and the order of cards by them.

A lane is an SQL expression over ``item i``: a text that is never ``NULL``, by which lanes and the
cards in a column are ordered alike. So a column stays one sequence of cards, read by windows.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vsm.model.item import ClassOfService
from vsm.model.lanes import Lane, LaneField, LaneView

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3

LAST = "\U0010ffff"
"""The key of the lane of items that have nothing in the field: it comes after all names."""
_OWNER = "(SELECT m.{} FROM member m WHERE m.login_fold = i.owner_fold)"
_KEYS = {
    LaneField.TEAM: f"coalesce((SELECT t.name_fold FROM team t WHERE t.id = i.team), '{LAST}')",
    LaneField.CLASS: "CASE i.service "
    + " ".join(f"WHEN '{service}' THEN '{n}'" for n, service in enumerate(ClassOfService))
    + " END",
    LaneField.PARENT: f"coalesce(lower(i.parent), '{LAST}')",
    LaneField.OWNER: f"coalesce({_OWNER.format('name_fold')} || char(31) || i.owner_fold,"
    f" i.owner_fold, '{LAST}')",
}
_NAMES = {
    LaneField.TEAM: "(SELECT t.name FROM team t WHERE t.id = i.team)",
    LaneField.CLASS: "i.service",
    LaneField.PARENT: "i.parent",
    LaneField.OWNER: f"coalesce({_OWNER.format('name')}, i.owner)",
}


def key_of(lanes: LaneView) -> str:
    """The lane of ``item i``, as SQL."""
    return _KEYS[lanes.by]


def lane_of(conn: sqlite3.Connection, item: int, by: LaneField) -> str | None:
    """The key of the lane that an item is in."""
    row = conn.execute(f"SELECT {_KEYS[by]} FROM item i WHERE id = ?", (item,)).fetchone()
    return None if row is None else str(row[0])


def unfolded(fits: tuple[str, list[Any]], lanes: LaneView | None) -> tuple[str, list[Any]]:
    """A filter as SQL with its parameters, without the items of folded lanes."""
    if lanes is None or not lanes.folded:
        return fits
    sql, params = fits
    clause = f" AND {key_of(lanes)} NOT IN (SELECT value FROM json_each(?))"
    return sql + clause, [*params, json.dumps(sorted(lanes.folded))]


def read_lanes(
    conn: sqlite3.Connection, by: LaneField, shown: list[tuple[int, str, list[Any]]]
) -> tuple[Lane, ...]:
    """The lanes that have cards, in their order.

    ``shown`` has each stage with the clause (and its parameters) of what its column shows.
    """
    counts: dict[str, dict[int, int]] = {}
    names: dict[str, str] = {}
    for stage, sql, params in shown:
        rows = conn.execute(
            f"SELECT {_KEYS[by]} AS lane, count(*), min({_NAMES[by]}) FROM item i{sql}"
            " GROUP BY lane",
            params,
        )
        for key, count, name in rows:
            counts.setdefault(key, {})[stage] = count
            names[key] = by.rest if name is None else name
    return _lanes(conn, by, names, counts)


def lanes_of(
    conn: sqlite3.Connection,
    by: LaneField,
    items: tuple[str, list[Any]],
    by_stage: Mapping[int, Sequence[int]],
) -> tuple[tuple[Lane, ...], dict[int, str]]:
    """The lanes that the items of stages are in, in their order, and the key of each item's lane.

    ``items`` is the table ``item i`` as SQL with its parameters.
    """
    table, params = items
    ids = json.dumps([item for some in by_stage.values() for item in some])
    rows = conn.execute(
        f"SELECT i.id, {_KEYS[by]}, {_NAMES[by]} FROM {table}"
        " WHERE i.id IN (SELECT value FROM json_each(?))",
        [*params, ids],
    ).fetchall()
    keys = {item: key for item, key, _ in rows}
    names = {key: by.rest if name is None else name for _, key, name in rows}
    counts: dict[str, dict[int, int]] = {}
    for stage, some in by_stage.items():
        for key, count in Counter(keys[item] for item in some).items():
            counts.setdefault(key, {})[stage] = count
    return _lanes(conn, by, names, counts), keys


def _lanes(
    conn: sqlite3.Connection,
    by: LaneField,
    names: dict[str, str],
    counts: Mapping[str, Mapping[int, int]],
) -> tuple[Lane, ...]:
    if by is LaneField.PARENT:
        _add_titles(conn, names)
    is_class = by is LaneField.CLASS
    return tuple(
        Lane(key, names[key], counts[key], ClassOfService(names[key]) if is_class else None)
        for key in sorted(counts)
    )


def _add_titles(conn: sqlite3.Connection, names: dict[str, str]) -> None:
    """Add the titles of parents to their keys."""
    rows = conn.execute(
        "SELECT lower(key), key, title FROM item WHERE key IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(names)),),
    )
    for folded, key, title in rows:
        names[folded] = f"{key} {title}"
