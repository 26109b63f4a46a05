"""Inserts rows (item, from, to, at) from a file with nothing around it; prints the seconds.

    bare_insert.py ROWS DATABASE

One executemany and one index, in one transaction, with the settings that vsm uses.
"""

import sys
import time
from pathlib import Path

from vsm.store.sqlite import sqlite3

rows = [
    (int(item), before, after, int(at))
    for item, before, after, at in (
        line.split("\t") for line in Path(sys.argv[1]).read_text().splitlines()
    )
]
conn = sqlite3.connect(sys.argv[2], isolation_level=None)
conn.execute("PRAGMA journal_mode=WAL")
conn.execute("PRAGMA synchronous=FULL")
began = time.perf_counter()
conn.execute("BEGIN IMMEDIATE")
conn.execute('CREATE TABLE move(item INTEGER, "from" TEXT, "to" TEXT, at INTEGER) STRICT')
conn.executemany("INSERT INTO move VALUES(?, ?, ?, ?)", rows)
conn.execute("CREATE INDEX move_item ON move(item, at)")
conn.execute("COMMIT")
print(time.perf_counter() - began)
