"""The journal as lines of JSON, and a database made from them: the lossless backup.

The first line says what the rest is: format, number of entries, and the hash of the last one, so
that a file whose end is missing shows. Then one entry a line, as it stands in the journal; hashes
in hexadecimal. What could act on a terminal is escaped, as JSON allows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from vsm.model.errors import BadInput, VsmError
from vsm.model.sanitise import escaped
from vsm.store import journal
from vsm.store.chain import GENESIS, find_fault
from vsm.store.people import People

if TYPE_CHECKING:
    from vsm.model.event import Event, Recorded
    from vsm.model.history import Progress
    from vsm.store.journal_check import JournalCheck
    from vsm.store.sqlite import sqlite3

FORMAT = "vsm.journal/1"
_NAMES = tuple(journal.COLUMNS.split(", "))
_TOLD = _NAMES[:14]
"""What an entry is hashed with, in this order, before its payload."""
_TEXTS = frozenset({"actor", "session", "source", "source_event_id", "kind"})
_NULLS = frozenset({"undoes", "item", "item_version", "source_event_id", "stream"})
_PAYLOAD = ',"payload":'
_ONCE = 2000
_REMEDY = "nothing was imported: export the journal again, or use a backup"


def lines(conn: sqlite3.Connection) -> Iterator[str]:
    """The journal as text, a line at a time and without its end.

    The caller holds a read transaction, so that the first line is true of the others.
    """
    last, digest = journal.head(conn)
    first: dict[str, Any] = {"schema": FORMAT, "entries": last, "head": digest.hex()}
    redacted = journal.redacted_entries(conn)
    if redacted:
        first["redacted"] = redacted
    yield json.dumps(first, separators=(",", ":"))
    for row in conn.execute(f"SELECT {journal.COLUMNS} FROM journal ORDER BY seq"):
        entry = dict(zip(_TOLD, row[:14], strict=True))
        entry["payload_hash"], entry["hash"] = bytes(row[15]).hex(), bytes(row[16]).hex()
        text = json.dumps(entry, ensure_ascii=False, separators=(",", ":"))
        payload = "null" if row[14] is None else row[14]
        yield escaped(f"{text[:-1]}{_PAYLOAD}{payload}}}")


def load(
    conn: sqlite3.Connection,
    lines: Iterable[bytes],
    file: str,
    progress: Progress | None = None,
) -> int:
    """Fill an empty journal from such lines, checking each hash; returns the number of entries.

    Only the journal is written: the caller replays the tables, in the same transaction. Raises
    :class:`BadInput` with the line for whatever is not as it was exported.
    """
    from vsm.model.event import EntriesRedacted, Recorded
    from vsm.store.journal_check import JournalCheck

    check, people = JournalCheck(), People()
    rest = iter(lines)
    entries, head, redacted = _heading(next(rest, b""), file)
    last, done = GENESIS, 0
    proven: dict[int, str] = {}
    rows: list[tuple[Any, ...]] = []
    for number, line in enumerate(rest, 2):
        where = f"{file} line {number}"
        if not line.strip():
            continue
        row = _row(line, where)
        done += 1
        if row[0] != done:
            raise BadInput(f"{where}: entry {done} is missing, entry {row[0]} is there", _REMEDY)
        fault = find_fault(row, done, last, redacted)
        if fault is not None:
            raise BadInput(f"{where}: {fault}", _REMEDY)
        event = _readable(row[12], row[13], row[14], where)
        last = row[16]
        if isinstance(event, EntriesRedacted):
            proven.update(event.entries)
        entry = Recorded(*row[:7], people.read(row[7]), *row[8:12], event)  # type: ignore[call-arg]
        _check_entry(check, entry, row[14], where)
        rows.append(row)
        if len(rows) == _ONCE:
            journal.insert(conn, rows)
            rows.clear()
            if progress is not None:
                progress(done, max(done, entries))
    try:
        check.finish()
    except ValueError as error:
        raise BadInput(f"{file} ends with what vsm cannot have written: {error}", _REMEDY) from None
    journal.insert(conn, rows)
    if proven != redacted:
        raise BadInput(f"{file} line 1: redacted is not what its entries say", _REMEDY)
    if (done, last.hex()) != (entries, head):
        raise BadInput(
            f"{file} ends after entry {done} of {entries}: its end is missing or another", _REMEDY
        )
    return done


def _heading(line: bytes, file: str) -> tuple[int, str, dict[int, str]]:
    heading = _json(line, f"{file} line 1")
    if heading.get("schema") != FORMAT:
        raise BadInput(
            f"{file} line 1 does not begin a journal: schema is {heading.get('schema')!r:.80},"
            f" not {FORMAT!r}",
            "name a file that vsm export journal has written",
        )
    entries, head = heading.get("entries"), heading.get("head")
    if type(entries) is not int or type(head) is not str:
        raise BadInput(f"{file} line 1: entries or head is missing", _REMEDY)
    redacted = heading.get("redacted", {})
    try:
        return entries, head, {int(seq): str(became) for seq, became in redacted.items()}
    except (AttributeError, ValueError):
        raise BadInput(f"{file} line 1: redacted is not what vsm writes", _REMEDY) from None


def _json(line: bytes, where: str) -> dict[str, Any]:
    try:
        # Of bytes json would also take UTF-16, which no line of ours is.
        value = json.loads(line.decode())
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{where} is not JSON: {error}", _REMEDY) from error
    if not isinstance(value, dict):
        raise BadInput(f"{where} is no entry of a journal", _REMEDY)
    return value


def _row(line: bytes, where: str) -> tuple[Any, ...]:
    """The columns of an entry.

    What its payload was hashed as is looked for in the line itself.
    """
    entry = _json(line, where)
    for name in (*_TOLD, "payload_hash", "hash", "payload"):
        if name not in entry:
            raise BadInput(f"{where}: {name} is missing", _REMEDY)
    for name in _TOLD:
        value = entry[name]
        kind = str if name in _TEXTS else int
        if type(value) is not kind and not (value is None and name in _NULLS):
            raise BadInput(f"{where}: {name} cannot be {value!r:.80}", _REMEDY)
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise BadInput(f"{where}: {name} is too large", _REMEDY)
        if isinstance(value, str) and not _is_text(value):
            raise BadInput(f"{where}: {name} is not Unicode text", _REMEDY)
    try:
        body, chained = (bytes.fromhex(entry[name]) for name in ("payload_hash", "hash"))
    except (ValueError, TypeError) as error:
        raise BadInput(f"{where}: payload_hash or hash is no hash", _REMEDY) from error
    payload = _payload(line.decode(), entry["payload"], body)
    return (*(entry[name] for name in _TOLD), payload, body, chained)


def _is_text(value: str) -> bool:
    """Whether it can be hashed and stored: JSON also spells halves of surrogate pairs."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_entry(check: JournalCheck, entry: Recorded, payload: str, where: str) -> None:
    """Refuse an entry that vsm cannot have written after those before it."""
    try:
        check.check(entry, payload)
    except ValueError as error:
        raise BadInput(
            f"{where}: vsm cannot have written entry {entry.seq}: {error}", _REMEDY
        ) from None


