"""Absences and public holidays from files: all of a file or nothing, with lines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Vsm
from tests.connect.test_calendar_files import calendar

Write = Callable[[str, bytes], str]


@pytest.fixture
def vsm(tmp_path: Path) -> Vsm:
    program = Vsm(tmp_path / "work.db")
    program.ok("init", "--template", "kanban", "--name", "Work")
    program.ok("team", "add", "core")
    program.ok("member", "add", "anna", "--name", "Anna Kern", "--team", "core")
    program.ok("member", "add", "ben", "--team", "core")
    return program


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file for a test and gives its path."""

    def write_file(name: str, data: bytes) -> str:
        path = tmp_path / name
        path.write_bytes(data)
        return str(path)

    return write_file


def absences(vsm: Vsm) -> list[tuple[object, ...]]:
    rows = vsm.json("team", "absence", "list", "--all")
    return [(r["member"] or r["team"], r["from"], r["to"], r["kind"], r["fraction"]) for r in rows]


def test_a_table_of_absences_is_one_step(vsm: Vsm, write: Write) -> None:
    file = write(
        "absences.csv",
        b"login,team,from,to,kind,fraction\r\nanna,,2099-01-05,2099-01-09,training,\r\n"
        b"BEN,,2099-02-02,,,50%\r\n,core,2099-03-02,2099-03-03,,\r\n",
    )
    dry = vsm.ok("team", "absence", "import", file, "--dry-run")
    assert "line 2: anna 2099-01-05 to 2099-01-09" in dry
    assert "3 absences would be imported; nothing was changed" in dry and absences(vsm) == []
    vsm.ok("team", "absence", "import", file)
    assert absences(vsm) == [
        ("anna", "2099-01-05", "2099-01-09", "training", 1.0),
        ("ben", "2099-02-02", "2099-02-02", "leave", 0.5),
        ("core", "2099-03-02", "2099-03-03", "leave", 1.0),
    ]
    vsm.ok("undo")
    assert absences(vsm) == []


def test_what_is_there_already_is_left_as_it_is(vsm: Vsm, write: Write) -> None:
    rows = b"login,from,to,kind\nanna,2099-01-05,2099-01-09,sick\nben,2099-02-02,2099-02-06,\n"
    rows += b"ben,2099-02-05,2099-02-09,training\n"
    file = write("absences.csv", rows)
    vsm.ok("team", "absence", "import", file)
    once = absences(vsm)
    assert [row[2:4] for row in once] == [("2099-01-09", "other"), ("2099-02-09", "other")]
    said = vsm.ok("team", "absence", "import", file)
    assert said == "nothing new: all of them are there so already\n"
    assert vsm.json("team", "absence", "import", file)["changes"] == []
    assert absences(vsm) == once
    more = write("more.csv", rows + b"anna,2099-03-02,,\n")
    vsm.ok("team", "absence", "import", more)
    assert len(absences(vsm)) == 3
    vsm.ok("undo")
    assert absences(vsm) == once


def test_a_table_may_have_semicolons_or_tabs(vsm: Vsm, write: Write) -> None:
    for delimiter in (b";", b"\t"):
        text = b"login,from,to,fraction\nanna,2099-01-05,2099-01-09,FRACTION\n"
        text = text.replace(b",", delimiter).replace(b"FRACTION", b"0,5")
        vsm.ok("team", "absence", "import", write("absences.csv", text))
        assert absences(vsm) == [("anna", "2099-01-05", "2099-01-09", "leave", 0.5)]
        vsm.ok("undo")


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_unknown_logins_are_listed_with_lines_and_nothing_is_imported(
    vsm: Vsm,
    write: Write,
    options: tuple[str, ...],
) -> None:
    file = write("a.csv", b"login,from\nanna,2099-01-05\nzoe,2099-01-05\n\nyan,2099-01-06\n")
    said = vsm.fails(2, "team", "absence", "import", file, *options)
    assert "unknown: line 3: 'zoe', line 5: 'yan'" in said and "nothing was imported" in said
    assert absences(vsm) == []


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "has no absences"),
        (b"login,when\n", "line 1: there is no column 'when'"),
        (b"login,to\n", "line 1: there is no column 'from'"),
        (b"login,from\nanna,soon\n", "line 2: 'soon' is no date"),
        (b"login,from,to\nanna,2099-01-05,2099-01-04\n", "line 2: 2099-01-04 is before 2099-01-05"),
        (b"login,from,kind\nanna,2099-01-05,beach\n", "line 2: 'beach' is no kind"),
        (b"login,from,fraction\nanna,2099-01-05,half\n", "line 2: fraction: 'half' is no fraction"),
        (b"login,from\nanna\n", "line 2: 1 fields where the first line names 2"),
        (b"login,team,from\nanna,core,2099-01-05\n", "line 2: a row names a login or a team"),
        (b"login,from\n\xff,2099-01-05\n", "line 2: not UTF-8"),
        (b'login,from\n"anna,2099-01-05\n', "line 2: unexpected end of data"),
    ],
)
def test_a_wrong_line_refuses_all_of_a_table(
    vsm: Vsm, write: Write, data: bytes, says: str
) -> None:
    assert says in vsm.fails(2, "team", "absence", "import", write("a.csv", data))


