"""``vsm --at-seq N``: all that had been recorded up to an entry, and nothing that came later."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.reliability.damage import make_full_database
from tests.reliability.support import opened, rows, tables
from vsm.app import VsmApp
from vsm.connections import open_as_of_entry
from vsm.screens.board.screen import BoardScreen
from vsm.store import journal

if TYPE_CHECKING:
    from tests.cli.conftest import Vsm


def last(vsm: Vsm) -> int:
    """The number of the last entry."""
    seq: int = vsm.json("log", "--limit", "1")[0]["seq"]
    return seq


def stages(vsm: Vsm, *options: str) -> dict[str, str]:
    """Where each item is."""
    return {item["key"]: item["stage"] for item in vsm.json(*options, "item", "list")}


def test_board_lists_log_and_reports_are_as_of_the_entry(team: Vsm) -> None:
    team.ok("item", "move", "PAY-1", "Build")
    seq = last(team)
    team.ok("item", "move", "PAY-1", "Done")
    team.ok("item", "edit", "PAY-2", "--title", "Another")
    at = ("--at-seq", str(seq))
    assert stages(team, *at)["PAY-1"] == "Build" and stages(team)["PAY-1"] == "Done"
    assert team.json(*at, "item", "show", "PAY-2")["title"] == "Refund webhooks"
    assert team.json(*at, "log")[0]["seq"] == seq
    board = team.json(*at, "board")
    assert [s["items"] for s in board["columns"] if s["stage"] == "Build"] == [2]
    figures = team.json(*at, "metrics")
    ((hash_, moment),) = rows(
        team.db, "SELECT lower(hex(hash)), recorded_at FROM journal WHERE seq = ?", seq
    )
    assert (figures["journal"]["seq"], figures["journal"]["hash"]) == (seq, hash_)
    assert figures["as_of"] == figures["journal"]["at"]
    assert team.ok(*at, "bottlenecks").endswith(f"journal #{seq} · {hash_[:12]}…\n")
    assert team.ok("--at-seq", f"#{seq:,}", "board") == team.ok(*at, "board")
    assert moment and "Build" in team.ok(*at)


def test_a_change_that_was_entered_late_is_there_from_its_entry_on(vsm: Vsm) -> None:
    day = datetime.now(UTC) - timedelta(days=7)
    file = vsm.db.with_name("log.csv")
    file.write_text(f"id,stage,time\nP-1,Ready,{day:%Y-%m-%d}\nP-1,Build,{day:%Y-%m-%d}\n")
    vsm.ok("init", "--template", "kanban", "--name", "Web", "--prefix", "P")
    vsm.ok("import", "csv", str(file), "--stream", "Web")
    seq = last(vsm) + 1  # the history that came with it is an entry too
    vsm.ok("item", "move", "P-1", "Review", "--at", "-2d 16:00", "--reason", "forgot")
    assert last(vsm) == seq + 1
    assert stages(vsm, "--at-seq", str(seq)) == {"P-1": "Build"}
    assert stages(vsm, "--at-seq", str(seq + 1)) == {"P-1": "Review"}
    day_after = f"{day + timedelta(days=6):%Y-%m-%d}"
    yesterday = vsm.json("--at-seq", str(seq), "item", "list", "--as-of", day_after)
    assert yesterday[0]["stage"] == "Build", "it happened before, but nobody had said so"


def test_every_entry_can_be_shown_and_the_last_one_is_the_database(tmp_path: Path) -> None:
    db = tmp_path / "full.db"
    make_full_database(db)
    ((entries,),) = rows(db, "SELECT max(seq) FROM journal")
    for seq in range(1, entries + 1):
        copy = tmp_path / f"{seq}.db"
        assert open_as_of_entry(db, seq, copy).seq == seq
        assert rows(copy, "SELECT count(*) FROM journal") == [(seq,)]
        assert rows(copy, "PRAGMA foreign_key_check") == []
    assert tables(copy) == tables(db)
    with opened(db) as one, opened(copy) as other:
        assert journal.head(one) == journal.head(other)


def test_it_changes_nothing_and_leaves_nothing(
    team: Vsm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    before = rows(team.db, "SELECT * FROM journal")
    team.ok("--at-seq", "6", "board")
    for words in (("item", "move", "PAY-1", "Done"), ("undo",), ("rebuild",), ("doctor",)):
        refused = team.fails(1, "--at-seq", "6", *words)
        assert "--at-seq is for looking at what had been recorded" in refused
    assert rows(team.db, "SELECT * FROM journal") == before
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("0", "is no number of an entry"),
        ("-1", "is no number of an entry"),
        ("abc", "is no number of an entry, such as 48213"),
        ("9" * 30, "is no number of an entry"),
        ("1e3", "is no number of an entry"),
        ("999,999", "the journal ends at entry 6, before entry 999,999; --at-seq can be 1 to 6"),
    ],
)
def test_a_number_that_cannot_be_is_refused_in_one_line(team: Vsm, text: str, problem: str) -> None:
    assert last(team) == 6
    assert problem in team.fails(2, f"--at-seq={text}", "board")


async def test_the_board_says_which_entry_it_shows_and_refuses_changes(
    team: Vsm, tmp_path: Path
) -> None:
    team.ok("item", "move", "PAY-1", "Build")
    copy = tmp_path / "copy.db"
    anchor = open_as_of_entry(team.db, 6, copy)
    app = VsmApp(copy, actor="anna", now=lambda: anchor.at or 0, position="#6")
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, BoardScreen)
        assert "as of #6" in app.export_screenshot().replace("&#160;", " ")
        await pilot.press("L")
        await pilot.pause()
        refusal = app.changes_refused
        assert refusal is not None
        assert refusal.message == "Read-only: viewing the journal up to #6"
        assert refusal.remedy == "open it without --at-seq to change it"
    assert stages(team)["PAY-1"] == "Build"
