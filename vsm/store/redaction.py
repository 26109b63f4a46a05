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
from vsm.model.allocation import AbsenceKind
from vsm.model.board import Redacted
from vsm.model.errors import BadInput
from vsm.store import journal
from vsm.store.chain import TAKEN_OUT, digest_redacted
from vsm.store.people import People
from vsm.store.replay import replay
from vsm.store.tables import restore_triggers
from vsm.store.turn import TakenOut

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3
    from vsm.store.transaction import Transaction

_ONCE = 2000
TEXTS = (
    *("declared_note", "description", "note", "policy", "reason", "sentence", "text", "title"),
)
"""Fields whose texts can be taken out: nothing depends on them."""
_PEOPLE = (
    *("by", "login", "owner", "merged_by", "change.dpia.by"),
    *("asked_by", "answered_by", "decided_by", "lead", "noted_by"),
)
"""Fields that hold the name of somebody."""
_KEYS = ("key_added", "key_revoked")
"""Kinds of events about keys, each called by its owner as they like."""
_MEMBER = "member_"
"""Kinds of events about members begin with it."""
_ALIAS = "alias_"
"""Kinds of events about logins that a member has elsewhere begin with it."""
_PEOPLE_ENTITIES = ("allocation", "absence")
"""Entities that say something about a member beside their login."""
_FACTS = ("absence_kind", "skills")
"""Their fields that go when a member is forgotten."""

_Row = tuple[Any, ...]
_Rewrite = Callable[[_Row, Any], tuple[str, Any]]
"""Gives the actor and the payload that a row with a payload is to have."""
_Change = Callable[[str, str], str]
"""Gives what is to stand in place of a text, in the field of a name."""


def forget(tx: Transaction, login: str, reason: str) -> Redacted:
    """Put an alias in place of somebody's login and names: as who did something, owner, member.

    Texts that mention them stay, and are told. Raises :class:`BadInput` where nobody has the login.
    """
    number = People(tx.conn).number_of(login)
    name, (members, names) = alias(number), _memberships(tx.conn, login)
    aliases = _aliases(tx.conn, members)
    gone = {text.casefold() for text in (login, *names, *aliases)}

    def change(field: str, text: str) -> str:
        return name if field in _PEOPLE and text.casefold() in gone else text

    def change_member(field: str, text: str) -> str:
        return {"login": name, "name": name, "initials": f"f{number}"[:4]}.get(field, text)

    def change_key(field: str, text: str) -> str:
        return name if field in ("login", "title") else text

    about = _entries_about(tx.conn, members)

    def rewrite(row: _Row, payload: Any) -> tuple[str, Any]:
        how = change
        if row[0] in about:
            return _actor(row[7], gone, name), _without_facts(row[12], payload)
        if row[12].startswith(_MEMBER) and payload["member"] in members:
            how = change_member
        elif row[12].startswith(_ALIAS) and payload.get("name", "").casefold() in gone:
            number = payload["alias"]
            return _actor(row[7], gone, name), {**payload, "name": f"{name}-alias-{number}"}
        elif row[12] in _KEYS and payload["login"].casefold() in gone:
            how = change_key
        return _actor(row[7], gone, name), _rewritten(payload, how)

    changed = _redact(tx, rewrite, reason, person=number)
    if not changed:
        raise BadInput(f"nobody called {login!r:.60} is in this journal", "vsm member list")
    word = re.compile("|".join(rf"\b{re.escape(text)}\b" for text in gone), re.IGNORECASE)
    mentions = tuple(row[0] for row in _rows(tx.conn) if word.search(row[14]))
    return Redacted(changed, name, mentions)


def take_out(tx: Transaction, seq: int, field: str, reason: str) -> Redacted:
    """Take the texts of a field out of an entry, and wherever its item has them in that field.

    Raises :class:`BadInput` where there is no such entry, or it has no text in that field.
    """
    row = tx.conn.execute(f"SELECT {journal.COLUMNS} FROM journal WHERE seq = ?", (seq,)).fetchone()
    if row is None:
        raise BadInput(f"there is no entry {seq}", "vsm log --json says the number of each (seq)")
    texts: dict[str, set[str]] = {}

    def note(name: str, text: str) -> str:
        if name in TEXTS and text not in ("", TAKEN_OUT):
            texts.setdefault(name, set()).add(text)
        return text

    _rewritten(json.loads(row[14]), note)
    known = ", ".join(texts)
    if field not in texts:
        raise BadInput(
            f"entry {seq} has no text in {field!r:.40} that can be taken out",
            f"it has: {known}" if known else f"only these can: {', '.join(TEXTS)}",
        )

    def change(name: str, text: str) -> str:
        return TAKEN_OUT if name == field and text in texts[field] else text

    def rewrite(other: _Row, payload: Any) -> tuple[str, Any]:
        # Beside its item's, or where it is of none, those of the same stream.
        same = (other[3], other[11]) == (row[3], row[11]) if row[3] is None else other[3] == row[3]
        return other[7], _rewritten(payload, change) if same else payload

    return Redacted(_redact(tx, rewrite, reason, fields=(field,)), TAKEN_OUT)


