"""Reads which due dates of a stream's items were known when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from vsm.model.rules import number_of_day

if TYPE_CHECKING:
    from vsm.store.past_facts import PastFacts
    from vsm.store.sqlite import sqlite3

EVER = -(1 << 62)
"""Since when the due date is known that an item had from the beginning."""


def due_dates(
    conn: sqlite3.Connection, stream: int, facts: Callable[[], PastFacts]
) -> dict[int, list[tuple[int, int | None]]]:
    """By item id the due days (since 1970) with the moment from which each was known, ascending.

    Of items of a stream that have a due date now. That of an import was known from then on.
    """
    rows = conn.execute(
        "SELECT id, due FROM item WHERE stream = ? AND due IS NOT NULL", (stream,)
    ).fetchall()
    return {item: _of_item(item, due, facts()) for item, due in rows}


def _of_item(item: int, due: str, facts: PastFacts) -> list[tuple[int, int | None]]:
    now: str | None = due
    since = facts.imported.get(item, EVER)
    out: list[tuple[int, int | None]] = []
    for moment, before in facts.edits.get(item, ()):
        if moment <= since:
            break
        if "due" in before:
            out.append((moment, _day(now)))
            now = before["due"]
    return [(since, _day(now)), *reversed(out)]


def _day(due: str | None) -> int | None:
    return None if due is None else number_of_day(date.fromisoformat(due))
