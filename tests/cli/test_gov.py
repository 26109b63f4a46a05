"""``vsm gov``: controls, modes, checks, replays, waivers, and moves that they refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Vsm

OWNED = """
title = "somebody owns it"
applies = "enter Build"
rule = "has(change.owner)"
remedy = "name an owner"
refs = ["SOC2 CC8.1"]

[[example]]
expect = "pass"
[example.facts.change]
owner = "anna"

[[example]]
expect = "fail"
why = "nobody owns it"
facts = {}
"""


@pytest.fixture
def owned(tmp_path: Path) -> Path:
    path = tmp_path / "owned.toml"
    path.write_text(OWNED)
    return path


@pytest.fixture
def governed(team: Vsm, owned: Path) -> Vsm:
    team.ok("gov", "add", str(owned))
    team.ok("gov", "mode", "controlling", "--reason", "agreed")
    return team


def test_nothing_is_set_and_how_to_begin(team: Vsm) -> None:
    text = team.ok("gov")
    assert "No control is set" in text
    assert "1. vsm gov library" in text
    assert team.json("gov")["controls"] == []
    assert team.ok("gov", "--format", "md").startswith("# Governance of Card issuing")
    assert "nobody decided otherwise" in team.ok("gov", "mode")


def test_controls_that_ship_are_listed_shown_and_set(team: Vsm) -> None:
    library = team.json("gov", "library")["controls"]
    assert {"ready", "chg-approved"} <= {control["control"] for control in library}
    assert not any(control["set"] for control in library)
    shown = team.json("gov", "show", "chg-approved")
    assert (shown["set"], len(shown["examples"])) == (False, 7)
    assert "it comes with vsm and is not set" in team.ok("gov", "show", "ready")
    said = team.ok("gov", "add", "ready", "chg-approved")
    assert "vsm gov mode supportive" in said
    library = team.json("gov", "library")["controls"]
    assert {c["control"] for c in library if c["set"]} == {"ready", "chg-approved"}
    assert "no control 'nope' comes with vsm" in team.fails(2, "gov", "add", "nope")


def test_the_list_of_facts_has_types_and_texts(team: Vsm) -> None:
    facts = team.json("gov", "facts")
    assert facts["schema"] == "vsm.gov.facts/1"
    by_path = {fact["fact"]: fact for fact in facts["facts"]}
    assert by_path["change.approvals[].at"]["type"] == "timestamp"
    assert all(fact["about"] for fact in facts["facts"])
    assert "change.pull_requests[].commits[]" in team.ok("gov", "facts")


def test_toml_of_a_control_reads_back_as_the_same_version(
    team: Vsm, owned: Path, tmp_path: Path
) -> None:
    for name in ("chg-approved", "ready"):
        shipped = team.ok("gov", "show", name, "--toml")
        assert shipped.startswith("#")
        team.ok("gov", "add", name)
        copy = tmp_path / f"{name}.toml"
        copy.write_text(team.ok("gov", "show", name, "--toml"))
        before = team.json("gov", "show", name)["version"]
        assert "already" in team.fails(1, "gov", "set", str(copy))
        assert team.json("gov", "show", name)["version"] == before


def test_a_control_changes_by_options_and_by_a_file(governed: Vsm, owned: Path) -> None:
    before = governed.json("gov", "show", "owned")["version"]
    governed.ok("gov", "set", "owned", "--severity", "high", "--filter", "type:bug")
    shown = governed.json("gov", "show", "owned")
    assert (shown["severity"], shown["filter"]) == ("high", "type:bug")
    assert shown["version"] != before
    governed.ok("gov", "set", str(owned))
    assert governed.json("gov", "show", "owned")["version"] == before
    assert "no fact change.ownr" in governed.fails(
        2, "gov", "set", "owned", "--rule", "has(change.ownr)"
    )


def test_references_are_parted_by_commas_and_name_their_frameworks(governed: Vsm) -> None:
    governed.ok("gov", "set", "owned", "--refs", "SOC2 CC8.1, 800-53 CM-3")
    assert governed.json("gov", "show", "owned")["refs"] == ["800-53 CM-3", "SOC2 CC8.1"]
    said = governed.fails(2, "gov", "set", "owned", "--refs", "CC8.1")
    assert "'CC8.1' names no framework; such as: SOC2 CC8.1" in said
    governed.ok("gov", "set", "owned", "--refs", "none")
    assert governed.json("gov", "show", "owned")["refs"] == []


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("has(change.owner)", "has(change.ownr)", "line 1, column 12"),
        ("has(change.owner)", "true", "example 2 (nobody owns it) expects fail"),
        ('expect = "fail"', 'expect = "pass"', "no example fails"),
        ('applies = "enter Build"', 'applies = "sometimes"', "is no moment"),
        ('refs = ["SOC2 CC8.1"]', "refs = 7", "refs is no list of words"),
        ('refs = ["SOC2 CC8.1"]', 'refs = ["CC8.1"]', "'CC8.1' names no framework"),
        ('title = "somebody', "title = somebody", "not valid TOML"),
        ('remedy = "name', 'remedi = "name', "there is no field 'remedi'"),
        ("facts = {}", "facts = { change = { due = nan } }", "change.due is a moment"),
        ("facts = {}", "facts = { change = { data = { retention_days = inf } } }", "is a double"),
        ("facts = {}", "facts = 7", "facts"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(
    team: Vsm, owned: Path, before: str, after: str, said: str
) -> None:
    owned.write_text(OWNED.replace(before, after))
    for verb in ("add", "shadow"):
        line = team.fails(2, "gov", verb, str(owned))
        assert said in line
        assert "owned.toml" in line
    assert team.json("gov")["controls"] == []


def test_a_file_that_is_none(team: Vsm, tmp_path: Path) -> None:
    assert "No such file" in team.fails(2, "gov", "add", str(tmp_path / "none.toml"))
    assert "not a regular file" in team.fails(2, "gov", "add", f"{tmp_path}/")


def test_a_mode_says_who_decided_it_and_what_is_announced(governed: Vsm) -> None:
    governed.ok("gov", "mode", "off", "--control", "owned", "--from", "+3d", "--reason", "calm")
    state = governed.json("gov", "mode")
    assert (state["mode"], state["decision"]["reason"]) == ("controlling", "agreed")
    assert state["decision"]["decided_at"] > "2026"
    assert [row["control"] for row in state["announced"]] == ["owned"]
    text = governed.ok("gov", "mode", "--control", "owned")
    assert "Now: controlling" in text
    assert "it has none of its own" in text
    assert "owned is off from" in governed.ok("gov")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("controlling",), "needs a reason"),
        (("controlling", "--reason", " "), "needs a reason"),
        (("strict", "--reason", "x"), "none of off, supportive"),
        (("off", "--reason", "x", "--from", "yesterday"), "history is not rewritten"),
        (("off", "--reason", "x", "--from", "soon"), "--from"),
        (("off", "--reason", "x", "--until", "yesterday"), "is before"),
        (("off", "--reason", "x", "--lead", "lea"), "only a directive mode has a lead"),
        (("off", "--reason", "x", "--control", "nope"), "no control 'nope'"),
        (("--reason", "x"), "no mode was named"),
        (("off", "--reason", "x", "--format", "md"), "makes no report"),
    ],
)
def test_a_mode_that_may_not_be(governed: Vsm, args: tuple[str, ...], said: str) -> None:
    assert said in governed.fails(2, "gov", "mode", *args)


def test_a_check_says_what_a_move_would_meet(governed: Vsm) -> None:
    result = governed("gov", "check", "PAY-2", "--json")
    check = json.loads(result.stdout)
    assert (result.exit_code, check["schema"]) == (1, "vsm.gov.check/1")
    assert check["stage_to"] == "Build"
    assert check["is_refused"]
    (verdict,) = check["results"]
    assert set(verdict) >= {
        *("control", "version", "mode", "verdict", "disposition"),
        *("message", "missing", "evidence", "remedy"),
    }
    assert (verdict["verdict"], verdict["disposition"]) == ("fail", "enforced")
    text = governed("gov", "check", "PAY-2").stdout
    assert "What to do: name an owner" in text
    assert "vsm gov waive owned --item PAY-2" in text
    assert "No control checks this move" in governed.ok("gov", "check", "PAY-2", "--to", "Done")
    governed.ok("item", "edit", "PAY-2", "--owner", "anna")
    assert "would go through" in governed.ok("gov", "check", "PAY-2")
    assert governed.json("log")[0]["kind"] == "item_edited"  # checks leave no trace


def test_a_control_that_names_no_stage_says_so(team: Vsm, owned: Path) -> None:
    owned.write_text(OWNED.replace("enter Build", "enter Biuld"))
    said = team.ok("gov", "add", str(owned))
    sentence = "owned checks nothing: Biuld is no stage of Card issuing (is it Build?)"
    assert sentence in said
    assert sentence in team.ok("gov", "mode", "controlling", "--reason", "agreed")
    assert sentence in team.ok("gov")
    assert team.json("gov")["controls"][0]["idle"] == sentence
    assert "checks nothing" not in team.ok("gov", "set", "owned", "--applies", "enter Build")
    assert team.json("gov")["controls"][0]["idle"] == ""
    said = team.ok("stage", "set", "Build", "--name", "Make")
    assert "owned checks nothing: Build is no stage of Card issuing" in said


def test_a_check_of_no_move_says_so(governed: Vsm) -> None:
    governed.ok("gov", "mode", "off", "--reason", "quiet")
    said = governed.fails(2, "gov", "check", "PAY-1", "--to", "Backlog")
    assert "PAY-1 is already in Backlog" in said
    governed.ok("item", "move", "PAY-1", "Done")
    assert "PAY-1 is in Done, which no stage follows" in governed.fails(2, "gov", "check", "PAY-1")
    governed.ok("item", "drop", "PAY-2", "--reason", "no need")
    assert "which no stage follows" in governed.fails(2, "gov", "check", "PAY-2")


def test_a_missing_fact_is_named(governed: Vsm) -> None:
    governed.ok("gov", "add", "chg-approved")
    result = governed("gov", "check", "PAY-1", "--to", "Done", "--json")
    (verdict,) = json.loads(result.stdout)["results"]
    assert (verdict["verdict"], verdict["missing"]) == ("indeterminate", ["change.pull_requests"])
    assert result.exit_code == 1


def test_of_several_moves_every_refusal_is_listed_and_none_is_made(governed: Vsm) -> None:
    governed.ok("item", "add", "Limits", "--stage", "Ready", "--owner", "ben")
    result = governed("item", "move", "PAY-1", "PAY-2", "PAY-4", "Build")
    lines = result.stderr.splitlines()
    assert result.exit_code == 1
    assert "1 move" not in result.stdout
    assert len(lines) == 1 and "PAY-2 does not pass owned" in lines[0]
    governed.ok("item", "edit", "PAY-1", "--owner", "none")
    result = governed("item", "move", "PAY-1", "PAY-2", "PAY-4", "Build")
    first, second, last = result.stderr.splitlines()
    assert "PAY-1 does not pass owned" in first
    assert "PAY-2 does not pass owned" in second
    assert last.startswith("vsm: 2 moves were refused, so none was made")
    assert governed.json("item", "show", "PAY-4")["stage"] == "Ready"
    (row,) = governed.json("gov")["controls"]
    assert (row["checked"], row["failed"], row["refused"]) == (3, 3, 3)


def test_last_verdicts_say_why_by_the_facts_of_then(governed: Vsm) -> None:
    governed.fails(1, "item", "move", "PAY-2", "Build")
    governed.ok("item", "edit", "PAY-2", "--owner", "anna")
    governed.ok("item", "move", "PAY-2", "Build")
    passed, refused = governed.json("gov", "show", "owned")["verdicts"]
    assert (passed["why"], refused["why"]) == ("", "owner is not on record")
    governed.ok("gov", "set", "owned", "--title", "another text")
    verdicts = governed.json("gov", "show", "owned")["verdicts"]
    assert [verdict["why"] for verdict in verdicts] == ["", ""], "what failed was another text"


def test_a_check_by_hand_is_recorded_as_what_it_is(governed: Vsm) -> None:
    costs = governed.json("gov", "cost")["controls"]
    before = governed.json("gov")["controls"]
    result = governed("gov", "check", "PAY-2", "--to", "Build", "--record", "--json")
    assert result.exit_code == 1, "the move would be refused"
    seq = json.loads(result.stdout)["recorded"]
    line = next(one for one in governed.json("log", "--item", "PAY-2") if one["seq"] == seq)
    assert line["kind"] == "move_checked"
    assert "checked PAY-2 by hand for Build (fail: owned)" in line["text"]
    shown = governed.json("gov", "show", "owned")
    (check,) = shown["checks"]
    names = ("item", "stage", "verdict", "mode", "seq")
    assert [check[name] for name in names] == ["PAY-2", "Build", "fail", "controlling", seq]
    assert check["by"] == line["actor"]
    assert "Checked by hand" in governed.ok("gov", "show", "owned")
    # no gate at a move: no figure counts it
    assert governed.json("gov")["controls"] == before
    assert governed.json("gov", "cost")["controls"] == costs == []
    assert shown["verdicts"] == []
    result = governed("gov", "check", "PAY-2", "--to", "Build", "--json")
    assert json.loads(result.stdout)["recorded"] is None
    assert len(governed.json("gov", "show", "owned")["checks"]) == 1


def test_a_check_by_hand_stays_where_the_last_change_is_undone(governed: Vsm) -> None:
    governed.ok("item", "edit", "PAY-2", "--title", "another")
    governed("gov", "check", "PAY-2", "--to", "Build", "--record")
    assert "title" in governed.ok("undo")
    assert len(governed.json("gov", "show", "owned")["checks"]) == 1
    assert "every table follows from the journal" in governed.ok("doctor")


def test_without_a_control_nothing_can_be_recorded(governed: Vsm) -> None:
    said = governed.fails(1, "gov", "check", "PAY-2", "--to", "Done", "--record")
    assert "no control checks a move of PAY-2 to Done" in said
    assert governed.json("gov", "show", "owned")["checks"] == []


def test_an_emergency_passes_and_is_counted(governed: Vsm) -> None:
    line = governed.fails(1, "item", "move", "PAY-1", "Build", "--emergency", "down")
    assert "PAY-1 is standard" in line
    assert "no reason" in governed.fails(2, "item", "move", "PAY-2", "Build", "--emergency", " ")
    governed.ok("item", "move", "PAY-2", "Build", "--emergency", "payments are down")
    later = governed.json("item", "list", "--filter", "label:emergency")
    assert [item["title"] for item in later] == [
        "Approve PAY-2 afterwards: emergency move to Build"
    ]
    assert governed.json("gov")["controls"][0]["emergencies"] == 1
    verdicts = governed.json("gov", "show", "owned")["verdicts"]
    assert verdicts[0]["emergency"] == "payments are down"
    governed.ok("undo")
    assert governed("item", "list", "--filter", "label:emergency", "--json").stdout == "[]\n"


def test_a_waiver_is_asked_for_and_answered_by_somebody_else(governed: Vsm) -> None:
    said = governed.ok("gov", "waive", "owned", "--item", "PAY-2", "--reason", "on leave")
    assert "vsm gov waivers grant 1" in said
    assert governed.json("gov")["open_waivers"] == 1
    assert "may not answer it" in governed.fails(1, "gov", "waivers", "grant", "1")
    governed.fails(1, "item", "move", "PAY-2", "Build")
    assert "granted waiver 1" in governed.ok("--as", "lea", "gov", "waivers", "grant", "1")
    assert "is granted already" in governed.fails(1, "--as", "lea", "gov", "waivers", "refuse", "1")
    governed.ok("item", "move", "PAY-2", "Build")
    (waiver,) = governed.json("gov", "waivers")["waivers"]
    assert (waiver["state"], waiver["answered_by"], waiver["used"]) == ("granted", "lea", 1)
    assert waiver["asked_at"] <= waiver["answered_at"]
    governed.ok("gov", "waivers", "withdraw", "1")
    (waiver,) = governed.json("gov", "waivers", "list")["waivers"]
    assert (waiver["state"], waiver["answered_by"]) == ("withdrawn", "lea")
    assert "already" in governed.fails(1, "gov", "waivers", "withdraw", "1")
    costs = governed.json("gov", "cost")
    assert costs["controls"][0]["months"][0]["waived"] == 1


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((), "covers nothing"),
        (("--item", "PAY-1", "--label", "q1"), "leave --label out"),
        (("--item", "PAY-99"), "no item 'PAY-99'"),
        (("--item", "PAY-1", "--until", "+91d"), "90 days at most"),
        (("--item", "PAY-1", "--from", "yesterday"), "nothing is waived afterwards"),
        (("--item", "PAY-1", "--until", "never"), "--until"),
    ],
)
def test_a_waiver_that_may_not_be(governed: Vsm, args: tuple[str, ...], said: str) -> None:
    assert said in governed.fails(2, "gov", "waive", "owned", *args, "--reason", "x")


def test_a_control_with_verdicts_stays(governed: Vsm) -> None:
    governed.ok("gov", "add", "ready")
    governed.ok("gov", "remove", "ready")
    governed.fails(1, "item", "move", "PAY-2", "Build")
    assert "stay on record" in governed.fails(1, "gov", "remove", "owned")
    governed.ok("gov", "mode", "off", "--control", "owned", "--reason", "finds nothing")
    governed.ok("item", "move", "PAY-2", "Build")


def test_costs_of_a_gate_that_was_never_asked(team: Vsm) -> None:
    costs = team.json("gov", "cost")
    assert (costs["controls"], costs["pmo"]["asked"]) == ([], 0)
    assert "so gates cost nothing" in team.ok("gov", "cost")


def test_a_replay_needs_no_control_that_is_set(team: Vsm, owned: Path) -> None:
    team.ok("item", "move", "PAY-2", "Build")
    shadow = team.json("gov", "shadow", str(owned), "--days", "7")
    assert (shadow["entries"], shadow["blocked"]) == (2, 2)
    assert shadow["items"][0]["item"] in ("PAY-2", "PAY-3")
    assert "Would have refused 2 of 2 entries" in team.ok("gov", "shadow", str(owned))
    assert "No move in this time" in team.ok("gov", "shadow", "chg-approved")
    team.fails(2, "gov", "shadow", "ready", "--days", "0")
    assert team.json("gov")["controls"] == []


def test_an_alias_is_one_person(team: Vsm) -> None:
    team.ok("member", "add", "anna")
    team.ok("member", "add", "ben")
    team.ok("member", "alias", "anna", "akern@github", "ak")
    assert [row["name"] for row in team.json("member", "alias", "anna")] == ["ak", "akern@github"]
    assert "ben is a member" in team.fails(1, "member", "alias", "anna", "ben")
    assert "no alias of ben" in team.fails(2, "member", "alias", "ben", "ak", "--remove")
    team.ok("member", "alias", "anna", "ak", "--remove")
    assert len(team.json("member", "alias")) == 1


def test_a_hostile_control_does_no_harm(team: Vsm, tmp_path: Path) -> None:
    evil = tmp_path / "evil.toml"
    evil.write_text(
        OWNED.replace("somebody owns it", r"\u001b]0;x\u0007 | <b>").replace("CC8.1", "a|b")
    )
    team.ok("gov", "add", str(evil))
    for args in (("show", "evil"), ("show", "evil", "--toml"), (), ("show", "evil", "--json")):
        assert "\x1b" not in team.ok("gov", *args)
    assert "<b>" not in team.ok("gov", "show", "evil", "--format", "html").partition("<body")[2]


def test_as_of_an_entry_of_the_journal(governed: Vsm) -> None:
    assert governed.json("--at-seq", "1", "gov")["mode"] == "off"
    assert "read-only" in governed.fails(1, "--read-only", "gov", "mode", "off", "--reason", "x")
