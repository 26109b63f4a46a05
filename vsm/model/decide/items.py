"""Rules on items: add, edit, move, reorder, block, drop, reopen, archive."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from vsm.model import command as c
from vsm.model import event as e
from vsm.model.control.deadlines import working_days_later
from vsm.model.decide.base import (
    GAP,
    RuleViolation,
    answer,
    in_use,
    item_of,
    live_item,
    overtaken,
    rank_at_end,
    stream_of,
)
from vsm.model.decide.fields import fields_of
from vsm.model.decide.gates import EMERGENCY, check_gates
from vsm.model.decide.late import check_late_block, check_late_move, check_late_unblock
from vsm.model.decide.stages import insert_stage
from vsm.model.decide.wip_limits import check_wip_limit
from vsm.model.errors import RefusalCode
from vsm.model.field_types import text_of
from vsm.model.item import BlockerKind, ClassOfService, Item, LinkKind
from vsm.model.stream import Category, Stage, ValueStream
from vsm.model.view import ItemChange, View

_IN_PLACE = (e.ItemReordered, e.ItemEdited, e.ItemCommented, e.CommentRetracted)
"""Events that leave an item among the neighbours that it had."""
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]*-[0-9]+")


@answer.register
def _(command: c.AddItem, view: View) -> list[e.Event]:
    stream = stream_of(view, command.stream)
    if command.stage is None:
        stage = next((s for s in stream.line if not s.category.ended), stream.line[0])
    elif command.stage in stream.by_id:
        stage = stream.stage(command.stage)
    else:
        raise RuleViolation(RefusalCode.UNKNOWN, f"stage {command.stage} is not in {stream.name}")
    number: int | None = None
    if command.key is None:
        number, key = _next_key(view, stream)
    else:
        key = command.key.strip()
        if not _KEY.fullmatch(key):
            raise RuleViolation(
                RefusalCode.INVALID, f"{key!r} is no key", "a key looks like PAY-131"
            )
        if view.item_by_key(key) is not None:
            raise RuleViolation(
                RefusalCode.STATE, f"{key} is there already", "choose another key", (key,)
            )
    fields = fields_of(view, {**command.fields, "title": command.title}, key)
    in_use(stage)
    service = fields.get("service", ClassOfService.STANDARD)
    override = check_wip_limit(view, stream, stage, command.reason, service)
    new = Item(
        0, key, stream.id, stage.id, 0, version=0, entered=view.now, created=view.now, **fields
    )
    return [
        e.ItemAdded(
            item=view.next_id("item"),
            stream=stream.id,
            key=key,
            number=number,
            stage=stage.id,
            rank=rank_at_end(view, stage.id),
            fields=e.ItemFields(**fields),
            override=override,
            gates=check_gates(view, new, stream, None, stage),
        )
    ]


def _next_key(view: View, stream: ValueStream) -> tuple[int, str]:
    """The next free number and key of a stream."""
    number = view.next_number(stream.id)
    while view.item_by_key(f"{stream.prefix}-{number}") is not None:
        number += 1
    return number, f"{stream.prefix}-{number}"


@answer.register
def _(command: c.EditItem, view: View) -> list[e.Event]:
    item = item_of(view, command.item, None)
    fields = fields_of(view, command.changes, item.key)
    changes = {
        name: (plain(getattr(item, name)), plain(value))
        for name, value in fields.items()
        if getattr(item, name) != value
    }
    if not changes:
        return []
    if command.expected_version not in (None, item.version):
        _check_same_fields(view, item, changes, command.expected_version or 0)
    return [e.ItemEdited(item=item.id, stream=item.stream, changes=changes)]


def _check_same_fields(
    view: View, item: Item, changes: Mapping[str, tuple[Any, Any]], version: int
) -> None:
    """Refuse where others wrote the same fields since this version; other fields do not matter."""
    since = view.changes_since(item.id, version)
    if not since or any(isinstance(c.event, e.ItemHistoryImported) for c in since):
        raise overtaken(item, since)
    same: list[ItemChange] = []
    before: dict[str, Any] = {}
    for change in since:
        if isinstance(change.event, e.ItemEdited):
            for name, (was, _) in change.event.changes.items():
                before.setdefault(name, was)
            if changes.keys() & change.event.changes.keys():
                same.append(change)
    # What was changed and changed back is as the person saw it.
    if any(changes[name][0] != was for name, was in before.items() if name in changes):
        raise overtaken(item, same)


def plain(value: Any) -> Any:
    """A field's value as JSON has it."""
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, ClassOfService) else value


@answer.register
def _(command: c.MoveItem, view: View) -> list[e.Event]:
    item = live_item(view, command.item, command.expected_version)
    stream = stream_of(view, item.stream)
    if command.to not in stream.by_id:
        other = view.stream_of_stage(command.to)
        where = (
            f"stage {other.stage(command.to).name!r} belongs to {other.name}"
            if other
            else (f"there is no stage {command.to}")
        )
        raise RuleViolation(RefusalCode.UNKNOWN, where, f"{item.key} is in {stream.name}")
    return _moved(view, item, stream, stream.stage(command.to), command)


