"""Makes a database that holds the journal up to an entry, and the tables that follow from it.

It shows exactly what had been recorded by then: a change that was entered late, after that entry,
is not in it, whenever it happened.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from vsm.model.errors import BadInput
from vsm.model.journal_head import Anchor
from vsm.store import journal, migrations, opening
from vsm.store.reading import open_for_reading
from vsm.store.replay import replay
from vsm.store.sqlite import connect, explain, sqlite3

_ONCE = 5000


def copy_up_to(
    source: Path, seq: int, target: Path, progress: Callable[[int, int], None] | None = None
) -> Anchor:
    """Make ``target``, a new file, of the entries of a database up to one; says where it ends.

    Texts that were taken out since are not there. Raises :class:`BadInput` where the journal does
    not go so far.
    """
    opening.read_header(source)
    conn, _ = open_for_reading(source)
    try:
        opening.refuse_foreign_schema(conn, source)
        last, _ = journal.head(conn)
        if seq > last:
            raise BadInput(
                f"the journal ends at entry {last:,}, before entry {seq:,}",
                f"--at-seq can be 1 to {last}" if last else "it is empty",
            )
        migrations.make_new(target)
        copy = connect(target, write=True)
        try:
            copy.execute("PRAGMA synchronous = OFF").fetchall()  # nobody needs it after a crash
            copy.execute("BEGIN IMMEDIATE")
            sql = f"SELECT {journal.COLUMNS} FROM journal WHERE seq <= ? ORDER BY seq"
            rows = conn.execute(sql, (seq,))
            while some := rows.fetchmany(_ONCE):
                journal.insert(copy, some)
            replay(copy, progress)
            copy.execute("COMMIT")
            return journal.anchor(copy)
        except sqlite3.Error as error:
            raise explain(error, target) from error
        finally:
            copy.close()
    except sqlite3.Error as error:
        raise explain(error, source) from error
    finally:
        conn.close()
