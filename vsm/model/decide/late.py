"""The rule on changes that are entered late: when they can have happened, and why they are late."""

from __future__ import annotations

from operator import attrgetter
from typing import NamedTuple

from vsm.model.dates import MONTHS
from vsm.model.decide.base import RuleViolation
from vsm.model.errors import RefusalCode
from vsm.model.item import Item
from vsm.model.rules import SECOND, local
from vsm.model.stream import Stage, ValueStream
from vsm.model.view import View

_MINUTE = 60 * SECOND


class Bound(NamedTuple):
    """Before this moment the change cannot have happened; ``why`` goes on with ``on`` and it."""

    at: int
    why: str


def check_late_move(
    view: View, item: Item, stream: ValueStream, target: Stage, at: int, reason: str | None
) -> None:
    """Refuse a move to ``target`` that cannot have happened at that moment."""
    bounds = [
        Bound(view.visits(item.id)[-1].entered, f"it came to {stream.stage(item.stage).name}"),
        Bound(view.stage_since(target.id), f"the stage {target.name} was added"),
    ]
    blocked = view.last_blocker_moment(item.id)
    if target.category.ended and blocked is not None:
        state = "was unblocked" if item.block is None else "was blocked"
        bounds.append(Bound(blocked, f"it {state}"))
    _check(view, item, stream, at, reason, bounds)


def check_late_block(
    view: View, item: Item, stream: ValueStream, at: int, reason: str | None
) -> None:
    """Refuse a blocker that cannot have begun at that moment: the item was done or blocked."""
    bounds = []
    for visit in reversed(view.visits(item.id)):
        stage = stream.by_id.get(visit.stage)
        if stage is None or stage.category.ended:
            break
        bounds = [Bound(visit.entered, f"it came to {stage.name}")]
    unblocked = view.last_blocker_moment(item.id)
    if unblocked is not None:
        bounds.append(Bound(unblocked, "it was unblocked"))
    _check(view, item, stream, at, reason, bounds)


def check_late_unblock(
    view: View, item: Item, stream: ValueStream, at: int, reason: str | None
) -> None:
    """Refuse the end of a blocker before it began."""
    bounds = [] if item.block is None else [Bound(item.block.started, "it was blocked")]
    _check(view, item, stream, at, reason, bounds)


def _check(
    view: View,
    item: Item,
    stream: ValueStream,
    at: int,
    reason: str | None,
    bounds: list[Bound],
) -> None:
    if not (reason or "").strip():
        raise RuleViolation(
            RefusalCode.INVALID,
            f"{item.key}: a change that is entered late needs a reason",
            "say why it is entered late",
            (item.key,),
        )
    first = max(bound.at for bound in bounds)
    broken = [bound for bound in bounds if bound.at > at]
    if at <= view.now and not broken:
        return
    if broken:
        last = max(broken, key=attrgetter("at"))
        why = f"{last.why} on {_moment(last.at, stream.zone)}"
    else:
        why = "that is in the future"
    raise RuleViolation(
        RefusalCode.STATE,
        f"{item.key} cannot have changed on {_moment(at, stream.zone)}: {why}",
        _allowed(first, view.now, stream.zone),
        (item.key,),
    )


def _allowed(first: int, now: int, zone: str) -> str:
    """The times that can be given, in whole minutes as people type them."""
    first = -(-first // _MINUTE) * _MINUTE
    if first > now:
        return "no earlier time is possible: make the change without a time"
    return f"give a time from {_moment(first, zone)} to now ({zone})"


def _moment(at: int, zone: str) -> str:
    when = local(at, zone)
    return f"{when.day} {MONTHS[when.month - 1]} {when.year} {when.hour:02}:{when.minute:02}"
