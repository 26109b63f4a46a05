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
    assert "line 2: there is no objective 'Fewer leave'" in refused.stderr
    team.ok("objective", "add", "Fewer leave")
    plan = team.json("initiative", "import", file, *COLUMNS, "--dry-run")
    assert (plan["rows"], plan["changes"]) == (3, 3)
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
        ("name\n" + 101 * "x" + "\n", (), "line 2: the name has 101 characters"),
        ("name\nA\n", ("--column", "delay=Cost"), "there is no column 'Cost'"),
        ("name\nA\n", ("--column", "cost=Cost"), "give FIELD=HEAD"),
        ("name,delay\nA,5\n", (), "an amount without a unit says nothing"),
        ('name\n"A\n', (), "line 2"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    team: Vsm, text: str, words: tuple[str, ...], message: str
) -> None:
    refused = team("initiative", "import", "-", *words, input=text)
    assert refused.exit_code != 0 and message in refused.stderr, refused.stderr
    assert "Traceback" not in refused.output
    assert team.json("portfolio")["initiatives"] == []


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
