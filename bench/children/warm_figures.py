"""Computes figures of other windows of a loaded history; prints milliseconds, a line a turn.

    warm_figures.py DATABASE

Unfiltered, 90 days, as the flow screen asks for them when the window changes.
"""

import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from vsm.features.metrics.reading import read_figures
from vsm.reader import Reader

DAY = 86_400_000_000
END = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000

reader = Reader(Path(sys.argv[1]))
stream = reader.stream_named(None)
activity = reader.activity(stream)
assert activity is not None
end = min(END, activity[1])
last = datetime.fromtimestamp(end / 1e6, UTC).date()
for turn in range(25):
    day = last - timedelta(days=turn)
    began = time.perf_counter()
    read_figures(reader, stream, first=day - timedelta(days=89), last=day, as_of=end)
    if turn > 4:
        print((time.perf_counter() - began) * 1000)
