"""The demo has a file of its own, is the same for the same day, and loses nobody's changes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.demo.conftest import TODAY
from vsm.cli.main import cli
from vsm.demo import Made, demo_path, made, open_demo
from vsm.model import command as c
from vsm.model.errors import BadInput
from vsm.reader import Reader
from vsm.session import Session
from vsm.store.doctor import examine

DAY = TODAY.isoformat()


def run(*args: str) -> Result:
    """A call of the program, without a terminal."""
    return CliRunner().invoke(cli, ["demo", *args])


@pytest.fixture
def demo(demo_file: Path) -> Path:
    """The demo where ``vsm demo`` expects it, made on its day and not touched since."""
    demo_path().parent.mkdir(parents=True)
    shutil.copyfile(demo_file, demo_path())
    return demo_path()


def change(path: Path) -> None:
    """Somebody adds an item to the demo."""
    session = Session(path, actor="me")
    session.do(c.AddItem(1, "An item of my own"))
    session.close()


def count(path: Path) -> int:
    """Entries in the journal."""
    reader = Reader(path)
    try:
        return reader.position()
    finally:
        reader.close()


def test_the_same_seed_and_day_give_the_same_journal_in_every_process(
    demo_file: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again.db"
    script = (
        "from datetime import date; from pathlib import Path;"
        "from vsm.demo.record import make_demo;"
        f"make_demo(Path({str(again)!r}), today=date.fromisoformat({DAY!r}))"
    )
    subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONHASHSEED": "271828", "TZ": "Pacific/Auckland"},
        cwd=Path(__file__).resolve().parents[2],
        check=True,
    )
    assert examine(again).head == examine(demo_file).head


def test_it_prints_boards_and_figures_where_there_is_no_terminal(
    demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "mine.db"
    monkeypatch.setenv("VSM_DB", str(mine))
    result = run("--today", DAY)
    assert result.exit_code == 0
    for name in ("Card issuing", "Mobile app", "Platform and incidents"):
        assert f"{name} · 85% finish within" in result.stdout
        assert f"{name}: flow metrics" in result.stdout
        assert f"{name}: " in result.stdout
        assert f"{name}: value stream map" in result.stdout
    assert result.stdout.startswith("All value streams\n") and "\nTeams\n" in result.stdout
    assert "Finished in the window" in result.stdout
    assert "To review" in result.stdout
    assert "as of 31 Mar 2025 23:59 UTC" in result.stdout
    assert not mine.exists()


def test_a_demo_of_the_day_asked_for_is_not_made_again(demo: Path) -> None:
    before = demo.stat().st_ino
    assert run("--today", DAY).exit_code == 0
    assert demo.stat().st_ino == before


def test_another_day_makes_an_unchanged_demo_anew(demo: Path) -> None:
    open_demo(today=TODAY + timedelta(days=1))
    assert made(demo) == Made(7, TODAY + timedelta(days=1), 0)


def test_a_demo_with_changes_stays_even_when_it_ended_long_ago(demo: Path) -> None:
    change(demo)
    before = count(demo)
    result = run()
    assert result.exit_code == 0
    assert count(demo) == before
    assert (
        f"The demo ended on {DAY} and has 1 change made since, so it stays;"
        " for a fresh one: vsm demo --reset"
    ) in result.stderr
    assert made(demo) == Made(7, TODAY, 1)


def test_another_day_is_refused_where_there_are_changes(demo: Path) -> None:
    change(demo)
    before = count(demo)
    result = run("--today", "2025-04-02")
    assert result.exit_code == 2
    assert "has 1 change made since" in result.stderr
    assert "--reset" in result.stderr
    assert count(demo) == before


def test_a_reset_keeps_the_changed_demo_beside_the_new_one(
    demo: Path, demo_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copy_demo(path: Path, *, today: date, **_options: object) -> None:
        assert today == TODAY  # the file of a day is always the same, which a test above holds
        shutil.copy(demo_file, path)

    monkeypatch.setattr("vsm.demo.record.make_demo", copy_demo)
    change(demo)
    before = count(demo)
    said: list[str] = []
    open_demo(today=TODAY, reset=True, say=said.append)
    assert made(demo) == Made(7, TODAY, 0)
    (kept,) = demo.parent.glob("demo.db.*.backup")
    assert count(kept) == before
    assert str(kept) in said[0]
    assert not list(demo.parent.glob("*.new*"))


def test_an_unchanged_demo_that_ended_long_ago_is_made_anew_for_today(demo: Path) -> None:
    open_demo()
    there = made(demo)
    assert there is not None
    assert there.today is not None
    assert datetime.now(UTC).date() - there.today <= timedelta(days=1)


def test_a_named_file_that_is_no_demo_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "mine.db"
    session = Session(mine, actor="me")
    session.do(
        c.CreateStream("Mine", (c.NewStage("Done", c.Category.DONE),)), c.AddItem(1, "A thing")
    )
    session.close()
    before = mine.read_bytes()
    for args in ((), ("--reset",)):
        result = CliRunner().invoke(cli, ["--db", str(mine), "demo", *args])
        assert result.exit_code == 2
        assert f"{mine} is not the demo" in result.stderr
        assert mine.read_bytes() == before
    notes = tmp_path / "notes.txt"
    notes.write_text("mine")
    result = CliRunner().invoke(cli, ["--db", str(notes), "demo", "--reset"])
    assert result.exit_code == 2
    assert notes.read_text() == "mine"


@pytest.mark.parametrize("day", ["1900-01-01", "1989-12-31"])
def test_a_day_that_no_demo_can_end_on_is_refused(day: str) -> None:
    result = run("--today", day)
    assert result.exit_code == 2
    assert "1990" in result.stderr
    assert not demo_path().exists()
    assert not list(demo_path().parent.glob("*"))


def test_a_day_that_is_no_date_is_refused_before_anything_is_made() -> None:
    result = run("--today", "soon")
    assert result.exit_code == 2
    assert "--today" in result.stderr
    with pytest.raises(BadInput):
        open_demo(today=datetime(1, 1, 1, tzinfo=UTC).date())
