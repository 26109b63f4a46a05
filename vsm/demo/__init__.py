"""Creates and opens the demo: a made-up, deterministic organisation in a file of its own."""

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
"""A demo without changes that ended longer ago than this is created anew."""

NEEDS = 32 << 20
"""An upper bound of the bytes that creating it takes."""

Progress = Callable[[int, int], None]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Made:
    """The seed and the last day of a demo file, and the number of changes made since.

    ``seed`` and ``today`` are ``None`` in the demo of an earlier version.
    """

    seed: int | None
    today: date | None
    changes: int

    def words(self) -> str:
        """``ended on 2026-03-31 and has 3 changes made since``."""
        ended = f"ended on {self.today}" if self.today else "is of an earlier version"
        changes = f"{self.changes} change{'' if self.changes == 1 else 's'}"
        return f"{ended} and has {changes} made since"


def demo_path() -> Path:
    """The default path of the demo; never the user's own database."""
    return demo_database()


def made(path: Path) -> Made | None:
    """Read what a demo file records about itself; ``None`` if it is no demo."""
    reader = _reader(path)
    try:
        entries = reader.log(item=1, limit=1_000)
        if not entries or not entries[-1].session.startswith("demo"):
            return None
        limit, changes = 100, 0
        while True:  # newest first, until the first entry that the demo made itself
            log = reader.log(limit=limit)
            changes = next((n for n, c in enumerate(log) if c.session == entries[-1].session), -1)
            if changes >= 0:
                break
            limit *= 8
    finally:
        reader.close()
    try:
        _, seed, today = entries[-1].session.split()
        return Made(int(seed), date.fromisoformat(today), changes)
    except ValueError:
        return Made(None, None, changes)


def _reader(path: Path) -> Reader:
    """A reader of the file; an older one is migrated first, as by opening it."""
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
    """Return the demo's path; create it if it is missing or for ``reset``.

    ``today`` is the last day of its history, by default the current one (UTC). A demo without
    changes is created anew if it ended over :data:`FRESH` ago, or for another day or seed. One with
    changes is replaced for ``reset`` only, and is then kept beside the new one; ``say`` is called
    with a message. It is created elsewhere and moved to its place, so that an incomplete one is
    never there. ``progress`` gets (moments done, moments in all).

    Raises :class:`BadInput` if the file is no demo, or has changes and is asked for with another
    day or seed.
    """
    from vsm.demo.plan import SEED

    target, notify = path or demo_path(), say or (lambda _text: None)
    last_day = today or datetime.now(UTC).date()
    if os.path.lexists(target):
        existing = made(target)
        if existing is None:
            raise BadInput(
                f"{target} is not the demo", "nothing was changed; name a new file or omit --db"
            )
        if not reset and _can_stay(existing, target, today, seed, notify):
            return target
        if existing.changes:
            from vsm.store.backup import backup_beside

            notify(f"The demo {existing.words()}; it is kept as {backup_beside(target)}")
    _make(target, last_day, SEED if seed is None else seed, progress)
    return target


def _can_stay(
    existing: Made, target: Path, today: date | None, seed: int | None, notify: Say
) -> bool:
    """Whether the existing demo serves; raises :class:`BadInput` if it needs ``reset``."""
    is_other = today not in (None, existing.today) or seed not in (None, existing.seed)
    has_ended = existing.today is None or datetime.now(UTC).date() - existing.today > FRESH
    is_stale = today is None and seed is None and has_ended
    if not existing.changes or not (is_other or is_stale):
        return not (is_other or is_stale)
    if is_other:
        raise BadInput(
            f"the demo {existing.words()}",
            "add --reset to create it anew; the old one is kept beside it",
        )
    notify(f"The demo {existing.words()}, so it stays; for a fresh one: vsm demo --reset")
    return True


def _make(where: Path, today: date, seed: int, progress: Progress | None) -> None:
    """Create the demo in a temporary folder, copy it beside the target and move it there."""
    import tempfile

    from vsm.demo.record import make_demo
    from vsm.store.backup import backup, put_in_place
    from vsm.store.lock import exclusive
    from vsm.store.opening import make_folder
    from vsm.store.sqlite import explain_os

    finished = where.with_name(f"{where.name}.{os.getpid()}.new")
    try:
        make_folder(where)
        with tempfile.TemporaryDirectory(prefix="vsm-demo-", dir=_build_folder(where)) as folder:
            make_demo(Path(folder, where.name), today=today, seed=seed, progress=progress)
            finished.unlink(missing_ok=True)
            backup(Path(folder, where.name), finished)
        with exclusive(where) as lock:
            put_in_place(finished, where, lock, None)
    except OSError as error:
        raise explain_os(error, where) from error
    finally:
        finished.unlink(missing_ok=True)


def _build_folder(where: Path) -> Path:
    """The folder to create it in: in memory if there is room, because every commit is synced."""
    import shutil

    memory = Path("/dev/shm")
    usable = memory.is_dir() and os.access(memory, os.W_OK)
    return memory if usable and shutil.disk_usage(memory).free > NEEDS else where.parent
