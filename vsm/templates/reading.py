"""Reads a template from TOML; errors name file, line and field, and the remedy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from vsm.model.calendar import WORKDAYS, read_workdays
from vsm.model.command import CreateStream, NewStage
from vsm.model.declared import TimeBasis
from vsm.model.group_limit import GroupLimit, NewGroupLimit
from vsm.model.item import ClassOfService
from vsm.model.limit_text import MOST
from vsm.model.practice import MoveEntry, StageBehaviour
from vsm.model.standard import Artefact, RequiredControl, StageNames, version_of
from vsm.model.stream import (
    Category,
    Edge,
    EdgeKind,
    LimitKind,
    Stage,
    ValueStream,
    chain,
)
from vsm.templates import standard_parts
from vsm.toml_files import NAME_MAX, TomlTable, describe_value, parse_table

STAGES_MAX = 100
"""The most stages of a template."""
_SEE = "see one that works: vsm template show kanban"


@dataclass(frozen=True, slots=True)
class Template:
    """The setup of a new stream, and the standard that streams can adopt.

    ``path`` is the user's file, empty for a bundled template; ``version`` is the hash of its text.
    """

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
    move_entry: MoveEntry = MoveEntry.AS_LOGGED
    map_time: TimeBasis = TimeBasis.ELAPSED
    path: str = ""
    group_limits: tuple[NewGroupLimit, ...] = ()
    names: tuple[StageNames, ...] = ()
    """What streams call its stages, one entry for each of ``stages``."""
    controls: tuple[RequiredControl, ...] = ()
    artefacts: tuple[Artefact, ...] = ()
    roles: tuple[str, ...] = ()
    version: str = ""

    def command(self, name: str, zone: str = "UTC", prefix: str = "") -> CreateStream:
        """The command that creates a stream from this template."""
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
            move_entry=self.move_entry,
            map_time=self.map_time,
            group_limits=self.group_limits,
        )


def read_template(text: str, name: str, path: str = "") -> Template:
    """Read the text of a template; raises :class:`BadInput`. ``path`` names it in errors."""
    top = parse_table(text, path or f"{name}.toml", _SEE)
    top.refuse_unknown(
        (
            *("title", "about", "commitment", "types", "link", "workdays", "move_entry"),
            *("map_time", "vocabulary", "controls", "roles"),
        ),
        ("stage", "edge", "group_limit", "artefact"),
    )
    stages = _stages(top)
    template = Template(
        name=name,
        title=top.text("title") or name,
        about=top.text("about"),
        stages=stages,
        edges=(),
        commitment=_stage_name(top, "commitment", stages),
        types=_types(top),
        vocabulary=_vocabulary(top),
        link=_link(top),
        workdays=_workdays(top),
        move_entry=top.word("move_entry", MoveEntry, MoveEntry.AS_LOGGED),
        map_time=top.word("map_time", TimeBasis, TimeBasis.ELAPSED),
        path=path,
        group_limits=_group_limits(top, stages),
        names=standard_parts.read_names(top),
        controls=standard_parts.read_controls(top),
        artefacts=standard_parts.read_artefacts(top, stages),
        roles=standard_parts.read_roles(top),
        version=version_of(text),
    )
    return _add_edges(template, _edges(top, stages), top)


def _add_edges(
    template: Template, drawn_edges: tuple[tuple[str, str, EdgeKind], ...], top: TomlTable
) -> Template:
    """The template with all of its edges; raises :class:`BadInput` if they make no valid stream."""
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
            behaviour=s.behaviour,
            exempt=s.exempt,
        )
        for n, s in enumerate(template.stages, 1)
    )
    ids = {s.name.casefold(): s.id for s in stages}
    edges = tuple(Edge(ids[a.casefold()], ids[b.casefold()], kind) for a, b, kind in drawn_edges)
    if not any(kind is EdgeKind.FORWARD for _, _, kind in drawn_edges):
        edges = (*chain(stages), *edges)
    commitment = None if template.commitment is None else ids[template.commitment.casefold()]
    groups = tuple(
        GroupLimit(tuple(ids[n.casefold()] for n in g.stages), g.limit, g.kind, g.name)
        for g in template.group_limits
    )
    stream = ValueStream(1, template.title, "UTC", stages, edges, commitment, group_limits=groups)
    problems = stream.problems()
    if problems:
        raise top.wrong("", "; ".join(problems))
    names = {s.id: s.name for s in stages}
    return replace(
        template, edges=tuple((names[e.source], names[e.target], e.kind) for e in stream.edges)
    )


# -- tables --------------------------------------------------------------------------


def _stages(top: TomlTable) -> tuple[NewStage, ...]:
    tables = top.tables("stage")
    if not tables:
        raise top.wrong("stage", "there is no [[stage]]", "each stage is a [[stage]] with a name")
    if len(tables) > STAGES_MAX:
        raise top.wrong("", f"{len(tables)} stages are too many", f"{STAGES_MAX} are allowed")
    return tuple(map(_stage, tables))


def _stage(table: TomlTable) -> NewStage:
    table.refuse_unknown(
        (
            *("name", "category", "limit", "limit_kind", "class_limits", "exempt", "team"),
            *("policy", "behaviour"),
            *standard_parts.STAGE_FIELDS,
        )
    )
    classes = _class_limits(table)
    kind = table.word("limit_kind", LimitKind, LimitKind.NONE)
    limit = table.whole_number("limit", MOST) if "limit" in table.values else None
    if limit is None and not classes and kind is not LimitKind.NONE:
        raise table.wrong("limit_kind", f"limit_kind is {kind}, but there is no limit", "limit = 5")
    if kind is LimitKind.NONE and (limit is not None or classes):
        if "limit_kind" in table.values:
            raise table.wrong("limit_kind", "a limit of the kind none", "soft or hard")
        kind = LimitKind.SOFT
    return NewStage(
        name=table.one_line("name"),
        category=table.word("category", Category),
        limit=limit,
        limit_kind=kind,
        team=table.one_line("team") if "team" in table.values else None,
        policy=table.text("policy", 20_000).strip(),
        class_limits=classes,
        behaviour=table.word("behaviour", StageBehaviour, StageBehaviour.AS_LOGGED),
        exempt=_exempt(table, classes),
    )


def _exempt(stage: TomlTable, classes: Mapping[ClassOfService, int]) -> tuple[ClassOfService, ...]:
    """The classes beside the limit of the stage; each needs a limit of its own."""
    names = stage.names("exempt", 'exempt = ["expedite"]')
    for name in names:
        if name not in [str(service) for service in classes]:
            raise stage.wrong(
                "exempt", f"exempt: {name[:60]!r} has no limit of its own", "see class_limits"
            )
    return tuple(ClassOfService(name) for name in dict.fromkeys(names))


def _group_limits(top: TomlTable, stages: tuple[NewStage, ...]) -> tuple[NewGroupLimit, ...]:
    out = []
    for table in top.tables("group_limit"):
        table.refuse_unknown(("name", "stages", "limit", "limit_kind"))
        known = {s.name.casefold(): s.name for s in stages}
        names = table.names("stages", 'stages = ["Build", "Review"]')
        for name in names:
            if name.casefold() not in known:
                raise table.wrong(
                    "stages",
                    f"stages: there is no stage {name[:60]!r}",
                    f"there are: {', '.join(known.values())}",
                )
        kind = table.word("limit_kind", LimitKind, LimitKind.SOFT)
        limit = table.whole_number("limit", MOST)
        inside = tuple(dict.fromkeys(known[name.casefold()] for name in names))
        name = table.one_line("name") if "name" in table.values else ""
        out.append(NewGroupLimit(inside, limit, kind, name))
    return tuple(out)


def _class_limits(stage: TomlTable) -> dict[ClassOfService, int]:
    value = stage.values.get("class_limits", {})
    if not isinstance(value, dict):
        raise stage.wrong("class_limits", "class_limits is no table", "write { expedite = 1 }")
    # It stands within a stage, so errors about it name that.
    limits = replace(stage, values=value)
    out = {}
    for name in value:
        try:
            service = ClassOfService(name)
        except ValueError:
            raise stage.wrong(
                "class_limits",
                f"class_limits: there is no class of service {name[:60]!r}",
                f"use {', '.join(ClassOfService)}",
            ) from None
        out[service] = limits.whole_number(name, MOST, f"class_limits: {name}")
    return out


def _edges(top: TomlTable, stages: tuple[NewStage, ...]) -> tuple[tuple[str, str, EdgeKind], ...]:
    out = []
    for table in top.tables("edge"):
        table.refuse_unknown(("from", "to", "kind"))
        ends = []
        for field in ("from", "to"):
            name = _stage_name(table, field, stages)
            if name is None:
                raise table.wrong(field, f"{field} is missing", "give the name of a stage")
            ends.append(name)
        out.append((ends[0], ends[1], table.word("kind", EdgeKind, EdgeKind.FORWARD)))
    return tuple(out)


def _vocabulary(top: TomlTable) -> tuple[tuple[str, str], ...]:
    table = top.table("vocabulary")
    table.refuse_unknown(("item", "items"))
    return tuple(sorted((name, table.one_line(name)) for name in table.values))


# -- fields --------------------------------------------------------------------------


def _stage_name(table: TomlTable, field: str, stages: tuple[NewStage, ...]) -> str | None:
    value = table.values.get(field)
    if value is None:
        return None
    folded = " ".join(value.split()).casefold() if isinstance(value, str) else None
    name = next((s.name for s in stages if s.name.casefold() == folded), None)
    if name is None:
        names = ", ".join(s.name for s in stages)
        raise table.wrong(
            field, f"{field}: there is no stage {describe_value(value)}", f"there are: {names}"
        )
    return name


def _types(top: TomlTable) -> tuple[str, ...]:
    names = top.names("types", 'types = ["feature", "bug"]')
    return tuple(dict.fromkeys(name[:NAME_MAX] for name in names))


def _link(top: TomlTable) -> str:
    link = top.text("link").strip()
    if link and not re.fullmatch(r"https?://[!-~]*\{key\}[!-~]*", link):
        raise top.wrong(
            "link", f"link is {link!r}", 'link = "https://tracker.example/browse/{key}"'
        )
    return link


def _workdays(top: TomlTable) -> tuple[int, ...]:
    value = top.values.get("workdays")
    if value is None:
        return WORKDAYS
    try:
        if not isinstance(value, str):
            raise ValueError(f"{describe_value(value)} is no text")
        return read_workdays(value)
    except ValueError as error:
        raise top.wrong("workdays", f"workdays: {error}", 'workdays = "mon-fri"') from None
