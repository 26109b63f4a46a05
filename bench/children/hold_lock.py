"""Holds the write lock of a database for so many seconds, as another program does.

hold_lock.py DATABASE SECONDS
"""

import sys
import time

from vsm.store.sqlite import sqlite3

conn = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
conn.execute("BEGIN IMMEDIATE")
time.sleep(float(sys.argv[2]))
conn.execute("ROLLBACK")
conn.close()
