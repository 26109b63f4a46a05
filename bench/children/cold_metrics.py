"""Computes all figures of a stream's whole history in a new process; prints the seconds.

    cold_metrics.py vsm|bare DATABASE

``bare`` reads the same rows with SQLite and computes start, finish and percentiles with numpy, and
nothing else. Both pay for importing numpy.
"""

import sys
import time
from datetime import UTC, date, datetime

WHICH, DATABASE = sys.argv[1:]
END = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000


def vsm() -> object:
    """The figures as vsm computes them."""
    from pathlib import Path

    from vsm.features.metrics.reading import read_figures
    from vsm.reader import Reader

    reader = Reader(Path(DATABASE))
    stream = reader.stream_named(None)
    return read_figures(reader, stream, first=date(2024, 1, 1), as_of=END)


def bare() -> object:
    """The least work that any program must do for them."""
    import numpy as np

    from vsm.store.sqlite import sqlite3

    conn = sqlite3.connect(DATABASE)
    last = conn.execute("SELECT max(id) FROM stage WHERE category = 'done'").fetchone()[0]
    first = conn.execute("SELECT min(id) FROM stage WHERE category <> 'backlog'").fetchone()[0]
    kinds = np.dtype([("item", np.int64), ("stage", np.int64), ("entered", np.int64)])
    rows = np.fromiter(
        conn.execute("SELECT item, stage, entered FROM visit ORDER BY item, n"), dtype=kinds
    )
    item, stage, entered = rows["item"], rows["stage"], rows["entered"]
    begin = np.flatnonzero(np.diff(item, prepend=-1))
    owner = np.cumsum(np.diff(item, prepend=item[0]) != 0)
    start, finish = np.full(begin.size, -1), np.full(begin.size, -1)
    working = np.flatnonzero((stage >= first) & (stage != last))[::-1]
    start[owner[working]] = entered[working]
    done = np.flatnonzero(stage == last)
    finish[owner[done]] = entered[done]
    both = (start >= 0) & (finish >= 0)
    cycle = np.sort(finish[both] // 86_400_000_000 - start[both] // 86_400_000_000 + 1)
    weeks = np.bincount(finish[both] // (7 * 86_400_000_000))
    return cycle[[cycle.size * p // 100 for p in (50, 70, 85, 95)]], weeks


began = time.perf_counter()
{"vsm": vsm, "bare": bare}[WHICH]()
print(time.perf_counter() - began)
