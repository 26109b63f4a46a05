"""A replica: a database whose journal a server keeps, as far as this machine has taken it over.

All that is read is read from it; what the server has and it has not is folded in entry by entry,
each checked against the chain. It can be made anew from the server at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vsm.model.errors import EnvironmentProblem, TooOld
from vsm.store import journal
from vsm.store.chain import digest_redacted, find_fault
from vsm.store.membership import forked
from vsm.store.people import People
from vsm.store.replay import replay
from vsm.store.tables import restore_triggers
from vsm.store.turn import Log, Row

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3


def take_over(
    conn: sqlite3.Connection, rows: Iterable[Row], source: Log, path: Path
) -> tuple[int, bytes]:
    """Check entries against the chain and fold them, in the caller's transaction; the new head.

    Those that are here already are left out. Raises :class:`ForkedReplica` where one does not
    follow, :class:`EnvironmentProblem` where this vsm is too old to read one.
    """
    from vsm.model.event import EntriesRedacted, Recorded, UnknownEvent, load
    from vsm.store.projection import Projector

    seq, last = journal.head(conn)
    people, fresh = People(conn), []
    recorded: list[Recorded] = []
    redacted: Mapping[int, str] = {}
    rewritten: set[int] = set()
    for row in rows:
        if row[0] <= seq:
            continue
        row = (*row[:15], bytes(row[15]), bytes(row[16]))
        if row[0] != seq + 1:
            raise EnvironmentProblem(f"{path} was replaced in this moment", "try again")
        wrong = find_fault(row, seq + 1, last, redacted)
        if wrong is not None and not redacted:
            redacted = source.redacted()
            wrong = find_fault(row, seq + 1, last, redacted)
        if wrong is not None:
            raise forked(path, wrong)
        try:
            event = load(row[12], row[13], row[14])
        except UnknownEvent as unknown:
            raise TooOld(unknown.message, unknown.remedy) from unknown
        if isinstance(event, EntriesRedacted):
            rewritten.update(at for at, _ in event.entries)
        fresh.append(row)
        recorded.append(
            Recorded(*row[:7], people.read(row[7]), *row[8:12], event)  # type: ignore[call-arg]
        )
        seq, last = row[0], row[16]
    journal.insert(conn, fresh)
    if rewritten:
        _rewrite(conn, sorted(rewritten), source, path)
        replay(conn)
        conn.execute("INSERT OR REPLACE INTO meta(key, value) VALUES('wipe', 'owed')")
    else:
        Projector(conn).apply_all(recorded)
    return seq, last


def _rewrite(conn: sqlite3.Connection, positions: Sequence[int], source: Log, path: Path) -> None:
    """Take the texts out here too that were taken out of entries on the server."""
    became, later = journal.redacted_entries(conn), source.redacted()
    conn.execute("DROP TRIGGER journal_keeps_facts")
    for row in source.some(positions):
        previous = journal.hash_at(conn, row[0] - 1) or b""
        row = (*row[:15], bytes(row[15]), bytes(row[16]))
        # texts may have been taken out of it again since, which later entries record
        if digest_redacted(row, previous) not in (became.get(row[0]), later.get(row[0])):
            raise forked(path, f"entry {row[0]} is not what it became when texts were taken out")
        sql = "UPDATE journal SET actor = ?, payload = ? WHERE seq = ?"
        conn.execute(sql, (row[7], row[14], row[0]))
    restore_triggers(conn)
