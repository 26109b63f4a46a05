"""A run that is killed at any page, and run again, leaves what an uninterrupted one does."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.sync.conftest import Program, made_issues
from tests.sync.fake import Asked, FakeJira, Reply, jira_issue

ARGS = ("--jql", "project = WEB", "--stream", "Web", "--yes")


def many() -> FakeJira:
    """More issues than one chunk has, in small pages."""
    more = [jira_issue(n, (2, "Doing"), (9, "Done")) for n in range(9, 521)]
    fake = FakeJira(made_issues() + more)
    fake.page = 250
    return fake


def whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[list[object], int]:
    """The journal of an uninterrupted run, and how many pages it took."""
    folder.mkdir()
    vsm = Program(folder, monkeypatch)
    with many().running() as fake:
        vsm.ok("sync", "add", "jira", fake.base, *ARGS)
        return without_address(vsm), len(fake.asked)


def without_address(vsm: Program) -> list[object]:
    """The journal but for moments of recording and the port of the service."""
    rows = vsm.journal()
    for row in rows:
        if row["kind"] == "source_added":
            row["payload"].pop("base")
    return [*rows]


def test_killed_at_every_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected, pages = whole(tmp_path / "whole", monkeypatch)
    assert pages > 8
    for page in range(pages):
        folder = tmp_path / f"killed-{page}"
        folder.mkdir()
        vsm = Program(folder, monkeypatch)
        with many().running() as fake:
            child = vsm.start("sync", "add", "jira", fake.base, *ARGS)

            def kill(asked: Asked, child=child, page=page) -> Reply | None:  # type: ignore[no-untyped-def]
                if asked.number == page:
                    child.send_signal(signal.SIGKILL)
                    child.wait()
                return None

            fake.faults.append(kill)
            child.communicate()
            assert child.returncode == -signal.SIGKILL
            assert not vsm.db.exists(), "a half-fetched run imports nothing"
            fake.faults.clear()
            vsm.ok("sync", "add", "jira", fake.base, *ARGS)
            assert without_address(vsm) == expected
    assert "ok" in vsm.ok("doctor")


def test_a_run_goes_on_with_the_chunks_that_were_complete(vsm: Program) -> None:
    with many().running() as fake:
        bulk = "/rest/api/3/issue/bulkfetch"
        second = lambda asked: asked.path == bulk and fake.paths().count(bulk) > 5  # noqa: E731
        fake.faults.append(lambda asked: Reply({}, 403) if second(asked) else None)
        vsm.fails(3, "sync", "add", "jira", fake.base, *ARGS)
        fake.faults.clear()
        asked = len(fake.asked)
        vsm.ok("sync", "add", "jira", fake.base, *ARGS)
        fetched = [a for a in fake.asked[asked:] if a.path == bulk]
        assert [len(a.body["issueIdsOrKeys"]) for a in fetched] == [20], "of 520, 500 were there"