_Move = c.MoveItem | c.DropItem | c.ReopenItem


def _moved(
    view: View, item: Item, stream: ValueStream, target: Stage, command: _Move
) -> list[e.Event]:
    """The move; where it ends the item, what blocked it ends too."""
    move = _move(view, item, stream, target, command)
    events: list[e.Event] = [move]
    if item.block is not None and target.category.ended:
        ended = e.ItemUnblocked(
            item=item.id, stream=item.stream, block=item.block.id, late=command.at is not None
        )
        events.insert(0, ended)
    at = view.now if command.at is None else command.at
    return [*events, *_approved_later(view, item, stream, move, at)]


def _approved_later(
    view: View, item: Item, stream: ValueStream, move: e.ItemMoved, at: int
) -> list[e.Event]:
    """The item that asks for approval after an emergency at a moment that let a move pass, linked
    to it.
    """
    if not move.emergency:
        return []
    number, key = _next_key(view, stream)
    stage = next((s for s in stream.line if not s.category.ended), stream.line[0])
    due = working_days_later(at, stream.zone, stream.calendar)
    fields = e.ItemFields(
        title=f"Approve {item.key} afterwards: emergency move to {stream.stage(move.target).name}",
        description=move.emergency,
        type="risk",
        owner=item.owner,
        team=item.team,
        due=due.isoformat(),
        labels=(EMERGENCY,),
    )
    added = e.ItemAdded(
        item=view.next_id("item"),
        stream=stream.id,
        key=key,
        number=number,
        stage=stage.id,
        rank=rank_at_end(view, stage.id),
        fields=fields,
        approves=item.id,
    )
    source, target = LinkKind.RELATES.ends(key, item.key)
    linked = e.ItemLinked(
        item=added.item, stream=stream.id, link=LinkKind.RELATES, source=source, target=target
    )
    return [added, linked]


def _move(
    view: View, item: Item, stream: ValueStream, target: Stage, command: _Move
) -> e.ItemMoved:
    reason, late = command.reason, command.at is not None
    source = stream.stage(item.stage)
    if target.id == source.id:
        raise RuleViolation(
            RefusalCode.STATE, f"{item.key} is already in {target.name}", items=(item.key,)
        )
    in_use(target)
    if command.at is not None:
        check_late_move(view, item, stream, target, command.at, reason)
    override = check_wip_limit(view, stream, target, reason, item.service, source=source, late=late)
    emergency = " ".join(text_of("the reason", getattr(command, "emergency", ""), 1000).split())
    gates = check_gates(view, item, stream, source, target, emergency)
    how = "move"
    if target.category is Category.DROPPED:
        how = "drop"
    elif source.category.ended and not target.category.ended:
        how = "reopen"
    return e.ItemMoved.model_validate(
        {
            "item": item.id,
            "stream": stream.id,
            "source": source.id,
            "target": target.id,
            "rank_before": item.rank,
            "rank": rank_at_end(view, target.id),
            "how": how,
            "reason": text_of("the reason", (reason or "").strip()),
            "override": override,
            "gates": gates,
            "emergency": emergency if any(gate.needs_emergency for gate in gates) else "",
            "late": late,
        }
    )


@answer.register
def _(command: c.ReorderItem, view: View) -> list[e.Event]:
    item = live_item(view, command.item, None)
    if command.expected_version not in (None, item.version):
        since = view.changes_since(item.id, command.expected_version or 0)
        # Of two who reorder it the last one wins; in another stage it has other neighbours.
        if not since or not all(isinstance(c.event, _IN_PLACE) for c in since):
            raise overtaken(item, since)
    stage = stream_of(view, item.stream).stage(item.stage)
    if stage.category.ended:
        raise RuleViolation(
            RefusalCode.STATE,
            f"{stage.name} is ordered by when items came there",
            items=(item.key,),
        )
    around = view.between(item.id, command.by)
    if around is None:
        end = "top" if command.by < 0 else "bottom"
        raise RuleViolation(
            RefusalCode.STATE, f"{item.key} is at the {end} of its group in {stage.name}"
        )
    low, high = around
    events: list[e.Event] = []
    before = item.rank
    if low is not None and high is not None and high[1] - low[1] < 2:
        spread = {i: GAP * (n + 1) for n, (i, _) in enumerate(view.ranks(stage.id))}
        events.append(
            e.StageRanksRebalanced(
                stream=item.stream,
                stage=stage.id,
                ranks=tuple((i, old, spread[i]) for i, old in view.ranks(stage.id)),
            )
        )
        low, high, before = (low[0], spread[low[0]]), (high[0], spread[high[0]]), spread[item.id]
    if low is not None and high is not None:
        rank = (low[1] + high[1]) // 2
    elif low is not None:
        rank = low[1] + GAP
    else:
        rank = high[1] - GAP if high is not None else before
    events.append(
        e.ItemReordered(
            item=item.id, stream=item.stream, stage=stage.id, rank_before=before, rank=rank
        )
    )
    return events


