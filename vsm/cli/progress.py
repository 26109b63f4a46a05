"""Shows the progress of a long job on standard error, where that is a terminal."""

from __future__ import annotations

import sys
import time
from types import TracebackType

_EVERY = 0.1
"""Seconds between two drawings."""


class Progress:
    """One line that tells how far a job is; it is wiped when the job ends."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._seen = sys.stderr is not None and sys.stderr.isatty()
        self._next = 0.0
        self._drawn = False

    @property
    def seen(self) -> bool:
        """Whether there is a terminal to draw on."""
        return self._seen

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def tell(self, done: int, total: int) -> None:
        """``done`` of ``total`` are done."""
        if not self._seen or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _EVERY
        share = f" ({100 * done // total}%)" if total else ""
        sys.stderr.write(f"\r\x1b[K{self._what}: {done:,} of {total:,}{share}")
        sys.stderr.flush()
        self._drawn = True
