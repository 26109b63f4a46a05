"""Promise 4: an import is all or nothing, and the same file again changes nothing."""

from __future__ import annotations

import gzip
import json
import shutil
import time
from pathlib import Path

import pytest

from tests.reliability.histories import history, plan, plan_of
from tests.reliability.support import (
    Nursery,
    accepted,
    do,
    journal,
    refusal,
    rows,
    sound,
    tables,
    vsm,
)
from vsm.model.command import EditItem
from vsm.model.errors import VsmError
from vsm.session import Session

pytestmark = pytest.mark.promise(4)

ITEMS = 200
MANY = 9000
"""More than the store records at a time."""


def test_killed_at_any_moment_it_leaves_nothing_and_the_next_one_brings_all(
    db: Path, nursery: Nursery, tmp_path: Path
) -> None:
    """Ten kills, spread over the time that an import takes; one that was quicker than its trial is
    made again, on a file without it.
    """
    trial, fresh = (Path(shutil.copy(db, tmp_path / f"{name}.db")) for name in ("trial", "fresh"))
    started = time.monotonic()
    assert nursery.run("import_all", db=str(trial), items=MANY).status() == 0
    takes = time.monotonic() - started

    before, entries = tables(db), journal(db)
    killed = 0
    for attempt in range(40):
        importer = nursery.run("import_all", db=str(db), items=MANY)
        importer.ended(within=takes * (killed + 0.5) / 10)
        importer.kill()
        if len(journal(db)) > len(entries):
            db, takes = Path(shutil.copy(fresh, tmp_path / f"again-{attempt}.db")), takes * 0.9
            continue
        assert tables(db) == before
        killed += 1
        if killed == 10:
            break
    assert killed == 10
    session = Session(db, actor="anna")
    assert session.import_histories(plan(MANY)).items == MANY
    session.close()
    assert tables(db)["visit"] == tables(trial)["visit"]
    sound(db)


@pytest.mark.parametrize("kill_at", [1, MANY])
def test_killed_between_its_parts_and_before_the_commit_it_leaves_nothing(
    db: Path, nursery: Nursery, kill_at: int
) -> None:
    before, entries = tables(db), journal(db)
    importer = nursery.run("import_all", db=str(db), items=MANY, kill_at=kill_at)
    assert importer.status() == -9, "it kills itself when so many items are recorded"
    assert (tables(db), journal(db)) == (before, entries)
    sound(db)


def test_the_same_file_again_changes_nothing(db: Path) -> None:
    session = Session(db, actor="anna")
    first = session.import_histories(plan(ITEMS))
    before, entries = tables(db), journal(db)
    again = session.import_histories(plan(ITEMS))
    assert (first.items, again.items, again.transitions, again.links) == (ITEMS, 0, 0, 0)
    assert again.already_known == ITEMS
    assert (tables(db), journal(db)) == (before, entries)
    session.close()


def test_a_dry_run_tells_what_the_import_would_do_and_does_nothing(db: Path) -> None:
    session = Session(db, actor="anna")
    before, entries = tables(db), journal(db)
    report = session.import_histories(plan(ITEMS), dry_run=True)
    assert (tables(db), journal(db)) == (before, entries)
    did = session.import_histories(plan(ITEMS))
    assert report.dry_run and not did.dry_run
    assert (report.items, report.transitions, report.links) == (
        did.items,
        did.transitions,
        did.links,
    )
    session.close()


