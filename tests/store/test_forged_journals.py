"""A journal with valid hashes that vsm cannot have written is refused with its line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.samples import make
from tests.store.forging import KINDS, Entry, forged, honest_entries, write_journal
from vsm.cli.main import cli
from vsm.model import event
from vsm.store.journal_check.state import check_event

FAR = 10**17
"""Microseconds: the year 5138."""


def put(*path: str | int, value: Any) -> Callable[[Entry], None]:
    """A change that puts a value at a place of an entry."""

    def change(entry: Any) -> None:
        for part in path[:-1]:
            entry = entry[part]
        entry[path[-1]] = value

    return change


def verdicts(*controls: int, waiver: int | None = None) -> Callable[[Entry], None]:
    """A change that gives a move verdicts of these controls."""
    gate = {"version": "ab" * 6, "verdict": "waived", "disposition": "tolerated"}
    gate |= {"mode": "controlling", "facts": "", "waiver": waiver}
    return put("payload", "gates", value=[{**gate, "control": number} for number in controls])


def columns(**values: Any) -> Callable[[Entry], None]:
    return lambda entry: entry.update(values)


FORGED: list[tuple[str, Callable[[Entry], object], str]] = [
    # kind of the entry, what is changed in it, what the line has to say
    ("stream_created", put("payload", "zone", value="Mars/Base"), "unknown time zone 'Mars/Base'"),
    ("stream_created", put("payload", "zone", value="a\0b"), "unknown time zone"),
    ("stream_created", put("payload", "workdays", value=[0, 99]), "no such weekdays"),
    ("stream_created", put("payload", "holidays", value=["soon"]), "'soon' is not a date"),
    ("stream_created", put("payload", "commitment", value=77), "commitment stage 77"),
    ("stream_created", put("payload", "name", value=" "), "a stream has no name"),
    ("stream_created", put("payload", "stream", value=-1), "stream is 1, but its payload says -1"),
    ("stream_created", put("payload", "stages", 0, "limit", value=-5), "a WIP limit is -5"),
    ("stream_created", put("payload", "stages", 0, "team", value=9), "there is no team 9"),
    ("stream_created", put("payload", "stages", 2, "category", value="active"), "category done"),
    ("stream_created", put("payload", "stages", 1, "id", value=1), "there is a stage 1 already"),
    ("stream_created", put("payload", "edges", 0, "target", value=99), "99"),
    (
        "stream_changed",
        put("payload", "changes", value={"zone": ["UTC", "Mars/Base"]}),
        "unknown time zone",
    ),
    (
        "stream_changed",
        put("payload", "changes", value={"version = 0 --": [1, 2]}),
        "a stream has no field",
    ),
    ("stream_changed", put("payload", "changes", value={"types": [[], 3]}), "types"),
    ("stage_changed", put("payload", "changes", value={"limit": [5, "many"]}), "limit"),
    ("stage_changed", put("payload", "changes", value={"id": [2, 3]}), "a stage has no field"),
    ("stage_changed", put("payload", "changes", value={"behaviour": ["", "asleep"]}), "behaviour"),
    ("stream_changed", put("payload", "changes", value={"move_entry": ["", 3]}), "move_entry"),
    ("stage_changed", put("payload", "changes", value={"process_days": [1, -1]}), "process_days"),
    ("stage_changed", put("payload", "changes", value={"wait_days": [1, 1e9]}), "wait_days"),
    ("stage_changed", put("payload", "changes", value={"complete_accurate": [1, 2]}), "complete"),
    ("stream_changed", put("payload", "changes", value={"map_time": ["", 3]}), "map_time"),
    ("stage_changed", put("payload", "stage", value=99), "stream 1 has no stage 99"),
    ("team_added", put("payload", "team", value=2**60), "a number is too large"),
    ("team_added", put("payload", "team", value=10**30), "a number is too large"),
    ("member_added", put("payload", "teams", value=[7]), "there is no team 7"),
    ("item_added", columns(at=FAR), "at is not a time between 1900 and 2999"),
    ("item_added", columns(recorded_at=-FAR), "recorded_at is not a time between"),
    ("item_added", columns(at=10**400), "at is too large"),
    ("item_added", columns(at=1e300), "at cannot be"),
    ("item_added", columns(v=0), "there is no version 0"),
    ("item_added", columns(v=-3), "there is no version -3"),
    ("item_added", columns(v=99), "does not know"),
    ("item_added", columns(kind="item_cloned"), "does not know"),
    ("item_added", columns(kind="item_moved"), "cannot be read"),
    ("item_added", columns(actor="\ud800"), "actor is not Unicode text"),
    ("item_added", columns(undoes=99), "there is no group 99 to undo"),
    ("item_added", columns(grp=1), "its group is 1"),
    ("item_added", columns(item=None, item_version=None), "item is None"),
    ("item_added", columns(item_version=2), "item_version is 2, and 1 is the next"),
    ("item_added", put("payload", value=None), "cannot be read"),
    ("item_added", put("payload", value=[[]]), "cannot be read"),
    ("item_added", put("payload", "stage", value=4711), "stream 1 has no stage 4711"),
    ("item_added", put("payload", "key", value=""), "an item has no key"),
    ("item_added", put("payload", "rank", value=2**70), "a number is too large"),
    ("item_added", put("payload", "fields", "due", value="2026-99-99"), "is not a date"),
    ("item_added", put("payload", "fields", "estimate", value=-1), "is not an estimate"),
    ("item_added", put("payload", "fields", "team", value=8), "there is no team 8"),
    ("item_added", put("payload", "fields", "title", value=""), "an item has no title"),
    ("item_added", put("payload", "fields", "title", value="\ud800"), "cannot be read"),
    ("item_added", verdicts(999), "there is no control 999"),
    ("item_moved", verdicts(1, waiver=77), "there is no waiver 77"),
    ("item_moved", verdicts(1, 1), "two verdicts of one control"),
    ("item_moved", put("payload", "source", value=3), "item 1 is not in stage 3"),
    ("item_moved", put("payload", "target", value=4), "stream 1 has no stage 4"),
    ("move_retracted", put("payload", "target", value=3), "did not come from stage 3"),
    ("item_edited", put("payload", "changes", value={"version": [1, 9]}), "has no field"),
    ("item_edited", put("payload", "changes", value={"title": ["a", None]}), "title"),
    ("item_edited", put("payload", "changes", value={"due": [None, "x"]}), "is not a date"),
    ("item_unblocked", put("payload", "block", value=5), "blocker 5 does not block it"),
    ("dependency_agreed", put("payload", "after", value=["proposed", "fri"]), "is not a date"),
    ("import_ran", put("payload", "run", value=3), "there is no import 1"),
    ("item_history_imported", put("payload", "transitions", value=[]), "no transitions"),
    (
        "item_history_imported",
        put("payload", "transitions", 0, value=[FAR, 4, "", ""]),
        "a transition is not between 1900 and 2999",
    ),
    (
        "item_history_imported",
        put("payload", "transitions", 0, value=[0, 1, "", ""]),
        "stream 2 has no stage 1",
    ),
    ("item_history_imported", put("payload", "replaces", value=5), "there is no item 3"),
    ("item_history_imported", put("payload", "run", value=9), "there is no import 9"),
    ("item_history_imported", put("payload", "key", value="w-1"), "there are two items 'w-1'"),
]


@pytest.fixture(scope="module")
def entries(tmp_path_factory: pytest.TempPathFactory) -> list[Entry]:
    """What an honest journal holds."""
    return honest_entries(tmp_path_factory.mktemp("honest"))


def imported(file: Path) -> tuple[Result, Path]:
    """Import a journal into a new database beside it."""
    db = file.with_name("new.db")
    return CliRunner().invoke(cli, ["--db", str(db), "import", "journal", str(file)]), db


def refused(file: Path) -> str:
    """The one line of an import that must be refused as bad input, and leave nothing."""
    result, db = imported(file)
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("vsm: ") and result.stderr.count("\n") == 1
    assert not db.exists(), "nothing was imported"
    return result.stderr


@pytest.mark.parametrize(
    ("kind", "change", "says"), FORGED, ids=[f"{kind}: {says}" for kind, _, says in FORGED]
)
def test_a_forged_entry_is_refused_with_its_line(
    entries: list[Entry], tmp_path: Path, kind: str, change: Callable[[Entry], object], says: str
) -> None:
    line = refused(write_journal(forged(entries, kind, change), tmp_path / "forged.jsonl"))
    assert says in line
    assert "forged.jsonl line " in line or "forged.jsonl ends with" in line


def test_entries_of_an_honest_journal_are_taken(entries: list[Entry], tmp_path: Path) -> None:
    result, db = imported(write_journal(entries, tmp_path / "honest.jsonl"))
    assert result.exit_code == 0 and db.exists(), result.output
    doctor = CliRunner().invoke(cli, ["--db", str(db), "doctor"])
    assert doctor.exit_code == 0, doctor.output


@pytest.mark.parametrize("kind", ["stream_created", "team_added", "item_added", "import_ran"])
def test_without_what_later_entries_refer_to_they_are_refused(
    entries: list[Entry], tmp_path: Path, kind: str
) -> None:
    first = next(n for n, entry in enumerate(entries) if entry["kind"] == kind)
    rest = [dict(entry) for entry in (*entries[:first], *entries[first + 1 :])]
    groups: dict[int, int] = {}
    for seq, entry in enumerate(rest, 1):
        entry["seq"] = seq
        entry["grp"] = groups.setdefault(entry["grp"], seq)
    assert "vsm cannot have written entry" in refused(
        write_journal(rest, tmp_path / "forged.jsonl")
    )


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"[" * 100_000 + b"]" * 100_000, "is not JSON"),
        (b'{"seq":' + b"9" * 5000 + b"}", "is not JSON"),
        (b'{"seq":1}\0', "is not JSON"),
        ('{"seq": 1}'.encode("utf-16"), "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b"NaN", "is no entry of a journal"),
        (b"{}", "seq is missing"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_line_that_is_no_entry_is_refused_with_its_number(
    entries: list[Entry], tmp_path: Path, line: bytes, says: str
) -> None:
    file = write_journal(entries, tmp_path / "forged.jsonl")
    lines = file.read_bytes().split(b"\n")
    file.write_bytes(b"\n".join([*lines[:2], line, *lines[3:]]))
    message = refused(file)
    assert "forged.jsonl line 3" in message and says in message


def test_every_kind_of_event_is_checked() -> None:
    unchecked = check_event.dispatch(object)
    kinds = {
        k for k, cls in event.all_classes().items() if check_event.dispatch(cls) is not unchecked
    }
    assert kinds == KINDS == {sample.kind for sample in make.SAMPLES}
