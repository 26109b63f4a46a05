"""Rows and explanations of the lists of the organisation: streams, stages, edges, entities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from vsm.date_form import write_day
from vsm.model.board import Column, StreamInfo
from vsm.model.calendar import holidays_text, workdays_text
from vsm.model.entities import ENTITIES, GRANT, MEMBER, TEAM
from vsm.model.entity import Entity, Names
from vsm.model.limit_text import limits_of
from vsm.model.people_entities import ABSENCE, ALLOCATION, PEOPLE, people_plans
from vsm.model.people_privacy import Onlooker
from vsm.model.practice import StageBehaviour, StageTraffic
from vsm.model.query_tree import Query
from vsm.model.role import Role
from vsm.model.rules import from_micros
from vsm.model.stream import Category, Edge, EdgeKind, Stage, ValueStream
from vsm.model.team import Member, Team
from vsm.reader import Reader
from vsm.screens.organisation_people import people_rows
from vsm.text_width import fit, width_of
from vsm.widgets.glyphs import Glyphs
from vsm.widgets.pick_list import Row


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One of the lists: what it is called, its keys, what stands there while it is empty."""

    name: str
    keys: str
    empty: str
    entity: Entity[Any] | None = None


STREAMS = Part(
    "Streams",
    "{add_entry}: add · {confirm}: edit · {stream_board}: open board · {undo}: undo"
    " · {cancel}: close",
    "no stream yet: a makes one",
)
STAGES = Part(
    "Stages",
    "{add_entry}: add · {confirm}: edit · {stage_policy}: policy"
    " · {reorder_down} {reorder_up}: order · {retire_entry}: retire · {restore_entry}: restore"
    " · {undo}: undo · {cancel}: close",
    "no stage yet: a adds one",
)
EDGES = Part(
    "Edges",
    "{add_entry}: add · {confirm}: reverse · {retire_entry}: remove · {undo}: undo"
    " · {cancel}: close",
    "no edge yet: a draws one",
)
PARTS = (
    *(STREAMS, STAGES, EDGES),
    *(
        Part(
            entity.plural.capitalize(),
            "{add_entry}: add · {confirm}: edit · {retire_entry}: remove · {undo}: undo"
            " · {cancel}: close",
            f"no {entity.label} yet: a adds one",
            entity,
        )
        for entity in ENTITIES.values()
        if entity.is_on_screen
    ),
)
"""All lists, in the order of their tabs."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """All that the lists show; stages and edges are those of ``stream``, the one in question."""

    infos: tuple[StreamInfo, ...]
    streams: tuple[ValueStream, ...]
    stream: ValueStream | None
    columns: tuple[Column, ...]
    entities: Mapping[str, tuple[Any, ...]]
    """By the name of the entity."""
    names: Names
    final: Mapping[int, StageTraffic]
    """By id the stages of ``stream`` in which work seems to end."""
    today: str
    """The day (ISO) on which roles hold or are over."""

    @property
    def teams(self) -> tuple[Team, ...]:
        """The teams by name."""
        return self.entities[TEAM.name]

    @property
    def members(self) -> tuple[Member, ...]:
        """The members by name."""
        return self.entities[MEMBER.name]

    def entity(self, part: Part, row: str) -> Any:
        """What a row of the list of an entity stands for; ``None`` where it has gone."""
        listed = self.entities[part.entity.name] if part.entity is not None else ()
        return next((current for current in listed if str(current.id) == row), None)


def load(reader: Reader, stream: int, now: int, onlooker: Onlooker) -> Organisation:
    """Read the organisation, with the stages of one stream (or of the first there is).

    Of allocations and absences what the ``onlooker`` may see.
    """
    infos = tuple(reader.streams())
    streams = tuple(reader.all_streams())
    chosen = next((s for s in streams if s.id == stream), streams[0] if streams else None)
    columns = reader.columns(chosen, Query(), now) if chosen is not None else []
    entities = {name: tuple(reader.entities(entity)) for name, entity in ENTITIES.items()}
    entities[ALLOCATION.name] = tuple(onlooker.allocations(entities[ALLOCATION.name]))
    entities[ABSENCE.name] = tuple(onlooker.absences(entities[ABSENCE.name]))
    names = {"stream": {info.id: info.name for info in infos}}
    for noun, entity in ENTITIES.items():
        names[noun] = {one.id: getattr(one, entity.key) for one in entities[noun]}
    final = reader.final_stages(chosen) if chosen is not None else {}
    today = from_micros(now).date().isoformat()
    return Organisation(infos, streams, chosen, tuple(columns), entities, names, final, today)


def rows_of(part: Part, org: Organisation, board_stream: int, glyphs: Glyphs) -> list[Row]:
    """The rows of a list; ``board_stream`` is the stream of the board below."""
    if part is STREAMS:
        return [_stream_row(info, stream, board_stream, glyphs) for info, stream in _pairs(org)]
    if part is STAGES:
        return _stage_rows(org, glyphs)
    if part is EDGES:
        return _edge_rows(org.stream, glyphs) if org.stream is not None else []
    if part.entity is None:
        return []
    listed = org.entities[part.entity.name]
    if part.entity is TEAM:
        return [_team_row(team, org, glyphs) for team in listed]
    if part.entity is MEMBER:
        return [_member_row(member, org, glyphs) for member in listed]
    if part.entity in PEOPLE:
        return people_rows(part.entity.name, listed, org, glyphs)
    return [_entity_row(part.entity, current, org, glyphs) for current in listed]


def _entity_row(entity: Entity[Any], current: Any, org: Organisation, glyphs: Glyphs) -> Row:
    texts = [
        field.text(getattr(current, field.name), org.names)
        for field in entity.fields
        if field.name != entity.key and not field.type.is_long
    ]
    about = f" {glyphs.dot} ".join(text for text in texts if text)
    return Row(str(current.id), getattr(current, entity.key), about)


def _pairs(org: Organisation) -> list[tuple[StreamInfo, ValueStream]]:
    by_id = {stream.id: stream for stream in org.streams}
    return [(info, by_id[info.id]) for info in org.infos if info.id in by_id]


def _stream_row(info: StreamInfo, stream: ValueStream, board_stream: int, glyphs: Glyphs) -> Row:
    parts = [stream.zone, f"{stream.prefix}-1 {glyphs.ellipsis}"]
    right = f"{count(info.items, 'item')} {glyphs.dot} WIP {info.wip}"
    mark = " (this board)" if info.id == board_stream else ""
    return Row(str(info.id), f"{info.name}{mark}", f" {glyphs.dot} ".join(parts), right)


def _works(days: Sequence[int]) -> str:
    return f"works {workdays_text(days)}"


# -- stages ---------------------------------------------------------------------------


def _stage_rows(org: Organisation, glyphs: Glyphs) -> list[Row]:
    stream, names = org.stream, org.names[TEAM.name]
    if stream is None:
        return []
    stages = (*stream.line, *(s for s in stream.order if s.retired))
    limits = {s.id: limits_of(s).shown for s in stages}
    wide = min(26, max((width_of(text) for text in limits.values()), default=0))
    columns = {column.stage.id: column for column in org.columns}
    clock = starts_clock(stream)
    out = []
    for stage in stages:
        parts = [fit(str(stage.category), 7)]
        if wide:
            parts.append(fit(limits[stage.id], wide, glyphs.ellipsis))
        if stage.team is not None and stage.team in names:
            parts.append(names[stage.team])
        if clock is not None and stage.id == clock.id:
            parts.append("starts the clock")
        if stage.behaviour.shown or stage.id in org.final:
            parts.append(stage.behaviour.shown or "does work end here?")
        text = "  ".join(parts).rstrip()
        right = "retired" if stage.retired else _load(columns.get(stage.id), glyphs)
        out.append(Row(str(stage.id), stage.name, text, right, faint=stage.retired))
    return out


def starts_clock(stream: ValueStream) -> Stage | None:
    """The first stage on the board whose entry starts the clock; the commitment may be retired."""
    return next((stage for stage in stream.line if stage.id in stream.starting), None)


def _load(column: Column | None, glyphs: Glyphs) -> str:
    """How many items a stage holds, and whether that is too many."""
    if column is None:
        return ""
    over = column.over or bool(column.classes_over)
    span = " in 14 d" if column.stage.category.ended else ""
    return f"{column.wip}{f' {glyphs.over}' if over else ''}{span}"


def edge_id(edge: Edge) -> str:
    """What an edge's row is called."""
    return f"{edge.source}-{edge.target}"


