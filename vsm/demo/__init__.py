"""The demo organisation: made up, deterministic, in a file of its own."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path

from vsm.paths import demo_database


def demo_path() -> Path:
    """Where the demo lives; never the user's own database."""
    return demo_database()


def open_demo(path: Path | None = None, *, today: date | None = None, reset: bool = False) -> Path:
    """Return the demo's path, made first where it is not there or ``reset`` is asked for.

    ``today`` is the day that the demo's history ends on, by default the current one (UTC). It is
    made aside and put in its place whole, so that a broken-off one never stands there.
    """
    from vsm.demo.build import make_demo

    where = path or demo_path()
    if where.exists() and not reset:
        return where
    where.parent.mkdir(parents=True, exist_ok=True)
    fresh = where.with_name(f"{where.name}.{os.getpid()}.new")
    try:
        make_demo(fresh, today=today or datetime.now(UTC).date())
        for suffix in ("-wal", "-shm"):
            Path(f"{where}{suffix}").unlink(missing_ok=True)
        os.replace(fresh, where)
    finally:
        for suffix in ("", "-wal", "-shm", ".lock"):
            Path(f"{fresh}{suffix}").unlink(missing_ok=True)
    return where
