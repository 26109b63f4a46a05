"""From an empty folder to a restored backup, and each verb on the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Vsm


def stage_of(vsm: Vsm, key: str) -> str:
    return str(vsm.json("item", "show", key)["stage"])


def test_a_board_is_made_worked_on_undone_and_brought_back(vsm: Vsm, tmp_path: Path) -> None:
    made = vsm.json("init", "--template", "kanban", "--name", "Web", "--tz", "Europe/Berlin")
    assert made["stream"]["timezone"] == "Europe/Berlin"
    assert made["database"] == str(vsm.db)

    vsm.ok("stage", "set", "Build", "--limit", "1")
    assert vsm.ok("item", "add", "First", "--stage", "Build") == "added WEB-1 in Build\n"
    vsm.ok("item", "add", "Second")
    line = vsm.fails(1, "item", "move", "WEB-2", "build")
    assert line == "vsm: Build already holds 1 of 1; say why with --reason 'WHY'\n"
    assert stage_of(vsm, "WEB-2") == "Backlog"

    vsm.ok("item", "move", "WEB-2", "build", "--reason", "agreed")
    assert stage_of(vsm, "WEB-2") == "Build"
    assert vsm.ok("undo").startswith("undid: moved WEB-2")
    assert stage_of(vsm, "WEB-2") == "Backlog"
    vsm.ok("redo")
    assert stage_of(vsm, "WEB-2") == "Build"

    texts = [entry["text"] for entry in vsm.json("log", "--item", "WEB-2")]
    assert len(texts) == 4 and "agreed" in texts[0] and texts[-1] == "added WEB-2 in Backlog"
    assert "BAD" not in vsm.ok("doctor")

    saved = tmp_path / "saved.db"
    assert vsm.ok("backup", str(saved)).startswith(f"copied {vsm.db} to {saved}\njournal #7 · ")
    vsm.ok("item", "add", "Third")
    kept = vsm.json("restore", str(saved))["kept"]
    assert kept is not None and Path(kept).exists()
    assert [i["key"] for i in vsm.json("item", "list")] == ["WEB-1", "WEB-2"]

    assert vsm.json("rebuild")["entries"] > 0
    assert vsm.json("doctor")["ok"] is True
    assert stage_of(vsm, "WEB-2") == "Build"


def test_undo_at_a_terminal_shows_what_it_undoes_and_asks(
    team: Vsm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vsm.cli.journal.at_terminal", lambda: True)
    team.ok("item", "move", "PAY-1", "Review")
    shown = team.ok("undo", input="n\n")
    assert shown.startswith("Your last change, 20")
    assert " UTC: moved PAY-1 from Backlog to Review\nUndo it? [Y/n]: n\n" in shown
    assert shown.endswith("nothing was changed\n")
    assert stage_of(team, "PAY-1") == "Review"
    assert team.ok("undo", input="\n").endswith("undid: moved PAY-1 from Backlog to Review\n")
    team.ok("redo")
    assert team.ok("undo", "--yes") == "undid: moved PAY-1 from Backlog to Review\n"
    assert stage_of(team, "PAY-1") == "Backlog"


def test_several_keys_are_one_group_and_one_undo(team: Vsm) -> None:
    done = team.json("item", "move", "PAY-1", "pay-2", "PAY-1", "review")
    assert [(i["key"], i["stage"]) for i in done["items"]] == [
        ("PAY-1", "Review"),
        ("PAY-2", "Review"),
    ]
    assert len({c["group"] for c in done["changes"]}) == 1
    team.ok("undo")
    assert (stage_of(team, "PAY-1"), stage_of(team, "PAY-2")) == ("Backlog", "Ready")


def test_a_refused_group_does_nothing_at_all(team: Vsm) -> None:
    team.ok("stage", "set", "Review", "--limit", "1", "--hard")
    line = team.fails(1, "item", "move", "PAY-1", "PAY-2", "Review")
    assert "Review is full: 1 of 1" in line and "PAY-1" in line
    assert (stage_of(team, "PAY-1"), stage_of(team, "PAY-2")) == ("Backlog", "Ready")


def test_lines_of_standard_input_become_items_of_one_group(team: Vsm) -> None:
    added = team.json("item", "add", "-", "--team", "core", input="One\n\n  Two \n")
    assert [(i["title"], i["team"]) for i in added["items"]] == [("One", "core"), ("Two", "core")]
    team.ok("undo")
    assert len(team.json("item", "list")) == 3


def test_fields_are_set_changed_and_emptied(team: Vsm) -> None:
    import pwd
    from os import getuid

    team.ok("item", "edit", "PAY-1", "--owner", "me", "--due", "2026-03-31", "--estimate", "3.5")
    team.ok("item", "edit", "PAY-1", "PAY-3", "--label", "Q1", "--label", "field", "--class", "fix")
    team.ok("item", "edit", "PAY-1", "--description", "-", input="Two\nlines\n")
    shown = team.json("item", "show", "PAY-1")
    assert shown["owner"] == pwd.getpwuid(getuid()).pw_name
    assert (shown["due"], shown["estimate"], shown["class"]) == ("2026-03-31", 3.5, "fixed-date")
    assert shown["labels"] == ["Q1", "field"]
    assert shown["description"] == "Two\nlines\n"
    assert team.json("item", "show", "PAY-3")["labels"] == ["q1", "field"]

    team.ok("item", "edit", "PAY-1", "--owner", "none", "--due", "none", "--no-label", "q1")
    team.ok("item", "edit", "PAY-1", "--team", "none", "--class", "standard", "--estimate", "")
    shown = team.json("item", "show", "PAY-1")
    assert [shown[f] for f in ("owner", "team", "due", "estimate")] == [None] * 4
    assert (shown["labels"], shown["class"]) == (["field"], "standard")


def test_items_are_blocked_dropped_reopened_archived_and_ordered(team: Vsm) -> None:
    team.ok("item", "block", "PAY-3", "--reason", "waits for legal", "--kind", "dec")
    blocked = team.json("item", "list", "--filter", "blocked")
    assert [(i["key"], i["blocked"]) for i in blocked] == [
        ("PAY-3", {"kind": "decision", "reason": "waits for legal"})
    ]
    team.ok("item", "unblock", "PAY-3")
    none = team("item", "list", "--filter", "blocked", "--json")
    assert (none.exit_code, none.stdout) == (0, "[]\n")
    assert none.stderr == "No items of Card issuing match blocked\n"

    team.ok("item", "drop", "PAY-3", "--reason", "nobody asks for it")
    assert stage_of(team, "PAY-3") == "Dropped"
    team.ok("item", "reopen", "PAY-3", "--to", "Ready")
    assert stage_of(team, "PAY-3") == "Ready"

    team.ok("item", "archive", "PAY-3")
    assert [i["key"] for i in team.json("item", "list")] == ["PAY-1", "PAY-2"]
    assert [i["key"] for i in team.json("item", "list", "--archived")] == ["PAY-3"]
    team.ok("item", "archive", "PAY-3", "--undo")

    team.ok("item", "add", "Fourth")
    team.ok("item", "order", "PAY-4", "--up", "1")
    backlog = team.json("board")["columns"][0]["cards"]
    assert [c["key"] for c in backlog] == ["PAY-4", "PAY-1"]


@pytest.mark.parametrize(
    ("relation", "seen_from_first", "waits"),
    [
        ("blocks", "PAY-2", 0),
        ("waits-for", "PAY-2", 1),
        ("relates-to", "PAY-2", 0),
        ("parent-of", "PAY-2", 0),
        ("child", "PAY-2", 0),
    ],
)
def test_links_are_made_and_taken_away(
    team: Vsm, relation: str, seen_from_first: str, waits: int
) -> None:
    team.ok("item", "link", "PAY-1", relation, "PAY-2")
    links = team.json("item", "show", "PAY-1")["links"]
    assert [link["key"] for link in links] == [seen_from_first]
    (first, *_) = team.json("item", "list")
    assert first["waits_for"] == waits
    team.ok("item", "unlink", "PAY-1", relation, "PAY-2")
    assert team.json("item", "show", "PAY-1")["links"] == []


def test_streams_stages_edges_and_teams_are_made_and_changed(vsm: Vsm) -> None:
    stages = "Inbox:backlog,Doing:active,Done:done"
    made = vsm.json("stream", "add", "Ops desk", "--stages", stages, "--commit", "doing")
    assert made["stream"]["prefix"] == "OD"
    vsm.ok("stream", "set", "ops", "--name", "Operations", "--tz", "Asia/Tokyo", "--prefix", "OPS")
    vsm.ok("team", "add", "core", "qa")
    vsm.ok("team", "set", "qa", "--name", "Quality")
    vsm.ok("stage", "add", "Test", "--category", "active", "--after", "Doing", "--team", "Quality")
    vsm.ok("stage", "set", "Test", "--limit", "3", "--hard", "--policy", "all green")
    vsm.ok("stage", "link", "Test", "Doing", "--rework")

    shown = vsm.json("stream", "show", "Operations")
    assert (shown["timezone"], shown["prefix"], shown["commitment"]) == (
        "Asia/Tokyo",
        "OPS",
        "Doing",
    )
    assert [s["name"] for s in shown["stages"]] == ["Inbox", "Doing", "Test", "Done"]
    assert shown["stages"][2] == {
        "name": "Test",
        "category": "active",
        "limit": 3,
        "limit_kind": "hard",
        "class_limits": {},
        "team": "Quality",
        "policy": "all green",
        "retired": False,
        "behaviour": "as-logged",
        "process_days": None,
        "wait_days": None,
        "complete_accurate": None,
        "declared_note": "",
        "note": "",
        "exempt": [],
    }
    assert {"from": "Test", "to": "Doing", "kind": "rework", "note": ""} in shown["edges"]
    assert vsm.json("stage", "list") == shown["stages"]
    assert [(t["name"], t["stages"]) for t in vsm.json("team", "list")] == [
        ("core", []),
        ("Quality", ["Operations: Test"]),
    ]
    vsm.ok("stage", "unlink", "Test", "Doing")
    vsm.ok("stage", "set", "Test", "--limit", "none", "--team", "none")
    test = vsm.json("stage", "list")[2]
    assert (test["limit"], test["limit_kind"], test["team"]) == (None, "none", None)
    line = vsm.fails(1, "stage", "link", "Test", "Inbox")
    assert "circle" in line


def test_names_may_be_shortened_and_written_in_any_case(team: Vsm) -> None:
    team.ok("stream", "add", "Web", "--stages", "A:queue,B:active,C:done")
    assert team.json("stream", "show", "card")["name"] == "Card issuing"
    assert team.json("--stream", "CARD", "stage", "list")[0]["name"] == "Backlog"
    team.ok("item", "move", "pay-1", "rea")
    assert stage_of(team, "PAY-1") == "Ready"


def test_the_option_for_the_database_may_stand_before_or_after_the_verb(
    team: Vsm, tmp_path: Path
) -> None:
    other = str(tmp_path / "other.db")
    team.ok("--db", other, "stream", "add", "Other", "--stages", "A:queue,B:active,C:done")
    for args in (["--db", other, "stream", "list"], ["stream", "list", "--db", other]):
        assert [s["name"] for s in team.json(*args)] == ["Other"]
    assert [s["name"] for s in team.json("stream", "list")] == ["Card issuing"]


def test_the_board_as_json_carries_limits_cards_and_figures(team: Vsm) -> None:
    board = team.json("board", "--filter", "class:expedite")
    assert board["stream"] == "Card issuing"
    assert board["header"]["wip"] == 2 and board["header"]["cycle_p85_days"] is None
    ready: dict[str, Any] = board["columns"][1]
    assert (ready["stage"], ready["items"], ready["limit"], ready["limit_kind"]) == (
        "Ready",
        1,
        5,
        "soft",
    )
    assert [c["key"] for c in ready["cards"]] == ["PAY-2"]
    assert [c["cards"] for c in board["columns"] if c is not ready] == [[]] * 5


def test_a_board_prints_what_the_issue_asks_for(team: Vsm) -> None:
    lines = team.ok("board", "--width", "200").splitlines()
    assert lines[0] == "Card issuing · no cycle times in 90 d · WIP 2/12 · 0 done in 14 d"
    assert lines[2].split() == [
        "Backlog",
        "1",
        "│",
        "Ready",
        "1/5",
        "│",
        "Build",
        "1/4",
        "│",
        "Review",
        "0/3",
        "│",
        "Done",
        "0",
    ]
    assert lines[4].split() == ["PAY-1", "│", "PAY-2", "1d", "│", "PAY-3", "1d", "│", "│"]
    assert "core · ak" in lines[6] and "!expedite" in lines[6]


def test_without_a_command_and_a_terminal_the_board_is_printed(team: Vsm) -> None:
    assert team.ok() == team.ok("board")
    ascii_board = team.ok("--ascii", "board")
    assert ascii_board.isascii() and "|" in ascii_board


def test_metrics_read_dates_and_moments_in_the_zone_of_the_stream(team: Vsm) -> None:
    team.ok("stream", "set", "Card issuing", "--tz", "Asia/Tokyo")
    ask = ("metrics", "--from", "2026-01-01", "--to", "2026-01-31", "--as-of")
    end = team.json(*ask, "2026-01-31")
    assert end["window"] == {"from": "2026-01-01", "to": "2026-01-31"}
    assert end["as_of"] == "2026-01-31T14:59:59.999999Z"
    assert team.json(*ask, "2026-01-31T09:00")["as_of"] == "2026-01-31T00:00:00Z"
    assert team.json(*ask, "2026-01-31T09:00Z")["as_of"] == "2026-01-31T09:00:00Z"
    assert end["cycle_time_days"] == dict.fromkeys(("mean", "p50", "p70", "p85", "p95", "max")) | {
        "n": 0
    }
    text = team.ok("metrics")
    assert "3 in all: 1 not started, 2 in progress, 0 finished" in text


def test_json_keeps_hostile_text_as_data_that_no_terminal_acts_on(team: Vsm) -> None:
    title = "\x1b]52;c;AAAA\x07 \x9b2J \u202egnp.exe \U000e0041 漢字 [/x]"
    raw = team.ok("item", "add", title, "--json")
    assert json.loads(raw)["items"][0]["title"] == title
    for args in (["item", "list"], ["board"], ["item", "show", "PAY-4"], ["log"]):
        for out in (team.ok(*args), team.ok(*args, "--json")):
            assert not set(out) & set("\x1b\x07\x9b\u202e\U000e0041")
            assert "[/x]" in out or args == ["log"] or args == ["board"]
    line = team.fails(2, "item", "show", title)
    assert "\x1b" not in line and "\u202e" not in line
