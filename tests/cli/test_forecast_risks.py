"""``vsm forecast risks``: flags, what drives each, and how flags of the past did."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.test_exports import MARCH, demo, organisation, valid
from vsm.features.forecast import past_flags
from vsm.features.forecast.past_flags import FlagHistory, FlagScore, Judged
from vsm.features.forecast.risk_report import driver_text
from vsm.features.forecast.risk_results import Driver, Rule
from vsm.model.item import BlockerKind
from vsm.model.query_tree import Query
from vsm.model.rules import day_of
from vsm.reader import Reader

if TYPE_CHECKING:
    from tests.cli.conftest import Vsm

__all__ = ["demo", "organisation"]
CLAIMS = ("--stream", "Claims")
HALF_A_DAY = timedelta(days=0.5)
STREAM = ("--stream", "Card issuing")
STAGES = "New:backlog,Build:active,Review:active,Test:active,Done:done"


def risks(vsm: Vsm, *options: str) -> Any:
    return valid(vsm.json("forecast", "risks", *options), "forecast-risks")


def entry(key: str, stage: str, days_ago: float) -> str:
    moment = datetime.now(UTC) - timedelta(days=days_ago)
    return f"{key},{stage},{moment.isoformat(timespec='seconds')}\n"


def due(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


@pytest.fixture
def claims(vsm: Vsm, tmp_path: Path) -> Vsm:
    """Items that took 13 days: eight in build, one in review, four in test. Seven are open."""
    lines = ["case,activity,time\n"]
    for n in range(80):
        days = 120 - n * 1.3
        moves = (("Build", 0), ("Review", 8), ("Test", 9), ("Done", 13))
        lines += [entry(f"D-{n}", stage, days - after) for stage, after in moves]
    lines += [entry("BACK", "Build", 3.0), entry("BACK", "Review", 1.5)]
    lines += [entry("BACK", "Build", 0.5), entry("FIRST", "Build", 2.0)]
    lines += [entry(key, "Build", 2.0) for key in ("WAITS", "STOPPED", "QUEUED")]
    lines += [entry("LONG", "Review", 6.0), entry("AGED", "Test", 1.0)]
    file = tmp_path / "claims.csv"
    file.write_text("".join(lines), encoding="utf-8")
    vsm.ok("import", "csv", str(file), "--stream", "Claims", "--stages", STAGES)
    vsm.ok("item", "order", "BACK", "--up", "4")
    vsm.ok("item", "order", "QUEUED", "--down", "4")
    for key in ("BACK", "WAITS", "STOPPED", "QUEUED", "LONG", "AGED"):
        vsm.ok("item", "edit", key, "--due", due(0))
    vsm.ok("item", "edit", "FIRST", "--due", due(60))
    vsm.ok("item", "link", "WAITS", "waits-for", "FIRST")
    vsm.ok("item", "block", "STOPPED", "--reason", "no data", "--kind", "external")
    vsm.ok("item", "link", "STOPPED", "waits-for", "FIRST")
    return vsm


def test_the_first_rule_that_applies_drives_an_item(claims: Vsm) -> None:
    result = risks(claims, *CLAIMS)
    drivers = {
        one["key"]: {name: value for name, value in one["driver"].items() if value is not None}
        for one in result["flags"]
    }
    first = next(
        one for one in claims.json("forecast", "items", *CLAIMS)["items"] if one["key"] == "FIRST"
    )
    queue = drivers.pop("QUEUED")
    assert (queue["rule"], queue["stage"], queue["items"]) == ("queue", "Build", 4)
    # In 91 days the last 63 of the finished items left build, and BACK once: 64 * 7 / 91 a week.
    assert queue["a_week"] == 4.9
    back = datetime.now(UTC) - HALF_A_DAY
    assert drivers == {
        "STOPPED": {"rule": "blocked", "days": 0, "blocker": "external"},
        "WAITS": {
            "rule": "waits_for_item",
            "key": "FIRST",
            "is_started": True,
            "date": first["p50"],
        },
        "LONG": {"rule": "stay_in_stage", "days": 6, "usual_days": 1, "stage": "Review"},
        "BACK": {"rule": "rework", "stage": "Build", "date": str(back.date())},
        "AGED": {"rule": "age", "days": 2},
    }
    odds = {
        one["key"]: one["in_time"] for one in claims.json("forecast", "items", *CLAIMS)["items"]
    }
    assert {key: odds[key] for key in drivers} == {
        one["key"]: one["in_time"] for one in result["flags"] if one["key"] in drivers
    }
    assert result["late"] == [] and result["unshown"] == 0


def test_an_item_that_has_not_started_has_no_date(claims: Vsm) -> None:
    claims.ok("item", "add", "A question", "--stream", "Claims", "--key", "ASK-1")
    claims.ok("item", "link", "AGED", "waits-for", "ASK-1")
    flags = {one["key"]: one["driver"] for one in risks(claims, *CLAIMS)["flags"]}
    assert flags["AGED"]["key"] == "ASK-1" and flags["AGED"]["date"] is None
    text = claims.ok("forecast", "risks", *CLAIMS)
    assert "waits for ASK-1, which has not started" in text


def test_the_text_gives_each_driver_with_its_figure(claims: Vsm) -> None:
    lines = claims.ok("forecast", "risks", *CLAIMS).splitlines()
    why = {line.split()[0]: line for line in lines if line.strip()}
    assert "6 items are likelier late than in time." in lines[3]
    assert why["STOPPED"].endswith("blocked for less than a day (external)")
    assert "waits for FIRST: 50% by " in why["WAITS"]
    assert "4 before it in Build, " in why["QUEUED"] and " a week leave" in why["QUEUED"]
    assert "in Review for 6 days; 85% left within 1 day" in why["LONG"]
    assert "went back to Build on " in why["BACK"]
    assert why["AGED"].endswith("its age alone: 2 days")
    assert max(map(len, lines)) <= 100


def test_where_items_overtake_each_other_none_stands_in_line(claims: Vsm, tmp_path: Path) -> None:
    # 40 more stay in build for good, from before: whoever leaves passes them all.
    file = tmp_path / "stuck.csv"
    lines = ["case,activity,time\n", *(entry(f"S-{n}", "Build", 130.0) for n in range(40))]
    file.write_text("".join(lines), encoding="utf-8")
    claims.ok("import", "csv", str(file), *CLAIMS)
    flags = {one["key"]: one["driver"]["rule"] for one in risks(claims, *CLAIMS)["flags"]}
    assert flags["QUEUED"] == "age"


def test_days_of_a_blocker_are_elapsed_days() -> None:
    def text(days: float) -> str:
        return driver_text(Driver(Rule.BLOCKED, days=days, blocker=BlockerKind.EXTERNAL))

    assert text(10.2) == "blocked for 10 days (external)"
    assert text(1.3) == "blocked for 1 day (external)"
    assert text(0.9) == "blocked for less than a day (external)"


def test_many_late_items_are_counted_and_opened_together(claims: Vsm, tmp_path: Path) -> None:
    file = tmp_path / "stuck.csv"
    lines = ["case,activity,time\n", *(entry(f"S-{n}", "Build", 130.0) for n in range(25))]
    file.write_text("".join(lines), encoding="utf-8")
    claims.ok("import", "csv", str(file), *CLAIMS)
    assert len(risks(claims, *CLAIMS)["late"]) == 25
    assert "  5 more are late already." in claims.ok("forecast", "risks", *CLAIMS)


def test_what_was_needed_before_today_is_late_and_no_flag(claims: Vsm) -> None:
    claims.ok("item", "edit", "LONG", "--due", due(-3))
    result = risks(claims, *CLAIMS)
    assert "LONG" not in {one["key"] for one in result["flags"]}
    (late,) = result["late"]
    assert (late["key"], late["needed_by"], late["days_late"]) == ("LONG", due(-3), 3)
    assert "5 items are likelier late than in time; 1 more is late already." in claims.ok(
        "forecast", "risks", *CLAIMS
    )


def test_a_filter_chooses_flags_and_leaves_the_record(claims: Vsm) -> None:
    every, blocked = risks(claims, *CLAIMS), risks(claims, *CLAIMS, "--filter", "blocked")
    assert [one["key"] for one in blocked["flags"]] == ["STOPPED"]
    assert blocked["record"] == every["record"] and blocked["filter"] == "blocked"


def test_the_record_is_of_the_past_and_of_nothing_later(demo: Vsm) -> None:
    now = risks(demo, *STREAM, "--as-of", MARCH)
    assert now["record"] and all(one["items"] >= one["came_late"] for one in now["record"])
    for one in now["record"]:
        for rule in (one["flags"], one["age_rule"]):
            assert rule["came_late"] <= min(rule["flagged"], one["came_late"])
            right = rule["came_late"] / rule["flagged"] if rule["flagged"] else None
            assert rule["precision"] == (right if right is None else pytest.approx(right, abs=1e-3))
    before = risks(demo, *STREAM, "--as-of", "2025-12-31")
    assert sum(one["items"] for one in before["record"]) < sum(
        one["items"] for one in now["record"]
    )
    early = risks(demo, *STREAM, "--as-of", "2025-07-05")
    assert early["cannot"] and early["record"] == [] and early["flags"] == []
    assert "Cannot forecast: " in demo.ok("forecast", "risks", *STREAM, "--as-of", "2025-07-05")


def test_a_due_date_is_known_from_when_it_was_given(claims: Vsm) -> None:
    item = claims.json("item", "show", "LONG")
    reader = Reader(claims.db)
    stream = next(one for info in reader.streams() if (one := reader.stream(info.id)))
    ids = {
        one.key: one.id
        for one in reader.items(stream, Query(), int(datetime.now(UTC).timestamp() * 1e6))
    }
    claims.ok("item", "edit", "LONG", "--due", "2030-01-02")
    known = reader.due_dates(stream)[ids["LONG"]]
    reader.close()
    days = [day if day is None else str(day_of(day)) for _, day in known]
    assert days == [None, item["due"], "2030-01-02"]
    moments = [since for since, _ in known]
    assert moments == sorted(moments)


def test_flags_that_were_wrong_too_often_fall_silent(claims: Vsm, monkeypatch: Any) -> None:
    def record(precision: float, flagged: int) -> FlagHistory:
        flags = FlagScore(60, 30, flagged, round(precision * flagged))
        none = FlagScore(0, 0, 0, 0)
        return FlagHistory((Judged(6, flags, none), Judged(13, none, none)), 5.0)

    monkeypatch.setattr(past_flags, "judge_flags", lambda *_: record(0.4, 20))
    result = risks(claims, *CLAIMS)
    assert (result["flags"], result["unshown"]) == ([], 6)
    assert [one["is_silent"] for one in result["record"]] == [True, False]
    text = " ".join(claims.ok("forecast", "risks", *CLAIMS).split())
    assert "6 items with odds below 50% are not flagged: of 20 such flags" in text
    assert "only 8 were right" in text
    for history in (record(0.4, 19), record(0.5, 20)):
        monkeypatch.setattr(past_flags, "judge_flags", lambda *_, past=history: past)
        assert len(risks(claims, *CLAIMS)["flags"]) == 6, "too few to judge by, or right enough"


def test_the_record_in_words_is_of_flags_so_many_days_ahead(claims: Vsm, monkeypatch: Any) -> None:
    score = FlagScore(60, 22, 20, 10)
    history = FlagHistory((Judged(6, score, score), Judged(13, score, score)), 9.6)
    monkeypatch.setattr(past_flags, "judge_flags", lambda *_: history)
    text = " ".join(claims.ok("forecast", "risks", *CLAIMS).split())
    said = "Of 20 items flagged 13 days ahead 10 came late; of 22 that came late 10 had been"
    assert f"{said} flagged. " in text


@pytest.mark.parametrize("date", [MARCH, "2026-03-01", "2025-12-15"])
def test_the_filter_finds_what_is_late_or_likelier_late(demo: Vsm, date: str) -> None:
    moment = (*STREAM, "--as-of", date)
    items = demo.json("forecast", "items", *moment)["items"]
    risky = {one["key"] for one in items if one["in_time"] < 0.5}

    def listed(words: str) -> set[str]:
        return {one["key"] for one in demo.json("item", "list", *moment, "--where", words)}

    assert risky and listed("late-risk") == risky
    assert listed("is:in-progress -late-risk") == {one["key"] for one in items} - risky
    board = demo.json("board", *moment, "--filter", "late-risk")
    assert {card["key"] for column in board["columns"] for card in column["cards"]} == risky
    shown = demo.json("forecast", "items", *moment, "--filter", "late-risk")["items"]
    assert {one["key"] for one in shown} == risky


def test_where_nothing_can_be_forecast_the_filter_finds_what_is_late(demo: Vsm) -> None:
    # By its own clock nothing has finished for months.
    items = demo.json("forecast", "items", *STREAM)["items"]
    assert all(one["cannot"] for one in items)
    late = {one["key"] for one in demo.json("item", "list", *STREAM, "--where", "late-risk")}
    assert late == {one["key"] for one in items}
