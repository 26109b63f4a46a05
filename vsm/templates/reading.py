"""Read a template from TOML; errors name file, line and field and say what would be right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vsm.model.calendar import WORKDAYS, read_workdays
from vsm.model.command import CreateStream, NewStage
from vsm.model.errors import BadInput
from vsm.model.item import ClassOfService
from vsm.model.limits import MOST
from vsm.model.stream import (
    Category,
    Edge,
    EdgeKind,
    LimitKind,
    Stage,
    ValueStream,
    chain,
)
from vsm.toml_files import describe_value, parse_toml

STAGES_MAX = 100
"""Most stages of a template."""
NAME_MAX = 100
"""Most characters of a name."""
_SEE = "see one that works: vsm template show kanban"


@dataclass(frozen=True, slots=True)
class Template:
    """The beginning of a stream. ``path`` is the user's file, empty where it comes with vsm."""

    name: str
    title: str
    about: str
    stages: tuple[NewStage, ...]
    edges: tuple[tuple[str, str, EdgeKind], ...]
    commitment: str | None = None
    types: tuple[str, ...] = ()
    vocabulary: tuple[tuple[str, str], ...] = ()
    link: str = ""
    workdays: tuple[int, ...] = WORKDAYS
    path: str = ""

    def command(self, name: str, zone: str = "UTC", prefix: str = "") -> CreateStream:
        """The command that makes a stream from it."""
        return CreateStream(
            name=name,
            stages=self.stages,
            zone=zone,
            prefix=prefix,
            commitment=self.commitment,
            edges=self.edges,
            types=self.types,
            vocabulary=dict(self.vocabulary),
            link=self.link,
            workdays=self.workdays,
        )


@dataclass(frozen=True, slots=True)
class _Where:
    """A table of a file: names the places of its fields in errors."""

    file: str
    lines: Mapping[tuple[str, int, str], int]
    table: str = ""
    number: int = 0

    def wrong(self, field: str, what: str, remedy: str = _SEE) -> BadInput:
        """The error about a field of this table (``""``: about the table)."""
        keys = ((self.table, self.number, field), (self.table, self.number, ""))
        line = next((self.lines[key] for key in keys if key in self.lines), None)
        parts = [self.file]
        if line is not None:
            parts.append(f"line {line}")
        if self.table:
            parts.append(self.table + (f" {self.number}" if self.number else ""))
        return BadInput(f"{', '.join(parts)}: {what}", remedy)

    def at(self, table: str, number: int = 0) -> _Where:
        """Another table of the same file."""
        return _Where(self.file, self.lines, table, number)


def read_template(text: str, name: str, path: str = "") -> Template:
    """Read the text of a template; raises :class:`BadInput`. ``path`` names it in errors."""
    file = path or f"{name}.toml"
    try:
        told = parse_toml(text)
    except ValueError as error:
        raise BadInput(f"{file}: not valid TOML: {error}", _SEE) from error
    top = _Where(file, _lines(text))
    _known(
        told,
        ("title", "about", "commitment", "types", "link", "workdays", "vocabulary"),
        ("stage", "edge"),
        top,
    )
    stages = _stages(told.get("stage"), top)
    made = Template(
        name=name,
        title=_text(told, "title", top) or name,
        about=_text(told, "about", top),
        stages=stages,
        edges=(),
        commitment=_stage_name(told.get("commitment"), "commitment", stages, top),
        types=_types(told.get("types", []), top),
        vocabulary=_vocabulary(told.get("vocabulary", {}), top),
        link=_link(told, top),
        workdays=_workdays(told.get("workdays"), top),
        path=path,
    )
    return _checked(made, _edges(told.get("edge", []), stages, top), top)


