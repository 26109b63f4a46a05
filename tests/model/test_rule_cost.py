"""The cost of a rule is counted before it is evaluated, and what cannot be counted is refused."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sized
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import celpy
import pytest

from tests.model.conftest import Board
from tests.model.controls import add_control, example, set_mode
from tests.model.test_two_engines import to_cel
from vsm.controls import shipped
from vsm.model import command as c
from vsm.model.control.cost import STEPS_MAX, steps_of
from vsm.model.control.engine import Evaluator
from vsm.model.control.examples import read_example
from vsm.model.control.expression import ExpressionError, read_names
from vsm.model.errors import Refusal
from vsm.model.rules import from_micros

RULES = 600
CALLS_A_STEP = 250
"""Most calls of Python functions by which cel-python takes a step."""
START = datetime(2026, 3, 2, tzinfo=UTC)
BOUNDLESS = [
    ("size(['aaaa'].map(x, x + x).map(x, x + x)) > 0", 24, "joined by '+'"),
    ("size(['aaaa'].map(x, [x, x]).map(x, [x, x])) > 0", 30, "that map goes through"),
    ("[change.labels.map(x, x)].all(x, x == x)", 27, "that all goes through"),
    ("change.labels.map(x, x)[0].all(a, a == '')", 28, "that all goes through"),
    ("(change.labels).all(x, x == '')", 17, "that all goes through"),
    ("change.labels + change.labels == change.labels", 15, "joined by '+'"),
    ("change.key + 'a' + 'b' == ''", 12, "joined by '+'"),
    ("(change.key) + (true ? 'a' : 'b') == ''", 14, "joined by '+'"),
    ("change.labels.all(x, x.matches(x))", 24, "has to be written out"),
    ("change.key.matches('a', change.owner)", 12, "has to be written out"),
    ("change.key.matches('\\x5cw')", 20, "has to be raw text"),
]


@pytest.mark.parametrize(("rule", "column", "said"), BOUNDLESS)
def test_what_cannot_be_counted_is_refused_with_its_place(
    rule: str, column: int, said: str
) -> None:
    with pytest.raises(ExpressionError, match=f"line 1, column {column}: .*") as refused:
        read_names(rule)
    assert said in refused.value.message
    assert refused.value.remedy


@pytest.mark.parametrize(
    "rule",
    [
        *(values["rule"] for values in shipped().values()),
        "change.started + duration('48h') < now && size(change.labels) + size(change.links) > 2",
        "(change.due - change.started) + (now - change.started) < duration('24h')",
        "['prod', 'live'].exists(e, change.deployments.exists(d, d.env.startsWith(e)))",
        "change.builds.filter(b, b.status == 'pass').exists(b, b.sha != '')",
        "'7' in change.pull_requests.map(p, p.id) || change.key.matches(r'^A{2,5}-\\d+$')",
    ],
)
def test_what_can_be_counted_is_accepted(rule: str) -> None:
    assert read_names(rule).costs


def test_a_rule_that_an_older_version_accepted_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = Board(tmp_path / "test.db")
    with monkeypatch.context() as older:
        older.setattr("vsm.model.control.examples.check_control", lambda control: None)
        board.done(add_control(rule=f"has(change.owner) || {BOUNDLESS[0][0]}"))
    board.done(set_mode("controlling", from_micros(board.at).date().isoformat()))
    refusal = board.anna.do(c.MoveItem(board.item("CI-1").id, board.stage("Build").id))
    assert isinstance(refusal, Refusal)
    assert "cannot be evaluated (line 1, column 45: nothing bounds how long" in refusal.message


@pytest.mark.parametrize(
    ("rule", "length", "is_begun"),
    [
        ("change.labels.all(a, change.labels.all(b, a != b))", 400, True),
        ("change.labels.all(a, change.labels.all(b, change.labels.all(c, a != c)))", 80, False),
        ("change.labels.all(a, change.labels.all(b, size(change.labels) > 0))", 300, False),
        ("change.labels.all(a, change.labels.all(b, change.labels[0] != b))", 300, False),
        ("size(change.labels.map(a, a)) > 0", 4_000, False),
        ("size(change.labels.filter(a, a != '')) > 0", 4_000, False),
        ("change.labels.all(a, a.matches(r'\\w') || true)", 300, True),
        ("change.labels.all(a, a.matches(r'\\w{100}') || true)", 300, False),
    ],
)
def test_the_count_knows_what_the_library_copies(rule: str, length: int, is_begun: bool) -> None:
    labels = [f"l{number}" for number in range(length)]
    outcome = Evaluator(read_example(example("pass", {"labels": labels})).facts).evaluate(rule)
    assert ("steps" in outcome.problem) is not is_begun


def test_a_list_that_is_missing_somewhere_counts_where_it_is() -> None:
    commits = [{"sha": str(number)} for number in range(1_100)]
    change = {"pull_requests": [{"id": "1"}, {"id": "2", "commits": commits}]}
    one = "change.pull_requests.all(p, !has(p.commits) || p.commits.all(c, {}))"
    facts = read_example(example("pass", change)).facts
    inner = "change.pull_requests.all(q, !has(q.commits) || q.commits.all(d, c.sha != d.sha))"
    assert "inside each other" in str(_refusal(one.format(inner)))
    outcome = Evaluator(facts).evaluate(one.format("size(p.commits) > 0"))
    assert "steps" in outcome.problem


def _refusal(rule: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as refused:
        read_names(rule)
    return refused.value


class Rules:
    """Makes random rules, of which many can be counted and some cannot."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.count = 0

    def flag(self, depth: int, names: tuple[str, ...]) -> str:
        """An expression that is true or false."""
        kinds = [self._compared, self._contained]
        if depth:
            kinds += [self._both, self._macro, self._macro, self._sized]
        return self.chance.choice(kinds)(depth - 1, names)

    def _compared(self, depth: int, names: tuple[str, ...]) -> str:
        sign = self.chance.choice(("==", "!=", "<", "=="))
        return f"{self.text(names)} {sign} {self.text(names)}"

    def _contained(self, depth: int, names: tuple[str, ...]) -> str:
        if self.chance.random() < 0.2:
            return f"{self.text(names)}.matches(r'^(a|[bu])+$')"
        return f"{self.text(names)} in {self.listed(depth, names)}"

    def _both(self, depth: int, names: tuple[str, ...]) -> str:
        sign = self.chance.choice(("&&", "||"))
        return f"({self.flag(depth, names)} {sign} {self.flag(depth, names)})"

    def _sized(self, depth: int, names: tuple[str, ...]) -> str:
        one, two = self.listed(depth, names), self.listed(depth, names)
        return f"size({one}) + size({two}) > {self.chance.randrange(9)}"

    def _macro(self, depth: int, names: tuple[str, ...]) -> str:
        name, macro = self._name(), self.chance.choice(("all", "exists", "exists_one"))
        return f"{self.listed(depth, names)}.{macro}({name}, {self.flag(depth, (*names, name))})"

    def _name(self) -> str:
        self.count += 1
        return f"v{self.count}"

    def text(self, names: tuple[str, ...]) -> str:
        """An expression that is a text."""
        texts = ("'u1'", "change.key", *names, *names)
        joined = self.chance.random() < 0.02
        return " + ".join(self.chance.choice(texts) for _ in range(1 + joined))

    def listed(self, depth: int, names: tuple[str, ...]) -> str:
        """An expression that is a list of texts."""
        draw, name = self.chance.random(), self._name()
        if depth <= 0 or draw < 0.6:
            return self.chance.choice(("change.labels", "change.data.subjects", "['u1', 'b']"))
        inner = self.listed(depth - 1, names)
        if draw < 0.75:
            return f"{inner}.filter({name}, {self.flag(depth - 1, (*names, name))})"
        if draw < 0.9:
            return f"{inner}.map({name}, {self.text((*names, name))})"
        return f"[{self.text(names)}, {self.text(names)}]"


