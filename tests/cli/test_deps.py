"""``vsm deps``: as a report and as JSON that the published schema allows."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_exports import MARCH, demo, organisation, valid
from vsm.features.dependencies.report import report as document
from vsm.features.dependencies.results import Dependencies, DependentItem, Odds, TeamPair, Wait
from vsm.model.dates import MONTHS
from vsm.report.document import Sentence, Table

if TYPE_CHECKING:
    from tests.cli.conftest import Vsm

__all__ = ["demo", "organisation"]

DATE = re.compile(r"\d{4}-\d\d-\d\d")


def as_told(match: re.Match[str]) -> str:
    """A date of JSON as texts write it where nothing is chosen."""
    day = date.fromisoformat(match[0])
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


@pytest.fixture
def web(vsm: Vsm) -> Vsm:
    vsm.ok("init", "--template", "kanban", "--name", "Web")
    for title in ("Login", "Logout", "Reset", "Token"):
        vsm.ok("item", "add", title)
    return vsm


def test_without_links_it_says_so(web: Vsm) -> None:
    assert "No unfinished item waits for another one." in web.ok("deps")
    report = valid(web.json("deps"), "dependencies")
    assert (report["team_matrix"], report["critical_path"], report["cycles"]) == ([], None, [])


def test_the_demos_platform_holds_others_up(demo: Vsm) -> None:
    report = valid(demo.json("deps"), "dependencies")
    assert {row["blocking_team"] for row in report["team_matrix"]} == {"Ledger"}
    assert report["teams"][0]["team"] == "Ledger"
    assert sum(row["open"] for row in report["team_matrix"]) == len(report["open"]) > 0
    text = demo.ok("deps")
    for top in report["top_blockers"]:
        assert top["key"] in text
    sentences = " ".join(text.split())
    dated = [risk["why"] for risk in report["risks"] if DATE.search(risk["why"])]
    assert dated, "some is needed by a date: ISO in JSON, as chosen in texts"
    for risk in report["risks"]:
        assert DATE.sub(as_told, risk["why"]) in sentences


def test_what_is_waited_for_has_the_odds_of_its_forecast(demo: Vsm) -> None:
    report = valid(demo.json("deps", "--as-of", MARCH), "dependencies")
    forecasts = {
        item["key"]: item
        for stream in ("Card issuing", "Mobile app", "Platform and incidents")
        for item in demo.json("forecast", "items", "--as-of", MARCH, "--stream", stream)["items"]
    }
    chained = {wait["waiting"] for wait in report["open"]}
    alone = [wait for wait in report["open"] if wait["blocker"] in forecasts.keys() - chained]
    assert alone
    for wait in alone:
        item = forecasts[wait["blocker"]]
        if item["p50"] is not None:
            assert [wait["odds"][p] for p in ("p50", "p85")] == [item["p50"], item["p85"]]
    text = demo.ok("deps", "--as-of", MARCH)
    for wait in report["open"]:
        if wait["odds"] and wait["odds"]["in_time"] is not None:
            assert f"{wait['odds']['in_time']:.0%}" in text
            late = [
                r for r in report["risks"] if r["kind"] == "late" and r["on"] == wait["blocker"]
            ]
            assert wait["odds"]["in_time"] >= 0.5 or late, "likelier late than in time: a risk"


def test_odds_of_what_has_not_started_say_what_they_leave_out() -> None:
    def item(number: int, start: int | None) -> DependentItem:
        return DependentItem(
            number, f"W-{number}", "Example", "Example", "Build", "Red", 1, start, None
        )

    odds = Odds(date(2026, 6, 1), date(2026, 7, 1), 0.78)
    waits = tuple(
        Wait(waiting=3, blocker=blocker, days=1.0, need_by=date(2026, 6, 9), odds=odds)
        for blocker in (1, 2)
    )
    parts = (item(1, None), item(2, 5), item(3, 5))
    result = Dependencies(
        9, "UTC", parts, (TeamPair("Red", "Blue", waits),), (), (), (), (), (), waits
    )
    sections = {section.title: section.parts for section in document(result).sections}
    table, sentence = sections["Open dependencies"]
    assert isinstance(table, Table) and isinstance(sentence, Sentence)
    tones = {row.cells[1].text: {cell.tone for cell in row.cells[5:8]} for row in table.rows}
    assert tones == {"W-1": {"faint"}, "W-2": {"text"}}
    assert sentence.text.endswith("which vsm forecast set KEY counts: W-1.")


def test_the_path_to_an_item_goes_over_what_it_waits_for(web: Vsm) -> None:
    web.ok("item", "link", "WEB-1", "blocks", "WEB-2")
    web.ok("item", "link", "WEB-2", "blocks", "WEB-3")
    report = valid(web.json("deps", "--to", "WEB-3"), "dependencies")
    assert [step["key"] for step in report["critical_path"]["items"]] == ["WEB-1", "WEB-2", "WEB-3"]
    assert report["top_blockers"][0]["behind"] == ["WEB-2", "WEB-3"]
    web.ok("item", "move", "WEB-1", "Done")
    report = web.json("deps", "--to", "WEB-3")
    assert [step["key"] for step in report["critical_path"]["items"]] == ["WEB-2", "WEB-3"]


def test_what_there_is_not_is_refused_with_what_to_do(web: Vsm) -> None:
    assert "there is no item WEB-99" in web.fails(2, "deps", "--to", "WEB-99")
    assert "WEB-4 neither waits" in web.fails(2, "deps", "--to", "WEB-4")


def test_a_need_is_asked_for_and_answered_from_either_side(web: Vsm) -> None:
    web.ok("item", "ask", "WEB-2", "--of", "WEB-1", "--by", "2099-12-24")
    (only,) = valid(web.json("deps"), "dependencies")["open"]
    assert (only["state"], only["need_by"]) == ("proposed", "2099-12-24")
    web.ok("item", "answer", "WEB-1", "accepted", "--to", "WEB-2")
    assert web.json("deps")["open"][0]["state"] == "accepted"
    web.ok("undo")
    assert web.json("deps")["open"][0]["state"] == "proposed"
    web.ok("item", "answer", "WEB-1", "broken", "--to", "WEB-2")
    (risk,) = valid(web.json("deps"), "dependencies")["risks"]
    assert (risk["kind"], risk["key"], risk["on"]) == ("broken", "WEB-2", "WEB-1")
    web.ok("item", "answer", "WEB-1", "delivered", "--to", "WEB-2")
    assert web.json("deps")["open"] == []
    web.ok("item", "ask", "WEB-2", "--of", "WEB-1", "--by", "none")
    assert web.json("deps")["open"][0]["need_by"] is None
    log = web.ok("log")
    assert "WEB-2 waits for WEB-1: delivered, needed by 2099-12-24" in log


def test_a_date_that_is_none_is_refused(web: Vsm) -> None:
    assert "--by" in web.fails(2, "item", "ask", "WEB-2", "--of", "WEB-1", "--by", "whenever")
    assert web.json("deps")["open"] == []


def test_an_unagreed_need_is_a_risk_when_it_is_near(web: Vsm) -> None:
    web.ok("item", "ask", "WEB-2", "--of", "WEB-1", "--by", "+3d")
    kinds = [risk["kind"] for risk in web.json("deps")["risks"]]
    assert kinds == ["unagreed"]
    web.ok("item", "answer", "WEB-1", "accepted", "--to", "WEB-2")
    assert web.json("deps")["risks"] == []


def test_what_was_agreed_on_leaves_with_the_snapshot(web: Vsm) -> None:
    web.ok("item", "ask", "WEB-2", "--of", "WEB-1", "--by", "2099-12-24")
    web.ok("item", "link", "WEB-3", "relates-to", "WEB-4")
    report = valid(json.loads(web.ok("export", "snapshot", "-o", "-")), "snapshot")
    assert report["dependencies"] == [
        {
            "kind": "blocks",
            "from": "WEB-1",
            "to": "WEB-2",
            "state": "proposed",
            "need_by": "2099-12-24",
        },
        {"kind": "relates", "from": "WEB-3", "to": "WEB-4", "state": None, "need_by": None},
    ]
