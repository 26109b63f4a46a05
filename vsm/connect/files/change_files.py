"""Reads the changes of a deployment: lines of ``git log``, or JSON with more about each."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from vsm.model.control.evidence import read_moment
from vsm.model.delivery_entities import COMMITS_MAX
from vsm.model.errors import BadInput
from vsm.model.field_types import InvalidValue, text_of

_T = TypeVar("_T")
LOG_FORMAT = "--format='%H %aI %cI %s'"
"""The option of ``git log`` that writes the lines that are read."""
KEY = re.compile(r"(?<![A-Za-z0-9_])[A-Za-z][A-Za-z0-9_]{0,19}-[0-9]{1,9}(?![A-Za-z0-9_])")
"""What may be the key of an item in a text."""
_SHA = re.compile(r"[0-9a-fA-F]{7,64}")
REVERT = re.compile(r"revert\b", re.IGNORECASE)
"""How the subject of a change begins that takes another one back."""
_MOMENTS = {
    "first_commit": "first_commit_at",
    "proposed": "proposed_at",
    "reviewed": "reviewed_at",
    "merged": "merged_at",
}
_NAMES = ("ref", *_MOMENTS, "commits", "items", "revert")


@dataclass(frozen=True, slots=True)
class ChangeInput:
    """One change as a pipeline says it; ``moments`` by field, ``items`` are keys.

    Keys of ``mentioned`` stand in a text, so they may be of something else.
    """

    ref: str
    moments: Mapping[str, int]
    commits: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    mentioned: tuple[str, ...] = ()
    is_revert: bool | None = None


def read_changes(text: str, where: str) -> list[ChangeInput]:
    """The changes in a text; raises :class:`BadInput` with the place of what cannot be read."""
    if text.lstrip()[:1] in ("[", "{"):
        changes = list(_from_json(text, where))
    else:
        changes = list(_from_log(text, where))
    if len(changes) > COMMITS_MAX:
        raise BadInput(f"{where} has {len(changes)} changes", f"{COMMITS_MAX} are allowed")
    return changes


def _at(place: str, read: Callable[[_T], ChangeInput], value: _T) -> ChangeInput:
    try:
        return read(value)
    except InvalidValue as error:
        raise BadInput(f"{place}: {error}") from None


# -- git log -----------------------------------------------------------------------------


def _from_log(text: str, where: str) -> Iterator[ChangeInput]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield _at(f"{where}, line {number}", _log_line, line)


def _log_line(line: str) -> ChangeInput:
    sha, _, rest = line.strip().partition(" ")
    authored, _, rest = rest.partition(" ")
    committed, _, subject = rest.partition(" ")
    if not _SHA.fullmatch(sha) or not committed:
        raise InvalidValue(f"{line!r:.60} is no commit", f"write them with git log {LOG_FORMAT}")
    return ChangeInput(
        sha,
        {
            "first_commit_at": read_moment("the author's moment", authored),
            "merged_at": read_moment("the committer's moment", committed),
        },
        (sha,),
        mentioned=tuple(dict.fromkeys(KEY.findall(subject))),
        is_revert=True if REVERT.match(subject) else None,
    )


# -- JSON --------------------------------------------------------------------------------


def _from_json(text: str, where: str) -> Iterator[ChangeInput]:
    for number, record in enumerate(_records(text, where), 1):
        yield _at(f"{where}, change {number}", _record, record)


def _records(text: str, where: str) -> list[Any]:
    """A list, one object, or one object a line."""
    try:
        if text.lstrip().startswith("["):
            return list(json.loads(text))
        try:
            return [json.loads(text)]
        except json.JSONDecodeError:
            return [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError) as error:
        raise BadInput(
            f"{where} is no JSON: {str(error)[:100]}", 'such as [{"ref": "acme/pay#31"}]'
        ) from None


def _record(record: Any) -> ChangeInput:
    if not isinstance(record, dict):
        raise InvalidValue(f"{record!r:.40} is no object", 'such as {"ref": "acme/pay#31"}')
    strange = next((name for name in record if name not in _NAMES), None)
    if strange is not None:
        raise InvalidValue(f"there is no {strange!r:.40}", f"use {', '.join(_NAMES)}")
    revert = record.get("revert")
    if revert is not None and not isinstance(revert, bool):
        raise InvalidValue(f"revert: {revert!r:.40} is neither true nor false")
    return ChangeInput(
        _text("ref", record.get("ref")),
        {
            field: read_moment(name, record[name])
            for name, field in _MOMENTS.items()
            if record.get(name) is not None
        },
        _texts("commits", record.get("commits")),
        _texts("items", record.get("items")),
        is_revert=revert,
    )


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InvalidValue(f"{name}: {value!r:.40} is no text")
    return text_of(name, str(value), 500)


def _texts(name: str, value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise InvalidValue(f"{name}: {value!r:.40} is no list", 'such as ["4be1c0d"]')
    return tuple(_text(name, one) for one in value)
