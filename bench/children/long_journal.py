"""Writes a journal of so many entries whose chain is as vsm makes it: ``long_journal.py DB N``.

The entries after the first few say nothing that can be replayed: only their chain is measured.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vsm.model.command import CreateStream, NewStage
from vsm.model.stream import Category
from vsm.session import Session
from vsm.store import journal
from vsm.store.sqlite import connect

PAYLOAD = '{"item":1,"text":"a comment of the usual length, about forty characters"}'


def rows(seq: int, last: bytes, count: int) -> Iterator[tuple[Any, ...]]:
    """Rows of the journal after the one at a position."""
    body = hashlib.sha256(PAYLOAD.encode()).digest()
    for at in range(seq + 1, count + 1):
        who = ("person:1", "bench", "cli")
        row = (at, at, None, 1, at, at, at, *who, None, None, "item_commented", 1)
        last = journal.digest(last, row, body)
        yield (*row, PAYLOAD, body, last)


database, entries = Path(sys.argv[1]), int(sys.argv[2])
session = Session(database, actor="bench")
stages = (NewStage("Build", Category.ACTIVE), NewStage("Done", Category.DONE))
session.do(CreateStream("Work", stages))
session.close()
conn = connect(database, write=True)
conn.execute("BEGIN IMMEDIATE")
journal.insert(conn, rows(*journal.head(conn), entries))
conn.execute("COMMIT")
conn.close()
