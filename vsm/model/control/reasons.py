"""Says why a rule gives what it gives on a change: which facts decide, and the records behind.

Each condition is evaluated by itself. Of conditions that all have to hold those are named that do
not; of alternatives all; of lists the elements that decide, with who and when.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from vsm.model.control.condition import Condition, Join, Side, UnreadableError, read_condition
from vsm.model.control.engine import Facts, evaluate_part
from vsm.model.control.expression import ExpressionError
from vsm.model.control.fact_list import LISTS
from vsm.model.control.fact_words import (
    absent,
    element_text,
    label,
    moment_texts,
    none_of,
    plural,
    value_text,
)

ELEMENTS_MAX, REASONS_MAX = 3, 6
"""Most elements of a list, and most reasons, that are named."""
LEAVES_MAX = 20_000
"""Most conditions that are evaluated to find reasons."""

_NEGATED = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_OF_MOMENTS = {"<": "before", "<=": "not after", ">": "after", ">=": "not before"}
_OF_NUMBERS = {"<": "under", "<=": "not over", ">": "over", ">=": "not under"}
_METHODS = {
    "contains": ("contains", "does not contain"),
    "startsWith": ("starts with", "does not start with"),
    "endsWith": ("ends with", "does not end with"),
    "matches": ("matches", "does not match"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a condition holds or not: a sentence, the elements that it is about, and the facts."""

    about: tuple[str, ...]
    text: str
    facts: frozenset[str]
    is_guard: bool = False
    """Whether it asks no more than whether something is there, or what kind an element is of."""
    is_kind: bool = False
    """Whether it is about one element alone, and so stands in its description."""


def find_reasons(rule: str, facts: Facts, zone: str) -> list[Reason]:
    """Why a rule fails on these facts, moments in a zone; empty where nobody can say it."""
    try:
        condition = read_condition(rule)
        explainer = _Explainer(facts, zone)
        if explainer.truth(condition, {}) is not False:
            return []
        return _unique(explainer.explain(condition, {}, ()))
    except (UnreadableError, ExpressionError, _TooMany):
        return []


def join_reasons(reasons: Sequence[Reason]) -> str:
    """Reasons in one sentence; those about the same element stand together."""
    by_element: dict[tuple[str, ...], list[str]] = {}
    for reason in reasons[:REASONS_MAX]:
        by_element.setdefault(reason.about, []).append(reason.text)
    alike: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for about, texts in by_element.items():
        alike.setdefault((about[:-1], ", and ".join(texts)), []).extend(about[-1:])
    parts: list[str] = []
    before: tuple[str, ...] = ()
    for (above, text), elements in alike.items():
        about = (*above, *elements[:1])
        # what the reason before has said of the outer elements still stands
        own = about[_common(about, before) :] or about
        where = ", ".join((*own[:-1], _listed(elements) if elements else ""))
        parts.append(f"{where}: {text}" if where else text)
        before = about
    if len(reasons) > REASONS_MAX:
        more = len(reasons) - REASONS_MAX
        parts.append(f"and {more} more reason{'s' if more > 1 else ''}")
    return "; ".join(parts)


def _listed(elements: Sequence[str]) -> str:
    """Elements of which the same is said: ``commit a, commit b and commit c``."""
    *first, last = elements
    return f"{', '.join(first)} and {last}" if first else last


def _common(first: tuple[str, ...], second: tuple[str, ...]) -> int:
    """How many elements two reasons begin with."""
    same = (n for n, (a, b) in enumerate(zip(first, second, strict=False)) if a != b)
    return next(same, min(len(first), len(second)))


def lacking_elements(path: str, facts: Facts, zone: str) -> list[str]:
    """The elements of lists in which the last name of a path is not known."""
    above, _, name = path.rpartition(".")
    holders: list[tuple[str, Any]] = [("", facts)]
    walked = ""
    for part in above.split("."):
        walked = f"{walked}.{part}" if walked else part
        inner = part.removesuffix("[]")
        values = [(text, value[inner]) for text, value in holders if inner in value]
        if part.endswith("[]"):
            place = walked.removesuffix("[]")
            holders = [
                (element_text(place, one, zone), one) for _, listed in values for one in listed
            ]
        else:
            holders = values
    return [text for text, value in holders if text and name not in value]


