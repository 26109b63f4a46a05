"""Promise 19: text from outside never acts on a terminal, whatever screen or report shows it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability.screens import Screens, terminal_of
from tests.reliability.support import accepted, do, opened, vsm
from vsm.model.command import (
    AddEntity,
    AddItem,
    BlockItem,
    CommentItem,
    CreateStream,
    EditItem,
    LinkItems,
    MoveItem,
    NewStage,
    NoteEdge,
    SetStage,
)
from vsm.model.entities import MEMBER, VIEW
from vsm.model.item import BlockerKind, ClassOfService, LinkKind
from vsm.model.stream import Category, LimitKind
from vsm.session import Session
from vsm.store.backup import backup

pytestmark = pytest.mark.promise(19)

HARM = (
    "\x1b[31337;1H"  # move the cursor
    "\x1b]52;c;MzEzMzc=\x07"  # an operating system command: write the clipboard
    "\x1bP31337q\x1b\\"  # a device control string
    "\x9b31337J"  # erase, in C1
    "\x07\x08\x7f\x0e"  # bell, backspace, delete, shift out
    "\u202e\u2066\u200b\u2028\U000e0041"  # bidi, zero width, line separator, tag
)
"""What stands in every text of the database; 31337 is a number that vsm itself never writes."""

PASTED = "\x9b31337J\u202e\u2066\u200b\U000e0041"
"""What a terminal lets through when it pastes: it takes C0 away itself."""

MARKUP = "[/x][@click=app.quit]q[/]"

ACTS = re.compile(
    rb"(\x1b.?|\xc2[\x80-\x9f])[0-9;?]*31337|31337(\x07|\x1b\\|\xc2\x9c)|MzEzMzc=\x07"
)
"""A payload that reached the terminal as a sequence."""

SEQUENCE = re.compile(
    r"\x1b\[[0-9;:]*[mHJKABCDGrd]"  # colours, cursor, erasing
    r"|\x1b\[\?[0-9;]*[hlp$]+|\x1b\[\?[0-9;]*\$p"  # modes and questions about them
    r"|\x1b\[[<>=][0-9;]*u|\x1b\[[0-9;]*[ntc]"  # keyboard protocol, reports
    r"|\x1b[()][0AB]|\x1b[=>78]"
    r"|\x1b\]22;[a-z-]*\x07"  # the shape of the mouse pointer
)
"""The sequences that a terminal program like this one needs."""

BEGUN = re.compile(rb"(\x1b(\[[0-9;:?<>=]*)?|[\xc2-\xf4][\x80-\xbf]{0,2})\Z")
"""A sequence or a character that was still being written when the terminal was read."""

UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\U000e0000-\U000e007f]"
)
"""Characters that no screen and no report may hold once its own sequences are taken away."""


def hostile(word: str) -> str:
    """A text that begins with a word to look for and goes on with harm."""
    return f"{word} {HARM}{MARKUP}"


STAGES = (
    NewStage(hostile("Ideas"), Category.BACKLOG),
    NewStage(hostile("Build"), Category.ACTIVE, 1, LimitKind.SOFT, team=hostile("Smiths")),
    NewStage(hostile("Check"), Category.ACTIVE, 1, LimitKind.HARD),
    NewStage("Done", Category.DONE),
)


@pytest.fixture(scope="module")
def hostile_db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which every text that people or other tools can give is hostile."""
    db = tmp_path_factory.mktemp("hostile") / "vsm.db"
    session = Session(db, actor=hostile("mallory"), source="tui")
    do(session, CreateStream(hostile("Cards"), STAGES, prefix="PAY"))
    fields = {
        "description": hostile("Lengthy") + "\nsecond line",
        "type": hostile("chore"),
        "owner": hostile("trudy"),
        "labels": (hostile("label"),),
        "service": ClassOfService.EXPEDITE,
        "team": 1,
    }
    for number, word in enumerate(("Alpha", "Beta", "Gamma", "Delta", "Omega"), 1):
        do(session, AddItem(1, hostile(word), fields=fields if number == 1 else {}))
    do(session, BlockItem(1, BlockerKind.EXTERNAL, hostile("Vendor")))
    do(
        session,
        AddEntity(MEMBER, {"login": hostile("trudy"), "name": hostile("Trudy Name")}),
        CommentItem(1, hostile("Said")),
    )
    do(session, AddEntity(VIEW, {"name": hostile("Seen"), "filter": "gimel"}))
    notes = {"note": hostile("Kaizen"), "declared_note": hostile("Source")}
    do(session, SetStage(2, {"process_days": 1.0, **notes}), NoteEdge(2, 3, hostile("Handover")))
    do(session, LinkItems(1, 2, LinkKind.BLOCKS), EditItem(3, {"title": hostile("Gimel")}))
    do(session, MoveItem(4, 2), MoveItem(5, 3))
    accepted(session.undo())
    accepted(session.redo())
    session.close()
    with opened(db) as conn:
        ((titles,),) = conn.execute("SELECT count(*) FROM item WHERE instr(title, char(27)) > 0")
    assert titles == 5, "text is kept as it came"
    return db


