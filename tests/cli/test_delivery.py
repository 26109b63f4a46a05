"""``vsm delivery``: the list, one service, formats, the past, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.cli.conftest import ROOT, Vsm

WINDOW = ("--from", "2025-11-01", "--to", "2025-11-30")
CHANGES = [
    {
        "ref": "acme/pay#1",
        "first_commit": "2025-11-02T09:00:00Z",
        "proposed": "2025-11-02T10:00:00Z",
        "reviewed": "2025-11-02T11:00:00Z",
        "merged": "2025-11-02T12:00:00Z",
        "commits": ["4be1c0d"],
        "items": ["PAY-1"],
    },
    {
        "ref": "acme/pay#2",
        "first_commit": "2025-11-03T09:00:00Z",
        "merged": "2025-11-02T12:00:00Z",
        "commits": ["4be1c0d"],
    },
]


@pytest.fixture
def payments(team: Vsm) -> Vsm:
    """A service with two deployments, an incident after the first, and two changes."""
    team.ok("service", "add", "payments", "--stream", "Card issuing")
    team.ok("service", "add", "Accounts")
    record = ("deploy", "record", "--service", "payments", "--status", "success")
    first = ("--sha", "4be1c0d", "--finished", "2025-11-03T09:00:00Z", "--changes", "-")
    team.ok(*record, *first, input=json.dumps(CHANGES))
    team.ok("incident", "open", "INC-7", "--service", "payments", "--opened",
            "2025-11-04T09:00:00Z")  # fmt: skip
    team.ok(*record, "--finished", "2025-11-04T15:00:00Z", "--because", "INC-7", "--ref", "fix")
    return team


def test_where_nothing_is_on_record_it_names_three_ways_to_begin(team: Vsm) -> None:
    out = team.ok("delivery")
    assert "No deployments are known" in out
    assert [line.strip()[:2] for line in out.splitlines() if line.strip()[1:2] == "."] == [
        *("1.", "2.", "3.")
    ]
    assert "vsm service add NAME" in out and "vsm deploy record --service NAME" in out
    team.ok("service", "add", "Card payments")
    assert "--service 'Card payments'" in team.ok("delivery", "card")


def test_services_are_listed_by_name(payments: Vsm) -> None:
    rows = payments.json("delivery", *WINDOW)["services"]
    assert [row["service"] for row in rows] == ["Accounts", "payments"]
    assert [row["measures"]["frequency"]["n"] for row in rows] == [0, 2]
    text = payments.ok("delivery", *WINDOW)
    assert text.index("Accounts") < text.index("payments")


def test_a_service_has_its_five_measures_and_what_is_behind(payments: Vsm) -> None:
    result = payments.json("delivery", "payments", *WINDOW)
    assert result["schema"] == "vsm.delivery/1"
    five = result["measures"]
    lead = five["lead_time"]
    assert (lead["n"], lead["p50"], lead["parts"]["deploy"]["p50"]) == (1, 24.0, 21.0)
    assert lead["impossible"] == [{"what": "acme/pay#2", "why": "merged before first commit"}]
    assert (five["frequency"]["n"], five["frequency"]["gap"]) == (2, 30.0)
    assert (five["change_fail"]["count"], five["change_fail"]["inferred"]) == (1, 1)
    assert (five["recovery"]["p50"], five["recovery"]["n"]) == (30.0, 1)
    assert (five["rework"]["count"], five["rework"]["n"]) == (1, 2)
    assert [one["id"] for one in result["deployments"]] == [2, 1]
    assert result["deployments"][1]["incidents"] == ["INC-7"]
    assert result["incidents"][0]["link"] == "inferred"
    assert result["changes"][0]["items"] == ["PAY-1"]
    assert set(result["definitions"]) >= {"lead_time", "change_fail", "recovery", "cause"}


def test_the_text_says_the_same_as_the_json(payments: Vsm) -> None:
    text = payments.ok("delivery", "payments", *WINDOW)
    assert "Half of 1 change went live within 24 h of the first commit" in text
    assert "1 change left out: the order of moments is impossible" in text
    assert "1 of 2 deployments caused an incident: between 9% and 91%" in text
    assert "1 of 1 by inferred links alone" in text
    assert "1 failed deployment was over within 30 h" in text
    assert "Production: environments called production or prod" in text


def test_what_is_behind_a_figure_is_listed(payments: Vsm) -> None:
    def lines(behind: str) -> str:
        return payments.ok("delivery", "payments", *WINDOW, "--list", behind)

    assert "acme/pay#1" in lines("changes") and "acme/pay#2" not in lines("changes")
    assert "merged before first commit" in lines("impossible")
    assert "INC-7" in lines("failed") and "inferred" in lines("failed")
    assert "repairs an incident" in lines("unplanned")
    assert "INC-7" in lines("incidents") and "PAY-1" in lines("deployments")
    assert "All items of this window are in an impossible order" in lines("items")
    assert "live before it was created" in lines("impossible"), "PAY-1 was made just now"
    assert payments.fails(2, "delivery", "--list", "failed").count("about one service") == 1


def test_reports_have_all_formats(payments: Vsm, tmp_path: Path) -> None:
    assert payments.ok("delivery", "payments", *WINDOW, "--format", "md").startswith("# ")
    page = tmp_path / "delivery.html"
    result = payments("delivery", "payments", *WINDOW, "--format", "html", "-o", str(page))
    assert result.exit_code == 0 and "<html" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["delivery", "deliveries"])
def test_the_json_is_what_its_schema_says(payments: Vsm, name: str) -> None:
    schema = json.loads((ROOT / "docs" / f"{name}.schema.json").read_text(encoding="utf-8"))
    arguments = ("delivery", "payments") if name == "delivery" else ("delivery",)
    Draft202012Validator(schema).validate(payments.json(*arguments, *WINDOW))


def test_an_unknown_service_names_the_nearest(payments: Vsm) -> None:
    line = payments.fails(2, "delivery", "paymets")
    assert "there is no service 'paymets'; did you mean 'payments'?" in line


def test_before_the_service_was_on_record_there_is_nothing_to_show(payments: Vsm) -> None:
    line = payments.fails(2, "delivery", "payments", "--as-of", "2025-11-03")
    assert "payments was not on record on 2025-11-03" in line


def test_a_window_that_ends_before_it_begins_is_refused(payments: Vsm) -> None:
    payments.fails(2, "delivery", "payments", "--from", "2025-12-01", "--to", "2025-11-01")
