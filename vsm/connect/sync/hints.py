"""The queue of hints on disk: a webhook says that something changed, and nothing more.

A hint is an empty file named by its delivery. It makes the next run of its source come at once;
what changed is asked of the service, never taken from the webhook.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

HINTS_MAX = 10_000
"""Most hints that wait; further ones say nothing new."""
DONE_MAX = 2_000
"""Most deliveries that are remembered, so that one which is sent again is recognised."""


def put_hint(folder: Path, delivery: str) -> bool:
    """Queue a delivery; ``False`` where it came before or too many wait."""
    queue, done = folder / "hints", folder / "delivered"
    queue.mkdir(parents=True, exist_ok=True, mode=0o700)
    if (done / delivery).exists() or len(os.listdir(queue)) >= HINTS_MAX:
        return False
    try:
        os.close(os.open(queue / delivery, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return False
    return True


def waiting_hints(folder: Path) -> list[str]:
    """The deliveries that wait."""
    try:
        return sorted(os.listdir(folder / "hints"))
    except FileNotFoundError:
        return []


def settle_hints(folder: Path, deliveries: Iterable[str]) -> None:
    """Take deliveries off the queue whose source has been read since, and remember them."""
    done = folder / "delivered"
    done.mkdir(parents=True, exist_ok=True, mode=0o700)
    for delivery in deliveries:
        os.replace(folder / "hints" / delivery, done / delivery)
        os.utime(done / delivery)
    known = sorted(done.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    for old in known[:-DONE_MAX]:
        old.unlink()
