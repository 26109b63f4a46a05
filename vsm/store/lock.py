"""The lock file: one writer at a time, served fairly, with a limit on the waiting.

SQLite's own busy handler is unfair under contention; ``flock`` on a file beside the database
is served in order. Where there is no ``flock`` the database's own lock does alone.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vsm.model.errors import EnvironmentProblem
from vsm.store.sqlite import BUSY_SECONDS, explain_os

if sys.platform != "win32":
    import fcntl


def lock_path(database: Path) -> Path:
    """The lock file of a database."""
    return database.with_name(database.name + ".lock")


@contextmanager
def exclusive(database: Path, seconds: float = BUSY_SECONDS) -> Iterator[None]:
    """Hold the lock; raises :class:`EnvironmentProblem` when it is not free in time."""
    try:
        fd = os.open(lock_path(database), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise explain_os(error, database) from error
    if sys.platform != "win32" and not _acquire(fd, seconds):
        raise EnvironmentProblem(
            f"{database} has been locked by another program for {seconds:.0f} s",
            "nothing was changed; try again when it has finished",
        )
    try:
        yield
    finally:
        os.close(fd)  # gives the lock back


if sys.platform != "win32":

    def _acquire(fd: int, seconds: float) -> bool:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            pass
        return _wait(fd, seconds)

    def _wait(fd: int, seconds: float) -> bool:
        """Wait in the kernel's queue; a waiter that came too late closes the file by itself."""
        state = {"late": False}
        guard, got = threading.Lock(), threading.Event()

        def wait() -> None:
            fcntl.flock(fd, fcntl.LOCK_EX)
            with guard:
                if state["late"]:
                    os.close(fd)
                else:
                    got.set()

        threading.Thread(target=wait, daemon=True, name="vsm-lock").start()
        if got.wait(seconds):
            return True
        with guard:
            if got.is_set():
                return True
            state["late"] = True
            return False
