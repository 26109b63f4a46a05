"""What the lists of the organisation show: streams, stages, edges, teams, members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from vsm.model.board import Column, StreamInfo
from vsm.model.calendar import holidays_text, workdays_text
from vsm.model.limits import limits_of
from vsm.model.query import Query
from vsm.model.stream import Category, Edge, EdgeKind, Stage, ValueStream
from vsm.model.team import Member, Team
from vsm.reader import Reader
from vsm.text_width import fit, width_of
from vsm.widgets.glyphs import Glyphs
from vsm.widgets.pick_list import Row


class Part(Enum):
    """The lists, in their order, and what they are called."""

    STREAMS = "Streams"
    STAGES = "Stages"
    EDGES = "Edges"
    TEAMS = "Teams"
    MEMBERS = "Members"


@dataclass(frozen=True, slots=True)
class Organisation:
    """All that the lists show; stages and edges are those of ``stream``, the one in question."""

    infos: tuple[StreamInfo, ...]
    streams: tuple[ValueStream, ...]
    stream: ValueStream | None
    columns: tuple[Column, ...]
    teams: tuple[Team, ...]
    members: tuple[Member, ...]

    @property
    def team_names(self) -> dict[int, str]:
        """Names of the teams by id."""
        return {team.id: team.name for team in self.teams}

    def team(self, number: int) -> Team | None:
        """The team with this id."""
        return next((team for team in self.teams if team.id == number), None)

    def member(self, number: int) -> Member | None:
        """The member with this id."""
        return next((member for member in self.members if member.id == number), None)


def load(reader: Reader, stream: int, now: int) -> Organisation:
    """Read the organisation, with the stages of one stream (or of the first there is)."""
    infos = tuple(reader.streams())
    found = tuple(s for info in infos if (s := reader.stream(info.id)) is not None)
    chosen = next((s for s in found if s.id == stream), found[0] if found else None)
    columns = reader.columns(chosen, Query(), now) if chosen is not None else []
    return Organisation(
        infos, found, chosen, tuple(columns), tuple(reader.teams()), tuple(reader.members())
    )


def rows_of(part: Part, org: Organisation, here: int, glyphs: Glyphs) -> list[Row]:
    """The rows of a list; ``here`` is the stream of the board below."""
    if part is Part.STREAMS:
        return [_stream_row(info, stream, here, glyphs) for info, stream in _pairs(org)]
    if part is Part.STAGES:
        return _stage_rows(org, glyphs)
    if part is Part.EDGES:
        return _edge_rows(org.stream, glyphs) if org.stream is not None else []
    if part is Part.TEAMS:
        return [_team_row(team, org, glyphs) for team in org.teams]
    names = org.team_names
    return [
        Row(
            str(member.id),
            f"{member.name} ({member.login})" if member.name != member.login else member.login,
            ", ".join(names[n] for n in member.teams if n in names) or "in no team",
            member.initials,
        )
        for member in org.members
    ]


def _pairs(org: Organisation) -> list[tuple[StreamInfo, ValueStream]]:
    by_id = {stream.id: stream for stream in org.streams}
    return [(info, by_id[info.id]) for info in org.infos if info.id in by_id]


def _stream_row(info: StreamInfo, stream: ValueStream, here: int, glyphs: Glyphs) -> Row:
    parts = [stream.zone, f"{stream.prefix}-1 {glyphs.ellipsis}"]
    right = f"{count(info.items, 'item')} {glyphs.dot} WIP {info.wip}"
    mark = " (this board)" if info.id == here else ""
    return Row(str(info.id), f"{info.name}{mark}", f" {glyphs.dot} ".join(parts), right)


def _works(days: Sequence[int]) -> str:
    return f"works {workdays_text(days)}"


# -- stages ---------------------------------------------------------------------------


def _stage_rows(org: Organisation, glyphs: Glyphs) -> list[Row]:
    stream, names = org.stream, org.team_names
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
        if stage.team in names:
            parts.append(names[stage.team])
        if clock is not None and stage.id == clock.id:
            parts.append("starts the clock")
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
    over = column.stage.over(column.wip) or bool(column.classes_over)
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


# -- teams ----------------------------------------------------------------------------


def owned(team: int, org: Organisation) -> list[tuple[ValueStream, Stage]]:
    """The stages that a team owns, with their streams."""
    return [(s, stage) for s in org.streams for stage in s.order if stage.team == team]


def _team_row(team: Team, org: Organisation, glyphs: Glyphs) -> Row:
    people = sum(team.id in member.teams for member in org.members)
    parts = [count(people, "member"), count(len(owned(team.id, org)), "stage")]
    parts.append("works as its stream" if team.workdays is None else _works(team.workdays))
    if team.holidays:
        parts.append(f"{count(len(team.holidays), 'day')} off")
    return Row(str(team.id), team.name, f" {glyphs.dot} ".join(parts))


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


def about(part: Part, org: Organisation, row: str, arrow: str) -> str:
    """What there is to say about the row under the cursor."""
    if part is Part.STREAMS:
        stream = next((s for s in org.streams if str(s.id) == row), None)
        return _about_stream(stream, arrow) if stream is not None else ""
    if part is Part.STAGES and org.stream is not None:
        stage = next((s for s in org.stream.stages if str(s.id) == row), None)
        if stage is None:
            return ""
        head = f"{str(stage.category).capitalize()}: {MEANS[stage.category]}."
        return f"{head}\n{stage.policy or 'No policy yet: when may an item enter and leave?'}"
    if part is Part.EDGES:
        return (
            "Forward edges make the order of the flow, an edge back says where rework may go."
            " Other moves are possible: they count by where the edges lead."
        )
    if part is Part.TEAMS:
        team = next((t for t in org.teams if str(t.id) == row), None)
        return _about_team(team, org) if team is not None else ""
    return "The login is what items name as their owner; cards show the initials."


def _about_stream(stream: ValueStream, arrow: str) -> str:
    words = ", ".join(word for _, word in stream.vocabulary)
    lines = [f" {arrow} ".join(stage.name for stage in stream.line)]
    facts = (
        ("Types of work", ", ".join(stream.types)),
        ("Words", words),
        ("Works", workdays_text(stream.workdays)),
        ("Days off", holidays_text(stream.holidays)),
        ("Link", stream.link),
    )
    return "\n".join([*lines, *(f"{what}: {text}" for what, text in facts if text)])


def _about_team(team: Team, org: Organisation) -> str:
    stages = ", ".join(f"{stream.name}: {stage.name}" for stream, stage in owned(team.id, org))
    people = ", ".join(m.name for m in org.members if team.id in m.teams)
    facts = (("Owns", stages), ("Members", people), ("Days off", holidays_text(team.holidays)))
    lines = [f"{what}: {text}" for what, text in facts if text]
    return "\n".join(lines) or "Owns nothing yet."
