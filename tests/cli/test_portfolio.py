"""``vsm portfolio``, ``initiative`` and ``objective``: from the first one to a decision."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.cli.conftest import Vsm


@pytest.fixture
def portfolio(team: Vsm) -> Vsm:
    """An initiative with one open item, tied to an objective."""
    team.ok("objective", "add", "Fewer leave", "--share", "40%")
    team.ok("initiative", "add", "Fees", "--filter", "label:q1", "--hypothesis", "Fair fees keep")
    team.ok("initiative", "serves", "Fees", "Fewer leave")
    return team


def test_it_says_how_to_begin(team: Vsm) -> None:
    text = team.ok("portfolio")
    assert "There are no initiatives yet" in text
    assert "vsm initiative add NAME --filter label:NAME" in text
    assert team.json("portfolio")["initiatives"] == []
    assert "There are no initiatives yet" in team("initiative").output


def test_what_is_known_is_shown_and_what_is_not_is_said(portfolio: Vsm) -> None:
    portfolio.ok("initiative", "set", "Fees", "--currency", "EUR", "--delay-likely", "6000")
    shape = portfolio.json("portfolio")
    (row,) = shape["initiatives"]
    assert (row["key"], row["state"], row["items"], row["finished"]) == ("Fees", "funnel", 1, 0)
    assert row["objectives"] == [{"objective": "Fewer leave", "weight": 1.0}]
    assert row["cost_of_delay"]["likely"] == 6000
    assert (row["cd3"], row["roi"], row["stop_card"]) == (None, None, None)
    assert row["forecast"]["cannot"], "nothing has finished yet"
    assert row["flags"] == ["cannot forecast"]
    assert (shape["currency"], shape["under_way"]) == ("EUR", 0)
    page = portfolio.ok("initiative", "show", "fees")
    assert "Hypothesis: Fair fees keep" in page
    assert "No forecast: " in page and "1 open item: label:q1" in page


def test_decisions_keep_the_figures_of_their_moment(portfolio: Vsm) -> None:
    portfolio.ok("initiative", "decide", "Fees", "start", "--reason", "fair")
    refused = portfolio("initiative", "decide", "Fees", "start", "--reason", "again")
    assert (refused.exit_code, "Fees is implementing already" in refused.stderr) == (1, True)
    assert "missing option '--reason'" in portfolio("initiative", "decide", "Fees", "stop").stderr
    portfolio.ok("initiative", "review", "1", "right", "--note", "it was")
    (row,) = portfolio.json("portfolio")["initiatives"]
    (decision,) = row["decisions"]
    assert (decision["decision"], decision["reason"], decision["hindsight"]) == (
        *("start", "fair", "right"),
    )
    assert "there is no decision" in portfolio("initiative", "review", "9", "right").stderr
    set_by_hand = portfolio("initiative", "set", "Fees", "--state", "stopped")
    assert "whether it becomes stopped is decided" in set_by_hand.stderr


def test_indicators_and_money(portfolio: Vsm) -> None:
    span = ("--from", "2026-01-01", "--until", "2026-12-31")
    portfolio.ok("objective", "measure", "Fewer leave", "churn", "--start", "4", "--target", "3",
                 *span)  # fmt: skip
    portfolio.ok("objective", "read", "Fewer leave", "churn", "3.9", "--day", "2026-02-01")
    portfolio.ok("initiative", "measure", "Fees", "complaints", "--role", "guard",
                 "--start", "3", "--target", "6", *span)  # fmt: skip
    for day, value in (("2026-02-01", "7"), ("2026-03-01", "8")):
        portfolio.ok("initiative", "read", "Fees", "complaints", value, "--day", day)
    unknown = portfolio("initiative", "read", "Fees", "sign-ups", "1")
    assert "it has no indicator 'sign-ups'; it has complaints" in unknown.stderr
    portfolio.ok("initiative", "set", "Fees", "--currency", "EUR")
    portfolio.ok("initiative", "spend", "Fees", "1200", "--day", "2026-02-01")
    portfolio.ok("initiative", "spend", "Fees", "-200", "--day", "2026-02-02")
    portfolio.ok("initiative", "decide", "Fees", "start", "--reason", "fair")
    shape = portfolio.json("portfolio")
    (row,) = shape["initiatives"]
    assert row["spent"] == 1000
    (guard,) = row["indicators"]
    assert (guard["value"], guard["expected"], guard["behind"]) == (8, 6, 2)
    assert row["stop_card"]["reasons_for"] == ["complaints has been past its bound for 2 readings"]
    assert shape["objectives"][0]["key_results"][0]["value"] == 3.9
    assert "To be asked whether to go on: Fees" in portfolio.ok("portfolio")


def test_an_objective_that_is_closed_is_a_reason_to_ask(portfolio: Vsm) -> None:
    portfolio.ok("initiative", "decide", "Fees", "start", "--reason", "fair")
    assert portfolio.json("portfolio")["initiatives"][0]["stop_card"] is None
    portfolio.ok("objective", "set", "Fewer leave", "--closed", "yes")
    card = portfolio.json("portfolio")["initiatives"][0]["stop_card"]
    assert card["reasons_for"] == ["all objectives that it serves are closed"]


def test_the_past_shows_what_was_on_record_then(portfolio: Vsm) -> None:
    assert portfolio.json("portfolio", "--as-of", "2020-01-01")["initiatives"] == []
    gone = portfolio("initiative", "show", "Fees", "--as-of", "2020-01-01")
    assert "Fees was not on record then" in gone.stderr


@pytest.mark.parametrize("form", ["text", "md", "html"])
def test_every_format_has_the_initiative(portfolio: Vsm, form: str) -> None:
    assert "Fees" in portfolio.ok("portfolio", "--format", form)


def test_a_tie_is_changed_and_taken_away(portfolio: Vsm) -> None:
    portfolio.ok("initiative", "serves", "Fees", "Fewer leave", "60%")
    (row,) = portfolio.json("portfolio")["initiatives"]
    assert row["objectives"] == [{"objective": "Fewer leave", "weight": 0.6}]
    portfolio.ok("initiative", "serves", "Fees", "Fewer leave", "none")
    assert (
        "does not serve" in portfolio("initiative", "serves", "Fees", "Fewer leave", "none").stderr
    )
    assert portfolio.json("portfolio")["initiatives"][0]["flags"] == [
        *("cannot forecast", "no objective"),
    ]


def test_the_roadmap_in_every_format(portfolio: Vsm) -> None:
    portfolio.ok("initiative", "set", "Fees", "--need-by", "2031-01-31")
    text = portfolio.ok("portfolio", "--roadmap")
    assert "Roadmap by " in text and "Fees" in text and "No forecast for Fees: " in text
    shape = portfolio.json("portfolio", "--roadmap")
    assert shape["schema"] == "vsm.portfolio-roadmap/1"
    (row,) = shape["initiatives"]
    assert (row["key"], row["p50"], row["need_by"]) == ("Fees", None, "2031-01-31")
    assert row["cannot"] and not row["is_late"]
    assert "<svg " in portfolio.ok("portfolio", "--roadmap", "--format", "html")
    assert "| Fees | funnel |" in portfolio.ok("portfolio", "--roadmap", "--format", "md")
    both = portfolio("portfolio", "--roadmap", "--without", "Fees")
    assert "--without, --first and --roadmap exclude each other" in both.stderr
    assert "There are no initiatives yet" in portfolio.ok(
        "portfolio", "--roadmap", "--as-of", "2020-01-01"
    )


SHEETS = ["Summary", "Initiatives", "Work left", "Objectives", "Share of work", "Indicators",
          "Decisions", "Roadmap"]  # fmt: skip


def test_excel_has_days_numbers_and_shares_as_such(portfolio: Vsm, tmp_path: Path) -> None:
    portfolio.ok("initiative", "set", "Fees", "--currency", "EUR", "--delay-likely", "6000",
                 "--need-by", "2027-03-31", "--remaining", "120000")  # fmt: skip
    span = ("--from", "2026-01-01", "--until", "2026-12-31")
    portfolio.ok("objective", "measure", "Fewer leave", "churn", "--target", "3", *span)
    portfolio.ok("initiative", "decide", "Fees", "start", "--reason", "fair")
    portfolio.ok("initiative", "add", "Past", "--filter", "label:none")
    portfolio.ok("initiative", "decide", "Past", "stop", "--reason", "no")
    file = tmp_path / "portfolio.xlsx"
    done = portfolio("portfolio", "--xlsx", str(file))
    assert "wrote 2 initiatives to" in done.stderr and done.stdout == ""
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == SHEETS
    (row,) = rows_of(book["Initiatives"], "Fees")
    assert (row["Needed by"].is_date, row["Needed by"].value) == (True, datetime(2027, 3, 31))
    assert (row["Delay: likely"].data_type, row["Delay: likely"].value) == ("n", 6000)
    assert (row["Still to pay"].value, row["Open items"].value) == (120000, 1)
    assert row["No forecast"].value, "why there is none"
    (aim,) = rows_of(book["Objectives"], "Fewer leave")
    assert (aim["Intended share"].value, aim["Intended share"].number_format) == (0.4, "0.0%")
    (decision,) = rows_of(book["Decisions"], "Fees")
    assert decision["At (UTC)"].is_date and decision["Still to pay then"].value == 120000
    (late,) = rows_of(book["Roadmap"], "Fees")
    assert late["Needed by"].value == datetime(2027, 3, 31)
    assert late["Begun"].is_date and late["No forecast"].value == row["No forecast"].value
    (past,) = rows_of(book["Roadmap"], "Past")
    assert past["Ended"].is_date and "●" in {cell.value for cell in past.values()}
    signs = {name: cell.value for name, cell in late.items() if name.startswith("Q")}
    assert not signs or signs["Q1 2027"] == "◆"
    both = portfolio("portfolio", "--xlsx", str(file), "--json")
    assert json.loads(both.stdout)["currency"] == "EUR"


def rows_of(sheet: Any, name: str) -> list[dict[str, Any]]:
    """The rows of a sheet that begin with a name, as cells by their heads."""
    heads = [cell.value for cell in sheet[1]]
    return [dict(zip(heads, row, strict=True)) for row in sheet.iter_rows() if row[0].value == name]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@"])
def test_texts_in_excel_are_no_formulas(portfolio: Vsm, tmp_path: Path, sign: str) -> None:
    name = f'{sign}HYPERLINK("http://x")'
    portfolio.ok("initiative", "add", "Next", "--hypothesis", name)
    portfolio.ok("initiative", "set", "Next", "--name", name)
    portfolio.ok("objective", "set", "Fewer leave", "--name", name)
    portfolio.ok("initiative", "decide", "--reason", name, "--", name, "pin")
    file = tmp_path / "portfolio.xlsx"
    portfolio("portfolio", "--xlsx", str(file))
    book = openpyxl.load_workbook(file)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    hostile = [cell for cell in cells if cell.value == name]
    assert len(hostile) >= 6 and {cell.data_type for cell in hostile} == {"s"}
    assert not any(cell.hyperlink for cell in cells)


def test_a_workbook_is_refused_where_it_cannot_be(portfolio: Vsm, tmp_path: Path) -> None:
    assert "name a file" in portfolio("portfolio", "--xlsx", "-").stderr
    assert "is a folder" in portfolio("portfolio", "--xlsx", str(tmp_path)).stderr
    both = portfolio("portfolio", "--without", "Fees", "--xlsx", "p.xlsx")
    assert "--without, --first and --xlsx exclude each other" in both.stderr


def test_the_list_has_the_fields_that_one_looks_for_first(portfolio: Vsm) -> None:
    portfolio.ok("initiative", "set", "Fees", "--currency", "EUR", "--delay-likely", "6000",
                 "--need-by", "2027-03-31")  # fmt: skip
    portfolio.ok("initiative", "add", "Rules", "--profile", "deadline", "--delay-likely", "90000",
                 "--delay-until", "2027-06-30", "--currency", "EUR", "--place", "1")  # fmt: skip
    heads, *rows = portfolio.ok("initiative", "list").splitlines()
    assert heads.split("  ")[0] == "PLACE" and "DELAY A WEEK" in heads
    assert [line.split()[:3] for line in rows] == [
        ["1", "Rules", "funnel"],
        ["-", "Fees", "funnel"],
    ]
    assert "90,000 EUR once" in rows[0]
    assert "Fewer leave" in rows[1] and "6,000 EUR" in rows[1] and "2027-03-31" in rows[1]
    assert portfolio.ok("initiative").splitlines() == [heads, *rows]
    whole = portfolio.ok("initiative", "list", "--all-fields").splitlines()[0]
    assert "HYPOTHESIS" in whole and "BENEFIT" in whole
    assert {row["name"] for row in portfolio.json("initiative", "list")} == {"Rules", "Fees"}


def test_names_that_are_hostile_stay_text(portfolio: Vsm) -> None:
    portfolio.ok("initiative", "add", "=1+1 \x1b[31m<b>", "--filter", "label:none")
    text = portfolio.ok("portfolio")
    assert "\x1b[31m" not in text
    assert "<b>" not in portfolio.ok("portfolio", "--format", "html").replace("&lt;b&gt;", "")
    assert json.dumps(portfolio.json("portfolio"))


def test_what_is_tried_without_changes_nothing(portfolio: Vsm) -> None:
    shape = portfolio.json("portfolio", "--without", "Fees")
    assert (shape["schema"], shape["stopped"]) == ("vsm.portfolio-without/1", ["Fees"])
    assert portfolio.json("portfolio")["initiatives"][0]["state"] == "funnel"
    assert "no initiative" in portfolio("portfolio", "--without", "Feez").stderr
    shape = portfolio.json("portfolio", "--first", "Fees")
    assert (shape["stopped"], shape["first"]) == ([], ["Fees"])
    both = portfolio.fails(2, "portfolio", "--first", "Fees", "--without", "Fees")
    assert "cannot be stopped and begun next" in both
    assert "exclude each other" in portfolio.fails(2, "portfolio", "--first", "Fees", "--roadmap")


def test_a_history_that_ended_is_said_without_a_remedy_that_leads_nowhere(
    portfolio: Vsm, monkeypatch: pytest.MonkeyPatch
) -> None:
    cannot = "Card issuing: nothing has finished since 17 Aug 2014; --as-of 2014-08-17 forecasts"
    monkeypatch.setattr("vsm.features.forecast.reading._cannot", lambda *_: cannot[14:])
    (row,) = portfolio.json("portfolio")["initiatives"]
    assert row["forecast"]["cannot"] == cannot.partition(";")[0], "it was not on record then"


def test_a_budget_is_held_against_what_it_costs(portfolio: Vsm) -> None:
    money = ("--currency", "EUR", "--remaining", "120000", "--budget", "100000")
    portfolio.ok("initiative", "set", "Fees", *money)
    portfolio.ok("initiative", "spend", "Fees", "10000")
    text = " ".join(portfolio.ok("initiative", "show", "Fees").split())
    assert "Budget 100k EUR: spent and still to pay are 130k EUR, 30k EUR over it" in text
    portfolio.ok("initiative", "set", "Fees", "--remaining", "80000")
    text = " ".join(portfolio.ok("initiative", "show", "Fees").split())
    assert "Budget 100k EUR: spent and still to pay are 90k EUR, 10k EUR under it" in text
    refused = portfolio("initiative", "set", "Fees", "--budget", "-1")
    assert refused.exit_code == 2 and "budget" in refused.stderr


def test_all_decisions_are_listed_with_their_figures(portfolio: Vsm) -> None:
    assert "Nothing was decided yet: vsm initiative decide" in portfolio.ok(
        "portfolio", "--decisions"
    )
    portfolio.ok("initiative", "decide", "Fees", "start", "--reason", "fair | simple")
    portfolio.ok("initiative", "decide", "Fees", "stop", "--reason", "too dear")
    text = portfolio.ok("portfolio", "--decisions", "--format", "md")
    assert "2 decisions" in text and text.index("too dear") < text.index("fair \\| simple")
    refused = portfolio("portfolio", "--decisions", "--alignment")
    assert refused.exit_code == 2
    assert "--alignment and --decisions exclude each other" in refused.stderr
