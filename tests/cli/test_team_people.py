"""Allocations, absences, interactions and hires from the command line."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from tests.cli.conftest import Vsm
from vsm.cli.context import CliContext
from vsm.cli.screen import _onlooker
from vsm.model.role import Role


@pytest.fixture
def vsm(tmp_path: Path) -> Vsm:
    """Three teams with four members; the calls are chief's."""
    program = Vsm(tmp_path / "work.db")
    program.ok("team", "add", "core", "risk", "vault")
    for login, team in (("anna", "core"), ("ben", "core"), ("cleo", "risk"), ("dan", "vault")):
        program.ok("member", "add", login, "--name", login.capitalize() + " Kern", "--team", team)
    return program


def by(vsm: Vsm, login: str, *args: str) -> object:
    return vsm.json("--as", login, *args)


def with_roles(vsm: Vsm) -> None:
    vsm.ok("--as", "chief", "role", "grant", "cora", "coach")
    vsm.ok("--as", "chief", "role", "grant", "vera", "viewer")
    vsm.ok("--as", "chief", "role", "grant", "pia", "pmo")


# -- allocations ------------------------------------------------------------------------------


def test_an_allocation_is_said_listed_changed_and_ended(vsm: Vsm) -> None:
    said = vsm.ok("team", "allocate", "core", "anna", "50%", "--from", "2026-12-01")
    assert said == "allocated 50% of anna to core from 2026-12-01 (no. 1)\n"
    vsm.ok(
        *("team", "allocate", "--from", "2099-01-01", "risk", "anna", "1/2"),
        *("--to", "2099-03-31", "--skills", "pci, Go"),
    )
    assert vsm.json("team", "allocate", "list", "--team", "risk") == [
        {
            "number": 2,
            "member": "anna",
            "team": "risk",
            "fraction": 0.5,
            "from": "2099-01-01",
            "to": "2099-03-31",
            "skills": ["Go", "pci"],
            "ramp_weeks": 8,
            "ramp_start": 0.3,
            "over": False,
        }
    ]
    assert "open" in vsm.ok("team", "allocate", "list", "--member", "anna")
    vsm.ok("team", "allocate", "set", "2", "--fraction", "0.25", "--to", "none", "--ramp", "0")
    assert "is before" in vsm.fails(2, "team", "allocate", "end", "2", "--on", "2098-12-31")
    said = vsm.ok("team", "allocate", "end", "2", "--on", "2099-06-30")
    assert said == "the allocation 2 ends on 2099-06-30\n"
    assert vsm.json("log", "--limit", "1")[0]["text"].endswith("changed the allocation 2: to")
    (row,) = vsm.json("team", "allocate", "list", "--team", "risk")
    assert (row["fraction"], row["to"], row["ramp_weeks"]) == (0.25, "2099-06-30", 0)
    vsm.ok("team", "allocate", "remove", "2")
    assert "There are no allocations" in vsm("team", "allocate", "list", "--team", "risk").stderr
    assert vsm.json("doctor")["ok"] is True


def test_bad_input_says_what_to_do(vsm: Vsm) -> None:
    allocate = ("team", "allocate", "core", "anna")
    for fraction in ("0", "1.5", "half"):
        said = vsm.fails(2, *allocate, fraction, "--from", "2026-12-01")
        assert "give more than 0 and at most 1: 0.5, 50% or 1/2" in said
    assert "is no date" in vsm.fails(2, *allocate, "1", "--from", "2026-13-01")
    said = vsm.fails(2, *allocate, "1", "--from", "2026-12-02", "--to", "2026-12-01")
    assert "2026-12-01 is before 2026-12-02" in said
    assert "--from" in vsm.fails(2, *allocate, "1")
    vsm.ok(*allocate, "0.8", "--from", "2026-01-01")
    over = ("team", "allocate", "risk", "anna", "0.4", "--from", "2026-12-01")
    said = vsm.fails(1, *over)
    assert "anna would be 120% of a person on 2026-12-01" in said
    assert "no. 1: core 80% from 2026-01-01" in said
    assert "overrun" in vsm.ok(*over, "--over")
    assert "there is no allocation '20'" in vsm.fails(2, "team", "allocate", "end", "20")
    assert "give something to change" in vsm.fails(2, "team", "allocate", "set", "1")


