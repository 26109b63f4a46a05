"""Reads sprints: who is a member, what was committed to, and all that a rebuilt chart needs."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection
from typing import TYPE_CHECKING

from vsm.model.sprint import ItemFacts, Sprint, SprintChange, sprint_as_of
from vsm.model.sprint_entities import SPRINT
from vsm.model.sprint_ledger import MemberRecord, Status, Stay
from vsm.store import entities

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3

_CHOSEN = "(SELECT value FROM json_each(?1))"
_STATUS = {"done": Status.DONE, "dropped": Status.DROPPED}
_UNFINISHED = """
    SELECT m.item, m.sprint FROM sprint_member m JOIN sprint s ON s.id = m.sprint
    WHERE s.closed_at <= ?1 AND s.cancelled = 0 AND s.started_at IS NOT NULL
        AND m.entered < s.closed_at AND (m.left IS NULL OR m.left >= s.closed_at)
        AND NOT EXISTS (SELECT 1 FROM visit v JOIN stage g ON g.id = v.stage
            WHERE v.item = m.item AND v.entered <= s.closed_at
            AND (v.left IS NULL OR v.left > s.closed_at)
            AND g.category IN ('done', 'dropped'))
"""


CARRIED = """
    (SELECT count(DISTINCT m.sprint) FROM sprint_member m JOIN sprint s ON s.id = m.sprint
        WHERE m.item = i.id AND s.closed_at IS NOT NULL AND s.cancelled = 0
        AND s.started_at IS NOT NULL AND m.entered < s.closed_at
        AND (m.left IS NULL OR m.left >= s.closed_at)
        AND NOT EXISTS (SELECT 1 FROM visit v JOIN stage g ON g.id = v.stage
            WHERE v.item = m.item AND v.entered <= s.closed_at
            AND (v.left IS NULL OR v.left > s.closed_at)
            AND g.category IN ('done', 'dropped')))
