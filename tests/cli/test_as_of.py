"""Verbs that show a moment of the past, and the form of their dates."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from tests.cli.conftest import Vsm
from vsm.cli.as_of import read_as_of
from vsm.cli.context import CliContext
from vsm.date_form import choose_form
from vsm.model.errors import BadInput
from vsm.model.rules import iso, to_micros

CSV = """id,title,Ready,Build,Done
X-1,One,2026-01-05,2026-01-06,2026-01-09
X-2,Two,2026-01-07,2026-01-08,
"""


@pytest.fixture
def imported(vsm: Vsm, tmp_path: Path) -> Vsm:
    """The program with a stream that was imported now, with a history of January."""
    file = tmp_path / "stages.csv"
    file.write_text(CSV)
    vsm.ok("import", str(file), "--stream", "Web")
    return vsm


@pytest.mark.parametrize(
    "verb",
    [
        ("board",),
        ("metrics",),
        ("bottlenecks",),
        ("deps",),
        ("item", "list"),
        ("item", "show", "X-1"),
        ("stream", "list"),
        ("stream", "show", "Web"),
        ("stage", "list"),
    ],
)
def test_every_reading_verb_takes_a_moment_and_says_what_is_as_of_now(
    imported: Vsm, verb: tuple[str, ...]
) -> None:
    result = imported(*verb, "--as-of", "2026-01-08")
    assert result.exit_code == 0, result.stderr
    text = result.stdout + result.stderr
    assert text.count("fields and stages as of now") == 1
    assert text.count("as of 8 Jan 2026 23:59") == 1
    assert "as of now" not in imported(*verb).stdout


def test_streams_and_stages_are_those_of_the_moment(imported: Vsm) -> None:
    rows = imported.json("stream", "list", "--as-of", "2026-01-08")
    assert [(row["items"], row["wip"]) for row in rows] == [(2, 2)]
    imported.ok("stage", "set", "Build", "--name", "Make")
    names = [stage["name"] for stage in imported.json("stage", "list", "--as-of", "2026-01-08")]
    assert names == ["Ready", "Make", "Done"], "not known before the import: as of now"


def test_dates_in_texts_have_the_chosen_form_and_json_is_iso(
    imported: Vsm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported.ok("item", "add", "Ledger entry")
    key = imported.json("item", "list")[-1]["key"]
    imported.ok("item", "link", key, "blocks", "X-2")
    imported.ok("item", "ask", "X-2", "--of", key, "--by", "2026-02-01")
    text, result = imported.ok("deps"), imported.json("deps")
    assert "X-2 needs" in text and "by 1 Feb 2026" in text
    assert "by 2026-02-01" in result["risks"][0]["why"]
    folder = tmp_path / "config" / "vsm"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('dates = "iso"\n')
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder.parent))
    try:
        assert "by 2026-02-01" in imported.ok("deps")
        assert "since 2026-01-08 00:00" in imported.ok("item", "show", "X-2")
    finally:
        choose_form("month")


MONDAY = to_micros(datetime(2026, 11, 30, 9, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-29", "2026-11-29T23:59:59"),
        ("yesterday", "2026-11-29T23:59:59"),
        (" Yesterday ", "2026-11-29T23:59:59"),
        ("-3d", "2026-11-27T23:59:59"),
        ("-1m", "2026-10-30T23:59:59"),
        ("fri", "2026-11-27T23:59:59"),
        ("3 Nov", "2026-11-03T23:59:59"),
        ("3 Nov 2025", "2025-11-03T23:59:59"),
        ("yesterday 16:00", "2026-11-29T16:00:00"),
        ("2026-11-03 16:00", "2026-11-03T16:00:00"),
        ("today", "2026-11-30T09:30:00"),
        ("monday", "2026-11-30T09:30:00"),
    ],
)
def test_a_moment_may_be_in_words(text: str, moment: str) -> None:
    with click.Context(click.Command("x"), obj=CliContext(None, at=MONDAY)):
        at = read_as_of(text, None)
    assert at is not None and iso(at).startswith(moment)


@pytest.mark.parametrize("text", ["later", "3 days ago", "", "25:00", "1800-01-01", "-999y"])
def test_what_is_no_moment_is_refused_as_ever(text: str) -> None:
    message = "no date or moment|is out of range"
    with (
        click.Context(click.Command("x"), obj=CliContext(None, at=MONDAY)),
        pytest.raises(BadInput, match=message),
    ):
        read_as_of(text, None)


@pytest.mark.parametrize("verb", [("item", "list"), ("portfolio",), ("export", "csv")])
def test_verbs_take_words_as_they_take_dates(imported: Vsm, verb: tuple[str, ...]) -> None:
    result = imported(*verb, "--as-of", "yesterday")
    assert result.exit_code == 0, result.stderr