def _edge_rows(stream: ValueStream, glyphs: Glyphs) -> list[Row]:
    gone = {s.id for s in stream.stages if s.retired}

    def place(edge: Edge) -> tuple[bool, int, int]:
        retired = bool({edge.source, edge.target} & gone)
        return retired, stream.index[edge.source], stream.index[edge.target]

    return [
        Row(
            edge_id(edge),
            f"{stream.stage(edge.source).name} {glyphs.arrow} {stream.stage(edge.target).name}",
            "forward" if edge.kind is EdgeKind.FORWARD else "back (rework)",
            "retired" if place(edge)[0] else "",
            faint=place(edge)[0],
        )
        for edge in sorted(stream.edges, key=place)
    ]


# -- teams and members ------------------------------------------------------------------------


def owned(team: int, org: Organisation) -> list[tuple[ValueStream, Stage]]:
    """The stages that a team owns, with their streams."""
    return [(s, stage) for s in org.streams for stage in s.order if stage.team == team]


def _team_row(team: Team, org: Organisation, glyphs: Glyphs) -> Row:
    people = sum(team.id in member.teams for member in org.members)
    parts = [team.type] if team.type else []
    parts += [count(people, "member"), count(len(owned(team.id, org)), "stage")]
    parts.append("works as its stream" if team.workdays is None else _works(team.workdays))
    if team.holidays:
        parts.append(f"{count(len(team.holidays), 'day')} off")
    return Row(str(team.id), team.name, f" {glyphs.dot} ".join(parts))


