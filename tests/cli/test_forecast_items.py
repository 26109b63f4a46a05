"""``vsm forecast items`` and the forecast of ``vsm item show``: dates with odds, or why none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.test_exports import MARCH, demo, organisation, valid
from vsm.features.forecast.item_report import forecast_text, item_report
from vsm.features.forecast.item_results import ItemForecast, ItemForecasts, NeededBy
from vsm.features.forecast.results import CameTrue
from vsm.report.document import Sentence

if TYPE_CHECKING:
    from tests.cli.conftest import Vsm

__all__ = ["demo", "organisation"]
STREAM = ("--stream", "Card issuing")
AT = ("--as-of", MARCH)


def forecast(vsm: Vsm, *options: str) -> Any:
    return valid(vsm.json("forecast", "items", *STREAM, *AT, *options), "forecast-items")


def test_every_item_in_progress_has_its_dates_and_odds(demo: Vsm) -> None:
    result = forecast(demo)
    listed = demo.json("item", "list", *STREAM, *AT, "--where", "is:in-progress")
    assert {one["key"] for one in result["items"]} == {one["key"] for one in listed}
    assert result["cannot"] is None and result["finished_items"] > 100
    ages = {one["key"]: one["age_days"] for one in listed}
    odds = []
    for one in result["items"]:
        assert one["cannot"] is None and one["age_days"] == ages[one["key"]]
        dates = [day for day in (one["p50"], one["p85"], one["p95"]) if day is not None]
        assert dates == sorted(dates) and all(day >= "2026-03-31" for day in dates)
        assert 0 <= one["in_time"] <= 0.99, "no forecast is certain"
        within = one["odds_within_days"]
        assert list(within) == ["7", "14", "30", "60", "90"]
        assert list(within.values()) == sorted(within.values()) and within["90"] <= 0.99
        assert within["90"] + one["odds_undelivered"] <= 1.001, "the rest is still open"
        assert (one["in_time"] == 0) == (one["needed_by"] < "2026-03-31")
        if one["p85"] is not None and one["in_time"]:
            assert (one["p85"] <= one["needed_by"]) == (one["in_time"] >= 0.85)
        odds.append(one["in_time"])
    assert odds == sorted(odds), "the least likely to be in time come first"


def test_an_item_is_held_against_its_due_date_or_the_sle(demo: Vsm) -> None:
    due = {one["key"]: one["due"] for one in demo.json("item", "list", *STREAM, *AT) if one["due"]}
    result = forecast(demo)
    ages = {one["key"]: one["age_days"] for one in result["items"]}
    for one in result["items"]:
        if one["key"] in due:
            assert (one["needed_by"], one["needed_for"]) == (due[one["key"]], "due")
        else:
            left = result["sle_days"] - ages[one["key"]]
            assert (date.fromisoformat(one["needed_by"]) - date(2026, 3, 31)).days == left
            assert one["needed_for"] == "sle"


def test_a_filter_chooses_items_and_changes_no_forecast(demo: Vsm) -> None:
    every = {one["key"]: one for one in forecast(demo)["items"]}
    bugs = forecast(demo, "--filter", "type:bug")
    assert bugs["filter"] == "type:bug" and 0 < len(bugs["items"]) < len(every)
    assert all(one == every[one["key"]] for one in bugs["items"])
    assert forecast(demo, "--filter", "nosuchword")["items"] == []


def test_the_text_names_what_is_at_risk_and_what_it_means(demo: Vsm) -> None:
    result = forecast(demo)
    text = " ".join(demo.ok("forecast", "items", *STREAM, *AT).split())
    late = sum(one["in_time"] < 0.5 for one in result["items"])
    items = f"{len(result['items'])} items in progress"
    assert items in text
    assert (f"Of {items} {late} " in text) if late else ("none is likelier late" in text)
    assert f"within {result['sle_days']} days from its start" in text
    assert f"{result['not_started']} items have not started: " in text
    assert "as of 31 Mar 2026" in text and "100%" not in text


def test_it_says_how_many_of_its_dates_came_true(demo: Vsm) -> None:
    record = forecast(demo)["record"]
    assert [one["odds"] for one in record] == [0.5, 0.85, 0.95]
    for one in record:
        assert one["said"] > 20 and abs(one["came_true"] / one["said"] - one["odds"]) < 0.2
    kept = record[1]
    text = " ".join(demo.ok("forecast", "items", *STREAM, *AT).split())
    assert f"Of {kept['said']} dates" in text
    assert f"with 85% odds, {kept['came_true']} (" in text


@pytest.mark.parametrize(("came_true", "is_poor"), [(14, True), (15, False), (20, False)])
def test_a_poor_record_is_a_warning(came_true: int, is_poor: bool) -> None:
    result = ItemForecasts(
        stream="Example",
        timezone="UTC",
        as_of=0,
        filter=None,
        cannot=None,
        finished=40,
        sle_days=9,
        not_started=0,
        items=(ItemForecast(1, "EX-1", "Open", "Build", 3),),
        record=(CameTrue(0.85, 20, came_true),),
    )
    (sentence,) = item_report(result).sections[-1].parts
    assert isinstance(sentence, Sentence)
    assert "Of 20 dates of items" in sentence.text and f", {came_true} (" in sentence.text
    assert ("expect items later" in sentence.text, sentence.tone == "warn") == (is_poor, is_poor)


def test_one_line_marks_what_is_late_and_dates_beyond_what_was_seen() -> None:
    said = ItemForecast(
        *(1, "EX-1", "Open", "Build", 3),
        needed_by=date(2026, 4, 3),
        needed_for=NeededBy.SLE,
        in_time=0.0,
        p50=date(2026, 4, 9),
        p85=date(2026, 5, 2),
        seen_until=date(2026, 4, 30),
    )
    text = "85% by 2 May 2026~ (50% by 9 Apr 2026)"
    assert forecast_text(said) == f"{text}; late since 3 Apr 2026 (SLE)"
    assert forecast_text(replace(said, in_time=0.2)) == f"{text}; 20% by 3 Apr 2026 (SLE)"
    assert forecast_text(replace(said, in_time=None)) == text
    far = replace(said, p85=None, seen_until=date(2026, 4, 1), in_time=None)
    assert forecast_text(far) == "50% by 9 Apr 2026~; when with 85% cannot be foreseen"


def test_item_show_gives_the_same_forecast(demo: Vsm) -> None:
    one = next(one for one in forecast(demo)["items"] if one["p85"] and one["in_time"])
    shown = demo.json("item", "show", one["key"], *AT)
    assert shown["forecast"] == one
    text = " ".join(demo("item", "show", one["key"], *AT).stdout.split())
    assert "Forecast 85% by " in text and " (50% by " in text
    ended = demo.json("item", "list", *STREAM, *AT, "--where", "is:done")[0]["key"]
    assert demo.json("item", "show", ended, *AT)["forecast"] is None
    assert "Forecast" not in demo("item", "show", ended, *AT).stdout


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2027-06-30", "nothing has finished since"),
        ("2025-07-20", "finished with a known start: at least 10 are needed"),
    ],
)
def test_what_cannot_be_forecast_says_why(demo: Vsm, moment: str, words: str) -> None:
    options = ("forecast", "items", *STREAM, "--as-of", moment)
    result = valid(demo.json(*options), "forecast-items")
    assert words in result["cannot"]
    for one in result["items"]:
        assert words in one["cannot"] and one["p50"] is one["in_time"] is None
    text = " ".join(demo.ok(*options).split())
    assert "Cannot forecast: " in text and words in text


def test_few_finished_items_are_told_and_the_tenth_brings_dates(team: Vsm) -> None:
    assert team.json("forecast", "items")["cannot"].startswith("no item has finished yet")
    keys = []
    for n in range(11):
        keys.append(team.json("item", "add", f"Card {n}", "--stage", "Build")["items"][0]["key"])
        if n < 9:
            team.ok("item", "move", keys[n], "Done")
    words = "9 items finished with a known start: at least 10 are needed"
    assert team.json("forecast", "items")["cannot"] == words
    assert words in " ".join(team.ok("item", "show", keys[10]).split())
    team.ok("item", "move", keys[9], "Done")
    result = valid(team.json("forecast", "items"), "forecast-items")
    assert result["cannot"] is None and result["finished_items"] == 10
    assert keys[10] in {one["key"] for one in result["items"]}
    assert all(one["cannot"] is None for one in result["items"])


def test_a_board_where_nothing_finished_says_why(team: Vsm) -> None:
    def cannot() -> str:
        return str(team.json("forecast", "items")["cannot"])

    def add(title: str, stage: str) -> str:
        return str(team.json("item", "add", title, "--stage", stage)["items"][0]["key"])

    assert cannot() == "no item has finished yet"
    for n in range(12):
        team.ok("item", "drop", add(f"Card {n}", "Build"), "--reason", "not needed")
    assert cannot() == "no item has finished yet: of 12 that ended all were dropped or left"
    add("Card 12", "Done")
    assert cannot() == "1 item has finished, but none was seen in progress before"
    add("Card 13", "Done")
    assert cannot() == "2 items have finished, but none was seen in progress before"
    assert cannot() in " ".join(team.ok("forecast", "risks").split())


def test_blocked_items_are_held_to_be_so_for_a_while(demo: Vsm) -> None:
    blocked = demo.json("item", "list", *STREAM, *AT, "--where", "is:blocked is:in-progress")
    days = {one["key"]: one["days_still_blocked"] for one in forecast(demo)["items"]}
    assert blocked and {key for key, n in days.items() if n} == {one["key"] for one in blocked}
    text = " ".join(demo.ok("forecast", "items", *STREAM, *AT).split())
    key = blocked[0]["key"]
    assert "Held to be blocked for so long first: " in text
    assert f"{key} (about {round(days[key])} days more)" in text


def test_dates_beyond_what_was_seen_are_marked(demo: Vsm) -> None:
    items = forecast(demo)["items"]
    far = [one for one in items if one["p95"] and one["p95"] > one["seen_until"]]
    assert far and any(one["p50"] <= one["seen_until"] for one in far if one["p50"])
    text = demo.ok("forecast", "items", *STREAM, *AT)
    marked = [line.split()[0] for line in text.splitlines() if "~  " in line]
    assert {one["key"] for one in far} <= set(marked)
    assert "~ No such item was seen to end that late" in text


def test_forecasts_of_the_past_say_when_each_item_did_finish(demo: Vsm) -> None:
    options = (*STREAM, "--as-of", "2026-01-31")
    result = valid(demo.json("forecast", "items", *options), "forecast-items")
    assert "2026-03-25" < result["known_until"] < "2026-04-02", "the history ends there"
    later = {
        one["key"]: one for one in demo.json("item", "list", *STREAM, *AT, "--where", "is:done")
    }
    ends = {key: one["since"][:10] for key, one in later.items()}
    finished = {one["key"]: one["finished"] for one in result["items"] if one["finished"]}
    assert finished and finished.items() <= ends.items()
    assert {one["key"] for one in result["items"]} & ends.keys() == finished.keys()
    over = [one for one in result["items"] if one["p85"] and one["p85"] <= result["known_until"]]
    kept = sum(one["finished"] is not None and one["finished"] <= one["p85"] for one in over)
    text = " ".join(demo.ok("forecast", "items", *options).split())
    assert f"Of {len(over)} dates of 85% odds that are over, {kept} came true." in text
    assert "it was" in text
    now = forecast(demo)
    assert now["known_until"] is None and all(one["finished"] is None for one in now["items"])