def test_events_of_a_calendar_name_somebody(vsm: Vsm, write: Write) -> None:
    file = write(
        "leave.ics",
        calendar(
            "DTSTART:20990105\nDTEND:20990110\nSUMMARY:Anna Kern - leave",
            "DTSTART:20990202\nSUMMARY:ben: dentist",
            "DTSTART:20990203\nSUMMARY:Away\nATTENDEE:mailto:ANNA@example.org",
        ),
    )
    vsm.ok("team", "absence", "import", file)
    assert [row[:3] for row in absences(vsm)] == [
        ("anna", "2099-01-05", "2099-01-09"),
        ("ben", "2099-02-02", "2099-02-02"),
        ("anna", "2099-02-03", "2099-02-03"),
    ]
    unknown = write("b.ics", calendar("DTSTART:20990105\nSUMMARY:annabel: leave"))
    said = vsm.fails(2, "team", "absence", "import", unknown)
    assert "line 3: 'annabel: leave'" in said
    vsm.ok("team", "absence", "import", unknown, "--member", "ben")
    assert absences(vsm)[0][:2] == ("anna", "2099-01-05")
    assert ("ben", "2099-01-05", "2099-01-05", "leave", 1.0) in absences(vsm)


def test_public_holidays_become_those_of_a_team_or_a_stream(vsm: Vsm, write: Write) -> None:
    file = write(
        "holidays.ics",
        calendar(
            "DTSTART:20261225\nDTEND:20261227\nSUMMARY:Christmas",
            "DTSTART:20270101\nSUMMARY:New Year",
        ),
    )
    dry = vsm.ok("team", "absence", "import", file, "--team", "core", "--dry-run")
    assert dry.startswith("3 holidays would be added; nothing was changed: 2026-12-25")
    vsm.ok("team", "set", "core", "--holidays", "2026-12-26")
    said = vsm.ok("team", "absence", "import", file, "--team", "core")
    assert said == "added 2 holidays to core: 2026-12-25, 2027-01-01\n"
    days = ["2026-12-25", "2026-12-26", "2027-01-01"]
    assert vsm.json("team", "list")[0]["holidays"] == days
    vsm.ok("team", "absence", "import", file, "--stream", "Work")
    assert vsm.json("stream", "show", "Work")["holidays"] == days
    assert "0 holidays are new" in vsm.ok("team", "absence", "import", file, "--stream", "Work")
    assert absences(vsm) == []


def test_wrong_use_is_refused(vsm: Vsm, write: Write, tmp_path: Path) -> None:
    table = write("a.csv", b"login,from\nanna,2099-01-05\n")
    import_file = ("team", "absence", "import")
    assert "is no calendar" in vsm.fails(2, *import_file, table, "--team", "core")
    both = vsm.fails(2, *import_file, table, "--team", "core", "--stream", "Work")
    assert "give one of" in both
    assert "cannot be read" in vsm.fails(2, *import_file, str(tmp_path / "none.ics"))
    assert vsm("team", "absence", "import", str(vsm.db)).exit_code == 2
    said = vsm.fails(2, *import_file, write("x.ics", calendar("DTSTART:x", end="\n")))
    assert "x.ics, line 4: 'x' is no date" in said
