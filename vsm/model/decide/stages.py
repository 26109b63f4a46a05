"""Rules on stages and the edges between them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from vsm.model import command as c
from vsm.model import event as e
from vsm.model.decide.base import RuleViolation, answer, stream_of, valid
from vsm.model.decide.declared import DECLARED, map_note
from vsm.model.decide.fields import service_of, team_id
from vsm.model.edges import edges_past
from vsm.model.entities import TEAM
from vsm.model.errors import RefusalCode
from vsm.model.field_types import name_of, text_of, word_of
from vsm.model.item import ClassOfService
from vsm.model.practice import StageBehaviour
from vsm.model.stored_values import typed
from vsm.model.stream import Category, Edge, EdgeKind, LimitKind, Stage, ValueStream
from vsm.model.view import View


def edge_facts(edges: tuple[Edge, ...]) -> tuple[e.EdgeFacts, ...]:
    """Edges as events carry them."""
    return tuple(
        e.EdgeFacts(source=x.source, target=x.target, kind=x.kind, note=x.note) for x in edges
    )


def edges_from(facts: Iterable[e.EdgeFacts]) -> tuple[Edge, ...]:
    """Edges from what an event has of them."""
    return tuple(Edge(x.source, x.target, x.kind, x.note) for x in facts)


def stage_from(facts: e.StageFacts) -> Stage:
    """A stage from what an event has of it."""
    return Stage(**typed(facts.model_dump()))


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
        class_limits=dict(stage.class_limits),
        retired=stage.retired,
        behaviour=stage.behaviour,
        process_days=stage.process_days,
        wait_days=stage.wait_days,
        complete_accurate=stage.complete_accurate,
        declared_note=stage.declared_note,
        note=stage.note,
        exempt=stage.exempt,
    )


def new_stage(
    view: View, new: c.NewStage, stage_id: int, position: int, teams: dict[str, int]
) -> Stage:
    """The stage that is to be made; a new team's id is noted in ``teams`` by its folded name."""
    limit, kind, classes = _limits(new.limit, new.limit_kind, new.class_limits)
    team: int | None = None
    if new.team:
        name = name_of("the team's name", new.team)
        known = view.find(TEAM, name)
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
        class_limits=classes,
        behaviour=_behaviour(new.behaviour),
        exempt=_exempt(new.exempt),
    )


def _behaviour(value: Any) -> StageBehaviour:
    return word_of("behaviour of a stage", StageBehaviour, value)


def _exempt(classes: Any) -> tuple[ClassOfService, ...]:
    """Classes of service in their order, each once."""
    return tuple(
        sorted({service_of(name) for name in classes or ()}, key=list(ClassOfService).index)
    )


def _limits(
    limit: Any, kind: Any, classes: Any
) -> tuple[int | None, LimitKind, tuple[tuple[ClassOfService, int], ...]]:
    """Limits as a stage keeps them: without a kind they are soft; no limit has no kind."""
    number = None if limit is None else _number(limit)
    limits: dict[ClassOfService, int] = {}
    for name, value in dict(classes or {}).items():
        if value is not None:
            limits[service_of(name)] = _number(value)
    chosen = LimitKind(kind)
    if number is None and not limits:
        chosen = LimitKind.NONE
    elif chosen is LimitKind.NONE:
        chosen = LimitKind.SOFT
    order = list(ClassOfService)
    return number, chosen, tuple(sorted(limits.items(), key=lambda pair: order.index(pair[0])))


def _number(limit: Any) -> int:
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= 1_000_000:
        raise RuleViolation(
            RefusalCode.INVALID, f"{limit!r} is no WIP limit", "give a whole number of 1 or more"
        )
    return limit


@answer.register
def _(command: c.AddStage, view: View) -> list[e.Event]:
    stream = stream_of(view, command.stream)
    if command.after is not None and command.after not in stream.by_id:
        raise RuleViolation(RefusalCode.UNKNOWN, f"stage {command.after} is not in {stream.name}")
    _free_name(stream, command.stage.name)
    teams: dict[str, int] = {}
    added = insert_stage(view, stream, command.stage, command.after, teams)
    made: list[e.Event] = [
        e.added(TEAM, team, name=name_of("the team's name", command.stage.team or ""))
        for team in teams.values()
    ]
    return [*made, added]