def _checked(made: Template, drawn: tuple[tuple[str, str, EdgeKind], ...], top: _Where) -> Template:
    """The template with all of its edges, if a stream could work that way."""
    from dataclasses import replace

    stages = tuple(
        Stage(
            n,
            s.name,
            s.category,
            n,
            None,
            s.limit,
            s.limit_kind,
            class_limits=tuple(s.class_limits.items()),
        )
        for n, s in enumerate(made.stages, 1)
    )
    ids = {s.name.casefold(): s.id for s in stages}
    edges = tuple(Edge(ids[a.casefold()], ids[b.casefold()], kind) for a, b, kind in drawn)
    if not any(kind is EdgeKind.FORWARD for _, _, kind in drawn):
        edges = (*chain(stages), *edges)
    commitment = None if made.commitment is None else ids[made.commitment.casefold()]
    stream = ValueStream(1, made.title, "UTC", stages, edges, commitment)
    problems = stream.problems()
    if problems:
        raise top.wrong("", "; ".join(problems))
    names = {s.id: s.name for s in stages}
    return replace(
        made, edges=tuple((names[e.source], names[e.target], e.kind) for e in stream.edges)
    )


# -- tables --------------------------------------------------------------------------


def _stages(tables: Any, top: _Where) -> tuple[NewStage, ...]:
    if not isinstance(tables, list) or not tables:
        raise top.wrong("stage", "there is no [[stage]]", "each stage is a [[stage]] with a name")
    if len(tables) > STAGES_MAX:
        raise top.wrong("", f"{len(tables)} stages are too many", f"{STAGES_MAX} are allowed")
    return tuple(_stage(table, top.at("stage", n)) for n, table in enumerate(tables, 1))


def _stage(table: Any, where: _Where) -> NewStage:
    if not isinstance(table, dict):
        raise where.wrong("", "is no table", "each stage is a [[stage]] with a name")
    _known(
        table,
        ("name", "category", "limit", "limit_kind", "class_limits", "team", "policy"),
        (),
        where,
    )
    limit = table.get("limit")
    classes = _class_limits(table.get("class_limits", {}), where)
    kind = _word(table, "limit_kind", LimitKind, where, LimitKind.NONE)
    if limit is not None:
        limit = _number(limit, "limit", where)
    if limit is None and not classes and kind is not LimitKind.NONE:
        raise where.wrong("limit_kind", f"limit_kind is {kind}, but there is no limit", "limit = 5")
    if kind is LimitKind.NONE and (limit is not None or classes):
        if "limit_kind" in table:
            raise where.wrong("limit_kind", "a limit of the kind none", "soft or hard")
        kind = LimitKind.SOFT
    return NewStage(
        name=_name(table, "name", where),
        category=_word(table, "category", Category, where, None),
        limit=limit,
        limit_kind=kind,
        team=_name(table, "team", where) if "team" in table else None,
        policy=_text(table, "policy", where, 20_000).strip(),
        class_limits=classes,
    )


def _class_limits(value: Any, where: _Where) -> dict[ClassOfService, int]:
    if not isinstance(value, dict):
        raise where.wrong("class_limits", "class_limits is no table", "write { expedite = 1 }")
    out = {}
    for name, limit in value.items():
        try:
            service = ClassOfService(name)
        except ValueError:
            raise where.wrong(
                "class_limits",
                f"class_limits: there is no class of service {name[:60]!r}",
                f"use {', '.join(ClassOfService)}",
            ) from None
        out[service] = _number(limit, f"class_limits: {name}", where, "class_limits")
    return out


def _edges(
    tables: Any, stages: tuple[NewStage, ...], top: _Where
) -> tuple[tuple[str, str, EdgeKind], ...]:
    if not isinstance(tables, list):
        raise top.wrong("edge", "edge is no list of tables", "each edge is an [[edge]]")
    out = []
    for number, table in enumerate(tables, 1):
        where = top.at("edge", number)
        if not isinstance(table, dict):
            raise where.wrong("", "is no table", "each edge is an [[edge]] with from and to")
        _known(table, ("from", "to", "kind"), (), where)
        ends = []
        for field in ("from", "to"):
            name = _stage_name(table.get(field), field, stages, where)
            if name is None:
                raise where.wrong(field, f"{field} is missing", "give the name of a stage")
            ends.append(name)
        kind = _word(table, "kind", EdgeKind, where, EdgeKind.FORWARD)
        out.append((ends[0], ends[1], kind))
    return tuple(out)


def _vocabulary(value: Any, top: _Where) -> tuple[tuple[str, str], ...]:
    where = top.at("vocabulary")
    if not isinstance(value, dict):
        raise top.wrong("vocabulary", "vocabulary is no table", "[vocabulary], item and items")
    _known(value, ("item", "items"), (), where)
    return tuple(sorted((name, _name(value, name, where)) for name in value))


