"""Verbs that show a moment of the past, and the form of their dates."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Vsm
from vsm.date_form import choose_form

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