def assert_harmless(raw: bytes) -> None:
    """Fail where anything acts that is not the program's own."""
    result = ACTS.search(raw)
    assert not result, raw[max(0, result.start() - 80) : result.end() + 20]
    text = SEQUENCE.sub("", BEGUN.sub(b"", raw).decode())
    unseen = UNSEEN.search(text)
    assert not unseen, repr(text[max(0, unseen.start() - 40) : unseen.end() + 40])


# -- the board and every screen over it -----------------------------------------------------


def paste(text: str) -> str:
    """A text as a terminal pastes it, without the end marker that would end the paste early."""
    return f"\x1b[200~{text}\x1b[201~"


@pytest.fixture(scope="module")
def sitting(hostile_db: Path) -> Iterator[Screens]:
    """Somebody goes through all screens of the hostile database."""
    with terminal_of("--db", hostile_db) as terminal:
        screens = Screens(terminal)
        screens.visit("board", [], "Alpha", "Beta", "Ideas", "Build", "Cards")
        screens.visit("details", ["enter"], "Lengthy", "trudy", "Vendor")
        screens.visit("details, further down", ["\x04", "\x04"], "mallory")
        screens.visit("details closed", ["enter"], "Gimel")
        screens.visit("streams", ["s"], "Value streams", "Cards")
        screens.back("Value streams")
        screens.visit("go", ["g"], "Go to")
        screens.visit("go, some words", [*"gim"], "Gimel")
        screens.visit("gone to", ["enter"], "█PAY-3")
        screens.visit("filter", ["/"], "keep the filter")
        screens.visit("filter, a word", [*"gimel"], "gimel", "1 of 5")
        screens.visit("filter pasted", [paste(f" zeta{PASTED}")], "zeta31337J")
        screens.visit("nothing found", ["enter"], "zeta31337J")
        screens.back("zeta31337J")
        screens.visit("first item", ["home"], "█PAY-1")
        screens.visit("form", ["e"], "Edit PAY-1", "trudy")
        screens.visit("form, pasted", [paste(f"Titled{PASTED}{MARKUP}")], "Titled")
        screens.visit("leave it?", ["escape"], "not saved")
        screens.visit("left", ["y"], "█PAY-1")
        screens.visit("links", ["d"], "Links of PAY-1", "blocks PAY-2")
        screens.back("Links of PAY-1")
        screens.visit("views", ["V"], "Seen")
        screens.back("Saved views")
        screens.visit("stages", ["m"], "Move PAY-1 to", "Build")
        screens.back("Move PAY-1 to")
        screens.visit("marked", [" ", " ", "e"], "Edit 2 items", "Only what is filled in")
        screens.back("Only what is filled in")
        screens.visit("refused", ["H"], "Nothing was done")
        screens.back("Nothing was done")
        screens.visit("unmarked", ["escape", "home"], "█PAY-1", "help")
        screens.visit("soft limit", ["L"], "limit", "Build")
        screens.visit("reason pasted", [paste(f"Because{PASTED}{MARKUP}")], "Because")
        screens.visit("moved", ["enter"], "moved")
        screens.visit("hard limit", ["L"], "Check", "full")
        screens.back("full")
        screens.visit("new item", ["n"], "New item in Build", "Smiths")
        screens.visit("title pasted", [paste(f"Pasted{PASTED}{MARKUP}")], "Pasted")
        screens.visit("above the limit", ["enter"], "Above the WIP limit")
        screens.visit("added", [*"why", "enter"], "added PAY-6")
        screens.visit("block", ["b"], "Block PAY-6")
        screens.visit("reason of the blocker", [paste(f"Waiting{PASTED}")], "Waiting")
        screens.back("Waiting")
        screens.visit("help", ["?"], "Keys")
        screens.back("Keys")
        screens.visit("palette", ["\x10"], "an action; a few letters")
        screens.visit("palette searched", [paste(f"undo{PASTED}")], "undo31337J")
        screens.back("undo31337J")
        other = Session(hostile_db, actor=hostile("oscar"), source="tui")
        do(other, EditItem(2, {"title": hostile("Bet")}))
        screens.visit("somebody else's change", [], "Bet ")
        other.close()
        screens.visit("undone", ["z"], "undid")
        terminal.press("q")
        while not terminal.ended:
            terminal.rest(0.05)
        yield screens


