"""Python's cycle collector, held still where many objects without cycles are made."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collector() -> Iterator[None]:
    """Do not look for cycles: parsed JSON and events have none, and looking takes up to a third.

    Freezing and unfreezing puts what was made among the old objects at once, or the collector
    would go through all of it as soon as it is back. What others froze is left alone.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            if not gc.get_freeze_count():
                gc.freeze()
                gc.unfreeze()
            gc.enable()
