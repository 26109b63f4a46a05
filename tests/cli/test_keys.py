"""``vsm keys``: the keys that one has, and what is wrong with one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from vsm.paths import keys_file

from .conftest import Vsm


@pytest.fixture
def own() -> Path:
    """Where a person's keys.toml stands."""
    path = keys_file()
    path.parent.mkdir(parents=True)
    return path


def test_keys_are_those_of_the_file(vsm: Vsm, own: Path) -> None:
    assert "z" in {k for row in vsm.json("keys") if row["id"] == "undo" for k in row["keys"]}
    own.write_text('preset = "standard"\n[keys]\nundo = "u"\n')
    keys = {row["id"]: row["keys"] for row in vsm.json("keys")}
    assert (keys["undo"], keys["redo"]) == (["u"], ["ctrl+y"])
    assert "Shift+→" in vsm.ok("keys")
    assert "Shift+Right" in vsm.ok("--ascii", "keys", "right")


def test_a_preset_can_be_looked_at(vsm: Vsm) -> None:
    assert "Ctrl+Z" in vsm.ok("keys", "--preset", "standard", "undo")
    assert "did you mean 'standard'" in vsm.fails(2, "keys", "--preset", "standart")


def test_check_lists_all_that_is_wrong_with_lines(vsm: Vsm, own: Path) -> None:
    assert "is not there" in Vsm(own).ok("keys", "--check")
    own.write_text('[keys]\nundo = "n"\n')
    report = vsm.ok("keys", "--check")
    assert f"{own}, line 2: note: n goes to undo, so new_item has no key left" in report
    assert "5 actions have keys other than vsm's own" in report
    own.write_text('[keys]\nundoo = "u"\nredo = "hyper+x"\nblock = "q"\nquit = "q"\n')
    result = vsm("keys", "--check")
    assert result.exit_code == 2
    lines = result.stdout.splitlines()
    assert [line.split(":")[0].rsplit(" ", 1)[1] for line in lines] == ["2", "3", "5"]
    assert "q is given to quit and, in line 4, to block" in lines[2]


def test_a_board_is_not_opened_with_keys_that_are_wrong(vsm: Vsm, own: Path) -> None:
    own.write_text('[keys]\nundoo = "u"\n')
    line = vsm.fails(2, "keys")
    assert f"{own}, line 2: there is no action 'undoo'" in line