def test_the_beginning_of_a_number_names_nothing(vsm: Vsm) -> None:
    for day in range(1, 11):
        vsm.ok("team", "absence", "anna", f"2099-01-{2 * day:02}")
    vsm.ok("team", "absence", "remove", "1")
    vsm.fails(2, "team", "absence", "remove", "1")
    assert len(vsm.json("team", "absence", "list")) == 9


def test_allocations_are_seen_by_coach_pmo_admin_and_the_member(vsm: Vsm) -> None:
    vsm.ok("team", "allocate", "core", "anna", "0.5", "--from", "2026-12-01")
    vsm.ok("team", "allocate", "core", "ben", "0.8", "--from", "2026-12-01")
    with_roles(vsm)
    listed = ("team", "allocate", "list")
    for login in ("chief", "cora", "pia"):
        assert len(by(vsm, login, *listed)) == 2  # type: ignore[arg-type]
    for login, seen in (("anna", ["anna"]), ("vera", []), ("cleo", [])):
        assert [row["member"] for row in by(vsm, login, *listed)] == seen  # type: ignore[attr-defined]
        assert "seen by coach" in vsm("--as", login, *listed).stderr
    assert by(vsm, "chief", "--role", "member", *listed) == []
    assert "may not change" in vsm.fails(
        1, "--as", "anna", "team", "allocate", "core", "anna", "1", "--from", "2026-12-01"
    )
    seq = str(vsm.json("log")[0]["seq"] - 4)  # before the first role was granted
    assert by(vsm, "vera", "--at-seq", seq, *listed) == []


# -- absences -----------------------------------------------------------------------------------


def test_absences_are_recorded_merged_and_listed(vsm: Vsm) -> None:
    said = vsm.ok("team", "absence", "anna", "2098-12-24..2098-12-31")
    assert said == "recorded an absence of Anna Kern, 2098-12-24 to 2098-12-31\n"
    said = vsm.ok("team", "absence", "anna", "2098-12-30..2099-01-03", "--kind", "training")
    assert said == (
        "merged with an earlier absence: away from 2098-12-24 to 2099-01-03\n"
        "recorded as other, not as training\n"
    )
    assert "away already" in vsm.fails(1, "team", "absence", "anna", "2098-12-25")
    vsm.ok("--as", "ben", "team", "absence", "me", "2099-02-01", "--fraction", "1/2")
    vsm.ok("team", "absence", "vault", "2099-03-01..2099-03-02", "--kind", "training")
    assert vsm.json("team", "absence", "list", "--team", "core") == [
        {
            "number": 1,
            "member": "anna",
            "team": None,
            "from": "2098-12-24",
            "to": "2099-01-03",
            "kind": "other",
            "fraction": 1.0,
        },
        {
            "number": 2,
            "member": "ben",
            "team": None,
            "from": "2099-02-01",
            "to": "2099-02-01",
            "kind": "leave",
            "fraction": 0.5,
        },
    ]
    assert [x["team"] for x in vsm.json("team", "absence", "list", "--team", "vault")] == ["vault"]
    said = vsm.fails(2, "team", "absence", "anna", "2099-01-05..2099-01-04")
    assert "2099-01-04 is before 2099-01-05" in said
    assert "there is no member or team 'zoe'" in vsm.fails(2, "team", "absence", "zoe", "fri")


def test_a_login_that_is_a_team_too_is_asked_about(vsm: Vsm) -> None:
    vsm.ok("member", "add", "core")
    assert "a login and a team" in vsm.fails(2, "team", "absence", "core", "2099-01-05")
    vsm.ok("team", "absence", "core", "2099-01-05", "--team")
    assert vsm.json("team", "absence", "list")[0]["team"] == "core"