class _TooMany(Exception):
    """More conditions than are worth it."""


_Scope = Mapping[str, tuple[str, Any]]
"""The elements that names of macros stand for: their paths and values."""
_MISSING = object()


@dataclass(slots=True)
class _Explainer:
    facts: Facts
    zone: str
    leaves: int = 0
    known: dict[tuple[str, tuple[int, ...]], Any] = field(default_factory=dict)

    # -- whether ------------------------------------------------------------------

    def truth(self, condition: Condition, scope: _Scope) -> bool | None:
        """Whether a condition holds; ``None``: that cannot be said."""
        join = condition.join
        if join is Join.LEAF:
            value = self.value(condition.text, condition.names, scope)
            return value if isinstance(value, bool) else None
        if join is Join.NOT:
            inner = self.truth(condition.parts[0], scope)
            return None if inner is None else not inner
        if join is Join.CHOICE:
            chosen = self.chosen(condition, scope)
            return None if chosen is None else self.truth(chosen, scope)
        if join in (Join.ALL, Join.ANY):
            return _join(
                (self.truth(part, scope) for part in condition.parts), any_=join is Join.ANY
            )
        elements = self.elements(condition, scope)
        if elements is None:
            return None
        body = condition.parts[0]
        truths = (self.truth(body, inner) for inner, _ in elements)
        return _join(truths, any_=join is Join.SOME)

    def chosen(self, condition: Condition, scope: _Scope) -> Condition | None:
        """The side that a choice takes."""
        test = self.truth(condition.parts[0], scope)
        return None if test is None else condition.parts[1 if test else 2]

    def elements(self, condition: Condition, scope: _Scope) -> list[tuple[_Scope, str]] | None:
        """The elements that a macro goes through, each with its description."""
        path, listed = self.look_up(condition.sides[0].path, scope)
        if path not in LISTS or not isinstance(listed, list):
            return None
        return [
            (
                {**scope, condition.variable: (f"{path}[]", one)},
                element_text(path, one, self.zone),
            )
            for one in listed
        ]

    def value(self, text: str, names: frozenset[str], scope: _Scope) -> Any:
        """What the engine makes of a part of the rule; ``None`` where a fact is missing."""
        self.leaves += 1
        if self.leaves > LEAVES_MAX:
            raise _TooMany
        needed = {name: value for name, (_, value) in scope.items() if name in names}
        needed |= {name: self.facts[name] for name in ("now", "stream") if name in self.facts}
        change = self.facts.get("change", {})
        needed["change"] = {name: change[name] for name in change if f"change.{name}" in names}
        return evaluate_part(text, needed)

    def look_up(self, path: str, scope: _Scope) -> tuple[str, Any]:
        """The path among the facts of what is written in the rule, and its value."""
        first, *rest = path.split(".")
        place, value = scope.get(first, (first, self.facts.get(first, _MISSING)))
        for name in rest:
            place = f"{place}.{name}"
            is_there = isinstance(value, Mapping) and name in value
            value = value[name] if is_there else _MISSING
        return place, value

    # -- why ----------------------------------------------------------------------

    def explain(self, condition: Condition, scope: _Scope, about: tuple[str, ...]) -> list[Reason]:
        """Why a condition holds, or does not."""
        holds = self.truth(condition, scope)
        if holds is None:
            return []
        join = condition.join
        if join is Join.LEAF:
            return self.leaf(condition, scope, about, holds)
        if join is Join.NOT:
            return self.explain(condition.parts[0], scope, about)
        if join is Join.CHOICE:
            return self.choice(condition, scope, about)
        if join in (Join.EVERY, Join.SOME):
            return self.listed(condition, scope, about, holds)
        if join is Join.ALL and not holds:
            return self.unmet(condition, scope, about, is_guarded=bool(about))
        if join is Join.ANY and not holds:
            return self.alternatives(condition, scope, about)
        of_parts = [self.explain(part, scope, about) for part in condition.parts]
        if join is Join.ANY:
            parts = zip(condition.parts, of_parts, strict=True)
            return next(reasons for part, reasons in parts if self.truth(part, scope))
        return _without_guards([reason for reasons in of_parts for reason in reasons])

    def alternatives(
        self, condition: Condition, scope: _Scope, about: tuple[str, ...]
    ) -> list[Reason]:
        """Why none of some alternatives holds."""
        return _alternatives(
            [
                self.unmet(part, scope, about, is_guarded=True)
                if part.join is Join.ALL
                else self.explain(part, scope, about)
                for part in condition.parts
            ]
        )

    def unmet(
        self, condition: Condition, scope: _Scope, about: tuple[str, ...], *, is_guarded: bool
    ) -> list[Reason]:
        """Why not all conditions hold; with a guard, the others then say nothing."""
        reasons: list[Reason] = []
        for part in condition.parts:
            if self.truth(part, scope) is False:
                added = self.explain(part, scope, about)
                reasons += added
                if is_guarded and added and all(reason.is_guard for reason in added):
                    break
        return reasons

    def choice(self, condition: Condition, scope: _Scope, about: tuple[str, ...]) -> list[Reason]:
        chosen = self.chosen(condition, scope)
        test = self.explain(condition.parts[0], scope, about)
        reasons = [] if chosen is None else self.explain(chosen, scope, about)
        return _without_guards(test + reasons)

    def listed(
        self, condition: Condition, scope: _Scope, about: tuple[str, ...], holds: bool
    ) -> list[Reason]:
        """Why a condition holds, or not, on elements of a list: by those that decide it."""
        path = self.look_up(condition.sides[0].path, scope)[0]
        elements = self.elements(condition, scope) or []
        if not elements:
            return [Reason(about, none_of(path), frozenset((path,)))]
        body = condition.parts[0]
        deciding = [one for one in elements if self.truth(body, one[0]) is holds]
        shown = deciding
        if condition.join is Join.SOME and not holds:
            met = [self.met(body, inner) for inner, _ in deciding]
            shown = [one for one, n in zip(deciding, met, strict=True) if n == max(met)]
        shown = shown[: 1 if holds and condition.join is Join.SOME else ELEMENTS_MAX]
        reasons = [
            reason for inner, text in shown for reason in self.explain(body, inner, (*about, text))
        ]
        more = len(deciding) - len(shown)
        if more and not holds:
            what = plural(path) if more > 1 else plural(path).removesuffix("s")
            verb = "do" if more > 1 else "does"
            facts = frozenset((path,))
            reasons.append(Reason(about, f"{more} more {what} {verb} not meet it either", facts))
        return reasons

    def met(self, body: Condition, scope: _Scope) -> int:
        """How many of the conditions on an element hold."""
        parts = body.parts if body.join is Join.ALL else (body,)
        return sum(self.truth(part, scope) is True for part in parts)

    # -- leaves -------------------------------------------------------------------

    def leaf(
        self, condition: Condition, scope: _Scope, about: tuple[str, ...], holds: bool
    ) -> list[Reason]:
        looked_up = [self.look_up(s.path, scope) for s in condition.sides if s.path]
        paths = [path for path, _ in looked_up]
        variables = {s.path.split(".")[0] for s in condition.sides if s.path} & set(scope)
        is_kind = bool(variables) and len(paths) == 1 and len(condition.names) == 1
        operator = condition.operator
        if operator == "has":
            path, value = looked_up[0]
            is_known = f"{label(path)} is {value_text(value, self.zone)}"
            text = is_known if holds else absent(path)
        elif operator in _METHODS and looked_up:
            path, value = looked_up[0]
            verb = _METHODS[operator][0 if holds else 1]
            shown = value_text(value, self.zone)
            text = f"{label(path)} is {shown}, which {verb} {condition.sides[1].text}"
        elif operator:
            text = self.comparison(condition, scope, about, holds)
        elif paths:
            text = f"{label(paths[0])}: {value_text(looked_up[0][1], self.zone)}"
        else:
            text = f"{' '.join(condition.text.split())} is {value_text(holds)}"
        is_guard = operator == "has" or is_kind
        return [Reason(about, text, frozenset(paths), is_guard, is_kind)]

    def comparison(
        self, condition: Condition, scope: _Scope, about: tuple[str, ...], holds: bool
    ) -> str:
        """The relation of two values that is there, in words; ``about`` says some moments."""
        first, second = condition.sides
        a, b = (self.of_side(side, condition, scope) for side in (first, second))
        if condition.operator == "in":
            verb = "is" if holds else "is not"
            return (
                f"{self.name(first, scope)} ({a[1]}) {verb} in {self.name(second, scope)} ({b[1]})"
            )
        relation = condition.operator if holds else _NEGATED[condition.operator]
        if first.is_literal:
            first, second, a, b = second, first, b, a
            relation = relation.translate(str.maketrans("<>", "><"))
        name = self.name(first, scope)
        if first.is_size and second.is_literal and a[0] == 0:
            path = self.look_up(first.path, scope)[0]
            return none_of(path) if path in LISTS else f"{label(path)} is empty"
        are_moments = isinstance(a[0], datetime) and isinstance(b[0], datetime)
        if are_moments and relation in _OF_MOMENTS:
            texts = moment_texts(a[0], b[0], self.zone)
            names = (self.name(side, scope) for side in (first, second))
            x, y = (
                f"the {name}" if any(text in one for one in about) else f"the {name} ({text})"
                for name, text in zip(names, texts, strict=True)
            )
            return f"{x} is {_OF_MOMENTS[relation]} {y}"
        if second.is_literal:
            if relation == "==":
                return f"{name} is {a[1]}"
            if relation == "!=":
                return f"{name} is {a[1]}, not {b[1]}"
            return f"{name} is {a[1]}, {_OF_NUMBERS[relation]} {b[1]}"
        other = self.name(second, scope)
        if relation == "==":
            return f"{name} and {other} are both {a[1]}"
        if relation == "!=":
            return f"{name} is {a[1]}, {other} is {b[1]}"
        return f"{name} ({a[1]}) is {_OF_NUMBERS[relation]} {other} ({b[1]})"

    def of_side(self, side: Side, condition: Condition, scope: _Scope) -> tuple[Any, str]:
        """The value of a side and its text."""
        if side.path and not side.is_size:
            value = self.look_up(side.path, scope)[1]
            return value, value_text(value, self.zone)
        value = self.value(side.text, condition.names, scope)
        if side.is_size:
            listed = self.look_up(side.path, scope)[1]
            is_plain = isinstance(listed, list) and listed and isinstance(listed[0], str)
            names = f" ({value_text(listed)})" if is_plain else ""
            return value, f"{value_text(value)}{names}"
        return value, value_text(value, self.zone)

    def name(self, side: Side, scope: _Scope) -> str:
        if not side.path:
            return " ".join(side.text.split())
        name = label(self.look_up(side.path, scope)[0])
        return f"number of {name}" if side.is_size else name