def _free_name(stream: ValueStream, name: str, stage_id: int | None = None) -> None:
    """Refuse the name of a retired stage: it is not seen, so say how to have it back."""
    known = stream.named(name)
    if known is not None and known.retired and known.id != stage_id:
        raise RuleViolation(
            RefusalCode.STATE,
            f"a retired stage of {stream.name} is called {known.name!r}",
            f"bring it back (vsm stage restore {known.name!r}) or choose another name",
        )


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
            for s in stream.line
            if (category is Category.DROPPED)
            or (category is Category.DONE and s.category is not Category.DROPPED)
            or not s.category.ended
        ]
        after = before[-1].id if before else None
    stage = new_stage(view, new, view.next_id("stage"), 0, teams if teams is not None else {})
    positions, edges = _threaded(stream, stage, after)
    stages = tuple(replace(s, position=positions[s.id]) for s in (*stream.stages, stage))
    valid(replace(stream, stages=stages, edges=edges))
    return e.StageAdded(
        stream=stream.id,
        stage=stage_facts(replace(stage, position=positions[stage.id])),
        positions=_shifted(stream, positions),
        edges=edge_facts(edges),
        edges_before=edge_facts(stream.edges),
    )


def _threaded(
    stream: ValueStream, stage: Stage, after: int | None
) -> tuple[dict[int, int], tuple[Edge, ...]]:
    """Positions and edges with a stage, which has none yet, led through behind another."""
    line = list(stream.order)
    line.insert(stream.index[after] + 1 if after is not None else 0, stage)
    positions = {s.id: n + 1 for n, s in enumerate(line)}
    edges = stream.edges
    if stage.category is Category.DROPPED:
        return positions, edges
    if after is not None:
        onward = [x for x in edges if x.source == after and x.kind is EdgeKind.FORWARD]
        kept = [x for x in edges if x not in onward]
        kept.append(Edge(after, stage.id))
        kept += [replace(x, source=stage.id) for x in onward]
        return positions, tuple(kept)
    if stream.line:
        return positions, (Edge(stage.id, stream.line[0].id), *edges)
    return positions, edges


def _shifted(stream: ValueStream, positions: dict[int, int]) -> dict[int, tuple[int, int]]:
    return {
        s.id: (s.position, positions[s.id]) for s in stream.stages if s.position != positions[s.id]
    }


@answer.register
def _(command: c.PlaceStage, view: View) -> list[e.Event]:
    stream, stage = stage_of(view, command.stage)
    if command.after is not None and command.after not in stream.by_id:
        raise RuleViolation(RefusalCode.UNKNOWN, f"stage {command.after} is not in {stream.name}")
    if stage.retired or command.after == stage.id:
        raise RuleViolation(
            RefusalCode.STATE, f"{stage.name} cannot stand there", "name another stage"
        )
    rest = _without(stream, stage)
    positions, edges = _threaded(rest, stage, command.after)
    rework = [x for x in stream.edges if x.kind is EdgeKind.REWORK and stage.id in _ends(x)]
    stages = tuple(replace(s, position=positions[s.id]) for s in stream.stages)
    after = replace(stream, stages=stages, edges=edges)
    # what led back stays where it still does
    edges += tuple(x for x in rework if after.reaches(x.target, x.source))
    after = replace(after, edges=edges)
    if [s.id for s in after.order] == [s.id for s in stream.order]:
        what = f"{stage.name} stands there already"
        if stage.category.ended:
            what = f"{stage.name} is {stage.category}: it stands behind the others"
        raise RuleViolation(
            RefusalCode.STATE, what, "draw edges instead: vsm stage link, vsm stage unlink"
        )
    valid(after)
    return [
        e.StagesRearranged(
            stream=stream.id,
            positions=_shifted(stream, positions),
            edges=edge_facts(edges),
            edges_before=edge_facts(stream.edges),
        )
    ]


def _ends(edge: Edge) -> tuple[int, int]:
    return edge.source, edge.target


def _without(stream: ValueStream, stage: Stage) -> ValueStream:
    """The stream with the stage taken out and what led through it joined."""
    return replace(
        stream,
        stages=tuple(s for s in stream.stages if s.id != stage.id),
        edges=tuple(
            x for x in (*stream.edges, *edges_past(stream, stage)) if stage.id not in _ends(x)
        ),
    )


_LIMITS = frozenset(("limit", "limit_kind", "class_limits", "exempt"))


