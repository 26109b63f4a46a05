"""Selection: which items a key acts on: all that are marked, else the one under the cursor.

Marks are kept by item, so they hold for what is scrolled out of sight, folded or filtered away.
They remember the version that was seen: what somebody else changes meanwhile is taken over as
soon as the board shows it, and refused until then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vsm.model.errors import VsmError
from vsm.screens.board.data import MANY

if TYPE_CHECKING:
    from vsm.model.board import Change, ItemSummary
    from vsm.screens.board.data import BoardData


@dataclass(slots=True)
class Range:
    """A range that is being marked: from an item to the cursor, in one stage."""

    stage: int
    item: int
    index: int


class Selection:
    """Marks items, and says which are to be acted on."""

    def __init__(self, data: BoardData) -> None:
        self._data = data
        self._screen = data.screen
        self.growing: Range | None = None
        """The range that grows with the cursor, while there is one."""
        self._last: int | None = None
        """The item that was marked last: a range begins there."""
        data.on_changes = self._keep_true

    @property
    def marks(self) -> dict[int, int]:
        """Id → version as it was seen, of the marked items of this stream; kept by the app."""
        return self._screen.host.view.marked.setdefault(self._data.stream.id, {})

    # -- what is acted on -------------------------------------------------------------

    @property
    def active(self) -> bool:
        """Whether anything is marked."""
        return self.growing is not None or bool(self.marks)

    def item_here(self) -> ItemSummary | None:
        """The item under the cursor."""
        from vsm.model.board import ItemSummary

        card = self._data.unread.card(self._data.board)
        if card is None:
            return None
        where = (self._data.stream.id, card.stage, card.version)
        return ItemSummary(
            card.id, card.key, card.title, *where, card.owner, card.blocked is not None
        )

    async def targets(self) -> list[ItemSummary]:
        """What a key acts on: all that is marked, else the item under the cursor."""
        await self.take_range()
        if self.marks:
            seen = dict(self.marks)
            try:
                marked = await self._screen.host.reading.call(lambda reader: reader.briefs(seen))
            except VsmError as error:
                self._screen.trouble(error)
                return []
            return [item._replace(version=seen[item.id]) for item in marked]
        item = self.item_here()
        return [item] if item is not None else []

    # -- keys -------------------------------------------------------------------------

    async def mark(self) -> None:
        """Mark the item under the cursor, or take its mark away, and go down."""
        await self.take_range()
        card = self._data.board.card
        if card is None:
            self._screen.say("There is no item under the cursor", "warn")
            return
        if card.id in self.marks:
            del self.marks[card.id]
            self._last = None
        else:
            self.marks[card.id] = card.version
            self._last = card.id
        self.show_marks({card.id})
        self._data.board.step(0, 1)

    async def mark_range(self) -> None:
        """Begin a range at the last mark or at the cursor; again: keep it."""
        if self.growing is not None:
            await self.take_range()
            return
        card = self._data.board.card
        if card is None:
            self._screen.say("There is no item under the cursor", "warn")
            return
        place = (
            self._data.read_place(self._last) if self._last in self.marks and self._last else None
        )
        if place is not None and self._last is not None and place[0] == card.stage:
            self.growing = Range(card.stage, self._last, place[1])
        else:
            self.growing = Range(card.stage, card.id, self._data.board.index)
        self.show_marks()

    async def mark_all(self) -> None:
        """Mark all that the board shows through the filter; where all is marked, nothing."""
        await self.take_range()
        stream, query, now = self._data.stream, self._data.filter, self._screen.host.now()
        try:
            shown = await self._screen.host.reading.call(lambda r: r.shown(stream, query, now))
        except VsmError as error:
            self._screen.trouble(error)
            return
        if not shown:
            self._screen.say("There is nothing to mark", "warn")
        elif shown.keys() <= self.marks.keys():
            self.unmark()
        else:
            self.marks.update(shown)
            self.show_marks(shown.keys())

    def unmark(self) -> None:
        """Take all marks away; while a range is being marked, just that range."""
        touched = set(self.marks)
        if self.growing is not None:
            self.growing = None
            touched.clear()
        else:
            self.marks.clear()
        self._last = None
        self.show_marks(touched)

    def end_marks(self, items: Iterable[int]) -> None:
        """Take the marks of items away that an action has dealt with."""
        touched = {item for item in items if self.marks.pop(item, None) is not None}
        if self._last in touched:
            self._last = None
        if touched:
            self.show_marks(touched)

    # -- the range --------------------------------------------------------------------

    def _span(self) -> tuple[int, range] | None:
        """The stage of the range and the places that it covers now."""
        if self.growing is None:
            return None
        low, high = sorted((self.growing.index, self._data.board.index))
        return self.growing.stage, range(low, high + 1)

    async def take_range(self) -> None:
        """Turn the range, if there is one, into marks."""
        span = self._span()
        if span is None:
            return
        self.growing = None
        stage, places = span
        stream, query, now = self._data.stream, self._data.filter, self._screen.host.now()
        lanes = self._data.lanes
        try:
            cards = await self._screen.host.reading.call(
                lambda r: r.cards(stream, stage, places.start, len(places), query, now, lanes)
            )
        except VsmError as error:
            self._screen.trouble(error)
            return
        self.marks.update({card.id: card.version for card in cards})
        self._last = cards[-1].id if cards else None
        self.show_marks({card.id for card in cards})

    def follow_cursor(self) -> None:
        """The range goes as far as the cursor; in another column it ends."""
        if self.growing is None:
            return
        board = self._data.board
        if board.column.head.stage.id != self.growing.stage or board.index < 0:
            self.growing = None
        self.show_marks()

    # -- staying true -----------------------------------------------------------------

    def _keep_true(self, changes: list[Change]) -> None:
        """Keep just the marks of items that are still here."""
        if self.active:
            if len(changes) >= MANY or any(change.structure for change in changes):
                self.renew_marks(set(self.marks))
            else:
                self.renew_marks({c.item for c in changes if c.item in self.marks})

    def renew_marks(self, ids: Collection[int | None]) -> None:
        """Read marked items anew: versions are those that the board shows now."""
        if self.growing is not None:
            place = self._data.read_place(self.growing.item)
            if place is None or place[0] != self.growing.stage:
                self.growing = None
            else:
                self.growing.index = place[1]
        items = [i for i in ids if i is not None]
        versions = {
            item.id: item.version
            for item in (self._data.reader.briefs(items) if items else ())
            if item.stream == self._data.stream.id and not item.archived
        }
        for number in items:
            if number in versions:
                self.marks[number] = versions[number]
            else:
                self.marks.pop(number, None)
        self.show_marks(set(items))

    def show_marks(self, touched: Collection[object] = ()) -> None:
        """Show marks on the cards and their number in the hint line."""
        span = self._span()
        self._data.board.set_marks(self.marks, touched, span)
        self._screen.hints.set_marks(len(self.marks), len(span[1]) if span else 0)


def name_items(items: Sequence[ItemSummary]) -> str:
    """One key, or how many items."""
    return items[0].key if len(items) == 1 else f"{len(items)} items"


def list_keys(items: Sequence[ItemSummary]) -> str:
    """The first keys of several items."""
    keys = ", ".join(item.key for item in items[:6])
    return keys + (f" and {len(items) - 6} more" if len(items) > 6 else "")
