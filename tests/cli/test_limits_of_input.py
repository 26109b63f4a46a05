"""Input at the ends of what can be read: the calendar, numbers, TOML, and what errors quote."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from vsm import config, keymap
from vsm.connect.files.mapping import read_mapping
from vsm.model.errors import BadInput
from vsm.model.query_parser import parse
from vsm.model.query_tree import QueryError
from vsm.templates.reading import read_template
from vsm.toml_files import describe_value, parse_toml, read_text

from .conftest import ROOT, Vsm

OUT_OF_RANGE = (
    *("0001-01-01", "1899-12-31", "3000-01-01", "9999-12-31", "0001-01-01T00:00+14:00"),
    *("9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59.999999Z", "0001-01-01T00:00"),
)
MOMENTS = (
    "metrics --as-of",
    "bottlenecks --as-of",
    "export csv --as-of",
    "export snapshot --as-of",
)


@pytest.mark.parametrize("when", OUT_OF_RANGE)
def test_dates_at_the_ends_of_the_calendar_are_refused_by_name(team: Vsm, when: str) -> None:
    zone = "Pacific/Kiritimati"  # the zone that is furthest ahead
    team.ok("stream", "set", "Card issuing", "--tz", zone)
    calls = [*MOMENTS, *(("metrics --from", "metrics --to") if "T" not in when else ())]
    for call in calls:
        line = team.fails(2, *call.split(), when)
        option = call.split()[-1]
        assert line == (
            f"vsm: {option}: {when!r} is out of range; give a date between 1900 and 2999\n"
        )


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "UTC"])
def test_the_first_and_last_dates_that_are_taken_work_in_every_zone(team: Vsm, zone: str) -> None:
    team("stream", "set", "Card issuing", "--tz", zone)
    for when in ("1900-04-01", "2999-12-31", "2999-12-31T23:59:59.999999+00:00"):
        team.ok("metrics", "--as-of", when)
    team.ok("metrics", "--from", "2999-01-01", "--to", "2999-12-31")


@pytest.mark.parametrize("due", ["0001-01-01", "9999-12-31"])
def test_a_due_date_at_the_end_of_the_calendar_can_be_kept_and_read(team: Vsm, due: str) -> None:
    team.ok("item", "edit", "PAY-1", "--due", due)
    team.ok("item", "link", "PAY-1", "waits-for", "PAY-2")
    team.ok("item", "ask", "PAY-1", "--of", "PAY-2", "--by", due)
    for call in ("deps", "deps --to PAY-1", "item show PAY-1", "export snapshot", "doctor"):
        team.ok(*call.split())


@pytest.mark.parametrize(
    "call",
    [
        ("log", "--limit"),
        ("item", "list", "--limit"),
        ("board", "--cards"),
        ("item", "order", "PAY-1", "--up"),
        ("item", "order", "PAY-1", "--down"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("count", [str(2**63), "9" * 400, "9" * 5000])
def test_counts_that_no_database_can_hold_are_refused(
    team: Vsm, call: tuple[str, ...], count: str
) -> None:
    line = team.fails(2, *call, count)
    assert call[-1] in line and len(line) < 2000


@pytest.mark.parametrize("value", ["+7990y", "-1990y", "+99999m"])
def test_a_filter_must_stay_in_the_calendar_on_every_day_of_use(team: Vsm, value: str) -> None:
    with pytest.raises(QueryError, match="due: give a date"):
        parse(f"due<{value}")
    assert "the filter cannot be read" in team.fails(2, "item", "list", "--filter", f"due<{value}")


def test_an_argument_with_a_nul_character_is_refused(team: Vsm) -> None:
    assert "argument 3 ('a\\x00b') has a NUL character" in team.fails(2, "item", "add", "a\0b")


def test_a_long_value_is_clipped_in_an_error_whose_ends_stay(team: Vsm) -> None:
    line = team.fails(2, "metrics", "--as-of", "x" * 100_000)
    assert len(line) < 1600 and " … " in line
    assert line.startswith("vsm: --as-of: 'xxx") and line.endswith("2026-03-31T15:00Z\n")


# -- TOML ------------------------------------------------------------------------------

HOSTILE = [
    # the text, what is said of it
    ("a = " + "[" * 100_000, "nested too deeply"),
    ("a = " + "{a=" * 20_000, "nested too deeply"),
    (".".join("a" * 40_000) + " = 1", "a key of more than 32 parts (at line 1)"),
    ("\n[b" + ' . "b"' * 40 + "]", "a key of more than 32 parts (at line 2)"),
    ("a = " + "9" * 5000, "a number is too large"),
    ('a = "\\ud800"', "line 1"),
    ("a = \0", "line 1"),
]


def _read_mapping(text: str, folder: Path) -> object:
    (folder / "map.toml").write_text(text)
    return read_mapping(folder / "map.toml")


READERS: dict[str, Callable[[str, Path], object]] = {
    "config": lambda text, _: config.read(text, "x.toml"),
    "keymap": lambda text, _: keymap.read(text, "x.toml"),
    "template": lambda text, _: read_template(text, "x"),
    "mapping": _read_mapping,
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(("text", "says"), HOSTILE, ids=[f"{t[:12]!r}" for t, _ in HOSTILE])
def test_hostile_toml_is_refused_wherever_toml_is_read(
    tmp_path: Path, reader: str, text: str, says: str
) -> None:
    with pytest.raises(BadInput) as refused:
        READERS[reader](text, tmp_path)
    assert says in refused.value.message


@pytest.mark.parametrize("value", ["0x" + "f" * 5000, "[[1]]", "{a = 1}", "1979-05-27", "nan"])
@pytest.mark.parametrize("name", ["theme", "ascii", "preset", "keys", "title", "stage", "limit"])
def test_a_value_of_another_kind_is_described_whatever_it_is(
    tmp_path: Path, name: str, value: str
) -> None:
    text = f"{name} = {value}\n"
    for read in (READERS["config"], READERS["template"], READERS["mapping"]):
        with pytest.raises(BadInput):
            read(text, tmp_path)
    _, problems = keymap.read(text, "keys.toml")
    assert problems or (name == "keys" and value == "{a = 1}")
    assert len(describe_value(parse_toml(text)[name])) <= 60


def test_ordinary_dotted_keys_and_texts_with_many_dots_are_read() -> None:
    report = parse_toml('a.b.c = 1\nd = "' + "One. " * 100 + '"\n[x.y]\nz = "' + "…." * 100 + '"')
    assert report["a"]["b"]["c"] == 1 and report["x"]["y"]["z"].startswith("…")


@pytest.mark.parametrize("file", ["config.toml", "keys.toml"])
@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: path.write_bytes(b"#" * 100_001), "has more than 100,000 bytes"),
        (lambda path: os.mkfifo(path), "is not a regular file"),
        (lambda path: path.mkdir(), "is not a regular file"),
        (lambda path: path.write_bytes(b"\n\xff"), "line 2: not UTF-8"),
        (lambda path: path.symlink_to(path), "cannot be read"),
    ],
    ids=["large", "pipe", "folder", "bytes", "loop"],
)
def test_settings_that_are_no_small_text_file_are_refused(
    tmp_path: Path, file: str, make: Callable[[Path], object], says: str
) -> None:
    path = tmp_path / file
    make(path)
    load = config.load if file == "config.toml" else keymap.load
    with pytest.raises(BadInput) as refused:
        load(path)
    assert says in refused.value.message and str(path) in refused.value.message


def test_a_keymap_with_thousands_of_mistakes_names_no_more_than_it_looks_for() -> None:
    lines = [f'nothing_{n} = "x"' for n in range(6000)]
    _, problems = keymap.read("\n".join(["[keys]", *lines]), "keys.toml")
    assert len(problems) == keymap.PROBLEMS_MAX


def test_a_mapping_may_come_through_a_pipe(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = subprocess.Popen(
        [sys.executable, "-c", f"open({str(path)!r}, 'w').write('[[stage]]')"]
    )
    try:
        assert read_text(path, pipes=True) == "[[stage]]"
    finally:
        writer.wait(60)


# -- snapshots --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("UTC", "Mars/Base"),
        ("as_of", "9999-12-31T23:59:59.999-12:00"),
        ("as_of", "0001-01-01T00:00:00+14:00"),
        ("as_of", "2026-01-01"),
        ("as_of", "\x1b[2J"),
        ("as_of", "9" * 400),
    ],
)
def test_a_snapshot_with_impossible_moments_or_zones_is_refused(
    team: Vsm, tmp_path: Path, old: str, new: str
) -> None:
    good, forged = tmp_path / "good.json", tmp_path / "forged.json"
    assert team("export", "snapshot", "-o", str(good)).exit_code == 0
    report = json.loads(good.read_text())
    if old == "as_of":
        report["as_of"] = new
    else:
        report["streams"][0]["timezone"] = new
    forged.write_text(json.dumps(report))
    for files in ([good, forged], [forged, good], [forged]):
        line = team.fails(2, "snapshot", "diff", *map(str, files))
        assert line.startswith("vsm: forged.json is no snapshot: ")


# -- what an error quotes ---------------------------------------------------------------

HOSTILE_NAME = "\x1b]0;owned\x07\x9b2J\u202e\r"


def test_a_traceback_has_nothing_that_acts_on_a_terminal(tmp_path: Path) -> None:
    code = (
        "import vsm.cli.main as main, vsm.cli.context as work\n"
        f"name = {HOSTILE_NAME!r}\n"
        "def fault(self, *args): raise RuntimeError(f'a title: {name}')\n"
        "work.CliContext.stream = fault\n"
        "main.main()\n"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT), "VSM_DEBUG": "1"}
    run = subprocess.run(
        [sys.executable, "-c", code, "--db", str(tmp_path / "x.db"), "metrics"],
        env=env,
        capture_output=True,
        timeout=60,
    )
    text = run.stderr.decode()
    assert run.returncode == 70
    assert "Traceback (most recent call last)" in text and "RuntimeError: a title: ]0;owned" in text
    assert text.splitlines()[-1].startswith("vsm: a fault in vsm: RuntimeError: a title")
    assert not set(text) & set(HOSTILE_NAME) - set("]0;owned2J")
