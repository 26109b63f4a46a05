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
from vsm.model.errors import BadInput, VsmError
from vsm.store.lock import only_one
from vsm.store.membership import ForkedReplica
from vsm.store.replica_state import is_followed, tell_current, tell_trouble
from vsm.store.writer import Writer

WAIT_SECONDS = 1.0
"""How long it waits for the server to say that there is something new, before it asks."""
TRY_AGAIN_SECONDS = 1.0
UNUSED_SECONDS = 90.0
"""A follower that a board started ends when no board has asked for one for so long."""
ASK_SECONDS = 20.0
"""How often a board asks for one."""


def follow(path: Path, *, while_used: bool = False, stop: Callable[[], bool] = bool) -> bool:
    """Keep a replica current until ``stop`` says so; ``False`` where another process does already.

    ``while_used``: until no board asks for it any more, too.
    """
    with only_one(path, follower_path(path)) as is_mine:
        if not is_mine:
            return False
        writer = Writer(path, actor="follower", session="", source="follower", create=False)
        try:
            while not stop() and not (while_used and _is_unused(path)):
                _follow_once(writer, path)
        finally:
            writer.close()
        return True


def _follow_once(writer: Writer, path: Path) -> None:
    """Take over what there is, then wait; raises :class:`BadInput` where it is no replica."""
    try:
        while writer.catch_up():
            pass
        if not writer.is_replica:
            raise BadInput(f"{path} is no replica", "vsm cluster join DSN makes one")
        tell_current(path)
        while writer.wait(WAIT_SECONDS):  # this host has written it itself
            tell_current(path)
    except ForkedReplica as problem:
        tell_trouble(path, problem)
        time.sleep(TRY_AGAIN_SECONDS)
    except BadInput:
        raise
    except VsmError as problem:
        tell_trouble(path, problem)
        if not path.exists():
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
