"""Undo and redo: which events take back a group, and when that is refused.

Undo appends inverse events and never harms others: it is refused where an item has changed
since. A move that is undone is *retracted*: it never counted in any figure, since a slip of
the finger is not flow; the journal keeps both. Redo appends the undone events again with the
time at which they happened. WIP limits do not refuse an undo; an overrun is recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from vsm.model import event as e
from vsm.model.decide.wip_limits import overrun
from vsm.model.errors import Overtaken, Refusal, RefusalCode
from vsm.model.event import Recorded
from vsm.model.undo.checks import changed, conflict, swapped
from vsm.model.undo.delivery import delivery_conflict
from vsm.model.undo.entities import entity_conflict
from vsm.model.undo.sprints import SPRINT_EVENTS, inverse_sprint, sprint_conflict
from vsm.model.undo.structure import inverse_structure
from vsm.model.view import ItemChange, View


class History(View, Protocol):
    """What undoing asks beside what every decision asks."""

    def effective_since(self, item: int, seq: int) -> ItemChange | None:
        """The latest change of the item after this journal position that still stands.

        A group and its undo cancel each other.
        """

    def restated(self, run: int) -> Sequence[tuple[int, int]]:
        """``(item, seq of the statement before)`` for items that the run restated."""

    def changed_since_import(self, run: int, limit: int) -> Sequence[str]:
        """Keys of items of the run that were changed or restated after it."""

    def gone_since_import(self, run: int) -> str | None:
        """``a team`` or ``a stage`` where items, as the run stated them or as they were before,
        would belong to a team that has gone or stand in a stage that is retired by now.
        """


def inverse(group: Sequence[Recorded], view: History) -> Iterator[e.Event | Refusal]:
    """Events that take a group back, newest first, or why that cannot be.

    Lazy: whoever asks records each event before asking for the next, so that the view tells
    what the ones before have done. A refusal ends it, and nothing of it may stay.
    """
    run = next((r.event for r in group if isinstance(r.event, _RUN)), None)
    refusal = _worked_on(run.run, view) if run else untouched(group, group[-1].seq, view)
    if refusal is not None:
        yield refusal
        return
    if run is not None:
        gone = view.gone_since_import(run.run)
        if gone is not None:
            yield changed(gone)
            return
        restated = tuple(view.restated(run.run))
        yield e.ImportWithdrawn(run=run.run, stream=run.stream, restated=restated)
    for recorded in reversed(group):
        if isinstance(recorded.event, (*_RUN, e.ItemHistoryImported, e.StageRanksRebalanced)):
            continue  # of a respaced stage only the order matters, and that is unchanged
        made = _inverse_one(recorded.event, view)
        yield made if isinstance(made, Refusal) else _conflict(made, view) or made


def untouched(group: Iterable[Recorded], since: int, view: History) -> Refusal | None:
    """Refuse where an item of the group has changed after the position ``since``."""
    for item in dict.fromkeys(r.item for r in group if r.item is not None):
        later = view.effective_since(item, since)
        if later is not None:
            item_now = view.item(item)
            key = item_now.key if item_now else "an item"
            own = later.actor.casefold() == view.actor.casefold()
            first = "undo that first" if own else f"ask {later.actor}"
            return Refusal(
                RefusalCode.UNDO,
                f"{key} has changed since: {later.actor} {later.text}",
                f"{first}, or change it by hand",
                (key,),
                overtaken=Overtaken(
                    item,
                    item_now.version if item_now else 0,
                    ((later.actor, later.text, later.at),),
                ),
            )
    return None


def _worked_on(run: int, view: History) -> Refusal | None:
    touched = tuple(view.changed_since_import(run, 5))
    if not touched:
        return None
    return Refusal(
        RefusalCode.UNDO,
        f"items of this import have changed since: {', '.join(touched)}",
        "an import can be undone only while nobody has worked on its items",
        touched,
    )


def redo(
    undone: Sequence[Recorded], undo: Sequence[Recorded], view: History
) -> Iterator[e.Event | Refusal]:
    """Events that put back what ``undo`` took away from ``undone``, or why that cannot be."""
    refusal = untouched(undone, undo[-1].seq, view)
    if refusal is not None:
        yield refusal
        return
    for recorded in undone:
        if isinstance(recorded.event, _RUN):
            continue
        if not isinstance(recorded.event, e.ItemHistoryImported):
            yield _conflict(recorded.event, view) or recorded.event
    for recorded in undone:
        if isinstance(recorded.event, _RUN):
            gone = view.gone_since_import(recorded.event.run)
            if gone is not None:
                yield changed(gone)
                return
            yield e.ImportRestored(run=recorded.event.run, stream=recorded.event.stream)


def _conflict(event: e.Event, view: View) -> Refusal | None:
    if isinstance(event, e.EntityAdded):
        return entity_conflict(event, view) or delivery_conflict(event, view)
    if isinstance(event, (e.EntityChanged, e.EntityRemoved)):
        return entity_conflict(event, view)
    return sprint_conflict(event, view) or conflict(event, view)


_RUN = (e.ImportRan, e.ImportRestored)


# -- one event ---------------------------------------------------------------------


def _inverse_one(event: e.Event, view: History) -> e.Event | Refusal:
    if isinstance(event, e.ItemMoved):
        return _retract(event, view)
    if isinstance(event, e.ItemTransferred):
        return _brought_back(event, view)
    if isinstance(event, e.ItemCommented):
        return e.CommentRetracted(item=event.item, stream=event.stream, comment=event.comment)
    if isinstance(event, e.EvidenceAdded):
        return e.EvidenceRetracted(item=event.item, stream=event.stream, evidence=event.evidence)
    if isinstance(event, e.ItemAdded):
        return _remove_item(event, view)
    if isinstance(event, e.ItemEdited):
        return e.ItemEdited(item=event.item, stream=event.stream, changes=swapped(event.changes))
    if isinstance(event, e.ItemReordered):
        return event.model_copy(update={"rank": event.rank_before, "rank_before": event.rank})
    if isinstance(event, e.ItemBlocked):
        return e.BlockRetracted(item=event.item, stream=event.stream, block=event.block)
    if isinstance(event, e.ItemUnblocked):
        return e.UnblockRetracted(item=event.item, stream=event.stream, block=event.block)
    if isinstance(event, e.ItemArchived):
        return event.model_copy(update={"archived": not event.archived})
    if isinstance(event, e.ItemLinked):
        return e.ItemUnlinked(**event.model_dump(exclude={"kind"}))
    if isinstance(event, e.ItemUnlinked):
        return e.ItemLinked(**event.model_dump(exclude={"kind"}))
    if isinstance(event, e.DependencyAgreed):
        return event.model_copy(update={"before": event.after, "after": event.before})
    if isinstance(event, SPRINT_EVENTS):
        return inverse_sprint(event, view)
    return inverse_structure(event, view)


def _retract(event: e.ItemMoved, view: View) -> e.MoveRetracted:
    return e.MoveRetracted(
        item=event.item,
        stream=event.stream,
        source=event.target,
        target=event.source,
        rank=event.rank_before,
        over=_overrun(event.source, event.item, view),
    )


def _brought_back(event: e.ItemTransferred, view: View) -> e.TransferRetracted:
    return e.TransferRetracted(
        item=event.item,
        stream=event.to,
        to=event.stream,
        source=event.target,
        target=event.source,
        rank=event.rank_before,
        over=_overrun(event.source, event.item, view),
    )


def _overrun(stage_id: int, item_id: int, view: View) -> e.Override | None:
    """By how much the stage exceeds its limit once the item is back in it."""
    item = view.item(item_id)
    return overrun(view, stage_id, item.service if item is not None else None)


def _remove_item(event: e.ItemAdded, view: View) -> e.Event | Refusal:
    named = view.links_to(event.key)
    if named:
        others = tuple(dict.fromkeys(s if s != event.key else t for _, s, t in named))
        return Refusal(
            RefusalCode.UNDO,
            f"{event.key} is linked to {', '.join(others)}",
            "take the links away first",
            others,
        )
    return e.ItemRemoved(item=event.item, stream=event.stream, key=event.key)
