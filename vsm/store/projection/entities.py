"""Events of declared entities → rows."""

from __future__ import annotations

from vsm.model import event as e
from vsm.model.actor import alias
from vsm.model.event import Recorded
from vsm.model.report_entities import MADE_REPORT
from vsm.model.sprint_entities import SPRINT
from vsm.store import entities
from vsm.store.projection.base import Projector, fold
from vsm.store.projection.delivery import note_delivery
from vsm.store.projection.sprints import note_change


@fold.register
def _(event: e.EntityAdded, p: Projector, r: Recorded) -> None:
    entities.insert(p.conn, event.entity, event.id, event.values)
    note_delivery(p, r, None)
    p.count(event.entity.name, event.id)
    if event.entity is MADE_REPORT:  # it changed no work: no step for an undo
        p.conn.execute("DELETE FROM change_group WHERE grp = ?", (r.grp,))


@fold.register
def _(event: e.EntityChanged, p: Projector, r: Recorded) -> None:
    entities.update(p.conn, event.entity, event.id, event.after)
    note_delivery(p, r, {name: old for name, (old, _) in event.changes.items()})
    if event.entity is SPRINT:
        note_change(p, r, event.id, {name: old for name, (old, _) in event.changes.items()})


@fold.register
def _(event: e.EntityRemoved, p: Projector, r: Recorded) -> None:
    entities.delete(p.conn, event.entity, event.id)
    note_delivery(p, r, event.values)


@fold.register
def _(event: e.KeyAdded | e.KeyRevoked | e.AccessReviewed, p: Projector, r: Recorded) -> None:
    # Keys stand in a file of their own, which no undo changes, and a review was held: that is no
    # step for one.
    p.conn.execute("DELETE FROM change_group WHERE grp = ?", (r.grp,))


@fold.register
def _(event: e.EntriesRedacted, p: Projector, r: Recorded) -> None:
    # What was taken out cannot be put back, so it is no step for an undo.
    p.conn.execute("DELETE FROM change_group WHERE grp = ?", (r.grp,))
    if event.person is not None:  # who never did anything has a number from here on
        p.conn.execute(
            "INSERT INTO person(number, name) VALUES(?, ?) ON CONFLICT DO NOTHING",
            (event.person, alias(event.person)),
        )
