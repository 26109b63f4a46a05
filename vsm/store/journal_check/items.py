"""Checks entries about work items: fields, moves, blockers, comments, links."""

from __future__ import annotations

import math
from collections.abc import Sequence

from vsm.model import event as e
from vsm.model.control.evidence import read_details, read_sha256, read_status
from vsm.model.entities import TEAM
from vsm.model.event import Recorded
from vsm.model.field_types import InvalidValue
from vsm.model.governance_entities import CONTROL, WAIVER
from vsm.store.journal_check.state import (
    FollowedItem,
    Impossible,
    JournalState,
    changed_values,
    check_date,
    check_event,
    refuse_invalid,
    require,
)


def check_fields(state: JournalState, fields: e.ItemFields) -> None:
    """Refuse fields that no rule would have let pass."""
    require(fields.title.strip(), "an item has no title")
    require(fields.type.strip(), "an item has no type")
    if fields.due is not None:
        check_date(fields.due)
    if fields.estimate is not None:
        fits = math.isfinite(fields.estimate) and fields.estimate >= 0
        require(fits, f"{fields.estimate} is not an estimate")
    if fields.team is not None:
        state.entity(TEAM, fields.team)


def check_gates(state: JournalState, gates: Sequence[e.GateFacts]) -> None:
    """Refuse verdicts of controls, or under waivers, that are not there, and two of one control."""
    for gate in gates:
        state.entity(CONTROL, gate.control)
        if gate.waiver is not None:
            state.entity(WAIVER, gate.waiver)
    is_once = len({gate.control for gate in gates}) == len(gates)
    require(is_once, "a move has two verdicts of one control")


def enter_key(state: JournalState, key: str, item: int) -> None:
    """Note the key of an item; refuse one that another item has."""
    require(key.strip(), "an item has no key")
    require(state.keys.get(fold(key), item) == item, f"there are two items {key!r:.60}")
    state.keys[fold(key)] = item


def forget(state: JournalState, item_id: int) -> None:
    """Take an item away, with its blockers and comments."""
    item = state.items.pop(item_id)
    state.keys.pop(fold(item.key), None)
    for block in item.blocks:
        state.blocks.pop(block, None)
    for comment in item.comments:
        state.comments.pop(comment, None)
    for number in item.evidence:
        state.evidence.pop(number, None)


@check_event.register
def _(event: e.ItemAdded, state: JournalState, r: Recorded) -> None:
    require(event.item > 0, f"an item has the id {event.item}")
    require(event.item not in state.items, f"there is an item {event.item} already")
    require(event.number is None or event.number >= 0, f"its number is {event.number}")
    state.require_stage(event.stage, event.stream)
    check_fields(state, event.fields)
    check_gates(state, event.gates)
    if event.approves is not None:
        state.item(event.approves)
    enter_key(state, event.key, event.item)
    state.items[event.item] = FollowedItem(event.key, event.stream, [event.stage], event.fields)


@check_event.register
def _(event: e.ItemRemoved, state: JournalState, r: Recorded) -> None:
    state.item(event.item, event.stream)
    forget(state, event.item)


@check_event.register
def _(event: e.ItemEdited, state: JournalState, r: Recorded) -> None:
    item = state.item(event.item, event.stream)
    changes = changed_values(event.changes, e.ItemFields.model_fields, "work item")
    with refuse_invalid():
        fields = e.ItemFields.model_validate({**item.fields.model_dump(), **changes})
    check_fields(state, fields)
    item.fields = fields


@check_event.register
def _(event: e.ItemMoved | e.ItemTransferred, state: JournalState, r: Recorded) -> None:
    item = state.item(event.item, event.stream)
    _require_stands_in(item, event.item, event.source)
    to = event.to if isinstance(event, e.ItemTransferred) else event.stream
    state.require_stage(event.target, to)
    left = event.left_gates if isinstance(event, e.ItemTransferred) else ()
    check_gates(state, (*event.gates, *left))
    item.visits.append(event.target)
    item.stream = to


@check_event.register
def _(event: e.MoveRetracted | e.TransferRetracted, state: JournalState, r: Recorded) -> None:
    item = state.item(event.item, event.stream)
    _require_stands_in(item, event.item, event.source)
    to = event.to if isinstance(event, e.TransferRetracted) else event.stream
    state.require_stage(event.target, to)
    require(
        item.visits[-2:-1] == [event.target],
        f"item {event.item} did not come from stage {event.target}",
    )
    item.visits.pop()
    item.stream = to


def _require_stands_in(item: FollowedItem, item_id: int, stage: int) -> None:
    require(item.visits[-1] == stage, f"item {item_id} is not in stage {stage} at this point")


