"""Changes entered late on the command line: ``--at WHEN --reason WHY``."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Vsm


@pytest.fixture
def imported(vsm: Vsm) -> Vsm:
    """P-1 has been in Build for a week, so there is time to be late by."""
    week = (datetime.now(UTC) - timedelta(days=7)).replace(hour=9, minute=0, second=0)
    rows = [
        "id,stage,time",
        f"P-1,Ready,{week:%Y-%m-%dT%H:%M:%SZ}",
        f"P-1,Build,{week:%Y-%m-%dT%H:%M:%SZ}",
    ]
    vsm.ok("init", "--template", "kanban", "--name", "Card issuing", "--prefix", "P")
    file = vsm.db.with_name("log.csv")
    file.write_text("\n".join(rows) + "\n")
    vsm.ok("import", "csv", str(file), "--stream", "Card issuing")
    return vsm


def ago(days: int) -> datetime:
    return (datetime.now(UTC) - timedelta(days=days)).replace(hour=16, minute=0, second=0)


def first(vsm: Vsm, *args: str) -> Any:
    return vsm.json(*args)[0]


def times_of(vsm: Vsm) -> list[str]:
    """When the late entries of P-1 happened, the latest first."""
    history = vsm.json("item", "show", "P-1")["history"]
    return [line["happened_at"] for line in history if line["happened_at"] is not None]


def test_a_late_move_is_dated_in_show_and_log(imported: Vsm) -> None:
    when = ago(2)
    moved = imported.ok("item", "move", "P-1", "Review", "--at", "-2d 16:00", "--reason", "forgot")
    assert moved == "moved P-1 from Build to Review, entered late: forgot\n"
    iso = f"{when:%Y-%m-%dT%H:%M}:00Z"
    assert times_of(imported) == [iso]
    entry = first(imported, "log", "--limit", "1")
    assert entry["happened_at"] == iso and entry["at"] > iso
    assert f"(happened {when:%Y-%m-%d %H:%M})" in imported.ok("log", "--limit", "1")
    shown = imported.ok("item", "show", "P-1")
    assert "16:00  moved from Build to Review, entered late: forgot (" in shown
    stages = [
        imported.json("item", "list", "--as-of", f"{when + timedelta(minutes=by):%Y-%m-%dT%H:%MZ}")
        for by in (-1, 0)
    ]
    assert [items[0]["stage"] for items in stages] == ["Build", "Review"]
    assert imported.json("doctor")["ok"] is True
    assert imported.ok("undo").startswith("undid: moved P-1 from Build to Review, entered late")
    assert imported.json("item", "show", "P-1")["stage"] == "Build"


def test_what_is_entered_at_once_has_no_other_time(imported: Vsm) -> None:
    imported.ok("item", "move", "P-1", "Review")
    assert first(imported, "log", "--limit", "1")["happened_at"] is None
    assert "happened" not in imported.ok("log")
    payload = imported.ok("export", "journal").splitlines()[-1]
    assert "late" not in json.loads(payload)["payload"]


def test_the_log_can_show_late_changes_alone(imported: Vsm) -> None:
    imported.ok("item", "move", "P-1", "Review", "--at", "-2d 16:00", "--reason", "forgot")
    imported.ok("item", "comment", "P-1", "done now")
    imported.ok("item", "move", "P-1", "Done")
    for args in ((), ("--item", "P-1")):
        (entry,) = imported.json("log", "--late", *args)
        assert entry["text"].startswith("moved P-1 from Build to Review")


def test_block_unblock_drop_and_reopen_take_a_time(imported: Vsm) -> None:
    for args in (
        ("block", "P-1", "--reason", "bank", "--at", "-4d 16:00"),
        ("unblock", "P-1", "--reason", "they called", "--at", "-3d 16:00"),
        ("drop", "P-1", "--reason", "no one asks", "--at", "-2d 16:00"),
        ("reopen", "P-1", "--reason", "they do", "--at", "yesterday 16:00"),
    ):
        assert "entered late" in imported.ok("item", *args)
    assert times_of(imported) == [f"{ago(days):%Y-%m-%dT%H:%M}:00Z" for days in (1, 2, 3, 4)]
    assert imported.json("rebuild")["entries"] > 0
    assert imported.json("doctor")["ok"] is True


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("--at", "-2d 16:00"), 2, "needs a reason; say why it is entered late"),
        (("--at", "-30d 16:00", "--reason", "x"), 1, "it came to Build on"),
        (("--at", "+1d 16:00", "--reason", "x"), 1, "that is in the future; give a time from"),
        (("--at", "yesterday", "--reason", "x"), 2, "--at: yesterday needs a time: write 16:00"),
        (("--at", "once", "--reason", "x"), 2, "--at: 'once' is no moment: write 16:00"),
        (("--at", "1066-10-14 09:00", "--reason", "x"), 2, "out of range"),
    ],
)
def test_a_time_that_cannot_be_is_refused_in_one_line(
    imported: Vsm, args: tuple[str, ...], code: int, words: str
) -> None:
    before = imported.json("log")
    assert words in imported.fails(code, "item", "move", "P-1", "Review", *args)
    assert imported.json("log") == before
