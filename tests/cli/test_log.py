"""``vsm log``, ``vsm log redact`` and ``vsm member forget`` as people call them."""

from __future__ import annotations

import csv
from collections.abc import Callable

import pytest

from .conftest import Vsm


@pytest.fixture
def team(vsm: Vsm) -> Vsm:
    """A board on which two people and a program have worked."""
    vsm.ok("init", "--template", "kanban", "--name", "Web", "--prefix", "WEB")
    vsm.ok("--as", "anna", "item", "add", "Login page")
    vsm.ok("--as", "bo", "item", "add", "=cmd()")
    vsm.ok("--as", "agent:build-bot", "item", "move", "WEB-1", "Ready")
    vsm.ok("--as", "bo", "item", "block", "WEB-2", "--reason", "the bank")
    vsm.ok("--as", "anna", "init", "--template", "kanban", "--name", "Other", "--prefix", "OT")
    return vsm


def texts(vsm: Vsm, *options: str) -> list[str]:
    return [entry["text"] for entry in vsm.json("log", *options)]


def test_what_one_person_did(team: Vsm) -> None:
    assert texts(team, "--by", "bo") == [
        "blocked WEB-2 (other): the bank",
        "added WEB-2 in Backlog",
    ]
    assert texts(team, "--by", "anna")[-1] == "added WEB-1 in Backlog"


def test_what_programs_did_and_what_people_did(team: Vsm) -> None:
    assert texts(team, "--by", "agent") == ["moved WEB-1 from Backlog to Ready"]
    assert "moved WEB-1 from Backlog to Ready" not in texts(team, "--by", "person")
    assert texts(team, "--by", "import") == []
    assert team.ok("log", "--by", "import") == "No entries match\n"


def test_some_kinds_in_one_stream_since_a_day(team: Vsm) -> None:
    assert texts(team, "--kind", "moved, blocked") == [
        "blocked WEB-2 (other): the bank",
        "moved WEB-1 from Backlog to Ready",
    ]
    assert texts(team, "--stream", "Other") == ["made the stream Other"]
    assert len(texts(team, "--since", "yesterday")) == len(texts(team, "--all")) == 6
    assert texts(team, "--until", "yesterday") == []


def test_an_entry_says_where_it_came_from(team: Vsm) -> None:
    entry = team.json("log", "--limit", "1")[0]
    assert (entry["kind"], entry["source"], entry["stream"]) == ("stream_created", "cli", "Other")
    assert (entry["actor"], entry["actor_kind"], entry["undoes"]) == ("anna", "person", None)
    assert len(entry["hash"]) == 64 and entry["session"]


def test_cells_are_no_formulas(team: Vsm) -> None:
    team.ok("item", "edit", "WEB-2", "--title", "=1+1")
    rows = list(csv.DictReader(team.ok("log", "--item", "WEB-2", "--csv").splitlines()))
    assert [row["actor"] for row in rows][1:] == ["bo", "bo"]
    assert not [cell for row in rows for cell in row.values() if cell.startswith("=")]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--by", "annna"), "there is no person or agent 'annna'"),
        (("--kind", "moed"), "--kind: there is no entry of the kind 'moed'; there are added, "),
        (("--since", "yesterday-ish"), "--since: 'yesterday-ish' is no moment"),
        (("--stream", "Wob"), "there is no stream 'Wob'"),
    ],
)
def test_what_cannot_be_is_said(team: Vsm, options: tuple[str, ...], says: str) -> None:
    assert says in team.fails(2, "log", *options)


@pytest.mark.parametrize("name", ["", "a b", "agent:", "x" * 61, "a\nb"])
def test_what_is_no_name_cannot_act(vsm: Vsm, name: str) -> None:
    assert "is no name" in vsm.fails(2, "--as", name, "item", "list")


@pytest.mark.parametrize(
    "call",
    [
        lambda vsm: vsm.fails(2, "member", "forget", "bo", "--reason", "left"),
        lambda vsm: vsm.fails(2, "log", "redact", "3", "--field", "title", "--reason", "x"),
    ],
)
def test_what_cannot_be_undone_is_not_done_unasked(team: Vsm, call: Callable[[Vsm], str]) -> None:
    before = team.ok("export", "journal")
    assert "cannot be undone" in call(team)
    assert team.ok("export", "journal") == before


def test_somebody_is_forgotten_and_the_board_goes_on(team: Vsm) -> None:
    out = team.ok("member", "forget", "bo", "--reason", "left", "--yes")
    assert out.startswith("bo is former-3 from now on: 1 entry changed.\n")
    assert "bo" not in {entry["actor"] for entry in team.json("log", "--all")}
    team.ok("doctor")
    team.ok("--as", "bo", "item", "add", "again")
    assert team.json("log", "--limit", "1")[0]["actor"] == "bo"


def test_a_text_is_taken_out(team: Vsm) -> None:
    seq = team.json("log", "--item", "WEB-2")[0]["seq"]
    arguments = ("log", "redact", str(seq), "--field", "reason", "--reason", "x", "--yes")
    assert team.json(*arguments) == {
        "entries": 1,
        "alias": "[redacted]",
        "mentions": [],
        "wiped": True,
    }
    assert texts(team, "--item", "WEB-2")[0] == "blocked WEB-2 (other): [redacted]"
    assert "has no text in 'reason' that can be taken out" in team.fails(2, *arguments)
