"""Reads which due dates of a stream's items were known when."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from vsm.model.rules import number_of_day

if TYPE_CHECKING:
    from vsm.store.past_facts import PastFacts
    from vsm.store.sqlite import sqlite3

EVER = -(1 << 62)
"""Since when the due date is known that an item had from the beginning."""


def due_dates(
    conn: sqlite3.Connection, stream: int, facts: PastFacts, *, as_shown: bool = False
) -> dict[int, list[tuple[int, int | None]]]:
    """By item id the due days (since 1970) with the moment from which each was known, ascending.

    Of items of a stream that have or had a due date. That of an import was known from then on; for
    what the past is shown with (``as_shown``) it counts before too.
    """
    changed = [
        item for item, edits in facts.edits.items() if any("due" in before for _, before in edits)
    ]
    rows = conn.execute(
        "SELECT id, due FROM item WHERE stream = ?"
        " AND (due IS NOT NULL OR id IN (SELECT value FROM json_each(?)))",
        (stream, json.dumps(changed)),
    )
    out = {}
    for item, due in rows.fetchall():
        imported = facts.imported.get(item, EVER)
        known = _of_item(due, facts.edits.get(item, ()), imported)
        out[item] = [(EVER, known[0][1]), *known[1:]] if as_shown else known
    return out


def _of_item(
    now: str | None, edits: Sequence[tuple[int, dict[str, Any]]], since: int
) -> list[tuple[int, int | None]]:
    """What was known from a moment on, from what is now and the values before, the latest first."""
    out: list[tuple[int, int | None]] = []
    for moment, before in edits:
        if moment <= since:
            break
        if "due" in before:
            out.append((moment, _day(now)))
            now = before["due"]
    return [(since, _day(now)), *reversed(out)]


def _day(due: str | None) -> int | None:
    return None if due is None else number_of_day(date.fromisoformat(due))
