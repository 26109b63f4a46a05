"""``vsm sprint`` and ``vsm bugs``: from plan to verdict, and what is refused with a remedy."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Vsm


@pytest.fixture
def planned(team: Vsm) -> Vsm:
    team.ok("sprint", "plan", "Sprint 1", "--start", "2026-01-05", "--goal", "Refunds")
    return team


def keys(vsm: Vsm) -> list[str]:
    """Keys of open items."""
    listed = json.loads(vsm.ok("item", "list", "--where", "is:open", "--json"))
    rows = listed["items"] if isinstance(listed, dict) else listed
    return [row["key"] for row in rows]


def test_nothing_is_planned_and_how_to_begin(team: Vsm) -> None:
    text = team.ok("sprint")
    assert "No sprint is planned" in text
    assert "vsm sprint plan NAME" in text
    assert "here)" not in text, "keys are for the screen"
    assert team.json("sprint")["sprints"] == []
    assert "has no sprints" in team("sprint", "report").stderr


def test_a_sprint_goes_from_plan_to_verdict(planned: Vsm) -> None:
    first, second, *_ = keys(planned)
    planned.ok("sprint", "add", "1", first, second)
    planned.ok("item", "edit", first, "--estimate", "5")
    started = planned("sprint", "start", "1")
    assert "1 of 2 without an estimate" in started.stderr
    assert "It was planned from 5 Jan 2026: it starts" in started.stderr
    refused = planned("sprint", "remove", "1", second)
    assert refused.exit_code == 1
    assert "needs a reason" in refused.stderr
    planned.ok("sprint", "remove", "1", second, "--reason", "too large")
    planned.ok("sprint", "plan", "Sprint 2")
    planned.ok("sprint", "close", "sprint 1", "--to", "next")
    planned.ok("sprint", "judge", "1", "missed", "--note", "no time")
    shape = planned.json("sprint", "show", "1")
    assert shape["commitment"] == [
        {"item": first, "estimate": 5.0},
        {"item": second, "estimate": None},
    ]
    assert shape["summary"] == {"S": 5.0, "A": 0.0, "R": 0.0, "E": 0.0, "C": 0.0, "K": 5.0}
    assert (shape["goal_met"], shape["say_do"]) == ("missed", 0.0)
    assert [one["item"] for one in planned.json("sprint", "show", "2")["members"]] == [first]
    again = planned("sprint", "close", "1")
    assert (again.exit_code, "nothing was moved" in again.stderr) == (1, True)


@pytest.mark.parametrize(
    ("words", "code", "what"),
    [
        (("plan", "X", "--start", "2026-01-05", "--end", "2026-01-04"), 2, "before it starts"),
        (("plan", "X", "--start", "someday"), 2, "--start"),
        (("show", "9"), 2, "there is no sprint"),
        (("start", "1"), 1, "has no open items"),
        (("close", "1"), 1, "has not started"),
        (("judge", "1", "met"), 1, "has not started"),
        (("set", "1"), 2, "nothing is to be changed"),
        (("add", "1", "NOPE-1"), 2, "NOPE-1"),
        (("show", "1", "--as-of", "2020-01-01"), 2, "was not planned yet"),
    ],
)
def test_bad_input_is_one_line_that_says_what_to_do(
    planned: Vsm, words: tuple[str, ...], code: int, what: str
) -> None:
    result = planned("sprint", *words)
    assert result.exit_code == code, result.stderr
    assert what in result.stderr
    assert result.stderr.count("\n") == 1


def test_the_next_sprint_follows_the_one_before(planned: Vsm) -> None:
    text = planned.ok("sprint", "plan", "Sprint 2")
    assert "2026-01-19 to 2026-02-01" in text, "the first working day after, as long as that one"


def test_bugs_are_published(team: Vsm) -> None:
    team.ok("item", "add", "Broken", "--type", "bug", "--label", "found_in:production")
    shape = team.json("bugs", "--weeks", "4")
    assert (shape["schema"], shape["open"], len(shape["weeks"])) == ("vsm.bugs/1", 2, 4)
    assert shape["escaped"] == 1
