"""One column of the board: a single line-API widget however many cards it has.

It holds the column's head, a window of its cards and a cache of drawn strips. It never asks
for data itself: the board hands it windows before it paints.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

from rich.segment import Segment
from textual import events
from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from vsm.model.board import Card, Column
from vsm.text_width import clip, fit, wrap
from vsm.widgets.card import Shape, draw, shape_for
from vsm.widgets.column_head import folded_line, head_line
from vsm.widgets.glyphs import Glyphs
from vsm.widgets.line_widget import Lines
from vsm.widgets.styles import Styles

HEAD = 1
"""Lines of the head."""
FOOT = 1
"""Lines below the cards: how many more there are."""
_EMPTY = 6
"""Lines that an empty column may take to say so."""
_CACHE = 600


class BoardColumn(Lines, can_focus=False):
    """Head, visible cards, foot. ``top`` is the index of the first card that is painted."""

    DEFAULT_CSS = "BoardColumn { height: 1fr; width: 1fr; }"

    @dataclass
    class Clicked(Message):
        """A card was clicked; ``index`` is its place in the column."""

        column: BoardColumn
        index: int
        twice: bool

    @dataclass
    class Scrolled(Message):
        """The wheel turned over the column by ``by`` cards."""

        column: BoardColumn
        by: int

    @dataclass
    class Resized(Message):
        """The column has another size: its window may be too small now."""

        column: BoardColumn

    def __init__(self, head: Column, skin: Styles, glyphs: Glyphs, compact: bool = False) -> None:
        super().__init__()
        self._compact = compact
        self.head = head
        self.tall = 0
        """Lines to reckon with until it is laid out for the first time."""
        self.top = 0
        self.selected: int | None = None
        """The card under the cursor; -1 where the cursor is here, but on no card."""
        self.folded = False
        self.rest = 0
        """Where the cursor was when the column was folded."""
        self.aim: int | None = None
        """Where a dragged card would go: a place, or -1 for the column as a whole."""
        self.number = ""
        self.limits = False
        """Whether the stage limits the flow."""
        self.gates = 0
        """Controls that moves into the stage call for."""
        self.marked: Container[int] = ()
        """Ids of the items that are marked."""
        self.span: range = range(0)
        """Places that a range of marks covers besides."""
        self.empty = ""
        self.first = 0
        self.cards: Sequence[Card] = ()
        self._skin = skin
        self._glyphs = glyphs
        self._cache: LRUCache[tuple[object, ...], list[Strip]] = LRUCache(_CACHE)
        self._drawn = (0, 0, shape_for(0), 1)

    # -- geometry -----------------------------------------------------------------

    @property
    def shape(self) -> Shape:
        """The shape of this column's cards, by its height."""
        return shape_for((self.size.height or self.tall) - HEAD - FOOT, self._compact)

    @property
    def rows(self) -> int:
        """How many whole cards are visible at once."""
        height = (self.size.height or self.tall) - HEAD - FOOT
        return max(1, height // shape_for(height, self._compact).height)

    @property
    def ended(self) -> bool:
        """Whether items here are done or dropped."""
        return self.head.stage.category.ended

    def card_at(self, index: int) -> Card | None:
        """The card at a place of the column, where the window holds it."""
        at = index - self.first
        return self.cards[at] if 0 <= at < len(self.cards) else None

    def place_at(self, y: int) -> int:
        """The place of the card at line ``y`` of the column, the nearest where there is none."""
        row = max(0, min(self.rows - 1, (y - HEAD) // self.shape.height))
        return max(0, min(self.head.shown - 1, self.top + row))

    def holds(self, first: int, last: int) -> bool:
        """Whether the window has every card from ``first`` up to (not with) ``last``."""
        first, last = max(0, first), min(last, self.head.shown)
        return first >= last or (self.first <= first and last <= self.first + len(self.cards))

    def _region(self, index: int) -> Region:
        shape = self.shape
        y = HEAD + (index - self.top) * shape.height
        # Without separator and gap: they never change, and each line costs bytes on the wire.
        return Region(0, y, self.size.width - 1, shape.height - shape.gap)

    def _is_marked(self, card: Card, index: int) -> bool:
        return card.id in self.marked or index in self.span

    # -- what it shows ------------------------------------------------------------

    def set_head(self, head: Column) -> None:
        """Show another head; the foot tells the new count."""
        if head != self.head:
            emptied = not head.shown or not self.head.shown
            self.head = head
            if emptied or self.folded:
                self.refresh()
            else:
                self.refresh_head()

    def set_limits(self, limits: bool) -> None:
        """Mark the stage as one that limits the flow, or no longer."""
        if limits != self.limits:
            self.limits = limits
            if self.folded:
                self.refresh()
            else:
                self.refresh_head()

    def set_gates(self, gates: int) -> None:
        """Show how many controls moves into the stage call for."""
        if gates != self.gates:
            self.gates = gates
            self.refresh_head()

    def set_number(self, number: str) -> None:
        """Show the number that jumps here in front of the name (``""``: none)."""
        if number != self.number:
            self.number = number
            self.refresh_head()

    def set_window(self, first: int, cards: Sequence[Card]) -> None:
        """Take over freshly read cards; repaints just the visible ones that differ."""
        if self.folded:
            self.first, self.cards = first, cards
            return
        seen = range(self.top, self.top + self.rows)
        before = [self.card_at(i) for i in seen]
        self.first, self.cards = first, cards
        changed: list[Region] = []
        for i, old in zip(seen, before, strict=True):
            changed += self._differing(i, old, self.card_at(i))
        if changed:
            self.refresh(*changed)

    def _differing(self, index: int, old: Card | None, new: Card | None) -> list[Region]:
        """The lines of a place in which two cards differ: each line costs bytes on the wire."""
        if old == new:
            return []
        whole = self._region(index)
        if old is None or new is None:
            return [whole]
        width, chosen = self.size.width, index == self.selected
        was = self._strips(old, width, self.shape, chosen, self._is_marked(old, index))
        now = self._strips(new, width, self.shape, chosen, self._is_marked(new, index))
        return [
            Region(0, whole.y + n, whole.width, 1) for n in range(whole.height) if was[n] != now[n]
        ]

    def set_view(self, top: int, selected: int | None) -> None:
        """Scroll to ``top`` and put the cursor on ``selected``; repaints as little as can be."""
        if top != self.top:
            self.top, self.selected = top, selected
            width, height = self.size
            self.refresh(Region(0, HEAD, width - 1, height - HEAD))
        elif selected != self.selected:
            touched = {self.selected, selected}
            self.selected = selected
            if self.folded:
                self.refresh()
            elif -1 in touched:
                self.refresh(Region(0, HEAD, self.size.width - 1, _EMPTY))
            else:
                self.refresh(*[self._region(i) for i in touched if i is not None])

    def set_marks(self, touched: Container[object], span: range) -> None:
        """Repaint the cards of items in ``touched`` and of places that come into or leave a span.

        The set of marked items is shared with whoever marks, and has changed already.
        """
        old, self.span = self.span, span
        if self.folded:
            return
        changed: list[Region] = []
        for index in range(self.top, self.top + self.rows):
            card = self.card_at(index)
            if card is not None and (card.id in touched or (index in old) != (index in span)):
                changed.append(self._region(index))
        if changed:
            self.refresh(*changed)

    def set_folded(self, folded: bool) -> None:
        """Draw as a narrow strip, or with cards again."""
        self.folded = folded
        self.refresh()

    def set_aim(self, aim: int | None) -> None:
        """Mark where a dragged card would go."""
        if aim != self.aim:
            touched = {self.aim, aim}
            self.aim = aim
            if self.folded:
                self.refresh()
            else:
                self.redraw(0)
                self.refresh(*[self._region(i) for i in touched if i is not None and i >= 0])

    def set_skin(self, skin: Styles) -> None:
        """Draw with other colours."""
        self._skin = skin
        self._cache.clear()
        self.refresh()

    def refresh_head(self) -> None:
        """Repaint head and foot."""
        self.redraw(0)
        self.redraw(self.size.height - FOOT)

    # -- drawing ------------------------------------------------------------------

    def begin(self, size: Size) -> None:
        """Work out once what each line asks for."""
        self._drawn = (*size, self.shape, self.rows)

    def render_line(self, y: int) -> Strip:
        """One line of the column; everything it needs is there already."""
        width, height, shape, rows = self._drawn
        room = max(0, width - 1)
        edge = self._edge
        if self.folded:
            inks = self._skin.bar if y < HEAD else self._skin.plain
            if self.selected is not None or self.aim is not None:
                inks = self._skin.cursor
            lines = height - HEAD - 1
            piece = folded_line(
                self.head, y - HEAD, lines, room, self.number, inks, self._glyphs, self.limits
            )
            return Strip([piece, edge], width)
        if y < HEAD:
            aimed = self.aim is not None
            inks = self._skin.cursor if aimed else self._skin.bar
            drawn_with = self._head(), width, self.number, inks, self._glyphs
            return Strip(head_line(*drawn_with, aimed, self.limits, self.gates), width)
        if y >= height - FOOT:
            return Strip([*self._foot_line(room, rows), edge], width)
        row, line = divmod(y - HEAD, shape.height)
        index = self.top + row
        if row < rows and index < self.head.shown:
            card = self.card_at(index)
            if card is not None:
                marked = self._is_marked(card, index)
                strip = self._strips(card, width, shape, index == self.selected, marked)[line]
                return self._aimed(strip) if index == self.aim else strip
        blank = " " * room
        style = self._skin.plain.faint
        if not self.head.shown and self.empty:
            words = wrap(self.empty, max(1, room - 2), _EMPTY, self._glyphs.ellipsis)
            if 1 <= y - HEAD <= len(words):
                blank = fit(f" {words[y - HEAD - 1]}", room)
                style = self._skin.cursor.text if self.selected is not None else style
        return Strip([Segment(blank, style), edge], width)

    def _head(self) -> Column:
        """What the head is drawn from."""
        return self.head

    @property
    def _edge(self) -> Segment:
        return Segment(self._glyphs.separator, self._skin.plain.faint)

    def _aimed(self, strip: Strip) -> Strip:
        """A line of the place to which a card is dragged: its edge points there."""
        mark = Segment(self._glyphs.right, self._skin.plain.accent)
        return Strip([mark, *list(strip)[1:]], strip.cell_length)

    def _strips(
        self, card: Card, width: int, shape: Shape, selected: bool, marked: bool
    ) -> list[Strip]:
        key = (card, selected, width, shape, marked)
        strips = self._cache.get(key)
        if strips is None:
            inked = self._skin, self._glyphs, self.ended, marked
            drawn = draw(card, width - 1, shape, selected, *inked)
            strips = self._cache[key] = [Strip([*strip, self._edge], width) for strip in drawn]
        return strips

    def _foot_line(self, room: int, rows: int) -> list[Segment]:
        glyphs = self._glyphs
        below = self.head.shown - self.top - rows
        parts = []
        if self.top > 0:
            parts.append(f"{glyphs.up} {self.top}")
        if below > 0:
            parts.append(f"{glyphs.down} {below} more")
        text = clip("  ".join(parts), max(0, room - 1), glyphs.ellipsis)
        return [Segment(fit(f" {text}", room), self._skin.plain.faint)]

    # -- the mouse ----------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        """A click chooses a card, a second one opens its details."""
        row = (event.y - HEAD) // self.shape.height
        index = self.top + row
        if self.folded:
            self.post_message(self.Clicked(self, self.top, False))
        elif event.y >= HEAD and row < self.rows and index < self.head.shown:
            self.post_message(self.Clicked(self, index, event.chain == 2))
        elif event.y < HEAD and self.head.shown:
            self.post_message(self.Clicked(self, self.top, False))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll this column by a card."""
        event.stop()
        self.post_message(self.Scrolled(self, 1))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll this column back by a card."""
        event.stop()
        self.post_message(self.Scrolled(self, -1))

    def on_resize(self) -> None:
        """Ask for as many cards as fit now."""
        self.post_message(self.Resized(self))
