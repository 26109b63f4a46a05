"""The demo organisation: made up, deterministic, in a file of its own."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from vsm.model.errors import BadInput, OlderDatabase
from vsm.paths import demo_database

if TYPE_CHECKING:
    from vsm.reader import Reader

FRESH = timedelta(days=7)
"""A demo that nobody has changed and that ended longer ago than this is made anew."""

NEEDS = 32 << 20
"""Bytes that making it takes at most, with room to spare."""

Progress = Callable[[int, int], None]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Made:
    """What a demo file says of itself: its seed, its day, how many changes it got since.

    ``seed`` and ``today`` are ``None`` in one that an earlier version made.
    """

    seed: int | None
    today: date | None
    changes: int

    def words(self) -> str:
        """``ended on 2026-03-31 and holds 3 changes made since``."""
        ended = f"ended on {self.today}" if self.today else "is of an earlier version"
        many = f"{self.changes} change{'' if self.changes == 1 else 's'}"
        return f"{ended} and holds {many} made since"


def demo_path() -> Path:
    """Where the demo lives; never the user's own database."""
    return demo_database()


def made(path: Path) -> Made | None:
    """What the file at ``path`` says of itself, ``None`` where it is no demo."""
    reader = _reader(path)
    try:
        began = reader.log(item=1, limit=1_000)
        if not began or not began[-1].session.startswith("demo"):
            return None
        limit, changes = 100, 0
        while True:  # newest first, until what the demo did itself
            log = reader.log(limit=limit)
            changes = next((n for n, c in enumerate(log) if c.session == began[-1].session), -1)
            if changes >= 0:
                break
            limit *= 8
    finally:
        reader.close()
    try:
        _, seed, today = began[-1].session.split()
        return Made(int(seed), date.fromisoformat(today), changes)
    except ValueError:
        return Made(None, None, changes)


def _reader(path: Path) -> Reader:
    """A reader of the file; an older one is brought up to date first, as by opening it."""
    from vsm.reader import Reader
    from vsm.session import Session

    try:
        return Reader(path)
    except OlderDatabase:
        session = Session(path, actor="demo", source="demo")
        try:
            session.open()
        finally:
            session.close()
        return Reader(path)


def open_demo(
    path: Path | None = None,
    *,
    today: date | None = None,
    seed: int | None = None,
    reset: bool = False,
    say: Say | None = None,
    progress: Progress | None = None,
) -> Path:
    """Return the demo's path, made first where it is not there or ``reset`` is asked for.

    ``today`` is the day that its history ends on, by default the current one (UTC). A demo that
    nobody has changed is made anew too where it ended over :data:`FRESH` ago or another day or
    seed is asked for. One with changes is never replaced without ``reset``, and then it is kept
    beside the new one; ``say`` is told. It is made aside and put in its place whole, so that a
    broken-off one never stands there. ``progress`` gets (moments done, moments in all).

    Raises :class:`BadInput` where the file is no demo, or holds changes and another day or seed
    is asked for.
    """
    from vsm.demo.plan import SEED

    where, tell = path or demo_path(), say or (lambda _text: None)
    ends = today or datetime.now(UTC).date()
    if os.path.lexists(where):
        there = made(where)
        if there is None:
            raise BadInput(
                f"{where} is not the demo", "it was left alone; name a new file, or leave --db away"
            )
        if not reset and _as_asked(there, where, today, seed, tell):
            return where
        if there.changes:
            from vsm.store.backup import backup_beside

            tell(f"The demo {there.words()}; it is kept as {backup_beside(where)}")
    _make(where, ends, SEED if seed is None else seed, progress)
    return where


def _as_asked(there: Made, where: Path, today: date | None, seed: int | None, tell: Say) -> bool:
    """Whether the demo that is there will do; raises where only ``reset`` may replace it."""
    other = today not in (None, there.today) or seed not in (None, there.seed)
    ended = there.today is None or datetime.now(UTC).date() - there.today > FRESH
    stale = today is None and seed is None and ended
    if not there.changes or not (other or stale):
        return not (other or stale)
    if other:
        raise BadInput(
            f"the demo {there.words()}",
            "add --reset to make it anew; the old one is kept beside it",
        )
    tell(f"The demo {there.words()}, so it stays; for a fresh one: vsm demo --reset")
    return True


def _make(where: Path, today: date, seed: int, progress: Progress | None) -> None:
    """Make the demo in a folder of its own, copy it beside its place, and put it there whole."""
    import tempfile

    from vsm.demo.record import make_demo
    from vsm.store.backup import backup, put_in_place
    from vsm.store.lock import exclusive
    from vsm.store.opening import make_folder
    from vsm.store.sqlite import explain_os

    fresh = where.with_name(f"{where.name}.{os.getpid()}.new")
    try:
        make_folder(where)
        with tempfile.TemporaryDirectory(prefix="vsm-demo-", dir=_workshop(where)) as folder:
            make_demo(Path(folder, where.name), today=today, seed=seed, progress=progress)
            fresh.unlink(missing_ok=True)
            backup(Path(folder, where.name), fresh)
        with exclusive(where) as lock:
            put_in_place(fresh, where, lock, None)
    except OSError as error:
        raise explain_os(error, where) from error
    finally:
        fresh.unlink(missing_ok=True)


def _workshop(where: Path) -> Path:
    """Where it is made: in memory if there is room, for thousands of commits are synced there."""
    import shutil

    memory = Path("/dev/shm")
    usable = memory.is_dir() and os.access(memory, os.W_OK)
    return memory if usable and shutil.disk_usage(memory).free > NEEDS else where.parent