def describe_belongings(team: Team, org: Organisation) -> str:
    """What a team owns that cannot be removed."""
    stages = [stage.name for _, stage in owned(team.id, org)]
    members = sum(team.id in member.teams for member in org.members)
    has = [f"the stages {', '.join(stages[:4])}"] if stages else []
    has += [count(members, "member")] if members else []
    plans = people_plans(team.id, org.entities)
    has += [plans] if plans else []
    return " and ".join(has) or "items"


def _role(login: str, org: Organisation) -> str:
    """Somebody's role, and where and how long it holds; empty until roles are granted."""
    grants = org.entities[GRANT.name]
    if not grants:
        return ""
    grant = next((one for one in grants if one.login.casefold() == login.casefold()), None)
    if grant is None or (grant.until is not None and grant.until < org.today):
        return str(Role.MEMBER)
    where = "" if grant.only is None else f" in {org.names['stream'].get(grant.only, 'no stream')}"
    until = "" if grant.until is None else f" until {write_day(date.fromisoformat(grant.until))}"
    return f"{grant.role}{where}{until}"


def _member_row(member: Member, org: Organisation, glyphs: Glyphs) -> Row:
    names = org.names[TEAM.name]
    beside = (_role(member.login, org), member.initials)
    return Row(
        str(member.id),
        f"{member.name} ({member.login})" if member.name != member.login else member.login,
        ", ".join(names[n] for n in member.teams if n in names) or "in no team",
        f" {glyphs.dot} ".join(text for text in beside if text),
    )


def count(number: int, what: str) -> str:
    """``1 item``, ``2 items``."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


# -- the words below the list -----------------------------------------------------------

MEANS = {
    Category.BACKLOG: "not promised yet; no clock runs",
    Category.QUEUE: "waits for somebody to go on",
    Category.ACTIVE: "somebody works on it",
    Category.DONE: "finished",
    Category.DROPPED: "left undelivered",
}
"""What happens to items in a category, in words."""


def about(part: Part, org: Organisation, row: str, arrow: str, confirm: str) -> str:
    """What there is to say about the row under the cursor; ``confirm`` is the key that edits it."""
    if part is STREAMS:
        stream = next((s for s in org.streams if str(s.id) == row), None)
        return _about_stream(stream, arrow) if stream is not None else ""
    if part is STAGES and org.stream is not None:
        stage = next((s for s in org.stream.stages if str(s.id) == row), None)
        if stage is None:
            return ""
        policy = stage.policy or "No policy yet: when may an item enter and leave?"
        return "\n".join([*_about_stage(stage, org.final.get(stage.id), confirm), policy])
    if part is EDGES:
        return (
            "Forward edges make the order of the flow, an edge back says where rework may go."
            " Other moves are possible: they count by where the edges lead."
        )
    if part.entity is None:
        return ""
    current = org.entity(part, row)
    if part.entity is TEAM:
        return _about_team(current, org) if current is not None else ""
    long = [field.name for field in part.entity.fields if field.type.is_long]
    texts = [getattr(current, name) for name in long] if current is not None else []
    return "\n".join(text for text in (*texts, part.entity.about) if text)


def _about_stage(stage: Stage, final: StageTraffic | None, confirm: str) -> list[str]:
    """What happens in a stage, and whether work ends there where that is not clear."""
    out = [f"{str(stage.category).capitalize()}: {MEANS[stage.category]}."]
    if stage.behaviour.shown:
        out.append(f"Behaviour: {stage.behaviour.words} ({stage.behaviour.help}).")
    if final is not None:
        out.append(
            f"Does work end here? {final.counts}. {confirm}: set Behaviour to"
            f" {StageBehaviour.WORK_ENDS.words!r}, or to {StageBehaviour.WORKED.words!r} if not."
        )
    return out


def _about_stream(stream: ValueStream, arrow: str) -> str:
    words = ", ".join(word for _, word in stream.vocabulary)
    lines = [f" {arrow} ".join(stage.name for stage in stream.line)]
    facts = (
        ("Types of work", ", ".join(stream.types)),
        ("Words", words),
        ("Works", workdays_text(stream.workdays)),
        ("Days off", holidays_text(stream.holidays)),
        ("Link", stream.link),
        ("Moves", stream.move_entry.shown),
        ("Map in", stream.map_time.shown),
    )
    return "\n".join([*lines, *(f"{what}: {text}" for what, text in facts if text)])


def _about_team(team: Team, org: Organisation) -> str:
    stages = ", ".join(f"{stream.name}: {stage.name}" for stream, stage in owned(team.id, org))
    people = ", ".join(m.name for m in org.members if team.id in m.teams)
    facts = (
        ("Type", team.type or ""),
        ("Purpose", team.purpose),
        ("Serves", team.service_level),
        ("Owns", stages),
        ("Members", people),
        ("Days off", holidays_text(team.holidays)),
    )
    lines = [f"{what}: {text}" for what, text in facts if text]
    return "\n".join(lines) or "Owns nothing yet."
