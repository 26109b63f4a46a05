"""Examples of a control: facts under which it has to pass, and under which it has to fail.

An example is a line of JSON: ``{"expect": "fail", "why": "approved by the author", "facts":
{"change": {...}}}``. It stands in the text of its control, so nothing is switched on that was never
seen to refuse something.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any

from vsm.model.control.audit import framework_of
from vsm.model.control.control import Control, Verdict
from vsm.model.control.engine import Evaluator, Outcome, compile_check
from vsm.model.control.expression import ExpressionError, nearest
from vsm.model.control.fact_list import FACTS, LISTS, PARENTS, FactType
from vsm.model.field_types import NUMBER_MAX, InvalidValue

EXAMPLES_MAX = 40
"""Most examples of a control."""
_EXPECTED = (Verdict.PASS, Verdict.FAIL, Verdict.INDETERMINATE)


@dataclass(frozen=True, slots=True)
class Example:
    """Facts, and the verdict that they have to lead to."""

    expect: Verdict
    facts: Mapping[str, Any]
    why: str = ""


def read_example(line: str) -> Example:
    """An example from its line; raises :class:`InvalidValue`."""
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError):
        raise InvalidValue(
            f"an example is no JSON: {line:.60}", "vsm gov show prints some"
        ) from None
    if not isinstance(raw, dict) or not isinstance(raw.get("facts"), dict):
        raise InvalidValue("an example has no facts", 'such as: {"expect": "pass", "facts": {…}}')
    unknown = set(raw) - {"expect", "facts", "why"}
    if unknown:
        raise InvalidValue(
            f"an example has no {sorted(unknown)[0]!r:.40}", "use expect, facts, why"
        )
    if raw.get("expect") not in _EXPECTED:
        raise InvalidValue(
            f"an example expects {raw.get('expect')!r:.40}", f"use {', '.join(_EXPECTED)}"
        )
    facts = {name: _read(name, value) for name, value in raw["facts"].items()}
    facts.setdefault("stream", {})
    change: dict[str, Any] = {
        name: {} for name in ("data", "dpia", "incident", "request", "review")
    }
    facts["change"] = change | facts.get("change", {})
    return Example(Verdict(raw["expect"]), facts, str(raw.get("why", ""))[:200])


def _read(path: str, value: Any) -> Any:
    """The value of a fact, or of what holds facts, by the types of the list."""
    if path in FACTS:
        return _typed(path, FACTS[path].type, value)
    if path in LISTS:
        if not isinstance(value, list):
            raise InvalidValue(f"example: {path} is a list", "write it in [ ]")
        return [_read(f"{path}[]", element) for element in value]
    if path not in PARENTS:
        close = nearest(path, (*FACTS, *PARENTS))
        hint = f"did you mean {close}?" if close else "vsm gov facts lists them"
        raise InvalidValue(f"example: there is no fact {path:.80}", hint)
    if not isinstance(value, dict):
        raise InvalidValue(f"example: {path} holds facts", "write it in { }")
    return {name: _read(f"{path}.{name}", inner) for name, inner in value.items()}


def _typed(path: str, kind: FactType, value: Any) -> Any:
    if kind is FactType.MOMENT:
        try:
            moment = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            moment = None
        if moment is None or moment.tzinfo is None:
            remedy = "write 2026-12-01T14:30:00Z, with the zone"
            raise InvalidValue(f"example: {path} is a moment", remedy)
        return moment
    fits = {
        FactType.TEXT: isinstance(value, str),
        FactType.FLAG: isinstance(value, bool),
        FactType.NUMBER: _is_number(value),
        FactType.TEXTS: isinstance(value, list) and all(isinstance(v, str) for v in value),
    }[kind]
    if not fits:
        raise InvalidValue(f"example: {path} is a {kind}, not {value!r:.40}", "correct its type")
    return float(value) if kind is FactType.NUMBER else value


def _is_number(value: Any) -> bool:
    """Whether a value is a number that a ``double`` holds."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isfinite(value) if isinstance(value, float) else abs(value) < NUMBER_MAX


def check_control(control: Control) -> None:
    """Refuse a control that cannot be used: raises :class:`InvalidValue` with line and column.

    Its rule compiles and names facts that there are; it has examples that pass and that fail, and
    all lead to the verdict that they expect. Its references name their frameworks: by another one
    no report would find it.
    """
    check_letters(control.name)
    for ref in control.refs:
        if not framework_of(ref):
            raise InvalidValue(f"{ref!r:.60} names no framework", "such as: SOC2 CC8.1")
    try:
        compile_check(control.rule)
    except ExpressionError as error:
        raise InvalidValue(f"rule, {error}", error.remedy) from None
    if len(control.examples) > EXAMPLES_MAX:
        raise InvalidValue(
            f"{len(control.examples)} examples are too many", f"{EXAMPLES_MAX} are allowed"
        )
    examples = [read_example(line) for line in control.examples]
    for verdict in (Verdict.PASS, Verdict.FAIL):
        if not any(example.expect is verdict for example in examples):
            article = "passes" if verdict is Verdict.PASS else "fails"
            raise InvalidValue(
                f"no example {article}", "add one: a rule that was never seen to refuse is no rule"
            )
    for number, example in enumerate(examples, 1):
        outcome = Evaluator(example.facts).evaluate(control.rule)
        if outcome.verdict is not example.expect:
            raise InvalidValue(
                f"example {number}{_why(example)} expects {example.expect}, the rule gives"
                f" {explain(outcome)}",
                "correct the rule or the example",
            )


def check_letters(name: str) -> None:
    """Refuse a name that mixes alphabets: letters that look alike made two controls one to see."""
    alphabets: dict[str, str] = {}
    for letter in name:
        if letter.isalpha():
            alphabets.setdefault(unicodedata.name(letter, "").partition(" ")[0], letter)
    if len(alphabets) > 1:
        (first, _), (other, letter) = list(alphabets.items())[:2]
        raise InvalidValue(
            f"the name {name!r:.60} mixes {first.capitalize()} letters with {other.capitalize()}"
            f" ones ({letter!r})",
            "write it in one alphabet",
        )


def _why(example: Example) -> str:
    return f" ({example.why})" if example.why else ""


def explain(outcome: Outcome) -> str:
    """An outcome in words: ``indeterminate (missing: change.builds)``."""
    why = f"missing: {', '.join(outcome.missing)}" if outcome.missing else outcome.problem
    return f"{outcome.verdict} ({why})" if why else str(outcome.verdict)
