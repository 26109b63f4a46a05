"""Streams, stages, teams and members from the command line: made, changed, undone, told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Vsm
from vsm.store.sqlite import sqlite3


@pytest.fixture(autouse=True)
def _own_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def stage(vsm: Vsm, name: str) -> dict[str, Any]:
    return next(s for s in vsm.json("stage", "list") if s["name"] == name)


def line(vsm: Vsm) -> list[str]:
    return [s["name"] for s in vsm.json("stage", "list") if not s["retired"]]


# -- everything is done, told and undone -----------------------------------------------

CHANGES: list[tuple[str, str]] = [
    # what is called on the Kanban stream with three items, what it says
    ("stream set Card --name Cards", "name Card issuing → Cards"),
    ("stream set Card --tz Europe/Berlin", "time zone UTC → Europe/Berlin"),
    ("stream set Card --prefix CARD", "key prefix PAY → CARD"),
    ("stream set Card --commit Build", "commitment stage Ready → Build"),
    ("stream set Card --types story,bug", "types of work"),
    ("stream set Card --word item=story --word items=stories", "vocabulary none → item story"),
    ("stream set Card --link https://t.example/{key}", "link none → https://t.example/{key}"),
    ("stream set Card --workdays mon-thu", "working days mon-fri → mon-thu"),
    ("stream set Card --holidays 2026-12-24..2026-12-26", "holidays: 3"),
    ("stream set Card --add-holidays 2026-05-01", "holidays: 1"),
    ("stage set Build --name Make", "name Build → Make"),
    ("stage set Backlog --category queue", "category backlog → queue"),
    ("stage set Build --limit 9", "WIP limit 4 → 9"),
    ("stage set Build --limit none", "WIP limit 4 → none"),
    ("stage set Build --hard", "kind of limit soft → hard"),
    ("stage set Build --class-limit expedite=1", "none → expedite 1"),
    ("stage set Ready --class-limit expedite=none", "expedite 1 → none"),
    ("stage set Build --team core", "team none → core"),
    ("stage set Build --policy 'two people'", "changed Build: policy"),
    ("stage set Build --behaviour sched", "behaviour as the log shows → released on schedule"),
    ("stream set Card --move-entry in", "moves as the log shows → entered in sessions"),
    ("stage add Test --category active --after Build --limit 2 --class-limit exp=1", "stage Test"),
    ("stage place Review --after Ready", "changed the order of the stages"),
    ("stage place Review --first", "changed the order of the stages"),
    ("stage retire Review", "retired the stage Review"),
    ("stage retire Build --to Review", "retired the stage Build; moved 1 item to Review"),
    ("stage split Build --into Build,Self-test", "split Build into Build and Self-test"),
    ("stage split Build --into A,B --move PAY-3", "into A and B; moved 1 item into B"),
    ("stage merge Build Review --name Make", "merged Build and Review into Make; moved 1 item"),
    ("stage link Ready Review", "changed the map"),
    ("stage link Review Ready --rework", "changed the map"),
    ("stage unlink Review Build", "changed the map"),
    ("team add qa", "made the team qa"),
    ("team set core --name Kernel", "name core → Kernel"),
    ("team set core --workdays mon-wed", "working days none → mon-wed"),
    ("team set core --holidays 2026-12-24", "holidays: 1"),
    ("team remove risk", "removed the team risk"),
    ("member add anna --name 'Anna Kern' --team core", "added the member Anna Kern"),
]


@pytest.mark.parametrize(("call", "says"), CHANGES, ids=[c for c, _ in CHANGES])
def test_a_change_is_told_and_one_undo_takes_it_back(team: Vsm, call: str, says: str) -> None:
    import shlex

    def all_of_it() -> list[Any]:
        show = ("stream", "show"), ("team", "list"), ("member", "list"), ("item", "list")
        return [team.json(*verb) if verb[0] != "member" else members(team) for verb in show]

    before = all_of_it()
    assert says in team.ok(*shlex.split(call))
    after = all_of_it()
    assert after != before
    team.ok("undo")
    assert _unversioned(all_of_it()) == _unversioned(before)
    team.ok("redo")
    assert _unversioned(all_of_it()) == _unversioned(after)
    assert team.json("doctor")["ok"] is True


def members(vsm: Vsm) -> Any:
    return json.loads(vsm("member", "list", "--json").stdout)


def _unversioned(value: Any) -> Any:
    """Without what an undo changes too: versions, last changes, since when items stand there."""
    if isinstance(value, dict):
        return {
            k: _unversioned(v) for k, v in value.items() if k not in ("version", "since", "updated")
        }
    return [_unversioned(v) for v in value] if isinstance(value, list) else value


# -- streams ---------------------------------------------------------------------------


def test_a_stream_is_made_with_words_types_days_and_a_link(vsm: Vsm) -> None:
    made = vsm.json(
        "stream", "add", "Web", "--stages", "Open:backlog,Do:active,End:done",
        "--types", "story, bug", "--word", "item=story", "--word", "items=stories",
        "--link", "https://t.example/{key}", "--workdays", "sun-thu",
        "--holidays", "2026-12-24..2026-12-25,2026-05-01",
    )["stream"]  # fmt: skip
    assert made["types"] == ["story", "bug"]
    assert made["vocabulary"] == {"item": "story", "items": "stories"}
    assert made["link"] == "https://t.example/{key}"
    assert made["workdays"] == ["mon", "tue", "wed", "thu", "sun"]
    assert made["holidays"] == ["2026-05-01", "2026-12-24", "2026-12-25"]
    shown = vsm.ok("stream", "show", "Web")
    assert "2026-05-01, 2026-12-24..2026-12-25" in shown and "mon-thu,sun" in shown
    vsm.ok("stream", "set", "Web", "--word", "items=none", "--types", "none", "--link", "none")
    vsm.ok("stream", "set", "Web", "--holidays", "none")
    now = vsm.json("stream", "show", "Web")
    assert (now["vocabulary"], now["types"], now["link"]) == ({"item": "story"}, [], "")
    assert now["holidays"] == []


def test_names_of_streams_are_unique_in_any_letter_case(team: Vsm) -> None:
    assert "there is a stream called" in team.fails(1, "init", "--name", "CARD ISSUING")
    team.ok("init", "--name", "Web")
    assert "there is a stream called" in team.fails(
        1, "stream", "set", "Web", "--name", "card  issuing"
    )


# -- stages ----------------------------------------------------------------------------


def test_a_stage_is_placed_and_edges_lead_through_it(team: Vsm) -> None:
    team.ok("stage", "place", "Review", "--after", "Ready")
    assert line(team) == ["Backlog", "Ready", "Review", "Build", "Done", "Dropped"]
    edges = {(e["from"], e["to"]) for e in team.json("stream", "show")["edges"]}
    assert edges >= {("Ready", "Review"), ("Review", "Build"), ("Build", "Done")}


def test_limits_by_class_hold_and_are_shown(team: Vsm) -> None:
    team.ok("stage", "set", "Build", "--class-limit", "expedite=1", "--hard")
    team.ok("item", "move", "PAY-2", "Build")
    team.ok("item", "edit", "PAY-1", "--class", "expedite")
    said = team.fails(1, "item", "move", "PAY-1", "Build")
    assert "Build is full: 1 of 1 expedite items; finish one of these first: PAY-2" in said
    column = next(c for c in team.json("board")["columns"] if c["stage"] == "Build")
    (expedite,) = column["classes"]
    assert expedite == {
        "class": "expedite",
        "items": 1,
        "limit": 1,
        "over_limit": False,
        "exempt": False,
    }
    assert stage(team, "Build")["class_limits"] == {"expedite": 1}
    assert "4 hard, expedite 1" in team.ok("stage", "list")


def test_how_a_board_is_kept_is_shown_where_it_was_set(team: Vsm, tmp_path: Path) -> None:
    assert "BEHAVIOUR" not in team.ok("stage", "list")
    assert "moves  " not in team.ok("stream", "show")
    team.ok("stage", "set", "Build", "--behaviour", "work_ends")
    team.ok("stream", "set", "Card", "--move-entry", "by-day")
    shown = team.ok("stream", "show")
    assert "moves          entered by day" in shown and "BEHAVIOUR" in shown
    assert "work ends here" in team.ok("stage", "list")
    assert stage(team, "Build")["behaviour"] == "work-ends"
    assert stage(team, "Ready")["behaviour"] == "as-logged"
    assert team.json("stream", "show")["move_entry"] == "by-day"
    team.ok("template", "save", "Card", "--as", "ours")
    ours = next(t for t in team.json("template", "list") if t["name"] == "ours")
    assert ours["move_entry"] == "by-day"
    assert [s["behaviour"] for s in ours["stages"] if s["name"] == "Build"] == ["work-ends"]


def test_a_stage_and_a_stream_are_made_with_how_they_are_kept(team: Vsm) -> None:
    team.ok("stage", "add", "Gate", "--category", "queue", "--behaviour", "scheduled")
    assert stage(team, "Gate")["behaviour"] == "scheduled"
    stages = ("--stages", "Do:active,End:done", "--move-entry", "at-once")
    assert team.json("stream", "add", "Web", *stages)["stream"]["move_entry"] == "at-once"


@pytest.mark.parametrize(
    ("call", "code", "says"),
    [
        ("stage set Build --behaviour asleep", 2, "none of as-logged, work-ends, scheduled"),
        ("stream set Card --move-entry weekly", 2, "none of as-logged, at-once, in-sessions"),
        ("stage set Done --behaviour work-ends", 1, "only queue and active stages can have a"),
        ("stage add Old --category done --behaviour worked", 1, "only queue and active stages"),
    ],
)
def test_what_cannot_be_set_is_refused_in_words(team: Vsm, call: str, code: int, says: str) -> None:
    assert says in " ".join(team.fails(code, *call.split()).split())


def test_a_policy_comes_from_standard_input_with_its_lines(team: Vsm) -> None:
    team.ok("stage", "set", "Build", "--policy", "-", input="Enters when ready.\nLeaves when done.")
    assert stage(team, "Build")["policy"] == "Enters when ready.\nLeaves when done."
    team.ok("stage", "set", "Build", "--policy", "none")
    assert stage(team, "Build")["policy"] == ""


def test_retiring_asks_where_items_go_and_a_soft_limit_for_one_reason(team: Vsm) -> None:
    team.ok("item", "add", "Another", "--stage", "Build")
    team.ok("stage", "set", "Review", "--limit", "1")
    said = team.fails(1, "stage", "retire", "Build", "--to", "Review")
    assert said == "vsm: Review already holds 1 of 1; say why with --reason 'WHY'\n"
    assert "Build" in line(team), "nothing is half-done"
    team.ok("stage", "retire", "Build", "--to", "Review", "--reason", "one step now")
    assert "Build" not in line(team) and stage(team, "Build")["retired"]
    assert {i["stage"] for i in team.json("item", "list", "--filter", "stage:Review")} == {"Review"}
    assert "Build is retired" in team.fails(1, "item", "move", "PAY-1", "Build")
    team.ok("undo")
    assert line(team)[2] == "Build"
    assert [i["stage"] for i in team.json("item", "list")].count("Build") == 2


def test_class_limits_count_what_comes_in_the_same_step(team: Vsm) -> None:
    for title in ("One", "Two"):
        team.ok("item", "add", title, "--stage", "Build", "--class", "expedite")
    team.ok("stage", "set", "Review", "--limit", "none", "--class-limit", "expedite=1", "--hard")
    assert "1 of 1 expedite" in team.fails(1, "stage", "retire", "Build", "--to", "Review")


def test_a_retired_stage_comes_back_where_it_stood(team: Vsm) -> None:
    team.ok("stage", "retire", "Build", "--to", "Ready")
    assert line(team) == ["Backlog", "Ready", "Review", "Done", "Dropped"]
    assert "Build (retired)" in team.ok("stage", "list")
    said = team.fails(1, "stage", "add", "build", "--category", "active")
    assert "a retired stage of Card issuing is called 'Build'; bring it back" in said
    assert "is called 'Build'" in team.fails(1, "stage", "set", "Review", "--name", "BUILD")
    team.ok("stage", "restore", "Build")
    assert line(team) == ["Backlog", "Ready", "Build", "Review", "Done", "Dropped"]


def test_a_beginning_means_the_stage_on_the_board_before_a_retired_one(team: Vsm) -> None:
    team.ok("stage", "retire", "Review")
    team.ok("item", "move", "PAY-1", "Re")
    assert team.json("item", "show", "PAY-1")["stage"] == "Ready"
    team.ok("stage", "restore", "Rev")
    assert "fits more than one" in team.fails(2, "item", "move", "PAY-1", "Re")


# -- the past stays true ---------------------------------------------------------------


def journal(db: Path) -> list[tuple[Any, ...]]:
    with sqlite3.connect(db) as conn:
        rows = conn.execute("SELECT * FROM journal ORDER BY seq").fetchall()
    conn.close()
    return rows


PAST = (
    ("stage", "retire", "Build", "--to", "Ready"),
    ("stage", "place", "Review", "--after", "Ready"),
    ("stage", "set", "Build", "--name", "Make", "--limit", "1"),
    ("stage", "add", "Test", "--category", "active", "--after", "Build"),
    ("stage", "link", "Review", "Ready", "--rework"),
)


@pytest.mark.parametrize("call", PAST, ids=[" ".join(c) for c in PAST])
def test_a_change_of_the_map_bends_no_figure_of_the_past(team: Vsm, call: tuple[str, ...]) -> None:
    team.ok("item", "move", "PAY-2", "Build")
    team.ok("item", "move", "PAY-2", "Done")
    team.ok("item", "move", "PAY-3", "Review")
    past = team.json("log")[0]["at"]
    figures = settings(team, past)
    assert figures["cycle_time_days"]["n"] == 1 and figures["wip"]["by_stage"]["Review"] == 1
    before = journal(team.db)
    team.ok(*call)
    assert journal(team.db)[: len(before)] == before
    after = settings(team, past)
    if "Make" in call:
        after["wip"]["by_stage"]["Build"] = after["wip"]["by_stage"].pop("Make", None)
        figures["wip"]["by_stage"].setdefault("Build", None)
    assert after == figures
    assert team.json("doctor")["ok"] is True


def settings(vsm: Vsm, past: str) -> dict[str, Any]:
    """The figures as they were at a moment; of stages just those that held anything.

    What the order of the stages means (pace, rework, lines of the diagram) follows a new map.
    """
    figures: dict[str, Any] = vsm.json("metrics", "--as-of", past)
    for name in ("ageing_pace", "rework", "complete_accurate", "cfd", "time_in_stage", "journal"):
        del figures[name]
    del figures["flow_efficiency"]["waiting_by_stage"]
    counts = figures["wip"]["by_stage"]
    figures["wip"]["by_stage"] = {name: n for name, n in counts.items() if n}
    return figures


@pytest.mark.parametrize(
    "call",
    [
        ("stream", "set", "Card", "--tz", "Pacific/Auckland"),
        ("stream", "set", "Card", "--commit", "Review"),
        ("stage", "set", "Backlog", "--category", "active"),
    ],
    ids=["zone", "commitment", "category"],
)
def test_zone_commitment_and_category_give_the_figures_that_a_replay_gives(
    team: Vsm, call: tuple[str, ...]
) -> None:
    team.ok("item", "move", "PAY-2", "Done")
    team.ok("item", "move", "PAY-3", "Review")
    before, past = journal(team.db), team.json("log")[0]["at"]
    team.ok(*call)
    assert journal(team.db)[: len(before)] == before, "the journal's past is as it was"
    figures = team.json("metrics", "--as-of", past)
    items = team.json("item", "list")
    team.ok("rebuild")
    assert team.json("metrics", "--as-of", past) == figures
    assert team.json("item", "list") == items


# -- teams and members -----------------------------------------------------------------


def test_members_are_who_items_name_as_owners(team: Vsm) -> None:
    made = team.json("member", "add", "anna.kern", "--name", "Anna Kern-Berg", "--team", "core")
    assert made["member"] == {
        "login": "anna.kern",
        "name": "Anna Kern-Berg",
        "initials": "ab",
        "teams": ["core"],
    }
    assert "there is a member 'ANNA.kern'" in team.fails(1, "member", "add", "ANNA.kern")
    team.ok("member", "set", "anna", "--initials", "akb", "--add-team", "risk")
    team.ok("member", "set", "anna", "--no-team", "core")
    shown = team.json("member", "list")[0]
    assert (shown["initials"], shown["teams"]) == ("akb", ["risk"])
    assert team.json("member", "list", "--team", "risk")[0]["login"] == "anna.kern"
    team.ok("member", "set", "anna", "--team", "none", "--initials", "none")
    shown = team.json("member", "list")[0]
    assert (shown["initials"], shown["teams"]) == ("ab", [])
    team.ok("member", "remove", "anna")
    assert members(team) == []
    assert team.json("item", "show", "PAY-1")["owner"] == "anna.kern", "items keep their owner"


def test_a_team_that_owns_something_says_what(team: Vsm) -> None:
    team.ok("stage", "set", "Build", "--team", "risk")
    team.ok("member", "add", "anna", "--team", "risk")
    said = team.fails(1, "team", "remove", "risk")
    assert "has the stages Card issuing: Build and the members anna" in said
    assert team.json("team", "list")[1] == {
        "name": "risk",
        "stages": ["Card issuing: Build"],
        "members": ["anna"],
        "workdays": None,
        "holidays": [],
        "type": None,
        "purpose": "",
        "service_level": "",
        "sickness": "as-other",
    }


def test_members_come_from_a_file_all_or_none(team: Vsm, tmp_path: Path) -> None:
    file = tmp_path / "members.csv"
    file.write_text(
        'Login,Name,Teams,Initials\nanna,"Kern, Anna",core; RISK,\n\nbob,Bob,,bo\n', "utf-8-sig"
    )
    done = team.json("member", "import", str(file))
    assert len(done["changes"]) == 2
    assert [(m["login"], m["name"], m["initials"], m["teams"]) for m in members(team)] == [
        ("bob", "Bob", "bo", []),
        ("anna", "Kern, Anna", "ka", ["core", "risk"]),
    ]
    assert team.ok("member", "import", str(file)).startswith("nothing new")
    assert team.json("member", "import", str(file))["changes"] == []
    team.ok("member", "import", "-", input="login,teams\nANNA,core\n")
    assert next(m for m in members(team) if m["login"] == "anna")["teams"] == ["core"]
    team.ok("undo")
    team.ok("undo")
    assert members(team) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("anna\nbob\n", "line 1: there is no column 'anna'"),
        ("name\nBob\n", "line 1: there is no column 'login'"),
        ("login,login\na,b\n", "the column 'login' is there twice"),
        ("login,name\nanna,A,x\n", "line 2: 3 fields where the first line names 2"),
        ("login\nanna\n\nAnna\n", "line 4: 'Anna' stands in line 2 too"),
        ("login,name\n,Bob\n", "line 2: the login is empty"),
        ("login,teams\nanna,core;qa\nbob,ops\n", "line 2: there is no team 'qa'; make it first:"),
        ("login,initials\nanna,abcde\n", "line 2: initials has 5 characters"),
        ('login\n"anna\n', "unexpected end of data"),
    ],
)
def test_a_wrong_line_is_named_and_nobody_is_added(team: Vsm, text: str, says: str) -> None:
    assert says in team.fails(2, "member", "import", "-", input=text)
    assert members(team) == []


# -- templates -------------------------------------------------------------------------


def test_a_stream_is_saved_as_a_template_and_made_again(team: Vsm, tmp_path: Path) -> None:
    team.ok("stage", "add", "Test", "--category", "active", "--after", "Build", "--limit", "2")
    saved = team.json("template", "save", "Card", "--as", "Ours")
    assert saved["path"] == str(tmp_path / "config" / "vsm" / "templates" / "ours.toml")
    assert "is there already" in team.fails(2, "template", "save", "Card", "--as", "ours")
    team.ok("template", "save", "Card", "--as", "ours", "--force")
    assert [t["name"] for t in team.json("template", "list") if t["path"]] == ["ours"]
    team.ok("init", "--template", "ours", "--name", "Second")
    first, second = team.json("stream", "show", "Card"), team.json("stream", "show", "Second")
    assert second["stages"] == first["stages"] and second["edges"] == first["edges"]
    assert team.ok("template", "show", "ours") == team.ok("template", "save", "Card", "--as", "-")


def test_a_broken_template_is_told_beside_the_good_ones(vsm: Vsm, tmp_path: Path) -> None:
    folder = tmp_path / "config" / "vsm" / "templates"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text('[[stage]]\nname = "Do"\ncategory = "doing"\n')
    result = vsm("template", "list")
    assert result.exit_code == 0 and "kanban" in result.stdout and "mine" not in result.stdout
    assert "mine.toml, line 3, stage 1: category is 'doing'; use backlog, queue" in result.stderr
    assert "line 3, stage 1" in vsm.fails(2, "init", "--template", "mine")
    assert not vsm.db.exists()
    vsm.ok("init", "--template", "scrum", "--name", "Team")
    assert vsm.json("stream", "show")["vocabulary"] == {"item": "story", "items": "stories"}


def test_a_shown_template_is_toml_to_begin_with(vsm: Vsm) -> None:
    import tomllib

    for template in vsm.json("template", "list"):
        text = vsm.ok("template", "show", template["name"])
        assert len(tomllib.loads(text)["stage"]) == len(template["stages"])
        assert vsm.json("template", "show", template["name"]) == template


# -- hostile names ---------------------------------------------------------------------


def test_hostile_names_are_inert_in_every_list(team: Vsm) -> None:
    evil = "\x1b]0;owned\x07[red]\u202e\u200bx"
    team.ok("stage", "set", "Build", "--name", evil, "--policy", evil)
    team.ok("team", "set", "core", "--name", evil)
    team.ok("member", "add", f"m{evil}", "--name", evil)
    team.ok("stream", "set", "Card", "--name", evil, "--word", f"item={evil}")
    for call in (
        "stream list", "stream show", "stage list", "team list", "member list", "log", "board",
    ):  # fmt: skip
        out = team.ok(*call.split())
        assert not {"\x1b", "\x07", "\u202e", "\u200b"} & set(out), call
        assert not {"\x1b", "\x07"} & set(team.ok(*call.split(), "--json"))
    printed = team.ok("template", "save", evil, "--as", "-")
    assert not {"\x1b", "\x07", "\u202e", "\u200b"} & set(printed)
