"""``vsm standard``: adopting standards, comparing, agreeing, and texts to begin with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Vsm
from tests.cli.test_exports import valid


@pytest.fixture
def vsm(team: Vsm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Vsm:
    """A stream made from the Kanban template, with a folder of templates of its own."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "config" / "vsm" / "templates").mkdir(parents=True)
    return team


def adopt(vsm: Vsm, name: str = "kanban") -> str:
    return vsm.ok("standard", "adopt", name, "--reason", "one way of work")


def test_a_stream_made_from_its_standard_differs_in_the_control_that_is_off(vsm: Vsm) -> None:
    assert adopt(vsm).startswith("adopted the standard kanban (")
    drift = vsm.json("standard", "diff")
    valid(drift, "standard-diff")
    assert [(line["part"], line["agreed"]) for line in drift["lines"]] == [("control:ready", False)]
    assert (drift["drift"], drift["adopted"], drift["price_days"]) == (1, True, 182)
    assert vsm.json("standard", "diff", "--days", "30")["price_days"] == 30
    vsm.ok("gov", "add", "ready")
    vsm.ok("gov", "mode", "supportive", "--reason", "a try")
    assert vsm.json("standard", "diff")["lines"] == []
    assert "Card issuing is as Kanban has it" in vsm.ok("standard", "diff")


def test_deviations_are_agreed_changed_and_ended(vsm: Vsm) -> None:
    adopt(vsm)
    vsm.ok("stage", "set", "Build", "--limit", "9")
    vsm.ok("stage", "set", "Review", "--name", "Check of peers")
    parts = [line["part"] for line in vsm.json("standard", "diff")["lines"]]
    assert parts == ["limit:Build", "stage:Review", "stage:Check of peers", "control:ready"]
    said = vsm.ok("standard", "deviate", "LIMIT:build", "--reason", "two more", "--until", "+30d")
    assert said == "agreed on a deviation, limit:Build: two more\n"
    vsm.ok("standard", "deviate", "name:review=check", "--reason", "their word")
    lines = vsm.json("standard", "diff")["lines"]
    assert [(line["part"], line["agreed"]) for line in lines] == [
        ("limit:Build", True),
        ("name:Review=Check of peers", True),
        ("control:ready", False),
    ]
    vsm.ok("standard", "deviate", "limit:Build", "--reason", "for good", "--until", "none")
    (line, *_) = vsm.json("standard", "diff")["lines"]
    assert (line["agreement"]["reason"], line["agreement"]["until"]) == ("for good", None)
    text = vsm.ok("standard", "diff")
    assert "3 differences, 1 of them not agreed" in text and "agreed by" in text
    vsm.ok("standard", "drop", "limit:build")
    assert not vsm.json("standard", "diff")["lines"][0]["agreed"]
    vsm.ok("standard", "drop")
    assert "follows no standard" in vsm.fails(2, "standard", "diff")
    vsm.ok("undo")
    assert vsm.json("standard", "diff")["drift"] == 2


def test_what_cannot_be_is_refused_in_one_line(vsm: Vsm) -> None:
    reason = ("--reason", "x")
    assert "did you mean 'kanban'" in vsm.fails(2, "standard", "adopt", "kanbn", *reason)
    assert "follows no standard" in vsm.fails(1, "standard", "deviate", "limit:Build", *reason)
    assert "follows no standard" in vsm.fails(2, "standard", "drop")
    adopt(vsm)
    assert "in this version already" in vsm.fails(2, "standard", "adopt", "kanban", *reason)
    for part, said in (
        ("Build", "is no part of a standard"),
        ("colour:Build", "is no part of a standard"),
        ("limit:Build", "it differs in: control:ready"),
        ("name:Nope=Build", "kanban has no stage 'Nope'"),
        ("name:Build=Nope", "there is no stage"),
    ):
        assert said in vsm.fails(2, "standard", "deviate", part, *reason), part
    day = ("--until", "2020-01-01")
    assert "2020-01-01 is over" in vsm.fails(
        2, "standard", "deviate", "control:ready", *reason, *day
    )
    assert "--until" in vsm.fails(
        2, "standard", "deviate", "control:ready", *reason, "--until", "x"
    )
    assert "there are none" in vsm.fails(2, "standard", "drop", "limit:Build")
    assert "there is no stream" in vsm.fails(2, "standard", "diff", "Nope")
    assert "there is no template" in vsm.fails(2, "standard", "show", "nope")
    assert vsm("standard", "adopt", "kanban").exit_code == 2


