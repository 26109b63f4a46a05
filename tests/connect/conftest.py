"""Hand-made Jira issues, and files of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from vsm.cli.main import cli

Issue = dict[str, Any]
Change = tuple[Any, ...]

IDS = {"Open": "1", "In Progress": "3", "In Review": "5", "Resolved": "8", "Closed": "6"}


def make_issue(
    key: str = "PAY-1",
    *changes: Change,
    status: str | None = None,
    created: Any = "2024-01-01T00:00:00.000+0000",
    total: int | None = None,
    **fields: Any,
) -> Issue:
    """An issue as Server writes it; each change is (history id, day of January, from, to)."""
    now = status or (changes[-1][3] if changes else "Open")
    histories = [
        {
            "id": str(number),
            "author": {"name": "ada"},
            "created": f"2024-01-{day:02}T00:00:00.000+0000",
            "items": [
                {
                    "field": "status",
                    "from": IDS.get(old),
                    "fromString": old,
                    "to": IDS.get(new),
                    "toString": new,
                }
            ],
        }
        for number, day, old, new in changes
    ]
    about = {"name": now, **({"id": IDS[now]} if now in IDS else {})}
    return {
        "id": str(1000 + int(key.rpartition("-")[2])),
        "key": key,
        "fields": {"summary": f"Title of {key}", "created": created, "status": about, **fields},
        "changelog": {"total": len(histories) if total is None else total, "histories": histories},
    }


@pytest.fixture
def issue() -> Callable[..., Issue]:
    """The maker of issues."""
    return make_issue


@pytest.fixture
def lines(tmp_path: Path) -> Callable[..., Path]:
    """Write issues one a line; returns the file."""

    def write(*issues: Issue, name: str = "issues.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(i) + "\n" for i in issues), encoding="utf-8")
        return path

    return write


@pytest.fixture
def samples() -> Path:
    """The folder of hand-made exports."""
    return Path(__file__).resolve().parents[1] / "fixtures" / "jira"


@pytest.fixture
def saved(tmp_path: Path) -> Callable[..., Path]:
    """Write a value as a JSON file; returns the file."""

    def write(value: Any, name: str = "export.json", indent: int | None = None) -> Path:
        path = tmp_path / name
        path.write_text(json.dumps(value, indent=indent), encoding="utf-8")
        return path

    return write


@pytest.fixture
def imported(tmp_path: Path) -> Callable[..., Any]:
    """Import a file from the command line, its format detected; returns the report."""

    def run(path: Path, *options: str) -> Any:
        command = ["--db", str(tmp_path / "a.db"), "import", str(path), "--stream", "Web", "--json"]
        result = CliRunner().invoke(cli, [*command, *options])
        assert result.exit_code == 0, result.output
        return json.loads(result.output)

    return run
