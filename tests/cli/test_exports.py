"""Exports: every form validates against its published schema, and comes back the same."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import stat
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from vsm.report.wording import day
from vsm.store.sqlite import sqlite3

if TYPE_CHECKING:
    from tests.cli.conftest import Vsm

DOCS = Path(__file__).parents[2] / "docs"
MARCH = "2026-03-31T20:00:00Z"


def valid(report: Any, name: str) -> Any:
    """What was told, if the schema in docs/ allows it."""
    schema = json.loads((DOCS / f"{name}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    wrong = [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
        for error in Draft202012Validator(schema).iter_errors(report)
    ]
    assert wrong == []
    return report


@pytest.fixture(scope="module")
def organisation(demo_of: Callable[[date], Path]) -> Path:
    return demo_of(date(2026, 3, 31))


@pytest.fixture
def demo(organisation: Path, tmp_path: Path) -> Vsm:
    from tests.cli.conftest import Vsm

    copy = tmp_path / "demo.db"
    with sqlite3.connect(organisation) as old, sqlite3.connect(copy) as new:
        old.backup(new)
    old.close()
    new.close()
    return Vsm(copy)


def taken(vsm: Vsm, *options: str) -> Any:
    return valid(json.loads(vsm.ok("export", "snapshot", *options)), "snapshot")


def journal_head(path: Path) -> tuple[int, bytes]:
    with sqlite3.connect(path) as conn:
        row = conn.execute("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    conn.close()
    return row[0], bytes(row[1])


def tables(path: Path) -> dict[str, list[Any]]:
    """Everything that the database holds, but for its own name and the times of its making."""
    with sqlite3.connect(path) as conn:
        names = [
            name
            for (name,) in conn.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
            )
            if not name.startswith(("sqlite_", "_sqlite_", "meta"))
        ]
        result = {
            name: sorted(map(repr, conn.execute(f'SELECT * FROM "{name}"'))) for name in names
        }
    conn.close()
    return result


# -- snapshots ------------------------------------------------------------------------------


def test_snapshots_and_figures_of_the_demo_validate(demo: Vsm) -> None:
    report = taken(demo, "--as-of", MARCH)
    assert [stream["name"] for stream in report["streams"]] == sorted(
        (stream["name"] for stream in report["streams"]), key=str.casefold
    )
    assert len(report["streams"]) == 3 and len(report["teams"]) == 8
    assert report["dependencies"]
    assert report["journal"]["hash"] == journal_head(demo.db)[1].hex()
    for stream in report["streams"]:
        figures = demo.json("metrics", "--stream", stream["name"], "--as-of", MARCH)
        valid(figures, "metrics")
        assert figures.pop("journal") == report["journal"]
        assert stream["metrics"] == figures


@pytest.mark.parametrize("as_of", ["2025-09-01", "2026-01-15", "1990-01-01"])
def test_snapshots_of_the_past_validate_and_know_nothing_later(demo: Vsm, as_of: str) -> None:
    for stream in taken(demo, "--as-of", as_of)["streams"]:
        moments = [stream["metrics"]["as_of"]]
        for item in stream["items"]:
            moments += [item["since"], item["created"], item["started"], item["finished"]]
            moments += [at for v in item["visits"] for at in (v["entered"], v["left"])]
            moments += [at for b in item["blockers"] for at in (b["started"], b["ended"])]
        assert max(at for at in moments if at) <= stream["metrics"]["as_of"]
        wip = {stage["name"]: stage["wip"] for stage in stream["stages"]}
        counted = dict.fromkeys(wip, 0)
        for item in stream["items"]:
            counted[item["stage"]] += not item["archived"]
        assert wip == counted


def test_an_empty_stream_validates(vsm: Vsm) -> None:
    vsm.ok("init", "--template", "kanban", "--name", "New", "--prefix", "NEW")
    report = taken(vsm)
    assert report["streams"][0]["items"] == []
    valid(vsm.json("metrics"), "metrics")


def test_a_snapshot_tells_the_same_start_and_finish_as_the_board(demo: Vsm) -> None:
    with sqlite3.connect(demo.db) as conn:
        flow = {
            key: (started, finished)
            for key, started, finished in conn.execute(
                "SELECT i.key, f.start, f.finish FROM item_flow f JOIN item i ON i.id = f.item"
            )
        }
    conn.close()
    from datetime import datetime

    from vsm.model.rules import to_micros

    seen = 0
    for stream in taken(demo)["streams"]:
        for item in stream["items"]:
            report = tuple(
                to_micros(datetime.fromisoformat(item[name])) if item[name] else None
                for name in ("started", "finished")
            )
            assert report == flow[item["key"]], item["key"]
            seen += 1
    assert seen == len(flow) > 400


def test_the_same_moment_is_the_same_file(demo: Vsm, tmp_path: Path) -> None:
    for name in ("a.json.gz", "b.json.gz"):
        out = demo("export", "snapshot", "--as-of", MARCH, "-o", str(tmp_path / name))
        assert out.stderr.startswith("wrote 3 value streams with ")
    first, second = ((tmp_path / name).read_bytes() for name in ("a.json.gz", "b.json.gz"))
    assert first == second
    valid(json.loads(gzip.decompress(first)), "snapshot")


# -- files ----------------------------------------------------------------------------------


def test_a_file_is_replaced_whole_or_not_at_all(
    team: Vsm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = tmp_path / "out.csv"
    where.write_text("before")
    where.chmod(0o640)

    def full(*args: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("vsm.connect.exports.atomic_output.os.replace", full)
        line = team.fails(3, "export", "csv", "-o", str(where))
    assert "No space left" in line
    assert where.read_text() == "before"
    assert not [name for name in os.listdir(tmp_path) if name.endswith(".part")]
    assert team("export", "csv", "-o", str(where)).exit_code == 0
    assert where.read_text().startswith("key,title,")
    assert stat.S_IMODE(where.stat().st_mode) == 0o640


def test_an_export_never_lands_on_a_database_or_a_folder(team: Vsm, tmp_path: Path) -> None:
    before = team.db.read_bytes()
    assert "is a database" in team.fails(2, "export", "snapshot", "-o", str(team.db))
    assert team.db.read_bytes() == before
    assert "is a folder" in team.fails(2, "export", "csv", "-o", str(tmp_path))
    line = team.fails(3, "export", "csv", "-o", str(tmp_path / "none" / "x.csv"))
    assert "cannot be written" in line


def test_a_moment_to_come_is_refused(team: Vsm) -> None:
    assert "still to come" in team.fails(2, "export", "snapshot", "--as-of", "2999-01-01")


# -- CSV --------------------------------------------------------------------------------------

HOSTILE = '=HYPERLINK("x","a"), "quoted"'


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_no_cell_is_a_formula_and_commas_and_quotes_survive(team: Vsm) -> None:
    team.ok("item", "add", HOSTILE)
    team.ok("item", "add", "+49 30 call back", "--label", "@home")
    team.ok("item", "add", "--owner", "anna", "--", "-1")
    for form in ("csv", "events", "actionableagile"):
        text = team.ok("export", form)
        for row in csv.reader(io.StringIO(text, newline="")):
            assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    titles = [row["title"] for row in rows(team.ok("export", "csv"))]
    assert f"'{HOSTILE}" in titles and "'-1" in titles


def test_events_come_back_as_the_same_history(demo: Vsm, tmp_path: Path) -> None:
    where = tmp_path / "events.csv"
    assert demo("export", "events", "--stream", "Card issuing", "-o", str(where)).exit_code == 0
    before = json.loads(demo.ok("export", "snapshot", "--stream", "Card issuing"))["streams"][0]
    stages = ",".join(
        f"{stage['name']}:{stage['category']}" for stage in before["stages"] if not stage["retired"]
    )
    from tests.cli.conftest import Vsm

    again = Vsm(tmp_path / "again.db")
    result = again("import", "csv", str(where), "--stream", "Back", "--stages", stages)
    assert result.exit_code == 0, result.output
    after = taken(again)["streams"][0]

    def histories(stream: Any) -> dict[str, Any]:
        return {
            item["key"]: [(v["stage"], v["entered"]) for v in item["visits"]]
            for item in stream["items"]
        }

    assert histories(after) == histories(before)


def test_actionableagile_comes_back_with_the_same_days(demo: Vsm, tmp_path: Path) -> None:
    where = tmp_path / "aa.csv"
    result = demo("export", "actionableagile", "--stream", "Card issuing", "-o", str(where))
    assert result.exit_code == 0 and "dropped items" in result.stderr
    table = rows(where.read_text(encoding="utf-8"))
    items = {
        item["key"]: item for item in taken(demo, "--stream", "Card issuing")["streams"][0]["items"]
    }
    assert len(table) == sum(item["state"] != "dropped" for item in items.values())
    for row in table:
        days = [row[name] for name in ("Backlog", "Build", "Done") if row[name]]
        assert days == sorted(days)
        finished = items[row["ID"]]["finished"]
        assert bool(row["Done"]) == (finished is not None)
    from tests.cli.conftest import Vsm

    again = Vsm(tmp_path / "again.db")
    result = again("import", "actionableagile", str(where), "--stream", "Back")
    assert result.exit_code == 0, result.output
    after = taken(again)["streams"][0]["items"]
    assert {item["key"] for item in after} == {row["ID"] for row in table}


def test_the_done_columns_of_actionableagile_are_the_finish_of_a_reopened_item(
    tmp_path: Path,
) -> None:
    from tests.cli.conftest import Vsm

    vsm = Vsm(tmp_path / "reopened.db")
    file = tmp_path / "reopened.csv"
    file.write_text(
        "case,activity,time\n"
        "A,Build,2026-01-06T10:00\nA,Resolved,2026-01-07T10:00\nA,Build,2026-01-12T10:00\n"
        "B,Build,2026-01-06T10:00\nB,Resolved,2026-01-07T10:00\nB,Build,2026-01-12T10:00\n"
        "B,Closed,2026-01-20T10:00\n"
        "C,Build,2026-01-06T10:00\nC,Resolved,2026-01-07T10:00\nC,Closed,2026-01-09T10:00\n"
    )
    stages = "Build:active,Resolved:done,Closed:done"
    vsm.ok("import", str(file), "--stream", "S", "--stages", stages)
    table = {row["ID"]: row for row in rows(vsm.ok("export", "actionableagile"))}
    days = {key: (row["Build"], row["Resolved"], row["Closed"]) for key, row in table.items()}
    assert days == {
        "A": ("2026-01-06", "", ""),
        "B": ("2026-01-06", "", "2026-01-20"),
        "C": ("2026-01-06", "2026-01-07", "2026-01-09"),
    }


# -- the journal --------------------------------------------------------------------------------


def test_a_database_made_from_its_journal_is_the_same(demo: Vsm, tmp_path: Path) -> None:
    from tests.cli.conftest import Vsm

    demo.ok("item", "add", "決済 \u202eevil")
    demo.ok("undo")
    where = tmp_path / "j.jsonl.gz"
    assert demo("export", "journal", "-o", str(where)).exit_code == 0
    again = Vsm(tmp_path / "again.db")
    assert again("import", "journal", str(where)).exit_code == 0
    assert journal_head(again.db) == journal_head(demo.db)
    assert tables(again.db) == tables(demo.db)
    assert again("doctor").exit_code == 0
    assert again.ok("export", "journal") == gzip.decompress(where.read_bytes()).decode()


def test_a_journal_is_taken_only_into_an_empty_database(team: Vsm, tmp_path: Path) -> None:
    where = tmp_path / "j.jsonl"
    where.write_text(team.ok("export", "journal"), encoding="utf-8")
    before = journal_head(team.db)
    line = team.fails(2, "import", "journal", str(where))
    assert "holds work already" in line
    assert journal_head(team.db) == before


def test_what_vsm_wrote_itself_is_known_by_name(team: Vsm, tmp_path: Path) -> None:
    for form, says in (("journal", "import journal"), ("snapshot", "export journal")):
        where = tmp_path / f"{form}.json.gz"
        assert team("export", form, "-o", str(where)).exit_code == 0
        line = team.fails(2, "import", str(where), "--stream", "X")
        assert f"is a {form} of vsm" in line and says in line


def _without(lines: list[str], n: int) -> list[str]:
    return lines[:n] + lines[n + 1 :]


WRONG: dict[str, Any] = {
    "cut": lambda lines: lines[:-1],
    "nothing after the head": lambda lines: lines[:1],
    "one missing": lambda lines: _without(lines, 3),
    "two changed about": lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]],
    "twice": lambda lines: [*lines, lines[-1]],
    "a title changed": lambda lines: [entry.replace("Refund", "Refuse") for entry in lines],
    "an actor changed": lambda lines: [
        entry.replace('"actor":"', '"actor":"x', 1) if n == 4 else entry
        for n, entry in enumerate(lines)
    ],
    "a number too large": lambda lines: [
        entry.replace('"seq":4', '"seq":99999999999999999999') for entry in lines
    ],
    "not JSON": lambda lines: [*lines[:4], lines[4][:-5], *lines[5:]],
    "a list": lambda lines: [*lines[:4], "[1]", *lines[5:]],
    "empty": lambda lines: [],
    "another form": lambda lines: ['{"schema":"vsm.journal/2"}', *lines[1:]],
}


@pytest.mark.parametrize("how", WRONG)
def test_a_journal_that_is_not_as_it_was_exported_is_refused_with_its_line(
    team: Vsm, tmp_path: Path, how: str
) -> None:
    from tests.cli.conftest import Vsm

    lines = team.ok("export", "journal").splitlines()
    where = tmp_path / "j.jsonl"
    changed = WRONG[how](lines)
    assert changed != lines
    where.write_text("".join(f"{entry}\n" for entry in changed), encoding="utf-8")
    again = Vsm(tmp_path / "again.db")
    line = again.fails(2, "import", "journal", str(where))
    assert "j.jsonl" in line
    assert not again.db.exists() or tables(again.db)["journal"] == []


# -- what became different ----------------------------------------------------------------------


def test_what_became_different_is_told_in_words(team: Vsm, tmp_path: Path) -> None:
    a, b = tmp_path / "a.json", tmp_path / "b.json"
    team.ok("item", "add", "Ledger split")
    team("export", "snapshot", "-o", str(a))
    team.ok("stage", "set", "Ready", "--limit", "1")
    team.ok("item", "move", "PAY-1", "Ready", "--reason", "agreed")
    team.ok("item", "move", "PAY-3", "Done")
    team.ok("item", "block", "PAY-2", "--reason", "waits for the ledger", "--kind", "dependency")
    team.ok("item", "edit", "PAY-4", "--owner", "bert")
    team.ok("item", "add", "Fee change")
    team.ok("item", "link", "PAY-2", "blocks", "PAY-1")
    team("export", "snapshot", "-o", str(b))
    report = valid(team.json("snapshot", "diff", str(a), str(b)), "snapshot-diff")
    (stream,) = report["streams"]
    assert [item["key"] for item in stream["added"]] == ["PAY-5"]
    assert [(m["key"], m["from"], m["to"], m["back"]) for m in stream["moved"]] == [
        ("PAY-1", "Backlog", "Ready", False),
        ("PAY-3", "Build", "Done", False),
    ]
    assert [item["key"] for item in stream["started"]] == ["PAY-1"]
    assert [(item["key"], item["cycle_days"]) for item in stream["finished"]] == [("PAY-3", 1)]
    assert [(i["key"], i["reason"]) for i in stream["blocked"]] == [
        ("PAY-2", "waits for the ledger")
    ]
    assert stream["went_over_limit"] == [{"stage": "Ready", "wip": 2, "limit": 1}]
    assert [(c["key"], c["field"], c["after"]) for c in stream["changed"]] == [
        ("PAY-4", "owner", "bert")
    ]
    assert report["dependencies_added"] == [{"kind": "blocks", "from": "PAY-2", "to": "PAY-1"}]
    assert report["dependencies_gone"] == []
    words = team.ok("snapshot", "diff", str(a), str(b))
    for entry in (
        "finished 1\n    PAY-3 Fee table (1 day)",
        "PAY-1 Backlog > Ready",
        "waits for the ledger (dependency)",
        "Ready went over its limit: 2/1",
        "PAY-2 blocks PAY-1",
        "owner none > bert",
    ):
        assert entry in words, words
    # against the database as it is now, and backwards
    now = team.json("snapshot", "diff", str(a))
    now["streams"][0].pop("figures"), stream.pop("figures")  # they are as of now
    assert now["streams"] == [stream]
    back = valid(team.json("snapshot", "diff", str(b), str(a)), "snapshot-diff")
    (stream,) = back["streams"]
    assert [item["key"] for item in stream["gone"]] == ["PAY-5"]
    assert [item["key"] for item in stream["reopened"]] == ["PAY-3"]
    assert [item["key"] for item in stream["unblocked"]] == ["PAY-2"]
    assert stream["moved"][0]["back"] is True
    assert [entry["stage"] for entry in stream["back_within_limit"]] == ["Ready"]


def test_how_the_forecast_changed_is_told(demo: Vsm, tmp_path: Path) -> None:
    a, b = tmp_path / "a.json", tmp_path / "b.json"
    moments = "2026-02-15T12:00:00Z", MARCH
    for path, at in zip((a, b), moments, strict=True):
        demo("export", "snapshot", "--as-of", at, "--output", str(path))
    report = valid(demo.json("snapshot", "diff", str(a), str(b)), "snapshot-diff")
    (stream,) = [one for one in report["streams"] if one["name"] == "Card issuing"]
    options = ("--stream", "Card issuing", "--items", "10", "--as-of")
    days = [demo.json("forecast", "throughput", *options, at)["until"][0]["p85"] for at in moments]
    (ten,) = [one for one in stream["forecasts"] if one["next_items"] == 10]
    assert ten == {"next_items": 10, "odds": 0.85, "before": days[0], "after": days[1]}
    before, after = map(date.fromisoformat, days)
    words = " ".join(demo.ok("snapshot", "diff", str(a), str(b)).split())
    ahead = [(before - date(2026, 2, 15)).days, (after - date(2026, 3, 31)).days]
    line = f"next 10: 85% by {day(before)} > {day(after)} ({ahead[0]} > {ahead[1]} days ahead)"
    assert line in words
    same = demo.ok("snapshot", "diff", str(b), str(b))
    assert "next 10" not in same


def test_nothing_different_says_so(team: Vsm, tmp_path: Path) -> None:
    a = tmp_path / "a.json.gz"
    team("export", "snapshot", "-o", str(a))
    words = team.ok("snapshot", "diff", str(a), str(a))
    assert "nothing changed" in words and "nothing was written between" in words


def test_an_item_in_another_stream_is_transferred(demo: Vsm, tmp_path: Path) -> None:
    a = tmp_path / "a.json"
    demo("export", "snapshot", "-o", str(a))
    item = next(
        entry
        for entry in json.loads(a.read_text())["streams"][0]["items"]
        if entry["state"] == "not started"
    )
    assert demo("item", "transfer", item["key"], "--to", "Platform").exit_code == 0
    report = demo.json("snapshot", "diff", str(a))
    assert [(t["key"], t["to"]) for t in report["transferred"]] == [
        (item["key"], "Platform and incidents")
    ]
    assert not [i for s in report["streams"] for i in (*s["added"], *s["gone"])]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Invalid JSON"),
        ("[]", "an object"),
        ('{"schema": "vsm.snapshot/2"}', "schema"),
        ('{"schema": "vsm.snapshot/1"}', "as_of"),
    ],
)
def test_what_is_no_snapshot_is_refused(vsm: Vsm, tmp_path: Path, text: str, says: str) -> None:
    a = tmp_path / "a.json"
    a.write_text(text)
    line = vsm.fails(2, "snapshot", "diff", str(a), str(a))
    assert "a.json is no snapshot" in line and says in line
