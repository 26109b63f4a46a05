"""Turns the plain values that events keep into those of stages and streams."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vsm.model.declared import TimeBasis
from vsm.model.group_limit import groups_from
from vsm.model.item import ClassOfService
from vsm.model.practice import MoveEntry, StageBehaviour
from vsm.model.stream import Category, LimitKind


def _pairs(limits: Mapping[str, int]) -> tuple[tuple[ClassOfService, int], ...]:
    order = list(ClassOfService)
    pairs = [(ClassOfService(name), limit) for name, limit in limits.items()]
    return tuple(sorted(pairs, key=lambda pair: order.index(pair[0])))


_TYPES: dict[str, Callable[[Any], Any]] = {
    "category": Category,
    "limit_kind": LimitKind,
    "behaviour": StageBehaviour,
    "move_entry": MoveEntry,
    "map_time": TimeBasis,
    "class_limits": _pairs,
    "exempt": lambda classes: tuple(map(ClassOfService, classes)),
    "group_limits": groups_from,
    "vocabulary": lambda words: tuple(sorted(words.items())),
}


def typed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of fields as a stage, a stream or a team has them."""
    return {name: _value(name, value) for name, value in values.items()}


def values_after(changes: Mapping[str, tuple[Any, Any]]) -> dict[str, Any]:
    """The values after a change as a stage, a stream or a team has them."""
    return typed({name: after for name, (_, after) in changes.items()})


def _value(field: str, value: Any) -> Any:
    if field in _TYPES:
        return _TYPES[field](value)
    return tuple(value) if isinstance(value, list) else value
