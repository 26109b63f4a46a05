"""Rules on taking a stage off the board with its items re-homed, and on bringing it back."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from vsm.model import command as c
from vsm.model import event as e
from vsm.model.decide.base import GAP, RuleViolation, answer, valid
from vsm.model.decide.gates import check_gates
from vsm.model.decide.stages import changed, drawn, stage_of
from vsm.model.decide.wip_limits import check_wip_limit
from vsm.model.edges import edges_past
from vsm.model.errors import RefusalCode
from vsm.model.item import ClassOfService
from vsm.model.plural import count
from vsm.model.stream import Stage, ValueStream
from vsm.model.view import View


@answer.register
def _(command: c.RetireStage, view: View) -> list[e.Event]:
    stream, stage = stage_of(view, command.stage)
    if stage.retired:
        raise RuleViolation(RefusalCode.STATE, f"{stage.name} is retired already")
    if all(s.category.ended or s.id == stage.id for s in stream.line):
        raise RuleViolation(
            RefusalCode.STRUCTURE, f"without {stage.name} nothing could be worked in {stream.name}"
        )
    moves = rehomed(view, stream, stage, command, f"{stage.name} was retired")
    past = edges_past(stream, stage)
    edges = (*stream.edges, *past)
    valid(replace(stream.with_stage(replace(stage, retired=True)), edges=edges))
    made: list[e.Event] = [*moves]
    if past:
        made += [drawn(stream, edges)]
    return [*made, changed(stream, stage, {"retired": (False, True)})]


def rehomed(
    view: View, stream: ValueStream, stage: Stage, command: c.RetireStage, reason: str
) -> list[e.ItemMoved]:
    """The moves of all items of a stage into another one, as ordinary moves with a reason."""
    items = view.items_in(stage.id)
    if not items:
        return []
    target = stream.by_id.get(command.to) if command.to is not None else None
    if target is None or target.retired or target.id == stage.id:
        what = f"{stage.name} holds {count(len(items), 'item')}"
        raise RuleViolation(RefusalCode.REHOME, what, "say into which stage of the stream they go")
    check_same_kind(stage, target)
    rank = view.last_rank(target.id) or 0
    out: list[e.ItemMoved] = []
    entering: Counter[ClassOfService] = Counter()
    for n, item in enumerate(items, 1):
        override = None
        if not item.archived:
            override = check_wip_limit(
                view,
                stream,
                target,
                command.reason,
                item.service,
                source=stage,
                entering=entering,
            )
            entering[item.service] += 1
        out.append(
            e.ItemMoved(
                item=item.id,
                stream=stream.id,
                source=stage.id,
                target=target.id,
                rank_before=item.rank,
                rank=rank + GAP * n,
                reason=reason,
                override=override,
                gates=check_gates(view, item, stream, stage, target),
            )
        )
    return out


def check_same_kind(stage: Stage, target: Stage) -> None:
    """Refuse to put items where they would end, or would no longer have ended."""
    if target.category.ended != stage.category.ended or (
        stage.category.ended and target.category is not stage.category
    ):
        raise RuleViolation(
            RefusalCode.STATE,
            f"items of {stage.name}, which is {stage.category}, would become {target.category}"
            f" in {target.name}",
            "choose a stage of the same kind: that would bend the figures",
        )


@answer.register
def _(command: c.RestoreStage, view: View) -> list[e.Event]:
    stream, stage = stage_of(view, command.stage)
    if not stage.retired:
        raise RuleViolation(RefusalCode.STATE, f"{stage.name} is on the board")
    return [changed(stream, stage, {"retired": (True, False)})]
