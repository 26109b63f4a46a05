"""Rules on the fields of an item: what people may write into them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from vsm.model.decide.base import RuleViolation
from vsm.model.decide.entities import is_there, unknown
from vsm.model.errors import RefusalCode
from vsm.model.field_types import name_of, text_of
from vsm.model.item import EDITABLE, ClassOfService
from vsm.model.view import View

TITLE_MAX = 500
"""Most characters of a title."""


def fields_of(view: View, values: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Validated values of the named fields; refuses unknown names and bad values."""
    out: dict[str, Any] = {}
    for name, value in values.items():
        if name not in EDITABLE:
            raise RuleViolation(
                RefusalCode.INVALID, f"an item has no field {name!r}", f"use {', '.join(EDITABLE)}"
            )
        out[name] = _FIELD[name](view, value)
    parent = out.get("parent")
    if parent:
        _check_parent(view, parent, key)
    return out


def _check_parent(view: View, parent: str, key: str) -> None:
    chain_of, above = [key.casefold()], view.item_by_key(parent)
    if above is None:
        raise RuleViolation(
            RefusalCode.UNKNOWN, f"there is no item {parent} to be the parent", "check the key"
        )
    while above is not None:
        if above.key.casefold() in chain_of:
            raise RuleViolation(
                RefusalCode.CYCLE,
                f"{parent} lies below {key}",
                "an item cannot be its own ancestor",
            )
        chain_of.append(above.key.casefold())
        above = view.item_by_key(above.parent) if above.parent else None


def _title(_view: View, value: Any) -> str:
    title = " ".join(text_of("the title", str(value or ""), TITLE_MAX).split())
    if not title:
        raise RuleViolation(
            RefusalCode.INVALID, "the title is empty", "say in a few words what the item is"
        )
    return title


def _optional(what: str) -> Any:
    def read(_view: View, value: Any) -> str | None:
        text = " ".join(text_of(what, str(value or ""), 200).split())
        return text or None

    return read


def _type(_view: View, value: Any) -> str:
    return name_of("the type", str(value or ""))


def service_of(value: Any) -> ClassOfService:
    """A class of service by its name."""
    try:
        return ClassOfService(str(value).strip().casefold().replace("_", "-").replace(" ", "-"))
    except ValueError:
        names = ", ".join(ClassOfService)
        raise RuleViolation(
            RefusalCode.INVALID, f"there is no class of service {value!r}", f"use {names}"
        ) from None


def team_id(view: View, value: Any) -> int | None:
    """The id of a team that is there, or ``None``."""
    if value is None:
        return None
    if not is_there(view, "team", value):
        raise unknown("team", value)
    return int(value)


def _estimate(_view: View, value: Any) -> float | None:
    if value is None or value == "":
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = -1.0
    if not 0 <= number < 1e9:
        raise RuleViolation(
            RefusalCode.INVALID, f"{value!r} is no estimate", "give a number of 0 or more"
        )
    return number


def _due(_view: View, value: Any) -> str | None:
    if not value:
        return None
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise RuleViolation(
            RefusalCode.INVALID, f"{value!r} is no date", "give it as YYYY-MM-DD"
        ) from None


def _labels(_view: View, value: Any) -> tuple[str, ...]:
    words = value if isinstance(value, (list, tuple)) else str(value or "").split(",")
    seen: dict[str, str] = {}
    for word in words:
        label = " ".join(text_of("a label", str(word), 100).split())
        if label:
            seen.setdefault(label.casefold(), label)
    return tuple(seen.values())


_FIELD: dict[str, Any] = {
    "title": _title,
    "description": lambda _view, value: text_of("the description", str(value or "")),
    "type": _type,
    "service": lambda _view, value: service_of(value),
    "owner": _optional("the owner"),
    "team": team_id,
    "estimate": _estimate,
    "due": _due,
    "labels": _labels,
    "parent": _optional("the parent"),
}
