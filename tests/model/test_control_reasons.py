"""Why a control fails: the facts that decide, their values, and the records behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from vsm.controls import shipped
from vsm.model.control.control import Verdict
from vsm.model.control.engine import Evaluator
from vsm.model.control.examples import Example, read_example
from vsm.model.control.fact_list import LISTS
from vsm.model.control.fact_words import NOUNS, value_text
from vsm.model.control.reasons import find_reasons, join_reasons, lacking_elements

CONTROLS = shipped()
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def examples(expect: Verdict) -> Iterator[Any]:
    for name, values in CONTROLS.items():
        for example in map(read_example, values["examples"]):
            if example.expect is expect:
                yield pytest.param(values["rule"], example, id=f"{name}: {example.why}")


def flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every fact with its value."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from flat(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and path in LISTS:
        yield path, str(len(value))
        for element in value:
            yield from flat(element, f"{path}[]")
    else:
        yield path, value_text(value)


def differing(rule: str, example: Example) -> set[str]:
    """The facts in which a failing example is not as the passing one that is most like it."""
    values = next(v for v in CONTROLS.values() if v["rule"] == rule)["examples"]
    passing = [one for one in map(read_example, values) if one.expect is Verdict.PASS]
    own = set(flat(example.facts))
    return min(({path for path, _ in own ^ set(flat(p.facts))} for p in passing), key=len)


def why(rule: str, zone: str = "UTC", now: datetime = NOON, **change: Any) -> str:
    parts = {name: {} for name in ("data", "dpia", "incident", "request", "review")}
    facts = {"now": now, "stream": {}, "change": parts | change}
    return join_reasons(find_reasons(rule, facts, zone))


@pytest.mark.parametrize(("rule", "example"), list(examples(Verdict.FAIL)))
def test_a_reason_names_what_differs_from_an_example_that_passes(
    rule: str, example: Example
) -> None:
    reasons = find_reasons(rule, example.facts, "UTC")
    named = {fact for reason in reasons for fact in reason.facts}
    decisive = differing(rule, example) & named
    assert decisive, join_reasons(reasons)
    values = {value for path, value in flat(example.facts) if path in decisive - LISTS}
    said = join_reasons(reasons)
    # a value that is there, or that there is none
    assert any(value in said for value in values) or "on record" in said


@pytest.mark.parametrize(("rule", "example"), list(examples(Verdict.PASS)))
def test_what_passes_has_no_reason_to_fail(rule: str, example: Example) -> None:
    assert Evaluator(example.facts).evaluate(rule).verdict is Verdict.PASS
    assert find_reasons(rule, example.facts, "UTC") == []


def test_the_approver_and_the_commit_are_named() -> None:
    commits = [{"sha": "c0ffee", "author": "ben", "at": NOON}]
    assert why(
        CONTROLS["chg-approved"]["rule"],
        approvals=[{"by": "ben", "at": NOON + HOUR}],
        pull_requests=[{"id": "7", "commits": commits}],
    ) == (
        "approval by ben (2 Mar 2026 13:00 UTC), pull request 7, commit c0ffee by ben"
        " (2 Mar 2026 12:00 UTC): author of the commit and approver are both ben"
    )


def test_all_conditions_that_fail_are_named() -> None:
    assert why("has(change.team) && has(change.owner)", key="PAY-1") == (
        "team is not on record, and owner is not on record"
    )
    rule = "change.data.retention_days > 0.0 && change.data.minimised"
    assert why(rule, data={"retention_days": 0.0, "minimised": False}) == (
        "retention in days is 0, not over 0, and minimised: false"
    )


def test_of_a_choice_the_side_is_named_that_was_taken() -> None:
    rule = "has(change.finished) ? change.finished <= change.due : now <= change.due"
    due = NOON - HOUR
    assert why(rule, due=due) == (
        "finish is not on record, and the moment of the check (2 Mar 2026 12:00 UTC) is after the"
        " due date (2 Mar 2026 11:00 UTC)"
    )
    assert why(rule, due=due, finished=NOON).startswith("the finish (2 Mar 2026 12:00 UTC)")


def test_moments_within_a_minute_are_told_apart() -> None:
    later = NOON + timedelta(seconds=4)
    said = why("change.created >= change.due", created=NOON, due=later)
    assert "(2 Mar 2026 12:00:00 UTC) is before the due date (2 Mar 2026 12:00:04 UTC)" in said
    later = NOON + timedelta(microseconds=4)
    assert "12:00:00.000004 UTC" in why("change.created >= change.due", created=NOON, due=later)


def test_moments_are_those_of_a_zone() -> None:
    said = why("change.created > now", "Europe/Berlin", created=NOON)
    assert said == (
        "the creation (2 Mar 2026 13:00) is not after the moment of the check (2 Mar 2026 13:00)"
    )


def test_many_elements_are_counted() -> None:
    builds = [{"status": "fail", "at": NOON + n * HOUR} for n in range(9)]
    said = why("change.builds.exists(b, b.status == 'pass')", builds=builds)
    assert said.count("build (fail") == 3
    assert said.endswith(
        " and build (fail, 2 Mar 2026 14:00 UTC): status of the build is fail, not pass;"
        " 6 more builds do not meet it either"
    )


def test_a_negation_says_what_is_there() -> None:
    assert why("!(change.key == 'A' || change.type == 'bug')", key="A", type="task") == "key is A"
    assert why("!has(change.owner)", owner="anna") == "owner is anna"
    assert why("!(change.key in ['A', 'B'])", key="A") == "key (A) is in ['A', 'B'] (A, B)"


def test_texts_from_outside_are_harmless_and_cut() -> None:
    said = why("change.owner == 'anna'", owner="\x1b[31mred\n" + "x" * 200)
    assert "\x1b" not in said and "\n" not in said
    assert len(said) < 100


def test_what_cannot_be_taken_apart_is_quoted() -> None:
    assert why("[1, 2].exists(x, x > 2)") == "[1, 2].exists(x, x > 2) is false"
    same = "(change.key == 'A') == (change.type == 'bug')"
    assert why(same, key="A", type="task").startswith("(change.key == 'A') is true")


def test_an_empty_list_is_said_to_be_empty() -> None:
    assert why("size(change.labels) > 0", labels=[]) == "labels is empty"
    assert why("size(change.approvals) >= 1", approvals=[]) == "no approval is on record"
    assert why("size(change.labels) < 2", labels=["a", "b"]) == (
        "number of labels is 2 (a, b), not under 2"
    )


def test_elements_that_lack_a_fact_are_named() -> None:
    requests = [
        {"id": "7", "commits": [{"sha": "a", "at": NOON}]},
        {"id": "8", "commits": [{"sha": "b", "author": "ben", "at": NOON}]},
    ]
    facts = {"change": {"pull_requests": requests}}
    path = "change.pull_requests[].commits[].author"
    assert lacking_elements(path, facts, "UTC") == ["commit a (2 Mar 2026 12:00 UTC)"]
    assert lacking_elements("change.owner", facts, "UTC") == []


def test_every_list_has_a_noun() -> None:
    assert set(NOUNS) == LISTS
