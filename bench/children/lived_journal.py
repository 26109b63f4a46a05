"""Writes a journal of so many entries that can be replayed: ``lived_journal.py DB N``.

A tenth of the entries adds an item each, which then is moved four times and commented on five.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from vsm.model.actor import Actor, ActorKind
from vsm.model.command import CreateStream, NewStage
from vsm.model.event import ItemAdded, ItemCommented, ItemMoved, Recorded
from vsm.model.event.facts import ItemFields
from vsm.model.stream import Category
from vsm.session import Session
from vsm.store import journal
from vsm.store.replay import replay
from vsm.store.sqlite import connect

MINUTE = 60_000_000
STAGES = (
    NewStage("Ready", Category.QUEUE),
    *(NewStage(name, Category.ACTIVE) for name in ("Build", "Review", "Test")),
    NewStage("Done", Category.DONE),
)
ENTRIES = 10


def events(item: int, comment: int) -> Iterator[object]:
    """The life of an item."""
    fields = ItemFields(title=f"Work item {item} with a title of the usual length")
    yield ItemAdded(
        item=item, stream=1, key=f"WORK-{item}", number=item, stage=1, rank=item, fields=fields
    )
    for stage in range(1, 5):
        yield ItemMoved(
            item=item, stream=1, source=stage, target=stage + 1, rank_before=item, rank=item
        )
        yield ItemCommented(item=item, stream=1, comment=comment + stage, text="What was done here")
    yield ItemCommented(item=item, stream=1, comment=comment + 5, text="And what is left to do")


database, entries = Path(sys.argv[1]), int(sys.argv[2])
session = Session(database, actor="bench")
made = session.do(CreateStream("Work", STAGES, prefix="WORK"))
session.close()
conn = connect(database, write=True)
conn.execute("BEGIN IMMEDIATE")
seq, last = journal.head(conn)
who = Actor("bench", ActorKind.PERSON, 1)
at = 1_700_000_000_000_000
rows: list[Recorded] = []
for item in range(1, (entries - seq) // ENTRIES + 1):
    for version, event in enumerate(events(item, (item - 1) * 5), 1):
        seq, at = seq + 1, at + MINUTE
        row = Recorded(seq, seq, None, item, version, at, at, who, "bench", "cli", None, 1, event)  # type: ignore[arg-type]
        rows.append(row)
    if len(rows) >= 5000:
        last = journal.append(conn, rows, last)
        rows.clear()
journal.append(conn, rows, last)
replay(conn)
conn.execute("COMMIT")
conn.close()
