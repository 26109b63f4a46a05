"""Sprints of an import → events: those that are new, and what is new about known ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vsm.model.history import ImportPlan, ItemHistory
from vsm.model.rules import local
from vsm.model.sprint import Measure, Sprint
from vsm.model.sprint_entities import SPRINT
from vsm.model.stream import ValueStream

if TYPE_CHECKING:
    from vsm.model.history import SprintFacts
    from vsm.store.transaction import Transaction


def _known(tx: Transaction, stream: ValueStream) -> dict[str, Sprint]:
    """The sprints of the stream that an import brought, by their id in the source."""
    return {s.source_id: s for s in tx.view.all(SPRINT) if s.only == stream.id and s.source_id}


def sprint_changes(
    tx: Transaction, plan: ImportPlan, stream: ValueStream
) -> list[tuple[Sprint | None, dict[str, Any]]]:
    """What each sprint of the plan says that the database does not have, with the known sprint."""
    if not plan.sprints:
        return []
    known = _known(tx, stream)
    first: dict[str, int] = {}
    sized = False
    for history in plan.histories:
        sized |= history.estimate is not None
        for stay in history.sprints:
            first[stay.source_id] = min(stay.entered, first.get(stay.source_id, stay.entered))
    out: list[tuple[Sprint | None, dict[str, Any]]] = []
    for facts in plan.sprints:
        values = _values(facts, first.get(facts.source_id), stream.zone, tx.now)
        sprint = known.get(facts.source_id)
        if sprint is None:
            values["measure"] = (Measure.POINTS if sized else Measure.COUNT).value
            out.append((None, values))
            continue
        names = ("name", "goal", "planned_start", "planned_end", "started_at", "closed_at")
        new = {name: values[name] for name in names if values[name] != getattr(sprint, name)}
        if new:
            out.append((sprint, new))
    return out


def _values(facts: SprintFacts, first: int | None, zone: str, now: int) -> dict[str, Any]:
    """The fields of a sprint; a plan without dates begins when it got its first item."""
    begin = next(
        (at for at in (facts.start, facts.started, first, facts.end) if at is not None), now
    )
    end = facts.end if facts.end is not None and facts.end >= begin else begin
    closed = facts.closed
    if facts.started is None or (closed is not None and closed <= facts.started):
        closed = None
    return {
        "name": facts.name,
        "goal": " ".join(facts.goal.split()),
        "planned_start": local(begin, zone).date().isoformat(),
        "planned_end": local(end, zone).date().isoformat(),
        "planned_at": min(at for at in (first, facts.started, begin, now) if at is not None),
        "started_at": facts.started,
        "closed_at": closed,
        "source_id": facts.source_id,
    }


def record_sprints(tx: Transaction, plan: ImportPlan, stream: ValueStream) -> dict[str, int]:
    """Record the sprints of a plan; returns the id of each by its id in the source."""
    from vsm.model import event as e

    for sprint, values in sprint_changes(tx, plan, stream):
        if sprint is None:
            number = tx.view.next_id(SPRINT.name)
            tx.record([e.added(SPRINT, number, number=str(number), only=stream.id, **values)])
        else:
            changes = {name: (getattr(sprint, name), value) for name, value in values.items()}
            tx.record([e.changed(SPRINT, sprint.id, changes)])
    return {source_id: sprint.id for source_id, sprint in _known(tx, stream).items()}


def stays_in(history: ItemHistory, ids: dict[str, int]) -> tuple[tuple[int, int, int | None], ...]:
    """The stays of an item in sprints that are known: (sprint, entered, left)."""
    return tuple(
        (ids[stay.source_id], stay.entered, stay.left)
        for stay in history.sprints
        if stay.source_id in ids
    )
