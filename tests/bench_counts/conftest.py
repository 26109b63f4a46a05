"""A board in a real terminal over a generated history, as the benchmarks open it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import generate
from bench.terminal import Terminal

ROOT = Path(__file__).parents[2]


@pytest.fixture
def env(own_places: Path) -> dict[str, str]:
    """The test's own environment, from which the checkout can be imported."""
    return {**os.environ, "PYTHONPATH": str(ROOT)}


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with 4,000 items that came in by the importer: every column is full."""
    folder = tmp_path_factory.mktemp("history")
    issues, database = folder / "issues.jsonl", folder / "work.db"
    generate.write(issues, items=4_000)
    words = ["--db", str(database), "import", "jira", str(issues), "--stream", "Synthetic"]
    subprocess.run(
        [sys.executable, "-m", "vsm", *words, "--stages", generate.MAPPING],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return database


@pytest.fixture
def board(history: Path, env: dict[str, str]) -> Iterator[Terminal]:
    """The board of that database, painted and at rest."""
    with Terminal([sys.executable, "-m", "vsm", "--db", str(history)], env) as terminal:
        terminal.settle(0.5)
        assert "SYN-" in terminal.text(), terminal.text()
        yield terminal
