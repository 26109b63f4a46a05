"""Rules on streams, stages, edges and teams."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from vsm.model import command as c
from vsm.model import event as e
from vsm.model.decide.base import answer, name_of, no, stream_of, text_of, valid
from vsm.model.decide.fields import team_id
from vsm.model.rules import zone_of
from vsm.model.stream import (
    Category,
    Edge,
    EdgeKind,
    LimitKind,
    Stage,
    ValueStream,
    chain,
    key_prefix,
)
from vsm.model.view import View


def _edges(edges: tuple[Edge, ...]) -> tuple[e.EdgeFacts, ...]:
    return tuple(e.EdgeFacts(source=x.source, target=x.target, kind=x.kind) for x in edges)


def stage_facts(stage: Stage) -> e.StageFacts:
    """A stage as an event carries it."""
    return e.StageFacts(
        id=stage.id,
        name=stage.name,
        category=stage.category,
        position=stage.position,
        team=stage.team,
        limit=stage.limit,
        limit_kind=stage.limit_kind,
        policy=stage.policy,
    )


def _new_stage(
    view: View, new: c.NewStage, stage_id: int, position: int, teams: dict[str, int]
) -> Stage:
    limit, kind = _limit(new.limit, new.limit_kind, new.limit is not None)
    team: int | None = None
    if new.team:
        name = name_of("the team's name", new.team)
        known = view.team_by_name(name)
        if known is not None:
            team = known.id
        else:
            team = teams.setdefault(name.casefold(), view.next_id("team") + len(teams))
    return Stage(
        id=stage_id,
        name=name_of("a stage's name", new.name),
        category=Category(new.category),
        position=position,
        team=team,
        limit=limit,
        limit_kind=kind,
        policy=text_of("the policy", new.policy.strip()),
    )


def _limit(limit: Any, kind: Any, given: bool) -> tuple[int | None, LimitKind]:
    """A limit without a kind is soft; no limit has no kind."""
    if limit is None:
        return None, LimitKind.NONE
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= 1_000_000:
        raise no("invalid", f"{limit!r} is no WIP limit", "give a whole number of 1 or more")
    kind = LimitKind(kind)
    return limit, LimitKind.SOFT if kind is LimitKind.NONE and given else kind


def _prefix(text: str, name: str) -> str:
    wanted = text.strip() or key_prefix(name)
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,19}", wanted):
        raise no(
            "invalid", f"{wanted!r} is no key prefix", "letters, digits and _, a letter first: PAY"
        )
    return wanted.upper()


def _zone(name: str) -> str:
    try:
        zone_of(name)
    except ValueError as error:
        raise no("invalid", str(error)) from None
    return name


@answer.register
def _(command: c.CreateStream, view: View) -> list[e.Event]:
    name = name_of("the stream's name", command.name)
    if view.stream_by_name(name) is not None:
        raise no("state", f"there is a stream called {name!r}", "choose another name")
    first, teams = view.next_id("stage"), {}  # type: tuple[int, dict[str, int]]
    stages = tuple(
        _new_stage(view, new, first + n, n + 1, teams) for n, new in enumerate(command.stages)
    )
    stream = ValueStream(
        id=view.next_id("stream"),
        name=name,
        zone=_zone(command.zone),
        stages=stages,
        edges=chain(stages),
        prefix=_prefix(command.prefix, name),
    )
    if command.edges:
        edges = tuple(
            Edge(_named(stream, a).id, _named(stream, b).id, EdgeKind(k))
            for a, b, k in command.edges
        )
        stream = replace(stream, edges=edges)
    if command.commitment is not None:
        stream = replace(stream, commitment=_named(stream, command.commitment).id)
    valid(stream)
    names = {k: n.team for n in command.stages if n.team for k in [name_of("", n.team).casefold()]}
    made: list[e.Event] = [
        e.TeamAdded(team=team, name=name_of("the team's name", names[key] or ""))
        for key, team in teams.items()
    ]
    made.append(
        e.StreamCreated(
            stream=stream.id,
            name=stream.name,
            zone=stream.zone,
            prefix=stream.prefix,
            stages=tuple(stage_facts(s) for s in stages),
            edges=_edges(stream.edges),
            commitment=stream.commitment,
        )
    )
    return made


def _named(stream: ValueStream, name: str) -> Stage:
    stage = stream.find(name)
    if stage is None:
        raise no(
            "unknown",
            f"there is no stage {name!r} in {stream.name}",
            f"its stages: {', '.join(s.name for s in stream.order)}",
        )
    return stage


@answer.register
def _(command: c.SetStream, view: View) -> list[e.Event]:
    stream = stream_of(view, command.stream)
    wanted: dict[str, Any] = {}
    for field, value in command.changes.items():
        if field == "name":
            wanted[field] = name_of("the stream's name", str(value))
            other = view.stream_by_name(wanted[field])
            if other is not None and other.id != stream.id:
                raise no("state", f"there is a stream called {other.name!r}", "choose another name")
        elif field == "zone":
            wanted[field] = _zone(str(value))
        elif field == "prefix":
            wanted[field] = _prefix(str(value), stream.name)
        elif field == "commitment":
            wanted[field] = value
        else:
            raise no(
                "invalid", f"a stream has no field {field!r}", "use name, zone, prefix, commitment"
            )
    changes = {k: (getattr(stream, k), v) for k, v in wanted.items() if getattr(stream, k) != v}
    if not changes:
        return []
    valid(replace(stream, **{k: v for k, (_, v) in changes.items()}))
    return [e.StreamChanged(stream=stream.id, changes=changes)]


@answer.register
def _(command: c.AddStage, view: View) -> list[e.Event]:
    stream = stream_of(view, command.stream)
    if command.after is not None and command.after not in stream.by_id:
        raise no("unknown", f"stage {command.after} is not in {stream.name}")
    teams: dict[str, int] = {}
    added = insert_stage(view, stream, command.stage, command.after, teams)
    made: list[e.Event] = [
        e.TeamAdded(team=team, name=name_of("the team's name", command.stage.team or ""))
        for team in teams.values()
    ]
    return [*made, added]


def insert_stage(
    view: View,
    stream: ValueStream,
    new: c.NewStage,
    after: int | None,
    teams: dict[str, int] | None = None,
) -> e.StageAdded:
    """The event that puts a new stage behind another, edges led through it.

    ``after=None``: before done, or at the end for a done or dropped stage. A team that is new is
    noted in ``teams`` under its casefolded name, with the id that it will have.
    """
    category = Category(new.category)
    if after is None:
        before = [
            s
            for s in stream.order
            if (category is Category.DROPPED)
            or (category is Category.DONE and s.category is not Category.DROPPED)
            or not s.category.ended
        ]
        after = before[-1].id if before else None
    place = stream.index[after] + 1 if after is not None else 0
    stage = _new_stage(view, new, view.next_id("stage"), 0, teams if teams is not None else {})
    line = list(stream.order)
    line.insert(place, stage)
    position = {s.id: n + 1 for n, s in enumerate(line)}
    stage = replace(stage, position=position[stage.id])
    stages = tuple(stage if s.id == stage.id else replace(s, position=position[s.id]) for s in line)
    edges = stream.edges
    if category is not Category.DROPPED and after is not None:
        onward = [x for x in edges if x.source == after and x.kind is EdgeKind.FORWARD]
        kept = [x for x in edges if x not in onward]
        kept.append(Edge(after, stage.id))
        kept += [Edge(stage.id, x.target) for x in onward]
        edges = tuple(kept)
    elif category is not Category.DROPPED and stream.order:
        edges = (Edge(stage.id, stream.order[0].id), *edges)
    valid(replace(stream, stages=stages, edges=edges))
    return e.StageAdded(
        stream=stream.id,
        stage=stage_facts(stage),
        positions={
            s.id: (s.position, position[s.id])
            for s in stream.stages
            if s.position != position[s.id]
        },
        edges=_edges(edges),
        edges_before=_edges(stream.edges),
    )


@answer.register
def _(command: c.SetStage, view: View) -> list[e.Event]:
    stream = view.stream_of_stage(command.stage)
    if stream is None:
        raise no("unknown", f"there is no stage {command.stage}", "list them: vsm stage list")
    stage = stream.stage(command.stage)
    wanted: dict[str, Any] = {}
    for field, value in command.changes.items():
        if field == "name":
            wanted[field] = name_of("a stage's name", str(value))
        elif field == "category":
            wanted[field] = Category(value)
        elif field == "team":
            wanted[field] = team_id(view, value)
        elif field == "policy":
            wanted[field] = text_of("the policy", str(value or "").strip())
        elif field not in ("limit", "limit_kind"):
            raise no("invalid", f"a stage has no field {field!r}")
    if "limit" in command.changes or "limit_kind" in command.changes:
        limit = command.changes.get("limit", stage.limit)
        kind = command.changes.get("limit_kind", stage.limit_kind)
        if "limit" not in command.changes and limit is None and LimitKind(kind) != LimitKind.NONE:
            raise no("invalid", f"{stage.name} has no WIP limit", "give the number too")
        if LimitKind(kind) is LimitKind.NONE and "limit_kind" in command.changes:
            limit = None
        wanted["limit"], wanted["limit_kind"] = _limit(limit, kind, True)
    changes = {k: (getattr(stage, k), v) for k, v in wanted.items() if getattr(stage, k) != v}
    if not changes:
        return []
    valid(stream.with_stage(replace(stage, **{k: v for k, (_, v) in changes.items()})))
    return [e.StageChanged(stream=stream.id, stage=stage.id, changes=changes)]


@answer.register
def _(command: c.AddEdge, view: View) -> list[e.Event]:
    stream = _one_stream(view, command.source, command.target)
    if any((x.source, x.target) == (command.source, command.target) for x in stream.edges):
        a, b = stream.stage(command.source).name, stream.stage(command.target).name
        raise no("state", f"an edge leads from {a} to {b} already")
    edges = (*stream.edges, Edge(command.source, command.target, EdgeKind(command.kind)))
    return _redraw(stream, edges)


@answer.register
def _(command: c.RemoveEdge, view: View) -> list[e.Event]:
    stream = _one_stream(view, command.source, command.target)
    edges = tuple(
        x for x in stream.edges if (x.source, x.target) != (command.source, command.target)
    )
    if len(edges) == len(stream.edges):
        a, b = stream.stage(command.source).name, stream.stage(command.target).name
        raise no("state", f"no edge leads from {a} to {b}")
    return _redraw(stream, edges)


def _one_stream(view: View, source: int, target: int) -> ValueStream:
    stream = view.stream_of_stage(source)
    if stream is None or target not in stream.by_id:
        raise no("invalid", "both stages of an edge must be in one stream")
    return stream


def _redraw(stream: ValueStream, edges: tuple[Edge, ...]) -> list[e.Event]:
    valid(replace(stream, edges=edges))
    return [e.EdgesChanged(stream=stream.id, before=_edges(stream.edges), after=_edges(edges))]


@answer.register
def _(command: c.AddTeam, view: View) -> list[e.Event]:
    name = name_of("the team's name", command.name)
    if view.team_by_name(name) is not None:
        raise no("state", f"there is a team called {name!r}", "choose another name")
    return [e.TeamAdded(team=view.next_id("team"), name=name)]


@answer.register
def _(command: c.SetTeam, view: View) -> list[e.Event]:
    team = view.team(command.team)
    if team is None:
        raise no("unknown", f"there is no team {command.team}", "list them: vsm team list")
    name = name_of("the team's name", command.name)
    other = view.team_by_name(name)
    if other is not None and other.id != team.id:
        raise no("state", f"there is a team called {other.name!r}", "choose another name")
    if name == team.name:
        return []
    return [e.TeamChanged(team=team.id, changes={"name": (team.name, name)})]
