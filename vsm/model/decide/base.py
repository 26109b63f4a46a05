"""Shared by the rules: refusing, looking things up, checking a WIP limit, texts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch

from vsm.model import event as e
from vsm.model.errors import GateRefused, LimitReached, Overtaken, Refusal, RefusalCode
from vsm.model.item import Item
from vsm.model.stream import Stage, StreamError, ValueStream
from vsm.model.view import ItemChange, View

GAP = 1 << 20
"""Distance between neighbours' ranks when a stage is filled or spread anew."""


class RuleViolation(Exception):
    """Carries a refusal up from a rule to ``decide``."""

    def __init__(
        self,
        code: RefusalCode,
        message: str,
        remedy: str = "",
        items: tuple[str, ...] = (),
        data: LimitReached | None = None,
        overtaken: Overtaken | None = None,
        gate: GateRefused | None = None,
        by_key: str = "",
    ) -> None:
        self.refusal = Refusal(code, message, remedy, items, data, overtaken, gate, by_key=by_key)


@singledispatch
def answer(command: object, view: View) -> list[e.Event]:
    """The events that a command leads to; raises :class:`RuleViolation`. Rules register here."""
    raise TypeError(f"no rule for {type(command).__name__}")


def item_of(view: View, item_id: int, expected: int | None) -> Item:
    """The item, if it is still as the person saw it."""
    item = view.item(item_id)
    if item is None:
        raise RuleViolation(
            RefusalCode.UNKNOWN, f"there is no item {item_id}", "it was taken back or never was"
        )
    if expected is not None and item.version != expected:
        raise overtaken(item, view.changes_since(item_id, expected))
    return item


def overtaken(item: Item, changes: Sequence[ItemChange]) -> RuleViolation:
    """Refuse, as others changed the item since it was read: the last change is named."""
    by = f"{changes[-1].actor} {changes[-1].text}" if changes else "somebody changed it"
    return RuleViolation(
        RefusalCode.STALE,
        f"{item.key} has changed since you looked: {by}",
        "look again",
        (item.key,),
        overtaken=Overtaken(item.id, item.version, tuple((c.actor, c.text, c.at) for c in changes)),
    )


def live_item(view: View, item_id: int, expected: int | None) -> Item:
    """The item, if it is on the board and still as the person saw it."""
    item = item_of(view, item_id, expected)
    if item.archived:
        raise RuleViolation(
            RefusalCode.STATE,
            f"{item.key} is archived",
            f"bring it back first: vsm item archive {item.key} --undo",
            (item.key,),
        )
    return item


def stream_of(view: View, stream_id: int) -> ValueStream:
    """The stream, which must be there."""
    stream = view.stream(stream_id)
    if stream is None:
        raise RuleViolation(
            RefusalCode.UNKNOWN, f"there is no stream {stream_id}", "list them: vsm stream list"
        )
    return stream


def in_use(stage: Stage) -> Stage:
    """The stage, if items can go there."""
    if stage.retired:
        raise RuleViolation(
            RefusalCode.STATE,
            f"{stage.name} is retired",
            f"choose another stage, or bring it back: vsm stage restore {stage.name!r}",
        )
    return stage


def valid(stream: ValueStream) -> ValueStream:
    """The stream, if it would work; refuses with every problem."""
    try:
        return stream.validate()
    except StreamError as error:
        raise RuleViolation(
            RefusalCode.STRUCTURE, f"stream {stream.name!r}: {error}", "nothing was changed"
        ) from error


def rank_at_end(view: View, stage_id: int) -> int:
    """The rank behind the last item of a stage."""
    last = view.last_rank(stage_id)
    return GAP if last is None else last + GAP
