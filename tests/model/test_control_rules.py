"""Rules in CEL: what they name, what is refused of them, and that nothing unknown passes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.model.controls import APPROVED, commits, example, moment
from vsm.model.control.control import Control, Verdict
from vsm.model.control.cost import STEPS_MAX
from vsm.model.control.engine import Evaluator
from vsm.model.control.examples import check_control, read_example
from vsm.model.control.expression import ExpressionError, read_names
from vsm.model.field_types import InvalidValue


def evaluate(rule: str, change: dict[str, Any]) -> Verdict:
    return Evaluator(read_example(example("pass", change)).facts).evaluate(rule).verdict


@pytest.mark.parametrize(
    ("approved_by", "at", "verdict"),
    [("u2", "13:00", "fail"), ("u3", "11:00", "fail"), ("u3", "13:00", "pass")],
)
def test_whoever_wrote_a_commit_does_not_approve(approved_by: str, at: str, verdict: str) -> None:
    """The check values of chg-approved."""
    change = {
        "pull_requests": commits(("u1", "10:00"), ("u2", "12:00")),
        "approvals": [{"by": approved_by, "at": moment(at)}],
    }
    assert evaluate(APPROVED, change) == verdict


@pytest.mark.parametrize(
    "rule",
    [
        "change.dpia.done_at < now || true",
        "true || change.builds.exists(b, b.status == 'pass')",
        "change.approvals.all(a, a.role == 'lead') || true",
        "change.pull_requests.all(p, p.commits.all(c, c.sha != ''))",
        "now < now",
    ],
)
def test_what_is_not_known_never_passes(rule: str) -> None:
    change = {"approvals": [{"by": "u3"}], "pull_requests": [{"id": "1"}]}
    assert evaluate(rule, change) is Verdict.INDETERMINATE


def test_has_asks_whether_a_fact_is_known() -> None:
    assert evaluate("has(change.dpia.done_at)", {}) is Verdict.FAIL
    assert evaluate("!has(change.builds) || size(change.builds) > 0", {}) is Verdict.PASS


def test_has_asks_for_a_list_and_what_is_in_it() -> None:
    rule = "has(change.documents) && change.documents.exists(d, d.name == 'adr')"
    assert evaluate(rule, {}) is Verdict.FAIL
    assert evaluate(rule, {"documents": [{"name": "adr"}]}) is Verdict.PASS
    assert evaluate(rule, {"documents": [{"by": "u1"}]}) is Verdict.INDETERMINATE


def test_a_missing_list_stands_for_what_is_in_it() -> None:
    facts = read_example(example("pass", {})).facts
    outcome = Evaluator(facts).evaluate("change.builds.exists(b, b.status == 'pass')")
    assert outcome.missing == ("change.builds",)


@pytest.mark.parametrize(
    ("rule", "line", "column", "said"),
    [
        ("change.key ==", 1, 14, "ends too early"),
        ("true &&\n  change.ownr == 'a'", 2, 10, "no fact change.ownr"),
        ("chnge.key == 'a'", 1, 1, "'chnge' is no fact"),
        ("(change).key == 'a'", 1, 2, "no single fact"),
        ("change['key'] == 'a'", 1, 8, "not in brackets"),
        ("change.approvals.by == 'a'", 1, 18, "chosen from a list"),
        ("open('x')", 1, 1, "no function 'open'"),
        ("change.key.lower() == 'a'", 1, 12, "no method 'lower'"),
        ("change.key == 'a", 1, 15, "cannot stand"),
        ("{'a': 1}.a == 1", 1, 1, "cannot stand"),
        ("", 1, 1, "empty"),
        ("(" * 1900 + "true" + ")" * 1900, 1, 41, "more than 40 brackets"),
        ("true ? true : " * 200 + "true", 1, 1345, "nested too deeply"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused_with_its_place(
    rule: str, line: int, column: int, said: str
) -> None:
    with pytest.raises(InvalidValue) as refused:
        check_control(control(rule))
    assert f"line {line}, column {column}: " in refused.value.message
    assert said in refused.value.message


def test_macros_are_nested_three_deep_at_most() -> None:
    inside = "change.approvals.exists(a{0}, {1})"
    rule = "true"
    for depth in range(3):
        rule = inside.format(depth, rule)
    read_names(rule)
    with pytest.raises(ExpressionError, match="inside each other"):
        read_names(inside.format(3, rule))


def test_a_rule_is_bounded_in_size_and_in_its_lists() -> None:
    with pytest.raises(ExpressionError, match="bytes"):
        read_names("true" + " || true" * 1000)
    with pytest.raises(ExpressionError, match="elements"):
        read_names(f"change.key in [{', '.join(['1'] * 101)}]")


def test_what_would_take_too_long_is_not_begun() -> None:
    many = [{"by": "u1"}] * 80
    nested = (
        "change.approvals.all(a, change.approvals.all(b, change.approvals.all(c, c.by == b.by"
        " && a.by != '')))"
    )
    outcome = Evaluator(read_example(example("pass", {"approvals": many})).facts).evaluate(nested)
    assert STEPS_MAX < 80**3 * 5
    assert outcome.verdict is Verdict.INDETERMINATE
    assert "steps" in outcome.problem


def control(rule: str, *examples: str) -> Control:
    both = examples or (example("pass", {"owner": "a"}), example("fail", {}))
    return Control(1, "owned", "t", "", "finish", "", rule, "", "high", None, (), both, "")


def test_a_control_ships_an_example_that_fails() -> None:
    with pytest.raises(InvalidValue, match="no example fails"):
        check_control(control("has(change.owner)", example("pass", {"owner": "a"})))


def test_an_example_has_to_lead_to_its_verdict() -> None:
    wrong = (example("pass", {"owner": "a"}), example("fail", {"owner": "b"}, "somebody else"))
    with pytest.raises(InvalidValue, match=r"example 2 \(somebody else\) expects fail"):
        check_control(control("has(change.owner)", *wrong))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "no JSON"),
        ('{"expect": "pass"}', "no facts"),
        ('{"expect": "perhaps", "facts": {}}', "expects 'perhaps'"),
        (example("pass", {"ownr": "a"}), "no fact change.ownr"),
        (example("pass", {"owner": 1}), "is a string"),
        (example("pass", {"created": "2026-03-02"}), "is a moment"),
        (example("pass", {"approvals": {"by": "a"}}), "is a list"),
    ],
)
def test_an_example_is_read_by_the_list_of_facts(line: str, said: str) -> None:
    with pytest.raises(InvalidValue, match=said):
        read_example(line)


def test_the_version_is_of_the_text() -> None:
    assert control("true").version == control("true").version
    assert control("true").version != control("false").version
