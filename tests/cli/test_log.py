"""``vsm log``, ``vsm log redact`` and ``vsm member forget`` as people call them."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.reliability.support import organisation
from vsm.model.command import AddItem, CommentItem
from vsm.session import Session

from .conftest import ROOT, Vsm


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


def test_rows_are_as_their_schema_says(team: Vsm) -> None:
    team.ok("--as", "bo", "undo")
    schema = json.loads((ROOT / "docs/log.schema.json").read_text())
    rows = team.json("log", "--all")
    for row in rows:
        Draft202012Validator(schema).validate(row)
        assert list(row) == list(schema["properties"])
    first = rows[0]
    assert (first["seq"], first["grp"], first["undoes"], first["actor"]) == (7, 7, 5, "bo")
    assert (first["words"], first["recorded_at"]) == (first["text"], first["at"])


def test_what_is_listed_is_not_held_back(team: Vsm, db: Path) -> None:
    """Whoever reads a few lines of a long log gets them at once, and the rest ends quietly."""
    session = Session(db, actor="anna")
    session.do(*(AddItem(1, f"Item {n}") for n in range(3000)))
    session.close()
    for form in ("--json", "--csv", "--limit=99999"):
        process = subprocess.Popen(
            [sys.executable, "-m", "vsm", "--db", str(db), "log", "--all", form],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        process.stderr.close()
        process.wait(30)


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
@pytest.mark.parametrize("form", ["--json", "--csv"])
def test_the_memory_of_a_log_does_not_grow_with_its_length(tmp_path: Path, form: str) -> None:
    peaks = []
    code = (
        "import sys; from vsm.cli.main import cli\n"
        "try: cli.main()\n"
        "except SystemExit: pass\n"
        "status = open('/proc/self/status').read()\n"
        "print(status.partition('VmHWM:')[2].split()[0], file=sys.stderr)"
    )
    for comments in (600, 20_000):
        db = tmp_path / f"{comments}.db"
        organisation(db, 1)
        session = Session(db, actor="anna")
        session.do(*(CommentItem(1, f"A comment, the {n}th of many") for n in range(comments)))
        session.close()
        process = subprocess.run(
            [sys.executable, "-c", code, "--db", str(db), "log", "--all", form],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert process.stdout.count("A comment") == comments * (1 if form == "--csv" else 2)
        peaks.append(int(process.stderr))
    assert peaks[1] < peaks[0] * 1.15


def test_cells_are_no_formulas(team: Vsm) -> None:
    team.ok("item", "edit", "WEB-2", "--title", "=1+1")
    rows = list(csv.DictReader(team.ok("log", "--item", "WEB-2", "--csv").splitlines()))
    assert [row["actor"] for row in rows][1:] == ["bo", "bo"]
    assert not [cell for row in rows for cell in row.values() if cell.startswith("=")]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--by", "annna"), "there is no person or agent 'annna'; did you mean 'anna'?"),
        (("--by", "bilt"), "there is no person or agent 'bilt'; did you mean 'agent:build-bot'?"),
        (("--kind", "moed"), "--kind: there is no entry of the kind 'moed'; there are added, "),
        (
            ("--since", "yesterday-ish"),
            "--since: 'yesterday-ish' is no moment: write monday, -3d, 2026-11-03, 16:00,"
            " yesterday 16:00, fri 9:30, 3 Nov 16:00 or 2026-11-03 16:00",
        ),
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