"""
"""How many closed sprints ended with an ``item i`` that was not done."""


def open_sprint_of(conn: sqlite3.Connection, item: int) -> int | None:
    """The planned or active sprint that an item is in."""
    row = conn.execute(
        "SELECT m.sprint FROM sprint_member m JOIN sprint s ON s.id = m.sprint"
        " WHERE m.item = ? AND m.left IS NULL AND s.closed_at IS NULL"
        " ORDER BY m.entered DESC LIMIT 1",
        (item,),
    ).fetchone()
    return None if row is None else int(row[0])


def members(conn: sqlite3.Connection, sprint: int) -> list[int]:
    """The items that are in a sprint now, in the order in which they came in."""
    rows = conn.execute(
        "SELECT item FROM sprint_member WHERE sprint = ? AND left IS NULL ORDER BY entered, item",
        (sprint,),
    )
    return [int(item) for (item,) in rows]


def commitment(conn: sqlite3.Connection, sprint: int) -> dict[int, float | None]:
    """Items and estimates that the start of a sprint committed to."""
    return dict(
        conn.execute(
            "SELECT item, estimate FROM sprint_commitment WHERE sprint = ? ORDER BY item", (sprint,)
        ).fetchall()
    )


def sprints_of(conn: sqlite3.Connection, stream: int, at: int | None = None) -> list[Sprint]:
    """The sprints of a stream by their first day, as they are or as they stood at a moment."""
    known = [sprint for sprint in entities.read_all(conn, SPRINT) if sprint.only == stream]
    if at is not None:
        changes: dict[int, list[SprintChange]] = defaultdict(list)
        for sprint, moment, before in conn.execute(
            "SELECT sprint, at, before FROM sprint_change ORDER BY seq"
        ):
            changes[sprint].append(SprintChange(moment, json.loads(before)))
        stood = (sprint_as_of(sprint, changes[sprint.id], at) for sprint in known)
        known = [sprint for sprint in stood if sprint is not None]
    return sorted(known, key=lambda one: (one.started_at is None, _first(one), one.id))


def _first(sprint: Sprint) -> tuple[int, str]:
    return (sprint.started_at or 0, sprint.planned_start)


def records(conn: sqlite3.Connection, sprint: int) -> list[MemberRecord]:
    """All that is on record about every item that is or was in a sprint."""
    stays: dict[int, list[Stay]] = defaultdict(list)
    for item, *stay in conn.execute(
        "SELECT item, entered, left, reason, left_reason, by, left_by FROM sprint_member"
        " WHERE sprint = ? ORDER BY item, n",
        (sprint,),
    ):
        stays[item].append(Stay(*stay))
    for item in commitment(conn, sprint):
        stays.setdefault(item, [])
    chosen = list(stays)
    sizes, ends = estimates(conn, chosen), statuses(conn, chosen)
    return [
        MemberRecord(item, tuple(stays[item]), tuple(sizes[item]), tuple(ends[item]))
        for item in chosen
        if item in ends
    ]


def estimates(
    conn: sqlite3.Connection, items: Collection[int]
) -> dict[int, list[tuple[int, float | None]]]:
    """The estimates of items over time, from the journal: (moment, estimate from then on)."""
    out: dict[int, list[tuple[int, float | None]]] = {item: [] for item in items}
    rows = conn.execute(
        "SELECT j.item, j.at, j.kind, CASE j.kind"
        "  WHEN 'item_edited' THEN json_extract(j.payload, '$.changes.estimate[1]')"
        "  ELSE json_extract(j.payload, '$.fields.estimate') END,"
        " json_extract(j.payload, '$.transitions[0][0]'), json_extract(j.payload, '$.estimates')"
        " FROM journal j LEFT JOIN imported m ON m.item = j.item"
        f" WHERE j.item IN {_CHOSEN}"
        " AND (j.kind = 'item_added' OR (j.kind = 'item_history_imported' AND j.seq = m.seq)"
        "  OR (j.kind = 'item_edited' AND json_type(j.payload, '$.changes.estimate') IS NOT NULL))"
        " ORDER BY j.item, j.item_version",
        (json.dumps(list(items)),),
    )
    for item, at, kind, estimate, created, logged in rows:
        if kind == "item_history_imported":
            known = json.loads(logged) if logged else [(created, estimate)]
            out[item] = [(moment, value) for moment, value in known]
        else:
            out[item].append((at, estimate))
    return out


def statuses(
    conn: sqlite3.Connection, items: Collection[int]
) -> dict[int, list[tuple[int, Status]]]:
    """When items were finished, dropped and reopened: (moment, status from then on)."""
    out: dict[int, list[tuple[int, Status]]] = {}
    rows = conn.execute(
        "SELECT v.item, v.entered, g.category FROM visit v JOIN stage g ON g.id = v.stage"
        f" WHERE v.item IN {_CHOSEN} ORDER BY v.item, v.n",
        (json.dumps(list(items)),),
    )
    for item, entered, category in rows:
        status = _STATUS.get(category, Status.OPEN)
        known = out.setdefault(item, [])
        if status is not (known[-1][1] if known else Status.OPEN):
            known.append((entered, status))
    return out


def carried(conn: sqlite3.Connection, at: int, least: int = 1) -> dict[int, int]:
    """By item how many sprints ended up to a moment without it being done, from ``least`` on."""
    rows = conn.execute(
        f"SELECT item, count(DISTINCT sprint) FROM ({_UNFINISHED}) GROUP BY item"
        " HAVING count(DISTINCT sprint) >= ?2",
        (at, least),
    )
    return dict(rows.fetchall())


def item_facts(conn: sqlite3.Connection, items: Collection[int]) -> dict[int, ItemFacts]:
    """Key, title and more of items that are there, by id."""
    rows = conn.execute(
        f"SELECT id, key, title, created, estimate, type, labels FROM item WHERE id IN {_CHOSEN}",
        (json.dumps(list(items)),),
    )
    return {
        number: ItemFacts(key, title, created, estimate, kind, tuple(json.loads(labels)))
        for number, key, title, created, estimate, kind, labels in rows
    }


def defects(conn: sqlite3.Connection, stream: int, at: int) -> list[int]:
    """The items of a stream that count as defects and were there at a moment, by id."""
    rows = conn.execute(
        "SELECT id FROM item WHERE stream = ? AND flow_type = 'defect' AND created <= ?"
        " ORDER BY id",
        (stream, at),
    )
    return [int(number) for (number,) in rows]


def with_incidents(conn: sqlite3.Connection, items: Collection[int]) -> frozenset[int]:
    """Those of the items that are incidents, or linked to one."""
    rows = conn.execute(
        f"SELECT i.id FROM item i WHERE i.id IN {_CHOSEN} AND (i.type_fold LIKE '%incident%'"
        " OR EXISTS(SELECT 1 FROM link l JOIN item o ON o.key = l.target"
        "  WHERE l.source = i.key AND o.type_fold LIKE '%incident%')"
        " OR EXISTS(SELECT 1 FROM link l JOIN item o ON o.key = l.source"
        "  WHERE l.target = i.key AND o.type_fold LIKE '%incident%'))",
        (json.dumps(list(items)),),
    )
    return frozenset(int(item) for (item,) in rows)


def planned_ends(conn: sqlite3.Connection, sprint: int) -> list[tuple[int, str]]:
    """(moment, last day that was planned up to then) of changes of the plan, oldest first."""
    rows = conn.execute(
        "SELECT at, json_extract(before, '$.planned_end') FROM sprint_change"
        " WHERE sprint = ? AND json_extract(before, '$.planned_end') IS NOT NULL ORDER BY seq",
        (sprint,),
    )
    return [(int(at), str(day)) for at, day in rows]


def open_items(conn: sqlite3.Connection, stream: int) -> frozenset[int]:
    """The items of a stream on its board that are neither done nor dropped, by id."""
    rows = conn.execute(
        "SELECT i.id FROM item i JOIN stage g ON g.id = i.stage"
        " WHERE i.stream = ? AND i.archived = 0 AND g.category NOT IN ('done', 'dropped')",
        (stream,),
    )
    return frozenset(int(number) for (number,) in rows)
