"""Says in one line what others did to items that concern whoever looks, and where an item went."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from vsm.config import is_quiet
from vsm.model.actor import ActorKind
from vsm.model.errors import sentence
from vsm.screens.board.lane_folds import hiding

if TYPE_CHECKING:
    from vsm.model.board import Card, Change
    from vsm.screens.board.data import BoardData
    from vsm.screens.vsm_screen import VsmScreen


def announce(data: BoardData, changes: Sequence[Change], before: Card | None, after: int) -> None:
    """Say what others did after a position; ``before`` is the card that the cursor was on.

    What became of an item that the cursor lost is said in quiet hours too.
    """
    host = data.host
    others = [change for change in changes if change.session != host.session_id]
    if not others:
        return
    went = where_it_went(data, before, after) if before is not None else ""
    if went:
        _say(data, data.screen, went, 1)
        return
    moved = [c for c in others if before is not None and c.item == before.id and _is_move(c)]
    now = time.localtime(host.now() / 1_000_000)
    if is_quiet(host.view.quiet, now.tm_hour * 60 + now.tm_min):
        # Another database is here, or the cursor was moved.
        others = [c for c in others if not c.at or c in moved]
    relevant = _concerning(data, others, before)
    if relevant:
        last = moved[-1] if moved else relevant[-1]
        text = f"{last.actor} {last.text}" if last.actor else sentence(last.text)
        with_it = "; you are with it" if moved and _goes_along(data, before) else ""
        _say(data, _front(data), f"{text}{with_it}", len(relevant))


def _is_move(change: Change) -> bool:
    return len(change.stages) == 2 and change.stages[0] != change.stages[1]


def _goes_along(data: BoardData, before: Card | None) -> bool:
    """Whether the cursor goes to another column with the item that it was on."""
    place = data.read_place(before.id) if before is not None else None
    return (
        before is not None
        and place is not None
        and place[0] != before.stage
        and before.id != data.ended_under_cursor
        and not data.board.column.span
    )


def _say(data: BoardData, screen: VsmScreen, text: str, count: int) -> None:
    """Say it, and how many changes more were said within the time that a message stays."""
    before, said = data.announced
    if before and screen.hints.message == before:
        count += said
    more = data.screen.keys(f" (and {count - 1} more: {{feed}})") if count > 1 else ""
    data.announced = (f"{text}{more}", count)
    screen.say(data.announced[0])


def where_it_went(data: BoardData, before: Card, after: int) -> str:
    """Where the item went that the cursor was on, and who did it.

    Empty where it is still shown, and where nobody else has changed it after that position.
    """
    if data.read_place(before.id) is not None:
        return ""
    reader, stages = data.reader, data.stream.by_id
    latest = [
        change
        for change in reader.log(item=before.id)
        if change.seq > after and change.session != data.host.session_id
    ]
    if not latest:
        return ""
    why = hiding(data, before.id)
    hidden = f"; {why}" if why else ""
    item = reader.item(before.id)
    if item is None:
        return f"{before.key} was removed{_by(latest)}"
    if item.stream != data.stream.id:
        there = reader.stream(item.stream)
        where = f" to {there.name}, {there.stage(item.stage).name}" if there is not None else ""
        return f"{item.key} was transferred{where}{_by([c for c in latest if c.structure])}"
    if item.archived:
        return f"{item.key} was archived{_by(latest)}"
    if item.stage != before.stage and item.stage in stages:
        moves = [change for change in latest if change.stages[1:] == (item.stage,)]
        return f"{item.key} was moved to {stages[item.stage].name}{_by(moves)}{hidden}"
    last = latest[0]
    return f"{last.actor} {last.text}{hidden}" if last.actor else f"{item.key} was changed{hidden}"


def _by(changes: Sequence[Change]) -> str:
    """Who did the latest of these."""
    return f" by {changes[0].actor}" if changes and changes[0].actor else ""


def _concerning(data: BoardData, others: Sequence[Change], before: Card | None) -> Sequence[Change]:
    """What is worth a line: changes of the stream itself, and of items that concern this person.

    Those are items that they own, that are marked, that the cursor is on or that are open.
    """
    ours = [c for c in others if c.item is None and c.stream in (None, data.stream.id)]
    imports = [c for c in ours if c.actor_kind is ActorKind.IMPORT]
    if imports:
        return imports
    items = {change.item for change in others if change.item is not None}
    watched = {*data.host.view.marked.get(data.stream.id, ()), getattr(_top(data), "item", None)}
    watched.add(before.id if before is not None else None)
    rest = [item for item in items if item not in watched]
    me = data.host.actor
    owned = {brief.id for brief in data.reader.briefs(rest) if brief.owner == me} if rest else set()
    return [c for c in others if c in ours or (c.item is not None and c.item in (watched | owned))]


def _top(data: BoardData) -> object:
    return data.screen.app.screen


def _front(data: BoardData) -> VsmScreen:
    """The screen whose hint line is seen: that of figures above the board, or the board's."""
    from vsm.screens.vsm_screen import VsmScreen

    stack = data.screen.app.screen_stack
    shown = (screen for screen in reversed(stack) if isinstance(screen, VsmScreen))
    return next(shown, data.screen)
