"""``vsm bottlenecks``: as a report, as JSON that the published schema allows, of any moment."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.cli.test_exports import MARCH, demo, organisation, valid

if TYPE_CHECKING:
    from tests.cli.conftest import Vsm

__all__ = ["demo", "organisation"]


def bottlenecks(vsm: Vsm, *options: str) -> Any:
    return valid(vsm.json("bottlenecks", "--as-of", MARCH, *options), "bottlenecks")


def test_the_demos_constraint_is_named(demo: Vsm) -> None:
    result = bottlenecks(demo, "--stream", "Card issuing")
    assert result["constraint"]["stages"] == ["Review"] and result["min_cut"] == ["Review"]
    assert result["constraint"]["team"] == "Risk"
    assert result["constraint"]["confidence"] >= 0.85
    review = next(entry for entry in result["stages"] if entry["name"] == "Review")
    assert review["utilisation"] > 0.85
    assert all(
        entry["utilisation"] < 0.85
        for entry in result["stages"]
        if entry["utilisation"] and entry is not review
    )
    assert (
        sum(entry["share_of_waiting"] for entry in result["stages"]) == 1.0
        or abs(sum(entry["share_of_waiting"] for entry in result["stages"]) - 1) < 0.01
    )
    ranks = [action["rank"] for action in result["actions"]]
    assert ranks == list(range(1, len(ranks) + 1)) and ranks
    keys = {key for action in result["actions"] for key in action["items"]}
    assert keys and all(key.startswith("CARD-") for key in keys)


def test_what_would_help_is_in_every_format(demo: Vsm) -> None:
    result = bottlenecks(demo, "--stream", "Card issuing")
    (slot, *others) = result["effects"]
    assert slot["change"] == "slot" and slot["stages"] == ["Review"]
    assert slot["throughput_after_per_week"] >= slot["throughput_before_per_week"] > 0
    metrics = demo.json("metrics", "--stream", "Card issuing", "--as-of", MARCH)
    assert {effect["cycle_time_p85_before_days"] for effect in result["effects"]} <= {
        None,
        metrics["cycle_time_days"]["p85"],
    }
    for form in ("text", "md", "html"):
        options = ("--stream", "Card issuing", "--as-of", MARCH, "--format", form)
        text = " ".join(demo.ok("bottlenecks", *options).split())
        assert all(effect["text"][:60] in text for effect in (slot, *others)), form
    assert bottlenecks(demo, "--stream", "Platform and incidents")["effects"] == []


def test_where_nothing_limits_it_says_so(demo: Vsm) -> None:
    result = bottlenecks(demo, "--stream", "Platform and incidents")
    assert result["constraint"] is None and result["finding"]["kind"] == "demand"
    text = demo.ok("bottlenecks", "--stream", "Platform and incidents", "--as-of", MARCH)
    assert result["finding"]["text"] in text
    assert text.startswith("Platform and incidents: bottlenecks")


def test_the_report_says_the_same_in_words(demo: Vsm) -> None:
    text = demo.ok("bottlenecks", "--stream", "Card issuing", "--as-of", MARCH)
    result = bottlenecks(demo, "--stream", "Card issuing")
    assert result["finding"]["text"] in text
    for action in result["actions"]:
        assert action["what"] in " ".join(text.split())
    for stage in result["stages"]:
        assert stage["name"] in text


def test_as_of_uses_nothing_later(demo: Vsm) -> None:
    early = demo.json("bottlenecks", "--as-of", "2025-08-01", "--stream", "Card issuing")
    assert early["watched"]["to"] <= "2025-08-01"
    assert valid(early, "bottlenecks")["finding"]["kind"] in ("unknown", "stage", "demand")


def test_a_stream_without_history_is_no_error(vsm: Vsm) -> None:
    vsm.ok("init", "--template", "kanban", "--name", "Web")
    result = valid(vsm.json("bottlenecks"), "bottlenecks")
    assert result["constraint"] is None and result["finding"]["kind"] == "unknown"
    assert "Too little is known" in vsm.ok("bottlenecks")


def test_a_timer_only_delays(vsm: Vsm, tmp_path: Path) -> None:
    """Tickets that are closed 15 days after they were solved wait for nobody."""
    luck = random.Random(5)
    rows = ["case,activity,time"]
    for n in range(1, 400):
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=0.45 * n + luck.random())
        for activity, days in (("Work", 0.0), ("Solved", luck.uniform(0.1, 0.4)), ("Closed", 15.0)):
            at += timedelta(days=days, minutes=luck.random())
            rows.append(f"T{n},{activity},{at.isoformat()}")
    file = tmp_path / "tickets.csv"
    file.write_text("\n".join(rows))
    vsm.ok(
        *("import", "csv", str(file), "--stream", "Tickets"),
        *("--stages", "Work:active,Solved:active,Closed:done"),
    )
    result = valid(vsm.json("bottlenecks"), "bottlenecks")
    assert result["constraint"] is None and result["finding"]["kind"] == "demand"
    work, solved = result["stages"]
    assert solved["delays"] and solved["parallel_places"] is None and solved["utilisation"] is None
    assert 14.5 < solved["touch_days"] < 15.5 and not work["delays"]
    assert "Solved takes 15.0 days on average" in result["finding"]["reason"]
    assert any(entry["what"].endswith("wait for in Solved") for entry in result["actions"])
    text = vsm.ok("bottlenecks")
    assert any("Solved" in line and " any " in line for line in text.splitlines())


def test_what_would_help_is_played_where_that_is_asked(demo: Vsm) -> None:
    cards = ("--stream", "Card issuing")
    assert bottlenecks(demo, *cards)["plays"] == []
    slot, *_ = bottlenecks(demo, *cards, "--play")["plays"]
    assert (slot["change"], slot["constraint"], slot["cannot"]) == ("slot", "Review", None)
    assert slot["what"] == "1 slot more at Review" and slot["weeks"] == 13
    throughput, *_ = slot["figures"]
    assert throughput["figure"] == "throughput_per_week"
    assert throughput["change_low_80"] <= throughput["change_high_80"]
    asked = demo.json("forecast", "whatif", *cards, "--as-of", MARCH, "--slots", "Review=+1")[
        "figures"
    ]
    assert [figure["change"]["low_80"] for figure in asked] == [
        figure["change_low_80"] for figure in slot["figures"]
    ]
    out = demo.ok("bottlenecks", *cards, "--as-of", MARCH, "--play")
    assert "Played for 13 weeks (1 slot more at Review):" in out and "Plays go on from" in out
    assert "Played for" not in demo.ok("bottlenecks", *cards, "--as-of", MARCH)
