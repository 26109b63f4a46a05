"""Queries of a stream's history: visits, departures to other streams, blockers, types, qualities.

An item belongs to the history of every stream that it was in, with its visits there. What it did
in another stream counts nowhere in this one.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from vsm.store.queries import ALL, Fits

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3

Block = tuple[int, str, int | None, int, int | None]
"""``(item, kind, its team, started, ended)`` of a blocker, or of a part of its time."""
FAR = 1 << 62

EVER = (
    "(i.stream = ?1 OR (i.transferred = 1 AND EXISTS (SELECT 1 FROM visit p"
    " JOIN stage q ON q.id = p.stage WHERE p.item = i.id AND q.stream = ?1)))"
)
"""Whether ``item i`` is or was in a stream."""


def visits(
    conn: sqlite3.Connection, stream: int, fits: Fits = ALL
) -> Iterator[tuple[int, int, int]]:
    """``(item, stage, entered)`` of all visits to stages of a stream, by item and in order."""
    return iter(
        conn.execute(
            "SELECT v.item, v.stage, v.entered FROM item i JOIN visit v ON v.item = i.id"
            f" WHERE {EVER} AND (i.transferred = 0"
            f" OR v.stage IN (SELECT id FROM stage WHERE stream = ?1)){fits[0]} ORDER BY i.id, v.n",
            (stream, *fits[1]),
        )
    )


def items(conn: sqlite3.Connection, stream: int, fits: Fits) -> list[int]:
    """The ids of the items that are or were in a stream and fit a filter."""
    rows = conn.execute(f"SELECT i.id FROM item i WHERE {EVER}{fits[0]}", (stream, *fits[1]))
    return [item for (item,) in rows]


def board_order(conn: sqlite3.Connection, items: Collection[int]) -> list[int]:
    """Items as stages hold them: expedited ones first, then by rank; without archived ones."""
    rows = conn.execute(
        "SELECT id FROM item WHERE id IN (SELECT value FROM json_each(?)) AND archived = 0"
        " ORDER BY expedite DESC, rank, id",
        (json.dumps(sorted(items)),),
    )
    return [item for (item,) in rows]


def containers(conn: sqlite3.Connection) -> frozenset[int]:
    """The items that others are parts of."""
    rows = conn.execute(
        "SELECT id FROM item WHERE key IN (SELECT parent FROM item WHERE parent IS NOT NULL)"
    )
    return frozenset(item for (item,) in rows)


def parts_of(conn: sqlite3.Connection, items: Collection[int]) -> frozenset[int]:
    """These items and all that are parts of them, at any depth."""
    rows = conn.execute(
        "WITH RECURSIVE part(id) AS (SELECT value FROM json_each(?)"
        " UNION SELECT i.id FROM part p JOIN item w ON w.id = p.id JOIN item i ON i.parent = w.key)"
        " SELECT id FROM part",
        (json.dumps(sorted(items)),),
    )
    return frozenset(item for (item,) in rows)


def departures(conn: sqlite3.Connection, stream: int) -> list[tuple[int, int, int]]:
    """``(item, n, moment)``: an item left for another stream from its visit ``n`` (from 0)."""
    return [
        (item, n, left)
        for item, stays in _transferred(conn, stream).items()
        for n, (_, left, is_last) in enumerate(stays)
        if is_last and left is not None
    ]


def _transferred(
    conn: sqlite3.Connection, stream: int
) -> dict[int, list[tuple[int, int | None, bool]]]:
    """Visits in a stream of items that changed streams: entered, left, and whether it is the last
    before one in another stream, or of all.
    """
    rows = conn.execute(
        "SELECT v.item, v.entered, v.left, s.stream = ?1 FROM item i"
        # CROSS: begin with the few items that changed streams, not with all visits.
        " CROSS JOIN visit v ON v.item = i.id CROSS JOIN stage s ON s.id = v.stage"
        f" WHERE i.transferred = 1 AND {EVER} ORDER BY i.id, v.n",
        (stream,),
    )
    out: dict[int, list[tuple[int, int | None, bool]]] = {}
    for item, group in groupby(rows, key=itemgetter(0)):
        stays = list(group)
        following = [bool(row[3]) for row in stays[1:]] + [False]
        out[item] = [
            (entered, left, not stays_on)
            for (_, entered, left, is_own), stays_on in zip(stays, following, strict=True)
            if is_own
        ]
    return out


def blocks(conn: sqlite3.Connection, stream: int) -> tuple[list[Block], list[int]]:
    """The blockers of a stream by item and start, and the id of each.

    A blocker is cut where its item changed teams, each part with the team of then, and to the time
    in which the item was in the stream.
    """
    rows = conn.execute(
        "SELECT b.item, b.kind, i.team, b.started, b.ended, b.id FROM block b"
        f" JOIN item i ON i.id = b.item WHERE {EVER} ORDER BY b.item, b.started, b.id",
        (stream,),
    ).fetchall()
    teams = _team_changes(conn, {row[0] for row in rows})
    spans = _spans(conn, stream)
    out: list[tuple[Block, int]] = []
    for item, kind, team, started, ended, number in rows:
        if (item not in teams and item not in spans) or (ended is not None and ended < started):
            out.append(((item, kind, team, started, ended), number))
            continue
        end = FAR if ended is None else ended
        for begin, until in spans.get(item, [(started, FAR)]):
            for of, a, b in _by_team(
                team, teams.get(item, []), max(started, begin), min(end, until)
            ):
                out.append(((item, kind, of, a, None if b == FAR else b), number))
    out.sort(key=lambda row: (row[0][0], row[0][3], row[1]))
    return [row for row, _ in out], [number for _, number in out]


def _spans(conn: sqlite3.Connection, stream: int) -> dict[int, list[tuple[int, int]]]:
    """When items that changed streams were in this one: ``[begin, end)``, the first ones first."""
    out: dict[int, list[tuple[int, int]]] = {}
    for item, stays in _transferred(conn, stream).items():
        spans = out.setdefault(item, [])
        begin: int | None = None
        for entered, left, is_last in stays:
            begin = entered if begin is None else begin
            if is_last:
                spans.append((begin, FAR if left is None else left))
                begin = None
    return out


def _team_changes(
    conn: sqlite3.Connection, items: set[int]
) -> dict[int, list[tuple[int, int | None]]]:
    """When items changed teams, the latest first, with the team before."""
    out: dict[int, list[tuple[int, int | None]]] = defaultdict(list)
    rows = conn.execute(
        "SELECT item, at, json_extract(payload, '$.changes.team[0]') FROM journal"
        " WHERE item IN (SELECT value FROM json_each(?)) AND kind = 'item_edited'"
        " AND json_type(payload, '$.changes.team') IS NOT NULL ORDER BY seq DESC",
        (json.dumps(sorted(items)),),
    )
    for item, at, before in rows:
        out[item].append((at, before))
    return out


def _by_team(
    team: int | None, changes: list[tuple[int, int | None]], begin: int, end: int
) -> list[tuple[int | None, int, int]]:
    """The teams of a span with their parts of it, the latest first."""
    out: list[tuple[int | None, int, int]] = []
    if end < begin:
        return out
    for at, before in changes:
        if at <= begin:
            break
        if at < end:
            out.append((team, at, end))
            end = at
        team = before
    return [*out, (team, begin, end)]


def flow_types(conn: sqlite3.Connection, stream: int) -> Iterator[tuple[int, str]]:
    """``(item, flow type)`` of the stream's items by id, features left out."""
    return iter(
        conn.execute(
            f"SELECT i.id, i.flow_type FROM item i WHERE {EVER} AND i.flow_type <> 'feature'"
            " ORDER BY i.id",
            (stream,),
        )
    )


def qualities(conn: sqlite3.Connection, stream: int) -> list[tuple[int, str]]:
    """``(item, history quality)`` of the stream's items whose history is not full."""
    return conn.execute(
        f"SELECT i.id, i.quality FROM item i WHERE {EVER} AND i.quality <> 'full'", (stream,)
    ).fetchall()
