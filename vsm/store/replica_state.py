"""The state of a replica: a small file beside it, which its follower keeps and everybody reads.

The time of the file is when the replica was known last to have all that the server had. As long as
something is in the way, the file says what.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from vsm.database_files import follower_path, replica_path, share
from vsm.model.errors import EnvironmentProblem, TooOld, Unreachable
from vsm.model.sanitise import inert_line
from vsm.store.lock import is_held
from vsm.store.membership import ForkedReplica, membership
from vsm.store.sqlite import connect

_FOR_ALL = (Unreachable, TooOld, ForkedReplica)
FRESH_SECONDS = 3.0
"""A replica that nobody has heard of for longer is out of date."""


class ReplicaState(NamedTuple):
    """``as_of``: when it had all that the server had, in Unix seconds, ``None`` where never known.

    ``trouble`` says why it does not have it now, and why nothing can be changed: the server
    ``is_away``, or something that does not pass by itself.
    """

    as_of: float | None
    trouble: EnvironmentProblem | None
    is_away: bool = False

    @property
    def age(self) -> float:
        """Seconds since then."""
        now = time.time()
        if self.as_of is None or self.as_of > now + FRESH_SECONDS:  # the clock was set back since
            return float("inf")
        return max(0.0, now - self.as_of)

    @property
    def is_fresh(self) -> bool:
        """Whether what is read is what the server has, but for a moment."""
        return self.trouble is None and self.age <= FRESH_SECONDS


def tell_current(database: Path) -> None:
    """Note that a replica has all that its server has."""
    path = replica_path(database)
    with suppress(OSError):
        if path.exists() and not path.stat().st_size:
            os.utime(path)
        else:
            _write(path, "", time.time(), database)


def tell_trouble(database: Path, trouble: EnvironmentProblem) -> bool:
    """Note what is in the way of everybody here; when the replica was current last stays known.

    ``False`` where it is in the way of this process alone: then nothing is noted.
    """
    if not isinstance(trouble, _FOR_ALL):
        return False
    before = read_state(database)
    is_away = isinstance(trouble, Unreachable)
    note = {"what": trouble.message, "do": trouble.remedy, "away": is_away}
    text = json.dumps(note, ensure_ascii=False)
    with suppress(OSError):
        _write(replica_path(database), text, before.as_of or 0.0, database)
    return True


def forget_state(database: Path) -> None:
    """Know nothing any more: it is no replica now."""
    replica_path(database).unlink(missing_ok=True)


def _write(path: Path, text: str, moment: float, database: Path) -> None:
    """Put a whole file in place that those may read and write who may the database."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            share(file.fileno(), os.fstat(file.fileno()), database.stat())
        os.utime(name, (moment, moment))
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def read_state(database: Path) -> ReplicaState:
    """How a replica stands, by what its follower or the last change noted."""
    path = replica_path(database)
    try:
        moment = path.stat().st_mtime or None
        text = path.read_text(encoding="utf-8")
    except OSError:
        return ReplicaState(None, None)
    if not text:
        return ReplicaState(moment, None)
    try:
        note = json.loads(text)
        what, remedy = inert_line(str(note["what"])), inert_line(str(note["do"]))
    except (ValueError, KeyError, TypeError):
        return ReplicaState(moment, None)
    return ReplicaState(moment, EnvironmentProblem(what, remedy), bool(note.get("away")))


def is_replica(database: Path) -> bool:
    """Whether a database is the replica of a journal server."""
    conn = connect(database, write=False)
    try:
        return membership(conn) is not None
    finally:
        conn.close()


def is_followed(database: Path) -> bool:
    """Whether a follower keeps this replica current."""
    return is_held(follower_path(database))
