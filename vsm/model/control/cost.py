"""Counts what evaluating a rule costs at most, in steps, before it is evaluated.

A step is a name or a value that is looked at, some 0.5 µs. Macros multiply what is inside them by
the length of their list; a list costs what it holds wherever it is named, since the library copies
it; ``map`` and ``filter`` copy what they have so far for each element. No value grows on the way:
macros go through facts and lists of plain values, and ``+`` joins neither texts nor lists.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from math import prod

from vsm.model.control.fact_list import FACTS, LISTS, FactType

STEPS_MAX = 1_000_000
"""Most steps of an evaluation; about a second where all of them are the dearest."""
_LETTER, _SIGN, _CLASS, _FOLDED_CLASS = 12, 100, 2_500, 30_000
"""Steps of what stands in a pattern, compiled and matched against 500 characters, as measured."""

Loop = tuple[str | int, ...]
"""What macros inside each other go through: paths of lists, or lengths of lists written out."""
Costs = Mapping[Loop, int]
"""Steps that are taken for each element of a loop; ``()``: once."""


def is_list(path: str) -> bool:
    """Whether a path is that of a list."""
    return path in LISTS or (path in FACTS and FACTS[path].type is FactType.TEXTS)


def list_weights(path: str) -> dict[str, int]:
    """Steps for each element of a list that is named, and of each list inside it."""
    if path not in LISTS:
        return {path: 1}
    inside = sorted(p for p in LISTS if p == path or p.startswith(f"{path}[]."))
    return {p: sum(f.rpartition(".")[0] == f"{p}[]" for f in FACTS) for p in inside}


def pattern_steps(pattern: str) -> int:
    """Steps of a regular expression: the library compiles it anew for each match."""
    steps = _LETTER * len(pattern) + _SIGN * len(re.findall(r"[.*+?|\[]", pattern))
    steps += _CLASS * len(re.findall(r"\\[A-Za-z]", pattern))
    if re.search(r"\(\?[A-Za-z-]*i", pattern):
        steps += _FOLDED_CLASS * pattern.count("[")
    counted = (re.findall(r"\d+", times) for times in re.findall(r"\{([^}]*)\}", pattern))
    return steps * prod(max((1, *map(int, numbers))) for numbers in counted)


def steps_of(costs: Costs, length: Callable[[str], int]) -> int:
    """Most steps of an evaluation, given the longest list at each path."""
    longest: dict[str | int, int] = {}
    for loop in costs:
        for place in loop:
            if place not in longest:
                longest[place] = place if isinstance(place, int) else max(1, length(place))
    return sum(steps * prod(longest[p] for p in loop) for loop, steps in costs.items())