@check_event.register
def _(event: e.ItemReordered, state: JournalState, r: Recorded) -> None:
    _require_stands_in(state.item(event.item, event.stream), event.item, event.stage)


@check_event.register
def _(event: e.StageRanksRebalanced, state: JournalState, r: Recorded) -> None:
    state.require_stage(event.stage, event.stream)
    for item, _, _ in event.ranks:
        state.item(item)


@check_event.register
def _(event: e.ItemBlocked, state: JournalState, r: Recorded) -> None:
    item = state.item(event.item, event.stream)
    require(item.block is None, f"item {event.item} is blocked already")
    require(event.block not in state.blocks, f"there is a blocker {event.block} already")
    state.blocks[event.block] = (event.item, True)
    item.block = event.block


@check_event.register
def _(event: e.BlockRetracted | e.ItemUnblocked, state: JournalState, r: Recorded) -> None:
    item = state.item(event.item, event.stream)
    require(item.block == event.block, f"blocker {event.block} does not block it")
    item.block = None
    if isinstance(event, e.BlockRetracted):
        del state.blocks[event.block]
        item.blocks.discard(event.block)
    else:
        state.blocks[event.block] = (event.item, False)


@check_event.register
def _(event: e.UnblockRetracted, state: JournalState, r: Recorded) -> None:
    item = state.item(event.item, event.stream)
    ended = state.blocks.get(event.block) == (event.item, False) and item.block is None
    require(ended, f"blocker {event.block} has not ended")
    state.blocks[event.block] = (event.item, True)
    item.block = event.block


@check_event.register
def _(event: e.ItemCommented, state: JournalState, r: Recorded) -> None:
    item = state.item(event.item, event.stream)
    require(event.comment not in state.comments, f"there is a comment {event.comment} already")
    state.comments[event.comment] = event.item
    item.comments.add(event.comment)


@check_event.register
def _(event: e.CommentRetracted, state: JournalState, r: Recorded) -> None:
    item = state.item(event.item, event.stream)
    require(event.comment in item.comments, f"there is no comment {event.comment} on it")
    item.comments.remove(event.comment)
    del state.comments[event.comment]


@check_event.register
def _(
    event: e.ItemArchived | e.ItemLinked | e.ItemUnlinked, state: JournalState, r: Recorded
) -> None:
    state.item(event.item, event.stream)


@check_event.register
def _(event: e.DependencyAgreed, state: JournalState, r: Recorded) -> None:
    state.item(event.item, event.stream)
    for _, need_by in (event.before, event.after):
        if need_by is not None:
            check_date(need_by)


@check_event.register
def _(event: e.EvidenceAdded, state: JournalState, r: Recorded) -> None:
    item = state.item(event.item, event.stream)
    require(event.ref.strip(), "evidence has no reference")
    require(event.evidence not in state.evidence, f"there is evidence {event.evidence} already")
    state.evidence[event.evidence] = event.item
    item.evidence.add(event.evidence)
    try:
        is_plain = read_details(event.what, event.details) == event.details
        is_plain &= read_status(event.what, event.status) == event.status
        is_plain &= read_sha256(event.sha256) == event.sha256
    except InvalidValue as error:
        raise Impossible(str(error)) from None
    require(is_plain, "evidence says something that no rule would have let pass")


@check_event.register
def _(event: e.EvidenceRetracted, state: JournalState, r: Recorded) -> None:
    item = state.item(event.item, event.stream)
    require(event.evidence in item.evidence, f"there is no evidence {event.evidence} of it")
    item.evidence.remove(event.evidence)
    del state.evidence[event.evidence]


@check_event.register
def _(event: e.MoveChecked, state: JournalState, r: Recorded) -> None:
    state.item(event.item, event.stream)
    stream = state.stream(event.stream)
    for stage in (event.source, event.target):
        require(stage in stream.stages, f"there is no stage {stage}")
    require(bool(event.gates), "a check has no verdict")
    check_gates(state, event.gates)


@check_event.register
def _(event: e.MoveRefused, state: JournalState, r: Recorded) -> None:
    if event.change:
        state.item(event.change)
    state.stream(event.stream)
    # A transfer is refused by the stream that the item is in, or by the one that it would come to.
    is_known = any(event.target in stream.stages for stream in state.streams.values())
    require(is_known, f"there is no stage {event.target}")
    check_gates(state, event.gates)


def fold(key: str) -> str:
    """A key as SQLite compares it: ASCII letters without regard to their case."""
    return "".join(char.lower() if char.isascii() else char for char in key)
