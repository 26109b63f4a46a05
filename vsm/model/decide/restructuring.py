"""Rules on stages that become two, and on two that become one: all in one group."""

from __future__ import annotations

from dataclasses import replace

from vsm.model import command as c
from vsm.model import event as e
from vsm.model.decide.base import RuleViolation, answer, in_use, valid
from vsm.model.decide.gates import check_gates
from vsm.model.decide.retiring import rehomed
from vsm.model.decide.stages import changed, drawn, insert_stage, stage_of
from vsm.model.entities import TEAM
from vsm.model.errors import RefusalCode
from vsm.model.field_types import name_of
from vsm.model.stream import Edge, EdgeKind, Stage, ValueStream
from vsm.model.view import View


@answer.register
def _(command: c.SplitStage, view: View) -> list[e.Event]:
    stream, stage = stage_of(view, command.stage)
    in_use(stage)
    _is_worked(stage, "split")
    first, second = (name_of("a stage's name", name) for name in command.into)
    made: list[e.Event] = []
    named = stream
    if first != stage.name:
        named = stream.with_stage(replace(stage, name=first))
        made.append(changed(stream, stage, {"name": (stage.name, first)}))
    for name in (first, second):
        known = named.named(name)
        if known is not None and (known.id != stage.id or first.casefold() == second.casefold()):
            raise RuleViolation(
                RefusalCode.STRUCTURE,
                f"a stage of {stream.name} is called {known.name!r} already",
                "choose other names",
            )
    team = view.get(TEAM, stage.team) if stage.team is not None else None
    new = c.NewStage(second, stage.category, team=team.name if team is not None else None)
    added = insert_stage(view, named, new, stage.id)
    half = Stage(id=added.stage.id, name=second, category=stage.category, position=0)
    place = stream.stages.index(stage) + 1
    wider = replace(
        stream,
        stages=(*stream.stages[:place], half, *stream.stages[place:]),
        edges=(*stream.edges, Edge(stage.id, half.id, EdgeKind.FORWARD)),
    )
    return [*made, added, *_chosen_items(view, wider, stage, half, command.items)]


def _chosen_items(
    view: View, stream: ValueStream, stage: Stage, second: Stage, chosen: tuple[int, ...]
) -> list[e.ItemMoved]:
    """The moves of the chosen items into the second half, which is new and without a limit."""
    held = {item.id: item for item in view.items_in(stage.id)}
    missing = next((item for item in chosen if item not in held), None)
    if missing is not None:
        item = view.item(missing)
        what = item.key if item is not None else f"item {missing}"
        raise RuleViolation(
            RefusalCode.NOT_HERE, f"{what} is not in {stage.name}", "look again, then choose"
        )
    kept = [item for number, item in held.items() if number in set(chosen)]
    return [
        e.ItemMoved(
            item=item.id,
            stream=item.stream,
            source=stage.id,
            target=second.id,
            rank_before=item.rank,
            rank=item.rank,
            reason=f"{stage.name} was split",
            gates=() if item.archived else check_gates(view, item, stream, stage, second),
        )
        for item in kept
    ]


@answer.register
def _(command: c.MergeStages, view: View) -> list[e.Event]:
    stream, first = stage_of(view, command.first)
    second = stream.by_id.get(command.second)
    if second is None or second.id == first.id:
        raise RuleViolation(
            RefusalCode.INVALID, "two stages of one stream are merged", "name two neighbours"
        )
    for stage in (first, second):
        in_use(stage)
        _is_worked(stage, "merged")
    _are_neighbours(stream, first, second)
    name = second.name if command.name is None else name_of("a stage's name", command.name)
    known = stream.named(name)
    if known is not None and known.id not in (first.id, second.id):
        raise RuleViolation(
            RefusalCode.STRUCTURE,
            f"a stage of {stream.name} is called {known.name!r} already",
            "choose another name",
        )
    moves = rehomed(
        view,
        stream,
        first,
        c.RetireStage(first.id, second.id, command.reason),
        f"{first.name} was merged with {second.name}",
    )
    renamed = _renamed(stream, first, second, name)
    edges = (*stream.edges, *_taken_over(stream, first, second))
    after = replace(stream, stages=renamed, edges=edges)
    valid(after)
    made: list[e.Event] = [*moves]
    if edges != stream.edges:
        made.append(drawn(stream, edges))
    retired = after.stage(first.id)
    made.append(changed(stream, first, {"retired": (False, True)}))
    if retired.name != first.name:
        made.append(changed(stream, first, {"name": (first.name, retired.name)}))
    if name != second.name:
        made.append(changed(stream, second, {"name": (second.name, name)}))
    return made


def _is_worked(stage: Stage, verb: str) -> None:
    """Refuse a stage in which items have ended."""
    if stage.category.ended:
        raise RuleViolation(
            RefusalCode.STATE,
            f"{stage.name} is {stage.category} and cannot be {verb}",
            "choose a backlog, queue or active stage",
        )


def _are_neighbours(stream: ValueStream, first: Stage, second: Stage) -> None:
    """Refuse stages that do not follow one another on a single path."""
    live = {stage.id for stage in stream.line}
    forward = [
        x for x in stream.edges if x.kind is EdgeKind.FORWARD and {x.source, x.target} <= live
    ]
    if all((x.source, x.target) != (first.id, second.id) for x in forward):
        raise RuleViolation(
            RefusalCode.STRUCTURE,
            f"no forward edge leads from {first.name} to {second.name}",
            "only neighbours are merged, the earlier one first",
        )
    others = [
        *(stream.stage(x.target).name for x in forward if x.source == first.id),
        *(stream.stage(x.source).name for x in forward if x.target == second.id),
    ]
    beside = sorted({name for name in others if name not in (first.name, second.name)})
    if beside:
        raise RuleViolation(
            RefusalCode.STRUCTURE,
            f"{first.name} and {second.name} are not on a single path:"
            f" {', '.join(beside)} is beside them",
            "only neighbours on one path are merged; remove the other edges first",
        )


def _renamed(stream: ValueStream, first: Stage, second: Stage, name: str) -> tuple[Stage, ...]:
    """The stages with the first one retired; it gives its name away where that is asked for."""
    taken = first.name.casefold() == name.casefold()
    old = first.name
    while taken and stream.named(old) is not None:
        old = f"{old} (before)"
    new = {
        first.id: replace(first, retired=True, name=old if taken else first.name),
        second.id: replace(second, name=name),
    }
    return tuple(new.get(stage.id, stage) for stage in stream.stages)


def _taken_over(stream: ValueStream, first: Stage, second: Stage) -> tuple[Edge, ...]:
    """Edges of the first stage as edges of the second, where there are none yet.

    The first one keeps its own, so that moves of the past go on meaning what they meant.
    """
    there = {(x.source, x.target) for x in stream.edges}
    out: dict[tuple[int, int], Edge] = {}
    for edge in stream.edges:
        source = second.id if edge.source == first.id else edge.source
        target = second.id if edge.target == first.id else edge.target
        if source != target and (source, target) not in there:
            out.setdefault((source, target), replace(edge, source=source, target=target))
    return tuple(out.values())
