"""``vsm report``: from the first one to what an auditor compares."""

from __future__ import annotations

import email
import json
import os
import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import openpyxl
import pytest

from tests.cli.conftest import Vsm

Process = Callable[..., "subprocess.Popen[bytes]"]


def test_a_report_begins_where_the_last_one_ended(team: Vsm) -> None:
    first = team.ok("report", "weekly")
    assert "Weekly report: Card issuing" in first
    assert "the last 7 days: there is no report before this one" in first
    again = team.ok("report", "weekly")
    assert "Nothing changed since entry " in again
    team.ok("item", "add", "Another")
    third = team.ok("report", "weekly")
    assert "since the last report" in third
    made = team.json("report", "list")
    assert [(one["number"], one["kind"], one["stream"]) for one in made] == [
        (2, "weekly", "Card issuing"),
        (1, "weekly", "Card issuing"),
    ]
    assert made[0]["from_seq"] == made[1]["to_seq"]
    assert "weekly" in team.ok("report", "list")


def test_to_look_only_puts_nothing_on_record(team: Vsm) -> None:
    assert "There are no reports yet" in team("report", "list").stderr
    team.ok("report", "weekly", "--no-record")
    team.ok("report", "weekly", "--since", "2026-01-01")
    team.ok("report", "weekly", "--agenda", "30")
    assert team.json("report", "list") == []


def test_the_hash_on_record_is_that_of_the_file(team: Vsm, tmp_path: Path) -> None:
    for form in ("md", "html", "json", "text"):
        file = tmp_path / f"report.{form}"
        team("report", "portfolio", "--format", form, "-o", str(file))
        (latest, *_) = team.json("report", "list")
        assert (latest["form"], latest["stream"]) == (form, None)
        assert latest["sha256"] == sha256(file.read_bytes()).hexdigest()
        team.ok("item", "add", form)


def test_the_same_bytes_in_any_zone_of_the_machine(team: Vsm, process: Process) -> None:
    outputs = []
    for zone in ("America/New_York", "Asia/Tokyo"):
        for form in ("json", "md", "html"):
            child = process(
                *("report", "weekly", "--since", "2020-01-01", "--to", "2026-11-27"),
                *("--format", form),
                env={"TZ": zone},
            )
            out, err = child.communicate(timeout=60)
            assert (child.returncode, err) == (0, b"")
            outputs.append(out)
    assert outputs[:3] == outputs[3:]


def test_every_kind_is_there_and_its_json_has_a_schema(team: Vsm) -> None:
    import jsonschema

    schema = json.loads(Path("docs/report.schema.json").read_text("utf-8"))
    for kind in ("weekly", "portfolio", "service", "governance", "retro", "handover"):
        shape = team.json("report", kind, "--no-record")
        jsonschema.validate(shape, schema)
        assert shape["kind"] == kind
        assert shape["seq"] == shape["journal"]["seq"]
        assert team.ok("report", kind, "--no-record").startswith(f"{kind.capitalize()} report: ")
    rules = team.json("report", "rules")
    jsonschema.validate(rules, json.loads(Path("docs/report-rules.schema.json").read_text("utf-8")))


def test_mail_is_one_message_that_sendmail_takes(team: Vsm) -> None:
    text = team.ok("report", "weekly", "--no-record", "--mail", "anna@example.org, bo@example.org")
    message = email.message_from_string(text)
    assert message["To"] == "anna@example.org, bo@example.org"
    assert message["Subject"] == "Weekly report: Card issuing"
    assert message["From"] is None
    plain, page = message.get_payload()
    assert plain.get_content_type() == "text/plain" and page.get_content_type() == "text/html"
    assert b"Weekly report" in plain.get_payload(decode=True)
    assert b"<h1>" in page.get_payload(decode=True)
    for bad in ("nobody", "a@b\nBcc: c@d", ",", "a\x1b[31m@b.c", "a:b@c", "(x)a@b", ".@.", "a@b c"):
        assert "mail" in team.fails(2, "report", "weekly", "--mail", bad)
    assert "leave --format" in team.fails(2, "report", "weekly", "--mail", "a@b.c", "--json")


def test_a_fact_is_noted_as_known(team: Vsm) -> None:
    line = team.fails(2, "report", "note", "stale/s1", "acknowledged")
    assert "the report has no fact 'stale/s1'" in line
    assert "acknowledged" in team.fails(2, "report", "note", "stale/s1", "maybe")


def test_a_note_is_taken_back_and_keeps_its_reason(team: Vsm) -> None:
    team.ok("initiative", "add", "Fees", "--filter", "label:q1", "--need-by", "2099-01-01")
    team.ok("initiative", "decide", "Fees", "start", "--reason", "worth it")
    fact = "initiative-late/i1"
    note = ("report", "note", fact)
    of = ("--kind", "portfolio")
    assert "Noted as wrong" in team.ok(*note, "wrong", "--reason", "it is done", *of)
    assert "noted as wrong already, because: it is done" in team.ok(*note, "wrong", *of)

    def noted() -> str | None:
        result = team.json("report", "portfolio", "--no-record")
        noted: str | None = next(f for f in result["facts"] if f["id"] == fact)["acknowledged"]
        return noted

    assert noted() == "marked as wrong: it is done"
    assert "Changed the reason" in team.ok(*note, "wrong", "--reason", "it is paid", *of)
    team.ok(*note, "acknowledged", *of)
    assert noted() == "known; marked as wrong: it is paid"
    assert "acknowledged" in team.ok(*note, "none", *of)
    assert noted() is None
    assert "there is no note" in team.fails(2, *note, "none", *of)


