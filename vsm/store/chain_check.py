"""Checks the chain of a journal and explains its first wrong entry: which, of when, by whom, why.

Rows are read one after the other, so a journal of any length takes the same memory. Only at the
first wrong entry the journal is searched for what belongs there: that tells an entry that was
edited from one that was put in, moved or taken away.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from vsm.date_form import write_moment
from vsm.model.rules import local
from vsm.store import journal
from vsm.store.chain import GENESIS, digest, find_fault, seems_redacted
from vsm.store.people import People
from vsm.store.sqlite import sqlite3

_FAR = 10_000
"""Up to so many entries in a row that were put in or taken away are recognised as such."""

Row = tuple[Any, ...]


class Wrong(StrEnum):
    """Kinds of wrong entries, as they are published."""

    EDITED = "edited"
    MISSING = "missing"
    REORDERED = "reordered"
    PUT_IN = "put in"
    UNRECORDED = "redacted without record"
    CUT = "cut at the end"


class Fault(NamedTuple):
    """The first wrong entry; ``at`` (when it was recorded) and ``actor`` where it is there."""

    seq: int
    wrong: Wrong
    what: str
    at: int | None = None
    actor: str | None = None


class ChainCheck(NamedTuple):
    """Entries ``first`` to ``last`` hold together, the last with this hash; then comes a fault."""

    first: int
    last: int
    hash: bytes
    fault: Fault | None


def verify(conn: sqlite3.Connection, first: int = 1, until: str = "") -> ChainCheck:
    """Follow the chain from an entry to the end, or to the one whose hash begins with ``until``.

    The hash of the entry before ``first`` is taken for right. Where texts were taken out, the end
    is read too, because the record of that has to be proven.
    """
    last, head = journal.head(conn)
    if first > max(last, 1):
        return ChainCheck(first, last, head, _cut(last, head, f"there is no entry {first}"))
    previous, is_reached = journal.hash_at(conn, first - 1), not until
    if previous is None:
        return ChainCheck(first, first - 1, b"", _missing(conn, first - 1, first - 1))
    redacted, expected = journal.redacted_entries(conn), first
    where = "" if first == 1 else f" WHERE seq >= {first}"
    for row in conn.execute(f"SELECT {journal.COLUMNS} FROM journal{where} ORDER BY seq"):
        try:
            wrong = find_fault(row, expected, previous, redacted)
        except (TypeError, ValueError) as error:  # of another type, or no UTF-8
            wrong = str(error)
        if wrong is not None:
            fault = _explain(conn, row, expected, previous, redacted)
            return ChainCheck(first, expected - 1, previous, fault)
        previous, expected = row[16], expected + 1
        if not is_reached and previous.hex().startswith(until):
            is_reached = True
            if not redacted:
                break
    end: Fault | None = None
    if not is_reached:
        end = _cut(expected - 1, previous, f"no entry has the hash {until}")
    return ChainCheck(first, expected - 1, previous, end)


def _explain(
    conn: sqlite3.Connection, row: Row, n: int, previous: bytes, redacted: Mapping[int, str]
) -> Fault:
    """Find the kind of what is wrong with the row that stands where entry ``n`` should be."""
    if type(row[0]) is int and row[0] > n:
        moved = next((r for r in journal.rows_after(conn, n) if _fits(r, n, previous)), None)
        if moved is None:
            return _missing(conn, n, row[0] - 1)
        text = f"it was put out of order: it is entry {moved[0]} now"
        return _fault(conn, (n, *moved[1:]), Wrong.REORDERED, text)
    if row[0] != n:
        return _fault(conn, row, Wrong.PUT_IN, "it was put in: vsm counts from 1")
    if not _fits(row, n, previous):
        displaced = (
            _put_in_before(conn, row, n)
            or _belongs_elsewhere(conn, row, n, previous)
            or _renumbered(conn, row, n)
        )
        if displaced is not None:
            return displaced
    if n in redacted:
        text = "it was edited: it is neither as written nor as redacted"
        return _fault(conn, row, Wrong.EDITED, text)
    if seems_redacted(row):
        text = "texts were taken out of it, and no entry records that"
        return _fault(conn, row, Wrong.UNRECORDED, text)
    if _fits(row, n, previous):
        return _fault(conn, row, Wrong.EDITED, "its content was edited")
    also = f", or entry {n - 1} was, with a new hash" if n > 1 else ""
    return _fault(conn, row, Wrong.EDITED, f"it was edited{also}")


def _put_in_before(conn: sqlite3.Connection, row: Row, n: int) -> Fault | None:
    """Entries before this one whose hashes fit, but that this one does not know of."""
    sql = "SELECT seq, hash FROM journal WHERE seq < ? ORDER BY seq DESC LIMIT ?"
    for seq, stored in [*conn.execute(sql, (n - 1, _FAR)), (0, GENESIS)]:
        if _fits(row, seq + 1, bytes(stored)):
            first = conn.execute(
                f"SELECT {journal.COLUMNS} FROM journal WHERE seq = ?", (seq + 1,)
            ).fetchone()
            return _fault(conn, first, Wrong.PUT_IN, _counted("put in", n - seq - 1))
    return None


def _belongs_elsewhere(conn: sqlite3.Connection, row: Row, n: int, previous: bytes) -> Fault | None:
    """The true entry stands further down: others were put in before it, or it changed places."""
    place = next((r[0] for r in journal.rows_after(conn, n) if _fits(r, n, previous)), None)
    if place is None:
        return None
    if any(
        _fits(row, number, bytes(stored))
        for seq, stored in conn.execute("SELECT seq, hash FROM journal")
        for number in (place, n + 1, seq, seq + 1)
    ):
        text = f"it was put out of order: what was written as entry {n} is entry {place} now"
        return _fault(conn, row, Wrong.REORDERED, text)
    return _fault(conn, row, Wrong.PUT_IN, _counted("put in", place - n))


def _renumbered(conn: sqlite3.Connection, row: Row, n: int) -> Fault | None:
    """Whether entries were taken away here and the later ones given their numbers."""
    after = next(journal.rows_after(conn, n), None)
    if after is None or after[0] != n + 1:
        return None
    for gone in range(1, _FAR):
        if _fits(after, n + 1 + gone, row[16]):
            return _missing(conn, n, n + gone - 1, " (those after them were given their numbers)")
    return None


def _fits(row: Row, number: int, previous: bytes) -> bool:
    """Whether a row is as written, had it this number and came after that hash."""
    try:
        return digest(previous, (number, *row[1:14]), row[15]) == bytes(row[16])
    except (TypeError, ValueError):
        return False


def _missing(conn: sqlite3.Connection, first: int, last: int, more: str = "") -> Fault:
    which = f"entry {first} is" if first == last else f"entries {first} to {last} are"
    before = conn.execute(
        f"SELECT {journal.COLUMNS} FROM journal WHERE seq = ?", (first - 1,)
    ).fetchone()
    after = "" if before is None else f", after {_label(conn, before)[0]}"
    return Fault(first, Wrong.MISSING, f"{which} missing{more}{after}")


def _cut(last: int, head: bytes, what: str) -> Fault:
    text = f"{what}: the journal ends at entry {last} with {head.hex()[:16]}"
    return Fault(last + 1, Wrong.CUT, f"{text}, so its end was cut, or another journal was meant")


def _counted(what: str, count: int) -> str:
    return f"it was {what}" if count == 1 else f"it and the {count - 1} after it were {what}"


def _fault(conn: sqlite3.Connection, row: Row, wrong: Wrong, what: str) -> Fault:
    label, at, actor = _label(conn, row)
    return Fault(row[0], wrong, f"{label}: {what}", at, actor)


def _label(conn: sqlite3.Connection, row: Row) -> tuple[str, int | None, str | None]:
    """A row in words, with its moment and who made it, as far as they can be read."""
    at: int | None = None
    try:
        parts = [f"{write_moment(local(row[6], 'UTC'))} UTC"]
        at = row[6]
    except (TypeError, ValueError, OverflowError, OSError):
        parts = ["no moment"]  # it was edited, too
    try:
        actor = People(conn).read(row[7]).name
    except (TypeError, sqlite3.Error):
        actor = str(row[7])
    actor = actor.encode("utf-8", "backslashreplace").decode()
    return f"entry {row[0]} ({parts[0]}, {actor})", at, actor
