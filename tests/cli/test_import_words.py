"""Tests that import reports state about finished items and starts only what the file says."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Vsm

HEAD = "Issue key,Summary,Status,Status Category,Created,Resolved,Resolution\n"


def _report(vsm: Vsm, tmp_path: Path, text: str, *more: str) -> str:
    file = tmp_path / "qa.csv"
    file.write_text(text, encoding="utf-8")
    return " ".join(vsm.ok("import", str(file), "--stream", "QA", *more).split())


def test_items_of_which_nobody_knows_the_start_are_not_said_to_have_none(
    vsm: Vsm, tmp_path: Path
) -> None:
    rows = (
        "QA-1,Ship,Done,Done,2026-03-02,2026-03-10,Done\n"
        "QA-2,Idea,Done,Done,2026-03-02,2026-03-11,Won't Do\n"
        "QA-3,Fix,In Progress,In Progress,2026-03-04,,\n"
    )
    report = _report(vsm, tmp_path, HEAD + rows)
    assert "3 items, 2 finished, 1 of these not delivered" in report
    assert "before their start" not in report
    assert "histories: 0 full, 1 truncated, 2 with single dates, no moves" in report
    assert "1 of 1 finished item without a known start: the file has no moves of theirs." in report
    assert "Where a column has the start, name it with --start COLUMN." in report
    assert "never started" not in report


def test_a_file_without_starts_and_states_says_that_no_item_ever_starts(
    vsm: Vsm, tmp_path: Path
) -> None:
    text = "id,created,finished\nQA-1,2026-03-02,2026-03-10\nQA-2,2026-03-04,2026-03-03\n"
    for more in (("--dry-run",), ()):  # before and after: it decides what the figures can say
        report = _report(vsm, tmp_path, text, *more)
        assert "1 finished before their start or creation" in report
        assert "so no item ever starts: there are no cycle times. Where a column has" in report
