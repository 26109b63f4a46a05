"""``vsm forecast``: numbers with odds, what came of them, and why nothing is forecast."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.test_exports import MARCH, demo, organisation, valid

if TYPE_CHECKING:
    from tests.cli.conftest import Vsm

__all__ = ["demo", "organisation"]
STREAM = ("--stream", "Card issuing")


def forecast(vsm: Vsm, verb: str, *options: str) -> Any:
    return valid(vsm.json("forecast", verb, "--as-of", MARCH, *STREAM, *options), "forecast")


def test_numbers_and_days_go_with_their_odds(demo: Vsm) -> None:
    result = forecast(demo, "throughput")
    assert result["cannot"] is None and result["finished_in_364_days"] > 100
    assert [one["days"] for one in result["within"]] == [7, 14, 30, 60, 90]
    for one in result["within"]:
        assert one["p50"] >= one["p70"] >= one["p85"] >= one["p95"] >= 0
        last = date.fromisoformat(one["by"])
        assert last == date(2026, 3, 31) + timedelta(days=one["days"] - 1)
    for one in result["until"]:
        days = [one[p] for p in ("p50", "p70", "p85", "p95")]
        assert days == sorted(days)
    month, ten = result["within"][2], result["until"][1]
    assert (ten["p85"] <= month["by"]) == (month["p85"] >= 10), "both say the same"
    (record,) = result["records"]
    assert record["days"] == 30 and record["forecasts"][2]["odds"] == 0.85


def test_days_dates_and_numbers_can_be_asked_for(demo: Vsm) -> None:
    asked = ("--days", "3", "--by", "2026-04-30", "--items", "25", "--items", "7")
    result = forecast(demo, "throughput", *asked)
    assert [(one["days"], one["by"]) for one in result["within"]] == [
        (3, "2026-04-02"),
        (31, "2026-04-30"),
    ]
    assert [one["items"] for one in result["until"]] == [7, 25]
    days = forecast(demo, "throughput", "--by", "fri", "--by", "+2w")["within"]
    assert [one["by"] for one in days] == ["2026-04-03", "2026-04-14"]


def test_the_text_says_it_in_a_sentence_and_what_came_of_such_forecasts(demo: Vsm) -> None:
    result = forecast(demo, "throughput")
    text = " ".join(demo.ok("forecast", "throughput", "--as-of", MARCH, *STREAM).split())
    fortnight, said = result["within"][1], result["records"][0]["forecasts"][2]
    assert f"At least {fortnight['p85']} items will be finished within 14 days" in text
    assert f"that said 85%, {said['came_true']} came true" in text
    assert f"Of {said['said']} forecasts of 30 days" in text


def test_the_backtest_stands_beside_plain_resampling(demo: Vsm) -> None:
    result = forecast(demo, "backtest")
    assert [record["days"] for record in result["records"]] == [7, 14, 30, 60, 90]
    for record in result["records"]:
        for kept in (*record["forecasts"], *record["plain"]):
            assert 0 <= kept["came_true"] <= kept["said"]
        assert record["score_ratio"] > 0 and record["width_ratio"] > 0
    text = demo.ok("forecast", "backtest", "--as-of", MARCH, *STREAM)
    assert "Came true, forecasts of" in text and "The same by plain resampling" in text


def test_an_earlier_backtest_is_the_beginning_of_a_later_one(demo: Vsm) -> None:
    # Twelve weeks earlier: the same mornings, without those of the twelve weeks.
    early = valid(
        demo.json("forecast", "backtest", "--as-of", "2026-01-06T20:00:00Z", *STREAM), "forecast"
    )
    late = forecast(demo, "backtest")
    for before, after in zip(early["records"], late["records"], strict=True):
        for old, new in zip(before["forecasts"], after["forecasts"], strict=True):
            assert 0 <= new["came_true"] - old["came_true"] <= new["said"] - old["said"] <= 6


def test_a_filter_forecasts_its_items(demo: Vsm) -> None:
    everything = forecast(demo, "throughput")
    bugs = forecast(demo, "throughput", "--filter", "type:bug")
    assert bugs["filter"] == "type:bug"
    assert bugs["finished_in_364_days"] < everything["finished_in_364_days"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--filter", "nosuchword"), "there are no items yet"),
        (("--as-of", "2027-06-30"), "nothing has finished since"),
        (("--as-of", "2025-07-20"), "finished in the last 364 days, at least 10 are needed"),
    ],
)
def test_what_cannot_be_forecast_says_why(demo: Vsm, options: tuple[str, ...], words: str) -> None:
    moment = () if "--as-of" in options else ("--as-of", MARCH)
    result = demo.json("forecast", "throughput", *STREAM, *moment, *options)
    assert words in result["cannot"] and result["within"] == result["records"] == []
    for verb in ("throughput", "backtest"):
        text = " ".join(demo.ok("forecast", verb, *STREAM, *moment, *options).split())
        assert "Cannot forecast how many finish: " in text and words in text


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--by", "2026-03-01"), "--by 2026-03-01 is before 2026-03-31"),
        (("--by", "2028-03-01"), "give a date within 365 days"),
        (("--by", "soon"), "'soon' is no date"),
        (("--days", "0"), "0 is not in the range"),
        (("--items", "0"), "0 is not in the range"),
    ],
)
def test_wrong_questions_are_refused(demo: Vsm, options: tuple[str, ...], words: str) -> None:
    assert words in demo.fails(2, "forecast", "throughput", *STREAM, "--as-of", MARCH, *options)