@answer.register
def _(command: c.BlockItem, view: View) -> list[e.Event]:
    item = live_item(view, command.item, command.expected_version)
    stream = stream_of(view, item.stream)
    stage = stream.stage(item.stage)
    if item.block is not None:
        raise RuleViolation(
            RefusalCode.STATE,
            f"{item.key} is blocked already ({item.block.kind}: {item.block.reason})",
            "unblock it first",
            (item.key,),
        )
    if stage.category.ended:
        raise RuleViolation(
            RefusalCode.STATE,
            f"{item.key} is in {stage.name}: nothing holds it up",
            items=(item.key,),
        )
    reason = text_of("the reason", command.reason.strip(), 1000)
    if not reason:
        raise RuleViolation(
            RefusalCode.INVALID,
            "a blocker needs a reason",
            "say what has to happen before it can go on",
        )
    if command.at is not None:
        check_late_block(view, item, stream, command.at, reason)
    return [
        e.ItemBlocked(
            item=item.id,
            stream=item.stream,
            block=view.next_id("block"),
            why=BlockerKind(command.kind),
            reason=reason,
            late=command.at is not None,
        )
    ]


@answer.register
def _(command: c.UnblockItem, view: View) -> list[e.Event]:
    item = item_of(view, command.item, command.expected_version)
    if item.block is None:
        raise RuleViolation(RefusalCode.STATE, f"{item.key} is not blocked", items=(item.key,))
    reason = text_of("the reason", command.reason.strip(), 1000)
    if command.at is not None:
        check_late_unblock(view, item, stream_of(view, item.stream), command.at, reason)
    return [
        e.ItemUnblocked(
            item=item.id,
            stream=item.stream,
            block=item.block.id,
            reason=reason,
            late=command.at is not None,
        )
    ]


@answer.register
def _(command: c.DropItem, view: View) -> list[e.Event]:
    item = live_item(view, command.item, command.expected_version)
    stream = stream_of(view, item.stream)
    target = next((s for s in stream.line if s.category is Category.DROPPED), None)
    if target is not None:
        return _moved(view, item, stream, target, command)
    if command.at is not None:
        raise RuleViolation(
            RefusalCode.STATE,
            f"{stream.name} has no stage for dropped items yet",
            "drop it without a time",
            (item.key,),
        )
    added = insert_stage(view, stream, c.NewStage("Dropped", Category.DROPPED), None)
    target = Stage(id=added.stage.id, name=added.stage.name, category=Category.DROPPED, position=0)
    wider = replace(stream, stages=(*stream.stages, target))
    return [added, *_moved(view, item, wider, target, command)]


@answer.register
def _(command: c.ReopenItem, view: View) -> list[e.Event]:
    item = live_item(view, command.item, command.expected_version)
    stream = stream_of(view, item.stream)
    if not stream.stage(item.stage).category.ended:
        raise RuleViolation(
            RefusalCode.STATE,
            f"{item.key} is in {stream.stage(item.stage).name}, neither done nor dropped",
            items=(item.key,),
        )
    if command.to is not None:
        if command.to not in stream.by_id:
            raise RuleViolation(RefusalCode.UNKNOWN, f"stage {command.to} is not in {stream.name}")
        target: Stage | None = stream.stage(command.to)
    else:
        came = (stream.by_id.get(v.stage) for v in reversed(view.visits(item.id)))
        usable = (s for s in came if s is not None and not s.category.ended and not s.retired)
        target = next(usable, None) or _committed(stream)
    if target is None or target.category.ended:
        name = target.name if target else "?"
        raise RuleViolation(
            RefusalCode.STATE, f"{name} is no stage to reopen into", "choose one before done"
        )
    return _moved(view, item, stream, target, command)


def _committed(stream: ValueStream) -> Stage:
    """Where work begins: the commitment stage or, where that is retired, the next one."""
    usable = [s for s in stream.line if not s.category.ended] or list(stream.line)
    first = stream.commitment_stage
    after = (s for s in usable if first is None or stream.index[s.id] >= stream.index[first.id])
    return next(after, usable[0])


@answer.register
def _(command: c.CommentItem, view: View) -> list[e.Event]:
    item = item_of(view, command.item, command.expected_version)
    text = text_of("the comment", command.text.strip(), 5000)
    if not text:
        raise RuleViolation(
            RefusalCode.INVALID, "the comment is empty", "write what you want to say"
        )
    return [
        e.ItemCommented(
            item=item.id, stream=item.stream, comment=view.next_id("comment"), text=text
        )
    ]


@answer.register
def _(command: c.ArchiveItem, view: View) -> list[e.Event]:
    item = item_of(view, command.item, command.expected_version)
    if item.archived == command.archived:
        return []
    return [e.ItemArchived(item=item.id, stream=item.stream, archived=command.archived)]
