"""``vsm forecast set``: remaining times of items in progress, the order of those that wait."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.test_exports import MARCH, demo, organisation, valid

if TYPE_CHECKING:
    from tests.cli.conftest import Vsm

__all__ = ["demo", "organisation"]
STREAM = ("--stream", "Card issuing")


def forecast(vsm: Vsm, *options: str) -> Any:
    return valid(vsm.json("forecast", "set", "--as-of", MARCH, *options), "forecast-set")


def listed(vsm: Vsm, words: str) -> list[dict[str, Any]]:
    options = ("--filter", words, "--as-of", MARCH)
    rows: list[dict[str, Any]] = vsm.json("item", "list", *STREAM, *options)
    return rows


def test_an_item_in_progress_has_its_own_time(demo: Vsm) -> None:
    items = demo.json("forecast", "items", *STREAM, "--as-of", MARCH)["items"]
    one, two = [item for item in items if item["p95"] is not None][:2]
    alone = forecast(demo, one["key"])
    # Over is finished or dropped: no later than finished.
    assert alone["items"] == 1 and alone["dates"]["p85"] <= one["p85"]
    assert alone["growing"] is None, "single items do not grow"
    both = forecast(demo, one["key"], two["key"])
    other = forecast(demo, two["key"])
    assert both["dates"]["p85"] >= max(alone["dates"]["p85"], other["dates"]["p85"])
    assert both["streams"][0]["last"] in (one["key"], two["key"])


def test_an_item_that_waits_is_over_when_as_many_finished_as_stand_before_it(demo: Vsm) -> None:
    backlog = demo.json("board", *STREAM)["columns"][0]
    assert backlog["stage"] == "Backlog"
    rows = demo.json("item", "list", *STREAM, "--as-of", MARCH)
    wholes = {row["parent"] for row in rows}
    waiting = [card["key"] for card in backlog["cards"] if card["key"] not in wholes]
    third = waiting[2]
    running = demo.json("forecast", "items", *STREAM, "--as-of", MARCH)["items"]
    asked = forecast(demo, third)
    (part,) = asked["streams"]
    assert (part["not_started"], part["ahead"], part["last"]) == (1, 2, third)
    options = ("--items", str(len(running) + 3), "--as-of", MARCH)
    (until,) = demo.json("forecast", "throughput", *STREAM, *options)["until"]
    assert (asked["dates"]["p50"], asked["dates"]["p85"]) == (until["p50"], until["p85"])


def test_a_filter_goes_over_all_streams_and_may_grow(demo: Vsm) -> None:
    result = forecast(demo, "--filter", "type:bug", "--by", "2026-12-31")
    assert result["items"] == sum(p["in_progress"] + p["not_started"] for p in result["streams"])
    assert len(result["streams"]) > 1
    for part in result["streams"]:
        assert part["p50"] is None or part["p50"] <= result["dates"]["p50"]
    assert 0 <= result["growing"]["in_time"] <= result["dates"]["in_time"] <= 1
    one = forecast(demo, *STREAM, "--filter", "type:bug")
    assert [part["stream"] for part in one["streams"]] == ["Card issuing"]


def test_a_day_is_read_in_words(demo: Vsm) -> None:
    asked = forecast(demo, "--filter", "type:bug", "--by", "+3w")
    assert asked == forecast(demo, "--filter", "type:bug", "--by", "2026-04-21")


def test_the_text_says_it_in_a_sentence(demo: Vsm) -> None:
    key = forecast(demo, "--filter", "is:in-progress", *STREAM)["streams"][0]["last"]
    result = forecast(demo, key)
    text = " ".join(demo.ok("forecast", "set", key, "--as-of", MARCH).split())
    assert "The item will be over by" in text
    assert str(date.fromisoformat(result["dates"]["p50"]).year) in text


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "no items are named"),
        (("NOPE-1",), "NOPE-1"),
        (("--filter", "type:bug", "--by", "soon"), "'soon' is no date"),
        (("--filter", "type:bug", "--by", "9999-12-31"), "'9999-12-31' is out of range"),
    ],
)
def test_wrong_questions_are_refused(demo: Vsm, options: tuple[str, ...], words: str) -> None:
    line = demo(*("forecast", "set", *options))
    assert line.exit_code in (1, 2) and words in line.stderr


def test_what_cannot_be_forecast_says_why(demo: Vsm) -> None:
    assert forecast(demo, "--filter", "nosuchword")["cannot"] == "no open item matches"
    text = demo.ok("forecast", "set", "--filter", "type:bug", "--as-of", "2025-07-05")
    assert "Cannot forecast: " in text


def test_an_item_that_has_parts_is_over_with_its_parts(demo: Vsm) -> None:
    rows = demo.json("item", "list", *STREAM, "--as-of", MARCH)
    parents = {row["parent"] for row in rows if row.get("parent")}
    whole = next(row["key"] for row in rows if row["key"] in parents)
    open_parts = [
        row["key"]
        for row in rows
        if row.get("parent") == whole and row["state"] not in ("finished", "dropped")
    ]
    assert open_parts
    by_whole, by_parts = forecast(demo, whole), forecast(demo, *open_parts)
    assert by_whole["items"] == len(open_parts)
    assert by_whole["dates"] == by_parts["dates"]


def test_what_is_so_only_at_a_moment_does_not_grow(demo: Vsm) -> None:
    assert forecast(demo, "--filter", "is:in-progress", *STREAM)["growing"] is None


def test_items_that_may_never_end_are_named_and_left_out(demo: Vsm) -> None:
    result = forecast(demo, "--filter", "is:open", *STREAM)
    assert result["dates"]["p85"] is None and result["may_never_end"]
    assert result["without_these"]["p50"] is not None
    text = " ".join(
        demo.ok("forecast", "set", *STREAM, "--filter", "is:open", "--as-of", MARCH).split()
    )
    assert f"Without {result['may_never_end'][0]}" in text


def test_a_set_whose_items_may_all_never_end_has_no_date_without_them(demo: Vsm) -> None:
    result = forecast(demo, "--filter", "is:open", *STREAM)
    alone = forecast(demo, *result["may_never_end"])
    assert alone["dates"]["p85"] is None and alone["items"] == len(result["may_never_end"])
    assert alone["may_never_end"] == [] and alone["without_these"] is None
    text = demo.ok("forecast", "set", *result["may_never_end"], "--as-of", MARCH)
    assert "Without" not in text
