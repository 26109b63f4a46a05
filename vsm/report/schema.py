"""Makes the JSON Schema of a published result, and the pydantic model that reads it back.

Both come from the annotations that :mod:`vsm.report.publish` writes by. Loads pydantic: whoever
only writes JSON needs no model.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import MISSING, asdict, is_dataclass
from datetime import date
from enum import Enum
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, create_model

from vsm.report.position import Position
from vsm.report.publish import (
    ITEM,
    MOMENT,
    OPTIONAL,
    PAIRS,
    About,
    KeyedBy,
    Only,
    bare,
    chosen,
    is_record,
    members,
    publish,
)

_CONFIG = ConfigDict(extra="forbid", frozen=True)


def schema_of(kind: Any) -> dict[str, Any]:
    """The JSON Schema of a result's published form."""
    return model_of(kind).model_json_schema(by_alias=True, mode="serialization")


def schema_of_report(kind: Any) -> dict[str, Any]:
    """The same for a report, which also says where the journal stood that it was made from."""
    schema = schema_of(kind)
    schema["properties"]["journal"] = schema_of(Position)
    return schema


@cache
def model_of(kind: Any, only: tuple[str, ...] = (), without: str = "") -> type[BaseModel]:
    """The model that validates the published form of a result.

    Its attributes have the names of the result's. A field that is marked optional may be missing.
    """
    declared: dict[str, Any] = {}
    if hasattr(kind, "SCHEMA"):
        declared["format"] = (Literal[kind.SCHEMA], Field(alias="schema"))
    # Files carry these fields in the order in which an older version wrote them.
    order = getattr(kind, "FILE_ORDER", ())
    for part in sorted(
        chosen(kind, only), key=lambda part: order.index(part.name) if part.name in order else 99
    ):
        if part.name == without:
            continue
        name = part.name if "." in part.path else part.path
        about = next((asdict(mark) for mark in part.marks if isinstance(mark, About)), {})
        if name != part.name:
            about["alias"] = part.name
        if OPTIONAL in part.marks:
            about["default"] = {} if PAIRS in part.marks else _default(part.default)
        declared[name] = (_type(part.hint, part.marks), Field(**about))
    about_it = inspect.cleandoc(kind.__doc__ or "")
    model: type[BaseModel] = create_model(
        kind.__name__, __config__=_CONFIG, __doc__=about_it, **declared
    )
    return model


def _default(value: Any) -> Any:
    if value is MISSING:
        return None
    return publish(value) if is_dataclass(value) else value


def _type(hint: Any, marks: tuple[Any, ...] = ()) -> Any:
    """The type that a published value has."""
    inner, more = bare(hint)
    marks = (*marks, *more)
    kinds, optional = members(inner)
    alternatives = [_one(kind, marks) for kind in kinds] + [None] * optional
    return Union[tuple(alternatives)]  # noqa: UP007 - made at run time


def _one(kind: Any, marks: tuple[Any, ...]) -> Any:
    inner, more = bare(kind)
    marks = (*marks, *more)
    if (ITEM in marks and inner is int) or MOMENT in marks or inner is date:
        return str
    if get_origin(inner) is tuple:
        args = get_args(inner)
        if len(args) != 2 or args[1] is not Ellipsis:
            return tuple[tuple(_type(arg, marks) for arg in args)]  # type: ignore[misc]
        if PAIRS in marks:
            return dict[str, _type(get_args(args[0])[1])]  # type: ignore[misc]
        by = next((mark.name for mark in marks if isinstance(mark, KeyedBy)), "")
        if by:
            name = next(part for part in chosen(args[0], ()) if part.name == by)
            return dict[_type(name.hint), model_of(args[0], without=by)]  # type: ignore[misc]
        return list[_type(args[0], marks)]  # type: ignore[misc]
    if get_origin(inner) in (dict, Mapping):
        return dict[get_args(inner)]  # type: ignore[misc]
    if is_record(inner):
        only = next((mark.names for mark in marks if isinstance(mark, Only)), ())
        return model_of(inner, only)
    if isinstance(inner, type) and issubclass(inner, Enum):
        return Literal[tuple(member.value for member in inner)]
    return inner
