"""Reads the verdicts of controls at moves, as they were recorded."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection
from typing import TYPE_CHECKING

from vsm.model.control.control import Disposition, Mode, Verdict
from vsm.model.control.recorded import CheckedByHand, Recorded
from vsm.store.people import People

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3


def evaluations(
    conn: sqlite3.Connection,
    stream: int | None = None,
    control: int | None = None,
    since: int = 0,
    until: int | None = None,
) -> list[Recorded]:
    """Verdicts (of a stream, of a control) given from a moment on, perhaps up to another, in the
    order of the journal.
    """
    rows = conn.execute(
        "SELECT seq, control, item, stream, source, target, at, judged_at, version, verdict,"
        " disposition, mode, facts, missing, problem, waiver, emergency, refused FROM evaluation"
        " WHERE (?1 IS NULL OR stream = ?1) AND (?2 IS NULL OR control = ?2) AND judged_at >= ?3"
        " AND (?4 IS NULL OR judged_at <= ?4)"
        " ORDER BY seq, control",
        (stream, control, since, until),
    )
    return [
        Recorded._make(row)._replace(
            verdict=Verdict(row[9]),
            disposition=Disposition(row[10]),
            mode=Mode(row[11]),
            missing=tuple(json.loads(row[13])),
            is_refused=bool(row[17]),
        )
        for row in rows
    ]


def checks_by_hand(
    conn: sqlite3.Connection, stream: int, control: int, until: int
) -> list[CheckedByHand]:
    """The verdicts of a control that people asked for and recorded in a stream up to a moment."""
    people = People(conn)
    rows = conn.execute(
        "SELECT j.seq, j.item, json_extract(j.payload, '$.target'), j.recorded_at, j.actor, g.value"
        " FROM journal j, json_each(j.payload, '$.gates') g WHERE j.kind = 'move_checked'"
        " AND j.stream = ? AND json_extract(g.value, '$.control') = ? AND j.recorded_at <= ?"
        " ORDER BY j.seq",
        (stream, control, until),
    )
    checks = []
    for seq, item, target, at, actor, text in rows:
        gate = json.loads(text)
        checks.append(
            CheckedByHand(
                *(seq, item, target, at, people.read(actor).name, gate["version"]),
                *(Verdict(gate["verdict"]), Mode(gate["mode"]), tuple(gate.get("missing", ()))),
            )
        )
    return checks


def has_modes(conn: sqlite3.Connection, stream: int) -> bool:
    """Whether a mode was ever set in a stream."""
    sql = "SELECT EXISTS(SELECT 1 FROM governance_mode WHERE only = ?)"
    return bool(conn.execute(sql, (stream,)).fetchone()[0])


def items_in(conn: sqlite3.Connection, stages: Collection[int]) -> set[int]:
    """The unarchived items that are in any of these stages, by id."""
    rows = conn.execute(
        "SELECT id FROM item WHERE stage IN (SELECT value FROM json_each(?)) AND archived = 0",
        (json.dumps(list(stages)),),
    )
    return {item for (item,) in rows}


def blocked_spans(conn: sqlite3.Connection, stream: int) -> dict[int, list[tuple[int, int | None]]]:
    """By item of a stream, when it was blocked; the end of an open blocker is ``None``."""
    spans: dict[int, list[tuple[int, int | None]]] = defaultdict(list)
    rows = conn.execute(
        "SELECT b.item, b.started, b.ended FROM block b JOIN item i ON i.id = b.item"
        " WHERE i.stream = ? ORDER BY b.item, b.started",
        (stream,),
    )
    for item, started, ended in rows:
        spans[item].append((started, ended))
    return spans
