"""``vsm map``: what it shows, what people declare, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.test_exports import valid

if TYPE_CHECKING:
    from tests.cli.conftest import Vsm

TABLE = "Ready;;5d;100%\nBuild;0.5d;1d;0,8\nReview\t4h\tnone\t\n"


def stage(vsm: Vsm, name: str, *options: str) -> Any:
    return next(s for s in vsm.json("map", *options)["stages"] if s["name"] == name)


def declared(vsm: Vsm, name: str, *options: str) -> tuple[Any, Any, Any]:
    one = stage(vsm, name, *options)
    return (
        one["process"]["declared"],
        one["wait"]["declared"],
        one["complete_accurate"]["declared"],
    )


def test_it_shows_what_was_declared_before_anything_flowed(team: Vsm) -> None:
    text = team.ok("map", "declare", "Build", "--process", "4h", "--wait", "3d", "--ca", "80%")
    assert [line.split() for line in text.splitlines()] == [
        ["STAGE", "VALUE", "BEFORE", "NOW"],
        ["Build", "process", "time", "none", "4h"],
        ["Build", "wait", "none", "3d"],
        ["Build", "%C&A", "none", "80%"],
    ]
    shown = valid(team.json("map"), "map")
    assert shown["time"] == "elapsed"
    assert declared(team, "Build") == (0.166667, 3.0, 0.8)
    text = team.ok("map")
    assert "elapsed days" in text
    assert "Nothing finished in this window: times are as declared." in text
    assert "- (4h)" in text and "- (3d)" in text and "- (80%)" in text


def test_it_says_how_to_declare_where_nothing_is_known(team: Vsm) -> None:
    text = team.ok("map")
    assert "Nothing finished in this window: no times are measured." in text
    assert "Declare times with vsm map declare STAGE --process 0.5d --wait 5d --ca 80%." in text


def test_json_has_its_schema_and_the_place_of_the_journal(team: Vsm) -> None:
    shown = valid(team.json("map"), "map")
    assert shown["schema"] == "vsm.map/1"
    assert shown["journal"]["seq"] > 0
    assert {"process", "wait", "totals.lead_time"} <= shown["definitions"].keys()
    assert [s["name"] for s in shown["stages"]][:2] == ["Backlog", "Ready"]


def test_hours_are_parts_of_the_day_that_the_map_counts(team: Vsm) -> None:
    team.ok("stream", "set", "Card issuing", "--map-time", "working")
    team.ok("map", "declare", "Build", "--process", "4h", "--wait", "1d 4h")
    assert declared(team, "Build")[:2] == (0.5, 1.5)
    assert "working time (days of 8 hours" in team.ok("map")
    assert team.json("stream", "show")["map_time"] == "working"
    assert "map counts     working time" in team.ok("stream", "show")


def test_other_days_leave_declared_numbers_and_that_is_said(team: Vsm) -> None:
    team.ok("map", "declare", "Build", "--process", "0.5d")
    result = team("stream", "set", "Card issuing", "--map-time", "working")
    assert result.exit_code == 0
    assert "declared times keep their numbers: 0.5d is 4 hours now" in result.stderr
    assert declared(team, "Build")[0] == 0.5
    team.ok("map", "declare", "Build", "--process", "none")
    team.ok("stream", "set", "Card issuing", "--map-time", "elapsed")


def test_a_filter_is_of_what_is_measured_and_leaves_wip(team: Vsm) -> None:
    team.ok("stage", "set", "Build", "--limit", "1")
    team("item", "move", "PAY-2", "Build", "--reason", "urgent")
    (build,) = (s for s in team.json("map", "--filter", "key:PAY-2")["stages"] if s["wip"] > 1)
    assert (build["name"], build["wip"], build["over_limit"]) == ("Build", 2, True)
    assert "Only items that match: key:PAY-2; WIP is of all" in team.ok(
        "map", "--filter", "key:PAY-2"
    )


def test_a_pasted_table_declares_for_all_at_once_and_one_undo_takes_it_back(team: Vsm) -> None:
    team.ok("map", "declare", "Review", "--wait", "9d")
    done = team.json("map", "declare", input=TABLE)
    assert [row["stage"] for row in done["declared"]] == ["Ready", "Build", "Review"]
    assert declared(team, "Ready") == (None, 5.0, 1.0)
    assert declared(team, "Build") == (0.5, 1.0, 0.8)
    assert declared(team, "Review") == (0.166667, None, None)

    assert team.ok("map", "declare", input=TABLE) == (
        "nothing new: all of it is declared so already\n"
    )
    team.ok("undo")
    assert declared(team, "Build") == (None, None, None)
    assert declared(team, "Review") == (None, 9.0, None)
    assert "declared Review: wait none → 9 d" in team.ok("log")
    assert team("doctor").exit_code == 0


def test_a_table_with_a_head_may_have_other_columns_and_lead_time(
    team: Vsm, tmp_path: Path
) -> None:
    file = tmp_path / "workshop.csv"
    file.write_text("C&A;LT;PT;Stage;Note\n75%;3d;1d;Build;stopwatch, 12 items\n", "utf-8")
    team.ok("map", "declare", "--table", str(file))
    assert declared(team, "Build") == (1.0, 2.0, 0.75)
    assert stage(team, "Build")["declared_note"] == "stopwatch, 12 items"
    assert stage(team, "Build")["declared_at"] is not None
    assert "Build, declared: stopwatch, 12 items" in team.ok("map")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("", "standard input has no table; give a line for each stage: stage;PT;wait;C&A"),
        ("Build 1d", "line 1: no ; and no tab is in it"),
        ("Build;1d\n\nBulid;1d", "line 3, stage: there is no stage 'Bulid'"),
        ("Ready;1d\nBuild;1 fortnight", "line 2, PT: '1 fortnight' is no time; write it as 0.5d"),
        ("Build;-1", "line 1, PT: '-1' is no time"),
        ("Build;1d;1d;120%", "line 1, C&A: '120%' is no share above 0 and up to 100%"),
        ("Build;1d;1d;0", "line 1, C&A: '0' is no share"),
        ("Build;1d;1d;80%;note;more", "line 1: 6 cells where 5 are expected"),
        ("Build;1d\nbuild;2d", "line 2: Build stands in line 1 too"),
        ("Stage;PT;Cost\nBuild;1d;9", "line 1: there is no column 'Cost'"),
        ("Stage;PT;PT\nBuild;1d;9", "line 1: the column 'PT' is there twice"),
        ("Stage;LT;wait\nBuild;1d;9", "line 1: wait and LT are both there"),
        ("Stage;LT;PT\nBuild;1d;2d", "line 2, LT: 1d is less than PT"),
        ("Stage;PT;wait", "standard input has no line below its head"),
    ],
)
def test_a_wrong_cell_refuses_the_whole_table(team: Vsm, table: str, message: str) -> None:
    before = team.json("map")["stages"]
    assert message in team.fails(2, "map", "declare", input=table)
    assert team.json("map")["stages"] == before


def test_a_dry_run_says_what_would_change(team: Vsm) -> None:
    result = team("map", "declare", "--dry-run", input=TABLE)
    assert result.exit_code == 0
    assert "Build" in result.stdout and "12h" in result.stdout
    assert "nothing was changed" in result.stderr
    dry = team.json("map", "declare", "--dry-run", input=TABLE)
    assert (dry["group"], len(dry["declared"])) == (None, 3)
    assert declared(team, "Build") == (None, None, None)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("declare", "Build", "--process", "-1"), 2, "--process: '-1' is no time; write it as 0"),
        (("declare", "Build", "--wait", "1 fortnight"), 2, "--wait: '1 fortnight' is no time"),
        (("declare", "Build", "--process", "1e9"), 2, "--process: '1e9' is no time"),
        (("declare", "Build", "--process", "99999999d"), 2, "is no time"),
        (("declare", "Build", "--ca", "120%"), 2, "--ca: '120%' is no share"),
        (("declare", "Build", "--ca", "80% or so"), 2, "is no share above 0 and up to 100%"),
        (("declare", "Build"), 2, "give what to declare"),
        (("declare", "--process", "1d"), 2, "--process needs a stage"),
        (("declare", "Build", "--table", "x"), 2, "exclude each other"),
        (("declare", "Nowhere", "--process", "1d"), 2, "there is no stage"),
        (("declare", "--table", "/nowhere/x.csv"), 2, "cannot be read"),
        (("--json", "declare", "Build", "--process", "1d"), 2, "--json stands before declare"),
        (("note", "Build", "x", "--to", "Backlog"), 1, "no edge leads from Build to Backlog"),
        (("note", "Build", "x" * 501), 2, "the note has 501 characters"),
        (("--from", "2026-03-02", "--to", "2026-03-01"), 2, "swap --from and --to"),
        (("frobnicate",), 2, "there is no command 'frobnicate'"),
    ],
)
def test_wrong_use_is_one_line_that_says_what_to_do(
    team: Vsm, arguments: tuple[str, ...], code: int, message: str
) -> None:
    assert message in team.fails(code, "map", *arguments)


def test_old_values_are_shown_as_of_then(team: Vsm) -> None:
    team.ok("map", "declare", "Build", "--process", "1d")
    then = team.json("log")[0]["at"]
    team.ok("map", "declare", "Build", "--process", "2d")
    assert declared(team, "Build")[0] == 2.0
    assert declared(team, "Build", "--as-of", then)[0] == 1.0
    assert stage(team, "Build", "--as-of", then)["declared_at"] == then


def test_changes_of_the_structure_leave_every_past_figure_as_it_was(team: Vsm) -> None:
    team.ok("stream", "set", "Card issuing", "--commit", "Build")
    for target in ("Review", "Build", "Review", "Done"):
        team.ok("item", "move", "PAY-3", target)
    team.ok("map", "declare", "Build", "--process", "1d")
    team.ok("map", "note", "Build", "--to", "Review", "Half lack tests")
    then = ("--as-of", team.json("log")[0]["at"])

    def figures() -> Any:
        return {k: v for k, v in team.json("map", *then).items() if k != "journal"}

    before = figures()
    assert before["finished"] == 1
    assert [e["moves"] for e in before["edges"] if e["kind"] == "rework"] == [1]
    team.ok("stage", "add", "Gate", "--category", "queue", "--after", "Build")
    team.ok("stage", "retire", "Review", "--to", "Build")
    team.ok("stage", "unlink", "Backlog", "Ready")
    team.ok("stage", "set", "Build", "--name", "Make", "--limit", "9", "--team", "core")
    team.ok("map", "declare", "Make", "--process", "2d", "--wait", "1d")
    assert team("stream", "set", "Card issuing", "--map-time", "working").exit_code == 0
    assert figures() == before


def test_a_retired_stage_can_be_declared_and_is_marked(team: Vsm) -> None:
    team.ok("stage", "retire", "Review", "--to", "Build")
    result = team("map", "declare", "Review", "--process", "1d")
    assert result.exit_code == 0
    assert "Review is retired" in result.stderr
    assert stage(team, "Review")["retired"]


def test_notes_stand_on_stages_and_edges(team: Vsm) -> None:
    team.ok("map", "note", "Review", "Two reviewers,\n one \x1b[31mlaptop")
    team.ok("map", "note", "Build", "--to", "Review", "Half lack tests")
    text = team.ok("map")
    assert "Review ✱" in text
    assert "✱ Review: Two reviewers, one [31mlaptop" in text
    assert "✱ Build → Review: Half lack tests" in text
    log = team.ok("log")
    assert "changed Build → Review: note Half lack tests" in log
    shown = team.json("stream", "show")
    assert {"from": "Build", "to": "Review", "kind": "forward", "note": "Half lack tests"} in (
        shown["edges"]
    )
    # A stage between them leaves the note on the way out of it.
    team.ok("stage", "add", "Gate", "--category", "queue", "--after", "Build")
    assert "✱ Gate → Review: Half lack tests" in team.ok("map")
    team.ok("map", "note", "Review", "none")
    assert stage(team, "Review")["note"] == ""
    assert team("doctor").exit_code == 0


def test_a_note_can_be_taken_out_of_the_journal(team: Vsm) -> None:
    team.ok("map", "note", "Review", "Zelda is slow")
    seq = team.json("log")[0]["seq"]
    team.ok("log", "redact", str(seq), "--field", "note", "--reason", "named", "--yes")
    assert "Zelda" not in team.ok("map") + team.ok("log") + team.ok("export", "journal")
    assert team("doctor").exit_code == 0


def test_snapshots_and_templates_keep_what_is_on_the_map(team: Vsm) -> None:
    team.ok("stream", "set", "Card issuing", "--map-time", "working")
    team.ok("map", "declare", "Build", "--process", "1d", "--note", "a guess")
    team.ok("map", "note", "Build", "--to", "Review", "Half lack tests")
    snapshot = valid(json.loads(team.ok("export", "snapshot")), "snapshot")["streams"][0]
    (build,) = (s for s in snapshot["stages"] if s["name"] == "Build")
    assert (build["process_days"], build["declared_note"]) == (1.0, "a guess")
    assert [e["note"] for e in snapshot["edges"] if e["note"]] == ["Half lack tests"]
    assert snapshot["map_time"] == "working"


def test_every_format_is_written(team: Vsm, tmp_path: Path) -> None:
    team.ok("map", "declare", "Build", "--process", "1d")
    assert "| Build |" in team.ok("map", "--format", "md")
    file = tmp_path / "map.html"
    assert team("map", "--format", "html", "-o", str(file)).exit_code == 0
    assert "<table" in file.read_text("utf-8")


HOSTILE = 'A"]; click s1 "javascript:x" %% {}#quot;<b>`'


def test_graphs_hold_names_as_text_only(team: Vsm) -> None:
    team.ok("stage", "set", "Build", "--name", HOSTILE, "--team", "core")
    mermaid = team.ok("export", "map")
    assert mermaid.startswith("flowchart LR\n")
    (line,) = (line for line in mermaid.splitlines() if "javascript" in line)
    label = line.partition('["')[2].rpartition('"]')[0]
    assert not set(label.replace("<br>", "")) & set('"[]{}<>`%()')
    assert "A#34;#93;#59; click s1 #34;javascript" in label
    dot = team.ok("export", "map", "--format", "dot")
    assert 'label="A\\"]; click s1 \\"javascript:x\\" %% {}#quot;<b>`\\ncore' in dot
    shown = json.loads(team.ok("export", "map", "--format", "json"))
    assert valid(shown, "map")["stages"][2]["name"] == HOSTILE