def test_sickness_is_recorded_only_where_the_team_allows_it(vsm: Vsm) -> None:
    said = vsm.ok("team", "absence", "anna", "2099-01-05", "--kind", "sick")
    assert "recorded as other, not as sick" in said
    vsm.ok("team", "set", "core", "--sickness", "recorded")
    vsm.ok("team", "absence", "anna", "2099-01-07", "--kind", "sick")
    assert [a["kind"] for a in vsm.json("team", "absence", "list")] == ["other", "sick"]


def test_kinds_are_seen_by_the_own_team_coach_pmo_and_admin(vsm: Vsm) -> None:
    vsm.ok("team", "absence", "anna", "2099-01-05..2099-01-09", "--kind", "training")
    vsm.ok("team", "absence", "vault", "2099-02-01", "--kind", "training")
    with_roles(vsm)
    listed = ("team", "absence", "list")
    for login, kinds in (
        ("chief", ["training", "training"]),
        ("cora", ["training", "training"]),
        ("pia", ["training", "training"]),
        ("anna", ["training", None]),
        ("ben", ["training", None]),
        ("cleo", [None, None]),
        ("vera", [None, None]),
        ("dan", [None, "training"]),
    ):
        rows = by(vsm, login, *listed)
        assert [row["kind"] for row in rows] == kinds, login  # type: ignore[attr-defined]
        assert ("training" in vsm("--as", login, *listed).stdout) is any(kinds)
    assert "seen by coach" in vsm("--as", "cleo", *listed).stderr
    assert [r["kind"] for r in by(vsm, "anna", "--role", "viewer", *listed)] == [  # type: ignore[attr-defined]
        "training",
        None,
    ]


def test_everybody_records_their_own_absences_and_no_others(vsm: Vsm) -> None:
    with_roles(vsm)
    vsm.ok("--as", "anna", "team", "absence", "me", "2099-01-05")
    refused = vsm.fails(1, "--as", "anna", "team", "absence", "ben", "2099-01-05")
    assert "anna is a member here and may not change" in refused
    vsm.fails(1, "--as", "ben", "team", "absence", "remove", "1")
    vsm.fails(1, "--as", "vera", "team", "absence", "anna", "2099-02-05")
    vsm.ok("--as", "anna", "undo")
    vsm.ok("--as", "anna", "redo")
    vsm.ok("--as", "cora", "team", "absence", "ben", "2099-01-05")
    vsm.ok("--as", "anna", "team", "absence", "remove", "1")
    assert [a["member"] for a in vsm.json("team", "absence", "list")] == ["ben"]


def test_neither_log_nor_json_of_it_has_kinds_and_fractions(vsm: Vsm) -> None:
    vsm.ok("team", "set", "core", "--sickness", "recorded")
    vsm.ok("team", "absence", "anna", "2099-01-05", "--kind", "sick")
    vsm.ok("team", "absence", "anna", "2099-01-04..2099-01-06", "--kind", "training")
    vsm.ok("team", "allocate", "risk", "anna", "0.37", "--from", "2099-01-01", "--skills", "cobol")
    vsm.ok("team", "allocate", "set", "1", "--fraction", "0.41")
    vsm.ok("undo")
    for args in (("log",), ("log", "--json"), ("log", "--csv")):
        shown = vsm.ok(*args)
        assert "set an allocation in risk" in shown
        for word in ("sick ", "training", "0.37", "37%", "0.41", "41%", "cobol"):
            assert word not in shown, (args, word)


def test_the_journal_is_exported_by_those_who_may_see_all_of_it(vsm: Vsm, tmp_path: Path) -> None:
    vsm.ok("team", "absence", "anna", "2099-01-05", "--kind", "training")
    with_roles(vsm)
    refused = vsm.fails(1, "--as", "vera", "export", "journal")
    assert "holds allocations and kinds of absences, which you may not see" in refused
    assert "training" in vsm.ok("--as", "cora", "export", "journal")
    other = Vsm(tmp_path / "other.db")
    other.ok("team", "add", "core")
    other.ok("--as", "chief", "role", "grant", "vera", "viewer")
    assert "team_added" in other.ok("--as", "vera", "export", "journal")


