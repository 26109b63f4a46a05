"""Every option and argument of every verb with values that nobody should give: never a fault.

All paths are relative to an empty folder of the test, which is the working directory: verbs write
to what they are given.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from vsm.cli.main import cli

from .conftest import Vsm

NASTY = (
    *("", " ", "none", "-1", "1e400", "nan", "inf", "²", "٣", "9223372036854775808", "9" * 5000),
    *("\x1b[31mx\x1b]0;t\x07", "\u202e", "\x00", "\ud800", "\u0130" * 40, "a" * 5000, "{key!r:>9}"),
    *("0001-01-01", "9999-12-31", "0001-01-01T00:00+14:00", "9999-12-31T23:59:59-23:59"),
    *("9999-12-31T23:59:59.999999Z", "1900-01-01", "2999-12-31", "-99999d", "+99999y", "+0d"),
    *("due<+7990y", "due<-1990y", "age>999999", "age>p99", '"', "(" * 3000, "-" * 50, "%", "\\"),
    *(".", "folder", "binary", "missing/x", "~nosuchuser/x", "n" * 300, "n/" * 3000),
    *("Pacific/Kiritimati", "Etc/GMT+12", "Factory", "A:active,B:done", "expedite=1", "item=x"),
    *("2026-01-01..9999-12-31", "mon-sun", "undefined", "idna", "hex", "unicode_escape", "%Z%z%q"),
    *("PAY-1", "Ready", "core", "Web", "blocks", "snap.json", "journal.jsonl", "spare.db"),
)
USUAL = {
    "after": "snap.json",
    "before": "snap.json",
    "file": "events.csv",
    "key": "PAY-1",
    "keys": "PAY-1",
    "login": "anna",
    "logins": "anna",
    "others": "PAY-3",
    "relation": "blocks",
    "shell": "bash",
    "source": "Backlog",
    "stage": "Ready",
    "stage_name": "Build",
    "state": "accepted",
    "stream": "Web",
    "stream_name": "Card issuing",
    "target": "Build",
    "team_name": "risk",
    "words": "team:core",
}
"""A value for each argument by its name; any other takes any word."""
NEEDED = {"--stages": "A:active,B:done", "--category": "active", "--of": "PAY-2"}
"""Values for options that are required."""
EVERY = 23
"""One call in so many is made: all of them take minutes."""
DOCTOR = ("doctor", "")
LINE_BY_LINE = ["serve", "key", "import"]
"""It names each line of the file that it refuses."""
CHANGING = ("import", "init", "item", "member", "restore", "stage", "stream", "team", "view")
READING = (
    *(("board", "--json"), ("item", "list", "--json"), ("item", "show", "PAY-1"), ("log",)),
    *(("metrics",), ("deps",), ("export", "snapshot"), ("stream", "show", "Card"), ("doctor",)),
)


def verbs(
    group: click.Group = cli, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every verb by its words; the demo is left out, which takes seconds to make."""
    ctx = click.Context(group)
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        if isinstance(command, click.Group):
            yield from verbs(command, (*path, name))
        elif command is not None and name != "demo":
            yield (*path, name), command


def calls(path: tuple[str, ...], command: click.Command, value: str) -> Iterator[list[str]]:
    """The verb with this value in each of its places in turn, all others as usual."""
    arguments = [p for p in command.params if isinstance(p, click.Argument)]
    options = [p for p in command.params if isinstance(p, click.Option) and not p.is_flag]
    usual = [USUAL.get(a.name or "", "x") for a in arguments]
    for option in options:
        required = [o for o in options if o.required and o is not option]
        others = [w for o in required for w in (o.opts[0], NEEDED.get(o.opts[0], "Web"))]
        yield [*path, *others, option.opts[0], value, "--", *usual]
    others = [w for o in options if o.required for w in (o.opts[0], NEEDED.get(o.opts[0], "Web"))]
    for place in range(len(arguments)):
        yield [*path, *others, "--", *usual[:place], value, *usual[place + 1 :]]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database, exports of it, and things that are no files of ours."""
    folder = tmp_path_factory.mktemp("filled")
    vsm = Vsm(folder / "work.db")
    vsm.ok("init", "--template", "kanban", "--name", "Card issuing", "--prefix", "PAY")
    vsm.ok("team", "add", "core", "risk")
    vsm.ok("item", "add", "Token", "--team", "core", "--due", "2027-01-01")
    vsm.ok("item", "add", "Refund", "--stage", "Ready")
    vsm.ok("item", "add", "Fee", "--stage", "Build")
    vsm.ok("item", "link", "PAY-1", "waits-for", "PAY-2")
    zone = "Pacific/Kiritimati"
    vsm.ok("stream", "add", "Web", "--stages", "A:backlog,B:active,C:done", "--tz", zone)
    vsm.ok("member", "add", "anna", "--team", "core")
    for form, name in (("snapshot", "snap.json"), ("journal", "journal.jsonl")):
        assert vsm("export", form, "-o", str(folder / name)).exit_code == 0
    shutil.copy(vsm.db, folder / "spare.db")
    (folder / "binary").write_bytes(bytes(range(256)))
    (folder / "folder").mkdir()
    (folder / "events.csv").write_text("case,activity,time\nA-1,Open,2024-01-01T00:00:00Z\n")
    return folder


def test_no_value_of_any_option_or_argument_is_a_fault(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(filled, tmp_path, dirs_exist_ok=True)
    runner = CliRunner(env={"VSM_DB": "work.db"})
    faults = []

    def call(words: list[str]) -> int:
        result = runner.invoke(cli, words, prog_name="vsm")
        code, error = result.exit_code, result.stderr
        one_line = error.startswith("vsm: ") and error.count("\n") == 1 and len(error) < 2000
        if words[:3] == LINE_BY_LINE and error.startswith("line "):
            one_line = all(line.startswith(("line ", "vsm: ")) for line in error.splitlines())
        # The doctor's findings are its output.
        if code not in (0, 1, 2, 3) or (code and not one_line and (words[0], error) != DOCTOR):
            faults.append((code, [word[:40] for word in words], error[:200]))
        return code

    made = 0
    for path, command in verbs():
        for value in NASTY:
            for words in calls(path, command, value):
                made += 1
                # A prime, so that in time each value meets each kind of place.
                if made % EVERY:
                    continue
                shutil.copy(filled / "work.db", tmp_path)
                (tmp_path / "work.db.lock").unlink(missing_ok=True)  # it knows of later changes
                if call(words) == 0 and path[0] in CHANGING:
                    call(list(READING[made // EVERY % len(READING)]))
    assert not faults, "\n".join(map(str, faults[:20]))
    assert made > 10_000
