"""``vsm initiative import``: what a file says, what it contradicts itself in, what is refused."""

from __future__ import annotations

import gzip
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