def test_a_viewer_takes_no_backup_of_what_they_may_not_see(vsm: Vsm, tmp_path: Path) -> None:
    with_roles(vsm)
    vsm.ok("--as", "vera", "backup", str(tmp_path / "before.db"))
    vsm.ok("--as", "cora", "team", "absence", "anna", "2099-01-05", "--kind", "training")
    copy = str(tmp_path / "after.db")
    for who in (("--as", "vera"), ("--as", "cora", "--role", "viewer")):
        refused = vsm.fails(1, *who, "backup", copy)
        assert "holds allocations and kinds of absences, which you may not see" in refused
    assert not Path(copy).exists()
    vsm.ok("--as", "timer", "backup", copy)


def test_a_viewer_neither_rebuilds_nor_restores(vsm: Vsm, tmp_path: Path) -> None:
    with_roles(vsm)
    copy = str(tmp_path / "copy.db")
    vsm.ok("--as", "vera", "backup", copy)
    assert "viewer" in vsm.fails(1, "--as", "vera", "rebuild")
    assert "viewer" in vsm.fails(1, "--as", "vera", "restore", copy)
    vsm("--as", "vera", "doctor")
    assert "anew" in vsm.ok("--as", "anna", "rebuild")


def test_a_board_as_of_an_entry_shows_no_more_than_may_be_seen_now(vsm: Vsm) -> None:
    vsm.ok("team", "absence", "anna", "2099-01-05", "--kind", "training")
    before = len(vsm.json("log", "--all"))
    with_roles(vsm)
    expected = {"cora": (True, True), "anna": (False, True), "vera": (False, False)}
    for login, sees in expected.items():
        with click.Context(click.Command("vsm")):
            of_then = _onlooker(CliContext(str(vsm.db), user=login, at_seq=before))
            assert of_then is not None
            assert (of_then.sees_all, of_then.sees_team) == sees
            assert _onlooker(CliContext(str(vsm.db), user=login)) is None
    viewer = CliContext(str(vsm.db), user="cora", at_seq=before, at_most=Role.VIEWER)
    as_viewer = _onlooker(viewer)
    assert as_viewer is not None and not as_viewer.sees_all


def test_exports_and_snapshots_hold_no_allocation_and_no_absence(vsm: Vsm) -> None:
    vsm.ok("init", "--template", "kanban", "--name", "Work")
    vsm.ok("item", "add", "Login")
    vsm.ok("team", "absence", "anna", "2099-01-05", "--kind", "training")
    vsm.ok("team", "allocate", "core", "anna", "0.37", "--from", "2099-01-01", "--skills", "cobol")
    for args in (("snapshot",), ("export", "items"), ("export", "snapshot"), ("member", "list")):
        called = vsm(*args)
        shown = called.stdout + called.stderr
        for word in ("2099", "training", "0.37", "cobol"):
            assert word not in shown, (args, word)


# -- forgetting -----------------------------------------------------------------------------------


def test_a_member_who_is_forgotten_leaves_no_allocation_kind_or_skill(vsm: Vsm) -> None:
    vsm.ok("team", "set", "core", "--sickness", "recorded")
    vsm.ok("team", "absence", "anna", "2099-01-05", "--kind", "sick")
    vsm.ok("team", "absence", "ben", "2099-01-05", "--kind", "training")
    vsm.ok("team", "allocate", "core", "anna", "0.5", "--from", "2099-01-01", "--skills", "cobol")
    vsm.ok("team", "allocate", "set", "1", "--skills", "cobol,fortran")
    vsm.ok(
        "team", "hire", "core", "--state", "started", "--start", "2099-01-01", "--member", "anna"
    )
    vsm.ok("member", "forget", "anna", "--reason", "left", "--yes")
    assert vsm.json("team", "allocate", "list", "--all") == []
    assert [a["member"] for a in vsm.json("team", "absence", "list", "--all")] == ["ben"]
    assert vsm.json("team", "hire", "list", "--all")[0]["member"] is None
    journal = vsm.ok("export", "journal")
    for word in ("anna", "Anna", '"sick"', "cobol", "fortran"):
        assert word not in journal.replace('"sickness"', ""), word
    assert "training" in journal
    vsm.ok("rebuild")
    assert vsm.json("doctor")["ok"] is True


