"""Events of sprints → rows: their life, what was committed to, who is a member since when."""

from __future__ import annotations

from collections.abc import Mapping

from vsm.model import event as e
from vsm.model.event import Recorded
from vsm.model.sprint_entities import SPRINT
from vsm.store import entities
from vsm.store.entities import pack
from vsm.store.projection.base import Projector, fold


@fold.register
def _(event: e.SprintStarted, p: Projector, r: Recorded) -> None:
    entities.update(p.conn, SPRINT, event.sprint, {"started_at": r.at})
    p.conn.executemany(
        "INSERT INTO sprint_commitment(sprint, item, estimate) VALUES(?, ?, ?)",
        [(event.sprint, item, estimate) for item, estimate in event.commitment],
    )


@fold.register
def _(event: e.SprintStartRetracted, p: Projector, r: Recorded) -> None:
    entities.update(p.conn, SPRINT, event.sprint, {"started_at": None})
    p.conn.execute("DELETE FROM sprint_commitment WHERE sprint = ?", (event.sprint,))


@fold.register
def _(event: e.SprintClosed, p: Projector, r: Recorded) -> None:
    values = {"closed_at": r.at, "cancelled": event.cancelled}
    entities.update(p.conn, SPRINT, event.sprint, values)


@fold.register
def _(event: e.SprintCloseRetracted, p: Projector, r: Recorded) -> None:
    entities.update(p.conn, SPRINT, event.sprint, {"closed_at": None, "cancelled": False})


@fold.register
def _(event: e.SprintGoalJudged, p: Projector, r: Recorded) -> None:
    verdict, note = event.after
    values = {"goal_met": None if verdict is None else verdict.value, "goal_note": note}
    entities.update(p.conn, SPRINT, event.sprint, values)
    before, note_before = event.before
    was = {"goal_met": None if before is None else before.value, "goal_note": note_before}
    note_change(p, r, event.sprint, was)


def note_change(p: Projector, r: Recorded, sprint: int, before: Mapping[str, object]) -> None:
    """Keep what fields of a sprint were before a change, for looks at the past."""
    p.conn.execute(
        "INSERT INTO sprint_change(seq, sprint, at, before) VALUES(?, ?, ?, ?)",
        (r.seq, sprint, r.at, pack(before)),
    )


@fold.register
def _(event: e.ItemAddedToSprint, p: Projector, r: Recorded) -> None:
    p.conn.execute(
        "INSERT INTO sprint_member(sprint, item, n, entered, left, reason, left_reason, by,"
        " left_by, imported) VALUES(?1, ?2, (SELECT coalesce(max(n) + 1, 0) FROM sprint_member"
        " WHERE sprint = ?1 AND item = ?2), ?3, NULL, ?4, '', ?5, '', 0)",
        (event.sprint, event.item, r.at, event.reason, r.actor.name),
    )
    p.version(r)


@fold.register
def _(event: e.SprintEntryRetracted, p: Projector, r: Recorded) -> None:
    p.conn.execute(
        "DELETE FROM sprint_member WHERE sprint = ?1 AND item = ?2 AND n ="
        " (SELECT max(n) FROM sprint_member WHERE sprint = ?1 AND item = ?2)",
        (event.sprint, event.item),
    )
    p.version(r)


@fold.register
def _(event: e.ItemRemovedFromSprint, p: Projector, r: Recorded) -> None:
    _leave(p, event.sprint, event.item, (r.at, event.reason, r.actor.name))
    p.version(r)


@fold.register
def _(event: e.SprintExitRetracted, p: Projector, r: Recorded) -> None:
    _leave(p, event.sprint, event.item, (None, "", ""))
    p.version(r)


def _leave(p: Projector, sprint: int, item: int, how: tuple[int | None, str, str]) -> None:
    """The last stay ends so, or goes on."""
    p.conn.execute(
        "UPDATE sprint_member SET left = ?3, left_reason = ?4, left_by = ?5"
        " WHERE sprint = ?1 AND item = ?2 AND n ="
        " (SELECT max(n) FROM sprint_member WHERE sprint = ?1 AND item = ?2)",
        (sprint, item, *how),
    )
