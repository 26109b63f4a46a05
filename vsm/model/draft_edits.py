"""The small language in which people write the edits of a future state, one edit a line.

Names of stages may have spaces; in double quotes they may also have the words of the language:
``split "Code review" into Review,Rework``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from vsm.model.declared import SHARE_FORMS, TIME_FORMS, TimeBasis, parse_share
from vsm.model.declared_table import NONE, read_share, read_time
from vsm.model.errors import BadInput
from vsm.model.limit_text import limits_of, read_limits
from vsm.model.stream import Category, EdgeKind, Stage

MOST_EDITS, LONGEST_EDIT = 100, 300
"""Edits that a future state has at most, and characters of one."""
MOST_SLOTS = 1000
"""No stage has more parallel slots."""

FORMS = {
    "insert": "insert Review after Build active",
    "split": "split Build into Build,Self-test",
    "merge": "merge Test with Release as Verify",
    "retire": "retire Test into Build",
    "set": "set Build limit 4",
    "edge": "edge Test -> Build rework 10%",
}
"""By its first word an example of each edit."""

FIELDS = {
    "name": "Construction",
    "category": "queue",
    "team": "Core (or none)",
    "limit": "4, 4 hard, or none",
    "policy": "a sentence, or none",
    "process": f"{TIME_FORMS}, or none",
    "wait": f"{TIME_FORMS}, or none",
    "ca": f"{SHARE_FORMS}, or none",
    "slots": "3",
}
"""By name the fields that ``set`` changes, with the forms of their values."""


@dataclass(frozen=True, slots=True)
class Insert:
    """A new stage behind another, as one of ``category``."""

    name: str
    after: str
    category: Category


@dataclass(frozen=True, slots=True)
class Split:
    """A stage becomes two, one after the other; its items stay in the first."""

    stage: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Merge:
    """Two neighbours become one: the first is retired, its items go on into the second."""

    first: str
    second: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Retire:
    """A stage is taken off the map, its items go ``into`` another (``None``: a neighbour)."""

    stage: str
    into: str | None = None


@dataclass(frozen=True, slots=True)
class Set:
    """A field of a stage, one of :data:`FIELDS`, gets a value."""

    stage: str
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class SetEdge:
    """An edge is drawn, with the share of moves out of ``source`` that take it; ``kind`` ``None``
    takes it away.
    """

    source: str
    target: str
    kind: EdgeKind | None
    share: float | None = None


Edit = Insert | Split | Merge | Retire | Set | SetEdge


def edit_lines(text: str) -> tuple[str, ...]:
    """The edits of a text, one a line; empty lines and those that begin with ``#`` are skipped."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return tuple(line for line in lines if line and not line.startswith("#"))


def parse_edit(text: str) -> Edit:
    """The edit that a line says; raises :class:`~vsm.model.errors.BadInput` with the forms."""
    return candidates(text)[0]


def candidates(text: str) -> list[Edit]:
    """The ways to read a line, the likeliest first: names may have words of the language in them.

    Raises :class:`~vsm.model.errors.BadInput` where there is none.
    """
    line = " ".join(text.split())
    if len(line) > LONGEST_EDIT:
        raise BadInput(
            f"an edit has {len(line)} characters", f"write at most {LONGEST_EDIT}, one edit a line"
        )
    word, _, rest = line.partition(" ")
    read = _READERS.get(word.casefold())
    if read is None:
        forms = "; ".join(FORMS.values())
        raise BadInput(f"{line!r:.80} is no edit of a map", f"write one of: {forms}")
    edits = list(read(rest.strip()))
    if not edits:
        kind = "insert" if word.casefold() == "add" else word.casefold()
        remedy = f"write it like this: {FORMS[kind]}"
        if kind == "set":
            remedy += f"; fields are {', '.join(FIELDS)}"
        raise BadInput(f"{line!r:.80} is not understood", remedy)
    return edits