def _redact(tx: Transaction, rewrite: _Rewrite, reason: str, **what: Any) -> int:
    """Change the entries for which ``rewrite`` gives something else; returns how many."""
    from vsm.model.event import EntriesRedacted

    conn = tx.conn
    conn.execute("DROP TRIGGER journal_keeps_facts")
    changed: list[tuple[int, str]] = []
    for row in _rows(conn):
        before = json.loads(row[14])
        actor, payload = rewrite(row, before)
        if (actor, payload) == (row[7], before):
            continue
        text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
        conn.execute(
            "UPDATE journal SET actor = ?, payload = ? WHERE seq = ?", (actor, text, row[0])
        )
        new = (*row[:7], actor, *row[8:14], text, *row[15:])
        previous = journal.hash_at(conn, row[0] - 1) or b""
        changed.append((row[0], digest_redacted(new, previous)))
        tx.taken_out.append(TakenOut(row[0], actor, text))
    restore_triggers(conn)
    if changed:
        tx.record([EntriesRedacted(entries=tuple(changed), reason=reason, **what)])
        replay(conn)
        conn.execute("INSERT OR REPLACE INTO meta(key, value) VALUES('wipe', 'owed')")
    return len(changed)


def owes_wipe(conn: sqlite3.Connection) -> bool:
    """Whether old pages may still hold what was taken out: wiping was not possible, or killed."""
    return conn.execute("SELECT 1 FROM meta WHERE key = 'wipe'").fetchone() is not None


def _rows(conn: sqlite3.Connection) -> Iterator[_Row]:
    """Rows of the journal, some at a time, so that they can be changed meanwhile."""
    last = 0
    while rows := conn.execute(
        f"SELECT {journal.COLUMNS} FROM journal WHERE seq > ? ORDER BY seq LIMIT ?", (last, _ONCE)
    ).fetchall():
        yield from rows
        last = rows[-1][0]


def _memberships(conn: sqlite3.Connection, login: str) -> tuple[set[int], set[str]]:
    """The ids of members with a login, and every name that they had."""
    members: set[int] = set()
    names: set[str] = set()

    def note(field: str, text: str) -> str:
        if field == "name" and text.strip():
            names.add(text)
        return text

    sql = "SELECT payload FROM journal WHERE kind GLOB ? ORDER BY seq"
    for (text,) in conn.execute(sql, (f"{_MEMBER}*",)):
        payload = json.loads(text)
        if str(payload.get("login", "")).casefold() == login.casefold():
            members.add(payload["member"])
        if payload["member"] in members:
            _rewritten(payload, note)
    return members, names


def _aliases(conn: sqlite3.Connection, members: set[int]) -> set[str]:
    """Every login elsewhere that was noted of these members."""
    sql = "SELECT payload FROM journal WHERE kind GLOB ? ORDER BY seq"
    payloads = [json.loads(text) for (text,) in conn.execute(sql, (f"{_ALIAS}*",))]
    return {p["name"] for p in payloads if "name" in p and p.get("member") in members}


def _entries_about(conn: sqlite3.Connection, members: set[int]) -> set[int]:
    """Positions of entries about allocations and absences of members."""
    about: set[int] = set()
    for entity in _PEOPLE_ENTITIES:
        own: set[int] = set()
        sql = "SELECT seq, payload FROM journal WHERE kind GLOB ? ORDER BY seq"
        for seq, text in conn.execute(sql, (f"{entity}_*",)):
            payload = json.loads(text)
            if payload.get("member") in members:
                own.add(payload[entity])
            if payload[entity] in own:
                about.add(seq)
    return about


def _without_facts(kind: str, payload: Any) -> Any:
    """A payload about an allocation or an absence without its kind and skills."""
    values = {name: value for name, value in payload.items() if name not in _FACTS}
    if "changes" in values:
        values["changes"] = {n: v for n, v in values["changes"].items() if n not in _FACTS}
    elif kind.startswith("absence"):
        values["absence_kind"] = AbsenceKind.OTHER.value
    return values


def _actor(column: str, gone: set[str], by: str) -> str:
    """What the column of who it was is to hold."""
    if column.casefold() in gone:
        return by
    number, _, name = column.partition("=")
    return f"{number}={by}" if name.casefold() in gone else column


def _rewritten(value: Any, change: _Change, field: str = "") -> Any:
    """A payload with each of its texts, at any depth, as ``change`` gives it."""
    if isinstance(value, str):
        return change(field, value)
    if isinstance(value, list):
        return [_rewritten(part, change, field) for part in value]
    if isinstance(value, dict):
        return {key: _rewritten(part, change, key) for key, part in value.items()}
    return value
