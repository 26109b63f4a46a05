"""Cards as they stood at a moment: where items were, what held them up, on whom they waited.

Titles, owners and other fields are as they are now, as in every figure of the past.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from vsm.model.board import BACKWARDS, Card, Detail, Flowed
from vsm.model.item import BlockerKind, ClassOfService
from vsm.model.rules import Days
from vsm.model.stream import ValueStream
from vsm.store.details import runs_backwards

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3

_THEN = "v.n = (SELECT max(w.n) FROM visit w WHERE w.item = {item} AND w.entered <= :at)"
"""The one visit in which an item was: the last one recorded that had begun, as visits may seem to
overlap where clocks differed (:func:`vsm.model.rules.as_of`)."""
_OPEN = f"""
    JOIN item o ON o.key = {{}} JOIN visit v ON v.item = o.id AND {_THEN.format(item="o.id")}
    JOIN stage s ON s.id = v.stage AND s.category NOT IN ('done', 'dropped')
"""
_FROM, _TO = _OPEN.format("l.source"), _OPEN.format("l.target")
_CARDS = f"""
    SELECT i.id, i.key, i.title, v.stage, i.version, i.type, i.service, i.owner, t.name, v.entered,
        b.kind, b.reason,
        (SELECT count(DISTINCT l.source) FROM link l {_FROM}
            WHERE l.target = i.key AND l.kind = 'blocks'),
        (SELECT count(DISTINCT l.target) FROM link l {_TO}
            WHERE l.source = i.key AND l.kind = 'blocks'),
        (SELECT group_concat(name, char(31)) FROM (SELECT DISTINCT w.name FROM link l {_FROM}
            JOIN team w ON w.id = o.team
            WHERE l.target = i.key AND l.kind = 'blocks' AND o.team IS NOT i.team
            ORDER BY w.name_fold)),
        m.initials, s.category IN ('done', 'dropped'), i.due
    FROM json_each(:ids) j
        JOIN item i ON i.id = j.value
        JOIN visit v ON v.item = i.id AND {_THEN.format(item="i.id")}
        JOIN stage s ON s.id = v.stage
        LEFT JOIN team t ON t.id = i.team
        LEFT JOIN member m ON m.login_fold = i.owner_fold
        LEFT JOIN block b ON b.id = (SELECT max(b.id) FROM block b
            WHERE b.item = i.id AND b.started <= :at AND (b.ended IS NULL OR b.ended > :at))
    ORDER BY j.key
"""


def cards(
    conn: sqlite3.Connection, ids: Sequence[int], at: int, flow: Mapping[int, Flowed], days: Days
) -> list[Card]:
    """The cards of these items at a moment (UTC microseconds), in the order of the ids."""
    out = []
    for row in conn.execute(_CARDS, {"ids": json.dumps(ids), "at": at}):
        known = flow[row[0]]
        start = known.start
        untimed = start is not None and known.finish is not None and known.cycle is None
        out.append(
            Card(
                id=row[0],
                key=row[1],
                title=row[2],
                stage=row[3],
                version=row[4],
                type=row[5],
                service=ClassOfService(row[6]),
                owner=row[7],
                team=row[8],
                entered=row[9],
                age=None if start is None or row[16] else days.between(start, max(start, at)),
                cycle=known.cycle,
                blocked=BlockerKind(row[10]) if row[10] is not None else None,
                blocked_reason=row[11] or "",
                waits_for=row[12],
                waited_by=row[13],
                waits_on=tuple(row[14].split("\x1f")) if row[14] else (),
                initials=row[15] or "",
                clock_off=untimed,
                idle=None if row[16] else days.between(row[9], max(row[9], at)),
                due=row[17],
                due_in=None if row[16] or row[17] is None else days.until(row[17], at),
            )
        )
    return out


def services(
    conn: sqlite3.Connection,
    stream: int,
    fits: tuple[str, Iterable[object]],
    *,
    archived: bool = False,
) -> dict[int, str]:
    """Id → class of service of the stream's items that fit a filter and are (not) archived."""
    sql, params = fits
    rows = conn.execute(
        f"SELECT i.id, i.service FROM item i WHERE i.stream = ? AND i.archived = ?{sql}",
        [stream, archived, *params],
    )
    return dict(rows.fetchall())


def then(
    conn: sqlite3.Connection, detail: Detail, stream: ValueStream, days: Days, at: int
) -> Detail:
    """The details of an item without what came after a moment; fields and links are as now."""
    row = conn.execute(
        "SELECT v.stage, v.entered, v.n FROM visit v WHERE v.item = :item"
        f" AND {_THEN.format(item=':item')}",
        {"item": detail.item.id, "at": at},
    ).fetchone()
    stage = stream.by_id.get(row[0]) if row is not None else None
    if stage is None:
        return detail
    started = detail.started if detail.started is not None and detail.started <= at else None
    done = detail.finished is not None and detail.finished <= at
    running = started is not None and not stage.category.ended
    return detail._replace(
        item=replace(detail.item, stage=stage.id, entered=row[1]),
        stage=stage.name,
        started=started,
        finished=detail.finished if done else None,
        age=days.between(started, at) if running and started is not None else None,
        cycle=detail.cycle if done else None,
        idle=None if stage.category.ended else days.between(row[1], max(row[1], at)),
        due_in=None
        if stage.category.ended or detail.item.due is None
        else days.until(detail.item.due, at),
        lead=detail.lead if done else None,
        clock=BACKWARDS if runs_backwards(conn, detail.item.id, row[2]) else "",
        blocks=tuple(
            block if block.ended is None or block.ended <= at else block._replace(ended=None)
            for block in detail.blocks
            if block.started <= at
        ),
        history=tuple(line for line in detail.history if line.at <= at),
        comments=tuple(comment for comment in detail.comments if comment.at <= at),
    )