def _join(truths: Iterable[bool | None], *, any_: bool) -> bool | None:
    """Truths joined by *and*, or by *or*; ``None`` is unknown."""
    result: bool | None = not any_
    for truth in truths:
        if truth is any_:
            return any_
        if truth is None:
            result = None
    return result


def _without_guards(reasons: Sequence[Reason]) -> list[Reason]:
    """Reasons without those that say no more than that a fact is known of which others speak."""
    decided = {fact for reason in reasons if not reason.is_guard for fact in reason.facts}
    return [reason for reason in reasons if not (reason.is_guard and reason.facts <= decided)]


def _alternatives(parts: Sequence[list[Reason]]) -> list[Reason]:
    """Why none of some alternatives holds, without those that only ask whether they are meant."""
    strong = [reasons for reasons in parts if not all(reason.is_guard for reason in reasons)]
    decided = {fact for reasons in strong for reason in reasons for fact in reason.facts}

    def counts(reasons: list[Reason]) -> bool:
        if reasons in strong or not strong:
            return True
        return not all(reason.is_kind or reason.facts <= decided for reason in reasons)

    return [reason for reasons in parts if counts(reasons) for reason in reasons]


def _unique(reasons: Iterable[Reason]) -> list[Reason]:
    """Each reason once; about as few elements as it is true of."""
    return list(_first_of_each(list(reasons)))


def _first_of_each(reasons: list[Reason]) -> Iterator[Reason]:
    seen: set[tuple[tuple[str, ...], str]] = set()
    wider = {(reason.about, reason.text) for reason in reasons}
    for reason in reasons:
        key = (reason.about, reason.text)
        above = (reason.about[:n] for n in range(len(reason.about)))
        if key not in seen and not any((one, reason.text) in wider for one in above):
            seen.add(key)
            yield reason
