"""Limits on the imports of a start: the command line stays quick, the domain stays light."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

HEAVY = ("httpx", "networkx", "numpy", "pandas", "scipy", "sqlite_utils")
SCREEN = ("textual",)

RUN = """
import atexit, json, sys
from pathlib import Path
report, sys.argv = Path(sys.argv[1]), ["vsm", *sys.argv[2:]]
atexit.register(lambda: report.write_text(json.dumps(sorted(sys.modules))))
from vsm.cli.main import main
main()
"""


def packages_after(tmp_path: Path, *arguments: str, code: int = 0) -> set[str]:
    """Run one command in a fresh interpreter; return the top-level packages it imported."""
    report = tmp_path / "modules.json"
    run = subprocess.run(
        [sys.executable, "-c", RUN, str(report), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == code, run.stderr or run.stdout
    return {name.partition(".")[0] for name in json.loads(report.read_text())}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with one stream and an item, made by the command line itself."""
    path = tmp_path_factory.mktemp("team") / "team.db"
    for words in (["init", "--template", "kanban"], ["item", "add", "Token vault rotation"]):
        packages_after(path.parent, "--db", str(path), *words)
    return path


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["--version"],
        ["item", "--help"],
        ["import", "--help"],
        ["sync", "run", "--help"],
    ],
    ids=" ".join,
)
def test_help_imports_nothing_heavy_and_no_screen(tmp_path: Path, words: list[str]) -> None:
    imported = packages_after(tmp_path, *words)
    assert imported.isdisjoint({*HEAVY, *SCREEN, "pydantic"})


@pytest.mark.parametrize("line", ["vsm ", "vsm --db {} item show ", "vsm board --db {} --stream "])
def test_completion_imports_nothing_heavy_and_no_screen(
    tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setenv("_VSM_COMPLETE", "zsh")
    monkeypatch.setenv("_VSM_LINE", line.format(database))
    imported = packages_after(tmp_path)
    assert imported.isdisjoint({*HEAVY, *SCREEN, "pydantic"})
    assert ("sqlite3" in imported or "pysqlite3" in imported) == ("--db" in line)


@pytest.mark.parametrize(
    "words",
    [
        ["item", "list"],
        ["item", "list", "--json"],
        ["stream", "list"],
        ["team", "list"],
        ["log"],
        ["board"],
        ["board", "--json"],
    ],
    ids=" ".join,
)
def test_looking_at_items_imports_nothing_heavy_and_no_screen(
    tmp_path: Path, database: Path, words: list[str]
) -> None:
    imported = packages_after(tmp_path, "--db", str(database), *words)
    assert imported.isdisjoint({*HEAVY, *SCREEN})


def test_changing_an_item_imports_nothing_heavy_and_no_screen(
    tmp_path: Path, database: Path
) -> None:
    imported = packages_after(tmp_path, "--db", str(database), "item", "add", "Fee table")
    assert imported.isdisjoint({*HEAVY, *SCREEN})


def test_verbs_that_open_no_screen_import_no_textual(tmp_path: Path, database: Path) -> None:
    backup = tmp_path / "backup.db"
    for words in (["metrics"], ["doctor"], ["backup", str(backup)], ["rebuild"]):
        assert packages_after(tmp_path, "--db", str(database), *words).isdisjoint(SCREEN), words


@pytest.mark.parametrize(
    "module", ["vsm.model.stream", "vsm.model.decide", "vsm.features.metrics.results"]
)
def test_the_domain_and_the_result_types_are_light(module: str) -> None:
    code = f"import sys, {module}; sys.exit(bool({set(HEAVY)!r} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60).returncode == 0
