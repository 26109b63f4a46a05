"""The program as people call it, on a database of its own in a temporary folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from vsm.cli.main import cli

ROOT = Path(__file__).parents[2]


class Vsm:
    """Calls ``vsm`` in this process; errors of the program come out as they would there."""

    def __init__(self, db: Path) -> None:
        self.db = db

    def __call__(self, *args: str, input: str | None = None) -> Result:
        runner = CliRunner(env={"VSM_DB": str(self.db)})
        result = runner.invoke(cli, list(args), input=input, prog_name="vsm")
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    def ok(self, *args: str, input: str | None = None) -> str:
        """Output of a call that must succeed and say nothing on standard error."""
        result = self(*args, input=input)
        assert (result.exit_code, result.stderr) == (0, ""), result.output
        return result.stdout

    def json(self, *args: str, input: str | None = None) -> Any:
        """What a call prints with ``--json``, which ends with exactly one line break."""
        out = self.ok(*args, "--json", input=input)
        assert out.endswith("\n") and not out.endswith("\n\n")
        return json.loads(out)

    def fails(self, code: int, *args: str, input: str | None = None) -> str:
        """The one line of a call that must fail so: nothing on standard output, no traceback."""
        result = self(*args, input=input)
        assert result.exit_code == code, result.output
        assert result.stdout == ""
        line = result.stderr
        assert line.startswith("vsm: ") and line.endswith("\n") and line.count("\n") == 1, line
        assert "Traceback" not in line
        return line


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Where a database may be made."""
    return tmp_path / "work.db"


@pytest.fixture
def vsm(db: Path) -> Vsm:
    """The program without a database yet."""
    return Vsm(db)


def _make_team(vsm: Vsm) -> None:
    vsm.ok("init", "--template", "kanban", "--name", "Card issuing", "--prefix", "PAY")
    vsm.ok("team", "add", "core", "risk")
    vsm.ok("item", "add", "Token vault rotation", "--team", "core", "--owner", "anna.kern")
    vsm.ok("item", "add", "Refund webhooks", "--stage", "Ready", "--class", "expedite")
    vsm.ok("item", "add", "Fee table", "--stage", "Build", "--type", "bug", "--label", "q1")


@pytest.fixture
def team(vsm: Vsm, tmp_path_factory: pytest.TempPathFactory) -> Vsm:
    """The program with a stream made from the Kanban template and three items."""
    first = tmp_path_factory.getbasetemp() / "team.db"  # made once, then copied
    if not first.exists():
        _make_team(Vsm(first))
    for end in ("", ".lock"):
        shutil.copy(f"{first}{end}", f"{vsm.db}{end}")
    return vsm


@pytest.fixture
def process(db: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start ``python -m vsm`` for real; whatever still runs at the end is ended."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*args: str, **settings: Any) -> subprocess.Popen[bytes]:
        env = {**os.environ, "VSM_DB": str(db), "PYTHONPATH": str(ROOT)}
        env |= settings.pop("env", {})
        settings = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **settings}
        child = subprocess.Popen([sys.executable, "-m", "vsm", *args], env=env, **settings)
        started.append(child)
        return child

    yield start
    for child in started:
        if child.poll() is None:
            child.kill()
        child.communicate()
