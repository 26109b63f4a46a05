"""Evaluates expressions in CEL against facts, so that what is not known never passes.

A check passes or fails only where every fact that it names is known (or stands under ``has()``);
else it is *indeterminate*. Its cost is bounded before it begins, by counting (``cost.py``), so the
verdict is the same on every machine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol, cast

from vsm.model.control.control import Verdict
from vsm.model.control.cost import STEPS_MAX, steps_of
from vsm.model.control.expression import ExpressionError, Names, read_names
from vsm.model.errors import EnvironmentProblem

Facts = Mapping[str, Any]
"""The facts of one moment: ``change``, ``stream`` and ``now``, as nested mappings and lists."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check gave: ``pass``, ``fail`` or ``indeterminate`` with why."""

    verdict: Verdict
    missing: tuple[str, ...] = ()
    """Facts that the check names and nothing is known of, sorted."""
    problem: str = ""
    """Why it cannot be evaluated, where no fact is missing."""


class _Program(Protocol):
    def execute(self, context: Any) -> Any:
        """The value of the expression."""


class _Library(Protocol):
    Context: Any

    def compile(self, expression: str) -> _Program:
        """A program; raises ``ValueError``."""


@dataclass(frozen=True, slots=True)
class Check:
    """A compiled expression and the facts that it names."""

    source: str
    names: Names
    program: _Program


@lru_cache(maxsize=1)
def _library() -> _Library:
    """The extension module of the CEL library alone: its package would load a command line."""
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    package = PathFinder.find_spec("cel")
    places = [] if package is None else package.submodule_search_locations
    spec = PathFinder.find_spec("cel", list(places or ()))
    if spec is None or spec.loader is None:
        raise EnvironmentProblem(
            "the library that evaluates controls is not installed",
            "install vsm again; it comes with common-expression-language",
        )
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return cast("_Library", module)


@lru_cache(maxsize=512)
def compile_check(source: str) -> Check:
    """Compile an expression; raises :class:`ExpressionError` with line and column."""
    names = read_names(source)
    try:
        program = _library().compile(source)
    except ValueError as error:
        raise _located(str(error)) from None
    return Check(source, names, program)


def _located(text: str) -> ExpressionError:
    """The library's first error with its place."""
    match = re.search(r"ERROR: <input>:(\d+):(\d+): (?:Syntax error: )?([^\n]*)", text)
    if match is None:
        return ExpressionError(text.splitlines()[0][:200], 1, 1)
    said = match[3].partition(" expecting ")[0]
    message = "the check ends too early" if "<EOF>" in said else said[:200]
    if "Recursion limit" in said:
        message = "the check is nested too deeply"
    return ExpressionError(message, int(match[1]), int(match[2]))


@lru_cache(maxsize=1024)
def _part(source: str) -> _Program:
    return _library().compile(source)


def evaluate_part(source: str, facts: Facts) -> Any:
    """The value of a part of an expression that was compiled as a whole; ``None``: it has none."""
    try:
        return _part(source).execute(_library().Context(facts))
    except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError):
        return None


class Evaluator:
    """Evaluates checks against the facts of one moment; each is looked up and converted once."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self._contexts: dict[bool, Any] = {}
        self._lengths: dict[str, int] = {}
        self._read: dict[str, list[Any] | None] = {"": [facts]}

    def evaluate(self, source: str) -> Outcome:
        """The outcome of an expression; one that older versions accepted may be none."""
        try:
            check = compile_check(source)
        except ExpressionError as error:
            return Outcome(Verdict.INDETERMINATE, problem=str(error))
        unknown = {path for path in check.names.needed if not self._is_known(path, check.names)}
        if unknown:
            # where a list is missing, its elements need no mention
            missing = sorted(p for p in unknown if p.rpartition("[]")[0] not in unknown)
            return Outcome(Verdict.INDETERMINATE, tuple(missing))
        steps = steps_of(check.names.costs, self._length)
        if steps > STEPS_MAX:
            return Outcome(Verdict.INDETERMINATE, problem=f"it would take {steps} steps")
        try:
            value = check.program.execute(self._converted(check.names))
        except KeyError as error:
            return Outcome(Verdict.INDETERMINATE, problem=f"a fact {error} is missing")
        except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
            text = str(error).split(":")[0][:120]
            return Outcome(Verdict.INDETERMINATE, problem=text[:1].lower() + text[1:])
        if not isinstance(value, bool):
            return Outcome(Verdict.INDETERMINATE, problem="it gives neither true nor false")
        return Outcome(Verdict.PASS if value else Verdict.FAIL)

    def _is_known(self, path: str, names: Names) -> bool:
        """Whether a fact is there; of a list that ``has()`` asks about also where there is none."""
        if self._values(path) is not None:
            return True
        lists = (path[: end.start()] for end in re.finditer(r"\[\]", path))
        return any(one in names.asked and self._values(one) is None for one in lists)

    def _values(self, path: str) -> list[Any] | None:
        """All that stands at a path, one for each element of its lists; ``None``: not everywhere.

        A path that ends with ``[]`` stands for the elements of a list.
        """
        if path not in self._read:
            self._read[path] = self._look_up(path)
        return self._read[path]

    def _look_up(self, path: str) -> list[Any] | None:
        if path.endswith("[]"):
            lists = self._values(path.removesuffix("[]"))
            return None if lists is None else [element for one in lists for element in one]
        above, _, name = path.rpartition(".")
        holders = self._values(above)
        if holders is None or not all(name in holder for holder in holders):
            return None
        return [holder[name] for holder in holders]

    def _length(self, path: str) -> int:
        if path not in self._lengths:
            self._lengths[path] = _length(path, self.facts)
        return self._lengths[path]

    def _converted(self, names: Names) -> Any:
        """The facts as the library has them; converting takes longer than most rules."""
        if names.is_of_stream not in self._contexts:
            facts = self.facts
            if not names.is_of_stream:
                facts = {name: value for name, value in facts.items() if name != "stream"}
            self._contexts[names.is_of_stream] = _library().Context(facts)
        return self._contexts[names.is_of_stream]


def _length(path: str, facts: Facts) -> int:
    """The longest list at a path; where one is missing, that of the others."""
    values: list[Any] = [facts]
    for part in path.split("."):
        name = part.removesuffix("[]")
        values = [value[name] for value in values if name in value]
        if part.endswith("[]"):
            values = [element for value in values for element in value]
    return max(map(len, values), default=0)