def test_an_agenda_takes_minutes_with_their_unit(team: Vsm) -> None:
    for minutes in ("30", "30m", "30 min"):
        assert "Agenda: Card issuing" in team.ok("report", "weekly", "--agenda", minutes)
    assert "such as 30 or 30m" in team.fails(2, "report", "weekly", "--agenda", "2h")


def test_a_workbook_of_the_portfolio_has_figures_in_columns(team: Vsm, tmp_path: Path) -> None:
    team.ok("initiative", "add", "Fees", "--filter", "label:q1", "--need-by", "2099-01-01")
    file = tmp_path / "a.xlsx"
    team("report", "portfolio", "--no-record", "--xlsx", str(file))
    book = openpyxl.load_workbook(file)
    heads, row = book["Initiatives"].iter_rows(values_only=True)
    figures = dict(zip(heads, row, strict=True))
    assert (figures["Name"], figures["State"], figures["Open"]) == ("Fees", "funnel", 1)
    assert figures["Needed by"].date().isoformat() == "2099-01-01"
    assert figures["Note"].startswith("No dates: ")
    assert not any(line[0] == "Initiatives" for line in book["Lists"].iter_rows(values_only=True))


def test_two_reports_are_compared(team: Vsm, tmp_path: Path) -> None:
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    team("report", "weekly", "--no-record", "--json", "-o", str(first))
    team("report", "weekly", "--no-record", "--json", "-o", str(second))
    assert "The same in both: " in team.ok("report", "diff", str(first), str(second))
    assert team.ok("report", "diff", str(first), str(second), "--format", "md").startswith("# ")
    (tmp_path / "c.json").write_text("{", "utf-8")
    assert "is no JSON" in team.fails(2, "report", "diff", str(first), str(tmp_path / "c.json"))
    (tmp_path / "d.json").write_text("[" * 100_000, "utf-8")
    assert "is no JSON" in team.fails(2, "report", "diff", str(first), str(tmp_path / "d.json"))
    line = team.fails(2, "report", "diff", str(first), str(team.db))
    assert "name a report that --json wrote" in line


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (("--since", "soon"), "--since: "),
        (("--to", "2026-13-01"), "--to: "),
        (("--since", "2026-03-02", "--to", "2026-03-01"), "would end before it begins"),
        (("--agenda", "0"), "--agenda"),
    ],
)
def test_wrong_options_say_what_is_wrong(team: Vsm, options: tuple[str, ...], part: str) -> None:
    assert part in team.fails(2, "report", "weekly", *options)


def test_whoever_may_not_write_has_the_report_all_the_same(team: Vsm) -> None:
    result = team("--role", "viewer", "report", "weekly")
    assert result.exit_code == 0
    assert "Weekly report" in result.stdout
    assert "the report is not on record" in result.stderr
    assert team.json("report", "list") == []


def test_an_existing_file_is_replaced_whole(team: Vsm, tmp_path: Path) -> None:
    file = tmp_path / "report.md"
    file.write_text("old" * 100_000, "utf-8")
    team("report", "weekly", "--no-record", "--format", "md", "-o", str(file))
    assert file.read_text("utf-8").startswith("# Weekly report")
    assert os.listdir(tmp_path).count("report.md") == 1


def test_without_a_stream_there_is_nothing_to_report(vsm: Vsm) -> None:
    vsm.ok("init", "--template", "kanban", "--name", "Pay", "--prefix", "PAY")
    text = vsm.ok("report", "weekly")
    assert "Nothing is judged: nothing has moved yet." in text


def test_a_workbook_holds_facts_lists_and_rules(team: Vsm, tmp_path: Path) -> None:
    team.ok("item", "add", "=1+1", "--stage", "Build")
    files = [tmp_path / "a.xlsx", tmp_path / "b.xlsx"]
    for file in files:
        team("report", "weekly", "--since", "2020-01-01", "--to", "2026-11-27", "--xlsx", str(file))
    assert files[0].read_bytes() == files[1].read_bytes()
    team("report", "weekly", "--no-record", "--xlsx", str(files[0]))
    book = openpyxl.load_workbook(files[0])
    names = ["Summary", "Facts", "Behind", "Lists", "No longer so", "Left out", "Rules"]
    assert book.sheetnames == names
    lines = list(book["Lists"].iter_rows(values_only=True))
    assert any(line[2] == "=1+1" for line in lines)
    assert all(cell.data_type != "f" for row in book["Lists"].iter_rows() for cell in row)
    assert "no text for a terminal" in team.fails(2, "report", "weekly", "--xlsx", "-")


def test_a_report_is_made_again_as_it_was(team: Vsm, tmp_path: Path) -> None:
    """As of the entry and the end that are on record, whatever happened since, byte for byte."""
    files = {}
    for kind in ("weekly", "portfolio", "service", "governance", "retro", "handover"):
        files[kind] = tmp_path / f"{kind}.json"
        team("report", kind, "--json", "-o", str(files[kind]))
    made = {one["kind"]: one for one in team.json("report", "list")}
    team.ok("item", "add", "Since then")
    for kind, file in files.items():
        one = made[kind]
        again = team.ok(
            *("--at-seq", str(one["to_seq"]), "report", kind, "--to", one["to"], "--json")
        )
        assert again == file.read_text("utf-8"), kind


def test_a_fact_of_the_window_is_noted_after_its_report(team: Vsm) -> None:
    team.ok("stage", "set", "Build", "--limit", "1")
    team.ok("report", "weekly")
    (made,) = team.json("report", "list")
    assert made["facts"] == 0
    line = team.fails(2, "report", "note", "rework/e1-2", "acknowledged")
    assert "its facts are none" in line