def _payload(line: str, value: Any, body: bytes) -> str:
    """The payload's text as it was hashed: as it stands in the line, or written anew.

    Written anew too where neither was hashed: it was changed, or texts were taken out of it.
    """
    start = line.find(_PAYLOAD) + len(_PAYLOAD)
    there = line[start : line.rindex("}")]
    for text in (there, json.dumps(value, ensure_ascii=False, separators=(",", ":"))):
        if _is_text(text) and hashlib.sha256(text.encode()).digest() == body:
            return text
    return text if _is_text(text) else ""


def _readable(kind: str, version: int, payload: str, where: str) -> Event:
    from pydantic import ValidationError

    from vsm.model.event import load as load_event
    from vsm.store.journal_check import describe_error

    if version < 1:
        raise BadInput(f"{where}: there is no version {version} of an event", _REMEDY)
    try:
        return load_event(kind, version, payload)
    except VsmError as error:
        shape = error.__cause__
        if isinstance(shape, ValidationError):
            what = describe_error(shape)
            raise BadInput(
                f"{where}: an event {kind!r:.40} cannot be read: {what}", _REMEDY
            ) from None
        raise BadInput(f"{where}: {error.message}", error.remedy) from error
    except RecursionError:
        raise BadInput(f"{where}: the payload is nested too deeply", _REMEDY) from None
