"""The one process of a machine that keeps a replica current, for all who read it.

It listens for what others write and folds it in. Boards see that as they see what somebody of the
same machine writes; the server sees one connection that listens, however many boards there are.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from vsm.database_files import follower_path
from vsm.model.errors import BadInput, EnvironmentProblem
from vsm.store.lock import only_one
from vsm.store.replica_state import is_followed, tell_current, tell_trouble
from vsm.store.writer import Writer

WAIT_SECONDS = 1.0
"""How long it waits for the server to say that there is something new, before it asks."""
TRY_AGAIN_SECONDS = 1.0
UNUSED_SECONDS = 90.0
"""A follower that a board started ends when no board has asked for one for so long."""


def follow(path: Path, *, while_used: bool = False, stop: Callable[[], bool] = bool) -> bool:
    """Keep a replica current until ``stop`` says so; ``False`` where another process does already.

    ``while_used``: until no board asks for it any more, too.
    """
    with only_one(path, follower_path(path)) as is_mine:
        if not is_mine:
            return False
        follower = _Follower(path)
        try:
            while not stop() and not (while_used and _is_unused(path)):
                follower.go_on()
        finally:
            follower.writer.close()
        return True


class _Follower:
    """Takes over what there is, then waits for more."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.writer = Writer(path, actor="follower", session="", source="follower", create=False)
        self._is_current = False
        self._has_been_in = False

    def go_on(self) -> None:
        """Do so once; raises :class:`VsmError` where it was never let in, or it is no replica."""
        try:
            if not self._is_current:
                while self.writer.catch_up():
                    pass
                if not self.writer.is_replica:
                    raise BadInput(f"{self._path} is no replica", "vsm cluster join DSN makes one")
                self.writer.wipe_if_owed()
            self._has_been_in = True
            tell_current(self._path)
            self._is_current = self.writer.wait(WAIT_SECONDS)
        except EnvironmentProblem as problem:
            self._is_current = False
            if not tell_trouble(self._path, problem) and not self._has_been_in:
                raise
            time.sleep(TRY_AGAIN_SECONDS)


def _is_unused(path: Path) -> bool:
    try:
        return time.time() - follower_path(path).stat().st_mtime > UNUSED_SECONDS
    except OSError:
        return True


def ask_for_follower(path: Path) -> None:
    """Say that somebody reads this replica, and start a follower where there is none."""
    with suppress(OSError):
        os.utime(follower_path(path))
    if is_followed(path):
        return
    command = (sys.executable, "-m", "vsm", "--db", str(path), "replica", "follow", "--while-used")
    with suppress(OSError):
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            close_fds=True,
        )
