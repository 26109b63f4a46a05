"""Events of import runs → rows; the histories themselves fold in :mod:`vsm.store.bulk`."""

from __future__ import annotations

import json

from vsm.model import event as e
from vsm.model.event import Recorded
from vsm.store import bulk, journal
from vsm.store.bulk_events import row_of
from vsm.store.projection.base import Projector, fold


@fold.register
def _(event: e.ImportRan, p: Projector, r: Recorded) -> None:
    p.conn.execute(
        "INSERT INTO import_run(id, stream, format, file, sha256, grp, at, items, transitions,"
        " links, mapping, withdrawn) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
        (
            event.run,
            event.stream,
            event.format,
            event.file,
            event.sha256,
            r.grp,
            r.at,
            event.items,
            event.transitions,
            event.links,
            json.dumps(event.mapping, ensure_ascii=False),
        ),
    )
    p.count("run", event.run)


@fold.register
def _(event: e.ImportWithdrawn, p: Projector, r: Recorded) -> None:
    restated = dict(event.restated)
    rows = p.conn.execute("SELECT item FROM imported WHERE run = ?", (event.run,)).fetchall()
    bulk.delete(p.conn, [i for (i,) in rows if i not in restated])
    for statement in restated.values():
        before = [row_of(r) for r in journal.read(p.conn, "WHERE seq = ?", (statement,))]
        bulk.insert(p.conn, before, p.stream, p.days, restating=True)
    p.conn.execute("UPDATE import_run SET withdrawn = 1 WHERE id = ?", (event.run,))
    p.conn.execute(
        "UPDATE stream SET last_activity = (SELECT max(v.entered) FROM visit v"
        " JOIN item i ON i.id = v.item WHERE i.stream = stream.id) WHERE id = ?",
        (event.stream,),
    )


@fold.register
def _(event: e.ImportRestored, p: Projector, r: Recorded) -> None:
    (grp, last) = p.conn.execute(
        "SELECT r.grp, g.last FROM import_run r JOIN change_group g ON g.grp = r.grp"
        " WHERE r.id = ?",
        (event.run,),
    ).fetchone()
    statements = journal.read(
        p.conn, "WHERE seq BETWEEN ? AND ? AND kind = 'item_history_imported'", (grp, last)
    )
    rows = [row_of(statement) for statement in statements]
    bulk.insert(p.conn, rows, p.stream, p.days, restating=True)
    p.conn.execute("UPDATE import_run SET withdrawn = 0 WHERE id = ?", (event.run,))
