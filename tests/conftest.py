"""Shared by all tests: no test reads or writes the person's own places."""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import date
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from vsm import database_files

for size in ("COLUMNS", "LINES"):
    # The main process of xdist loads readline, which sets them to 80 and 24 for all that it
    # starts; programs would believe them rather than their terminal.
    os.environ.pop(size, None)

settings.register_profile(
    "vsm", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("ci", parent=settings.get_profile("vsm"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "vsm")

ROOT = Path(__file__).resolve().parents[1]

# Screens make many objects, and all modules and tests stay in memory: with the usual limits the
# collector takes a third of the time of their tests.
gc.set_threshold(50_000, 20, 10)


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Names of folders to be; numbers from ``mktemp`` would go through all folders each time."""
    homes = tmp_path_factory.mktemp("homes")
    return (homes / f"home{number}" for number in count())


@pytest.fixture(autouse=True)
def own_places(_homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point every place that vsm looks at to an empty folder; returns it."""
    home = next(_homes)
    home.mkdir()
    for name in [n for n in os.environ if n.startswith("VSM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(home / name.lower()))
    return home


def _watch_opened_files(event: str, arguments: tuple[object, ...]) -> None:
    """Fail where vsm opens a file of a database that SQLite has open in this process.

    Closing it again would take SQLite's locks away, which nobody would notice.
    """
    if event != "open" or not isinstance(arguments[0], str) or not database_files._open:
        return
    path = arguments[0]
    for end in ("-wal", "-shm", ""):
        base = path.removesuffix(end)
        if (base != path or not end) and database_files.file_id(base) in database_files._open:
            break
    else:
        return
    frame = sys._getframe(1)
    while frame is not None and not frame.f_code.co_filename.startswith(str(ROOT)):
        frame = frame.f_back
    if frame is not None and frame.f_code.co_filename.startswith(str(ROOT / "vsm")):
        raise AssertionError(f"{path} is opened past SQLite by {frame.f_code}")


sys.addaudithook(_watch_opened_files)


@pytest.fixture(scope="session")
def demo_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[date], Path]:
    """Makes the demo of a day, once for all processes that run tests; returns a copy."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent

    def copy_of(day: date) -> Path:
        from vsm.demo import open_demo

        path = folder / f"demo-{day}.db"
        with path.with_suffix(".busy").open("w") as busy:
            fcntl.flock(busy, fcntl.LOCK_EX)
            if not path.exists():
                begun = folder / f"demo-{day}.begun"
                open_demo(begun, today=day)
                begun.rename(path)
            return Path(shutil.copy(path, tmp_path_factory.mktemp("demo") / "demo.db"))

    return copy_of


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the checkout; tests that need it skip where it is not."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}")
    return folder