def test_every_screen_shows_hostile_text_and_none_of_it_acts(sitting: Screens) -> None:
    assert len(sitting.shown) > 20
    assert_harmless(sitting.raw)


def test_markup_in_a_title_is_shown_and_not_interpreted(sitting: Screens) -> None:
    assert "[/x][@click=app.quit]" in sitting.shown["details"].replace("\n", "")


def test_the_filter_of_bytes_finds_what_it_looks_for() -> None:
    for payload in (HARM[:10], HARM, "\x9b31337J", "a\u202eb", "\x07", "\x1b]0;x\x07"):
        with pytest.raises(AssertionError):
            assert_harmless(payload.encode())
    assert_harmless(b"\x1b[1;31m[31337;1H ]52;c;MzEzMzc= ok\x1b[0m\r\n")


def test_the_welcome_screen_shows_a_hostile_file_name(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text(f'{{"issues": [{{"key": "PAY-1", "fields": {{"summary": "{PASTED}')
    with terminal_of("--db", tmp_path / "Odd\x1b[31337;1H\u202ename.db") as terminal:
        screens = Screens(terminal)
        screens.visit("welcome", [], "demo", "template")
        screens.visit("import", ["3"], "Which file")
        screens.visit("file", [paste(f"/nowhere/Missing{PASTED}")], "Missing")
        screens.visit("missing", ["enter"], "There is no folder /nowhere")
        screens.visit("there", ["\x15", paste(str(broken))], "broken.json")
        screens.visit("form", ["\r"], "Import broken.json", "Value stream")
        screens.visit("name pasted", ["\x15", paste(f"Cards{PASTED}")], "Cards31337J")
        screens.visit("refused", ["\r"], "broken.json", "line 1")
        assert_harmless(screens.raw)


# -- the command line -------------------------------------------------------------------------

REPORTS = {
    "board": "Alpha",
    "item list": "Alpha",
    "item show PAY-1": "Vendor",
    "item show PAY-2": "Beta",
    "log": "mallory",
    "view list": "Seen",
    "stream list": "Cards",
    "stream show Cards": "Cards",
    "stage list": "Build",
    "team list": "Smiths",
    "metrics": "Cards",
    "map": "Kaizen",
    "export map": "Build",
    "export map --format dot": "Build",
    "map declare Check --process 1d": "Check",
    "doctor": "journal",
    "item add Another": "added",
    "item edit PAY-3 --owner eve": "PAY-3",
    "undo": "eve",
}


@pytest.mark.parametrize("words", REPORTS)
def test_reports_hold_no_control_characters(hostile_db: Path, tmp_path: Path, words: str) -> None:
    db = tmp_path / "copy.db"
    backup(hostile_db, db)
    if words == "undo":
        vsm("--db", db, "item", "edit", "PAY-3", "--owner", "eve")
    run = vsm("--db", db, *words.split())
    assert REPORTS[words] in run.stdout
    assert not UNSEEN.search(run.stdout), repr(UNSEEN.search(run.stdout))
    assert not UNSEEN.search(run.stderr)


JSON_REPORTS = (
    *("board", "item list", "item show PAY-1", "log", "stream list", "stage list"),
    "map",
)


@pytest.mark.parametrize("words", JSON_REPORTS)
def test_json_gives_text_as_it_is_stored_and_escapes_what_could_act(
    hostile_db: Path, words: str
) -> None:
    run = vsm("--db", hostile_db, *words.split(), "--json")
    assert not UNSEEN.search(run.stdout), repr(UNSEEN.search(run.stdout))
    assert HARM[:10] in json.dumps(json.loads(run.stdout), ensure_ascii=False).replace(
        "\\u001b", "\x1b"
    )


def test_on_a_terminal_reports_are_harmless_too(hostile_db: Path) -> None:
    for words in (["item", "list"], ["item", "show", "PAY-1"], ["log"]):
        with terminal_of("--db", hostile_db, *words) as terminal:
            while not terminal.ended:
                terminal.rest(0.05)
            screens = Screens(terminal)
            assert "PAY-1" in screens.text()
            assert_harmless(screens.raw)


@pytest.mark.parametrize(
    "words",
    [
        ["item", "show", f"PAY-99{HARM}"],
        ["item", "move", "PAY-1", f"Nowhere{HARM}"],
        ["item", "list", "--filter", f"nonsense:{HARM}"],
        ["--stream", f"None such{HARM}", "board"],
        ["import", "jira", f"missing{HARM}.json", "--stream", "X"],
        ["restore", f"missing{HARM}.db"],
        [f"verb{HARM}"],
        ["item", "add", "x", f"--option{HARM}"],
        ["item", "move", "PAY-2", "Check"],
    ],
    ids=lambda words: " ".join(words).split("\x1b")[0],
)
def test_errors_are_one_harmless_line(hostile_db: Path, words: list[str]) -> None:
    run = vsm("--db", hostile_db, *words, code=None)
    assert run.returncode in (1, 2, 3), run.stderr
    assert not UNSEEN.search(run.stderr), repr(run.stderr)
    assert len(run.stderr.splitlines()) == 1, run.stderr
    assert not run.stdout


def test_an_import_report_is_harmless(tmp_path: Path) -> None:
    issue = {
        "id": "1",
        "key": "WEB-1",
        "fields": {
            "summary": hostile("Page"),
            "created": "2024-03-01T09:00:00.000+0100",
            "issuetype": {"name": hostile("Story")},
            "status": {"id": "3", "name": hostile("Doing")},
            "labels": [hostile("label"), "\ud800"],
            "assignee": {"displayName": hostile("eve")},
        },
        "changelog": {"total": 0, "histories": []},
    }
    file = tmp_path / f"issues{HARM[:14]}.json"
    file.write_text(json.dumps([issue]))
    for more in (["--dry-run"], ["--dry-run", "--json"], [], ["--json"]):
        run = vsm("--db", tmp_path / "vsm.db", "import", "jira", file, "--stream", "Web", *more)
        assert not UNSEEN.search(run.stdout), repr(run.stdout)
        assert not UNSEEN.search(run.stderr), repr(run.stderr)
    shown = vsm("--db", tmp_path / "vsm.db", "item", "show", "WEB-1")
    assert "Page" in shown.stdout
    assert not UNSEEN.search(shown.stdout)
