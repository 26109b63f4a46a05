"""Other people on the same machine: the test becomes one of them for a while."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

needs_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0,
    reason="only root can become other people; run as root to test what they may do",
)

ANNA, BOB, CARL = 12001, 12002, 12003
"""Users that the machine does not know."""
TEAM = 13000
"""A group that Anna and Bob are in."""


@contextlib.contextmanager
def become(user: int, *groups: int, umask: int = 0o022) -> Iterator[None]:
    """Be another user, whose own group has the user's number, with these other groups."""
    before_groups, before_mask = os.getgroups(), os.umask(umask)
    os.setgroups(list(groups))
    os.setresgid(user, user, 0)
    os.setresuid(user, user, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)
        os.setresgid(0, 0, 0)
        os.setgroups(before_groups)
        os.umask(before_mask)


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """A folder that others can reach, unlike pytest's own; root's, mode 0755."""
    with tempfile.TemporaryDirectory(prefix="vsm-shared-", dir="/tmp") as name:
        os.chmod(name, 0o755)
        yield Path(name)
