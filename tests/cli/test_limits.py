"""WIP limits on the command line: over several stages, and of classes beside a limit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Vsm


def stage(vsm: Vsm, name: str) -> dict[str, object]:
    """A stage as ``vsm stage list`` has it."""
    return next(s for s in vsm.json("stage", "list") if s["name"] == name)


def test_a_limit_over_stages_is_set_listed_changed_and_removed(team: Vsm) -> None:
    team.ok("stream", "limit", "Build,Review", "6", "--hard", "--name", "In work")
    assert team.ok("stream", "limit") == "In work: Build + Review 6 hard\n"
    assert team.json("stream", "limit") == [
        {"name": "In work", "stages": ["Build", "Review"], "limit": 6, "limit_kind": "hard"}
    ]
    team.ok("stream", "limit", "review+build", "4")
    assert team.ok("stream", "limit") == "In work: Build + Review 4 hard\n"
    team.ok("stream", "limit", "Build,Review", "--soft", "--name", "none")
    assert team.ok("stream", "limit") == "Build + Review 4 soft\n"
    assert "limits         Build + Review 4 soft" in team.ok("stream", "show")
    team.ok("stream", "limit", "Build,Review", "none")
    assert team.ok("stream", "limit") == "" and team.json("stream", "limit") == []
    team.ok("undo")
    assert team.ok("stream", "limit") == "Build + Review 4 soft\n"


def test_a_limit_over_stages_that_is_changed_keeps_its_place(team: Vsm) -> None:
    team.ok("stage", "add", "Test", "--after", "Review", "--category", "active")
    team.ok("stream", "limit", "Ready,Build", "6")
    team.ok("stream", "limit", "Review,Test", "4")
    team.ok("stream", "limit", "Build,Ready", "7")
    limits = [(group["stages"], group["limit"]) for group in team.json("stream", "limit")]
    assert limits == [(["Ready", "Build"], 7), (["Review", "Test"], 4)]


def test_wrong_limits_over_stages_say_what_to_do(team: Vsm) -> None:
    assert "there is no stage 'Nowhere'" in team.fails(2, "stream", "limit", "Build,Nowhere", "6")
    assert "'six' is no WIP limit" in team.fails(2, "stream", "limit", "Build,Review", "six")
    for limit in ("0", "9999999"):
        line = team.fails(1, "stream", "limit", "Build,Review", limit)
        assert f"the WIP limit of 'Build + Review' is {limit}: give 1 to 1000000" in line
    assert "is of one stage" in team.fails(1, "stream", "limit", "Build", "6")
    assert "only queue and active" in team.fails(1, "stream", "limit", "Build,Done", "6")
    assert "has no limit together" in team.fails(2, "stream", "limit", "Build,Review", "none")
    assert "give the limit" in team("stream", "limit", "Build,Review").stderr


def test_a_move_over_a_limit_of_several_stages_is_refused(team: Vsm) -> None:
    team.ok("stream", "limit", "Build,Review", "1", "--hard")
    line = team.fails(1, "item", "move", "PAY-2", "Review")
    assert "Build + Review is full: 1 of 1 together" in line and "PAY-3" in line
    team.ok("item", "move", "PAY-3", "Review")
    board = team.json("board")
    (group,) = board["group_limits"]
    assert group == {
        "name": "Build + Review",
        "stages": ["Build", "Review"],
        "items": 1,
        "limit": 1,
        "over_limit": False,
    }
    assert "Build + Review together 1/1" in team.ok("board")


def test_a_class_stands_beside_the_limit_of_its_stage(team: Vsm) -> None:
    team.ok("stage", "set", "Build", "--limit", "1", "--hard", "--class-limit", "expedite=+1")
    build = stage(team, "Build")
    assert (build["class_limits"], build["exempt"]) == ({"expedite": 1}, ["expedite"])
    assert "1 hard, expedite +1" in team.ok("stage", "list")
    team.ok("item", "move", "PAY-2", "Build")
    columns = {c["stage"]: c for c in team.json("board")["columns"]}
    assert (columns["Build"]["items"], columns["Build"]["counted"]) == (2, 1)
    assert columns["Build"]["over_limit"] is False
    assert columns["Build"]["classes"][0]["exempt"] is True
    assert "1/1 +1" in team.ok("board")
    assert "Build is full: 1 of 1" in team.fails(1, "item", "move", "PAY-1", "Build")
    team.ok("stage", "set", "Build", "--class-limit", "expedite=1")
    assert stage(team, "Build")["exempt"] == []


@pytest.fixture
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of one's own templates."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    folder = tmp_path / "vsm" / "templates"
    folder.mkdir(parents=True)
    return folder


def test_a_template_and_a_snapshot_have_both(team: Vsm, templates: Path) -> None:
    team.ok("stage", "set", "Build", "--limit", "3", "--class-limit", "expedite=+1")
    team.ok("stream", "limit", "Build,Review", "6", "--hard", "--name", "In work")
    team.ok("template", "save", "Card issuing", "--as", "ours")
    assert 'exempt = ["expedite"]' in (templates / "ours.toml").read_text("utf-8")
    team.ok("init", "--template", "ours", "--name", "Copy")
    assert team.ok("stream", "limit", "--stream", "Copy") == "In work: Build + Review 6 hard\n"
    assert "3 soft, expedite +1" in team.ok("stage", "list", "--stream", "Copy")
    snapshot = json.loads(team.ok("export", "snapshot", "--stream", "Copy"))
    (stream,) = snapshot["streams"]
    assert stream["group_limits"] == [
        {
            "name": "In work",
            "stages": ["Build", "Review"],
            "limit": 6,
            "limit_kind": "hard",
            "wip": 0,
        }
    ]
    build = next(s for s in stream["stages"] if s["name"] == "Build")
    assert build["exempt"] == ["expedite"]


def test_a_template_with_limits_that_cannot_be_names_the_line(vsm: Vsm, templates: Path) -> None:
    path = templates / "wrong.toml"
    stages = "\n".join(
        f'[[stage]]\nname = "{name}"\ncategory = "{category}"'
        for name, category in (("Build", "active"), ("Review", "active"), ("Done", "done"))
    )
    path.write_text(f'{stages}\n[[group_limit]]\nstages = ["Build", "Tset"]\nlimit = 3\n')
    line = vsm.fails(2, "init", "--template", "wrong", "--name", "X")
    assert "there is no stage 'Tset'" in line and "wrong.toml" in line
    path.write_text(f'{stages}\n[[group_limit]]\nstages = ["Build"]\nlimit = 3\n')
    assert "is of one stage" in vsm.fails(2, "init", "--template", "wrong", "--name", "X")
    path.write_text(stages.replace('"active"', '"active"\nexempt = ["expedite"]', 1))
    assert "has no limit of its own" in vsm.fails(2, "init", "--template", "wrong", "--name", "X")