# -- interactions and hires ----------------------------------------------------------------


def test_interactions_are_listed_overdue_ones_first_and_ended(vsm: Vsm) -> None:
    said = vsm.ok(
        *("team", "interact", "core", "vault", "--mode", "collab", "--until", "2099-03-01"),
        *("--for", "token vault"),
    )
    assert said == "recorded that core and vault interact (collaboration) (no. 1)\n"
    vsm.ok(
        *("team", "interact", "risk", "vault", "--mode", "facilitating"),
        *("--from", "2026-01-05", "--until", "2026-02-27"),
    )
    rows = vsm.json("team", "interact", "list")
    assert [(r["number"], r["overdue"]) for r in rows] == [(2, True), (1, False)]
    assert rows[1] | {"from": ""} == {
        "number": 1,
        "team": "core",
        "with": "vault",
        "mode": "collaboration",
        "from": "",
        "until": "2099-03-01",
        "ended": None,
        "purpose": "token vault",
        "overdue": False,
    }
    vsm.ok("team", "interact", "end", "2", "--on", "2026-03-02")
    assert [r["number"] for r in vsm.json("team", "interact", "list", "--team", "core")] == [1]
    assert len(vsm.json("team", "interact", "list", "--all")) == 2


def test_a_hire_goes_from_requested_to_member(vsm: Vsm) -> None:
    said = vsm.ok("team", "hire", "risk", "--need-by", "2099-04-01", "--lead-weeks", "12")
    assert said == "recorded a hire in risk (wanted) (no. 1)\n"
    assert "needs its first day" in vsm.fails(2, "team", "hire", "core", "--state", "signed")
    vsm.ok("team", "hire", "set", "1", "--state", "signed", "--start", "2099-03-01")
    (row,) = vsm.json("team", "hire", "list")
    assert (row["state"], row["start"], row["ramp_weeks"]) == ("signed", "2099-03-01", 8)
    assert "is a member" in vsm.fails(2, "team", "hire", "set", "1", "--state", "started")
    vsm.ok("team", "hire", "set", "1", "--state", "started", "--member", "dan")
    assert vsm.json("team", "hire", "list") == []
    (allocation,) = vsm.json("team", "allocate", "list")
    assert (allocation["member"], allocation["from"]) == ("dan", "2099-03-01")


def test_teams_have_a_type_a_purpose_and_a_service_level(vsm: Vsm) -> None:
    vsm.ok(
        *("team", "set", "vault", "--type", "platform", "--purpose", "Keeps keys"),
        *("--service-level", "Answers within a day"),
    )
    assert "is no type of team" in vsm.fails(2, "team", "set", "core", "--type", "feature")
    row = next(t for t in vsm.json("team", "list") if t["name"] == "vault")
    assert (row["type"], row["purpose"], row["service_level"], row["sickness"]) == (
        "platform",
        "Keeps keys",
        "Answers within a day",
        "as-other",
    )
    vsm.ok("team", "set", "vault", "--type", "none")
    assert "stream-aligned" in vsm.ok("team", "set", "--help")


def test_a_team_in_use_says_what_is_planned_with_it(vsm: Vsm) -> None:
    vsm.ok("team", "add", "new")
    vsm.ok("team", "hire", "new")
    vsm.ok("team", "interact", "core", "new", "--mode", "facilitating")
    said = vsm.fails(1, "team", "remove", "new")
    assert "the team new has 1 interaction, 1 hire" in said
    vsm.ok("team", "allocate", "vault", "anna", "0.5", "--from", "2099-01-01")
    said = vsm.fails(1, "member", "remove", "anna")
    assert "has allocations or absences" in said and "vsm member forget" in said
