"""Moves an item at each line on standard input, as another session; prints the moment of commit.

    mover.py DATABASE

The item goes to the second stage and back. Moments are those of the monotonic clock.
"""

import sys
import time
from pathlib import Path

from vsm.model.command import MoveItem
from vsm.model.errors import Refusal
from vsm.model.query_tree import Query
from vsm.reader import Reader
from vsm.session import Session

path = Path(sys.argv[1])
reader = Reader(path)
stream = reader.stream_named(None)
near, far = stream.order[0].id, stream.order[1].id
item = reader.cards(stream, near, 0, 1, Query(), time.time_ns() // 1_000)[0].id
reader.close()
session = Session(path, actor="somebody-else")
session.open()
print("ready", flush=True)
for turn, _ in enumerate(sys.stdin):
    done = session.do(MoveItem(item, (far, near)[turn % 2], reason="measured"))
    moment = time.perf_counter()
    if isinstance(done, Refusal):
        raise SystemExit(str(done))
    print(moment, flush=True)
session.close()
