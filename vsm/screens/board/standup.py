"""A stand-up: walks the work in progress from right to left, the oldest item first.

The items that were walked are kept in their order; what comes next is read anew at each step. So
whatever others move, finish or begin meanwhile, no item is left out and none is walked twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from vsm.model.errors import VsmError
from vsm.model.item import LinkKind
from vsm.model.plural import count
from vsm.model.rules import DAY
from vsm.screens.board.lane_folds import unfold_for
from vsm.widgets.standup_line import StandupLine, Step

if TYPE_CHECKING:
    from vsm.model.board import Card, Detail, Past
    from vsm.model.query_tree import Query
    from vsm.model.stream import ValueStream
    from vsm.reader import Reader
    from vsm.screens.board.parts import BoardParts

OLD = 3
"""The step of the pace from which on an age is beyond 85% of what finished."""


class StandUp:
    """One stand-up: which items were walked, and at which of them it is."""

    def __init__(self, board: BoardParts, stays: Mapping[int, int]) -> None:
        self._board = board
        self._stays = stays
        self.trail: list[int] = []
        """The items that were walked, in their order."""
        self.at = -1
        """Where in the trail it is."""
        host = board.host
        self.line = StandupLine(host.skin, host.glyphs)

    async def begin(self) -> None:
        """Show the line, and give it the keys."""
        screen = self._board.screen
        await screen.mount(self.line, before="#body")
        self._board.data.has_keys = self.line
        self.line.focus()
        screen.renew_hints()

    async def end(self) -> None:
        """Take the line away; the cursor stays where it is."""
        self._board.walk = self._board.data.has_keys = None
        self._board.widget.focus()
        await self.line.remove()
        self._board.screen.renew_hints()

    # -- from item to item ----------------------------------------------------------

    async def go_on(self) -> None:
        """Go to the next item that is there; after the last one say that it is the last."""
        left = await self._left()
        if left is None:
            return
        while self.at + 1 < len(self.trail):
            self.at += 1
            if await self._select(self.trail[self.at]):
                await self._show()
                return
        for item in left:
            if await self._select(item):
                self.trail.append(item)
                self.at = len(self.trail) - 1
                await self._show()
                return
        await self._say_end()

    async def go_back(self) -> None:
        """Go to the item before that is still there."""
        for at in range(self.at - 1, -1, -1):
            if await self._select(self.trail[at]):
                self.at = at
                await self._show()
                return
        self._board.screen.say("This is where the walk began", "warn")

    async def show_again(self) -> None:
        """Put the cursor on the item at hand again, wherever it went."""
        if self.trail and await self._select(self.trail[self.at]):
            await self._show()
        else:
            await self.go_on()

    async def _select(self, item: int) -> bool:
        """Put the cursor on an item; whether the board shows it."""
        place = await unfold_for(self._board.data, item)
        if place is not None:
            self._board.widget.select_item(*place)
        return place is not None

    async def _left(self) -> list[int] | None:
        """The items that are still to be walked; ``None`` where they cannot be read."""
        data, board = self._board.data, self._board
        stream, query, past, now = board.stream, data.filter, data.past, board.screen.as_of
        try:
            order = await board.host.reading.call(lambda r: _order(r, stream, query, past, now))
        except VsmError as error:
            board.screen.trouble(error)
            return None
        walked = set(self.trail)
        return [item for item in order if item not in walked]

    async def _say_end(self) -> None:
        board, trail = self._board, list(self.trail)
        self.at = min(self.at, len(trail) - 1)
        items = await board.host.reading.call(lambda reader: reader.briefs(trail))
        blocked = sum(item.blocked for item in items)
        words = f"That was the last of {count(len(trail), 'item')}"
        words += f", {blocked} of them blocked" if blocked else ""
        board.screen.say(board.screen.keys(f"{words}. {{close}}: end"))

    # -- the line -------------------------------------------------------------------

    def renew(self) -> None:
        """Show the item at hand as it is now, and how many there are."""
        if self.line.is_attached:
            self._board.screen.latest(self._show, "standup")

    async def _show(self) -> None:
        left, board = await self._left(), self._board
        if left is None or not 0 <= self.at < len(self.trail):
            return
        item, past, now = self.trail[self.at], board.data.at is not None, board.screen.as_of
        try:
            detail = await board.host.reading.call(lambda r: r.detail(item, now, past))
        except VsmError as error:
            board.screen.trouble(error)
            return
        if detail is not None:
            self.line.show(self._step(detail, len(left), now))

    def _step(self, detail: Detail, left: int, now: int) -> Step:
        item, stay = detail.item, self._stays.get(detail.item.stage)
        is_open = detail.idle is not None
        card = self._card(item.id)
        return Step(
            number=self.at + 1,
            total=len(self.trail) + left,
            key=item.key,
            stage=detail.stage,
            days=detail.idle,
            usual=max(1, -(-stay // DAY)) if stay is not None and is_open else None,
            is_stale=stay is not None and is_open and now - item.entered > stay,
            age=detail.age,
            is_old=card is not None and card.step >= OLD,
            blockers=_blockers(detail, now) if is_open else (),
            is_owned=item.owner is not None or not is_open,
        )

    def _card(self, item: int) -> Card | None:
        """The card of an item, where the board has it at hand."""
        columns = self._board.widget.columns
        return next((card for c in columns for card in c.cards if card.id == item), None)


def _order(
    reader: Reader, stream: ValueStream, query: Query, past: Past | None, now: int
) -> tuple[int, ...]:
    return past.in_progress if past is not None else reader.in_progress(stream, query, now)


def _blockers(detail: Detail, now: int) -> tuple[str, ...]:
    """What blocks an item, in words: its open blocker and the items that it is linked to."""
    out = [
        f"{block.kind}{f': {block.reason}' if block.reason else ''}"
        f" ({max(0, now - block.started) // DAY} d)"
        for block in detail.blocks
        if block.ended is None
    ]
    keys = [
        f"{link.key}{f' in {link.stage}' if link.stage else ''}"
        for link in detail.links
        if link.kind is LinkKind.BLOCKS and link.label == "waits for" and link.is_open
    ]
    return (*out, *([", ".join(keys)] if keys else []))


# -- keys -----------------------------------------------------------------------------


async def start(board: BoardParts) -> None:
    """Begin a stand-up; where one goes on, show the item where it is."""
    if board.walk is not None:
        await board.walk.show_again()
        return
    stream, data, now, at = board.stream, board.data, board.screen.as_of, board.data.at
    query, past = data.filter, data.past
    try:
        stays, order = await board.host.reading.call(
            lambda r: (r.stays(stream, now, at is not None), _order(r, stream, query, past, now))
        )
    except VsmError as error:
        board.screen.trouble(error)
        return
    if not order:
        fits = " that fits the filter" if data.filter else ""
        board.screen.say(f"No item{fits} is in progress", "warn")
        return
    board.walk = walk = StandUp(board, stays)
    await walk.begin()
    await walk.go_on()


async def go_on(board: BoardParts) -> None:
    """Go to the next item."""
    if board.walk is not None:
        await board.walk.go_on()


async def go_back(board: BoardParts) -> None:
    """Go to the item before."""
    if board.walk is not None:
        await board.walk.go_back()
