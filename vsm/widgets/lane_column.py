"""A column of a board in lanes: cards stand below the heads of their lanes, blank lines between."""

from __future__ import annotations

from typing import Any

from rich.segment import Segment
from textual import events
from textual.geometry import Region, Size
from textual.strip import Strip

from vsm.model.board import Card, Column
from vsm.model.lanes import Lane
from vsm.model.sanitise import inert_line
from vsm.text_width import clip, fit, width_of
from vsm.widgets.column import FOOT, HEAD, BoardColumn
from vsm.widgets.lane_layout import LaneLayout
from vsm.widgets.messages import LaneClicked


class LaneColumn(BoardColumn):
    """One column; all columns of a board share one ``lanes``, which says where cards stand."""

    def __init__(self, lanes: LaneLayout, *args: Any) -> None:
        super().__init__(*args)
        self.lanes = lanes
        self.names_lanes = False
        """Whether it writes the names of lanes: the first visible one does."""

    @property
    def _stage(self) -> int:
        return self.head.stage.id

    @property
    def view(self) -> int:
        """How many lines of lanes are visible."""
        return max(1, (self.size.height or self.tall) - HEAD - FOOT)

    @property
    def rows(self) -> int:
        """How many cards may be visible at once, in part too."""
        return self.view // self.shape.height + 2

    def place_at(self, y: int) -> int:
        return self.lanes.nearest(self._stage, self.lanes.top + y - HEAD)

    def refresh_body(self) -> None:
        """Repaint everything between head and foot, and the foot."""
        width, height = self.size
        self.refresh(Region(0, HEAD, width, max(0, height - HEAD)))

    def _region(self, index: int) -> Region:
        first = self.lanes.line_of(self._stage, index) - self.lanes.top
        # The first line is the head of a lane, whatever is below it.
        top, bottom = max(1, first), min(self.view, first + self.shape.height - self.shape.gap)
        if bottom <= top:
            return Region(0, HEAD, 0, 0)
        return Region(0, HEAD + top, self.size.width - 1, bottom - top)

    def _differing(self, index: int, old: Card | None, new: Card | None) -> list[Region]:
        return [] if old == new else [self._region(index)]

    # -- drawing ------------------------------------------------------------------

    def _head(self) -> Column:
        """With the items of folded lanes: they are not hidden as by a filter."""
        shown = sum(lane.counts.get(self._stage, 0) for lane in self.lanes.lanes)
        return self.head._replace(shown=shown)

    def begin(self, size: Size) -> None:
        super().begin(size)
        self.lanes.set_card(self.shape.height)

    def render_line(self, y: int) -> Strip:
        width, height, shape, _ = self._drawn
        if self.folded or y < HEAD or y >= height - FOOT:
            return super().render_line(y)
        lanes = self.lanes
        line = lanes.top + y - HEAD
        if y == HEAD + 1 and not self.head.shown and (self.empty or self.selected is not None):
            inks = self._skin.cursor if self.selected is not None else self._skin.plain
            words = fit(f" {self.empty or 'all folded'}", max(0, width - 1))
            return Strip(
                [Segment(words, inks.text if self.selected is not None else inks.faint), self._edge]
            )
        if not lanes.lanes or line >= lanes.total:
            return Strip([Segment(" " * max(0, width - 1), self._skin.plain.faint), self._edge])
        lane = lanes.lane_at(line)
        if y == HEAD or line == lanes.heads[lane]:
            return self._lane_head(lanes.lanes[lane], width)
        place = lanes.card_at(self._stage, line)
        card = self.card_at(place[0]) if place is not None else None
        if place is None or card is None:
            return Strip([Segment(" " * max(0, width - 1), self._skin.plain.faint), self._edge])
        index, within = place
        marked = self._is_marked(card, index)
        strip = self._strips(card, width, shape, index == self.selected, marked)[within]
        return self._aimed(strip) if index == self.aim else strip

    def _lane_head(self, lane: Lane, width: int) -> Strip:
        """The lane's name in the first column, and in each how many cards it has there."""
        inks, glyphs = self._skin.bar, self._glyphs
        count, ink = self._lane_count(lane)
        count = f" {count} " if count else ""
        name = ""
        if self.names_lanes:
            sign = glyphs.right if lane.key in self.lanes.folded else glyphs.pick
            name = f"{sign} {inert_line(lane.name)} ({lane.total}) "
        room = max(0, width - width_of(count))
        name = clip(name, room, glyphs.ellipsis)
        rest = ("-" if glyphs.bar == " " else "─") * max(0, room - width_of(name))
        pieces = [Segment(name, inks.strong), Segment(rest, inks.faint), Segment(count, ink)]
        return Strip([piece for piece in pieces if piece.text], width)

    def _lane_count(self, lane: Lane) -> tuple[str, Any]:
        """How many cards, against the limit of a class of service in this stage if it has one."""
        inks, count = self._skin.bar, lane.counts.get(self._stage, 0)
        limit = next((c for c in self.head.classes if c.service is lane.service), None)
        if limit is None:
            return f"{count}" if count else "", inks.text
        # What a filter leaves, and of what: the limit holds for all of them.
        some = f"{count} of " if count != limit.wip else ""
        if limit.wip > limit.limit:
            return f"{some}{limit.wip}/{limit.limit} {self._glyphs.over}", inks.bad
        mark = f" {self._glyphs.full}" if limit.wip == limit.limit else ""
        return f"{some}{limit.wip}/{limit.limit}{mark}", inks.warn if mark else inks.text

    def _foot_line(self, room: int, rows: int) -> list[Segment]:
        lanes, glyphs = self.lanes, self._glyphs
        above = lanes.first_from(self._stage, lanes.top + 1)
        below = self.head.shown - lanes.first_from(self._stage, lanes.top + self.view)
        parts = [f"{glyphs.up} {above}"] if above > 0 and lanes.top else []
        parts += [f"{glyphs.down} {below} more"] if below > 0 else []
        text = clip("  ".join(parts), max(0, room - 1), glyphs.ellipsis)
        return [Segment(fit(f" {text}", room), self._skin.plain.faint)]

    # -- the mouse ----------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        """A click chooses a card, one on the head of a lane folds it."""
        event.prevent_default()  # of the column without lanes
        line = self.lanes.top + event.y - HEAD
        if self.folded or event.y < HEAD:
            if self.folded or self.head.shown:
                self.post_message(self.Clicked(self, self.top, False))
            return
        if not self.lanes.lanes or line >= self.lanes.total:
            return
        lane = self.lanes.lane_at(line)
        place = self.lanes.card_at(self._stage, line)
        if event.y == HEAD or line == self.lanes.heads[lane]:
            self.post_message(LaneClicked(self.lanes.lanes[lane].key))
        elif place is not None:
            self.post_message(self.Clicked(self, place[0], event.chain == 2))
