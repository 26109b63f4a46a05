"""Finds acknowledged changes that the journal no longer has, and goes on without them when told to.

The lock file records, outside the database and its log, what was acknowledged last.
"""

from __future__ import annotations

from pathlib import Path

from vsm.database_files import vsm_command
from vsm.model.errors import EnvironmentProblem
from vsm.store import journal
from vsm.store.lock import Acknowledged, exclusive, read_acknowledged
from vsm.store.sqlite import Connection, Files, connect, explain, sqlite3


def find_loss(
    conn: sqlite3.Connection, acknowledged: Acknowledged, path: Path
) -> EnvironmentProblem | None:
    """What the journal lacks of what was acknowledged, as the lock file records it."""
    seq, digest = acknowledged
    last, newest = journal.head(conn)
    if (last, newest) == (seq, digest) or journal.holds(conn, seq, digest):
        return None
    if last >= seq:
        what = f"entry {seq} of {path} is not the one that was acknowledged"
    elif last + 1 == seq:
        what = f"{path} lacks its last acknowledged change, entry {seq}"
    else:
        what = f"{path} lacks acknowledged changes, entries {last + 1} to {seq}"
    return EnvironmentProblem(
        f"{what}: its log was damaged, or another file was put in its place",
        f"{vsm_command(path, 'doctor')} says how to get them back or to go on without them",
    )


def confirm_loss(
    conn: Connection, acknowledged: Acknowledged | None, path: Path
) -> EnvironmentProblem | None:
    """What the journal lacks of ``acknowledged``, unless that is no longer what is recorded.

    A restore may have come between the reading of the record and of the journal; then nothing can
    be said. Raises :class:`RecordChanged`.
    """
    if acknowledged is None:
        return None
    loss = find_loss(conn, acknowledged, path)
    if loss is not None and (
        read_acknowledged(path) != acknowledged or conn.files() is Files.REPLACED
    ):
        raise RecordChanged
    return loss


class RecordChanged(Exception):
    """The record of what was acknowledged changed while the journal was compared with it."""


def accept_loss(path: Path) -> str:
    """Go on from what the journal holds, whatever was acknowledged before; says what is given up.

    ``""`` where nothing is missing. Raises :class:`EnvironmentProblem` where that cannot be
    recorded.
    """
    with exclusive(path) as lock:
        if lock.acknowledged is None:
            return ""
        conn = connect(path, write=False)
        try:
            loss = find_loss(conn, lock.acknowledged, path)
            head = Acknowledged(*journal.head(conn))
        except sqlite3.Error as error:
            raise explain(error, path) from error
        finally:
            conn.close()
        if loss is None:
            return ""
        lock.turn_back(head)
    return f"given up: {loss.message}; going on from entry {head.seq}"
