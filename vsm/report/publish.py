"""Makes the JSON of a frozen result from the annotations of its fields; no hand-written twin.

A result is a frozen dataclass (its parts may be named tuples). Annotations say how JSON shows a
field where that differs from the field itself::

    arrivals: Annotated[float, 2, Name("arrivals_per_week")]   # two decimals, another name
    stage: Annotated[int, HIDDEN]                              # for screens only
    items: tuple[Annotated[int, ITEM], ...]                    # ids become the keys of items

A property is published where :func:`follows` names the field after which it stands.
:mod:`vsm.report.schema` makes the JSON Schema from the same annotations.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache
from math import isfinite
from operator import attrgetter
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from vsm.model.rules import iso

Shape = dict[str, Any]
Keys = Mapping[int, str]
_F = TypeVar("_F", bound=Callable[..., Any])


class _Mark(Enum):
    HIDDEN = 1
    ITEM = 2
    MOMENT = 3
    PAIRS = 4
    FIRST = 5
    OPTIONAL = 6


HIDDEN = _Mark.HIDDEN
"""Screens need the field, JSON does not have it."""
ITEM = _Mark.ITEM
"""The id of an item: JSON has its key, by the ``keys`` of the whole result."""
MOMENT = _Mark.MOMENT
"""UTC microseconds: JSON has ISO 8601 in UTC, such as ``2026-03-31T15:00:00Z``."""
PAIRS = _Mark.PAIRS
"""A tuple of (name, value): JSON has an object."""

FIRST = _Mark.FIRST
"""The field stands before the others, wherever it is declared."""

OPTIONAL = _Mark.OPTIONAL
"""Files of older versions may lack the field; that is read as null."""


@dataclass(frozen=True, slots=True)
class Name:
    """The name that a field has in JSON."""

    name: str


@dataclass(frozen=True, slots=True)
class About:
    """What the schema says of a field: its description, least value, pattern of its text."""

    description: str | None = None
    ge: int | None = None
    pattern: str | None = None


@dataclass(frozen=True, slots=True, init=False)
class Inline:
    """The published fields of a part, or those named, stand in place of the part."""

    names: tuple[str, ...]

    def __init__(self, *names: str) -> None:
        object.__setattr__(self, "names", names)


@dataclass(frozen=True, slots=True, init=False)
class Only:
    """Of the published fields of a part JSON has those named, in this order."""

    names: tuple[str, ...]

    def __init__(self, *names: str) -> None:
        object.__setattr__(self, "names", names)


@dataclass(frozen=True, slots=True)
class KeyedBy:
    """A tuple of parts: JSON has an object, by a field that the parts then lack."""

    name: str


def follows(name: str) -> Callable[[_F], _F]:
    """Publish a property (below ``@property``) after the field or property of this name.

    With an empty name it stands first.
    """

    def mark(function: _F) -> _F:
        function.__dict__["published_after"] = name
        return function

    return mark


@dataclass(frozen=True, slots=True)
class Part:
    """A published field: its name in JSON, how it is read, its type, and its default if any."""

    name: str
    path: str
    hint: Any
    marks: tuple[Any, ...]
    default: Any = MISSING


def publish(result: Any) -> Any:
    """The JSON of a result, as plain values with keys in a stable order.

    A number that is not finite is published as null: JSON knows no other.
    """
    kind: Any = type(result)
    encode: Encoder = _object(kind)
    return encode(result, dict(getattr(result, "keys", ())))


def is_record(kind: Any) -> bool:
    """Whether values of a type are published as objects."""
    return is_dataclass(kind) or hasattr(kind, "_fields")


@cache
def parts_of(kind: Any) -> tuple[Part, ...]:
    """What is published of a type, in the order of JSON."""
    hints = get_type_hints(kind, include_extras=True)
    if is_dataclass(kind):
        own = [(field.name, hints[field.name], field.default) for field in fields(kind)]
    else:
        own = [(name, hints[name], MISSING) for name in kind._fields]
    added = [
        (after, name, get_type_hints(value.fget, include_extras=True)["return"])
        for base in reversed(kind.__mro__)
        for name, value in vars(base).items()
        if isinstance(value, property)
        and (after := getattr(value.fget, "published_after", None)) is not None
    ]
    for after, name, hint in added:
        at = [known for known, *_ in own].index(after) + 1 if after else 0
        own.insert(at, (name, hint, MISSING))
    out = [part for name, hint, default in own for part in _parts(name, hint, default)]
    return tuple(sorted(out, key=lambda part: FIRST not in part.marks))


def _parts(name: str, hint: Any, default: Any) -> list[Part]:
    inner, marks = bare(hint)
    if HIDDEN in marks:
        return []
    inline = next((mark for mark in marks if isinstance(mark, Inline)), None)
    if inline is None:
        named = next((mark.name for mark in marks if isinstance(mark, Name)), name)
        return [Part(named, name, inner, marks, default)]
    return [
        Part(part.name, f"{name}.{part.path}", part.hint, part.marks, part.default)
        for part in chosen(inner, inline.names)
    ]


def chosen(kind: Any, names: tuple[str, ...]) -> tuple[Part, ...]:
    """The published parts of a type: those of these names in this order, or all."""
    by_name = {part.name: part for part in parts_of(kind)}
    return tuple(by_name[name] for name in names) if names else tuple(by_name.values())


def bare(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """A type without its marks, and these."""
    if get_origin(hint) is Annotated:
        inner, *marks = get_args(hint)
        return inner, tuple(marks)
    return hint, ()


def members(hint: Any) -> tuple[list[Any], bool]:
    """The types of a union but ``None``, and whether that is among them."""
    if get_origin(hint) not in (Union, types.UnionType):
        return [hint], False
    args = [arg for arg in get_args(hint) if arg is not type(None)]
    return args, len(args) < len(get_args(hint))


Encoder = Callable[[Any, Keys], Any]


@cache
def _object(kind: Any, only: tuple[str, ...] = (), without: str = "") -> Encoder:
    steps = [
        (part.name, attrgetter(part.path), _encoder(part.hint, part.marks))
        for part in chosen(kind, only)
        if part.name != without
    ]
    head = {"schema": kind.SCHEMA} if hasattr(kind, "SCHEMA") else {}

    def encode(value: Any, keys: Keys) -> Shape:
        return head | {name: step(get(value), keys) for name, get, step in steps}

    return encode


def _encoder(hint: Any, marks: tuple[Any, ...] = ()) -> Encoder:
    """How a value of a type becomes plain values."""
    inner, more = bare(hint)
    marks = (*marks, *more)
    kinds, optional = members(inner)
    step = _step(kinds[0], marks)
    if not optional:
        return step
    return lambda value, keys: None if value is None else step(value, keys)


def _step(kind: Any, marks: tuple[Any, ...]) -> Encoder:
    inner, more = bare(kind)
    marks = (*marks, *more)
    if ITEM in marks and inner is int:
        return lambda value, keys: keys[value]
    if MOMENT in marks:
        return lambda value, _: iso(value)
    digits = next((mark for mark in marks if isinstance(mark, int)), None)
    if inner is float and digits is not None:
        return lambda value, _: round(value, digits) if isfinite(value) else None
    if get_origin(inner) is tuple:
        return _sequence(inner, marks)
    if is_record(inner):
        only = next((mark.names for mark in marks if isinstance(mark, Only)), ())
        return _object(inner, only)
    return lambda value, _: _plain(value)


def _sequence(hint: Any, marks: tuple[Any, ...]) -> Encoder:
    args = get_args(hint)
    if len(args) != 2 or args[1] is not Ellipsis:
        steps = [_encoder(arg, marks) for arg in args]
        return lambda value, keys: [
            step(item, keys) for step, item in zip(steps, value, strict=True)
        ]
    if PAIRS in marks:
        step = _encoder(get_args(args[0])[1])
        return lambda value, keys: {name: step(item, keys) for name, item in value}
    by = next((mark.name for mark in marks if isinstance(mark, KeyedBy)), "")
    if by:
        step = _object(args[0], without=by)
        return lambda value, keys: {_plain(getattr(item, by)): step(item, keys) for item in value}
    step = _encoder(args[0], marks)
    if ITEM in marks or ITEM in bare(args[0])[1]:
        return lambda value, keys: [keys[item] for item in value if item in keys]
    if bare(args[0])[0] in (int, str):
        return lambda value, _: list(value)
    return lambda value, keys: [step(item, keys) for item in value]


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and not isfinite(value):
        return None
    if isinstance(value, Mapping):
        return dict(value)
    return value