def _facts(chance: random.Random) -> dict[str, Any]:
    words = [f"{'u' * (1 + number % 7)}{number}" for number in range(12)]
    return {
        "now": START + timedelta(days=1),
        "stream": {},
        "change": {
            "key": "A-1",
            "labels": words[: chance.randrange(12)],
            "data": {"subjects": words[: chance.randrange(6)]},
        },
    }


def _count(run: Callable[[], object]) -> tuple[int, int]:
    """How many Python functions a call calls, and the length of the longest list or text made."""
    calls = longest = 0

    def note(_frame: FrameType, event: str, value: object) -> None:
        nonlocal calls, longest
        calls += event == "call"
        made = isinstance(value, celpy.celtypes.ListType | celpy.celtypes.StringType)
        if event == "return" and made and isinstance(value, Sized):
            longest = max(longest, len(value))

    sys.setprofile(note)
    try:
        run()
    except celpy.CELEvalError:
        pass  # what such a rule took until then is counted all the same
    finally:
        sys.setprofile(None)
    return calls, longest


def test_no_rule_takes_more_than_its_count() -> None:
    chance = random.Random(7)
    rules = Rules(chance)
    environment = celpy.Environment()
    counted, refused, looped = 0, 0, 0
    while counted < RULES:
        rule = rules.flag(4, ())
        try:
            names = read_names(rule)
        except ExpressionError:
            refused += 1
            continue
        facts = _facts(chance)
        change = facts["change"]
        lengths = {
            "change.labels": len(change["labels"]),
            "change.data.subjects": len(change["data"]["subjects"]),
        }
        steps = steps_of(names.costs, lengths.__getitem__)
        program = environment.program(environment.compile(rule))
        values = {name: to_cel(value) for name, value in facts.items()}
        calls, longest = _count(lambda run=program.evaluate, to=values: run(to))  # type: ignore[misc]
        assert calls <= CALLS_A_STEP * steps, (rule, calls, steps)
        assert longest <= max(steps, 10), (rule, longest, steps)
        counted += 1
        looped += steps > 300
    assert refused > 50  # the rules reach what has to be refused
    assert looped > 50  # and go through lists inside lists
    assert STEPS_MAX >= 1_000