@pytest.mark.parametrize("bad", [1, MANY // 2, MANY])
def test_a_record_that_cannot_be_stored_leaves_nothing(db: Path, bad: int) -> None:
    before, entries = tables(db), journal(db)
    session = Session(db, actor="anna")
    with pytest.raises((VsmError, ValueError)):
        session.import_histories(plan(MANY, bad=bad))
    session.close()
    assert (tables(db), journal(db)) == (before, entries)
    sound(db)


def test_a_longer_history_restates_only_the_items_that_differ(db: Path) -> None:
    session = Session(db, actor="anna")
    session.import_histories(plan(20))
    longer = plan_of(history(n, steps=6 if n in (6, 7, 12) else None) for n in range(1, 23))
    result = session.import_histories(longer)
    # 6 and 12 had one step, 7 had two; 21 and 22 are new
    assert (result.restated, result.items, result.already_known) == (3, 5, 17)
    session.close()
    sound(db)


def test_an_item_changed_here_is_reported_and_not_overwritten(db: Path) -> None:
    session = Session(db, actor="anna")
    session.import_histories(plan(5))
    do(session, EditItem(_keys(db)["OLD-3"], {"title": "Our own words"}))
    result = session.import_histories(
        plan_of(history(n, steps=6, title="Their words") for n in range(1, 6))
    )
    assert result.restated == 4
    assert any("OLD-3" in f"{s.where} {s.why}" for s in result.skipped)
    titles = _titles(db)
    assert titles["OLD-3"] == "Our own words"
    assert titles["OLD-4"] == "Their words"
    session.close()
    sound(db)


def test_undo_of_an_import_takes_all_of_it_back_and_redo_brings_it_again(db: Path) -> None:
    session = Session(db, actor="anna", source="tui")
    session.import_histories(plan(5))
    whole = tables(db)
    accepted(session.undo())
    assert not [key for key in _keys(db) if key.startswith("OLD-")]
    accepted(session.redo())
    again = tables(db)
    assert again["visit"] == whole["visit"]
    assert again["link"] == whole["link"]
    session.close()
    sound(db)


def test_undo_of_a_second_import_brings_the_first_one_back(db: Path) -> None:
    session = Session(db, actor="anna", source="tui")
    session.import_histories(plan(7))
    first = tables(db)
    session.import_histories(plan_of(history(n, steps=6, title="Later") for n in range(1, 10)))
    accepted(session.undo())
    now = tables(db)
    assert now["visit"] == first["visit"]
    assert now["link"] == first["link"]
    assert now["item_flow"] == first["item_flow"]
    columns = "id, key, stage, title, created, entered, run"
    assert rows(db, f"SELECT {columns} FROM item WHERE key LIKE 'OLD-%'") == [
        (i, f"OLD-{n}", stage, f"Imported item {n}", created, entered, 1)
        for n, (i, stage, created, entered) in enumerate(
            rows(
                db,
                "SELECT item, (SELECT stage FROM visit w WHERE w.item = v.item"
                ' AND w."left" IS NULL), min(entered), max(entered) FROM visit v'
                " WHERE item > 12 GROUP BY item ORDER BY item",
            ),
            1,
        )
    ]
    session.close()
    sound(db)


def test_an_import_whose_items_were_worked_on_is_not_undone(db: Path) -> None:
    anna = Session(db, actor="anna", source="tui")
    anna.import_histories(plan(5))
    bob = Session(db, actor="bob", source="tui")
    do(bob, EditItem(_keys(db)["OLD-2"], {"owner": "bob"}))
    no = refusal(anna.undo())
    assert no.code == "undo"
    assert "OLD-2" in str(no)
    anna.close()
    bob.close()


# -- files -------------------------------------------------------------------------------


def issue(number: int, created: str = "2024-03-01T09:00:00.000+0100") -> dict[str, object]:
    """One issue as Jira tells it, with one move."""
    return {
        "id": str(1000 + number),
        "key": f"WEB-{number}",
        "fields": {
            "summary": f"Page {number}",
            "created": created,
            "issuetype": {"name": "Story"},
            "status": {"id": "3", "name": "Doing", "statusCategory": {"key": "indeterminate"}},
        },
        "changelog": {
            "total": 1,
            "histories": [
                {
                    "id": str(5000 + number),
                    "created": "2024-03-04T10:00:00.000+0100",
                    "items": [
                        {
                            "field": "status",
                            "from": "1",
                            "fromString": "Open",
                            "to": "3",
                            "toString": "Doing",
                        }
                    ],
                }
            ],
        },
    }


def test_the_command_line_imports_a_file_once(tmp_path: Path, db: Path) -> None:
    file = tmp_path / "issues.jsonl.gz"
    lines = "".join(json.dumps(issue(n)) + "\n" for n in range(1, 31))
    file.write_bytes(gzip.compress(lines.encode()))
    words = ["--db", db, "import", "jira", file, "--stream", "Web", "--json"]
    first = json.loads(vsm(*words).stdout)
    assert (first["items"], first["transitions"]) == (30, 30)
    before, entries = tables(db), journal(db)
    again = json.loads(vsm(*words).stdout)
    assert (again["items"], again["transitions"], again["already_known"]) == (0, 0, 30)
    assert (tables(db), journal(db)) == (before, entries)


@pytest.mark.parametrize("bad", [1, 15, 30])
def test_a_file_with_a_bad_line_is_refused_and_the_line_named(
    tmp_path: Path, db: Path, bad: int
) -> None:
    file = tmp_path / "issues.jsonl"
    file.write_text(
        "".join(
            json.dumps(issue(n, created="not a time") if n == bad else issue(n)) + "\n"
            for n in range(1, 31)
        )
    )
    before, entries = tables(db), journal(db)
    run = vsm("--db", db, "import", "jira", file, "--stream", "Web", code=2)
    assert len(run.stderr.strip().splitlines()) == 1
    assert f"line {bad}" in run.stderr or f":{bad}:" in run.stderr
    assert "created" in run.stderr
    assert (tables(db), journal(db)) == (before, entries)


def _keys(db: Path) -> dict[str, int]:
    return dict(rows(db, "SELECT key, id FROM item"))


def _titles(db: Path) -> dict[str, str]:
    return dict(rows(db, "SELECT key, title FROM item"))
