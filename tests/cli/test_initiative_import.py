"""``vsm initiative import``: what a file says, what it contradicts itself in, what is refused."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Vsm

REGISTER = Path(__file__).parents[3] / "shared/data/pmo/us_it_dashboard/projects.csv.gz"
FILE = """\
Project;Aim;Delay;Due;Planned;Projected;Days
Loyalty;Fewer leave;6000;2027-03-31;2027-03-31;2027-04-30;-30
Ledger;;3000;2027-05-16;2027-05-16;2027-06-16;-1
Vault;;;2027-03-04;2027-03-04;2027-03-05;-30
"""
COLUMNS = (
    *("--column", "name=Project", "--column", "objective=Aim", "--column", "need_by=Due"),
    *("--column", "planned_end=Planned", "--column", "projected_end=Projected"),
    *("--column", "variance_days=Days", "--currency", "EUR"),
)


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "register.csv"
    path.write_text(FILE)
    return str(path)


def test_days_that_a_row_contradicts_are_left_out_and_named(team: Vsm, file: str) -> None:
    refused = team("initiative", "import", file, *COLUMNS)
    assert "line 2, Aim: there is no objective 'Fewer leave'" in refused.stderr
    assert team.json("portfolio")["initiatives"] == [], "all of it or nothing"
    team.ok("objective", "add", "Fewer leave")
    plan = team.json("initiative", "import", file, *COLUMNS, "--dry-run")
    assert (plan["rows"], plan["changes"]) == (3, 4), "one is the tie to the objective"
    assert [(row["line"], row["name"]) for row in plan["in_doubt"]] == [(3, "Ledger"), (4, "Vault")]
    assert plan["in_doubt"][0]["why"] == "its days are -31 apart, its variance says -1"
    assert plan["in_doubt"][1]["why"].endswith("they agree with day and month swapped")
    assert team.json("portfolio")["initiatives"] == []
    done = team("initiative", "import", file, *COLUMNS)
    assert "the days of 2 rows are left out, 1 of them agree" in done.stderr
    rows = {row["key"]: row for row in team.json("portfolio")["initiatives"]}
    assert {name: row["need_by"] for name, row in rows.items()} == {
        "Loyalty": "2027-03-31",
        "Ledger": None,
        "Vault": None,
    }
    assert rows["Loyalty"]["objectives"] == [{"objective": "Fewer leave", "weight": 1.0}]
    assert rows["Ledger"]["cost_of_delay"]["likely"] == 3000
    again = team("initiative", "import", file, *COLUMNS)
    assert "nothing new" in again.output


@pytest.mark.parametrize(
    ("text", "words", "message"),
    [
        ("", (), "is empty"),
        ("title\nx\n", (), "there is no column 'name'"),
        ("name,delay\nA,much\n", (), "line 2, delay: 'much' is no number"),
        ("name,need_by\nA,31.3.2027\n", (), "line 2, need_by: '31.3.2027' is no day"),
        ("name,delay\nA\n", (), "line 2: 1 fields where the first line names 2"),
        ("name,delay\nA,1\na,2\n", (), "1 names stand there more than once, such as 'a'"),
        ("name,delay\n,\nA,much\n", (), "line 3, delay: 'much' is no number"),
        ("name,delay,currency\nA,-5,EUR\n", (), "line 2, delay: -5 is below 0; give an amount"),
        ("name,delay,currency\nA,nan,EUR\n", (), "line 2, delay: 'nan' is no number"),
        ("name\nA\n", ("--column", "delay=Cost"), "there is no column 'Cost'"),
        ("name\nA\n", ("--column", "cost=Cost"), "give FIELD=HEAD"),
        ("name,delay\nA,5\n", (), "line 2, delay: an amount without a unit says nothing"),
        ("name,spent\nA,5\n", (), "line 2, spent: A has no unit of money yet"),
        ("name,filter\nA,colour:red\n", (), "line 2, filter: the filter cannot be read"),
        (
            "name,Brings\nA,5\n",
            ("--column", "benefit=Brings", "--currency", "EUR"),
            "line 2, Brings: a benefit needs its last day",
        ),
        ('name\n"A\n', (), "line 2"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    team: Vsm, text: str, words: tuple[str, ...], message: str
) -> None:
    refused = team("initiative", "import", "-", *words, input=text)
    assert refused.exit_code != 0 and message in refused.stderr, refused.stderr
    assert "Traceback" not in refused.output
    tried = team("initiative", "import", "-", *words, "--dry-run", input=text)
    assert (tried.exit_code, tried.stderr) == (refused.exit_code, refused.stderr), "the same"
    assert team.json("portfolio")["initiatives"] == []


def test_a_dry_run_meets_the_unit_of_the_portfolio(team: Vsm) -> None:
    team.ok("initiative", "add", "Fees", "--currency", "EUR", "--delay-likely", "5")
    text = "name,delay,currency\nA,1,EUR\nB,2,USD\n"
    expected = "line 3, currency: A is counted in EUR, this in USD"
    for words in (("--dry-run",), ()):
        refused = team("initiative", "import", "-", *words, input=text)
        assert refused.exit_code == 2 and expected in refused.stderr, refused.stderr
    option = team("initiative", "import", "-", "--currency", "USD", input="name,delay\nA,1\n")
    assert "line 2, --currency: Fees is counted in EUR" in option.stderr
    assert [row["key"] for row in team.json("portfolio")["initiatives"]] == ["Fees"]


def test_amounts_that_were_spent_are_imported_with_their_initiative_or_not_at_all(
    team: Vsm,
) -> None:
    text = "name,spent,currency\nA,-5,EUR\nB,7,\n"
    refused = team("initiative", "import", "-", input=text)
    assert "line 3, spent: B has no unit of money yet" in refused.stderr
    assert team.json("portfolio")["initiatives"] == []
    tried = team.json("initiative", "import", "-", "--dry-run", "--currency", "EUR", input=text)
    assert (tried["rows"], tried["changes"]) == (2, 4), "two of them are amounts"
    team("initiative", "import", "-", "--currency", "EUR", input=text)
    spent = {row["key"]: row["spent"] for row in team.json("portfolio")["initiatives"]}
    assert spent == {"A": -5, "B": 7}
    team.ok("undo")
    assert team.json("portfolio")["initiatives"] == [], "it is one step"


def test_all_mistakes_are_named_the_first_ten_each(team: Vsm) -> None:
    text = "name,delay,need_by\n" + "".join(f"N{n},much,soon\n" for n in range(6)) + "A\n,5,\n"
    refused = team("initiative", "import", "-", input=text)
    lines = refused.stderr.splitlines()
    assert len(lines) == 12 and refused.exit_code == 2
    assert lines[0].endswith("line 2, delay: 'much' is no number; write 1234.5, without units")
    assert "line 2, need_by: 'soon' is no day" in lines[1]
    assert lines[10] == "vsm: and 4 more"
    assert "14 mistakes, so nothing is imported; mend them" in lines[11]
    rows = "name,delay,objective\nA,5,\nB,,Fame\n"
    refused = team("initiative", "import", "-", input=rows)
    lines = refused.stderr.splitlines()
    assert "line 3, objective: there is no objective 'Fame'; add it first" in lines[0]
    assert "line 2, delay: an amount without a unit" in lines[1]
    assert "2 values are refused, so nothing is imported" in lines[2]
    assert refused.exit_code == 2 and team.json("portfolio")["initiatives"] == []


def test_long_names_are_cut_and_counted(team: Vsm) -> None:
    text = "name\n" + 101 * "x" + "\nshort\n"
    tried = team("initiative", "import", "-", "--dry-run", input=text)
    assert "1 name cut to 100 characters" in tried.stdout
    done = team("initiative", "import", "-", input=text)
    assert "1 name cut to 100 characters" in done.stderr
    names = {row["key"] for row in team.json("portfolio")["initiatives"]}
    assert names == {"short", 99 * "x" + "…"}
    assert "nothing new" in team("initiative", "import", "-", input=text).stdout


def test_numbers_that_a_spreadsheet_shortened_are_recognised(team: Vsm) -> None:
    text = "name,delay\n1,1\n1,2\n3.22E+08,1\n3.22E+08,2\n"
    refused = team("initiative", "import", "-", input=text)
    assert "such as '3.22e+08', which looks like a number that a spreadsheet" in refused.stderr
    assert "--column name='HEAD + HEAD'" in refused.stderr


def test_a_row_that_says_the_same_twice_is_read_once(team: Vsm) -> None:
    team.ok("initiative", "import", "-", input="name,filter\nA,label:a\nA,label:a\nB,\n")
    assert len(team.json("portfolio")["initiatives"]) == 2


@pytest.mark.skipif(not REGISTER.is_file(), reason=f"{REGISTER} is not there")
def test_a_register_of_2472_federal_projects_says_where_its_days_are_wrong(
    team: Vsm, tmp_path: Path
) -> None:
    path = tmp_path / "projects.csv"
    path.write_bytes(gzip.decompress(REGISTER.read_bytes()))
    due = "Planned Project Completion Date (B2)"
    columns = {
        "name": "Project ID",
        "need_by": due,
        "planned_end": due,
        "projected_end": "Projected/Actual Project Completion Date (B2)",
        "variance_days": "Schedule Variance (in days)",
        "spent": "Projected/Actual Cost ($ M)",
    }
    words = [word for pair in columns.items() for word in ("--column", "=".join(pair))]
    plan = team.json("initiative", "import", str(path), *words, "--currency", "M USD", "--dry-run")
    swapped = [row for row in plan["in_doubt"] if row["why"].endswith("swapped")]
    # four rows stand there twice; counted apart by another program
    assert (plan["rows"], len(plan["in_doubt"]), len(swapped)) == (2468, 347, 136)
    done = team("initiative", "import", str(path), *words, "--currency", "M USD")
    assert done.exit_code == 0
    rows = team.json("portfolio")["initiatives"]
    assert sum(row["spent"] for row in rows) == pytest.approx(51_898.2, abs=0.1)


def jira(key: str, kind: str, summary: str, **fields: object) -> dict[str, object]:
    """An issue of Jira with its change log."""
    status = {"name": "To Do", "statusCategory": {"key": "new"}}
    about = {"summary": summary, "issuetype": {"name": kind}, "status": status}
    created = {"created": "2026-01-05T10:00:00.000+0000", **fields}
    log = {"startAt": 0, "maxResults": 0, "total": 0, "histories": []}
    number = key.rpartition("-")[2]
    return {"id": number, "key": key, "fields": {**about, **created}, "changelog": log}


DONE = {"name": "Done", "statusCategory": {"key": "done"}}
EPICS = [
    jira("PAY-1", "Epic", "Loyalty", duedate="2027-03-31"),
    jira("PAY-10", "Epic", "Loyalty"),
    jira("PAY-2", "Story", "Points", parent={"key": "PAY-1"}),
    jira("PAY-3", "Story", "Badges", parent={"key": "PAY-10"}),
    jira("PAY-4", "Epic", "Old", status=DONE),
]


def write(path: Path, records: object) -> str:
    path.write_text(json.dumps(records))
    return str(path)


def test_epics_of_jira_find_their_parts_and_nothing_else(vsm: Vsm, tmp_path: Path) -> None:
    file = write(tmp_path / "issues.json", {"issues": EPICS})
    vsm("import", file, "--stream", "Pay")
    plan = vsm.json("initiative", "import", file, "--dry-run")
    assert (plan["rows"], plan["changes"]) == (2, 2)
    assert plan["notes"] == [
        f"{file} has epics of Jira",
        "1 closed one left out",
        "2 issues of other types left out (--type NAME)",
        "2 initiatives added, 0 changed",
    ]
    assert vsm.json("portfolio")["initiatives"] == [], "a dry run changes nothing"
    vsm("initiative", "import", file)
    rows = {row["key"]: row for row in vsm.json("portfolio")["initiatives"]}
    assert set(rows) == {"Loyalty", "Loyalty (PAY-10)"}, "names are unique"
    assert (rows["Loyalty"]["filter"], rows["Loyalty"]["need_by"]) == (
        *('key:"PAY-1"', "2027-03-31"),
    )
    assert {name: row["items"] for name, row in rows.items()} == dict.fromkeys(rows, 1), (
        "PAY-1 is not the beginning of PAY-10, and an epic with parts is no work of its own"
    )


def test_epics_that_were_renamed_here_keep_their_name(vsm: Vsm, tmp_path: Path) -> None:
    file = write(tmp_path / "issues.json", EPICS)
    vsm("import", file, "--stream", "Pay")
    vsm("initiative", "import", file)
    again = vsm("initiative", "import", file)
    assert "nothing new" in again.output
    vsm.ok("initiative", "set", "Loyalty", "--name", "Points for all")
    first = jira("PAY-1", "Epic", "Loyalty", duedate="2027-04-30")
    later = write(tmp_path / "later.json", [first, *EPICS[1:]])
    vsm("initiative", "import", later)
    rows = {row["key"]: row["need_by"] for row in vsm.json("portfolio")["initiatives"]}
    assert rows == {"Points for all": "2027-04-30", "Loyalty (PAY-10)": None}


JIRA_CSV = """\
Summary,Issue key,Issue id,Issue Type,Status,Resolution,Due Date,Labels,Labels
Loyalty,ACC-1,1,Epic,To Do,,31/Mar/27 12:00 AM,a,b
"Ledger, new",ACC-2,2,Epic,To Do,Unresolved,,,
Old,ACC-3,3,Epic,Done,Done,,,
Vault,ACC-4,4,Initiative,To Do,,,,
"""


def test_epics_of_a_csv_file_of_jira(team: Vsm) -> None:
    done = team("initiative", "import", "-", input=JIRA_CSV)
    assert "1 closed one left out" in done.stderr and "1 issue of other types" in done.stderr
    assert '2 filters of 2 match no item yet: key:"ACC-1", key:"ACC-2"' in done.stderr
    rows = {row["key"]: row for row in team.json("portfolio")["initiatives"]}
    assert {name: row["need_by"] for name, row in rows.items()} == {
        "Loyalty": "2027-03-31",
        "Ledger, new": None,
    }
    types = ("--type", "epic", "--type", "Initiative")
    assert team.json("initiative", "import", "-", *types, "--dry-run", input=JIRA_CSV)["rows"] == 3


def test_a_csv_file_of_jira_without_status_categories_goes_by_names(team: Vsm) -> None:
    head = "Summary,Issue key,Issue Type,Status\n"
    states = ("Done", "Won't Fix", "To Do", "In Progress", "Ready for Release", "Zork", "")
    rows = "".join(f"E{n},ACC-{n},Epic,{state}\n" for n, state in enumerate(states, 1))
    plan = team.json("initiative", "import", "-", "--dry-run", input=head + rows)
    assert plan["rows"] == 5
    assert "2 closed ones left out, 2 of them by the name of the status" in plan["notes"]
    unsure = "the state of 2 rows is not known, so they are taken as open (lines 7, 8)"
    assert any(note.startswith(unsure) for note in plan["notes"]), plan["notes"]
    # a column says of each row what its name does not
    whole = head.strip() + ",Resolution\n" + rows.replace("\n", ",\n")
    plan = team.json("initiative", "import", "-", "--dry-run", input=whole)
    assert plan["rows"] == 5 and not any("is not known" in note for note in plan["notes"])
    named = head.strip() + ",Status Category\nE1,ACC-1,Epic,Done,In Progress\n"
    assert team.json("initiative", "import", "-", "--dry-run", input=named)["rows"] == 1


MILESTONE = {"number": 7, "title": "v2.0", "state": "open", "open_issues": 2, "due_on": None}
GITLAB = {"id": 1, "iid": 4, "title": "Q1", "state": "active", "due_date": "2027-03-31",
          "expired": False}  # fmt: skip
EPIC = {"id": 9, "iid": 3, "title": "Loyalty", "state": "opened", "due_date": None,
        "due_date_is_fixed": False}  # fmt: skip


def test_milestones_and_epics_find_their_items_by_label(team: Vsm) -> None:
    records = [
        {**MILESTONE, "title": "q1"},
        {**MILESTONE, "number": 8, "title": "v3.0", "due_on": "2027-05-23T07:00:00Z"},
        {**MILESTONE, "number": 1, "state": "closed"},
        {**GITLAB, "title": "Gitlab Q1"},
        EPIC,
        {**EPIC, "iid": 5, "state": "closed"},
    ]
    lines = "\n".join(map(json.dumps, records))
    done = team("initiative", "import", "-", input=lines)
    assert "milestones of GitHub and milestones of GitLab and epics of GitLab" in done.stderr
    assert "2 closed ones left out" in done.stderr
    assert "3 filters of 4 match no item yet" in done.stderr
    rows = {row["key"]: row for row in team.json("portfolio")["initiatives"]}
    assert {name: (row["filter"], row["need_by"]) for name, row in rows.items()} == {
        "q1": ('label:"q1"', None),
        "v3.0": ('label:"v3.0"', "2027-05-23"),
        "Gitlab Q1": ('label:"Gitlab Q1"', "2027-03-31"),
        "Loyalty": ('label:"Loyalty"', None),
    }
    assert rows["q1"]["items"] == 1, "the item of the team has that label"
    assert "nothing new" in team("initiative", "import", "-", input=lines).output


def test_a_title_that_no_filter_can_name_is_said(team: Vsm) -> None:
    record = json.dumps({**MILESTONE, "title": 'the "best" one'})
    done = team("initiative", "import", "-", input=record)
    assert "line 1: no filter can be written for" in done.stderr
    (row,) = team.json("portfolio")["initiatives"]
    assert (row["key"], row["filter"]) == ('the "best" one', "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"key": "PAY-1"', "line 1"),
        ("[]", "0 initiatives"),
        ('[\n{"key": "x", "fields": {}}]', "line 2, key: 'x' is no issue key"),
        ('{"title": "a", "iid": 1}', "line 1, record: it has 'title, iid'"),
        (json.dumps({**MILESTONE, "due_on": "soon"}), "line 1, due_on: 'soon' is no date"),
        (json.dumps({**MILESTONE, "title": ""}), "line 1, title: is missing"),
        (json.dumps({**MILESTONE, "title": 3}), "line 1, title: 3 should be a text"),
        (json.dumps(jira("PAY-1", "Epic", "x", duedate="31.3.")), "line 1, fields.duedate"),
        (JIRA_CSV.replace("31/Mar/27 12:00 AM", "soon"), "line 2, Due date: 'soon' is no time"),
        (JIRA_CSV.replace("31/Mar/27 12:00 AM", "3/4/2027"), "is ambiguous"),
        (JIRA_CSV.replace("ACC-1,", "ACC,"), "line 2, Issue key: 'ACC' is no issue key"),
        (JIRA_CSV.replace(",a,b", ""), "line 2: 7 fields where the first line names 9"),
        (JIRA_CSV.replace('"Ledger, new"', '"Ledger'), "line "),
    ],
)
def test_what_is_wrong_in_a_file_of_a_tracker(team: Vsm, text: str, message: str) -> None:
    refused = team("initiative", "import", "-", "--dry-run", input=text)
    assert message in refused.output, refused.output
    assert "Traceback" not in refused.output
    assert team.json("portfolio")["initiatives"] == []


def test_what_changes_is_said_before_and_after(team: Vsm, tmp_path: Path) -> None:
    file = tmp_path / "plan.csv"
    file.write_text("name,need_by,filter\nFees,2027-05-30,\nNew one,,label:new\n")
    team.ok("initiative", "add", "Fees", "--filter", "label:fees")
    tried = team.ok("initiative", "import", str(file), "--dry-run")
    assert "1 initiative added, 1 changed" in tried and "Fees: need_by 2027-05-30" in tried
    done = team("initiative", "import", str(file))
    assert "1 initiative added, 1 changed" in done.stderr
