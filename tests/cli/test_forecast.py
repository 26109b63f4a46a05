"""``vsm forecast``: numbers with odds, what came of them, and why nothing is forecast."""

from __future__ import annotations

import csv
import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.test_exports import MARCH, demo, organisation, valid
from vsm.features.forecast.report import backtest_report
from vsm.features.forecast.results import ODDS, Basis, CameTrue, Forecast, Record
from vsm.report.terminal import draw_text

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


THEN = "2026-01-06T20:00:00Z"


def test_a_forecast_of_the_past_says_what_came_of_it(demo: Vsm, tmp_path: Path) -> None:
    demo("export", "csv", "--as-of", MARCH, *STREAM, "-o", str(tmp_path / "items.csv"))
    with (tmp_path / "items.csv").open(encoding="utf-8") as lines:
        rows = [row["finished"][:10] for row in csv.DictReader(lines)]
    days = sorted(date.fromisoformat(day) for day in rows if day > "2026-01-06")
    options = ("--as-of", THEN, *STREAM, "--days", "14", "--items", "5", "--items", "900")
    result = valid(demo.json("forecast", "throughput", *options), "forecast")
    (fortnight,), (five, many) = result["within"], result["until"]
    assert fortnight["finished"] == sum(day <= date(2026, 1, 19) for day in days) > 0
    assert five["finished"] == days[4].isoformat() and many["finished"] is None
    text = demo.ok("forecast", "throughput", *options)
    assert f"odds. It was {fortnight['finished']}." in " ".join(text.split())
    assert "it was" in text and "not yet" in text
    ended = date.fromisoformat(result["known_until"])
    assert days[-1] <= ended < date(2026, 4, 2), "nothing is known of the days after the last move"
    last = demo.json("forecast", "throughput", *STREAM, "--as-of", ended.isoformat())
    assert last["known_until"] is None and last["within"][0]["finished"] is None
    now = valid(demo.json("forecast", "throughput", *STREAM), "forecast")
    assert now["known_until"] is None and "it was" not in demo.ok("forecast", "throughput", *STREAM)


def test_the_backtest_lists_what_was_said_and_what_came(demo: Vsm, tmp_path: Path) -> None:
    result = forecast(demo, "backtest")
    (month,) = (record for record in result["records"] if record["days"] == 30)
    past = result["past_forecasts"]
    for odds, name in zip((0.5, 0.7, 0.85, 0.95), ("p50", "p70", "p85", "p95"), strict=True):
        (kept,) = (kept for kept in month["forecasts"] if kept["odds"] == odds)
        said = [one for one in past if one[name]]
        assert len(said) == kept["said"]
        assert sum(one["finished"] >= one[name] for one in said) == kept["came_true"]
    assert [one["made"] for one in past] == sorted(one["made"] for one in past)
    assert all(one["p95"] <= one["p50"] <= one["p5"] for one in past)
    # What was said then is what a forecast of then says.
    last = past[-1]
    eve = date.fromisoformat(last["made"]) - timedelta(days=1)
    then = demo.json("forecast", "throughput", *STREAM, "--as-of", eve.isoformat(), "--days", "30")
    assert [then["within"][0][key] for key in ("by", "p85", "finished")] == [
        last[key] for key in ("by", "p85", "finished")
    ]
    page = tmp_path / "backtest.html"
    demo("forecast", "backtest", "--as-of", MARCH, *STREAM, "--format", "html", "-o", str(page))
    assert page.read_text(encoding="utf-8").count("<svg") == 2
    text = demo.ok("forecast", "backtest", "--as-of", MARCH, *STREAM)
    assert "Said against happened, forecasts of 30 days" in text and "x came to less" in text


def test_where_too_few_came_true_it_is_said_and_what_is_done_about_it() -> None:
    def record(days: int, came: int, widened: float, lowered: float) -> Record:
        kept = tuple(CameTrue(odds, 40, came) for odds in ODDS)
        return Record(days, kept, kept, 1.0, 1.0, widened, lowered)

    basis = Basis("Web", "UTC", 0, None, None, 200, ())

    def words(*records: Record) -> str:
        text = draw_text(backtest_report(Forecast(basis, (), (), records)), 100)
        return " ".join(" ".join(text).split())

    fine = words(record(30, 35, 1.0, 0.0))
    assert "Of 40 forecasts of 30 days that said 85%, 35 came true (88%)" in fine
    assert "Too few" not in fine
    poor = words(record(30, 28, 1.08, 0.2), record(60, 35, 1.3, 0.3), record(90, 22, 1.19, 0.1))
    assert (
        "Too few came true over 30 days (28 of 40) and 90 days (22 of 40): these forecasts are"
        " lower and 8% to 19% wider because of it." in poor
    )
    assert "do not rely on these odds" in words(record(30, 28, 1.0, 0.0))


def test_the_report_on_flow_names_what_is_likelier_late_than_in_time(demo: Vsm) -> None:
    listed = demo.json(
        "item", "list", *STREAM, "--filter", "late-risk is:in-progress", "--as-of", MARCH
    )
    keys = {item["key"] for item in listed}
    text = " ".join(demo.ok("metrics", *STREAM, "--as-of", MARCH).split())
    start = text.index(" late, or likelier late than in time:")
    sentence = text[start : text.index("vsm forecast risks says why", start)]
    assert keys and set(re.findall(r"CARD-\d+", sentence)) <= keys
    assert text[:start].endswith(f"{len(keys)} items")


def test_snapshots_from_before_what_came_of_forecasts_are_read(demo: Vsm, tmp_path: Path) -> None:
    new, old = tmp_path / "new.json", tmp_path / "old.json"
    demo("export", "snapshot", "--as-of", MARCH, "-o", str(new))
    snapshot = json.loads(new.read_text(encoding="utf-8"))
    for stream in snapshot["streams"]:
        forecast = stream["forecast"]
        assert forecast.pop("past_forecasts") == [] and forecast.pop("known_until") is None
        for part in (*forecast["within"], *forecast["until"]):
            assert part.pop("finished") is None
        for record in forecast["records"]:
            assert record.pop("widened") > 0 and isinstance(record.pop("lowered"), float)
    old.write_text(json.dumps(snapshot), encoding="utf-8")
    assert "Card issuing" in demo.ok("snapshot", "diff", str(old), str(new))
