"""Checks entries of imports: histories that were stated, withdrawn and restored."""

from __future__ import annotations

from vsm.model import event as e
from vsm.model.event import Recorded
from vsm.model.rules import BOUNDS, EARLIEST, LATEST
from vsm.model.sprint_entities import SPRINT
from vsm.store.journal_check.items import check_fields, enter_key, fold, forget
from vsm.store.journal_check.state import (
    FollowedItem,
    FollowedRun,
    Impossible,
    JournalState,
    check_event,
    require,
)


def _run_of(state: JournalState, run: int, stream: int) -> FollowedRun:
    known = state.runs.get(run)
    if known is None:
        raise Impossible(f"there is no import {run}")
    require(known.stream == stream, f"import {run} was not into stream {stream}")
    return known


@check_event.register
def _(event: e.ImportRan, state: JournalState, r: Recorded) -> None:
    state.stream(event.stream)
    require(event.run > 0, f"an import has the id {event.run}")
    require(event.run not in state.runs, f"there is an import {event.run} already")
    state.runs[event.run] = FollowedRun(event.stream)


@check_event.register
def _(event: e.ItemHistoryImported, state: JournalState, r: Recorded) -> None:
    run = _run_of(state, event.run, event.stream)
    before = state.statements.get(event.replaces) if event.replaces is not None else None
    if event.replaces is None:
        require(event.item > 0, f"an item has the id {event.item}")
        require(event.item not in state.items, f"there is an item {event.item} already")
    else:
        state.item(event.item, event.stream)
        restates = before is not None and before.item == event.item
        require(restates, f"entry {event.replaces} does not state item {event.item}")
    require(event.transitions, "a history has no transitions")
    stages = state.stream(event.stream).stages
    for at, stage, _, _ in event.transitions:
        require(EARLIEST <= at <= LATEST, f"a transition is not {BOUNDS}")
        require(stage in stages, f"stream {event.stream} has no stage {stage}")
    check_fields(state, event.fields)
    for sprint, entered, left in event.sprints:
        state.entity(SPRINT, sprint)
        fits = EARLIEST <= entered <= (LATEST if left is None else left) <= LATEST
        require(fits, "a stay in a sprint cannot have been then")
    _check_blocks(state, event)
    _put_history(state, event)
    state.statements[r.seq] = event
    run.statements.append(r.seq)


def _check_blocks(state: JournalState, event: e.ItemHistoryImported) -> None:
    """Refuse blockers that overlap, run backwards or have the id of another item's."""
    free = EARLIEST
    for place, block in enumerate(event.blocks):
        require(block.block > 0, f"a blocker has the id {block.block}")
        holder, _ = state.blocks.get(block.block, (event.item, False))
        require(holder == event.item, f"there is a blocker {block.block} already")
        ended = block.ended if block.ended is not None else LATEST
        last = place == len(event.blocks) - 1
        fits = free <= block.started <= ended <= LATEST and (last or block.ended is not None)
        require(fits, f"blocker {block.block} cannot have been then")
        free = ended


def _put_history(state: JournalState, event: e.ItemHistoryImported) -> None:
    before = state.items.get(event.item)
    if before is not None and fold(before.key) != fold(event.key):
        state.keys.pop(fold(before.key), None)
    enter_key(state, event.key, event.item)
    visits = [stage for _, stage, _, _ in event.transitions]
    item = FollowedItem(event.key, event.stream, visits, event.fields, event.run)
    if before is not None:
        item.comments = before.comments
        item.evidence = before.evidence
        for block_id in before.blocks:
            state.blocks.pop(block_id, None)
    for block in event.blocks:
        is_open = block.ended is None
        item.blocks.add(block.block)
        state.blocks[block.block] = (event.item, is_open)
        item.block = block.block if is_open else None
    state.items[event.item] = item


@check_event.register
def _(event: e.ImportWithdrawn, state: JournalState, r: Recorded) -> None:
    run = _run_of(state, event.run, event.stream)
    require(not run.withdrawn, f"import {event.run} is withdrawn already")
    run.withdrawn = True
    restated = dict(event.restated)
    for item, statement in restated.items():
        state.item(item)
        there = state.statements.get(statement)
        fits = there is not None and there.item == item
        require(fits, f"entry {statement} does not state item {item}")
    for item in [i for i, known in state.items.items() if known.run == event.run]:
        if item not in restated:
            forget(state, item)
    for statement in restated.values():
        _put_history(state, state.statements[statement])


@check_event.register
def _(event: e.ImportRestored, state: JournalState, r: Recorded) -> None:
    run = _run_of(state, event.run, event.stream)
    require(run.withdrawn, f"import {event.run} is not withdrawn")
    run.withdrawn = False
    for statement in run.statements:
        _put_history(state, state.statements[statement])