def read_value(field: str, value: str, basis: TimeBasis, stage: Stage) -> Any:
    """The value that a field of a stage gets: a number, a text, limits, a category, or nothing.

    Of limits what is not named stays as the stage has it. Raises
    :class:`~vsm.model.errors.BadInput` where the field cannot have the value.
    """
    if field in ("process", "wait"):
        return read_time(value, basis, "process time" if field == "process" else field)
    if field == "ca":
        return read_share(value, "%C&A")
    if field == "limit":
        try:
            return read_limits(value, limits_of(stage))
        except ValueError as error:
            raise BadInput(f"the WIP limit {value!r:.60} is not understood", str(error)) from None
    if field in ("team", "policy") and value.casefold() in NONE:
        return None
    if field == "slots":
        slots = int(value) if value.isdecimal() and len(value) < 5 else 0
        if not 1 <= slots <= MOST_SLOTS:
            raise BadInput(f"{value!r:.60} is no number of parallel slots", f"give {FIELDS[field]}")
        return slots
    if field == "category":
        category = next((one for one in Category if one == value.casefold()), None)
        if category is None:
            raise BadInput(f"{value!r:.60} is no category", f"give {', '.join(Category)}")
        return category
    return value


# -- reading -----------------------------------------------------------------------------


def _name(text: str) -> str:
    text = " ".join(text.split())
    return text[1:-1].strip() if len(text) > 1 and text[0] == text[-1] == '"' else text


def _parts(rest: str, word: str) -> Iterator[tuple[str, str]]:
    """The texts before and after each place at which a word of the language stands unquoted."""
    for match in re.finditer(rf"(?:^|\s)({word})(?=\s|$)", rest, re.IGNORECASE):
        before, after = rest[: match.start()].strip(), rest[match.end() :].strip()
        if before and after and before.count('"') % 2 == 0:
            yield before, after


def _insert(rest: str) -> Iterator[Edit]:
    for name, where in _parts(rest, "after"):
        after, _, last = where.rpartition(" ")
        category = next((c for c in Category if c == last.casefold()), None)
        if category is None:
            yield Insert(_name(name), _name(where), Category.ACTIVE)
        elif after:
            yield Insert(_name(name), _name(after), category)


def _split(rest: str) -> Iterator[Edit]:
    for stage, into in _parts(rest, "into"):
        parts = re.findall(r'"[^"]*"|[^,"]+', into)
        names = [_name(part) for part in parts if part.strip()]
        if len(names) == 2 and all(names) and into.count(",") >= 1:
            yield Split(_name(stage), *names)


def _merge(rest: str) -> Iterator[Edit]:
    for first, other in _parts(rest, "with"):
        for second, name in _parts(other, "as"):
            yield Merge(_name(first), _name(second), _name(name))
        yield Merge(_name(first), _name(other))


def _retire(rest: str) -> Iterator[Edit]:
    for stage, into in _parts(rest, "into"):
        yield Retire(_name(stage), _name(into))
    if rest:
        yield Retire(_name(rest))


def _set(rest: str) -> Iterator[Edit]:
    for field in FIELDS:
        for stage, value in _parts(rest, field):
            yield Set(_name(stage), field, _name(value))


def _edge(rest: str) -> Iterator[Edit]:
    for source, where in _parts(rest.replace("→", " -> ").replace("->", " -> "), "->"):
        match = re.fullmatch(
            r"(?P<target>.+?)(?:\s+(?P<kind>forward|rework|none))?(?:\s+(?P<share>\S+%|0?\.\d+))?",
            where,
            re.IGNORECASE,
        )
        if match is None:
            continue
        kind = (match["kind"] or "forward").casefold()
        share = 0.0 if match["share"] and match["share"].strip("0.") == "%" else None
        if match["share"] and share is None:
            share = parse_share(match["share"])
            if share is None or share >= 1:
                raise BadInput(
                    f"{match['share']!r} is no share of the moves", "give 0% up to below 100%"
                )
        if kind == "none" and share is None:
            yield SetEdge(_name(source), _name(match["target"]), None)
        elif kind != "none":
            yield SetEdge(_name(source), _name(match["target"]), EdgeKind(kind), share)


_READERS: dict[str, Callable[[str], Iterator[Edit]]] = {
    "insert": _insert,
    "add": _insert,
    "split": _split,
    "merge": _merge,
    "retire": _retire,
    "set": _set,
    "edge": _edge,
}