def test_the_text_of_then_counts_until_it_is_adopted_anew(vsm: Vsm, tmp_path: Path) -> None:
    path = tmp_path / "config" / "vsm" / "templates" / "ours.toml"
    text = vsm.ok("template", "show", "kanban")
    path.write_text(text, "utf-8")
    adopt(vsm, "ours")
    path.write_text(text.replace("limit = 4", "limit = 2"), "utf-8")
    then = vsm.json("standard", "diff")
    assert [line["part"] for line in then["lines"]] == ["control:ready"]
    assert then["version"] != then["version_today"]
    assert "its text has changed since" in vsm.ok("standard", "diff")
    today = vsm.json("standard", "diff", "--today")
    assert [line["part"] for line in today["lines"]] == ["limit:Build", "control:ready"]
    (row,) = [r for r in vsm.json("standard", "list")["standards"] if r["name"] == "ours"]
    assert row["followers"][0]["current"] is False
    adopt(vsm, "ours")
    assert vsm.json("standard", "diff")["drift"] == 2
    path.unlink()
    gone = vsm.json("standard", "diff")
    assert (gone["version_today"], gone["drift"]) == (None, 2)
    listed = vsm.json("standard", "list")
    valid(listed, "standard-list")
    (row,) = [r for r in listed["standards"] if r["name"] == "ours"]
    assert (row["version"], row["followers"][0]["drift"]) == (None, 2)
    assert "no file" in vsm.ok("standard", "list")


def test_a_standard_is_shown_whole(vsm: Vsm) -> None:
    shown = vsm.json("standard", "show", "waterfall")
    valid(shown, "standard")
    assert [stage["canonical"] for stage in shown["stages"]][-3:] == [
        "acceptance",
        "done",
        "dropped",
    ]
    assert shown["controls"][1] == {
        "control": "chg-approved",
        "mode": "controlling",
        "set": False,
    }
    text = vsm.ok("standard", "show", "waterfall", "--format", "md")
    assert "Test plan: from Verification on" in text and "change board" in text
    assert "<table" in vsm.ok("standard", "list", "--format", "html")


def test_an_artefact_is_on_record_by_evidence_or_by_its_heading(vsm: Vsm) -> None:
    vsm.ok("init", "--template", "waterfall", "--name", "Core", "--prefix", "COR")
    for title in ("one", "two", "three"):
        vsm.ok("item", "add", title, "--stream", "Core", "--stage", "Build")
    vsm.ok("item", "move", "COR-1", "COR-2", "COR-3", "Verification")
    vsm.ok("standard", "adopt", "waterfall", "--stream", "Core", "--reason", "contract")

    def lacking() -> list[str]:
        lines = vsm.json("standard", "diff", "Core", "--quick")["lines"]
        return [key for line in lines for key in line["items"]]

    assert lacking() == ["COR-1", "COR-2", "COR-3"]
    vsm.ok("standard", "text", "test-plan", "--item", "COR-2")
    assert lacking() == ["COR-1", "COR-3"]
    assert "test-plan" in vsm.ok("standard", "diff", "Core", "--quick")


def test_a_text_is_appended_and_overwrites_nothing(vsm: Vsm) -> None:
    assert "definition-of-ready" in vsm.ok("standard", "text")
    assert vsm.ok("standard", "text", "adr").startswith("## Decision record\n")
    vsm.ok("item", "edit", "PAY-1", "--description", "Keep this.")
    vsm.ok("standard", "text", "adr", "--item", "PAY-1")
    described = vsm.json("item", "show", "PAY-1")["description"]
    assert described.startswith("Keep this.\n\n## Decision record\n")
    twice = vsm.fails(2, "standard", "text", "adr", "--item", "PAY-1")
    assert "PAY-1 has the heading 'Decision record' already" in twice
    vsm.ok("undo")
    assert vsm.json("item", "show", "PAY-1")["description"] == "Keep this."
    assert "name one" in vsm.fails(2, "standard", "text", "--item", "PAY-1")
    assert "no text 'nope'" in vsm.fails(2, "standard", "text", "nope")
    assert "NOPE-1" in vsm.fails(2, "standard", "text", "adr", "--item", "NOPE-1")
    vsm.ok("item", "edit", "PAY-1", "--description", "x" * 19_900)
    assert "20000 are allowed" in vsm.fails(2, "standard", "text", "adr", "--item", "PAY-1")


def test_reports_over_streams_use_the_canonical_name(vsm: Vsm) -> None:
    vsm.ok("stage", "set", "Build", "--name", "Doing")
    adopt(vsm)
    (row,) = vsm.json("overview", "--quick")["streams"]
    by_stage = {stage["stage"]: stage["canonical"] for stage in row["stages"]}
    assert by_stage["Doing"] == "build"
    assert (row["oldest"]["stage"], row["oldest"]["canonical"]) in (
        ("Ready", "ready"),
        ("Doing", "build"),
    )
    vsm.ok("item", "link", "PAY-1", "blocks", "PAY-3")
    vsm.ok("item", "link", "PAY-3", "blocks", "PAY-2")
    assert "build (Doing)" in vsm.ok("deps")
