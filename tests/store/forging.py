"""Journals whose hash chain is valid although nobody but a forger would write them."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tests.model.controls import add_control
from vsm.model import command as c
from vsm.model import event as e
from vsm.model.entities import MEMBER, TEAM, VIEW
from vsm.model.item import BlockerKind, LinkKind
from vsm.model.stream import Category, LimitKind
from vsm.session import Session
from vsm.store import journal
from vsm.store.sqlite import connect

COLUMNS = journal.COLUMNS.split(", ")[:14]
Entry = dict[str, Any]
"""The columns of an entry by name, its payload as parsed JSON."""

IMPORTED = "\n".join(
    f"{case},{stage},2024-01-{day:02}T10:00:00Z"
    for case in ("A-1", "A-2")
    for day, stage in ((1, "Open"), (3, "Doing"), (5, "Done"))
)


def honest_entries(folder: Path) -> list[Entry]:
    """The journal of a small organisation in which most kinds of things have happened."""
    from vsm.connect.files.plan_import import plan_import

    path = folder / "honest.db"
    session = Session(path, actor="anna")
    stages = (
        c.NewStage("Ready", Category.QUEUE, limit=5),
        c.NewStage("Build", Category.ACTIVE),
        c.NewStage("Done", Category.DONE),
    )
    file = folder / "events.csv"
    file.write_text(f"case,activity,time\n{IMPORTED}\n")
    done = [
        session.do(add_control()),
        session.do(c.AddEntity(TEAM, {"name": "Core"})),
        session.do(c.CreateStream("Work", stages, prefix="W")),
        session.do(c.AddEntity(MEMBER, {"login": "anna", "name": "Anna", "teams": (1,)})),
        session.do(c.AddEntity(VIEW, {"name": "Mine", "filter": "owner:anna"})),
        session.do(c.AddItem(1, "one", None, None, {"due": "2026-05-01", "estimate": 2.0})),
        session.do(c.AddItem(1, "two", None, None, {"team": 1})),
        session.do(c.MoveItem(1, 2)),
        session.do(c.MoveItem(2, 2)),
        session.undo(),
        session.do(c.EditItem(1, {"title": "uno", "due": "2026-06-01"})),
        session.do(c.BlockItem(1, BlockerKind.OTHER, "no key")),
        session.do(c.UnblockItem(1)),
        session.do(c.CommentItem(1, "hm")),
        session.do(c.LinkItems(1, 2, LinkKind.BLOCKS)),
        session.do(c.AgreeDependency(1, 2, None, "2026-07-01")),
        session.do(c.SetStage(2, {"limit": 3, "limit_kind": LimitKind.SOFT})),
        session.do(c.SetStream(1, {"zone": "Europe/Berlin"})),
    ]
    assert all(not hasattr(answer, "code") for answer in done), done
    session.import_histories(plan_import("csv", file, stream="Imported", zone="UTC"))
    session.close()
    conn = connect(path, write=False)
    try:
        rows = conn.execute(f"SELECT {journal.COLUMNS} FROM journal ORDER BY seq").fetchall()
    finally:
        conn.close()
    return [
        {**dict(zip(COLUMNS, row[:14], strict=True)), "payload": json.loads(row[14])}
        for row in rows
    ]


def write_journal(entries: Iterable[Entry], path: Path) -> Path:
    """Write entries as ``vsm export journal`` does, with hashes that fit them."""
    last, lines = journal.GENESIS, []
    for entry in entries:
        payload = json.dumps(entry["payload"], separators=(",", ":"))
        body = hashlib.sha256(payload.encode()).digest()
        columns = [entry[name] for name in COLUMNS]
        # Values that no entry can have are hashed in some way: they are refused before that.
        known = [c if c is None or type(c) in (int, str) else str(c) for c in columns]
        text = journal.encoded(known).encode("utf-8", "surrogatepass")
        last = hashlib.sha256(last + text + body).digest()
        report = {name: entry[name] for name in COLUMNS}
        report["payload_hash"], report["hash"] = body.hex(), last.hex()
        lines.append(f'{json.dumps(report)[:-1]},"payload":{payload}}}')
    first = {"schema": "vsm.journal/1", "entries": len(lines), "head": last.hex()}
    path.write_text("\n".join([json.dumps(first), *lines, ""]))
    return path


def forged(entries: list[Entry], kind: str, change: Callable[[Entry], object]) -> list[Entry]:
    """A copy of the entries in which the first of a kind is changed."""
    out = copy.deepcopy(entries)
    change(next(entry for entry in out if entry["kind"] == kind))
    return out


KINDS = frozenset(e.all_classes())
