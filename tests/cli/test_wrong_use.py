"""Whatever people get wrong: one line that says what and what to do, and the right exit code."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from vsm.store.sqlite import sqlite3

if TYPE_CHECKING:
    from tests.cli.conftest import Vsm

WRONG: list[tuple[str, int, str]] = [
    # what is called, exit code, what the line has to say
    ("bord", 2, "there is no command 'bord'; did you mean 'board'?"),
    ("item", 2, "see vsm item --help"),
    ("item mov PAY-1 Ready", 2, "did you mean 'move'?"),
    ("item move PAY-1", 2, "missing argument 'KEY...' (see vsm item move --help)"),
    ("item move PAY-1 --stage Ready", 2, "no such option '--stage'"),
    ("item move PAY-9 Ready", 2, "there is no item 'PAY-9'"),
    ("item move PAX-1 Ready", 2, "there is no item 'PAX-1'"),
    ("item move '' Ready", 2, "there is no item ''"),
    ("item move PAY-1 Reddy", 2, "did you mean 'Ready'?"),
    ("item move PAY-1 Zzz", 2, "there are: Backlog, Ready, Build, Review, Done, Dropped"),
    ("item move PAY-1 D", 2, "'D' fits more than one stage"),
    ("item move PAY-1 ''", 2, "there is no stage in Card issuing: ''"),
    ("item move PAY-1 Backlog", 1, "PAY-1 is already in Backlog"),
    ("item add", 2, "missing argument"),
    ("item add ''", 2, "the title is empty"),
    ("item add -", 2, "standard input holds no title"),
    ("item add x --stream Nowhere", 2, "there is no stream 'Nowhere'"),
    ("item add x --key nokey", 2, "'nokey' is no key"),
    ("item add x --key PAY-1", 1, "PAY-1 is there already"),
    ("item add x --team cor3", 2, "did you mean 'core'?"),
    ("item add x --class urgent", 2, "'urgent' is none of expedite"),
    ("item add x --due sometime", 2, "--due: 'sometime' is no date"),
    ("item add x --due 2026-02-30", 2, "fri or 2026-03-31"),
    ("item add x --estimate big", 2, "--estimate: 'big' is no number"),
    ("item add x --estimate -3", 2, "is no estimate"),
    ("item add x --estimate nan", 2, "is no estimate"),
    ("item add x --parent PAY-99", 2, "there is no item 'PAY-99'"),
    ("item add - --description -", 2, "give one of them"),
    ("item edit PAY-1", 2, "give a field to change"),
    ("item edit PAY-1 --title ''", 2, "the title is empty"),
    ("item edit PAY-1 --type none", 2, "--type cannot be empty"),
    ("item edit PAY-1 --parent PAY-1", 1, "cannot be its own ancestor"),
    ("item edit PAY-2 --class expedite", 1, "PAY-2 has class of service expedite already"),
    ("item block PAY-1", 2, "missing option '--reason'"),
    ("item block PAY-1 --reason ' '", 2, "a blocker needs a reason"),
    ("item block PAY-1 --reason x --kind weather", 2, "'weather' is none of dependency"),
    ("item unblock PAY-1", 1, "PAY-1 is not blocked"),
    ("item order PAY-1", 2, "give either --up N or --down N"),
    ("item order PAY-1 --up 1 --down 1", 2, "give either --up N or --down N"),
    ("item order PAY-1 --up 0", 2, "--up"),
    ("item order PAY-1 --up 1", 1, "PAY-1 is at the top"),
    ("item reopen PAY-1", 1, "PAY-1"),
    ("item link PAY-1 eats PAY-2", 2, "there are: blocks, waits-for, relates-to"),
    ("item link PAY-1 blocks PAY-1", 1, "cannot be linked to itself"),
    ("item unlink PAY-1 blocks PAY-2", 1, "no link says that"),
    ("item list --filter colour:red", 2, "there is no field 'colour'"),
    ("item list --filter 'team:'", 2, "team: needs a value"),
    ("item list --filter '\"open'", 2, "the quote is not closed"),
    ("item list --limit 0", 2, "--limit"),
    ("item list --limit many", 2, "--limit"),
    ("item show", 2, "missing argument"),
    ("item show PAY", 2, "near it: PAY-1, PAY-2, PAY-3"),
    ("item archive PAY-1 --undo", 1, "PAY-1 is not archived"),
    ("init --template scrumban", 2, "no template 'scrumban', did you mean 'scrum'?; there are:"),
    ("template show ''", 2, "there is no template ''; there are: discovery-delivery, incident"),
    ("template save Card --as ../x", 2, "cannot be the name of a template"),
    ("template save Nowhere", 2, "there is no stream 'Nowhere'"),
    ("init --name 'Card issuing'", 1, "there is a stream called 'Card issuing'"),
    ("init --name Web --tz Mars/Olympus", 2, "unknown time zone 'Mars/Olympus'"),
    ("init --name Web --prefix 1X", 2, "is no key prefix"),
    ("stream show Nowhere", 2, "there are: Card issuing"),
    ("stream add Web", 2, "missing option '--stages'"),
    ("stream add Web --stages Open", 2, "'Open', should be NAME:CATEGORY"),
    ("stream add Web --stages Open:doing", 2, "backlog, queue, active, done, dropped"),
    ("stream add Web --stages Open:queue", 1, "no stage has the category done"),
    ("stream add Web --stages A:queue,A:active,B:done", 2, "the stage 'A' is given twice"),
    ("stream add Web --stages A:queue,B:done --commit C", 2, "there is no stage 'C'"),
    ("stream set Card", 2, "give something to change"),
    ("stream set Card --commit Done", 1, "must be a queue or active stage"),
    ("stream set Card --tz Nowhere", 2, "unknown time zone"),
    ("stream set Card --word story", 2, "write --word item=story"),
    ("stream set Card --word thing=story", 2, "a vocabulary has no 'thing'; use item and items"),
    ("stream set Card --link nowhere", 2, "give an address with {key} in it"),
    ("stream set Card --workdays none", 2, "no weekday is named: write mon-fri"),
    ("stream set Card --workdays ''", 2, "no weekday is named"),
    ("stream set Card --holidays christmas", 2, "--holidays: 'christmas' is no date"),
    ("stage set Build", 2, "give something to change"),
    ("stage set Build --limit -1", 2, "is no WIP limit"),
    ("stage set Build --limit 0", 2, "give 1 or more, or none"),
    ("stage set Build --class-limit expedite", 2, "write --class-limit expedite=1"),
    ("stage set Build --class-limit urgent=1", 2, "'urgent' is neither a limit nor a class"),
    ("stage set Build --class-limit expedite=0", 2, "'0' after expedite is no limit"),
    ("stage set Backlog --class-limit expedite=1", 1, "only queue and active stages"),
    ("stage set Backlog --soft", 2, "give --limit N too"),
    ("stage place Build", 2, "give either --after STAGE or --first"),
    ("stage place Build --first --after Ready", 2, "give either --after STAGE or --first"),
    ("stage place Build --after Ready", 1, "Build stands there already"),
    ("stage place Done --first", 1, "Done is done: it stands behind the others"),
    ("stage retire Build", 1, "Build holds 1 item; say where they go: --to STAGE"),
    ("stage retire Build --to Done", 1, "would become done in Done"),
    ("stage retire Build --to Build", 1, "say where they go: --to STAGE"),
    ("stage retire Done", 1, "no stage has the category done"),
    ("stage restore Build", 1, "Build is on the board"),
    ("stage set Build --limit few", 2, "is no WIP limit"),
    ("stage set Done --limit 3", 1, "only queue and active stages can have a WIP limit"),
    ("stage set Build --team nobody", 2, "there is no team 'nobody'"),
    ("stage set Build --name Review", 1, "two stages are called 'Review'"),
    ("stage add Test", 2, "missing option '--category'"),
    ("stage add Test --category active --hard", 2, "give --limit N too"),
    ("stage link Build Build", 1, "to itself"),
    ("stage link Build Ready", 1, "circle"),
    ("stage unlink Build Done", 1, "no edge leads from Build to Done"),
    ("team add core", 1, "there is a team called 'core'"),
    ("team add ''", 2, "the team's name is empty"),
    ("team set core", 2, "give something to change: --name, --workdays, --holidays, --type"),
    ("team set core --workdays someday", 2, "--workdays: 'someday' is no weekday"),
    ("team set core --holidays 2026-13-01", 2, "--holidays: '2026-13-01' is no date"),
    ("team set core --add-holidays 2026-02-02..2026-02-01", 2, "ends before it begins"),
    ("team set core --name RISK", 1, "there is a team called 'risk'"),
    ("team remove core", 1, "the team core has items (vsm item list --filter 'team:"),
    ("member add ''", 2, "the login is empty"),
    ("member add anna --team nobody", 2, "there are: core, risk"),
    ("member add anna --initials abcde", 2, "is long for initials"),
    ("member set nobody --name x", 2, "there is no member 'nobody'; there are none yet"),
    ("member remove nobody", 2, "vsm member add LOGIN"),
    ("member import /nowhere/x.csv", 2, "/nowhere/x.csv cannot be read"),
    ("member list --team nobody", 2, "there is no team 'nobody'"),
    ("team set nobody --name x", 2, "there are: core, risk"),
    ("metrics --stream Nowhere", 2, "there is no stream"),
    ("metrics --from yesterday", 2, "--from: 'yesterday' is no date"),
    ("metrics --from 2026-02-01 --to 2026-01-01", 2, "swap --from and --to"),
    ("metrics --as-of later", 2, "--as-of: 'later' is no date or moment"),
    ("metrics --as-of 9999-12-31", 2, "--as-of"),
    ("board --width 3", 2, "--width"),
    ("board --cards -1", 2, "--cards"),
    ("log --item PAY-99", 2, "there is no item 'PAY-99'"),
    ("redo", 1, "there is nothing to redo"),
    ("backup", 2, "missing argument"),
    ("backup .", 2, "is a directory"),
    ("backup /nowhere/x.db", 3, "/nowhere/x.db"),
    ("restore /nowhere/x.db", 2, "there is no file /nowhere/x.db"),
    ("import", 2, "see vsm import --help"),
    ("import trello x.json", 2, "trello"),
    ("completion tcsh", 2, "tcsh"),
    ("--db '' board", 2, "--db is empty"),
    ("--nonsense", 2, "no such option '--nonsense'"),
]


@pytest.mark.parametrize(("call", "code", "says"), WRONG, ids=[c for c, _, _ in WRONG])
def test_wrong_use_is_answered_in_one_line(team: Vsm, call: str, code: int, says: str) -> None:
    import shlex

    before = [e["seq"] for e in team.json("log")]
    assert says in team.fails(code, *shlex.split(call))
    assert [e["seq"] for e in team.json("log")] == before


@pytest.mark.parametrize(
    "call",
    [
        "board",
        "item list",
        "item add x",
        "item show PAY-1",
        "item move PAY-1 Ready",
        "stream list",
        "stage list",
        "team list",
        "member list",
        "member add anna --team core",
        "stage retire Build",
        "template save Web",
        "metrics",
        "log",
        "undo",
        "redo",
        "doctor",
        "backup x.db",
        "rebuild",
        "",
    ],
)
def test_without_a_database_every_verb_says_how_to_make_one(vsm: Vsm, call: str) -> None:
    assert vsm.fails(3, *call.split()) == (
        f"vsm: no database at {vsm.db}; make one: vsm init --template kanban,"
        " vsm import jira FILE --stream NAME, or vsm demo\n"
    )
    assert not vsm.db.exists()


def test_a_database_without_streams_says_how_to_make_one(vsm: Vsm) -> None:
    vsm.ok("team", "add", "core")
    assert "vsm init --template kanban" in vsm.fails(2, "board")
    assert vsm.json("stream", "list") == []


def test_errors_stay_one_line_of_text_with_json(team: Vsm) -> None:
    team.fails(2, "item", "show", "PAY-99", "--json")
    team.fails(1, "item", "move", "PAY-1", "Backlog", "--json")
    team.fails(2, "board", "--json", "--filter", "colour:red")


def test_an_argument_that_is_not_text_is_refused(team: Vsm) -> None:
    assert "argument 3 ('caf\\udce9') is not UTF-8" in team.fails(2, "item", "add", "caf\udce9")


def test_a_foreign_or_damaged_file_is_refused_and_left_alone(team: Vsm, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as conn:
        conn.execute("CREATE TABLE t (x)")
    conn.close()
    text = tmp_path / "notes.txt"
    text.write_text("not a database at all\n" * 100)
    empty = tmp_path / "empty.db"
    empty.touch()
    cut = tmp_path / "cut.db"
    shutil.copy(team.db, cut)
    cut.write_bytes(cut.read_bytes()[:9000])
    for file, code, says in (
        (foreign, 2, "of another program"),
        (text, 2, "is not a vsm database"),
        (empty, 3, "is empty (0 bytes)"),
        (cut, 3, "cut off"),
        (tmp_path, 2, "is a folder"),
    ):
        before = file.read_bytes() if file.is_file() else b""
        for call in (["board"], ["item", "add", "x"], ["undo"], ["rebuild"]):
            assert says in team.fails(code, "--db", str(file), *call)
        assert before == (file.read_bytes() if file.is_file() else b"")


def test_a_damaged_page_is_told_by_every_verb_that_meets_it(team: Vsm) -> None:
    team.ok("item", "add", "-", input="\n".join(f"Item {n} {'x' * 100}" for n in range(500)))
    with team.db.open("r+b") as file:
        for page in range(5, team.db.stat().st_size // 4096, 2):
            file.seek(page * 4096)
            file.write(b"\xa5" * 4096)
    before = team.db.read_bytes()
    for call in ("board", "item list", "item add x", "metrics", "log", "undo", "rebuild"):
        assert "damaged" in team.fails(3, *call.split()), call
    assert team.db.read_bytes() == before


def test_a_doctor_that_finds_something_wrong_ends_with_3(team: Vsm) -> None:
    whole = team.db.read_bytes()
    team.db.write_bytes(whole[:9000])
    result = team("doctor")
    assert result.exit_code == 3 and "BAD" in result.stdout and result.stderr == ""
    report = team("doctor", "--json")
    assert report.exit_code == 3 and '"ok": false' in report.stdout


def test_a_backup_replaces_nothing_and_a_restore_wants_a_real_one(
    team: Vsm, tmp_path: Path
) -> None:
    there = tmp_path / "there.db"
    there.write_text("mine")
    assert "is there already" in team.fails(2, "backup", str(there))
    assert there.read_text() == "mine"
    before = team.json("item", "list")
    assert "is not a vsm database" in team.fails(2, "restore", str(there))
    assert "is the database itself" in team.fails(2, "restore", str(team.db))
    assert team.json("item", "list") == before
