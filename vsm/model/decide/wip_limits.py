"""The rule of WIP limits: whether one more item may go into a stage, and what to do if not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from vsm.model import event as e
from vsm.model.decide.base import RuleViolation
from vsm.model.errors import LimitReached, RefusalCode
from vsm.model.field_types import text_of
from vsm.model.group_limit import group_of, label_of, stages_of
from vsm.model.item import ClassOfService
from vsm.model.stream import LimitKind, Stage, ValueStream
from vsm.model.view import View

Entering = Mapping[ClassOfService, int]


def check_wip_limit(
    view: View,
    stream: ValueStream,
    stage: Stage,
    reason: str | None,
    service: ClassOfService,
    *,
    source: Stage | None = None,
    entering: Entering | None = None,
    late: bool = False,
) -> e.Override | None:
    """The override to record, ``None`` where there is room; refuses by the limits of the stage.

    Limits do not refuse what is entered ``late``: it has happened.

    The stage's own limit is asked first, then that of the item's class of service, then one over
    several stages, into which a move from one of them (``source``) does not count again. A hard
    one goes before all. ``entering`` counts by class the items that go there in the same decision.
    """
    reached = list(_reached(view, stream, stage, service, source, entering or {}))
    if not reached:
        return None
    over, kind = next((pair for pair in reached if pair[1] is LimitKind.HARD), reached[0])
    if kind is LimitKind.HARD and not late:
        first = _to_finish(view, stream, stage, over)
        remedy = (
            f"finish one of these first: {', '.join(first)}"
            if first
            else "every item there is blocked: unblock one first"
        )
        message = f"{over.group or stage.name} is full: {over}"
        raise RuleViolation(RefusalCode.WIP_HARD, message, remedy, first, over)
    text = (reason or "").strip()
    if not text:
        message = f"{over.group or stage.name} already holds {over}"
        raise RuleViolation(
            RefusalCode.WIP_SOFT, message, "say why it should take one more", data=over
        )
    return e.Override(
        limit=over.limit,
        wip=over.wip + 1,
        reason=text_of("the reason", text),
        service=over.service,
        group=over.group,
    )


def counted(view: View, stage: Stage) -> int:
    """How many items of a stage count into its limit."""
    return view.wip(stage.id) - sum(view.wip(stage.id, service) for service in stage.exempt)


def _reached(
    view: View,
    stream: ValueStream,
    stage: Stage,
    service: ClassOfService,
    source: Stage | None,
    entering: Entering,
) -> Iterator[tuple[LimitReached, LimitKind]]:
    """The limits that one more item would exceed, with how each binds."""
    beside = sum(n for name, n in entering.items() if name not in stage.exempt)
    counts = service not in stage.exempt
    if stage.limited and stage.limit is not None and counts:
        wip = counted(view, stage) + beside
        if wip >= stage.limit:
            yield LimitReached(stage.id, wip, stage.limit), stage.limit_kind
    limit = stage.class_limit(service)
    if limit is not None:
        wip = view.wip(stage.id, service) + entering.get(service, 0)
        if wip >= limit:
            yield LimitReached(stage.id, wip, limit, service), stage.limit_kind
    group = group_of(stream, stage.id)
    if group is None or not counts:
        return
    if source is not None and source.id in group.stages and service not in source.exempt:
        return
    wip = sum(counted(view, other) for other in stages_of(stream, group)) + beside
    if wip >= group.limit:
        label = label_of(stream, group)
        yield LimitReached(stage.id, wip, group.limit, group=label), group.kind


def _to_finish(
    view: View, stream: ValueStream, stage: Stage, over: LimitReached
) -> tuple[str, ...]:
    """Keys of unblocked items that would make room, those nearest to done first."""
    group = group_of(stream, stage.id) if over.group else None
    stages: Sequence[Stage] = [stage] if group is None else stages_of(stream, group)[::-1]
    keys: list[str] = []
    for place in stages:
        without = () if over.service is not None else place.exempt
        keys += view.finishable(place.id, 3, over.service, without)
    return tuple(keys[:3])


def overrun(view: View, stage_id: int, service: ClassOfService | None) -> e.Override | None:
    """By how much a stage exceeds its limit once an item is back in it that an undo brings."""
    stream = view.stream_of_stage(stage_id)
    stage = stream.by_id[stage_id] if stream else None
    if stage is None or stage.limit is None or service in stage.exempt:
        return None
    wip = counted(view, stage) + 1
    return e.Override(limit=stage.limit, wip=wip, reason="undo") if stage.over(wip) else None