@answer.register
def _(command: c.SetStage, view: View) -> list[e.Event]:
    stream, stage = stage_of(view, command.stage)
    values: dict[str, Any] = {}
    for field, value in command.changes.items():
        if field == "name":
            values[field] = name_of("a stage's name", str(value))
            _free_name(stream, values[field], stage.id)
        elif field == "category":
            values[field] = Category(value)
        elif field == "team":
            values[field] = team_id(view, value)
        elif field == "policy":
            values[field] = text_of("the policy", str(value or "").strip())
        elif field == "behaviour":
            values[field] = _behaviour(value)
        elif field in DECLARED:
            values[field] = DECLARED[field](value)
        elif field not in _LIMITS:
            raise RuleViolation(RefusalCode.INVALID, f"a stage has no field {field!r}")
    fields = command.changes
    if _LIMITS & set(fields):
        limit = fields.get("limit", stage.limit)
        kind = LimitKind(fields.get("limit_kind", stage.limit_kind))
        classes = fields.get("class_limits", dict(stage.class_limits))
        if (
            limit is None
            and not classes
            and kind is not LimitKind.NONE
            and set(fields) == {"limit_kind"}
        ):
            raise RuleViolation(
                RefusalCode.INVALID, f"{stage.name} has no WIP limit", "give the number too"
            )
        if kind is LimitKind.NONE and "limit_kind" in fields:
            limit, classes = None, {}
        values["limit"], values["limit_kind"], values["class_limits"] = _limits(
            limit, kind, classes
        )
        limited = dict(values["class_limits"])
        kept = tuple(service for service in stage.exempt if service in limited)
        values["exempt"] = _exempt(fields["exempt"]) if "exempt" in fields and limited else kept
    changes = {k: (getattr(stage, k), v) for k, v in values.items() if getattr(stage, k) != v}
    if not changes:
        return []
    valid(stream.with_stage(replace(stage, **{k: v for k, (_, v) in changes.items()})))
    return [changed(stream, stage, changes)]


def stage_of(view: View, stage_id: int) -> tuple[ValueStream, Stage]:
    """The stage and its stream, which must be there."""
    stream = view.stream_of_stage(stage_id)
    if stream is None:
        raise RuleViolation(
            RefusalCode.UNKNOWN, f"there is no stage {stage_id}", "list them: vsm stage list"
        )
    return stream, stream.stage(stage_id)


def changed(
    stream: ValueStream, stage: Stage, changes: dict[str, tuple[Any, Any]]
) -> e.StageChanged:
    """The event, class limits written as JSON keeps them."""
    if "class_limits" in changes:
        before, after = changes["class_limits"]
        changes = {**changes, "class_limits": (dict(before), dict(after))}
    if "exempt" in changes:
        before, after = changes["exempt"]
        changes = {**changes, "exempt": (list(before), list(after))}
    return e.StageChanged(stream=stream.id, stage=stage.id, changes=changes)


@answer.register
def _(command: c.AddEdge, view: View) -> list[e.Event]:
    stream = _one_stream(view, command.source, command.target)
    if any((x.source, x.target) == (command.source, command.target) for x in stream.edges):
        a, b = stream.stage(command.source).name, stream.stage(command.target).name
        raise RuleViolation(RefusalCode.STATE, f"an edge leads from {a} to {b} already")
    edges = (*stream.edges, Edge(command.source, command.target, EdgeKind(command.kind)))
    return _redraw(stream, edges)


@answer.register
def _(command: c.NoteEdge, view: View) -> list[e.Event]:
    stream = _one_stream(view, command.source, command.target)
    ends = command.source, command.target
    if all(_ends(edge) != ends for edge in stream.edges):
        a, b = stream.stage(command.source).name, stream.stage(command.target).name
        raise RuleViolation(
            RefusalCode.STATE, f"no edge leads from {a} to {b}", "draw it first: vsm stage link"
        )
    note = map_note(command.note)
    edges = tuple(
        replace(edge, note=note) if _ends(edge) == ends else edge for edge in stream.edges
    )
    return [] if edges == stream.edges else _redraw(stream, edges)


@answer.register
def _(command: c.RemoveEdge, view: View) -> list[e.Event]:
    stream = _one_stream(view, command.source, command.target)
    edges = tuple(
        x for x in stream.edges if (x.source, x.target) != (command.source, command.target)
    )
    if len(edges) == len(stream.edges):
        a, b = stream.stage(command.source).name, stream.stage(command.target).name
        raise RuleViolation(RefusalCode.STATE, f"no edge leads from {a} to {b}")
    return _redraw(stream, edges)


def _one_stream(view: View, source: int, target: int) -> ValueStream:
    stream = view.stream_of_stage(source)
    if stream is None or target not in stream.by_id:
        raise RuleViolation(RefusalCode.INVALID, "both stages of an edge must be in one stream")
    return stream


def _redraw(stream: ValueStream, edges: tuple[Edge, ...]) -> list[e.Event]:
    valid(replace(stream, edges=edges))
    return [drawn(stream, edges)]


def drawn(stream: ValueStream, edges: tuple[Edge, ...]) -> e.EdgesChanged:
    """The event after which a stream has these edges."""
    return e.EdgesChanged(
        stream=stream.id, before=edge_facts(stream.edges), after=edge_facts(edges)
    )
