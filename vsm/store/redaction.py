"""Takes texts out of the journal: a name that is to be forgotten, a text that should not be there.

The one place that changes entries. Their hashes stay, so the chain holds; an event records what
each became, so that anything else still shows. Tables are made anew from what is left, and what
SQLite kept of old pages is overwritten afterwards (:meth:`vsm.store.writer.Writer.wipe`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from vsm.model.actor import alias
from vsm.model.board import Redacted
from vsm.model.errors import BadInput
from vsm.store import journal
from vsm.store.chain import REDACTED, digest_redacted
from vsm.store.people import People
from vsm.store.replay import replay
from vsm.store.tables import restore_triggers

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3
    from vsm.store.writer import Transaction

_ONCE = 2000
TAKEN_OUT = "[redacted]"
"""Stands in place of a text that was taken out."""

_Row = tuple[Any, ...]
_Rewrite = Callable[[_Row], tuple[str, Any]]
"""Gives the actor and the payload that a row is to have."""


def forget(tx: Transaction, login: str, names: tuple[str, ...], reason: str) -> Redacted:
    """Put an alias in place of a login and of the other ``names`` of somebody, everywhere.

    They are replaced where they are a whole value: who did something, owner, member. Texts that
    mention them stay, and are told. Raises :class:`BadInput` where nobody has the login.
    """
    people = People(tx.conn)
    number = people.number_of(login)
    name = alias(number)
    gone = {text.casefold() for text in (login, *names) if text.strip()}

    def rewrite(row: _Row) -> tuple[str, Any]:
        payload = json.loads(row[14])
        if row[12].startswith("member_") and login.casefold() in map(str.casefold, _texts(payload)):
            payload = _replace_key(payload, "initials", f"f{number}"[:4])
        return _actor(row[7], gone, name), _replace(payload, gone, name)

    changed = _redact(tx, rewrite, reason, person=number)
    if not changed:
        raise BadInput(f"nobody called {login!r:.60} is in this journal", "vsm member list")
    word = re.compile("|".join(rf"\b{re.escape(text)}\b" for text in gone), re.IGNORECASE)
    mentions = tuple(row[0] for row in _rows(tx.conn) if word.search(row[14]))
    return Redacted(changed, name, mentions)


def take_out(tx: Transaction, seq: int, field: str, reason: str) -> Redacted:
    """Take the texts of a field out of an entry, and out of every entry of the same item.

    Raises :class:`BadInput` where there is no such entry, or it has no text in that field.
    """
    row = tx.conn.execute(f"SELECT {journal.COLUMNS} FROM journal WHERE seq = ?", (seq,)).fetchone()
    if row is None:
        raise BadInput(f"there is no entry {seq}", "vsm log --json says the number of each (seq)")
    texts = {text for text in _field(json.loads(row[14]), field) if text not in ("", TAKEN_OUT)}
    if not texts:
        known = sorted({key for key, _ in _keys(json.loads(row[14]))})
        raise BadInput(
            f"entry {seq} has no text in {field!r:.40}", f"it has: {', '.join(known) or 'no texts'}"
        )
    item, folded = row[3], {text.casefold() for text in texts}

    def rewrite(row: _Row) -> tuple[str, Any]:
        payload = json.loads(row[14])
        same = row[0] == seq or (item is not None and row[3] == item)
        return row[7], _replace(payload, folded, TAKEN_OUT) if same else payload

    changed = _redact(tx, rewrite, reason, fields=(field,))
    return Redacted(changed, TAKEN_OUT)


def _redact(tx: Transaction, rewrite: _Rewrite, reason: str, **what: Any) -> int:
    """Change the entries for which ``rewrite`` gives something else; returns how many."""
    from vsm.model.event import EntriesRedacted

    conn = tx.conn
    conn.execute("DROP TRIGGER journal_keeps_facts")
    changed: list[tuple[int, str]] = []
    for row in _rows(conn):
        actor, payload = rewrite(row)
        if (actor, payload) == (row[7], json.loads(row[14])):
            continue
        text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
        conn.execute(
            "UPDATE journal SET actor = ?, payload = ? WHERE seq = ?", (actor, text, row[0])
        )
        new = (*row[:7], actor, *row[8:14], text, *row[15:])
        previous = journal.hash_at(conn, row[0] - 1) or b""
        changed.append((row[0], digest_redacted(new, previous)))
    restore_triggers(conn)
    if changed:
        tx.record([EntriesRedacted(entries=tuple(changed), reason=reason, **what)])
        replay(conn)
    return len(changed)


def _rows(conn: sqlite3.Connection) -> Iterator[_Row]:
    """Rows of the journal, some at a time, so that they can be changed meanwhile."""
    last = 0
    while rows := conn.execute(
        f"SELECT {journal.COLUMNS} FROM journal WHERE seq > ? AND kind <> ? ORDER BY seq LIMIT ?",
        (last, REDACTED, _ONCE),
    ).fetchall():
        yield from rows
        last = rows[-1][0]


def _actor(column: str, gone: set[str], by: str) -> str:
    """What the column of who it was is to hold."""
    if column.casefold() in gone:
        return by
    number, _, name = column.partition("=")
    return f"{number}={by}" if name.casefold() in gone else column


def _replace(value: Any, gone: set[str], by: str) -> Any:
    """The value with ``by`` in place of each text that is gone, at any depth."""
    if isinstance(value, str):
        return by if value.casefold() in gone else value
    if isinstance(value, list):
        return [_replace(part, gone, by) for part in value]
    if isinstance(value, dict):
        return {key: _replace(part, gone, by) for key, part in value.items()}
    return value


def _replace_key(payload: dict[str, Any], name: str, by: str) -> dict[str, Any]:
    """The payload with ``by`` in place of every text of one field."""
    out = dict(payload)
    for key, value in payload.items():
        if key == name:
            out[key] = _replace(value, {text.casefold() for text in _texts(value)}, by)
        elif isinstance(value, dict):
            out[key] = _replace_key(value, name, by)
    return out


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


def _keys(value: Any) -> Iterator[tuple[str, Any]]:
    """Fields that hold texts, at any depth."""
    if isinstance(value, dict):
        for key, part in value.items():
            if isinstance(part, dict):
                yield from _keys(part)
            elif any(text not in ("", TAKEN_OUT) for text in _texts(part)):
                yield key, part


def _field(payload: dict[str, Any], name: str) -> Iterator[str]:
    for key, value in _keys(payload):
        if key == name:
            yield from _texts(value)
