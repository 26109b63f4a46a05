"""Marks: which items the keys that change things act on, where it is not the one under the cursor.

Marks are kept by item, so they hold for what is scrolled out of sight, folded or filtered away.
They remember the version that was seen: what somebody else changes meanwhile is taken over as
soon as the board shows it, and refused until then.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on

from vsm.model.errors import VsmError
from vsm.screens.board.base import MANY, BoardBase
from vsm.widgets.board import Board

if TYPE_CHECKING:
    from vsm.model.board import Change, ItemSummary


@dataclass(slots=True)
class Range:
    """A range that is being marked: from an item to the cursor, in one stage."""

    stage: int
    item: int
    index: int


class Marking(BoardBase):
    """Marking, and telling what is to be acted on."""

    growing: Range | None = None
    """The range that grows with the cursor, while there is one."""
    _last: int | None = None
    """The item that was marked last: a range begins there."""

    @property
    def marks(self) -> dict[int, int]:
        """Id → version as it was seen, of the marked items of this stream; kept by the app."""
        return self.host.view.marked.setdefault(self.stream.id, {})

    # -- what is acted on -------------------------------------------------------------

    @property
    def marking(self) -> bool:
        """Whether anything is marked."""
        return self.growing is not None or bool(self.marks)

    def brief_here(self) -> ItemSummary | None:
        """The item under the cursor."""
        from vsm.model.board import ItemSummary

        card = self.board.card
        if card is None:
            return None
        where = (self.stream.id, card.stage, card.version)
        return ItemSummary(
            card.id, card.key, card.title, *where, card.owner, card.blocked is not None
        )

    async def targets(self) -> list[ItemSummary]:
        """What a key acts on: all that is marked, else the item under the cursor."""
        await self.take_range()
        if self.marks:
            seen = dict(self.marks)
            try:
                found = await self.host.reading.call(lambda reader: reader.briefs(seen))
            except VsmError as error:
                self.trouble(error)
                return []
            return [brief._replace(version=seen[brief.id]) for brief in found]
        here = self.brief_here()
        return [here] if here is not None else []

    # -- keys -------------------------------------------------------------------------

    def action_mark(self) -> None:
        """Mark the item under the cursor, or take its mark away, and go down."""
        self.begin(self._mark(), "mark")

    async def _mark(self) -> None:
        await self.take_range()
        card = self.board.card
        if card is None:
            self.say("There is no item under the cursor", "warn")
            return
        if card.id in self.marks:
            del self.marks[card.id]
            self._last = None
        else:
            self.marks[card.id] = card.version
            self._last = card.id
        self.show_marks({card.id})
        self.board.step(0, 1)

    def action_mark_range(self) -> None:
        """Begin a range at the last mark or at the cursor; again: keep it."""
        self.begin(self._mark_range(), "mark")

    async def _mark_range(self) -> None:
        if self.growing is not None:
            await self.take_range()
            return
        card = self.board.card
        if card is None:
            self.say("There is no item under the cursor", "warn")
            return
        place = self.read_place(self._last) if self._last in self.marks and self._last else None
        if place is not None and self._last is not None and place[0] == card.stage:
            self.growing = Range(card.stage, self._last, place[1])
        else:
            self.growing = Range(card.stage, card.id, self.board.index)
        self.show_marks()

    def action_mark_all(self) -> None:
        """Mark all that the board shows through the filter; where all is marked, nothing."""
        self.begin(self._mark_all(), "mark")

    async def _mark_all(self) -> None:
        await self.take_range()
        stream, wanted, now = self.stream, self.filter, self.host.now()
        try:
            found = await self.host.reading.call(lambda r: r.shown(stream, wanted, now))
        except VsmError as error:
            self.trouble(error)
            return
        if not found:
            self.say("There is nothing to mark", "warn")
        elif found.keys() <= self.marks.keys():
            self.unmark()
        else:
            self.marks.update(found)
            self.show_marks(found.keys())

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

    # -- the range --------------------------------------------------------------------

    def _span(self) -> tuple[int, range] | None:
        """The stage of the range and the places that it covers now."""
        if self.growing is None:
            return None
        low, high = sorted((self.growing.index, self.board.index))
        return self.growing.stage, range(low, high + 1)

    async def take_range(self) -> None:
        """Turn the range, if there is one, into marks."""
        span = self._span()
        if span is None:
            return
        self.growing = None
        stream, wanted, now, (stage, places) = self.stream, self.filter, self.host.now(), span
        try:
            cards = await self.host.reading.call(
                lambda r: r.cards(stream, stage, places.start, len(places), wanted, now)
            )
        except VsmError as error:
            self.trouble(error)
            return
        self.marks.update({card.id: card.version for card in cards})
        self._last = cards[-1].id if cards else None
        self.show_marks({card.id for card in cards})

    @on(Board.CursorMoved)
    async def _range_follows(self) -> None:
        """The range goes as far as the cursor; in another column it ends."""
        if self.growing is None:
            return
        if self.board.column.head.stage.id != self.growing.stage or self.board.index < 0:
            self.growing = None
        self.show_marks()

    # -- staying true -----------------------------------------------------------------

    def catch_up(self, follow: int | None = None) -> list[Change]:
        """Show what was recorded since, and keep just the marks of items that are still here."""
        changes = super().catch_up(follow)
        if changes and self.marking:
            if len(changes) >= MANY or any(change.structure for change in changes):
                self.renew_marks(set(self.marks))
            else:
                self.renew_marks({c.item for c in changes if c.item in self.marks})
        return changes

    def renew_marks(self, ids: Collection[int | None]) -> None:
        """Read marked items anew: versions are those that the board shows now."""
        if self.growing is not None:
            place = self.read_place(self.growing.item)
            if place is None or place[0] != self.growing.stage:
                self.growing = None
            else:
                self.growing.index = place[1]
        wanted = [i for i in ids if i is not None]
        here = {
            brief.id: brief.version
            for brief in (self.reader.briefs(wanted) if wanted else ())
            if brief.stream == self.stream.id and not brief.archived
        }
        for item in wanted:
            if item in here:
                self.marks[item] = here[item]
            else:
                self.marks.pop(item, None)
        self.show_marks(set(wanted))

    def show_marks(self, touched: Collection[object] = ()) -> None:
        """Show marks on the cards and their number in the hint line."""
        span = self._span()
        self.board.set_marks(self.marks, touched, span)
        self.hints.set_marks(len(self.marks), len(span[1]) if span else 0)
