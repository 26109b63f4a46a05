"""Promise 1: no update is lost, however many write at once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.reliability.support import ROOT, checked, environment, organisation, rows, sound

WRITERS, MOVES, ITEMS = 20, 200, 50

CALL = "import json, sys; from tests.reliability.jobs import move; move(**json.loads(sys.argv[1]))"


def test_twenty_processes_move_fifty_items_and_every_acknowledged_move_is_kept(
    tmp_path: Path,
) -> None:
    db = tmp_path / "vsm.db"
    organisation(db, ITEMS)
    writers = []
    for n in range(WRITERS):
        order = {
            "db": str(db),
            "acks": str(tmp_path / f"{n}.acks"),
            "actor": f"writer-{n}",
            "moves": MOVES,
            "items": ITEMS,
            "seed": n,
        }
        command = [sys.executable, "-c", CALL, json.dumps(order)]
        writers.append(
            subprocess.Popen(command, cwd=ROOT, env=environment(), stderr=subprocess.PIPE)
        )
    for writer in writers:
        _, said = writer.communicate(timeout=300)
        assert writer.returncode == 0, said.decode()

    acknowledged = Counter(
        (f"writer-{n}", *json.loads(line))
        for n in range(WRITERS)
        for line in (tmp_path / f"{n}.acks").read_text().splitlines()
    )
    recorded = Counter(
        rows(
            db,
            "SELECT actor, grp, item, payload ->> 'target' FROM journal WHERE kind = 'item_moved'",
        )
    )
    assert acknowledged.total() == WRITERS * MOVES
    assert recorded == acknowledged, "each acknowledged move stands in the journal, once"
    checked(db)
    sound(db)
    last = dict(
        rows(
            db,
            "SELECT item, payload ->> 'target' FROM journal WHERE kind = 'item_moved' ORDER BY seq",
        )
    )
    assert dict(rows(db, "SELECT id, stage FROM item")) == {
        item: last.get(item, 1) for item in range(1, ITEMS + 1)
    }