# -- fields --------------------------------------------------------------------------


def _known(
    table: Mapping[str, Any], fields: tuple[str, ...], tables: tuple[str, ...], where: _Where
) -> None:
    for name in table:
        if name not in (*fields, *tables):
            raise where.wrong(name, f"there is no field {name[:60]!r}", f"use {', '.join(fields)}")


def _text(table: Mapping[str, Any], field: str, where: _Where, most: int = 500) -> str:
    value = table.get(field, "")
    if not isinstance(value, str):
        raise where.wrong(field, f"{field} is no text", f'{field} = "…"')
    if len(value) > most:
        raise where.wrong(field, f"{field} has {len(value)} characters", f"{most} are allowed")
    return value


def _name(table: Mapping[str, Any], field: str, where: _Where) -> str:
    name = " ".join(_text(table, field, where, NAME_MAX).split())
    if not name:
        raise where.wrong(field, f"{field} is missing or empty", f'{field} = "…"')
    return name


def _word(table: Mapping[str, Any], field: str, words: Any, where: _Where, default: Any) -> Any:
    value = table.get(field, default)
    if value is None:
        raise where.wrong(field, f"{field} is missing", f"use {', '.join(words)}")
    try:
        return words(value)
    except ValueError:
        raise where.wrong(
            field, f"{field} is {describe_value(value)}", f"use {', '.join(words)}"
        ) from None


def _number(value: Any, what: str, where: _Where, field: str = "limit") -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST:
        raise where.wrong(
            field, f"{what} is {describe_value(value)}", "give a whole number of 1 or more"
        )
    return value


def _stage_name(value: Any, field: str, stages: tuple[NewStage, ...], where: _Where) -> str | None:
    if value is None:
        return None
    wanted = " ".join(value.split()).casefold() if isinstance(value, str) else None
    found = next((s.name for s in stages if s.name.casefold() == wanted), None)
    if found is None:
        names = ", ".join(s.name for s in stages)
        raise where.wrong(
            field, f"{field}: there is no stage {describe_value(value)}", f"there are: {names}"
        )
    return found


def _types(value: Any, top: _Where) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
        raise top.wrong("types", "types is no list of words", 'types = ["feature", "bug"]')
    return tuple(dict.fromkeys(" ".join(v.split())[:NAME_MAX] for v in value))


def _link(table: Mapping[str, Any], top: _Where) -> str:
    link = _text(table, "link", top).strip()
    if link and not re.fullmatch(r"https?://[!-~]*\{key\}[!-~]*", link):
        raise top.wrong(
            "link", f"link is {link!r}", 'link = "https://tracker.example/browse/{key}"'
        )
    return link


def _workdays(value: Any, top: _Where) -> tuple[int, ...]:
    if value is None:
        return WORKDAYS
    try:
        if not isinstance(value, str):
            raise ValueError(f"{describe_value(value)} is no text")
        return read_workdays(value)
    except ValueError as error:
        raise top.wrong("workdays", f"workdays: {error}", 'workdays = "mon-fri"') from None


# -- lines ---------------------------------------------------------------------------

_HEAD = re.compile(r"\s*\[\[?\s*([A-Za-z0-9_-]+)\s*\]")
_FIELD = re.compile(r"\s*[\"']?([A-Za-z0-9_-]+)[\"']?\s*[.=]")
_QUOTES = re.compile("\"\"\"|'''")


def _lines(text: str) -> dict[tuple[str, int, str], int]:
    """``(table, its number among those of this name, field)`` → line, from 1."""
    out: dict[tuple[str, int, str], int] = {}
    counts: dict[str, int] = {}
    table, number, within = "", 0, ""
    for line_number, line in enumerate(text.split("\n"), 1):
        if not within:
            head, field = _HEAD.match(line), _FIELD.match(line)
            if head:
                table = head[1]
                listed = line.lstrip().startswith("[[")
                counts[table] = counts.get(table, 0) + 1
                number = counts[table] if listed else 0
                out.setdefault((table, number, ""), line_number)
            elif field:
                out.setdefault((table, number, field[1]), line_number)
        for quotes in _QUOTES.findall(line):
            if not within:
                within = quotes
            elif quotes == within:
                within = ""
    return out
