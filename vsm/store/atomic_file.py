"""Puts finished files in their place: whole or not at all, also where there are no hard links."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path

_NO_LINKS = frozenset(
    (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EINVAL)
)
"""What file systems without hard links (exFAT, some network ones) answer to ``link``."""


def put_new(part: Path, target: Path) -> None:
    """Give a finished file its name; raises :class:`FileExistsError` where that is taken."""
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # claims the name, so that nobody else's file is replaced
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        os.replace(part, target)
    else:
        part.unlink()
    sync_folder(target.parent)


def keep_under(name: Path, target: Path) -> bool:
    """Give a file a second name, so that it stays when the first one gets another file.

    ``False`` where the file system has no hard links: then the caller has to make a copy.
    """
    try:
        os.link(target, name)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return False
    return True


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk, as far as the system can do that."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
