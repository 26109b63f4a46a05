"""Prepares the place of a benchmark: an installed vsm, a folder and databases."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench import generate

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / ".venv" / "bench"
CHILDREN = Path(__file__).parent / "children"
"""Scripts that the installed vsm's Python runs; they import it and nothing from here."""

STREAM = "Synthetic"


def say(text: str) -> None:
    """Print progress to standard error, apart from the figures."""
    print(f"· {text}", file=sys.stderr, flush=True)


def install() -> Path:
    """Install vsm as users do, from a copy of its source; return the environment's ``bin``.

    The environment is kept between runs; vsm itself is installed anew every time.
    """
    binaries = HOME / "venv" / "bin"
    if not (binaries / "python").exists():
        say("making an environment (once)")
        subprocess.run([sys.executable, "-m", "venv", HOME / "venv"], check=True)
    say("installing vsm")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "vsm"
        copy.mkdir()
        for name in ("pyproject.toml", "README.md"):
            shutil.copy(ROOT / name, copy)
        shutil.copytree(ROOT / "vsm", copy / "vsm", ignore=shutil.ignore_patterns("__pycache__"))
        pip = [str(binaries / "python"), "-m", "pip", "--disable-pip-version-check"]
        constraints = str(ROOT / "constraints.txt")
        subprocess.run(
            [*pip, "install", "-qq", "--constraint", constraints, f"{copy}[cluster,serve]"],
            check=True,
        )
    return binaries


@dataclass
class Place:
    """An installed vsm and a folder to work in.

    ``quick`` chooses small sizes and few repetitions: enough to see that everything runs, too few
    to judge.
    """

    binaries: Path
    folder: Path
    quick: bool = False
    _databases: dict[int, Path] = field(default_factory=dict)

    @property
    def python(self) -> str:
        """The Python that vsm is installed for."""
        return str(self.binaries / "python")

    @property
    def vsm(self) -> str:
        """The installed program."""
        return str(self.binaries / "vsm")

    @property
    def env(self) -> dict[str, str]:
        """An environment without the person's own settings."""
        kept = {name: os.environ[name] for name in ("LANG", "USER") if name in os.environ}
        home = str(self.folder / "home")
        return {**kept, "PATH": f"{self.binaries}:/usr/bin:/bin", "HOME": home, "TZ": "UTC"}

    def run(self, *argv: str | Path) -> str:
        """Run a command to its end and return its output; raises ``RuntimeError`` if it fails."""
        done = subprocess.run(
            [str(a) for a in argv], env=self.env, cwd=self.folder, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"{argv[0]} failed: {done.stderr or done.stdout}")
        return done.stdout

    def child(self, script: str, *arguments: str | Path) -> list[str]:
        """The Python and the arguments that run one of the scripts in ``children``."""
        return [self.python, str(CHILDREN / script), *map(str, arguments)]

    def load(self, history: Path, database: Path, stream: str = STREAM) -> None:
        """Import a generated history: CSV or Jira JSON, as its name ends."""
        kind = "csv" if history.suffix == ".csv" else "jira"
        self.run(
            *(self.vsm, "--db", database, "import", kind, history),
            *("--stream", stream, "--stages", generate.MAPPING, "--tz", "UTC"),
        )

    def database(self, items: int) -> Path:
        """A database with a generated history of so many items, made once a run."""
        if items not in self._databases:
            say(f"making a database of {items:,} items")
            history, database = self.folder / f"{items}.jsonl", self.folder / f"{items}.db"
            generate.write(history, items=items)
            self.load(history, database)
            history.unlink()
            self._databases[items] = database
        return self._databases[items]

    def streams(self, count: int, items: int) -> Path:
        """A database with several streams of so many items each."""
        say(f"making a database of {count} streams of {items:,} items")
        database = self.folder / f"{count}-streams.db"
        for number in range(1, count + 1):
            history = self.folder / f"stream-{number}.csv"
            generate.write(history, items=items, seed=41 + number, prefix=f"S{number}X")
            self.load(history, database, f"Stream {number}")
            history.unlink()
        return database

    def copy(self, items: int, name: str) -> Path:
        """A copy of such a database, for measures that change it."""
        source = self.database(items)
        target = self.folder / f"{name}.db"
        for part in ("", "-wal"):
            if Path(f"{source}{part}").exists():
                shutil.copy(f"{source}{part}", f"{target}{part}")
        return target


@contextmanager
def prepared(quick: bool) -> Iterator[Place]:
    """Install vsm and make a folder on the project's file system; remove the folder at the end."""
    HOME.mkdir(parents=True, exist_ok=True)
    binaries = install()
    with tempfile.TemporaryDirectory(dir=HOME, prefix="run-") as folder:
        (Path(folder) / "home").mkdir()
        yield Place(binaries, Path(folder), quick)


def numbers(lines: Sequence[str] | str) -> list[float]:
    """The numbers that a child printed, one a line."""
    rows = lines.splitlines() if isinstance(lines, str) else lines
    return [float(row) for row in rows if row.strip()]
