"""The table of public keys that let people in, in a file of its own beside the database.

Not in the journal: revoking a key waits for nothing. Each call opens the file and closes it again,
so a server can ask several times a second and hold nothing meanwhile.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from vsm.database_files import served_keys_path, share
from vsm.model.errors import BadInput, EnvironmentProblem
from vsm.model.role import Role
from vsm.model.served_key import ServedKey
from vsm.store.atomic_file import put_new
from vsm.store.sqlite import explain, explain_os, sqlite3

BUSY = 2.0
"""Seconds that a call waits for another one that writes."""

_APPLICATION = 0x76736B31
"""``vsk1``: marks the file as one of keys."""
_SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS key (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    fingerprint TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    public TEXT NOT NULL,
    member TEXT NOT NULL,
    role TEXT,
    since INTEGER,
    until TEXT,
    sources TEXT NOT NULL DEFAULT '[]',
    comment TEXT NOT NULL DEFAULT '',
    added_by TEXT NOT NULL,
    added_at INTEGER NOT NULL,
    revoked_by TEXT,
    revoked_at INTEGER,
    last_used INTEGER
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS key_name ON key(name COLLATE NOCASE) WHERE revoked_at IS NULL;
CREATE TABLE IF NOT EXISTS state (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER) STRICT;
INSERT INTO state VALUES (1, 0) ON CONFLICT DO NOTHING;
PRAGMA application_id = {_APPLICATION};
COMMIT;
"""
_COLUMNS = (
    "id, name, fingerprint, kind, member, role, since, until, sources, comment, added_by,"
    " added_at, revoked_at, last_used"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key to add: ``public`` is its kind and its base64, as it stands in a ``.pub`` file."""

    name: str
    fingerprint: str
    kind: str
    public: str
    member: str
    role: Role | None = None
    until: date | None = None
    sources: tuple[str, ...] = ()
    comment: str = ""


class Keys:
    """The keys of a database, by the path of their file (:func:`served_keys_path`).

    Without a file there are no keys. Raises :class:`EnvironmentProblem` where it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def of(cls, database: Path) -> Keys:
        """The keys of those who may come to a database."""
        return cls(served_keys_path(database))

    # -- what a server asks -------------------------------------------------------

    def find(self, fingerprint: str) -> ServedKey | None:
        """The key with this fingerprint (``SHA256:…``), a revoked one too."""
        return next(iter(self._select("WHERE fingerprint = ?", fingerprint)), None)

    def valid(self, key: ServedKey, at: int, address: str) -> str | None:
        """Why a key lets nobody in at a moment from an address; ``None`` where it does."""
        return key.fault(at, address)

    def used(self, fingerprint: str, at: int) -> None:
        """Note when somebody came in; where that cannot be written it is left out."""
        with contextlib.suppress(EnvironmentProblem), self._writing() as conn:
            conn.execute("UPDATE key SET last_used = ? WHERE fingerprint = ?", (at, fingerprint))

    def version(self) -> object:
        """Something that is another value once a key was added, changed or revoked."""
        with self._reading() as conn:
            if conn is None:
                return None
            row = conn.execute("SELECT version FROM state").fetchone()
            if row is None:
                raise EnvironmentProblem(f"{self.path} is damaged", "restore it from a copy")
            return os.stat(self.path).st_ino, row[0]

    def all(self) -> list[ServedKey]:
        """All keys in the order in which they were added, the revoked ones too."""
        return self._select("ORDER BY id")

    def readable(self) -> list[ServedKey]:
        """All keys but those whose rows cannot be read, which let nobody in."""
        keys = []
        for row in self._rows("ORDER BY id"):
            with contextlib.suppress(EnvironmentProblem):
                keys.append(_key_of(row))
        return keys

    # -- what an operator does ----------------------------------------------------

    def add(self, new: NewKey, *, by: str, at: int, database: Path) -> ServedKey:
        """Add a key; refuses one that is there already, naming whose it is.

        A file that is not there yet is made, for those who may use the ``database``.
        """
        self._make(database)
        self.refuse_duplicate(new)
        values = (
            *(new.name, new.fingerprint, new.kind, new.public, new.member, new.role),
            *(new.until and new.until.isoformat(), json.dumps(new.sources), new.comment, by, at),
        )
        with self._writing() as conn:
            try:
                conn.execute(
                    "INSERT INTO key (name, fingerprint, kind, public, member, role, until,"
                    " sources, comment, added_by, added_at) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                    values,
                )
            except sqlite3.IntegrityError:
                raise _taken(new.name) from None
            conn.execute("UPDATE state SET version = version + 1")
        added = self.find(new.fingerprint)
        if added is None:
            raise LookupError("a key that was just added is not there")
        return added

    def refuse_duplicate(self, new: NewKey) -> None:
        """Refuse a key or a name that is there already."""
        known = self.find(new.fingerprint)
        if known is not None and known.revoked_at is not None:
            raise BadInput(
                f"this key ({known.fingerprint}) was revoked: {known.name}, of {known.member}",
                "make a new one: ssh-keygen -t ed25519",
            )
        if known is not None:
            raise BadInput(
                f"this key ({known.fingerprint}) is there already: {known.name}, of {known.member}",
                "each person has a key of their own; vsm serve key list shows all",
            )
        if self._select("WHERE name = ? COLLATE NOCASE AND revoked_at IS NULL", new.name):
            raise _taken(new.name)

    def revoke(self, fingerprint: str, *, by: str, at: int) -> ServedKey | None:
        """Let nobody in with a key any more; ``None`` where there is none that was valid."""
        with self._writing() as conn:
            changed = conn.execute(
                "UPDATE key SET revoked_at = ?, revoked_by = ?"
                " WHERE fingerprint = ? AND revoked_at IS NULL",
                (at, by, fingerprint),
            )
            if not changed.rowcount:
                return None
            conn.execute("UPDATE state SET version = version + 1")
        return self.find(fingerprint)

    def rename_member(self, login: str, alias: str) -> int:
        """Put another login in place of one, everywhere; returns the number of keys.

        Names and comments of such keys go too: they often name the person.
        """
        if not self.path.exists():
            return 0
        with self._writing() as conn:
            changed = conn.execute(
                "UPDATE key SET member = ?1, name = ?1 || ' ' || id, comment = '' WHERE member = ?2"
                " COLLATE NOCASE",
                (alias, login),
            )
            for column in ("added_by", "revoked_by"):
                conn.execute(
                    f"UPDATE key SET {column} = ? WHERE {column} = ? COLLATE NOCASE", (alias, login)
                )
            conn.execute("UPDATE state SET version = version + 1")
            return int(changed.rowcount)

    # -- the file -----------------------------------------------------------------

    def _select(self, where: str, *params: Any) -> list[ServedKey]:
        return [_key_of(row) for row in self._rows(where, *params)]

    def _rows(self, where: str, *params: Any) -> list[tuple[Any, ...]]:
        with self._reading() as conn:
            if conn is None:
                return []
            rows: list[tuple[Any, ...]] = conn.execute(
                f"SELECT {_COLUMNS} FROM key {where}", params
            ).fetchall()
            return rows

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        if not self._is_there():
            yield None
            return
        with self._connection("ro") as conn:
            yield conn

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        if not self._is_there():
            raise EnvironmentProblem(f"there are no keys in {self.path}", "vsm serve key add")
        with self._connection("rw") as conn:
            conn.execute("BEGIN IMMEDIATE")
            yield conn
            conn.execute("COMMIT")

    @contextmanager
    def _connection(self, mode: str) -> Iterator[sqlite3.Connection]:
        """A connection that is closed afterwards; what was not committed is taken back then."""
        try:
            conn = sqlite3.connect(
                f"{self.path.absolute().as_uri()}?mode={mode}",
                uri=True,
                isolation_level=None,
                timeout=BUSY,
            )
        except sqlite3.Error as error:
            raise explain(error, self.path) from error
        try:
            conn.execute("PRAGMA trusted_schema=OFF")
            (application,) = conn.execute("PRAGMA application_id").fetchone()
            if application != _APPLICATION:
                raise EnvironmentProblem(
                    f"{self.path} is not a file of keys", "see what put it there, and move it away"
                )
            yield conn
        except sqlite3.Error as error:
            raise explain(error, self.path) from error
        finally:
            conn.close()

    def _is_there(self) -> bool:
        """Whether there is a file; refuses a link or a device that somebody put in its place."""
        try:
            status = self.path.lstat()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise explain_os(error, self.path) from error
        if not stat.S_ISREG(status.st_mode):
            raise EnvironmentProblem(
                f"{self.path} is no ordinary file", "see what put it there, and move it away"
            )
        return True

    def _make(self, database: Path) -> None:
        """Make the file where it is not there, with the group and the mode of the database."""
        if self._is_there():
            return
        try:
            part = self.path.with_name(f"{self.path.name}.{os.getpid()}.new")
            handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            os.close(handle)
            try:
                conn = sqlite3.connect(part, isolation_level=None)
                conn.executescript(_SCHEMA)
                conn.close()
                share(part, part.lstat(), database.stat())
                with contextlib.suppress(FileExistsError):  # somebody was quicker
                    put_new(part, self.path)
            finally:
                part.unlink(missing_ok=True)
        except sqlite3.Error as error:
            raise explain(error, self.path) from error
        except OSError as error:
            raise explain_os(error, self.path) from error


def _taken(name: str) -> BadInput:
    return BadInput(f"there is a key called {name!r:.60} already", "give this one another name")


def _key_of(row: tuple[Any, ...]) -> ServedKey:
    number, name, fingerprint, kind, member, role, since, until, sources, *rest = row
    comment, added_by, added_at, revoked_at, last_used = rest
    if role is not None and role not in [*Role]:
        raise EnvironmentProblem(
            f"the key {name!r:.60} has a role {role!r:.40} that this vsm does not know",
            "it was written by a newer one: install that",
        )
    try:
        last_day = None if until is None else date.fromisoformat(until)
        networks = tuple(map(str, map(ip_network, json.loads(sources))))
    except (ValueError, TypeError):
        raise EnvironmentProblem(
            f"the key {name!r:.60} cannot be read: something else has written it",
            "revoke it, and add a new one",
        ) from None
    return ServedKey(
        id=number,
        name=name,
        fingerprint=fingerprint,
        kind=kind,
        member=member,
        role=None if role is None else Role(role),
        since=since,
        until=last_day,
        sources=networks,
        comment=comment,
        added_by=added_by,
        added_at=added_at,
        revoked_at=revoked_at,
        last_used=last_used,
    )
