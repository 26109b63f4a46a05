"""The program on a database of its own, with its caches in a temporary folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.sync.fake import TOKEN, Fake, FakeJira, jira_issue
from vsm.cli.main import cli

ROOT = Path(__file__).parents[2]


class Program:
    """Calls ``vsm`` in this process or as one of its own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.db = folder / "work.db"
        self.cache = folder / "cache"
        self.environment = {
            "VSM_DB": str(self.db),
            "XDG_CACHE_HOME": str(self.cache),
            "JIRA_TOKEN": TOKEN,
            "GITHUB_TOKEN": TOKEN,
            "GITLAB_TOKEN": TOKEN,
            "NO_PROXY": "127.0.0.1",
        }
        for name, value in self.environment.items():
            monkeypatch.setenv(name, value)

    def __call__(self, *args: str) -> Result:
        result = CliRunner().invoke(cli, list(args), prog_name="vsm")
        assert result.exception is None or isinstance(result.exception, SystemExit)
        assert TOKEN not in result.output
        return result

    def ok(self, *args: str) -> str:
        result = self(*args)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *args: str) -> Any:
        return json.loads(self.ok(*args, "--json"))

    def fails(self, code: int, *args: str) -> str:
        result = self(*args)
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result.stderr

    def start(self, *args: str) -> subprocess.Popen[bytes]:
        env = {**os.environ, **self.environment, "PYTHONPATH": str(ROOT)}
        return subprocess.Popen(
            [sys.executable, "-m", "vsm", *args],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def add(self, fake: Fake, kind: str = "jira", *more: str) -> Any:
        """Add the service as a source of the stream Web."""
        args = ("sync", "add", kind, fake.base, "--stream", "Web", "--yes", *more)
        if kind.startswith("jira"):
            args += ("--jql", "project = WEB")
        return self.json(*args)

    def journal(self) -> list[dict[str, Any]]:
        """Kinds and payloads of all entries: what has to be the same, whenever it was written."""
        out = self.folder / "journal.ndjson"
        out.unlink(missing_ok=True)
        self.ok("export", "journal", "--output", str(out))
        rows = [json.loads(line) for line in out.read_text().splitlines()]
        kept = ("seq", "item", "item_version", "stream", "kind", "payload")
        return [{name: row[name] for name in kept} for row in rows if "kind" in row]

    def entries(self) -> int:
        return len(self.journal())


@pytest.fixture
def vsm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    return Program(tmp_path, monkeypatch)


def made_issues() -> list[dict[str, Any]]:
    """Eight hand-made issues."""
    return [
        jira_issue(1, (2, "Doing"), (5, "Review"), (7, "Done")),
        jira_issue(2, (3, "Doing"), (4, "Review")),
        jira_issue(3, (3, "Doing")),
        jira_issue(4),
        *(jira_issue(n, (n, "Doing"), (n + 3, "Done")) for n in range(5, 9)),
    ]


@pytest.fixture
def jira() -> Iterator[FakeJira]:
    with FakeJira(made_issues()).running() as fake:
        assert isinstance(fake, FakeJira)
        yield fake
