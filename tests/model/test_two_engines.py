"""Every verdict by a second engine, cel-python: of all examples, and of random facts."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import celpy
import pytest

from tests.model.controls import APPROVED
from vsm.controls import shipped
from vsm.model.control.control import Verdict
from vsm.model.control.engine import Evaluator
from vsm.model.control.examples import read_example
from vsm.model.control.expression import read_names
from vsm.model.control.fact_list import FACTS, LISTS, FactType

OWN = {
    "approved": APPROVED,
    "late": "change.due < now && !change.blocked || change.class in ['expedite', 'standard']",
    "separated": "change.deployments.all(d, change.approvals.exists(a, a.by != d.by))",
    "counted": "size(change.labels) > 1 || change.labels.exists_one(n, n.startsWith('p'))",
    "kept": "!has(change.data.personal) || change.data.retention_days <= 30.0",
    "soon": "change.request.received_at + duration('720h') > now",
    "filtered": "size(change.builds.filter(b, b.status == 'pass')) == size(change.builds)",
    "merged": "'7' in change.pull_requests.map(p, p.id) || change.key.matches('^A')",
    "asked": "!has(change.scans) || change.scans.all(s, s.status == 'pass')",
    "history": "change.history.exists(h, h.stage == 'Review' && h.at < now)",
}
RULES = {**{name: values["rule"] for name, values in shipped().items()}, **OWN}
SETS = 10_000
START = datetime(2026, 3, 2, tzinfo=UTC)
WORDS = ("u1", "u2", "u3", "", "pilot", "A-1", "7")


@cache
def program(rule: str) -> Any:
    """The rule as cel-python compiles it."""
    environment = celpy.Environment()
    return environment.program(environment.compile(rule))


def is_known(path: str, facts: Mapping[str, Any], asked: frozenset[str]) -> bool:
    """Whether a fact is there; one of a list that is not need not be where the rule asks for it."""
    values, place = [facts], ""
    for part in path.split("."):
        name = part.removesuffix("[]")
        place = f"{place}.{name}".removeprefix(".")
        if any(name not in value for value in values):
            return part.endswith("[]") and place in asked
        values = [value[name] for value in values]
        if part.endswith("[]"):
            place += "[]"
            values = [element for value in values for element in value]
    return True


def second_verdict(rule: str, facts: Mapping[str, Any]) -> Verdict:
    """The verdict as cel-python reaches it; facts that are not there are looked for first."""
    names = read_names(rule)
    if not all(is_known(path, facts, names.asked) for path in names.needed):
        return Verdict.INDETERMINATE
    try:
        value = program(rule).evaluate({name: to_cel(value) for name, value in facts.items()})
    except celpy.CELEvalError:
        return Verdict.INDETERMINATE
    return Verdict.PASS if value else Verdict.FAIL


def to_cel(value: Any) -> Any:
    """Facts in the types of cel-python."""
    if isinstance(value, Mapping):
        return celpy.celtypes.MapType(
            {celpy.celtypes.StringType(key): to_cel(inner) for key, inner in value.items()}
        )
    if isinstance(value, list):
        return celpy.celtypes.ListType([to_cel(inner) for inner in value])
    if isinstance(value, datetime):
        return celpy.celtypes.TimestampType(value)
    return celpy.json_to_cel(value)


@pytest.mark.parametrize("name", sorted(shipped()))
def test_every_example_has_one_verdict(name: str) -> None:
    values = shipped()[name]
    for line in values["examples"]:
        example = read_example(line)
        assert Evaluator(example.facts).evaluate(values["rule"]).verdict is example.expect
        assert second_verdict(values["rule"], example.facts) is example.expect


class Facts:
    """Makes random facts of those that a rule names, often the ones that it compares with."""

    def __init__(self, rule: str, chance: random.Random) -> None:
        names = read_names(rule)
        self.paths = sorted(names.needed | names.asked)
        self.words = (*WORDS, *3 * re.findall(r"'([^']*)'", rule))
        self.chance = chance

    def make(self) -> dict[str, Any]:
        facts: dict[str, Any] = {"stream": {}, "change": {}}
        for path in self.paths:
            if self.chance.random() < 0.95:
                self._put([facts], path.split("."), path)
        return facts

    def _put(self, places: list[dict[str, Any]], parts: list[str], path: str) -> None:
        part, *rest = parts
        name = part.removesuffix("[]")
        for place in places:
            if part.endswith("[]"):
                self._put(place.setdefault(name, self._elements()), rest, path)
            elif rest:
                self._put([place.setdefault(name, {})], rest, path)
            elif path in FACTS:
                place[name] = self._value(FACTS[path].type)
            else:
                place.setdefault(name, self._elements() if path in LISTS else {})

    def _elements(self) -> list[dict[str, Any]]:
        return [{} for _ in range(self.chance.choice((0, 1, 1, 2, 3)))]

    def _value(self, kind: FactType) -> Any:
        if kind is FactType.MOMENT:
            return START + timedelta(hours=self.chance.randrange(0, 1500, 100))
        if kind is FactType.FLAG:
            return self.chance.random() < 0.5
        if kind is FactType.NUMBER:
            return self.chance.choice((0.0, 1.5, 30.0, 31.0))
        if kind is FactType.TEXTS:
            return self.chance.sample(self.words, self.chance.randrange(3))
        return self.chance.choice(self.words)


def test_both_engines_agree_on_random_facts() -> None:
    chance = random.Random(21)
    makers = [(name, rule, Facts(rule, chance)) for name, rule in RULES.items()]
    seen: dict[str, Counter[Verdict]] = {name: Counter() for name in RULES}
    for number in range(SETS):
        name, rule, maker = makers[number % len(makers)]
        facts = maker.make()
        verdict = Evaluator(facts).evaluate(rule).verdict
        assert second_verdict(rule, facts) is verdict, (name, json.dumps(facts, default=str))
        seen[name][verdict] += 1
    for name in OWN:  # agreeing says something only where both answers come up
        assert min(seen[name][verdict] for verdict in (Verdict.PASS, Verdict.FAIL)) > 20, name
