"""The value stream map of the stream of the board below it, as a screen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from vsm.actions import Scope
from vsm.features.bottlenecks.reading import read_bottlenecks
from vsm.features.map import graph_text
from vsm.features.map.reading import read_map, with_diagnosis
from vsm.features.map.report import report
from vsm.model.board import Header
from vsm.model.errors import Refusal
from vsm.model.plural import count
from vsm.model.query_tree import Query
from vsm.report.publish import publish
from vsm.screens.map_words import MEANS, empty_words, means_in
from vsm.screens.report_offer import ReportOffer, TextOffer
from vsm.screens.report_screen import ReportScreen
from vsm.screens.shown_days import Asked, asked_of, turn_window
from vsm.widgets.as_of_line import WindowLine
from vsm.widgets.keyed import bindings
from vsm.widgets.notice import Notice
from vsm.widgets.status_bars import HintLine
from vsm.widgets.stream_map.view import MapView

if TYPE_CHECKING:
    from vsm.features.bottlenecks.results import Bottlenecks
    from vsm.features.map.results import ValueStreamMap
    from vsm.model.command import Command
    from vsm.model.stream import Stage
    from vsm.reader import Reader
    from vsm.screens.board.parts import BoardParts

DIAGNOSED_AFTER = 0.4
"""Seconds after which a map that is looked at gets its utilisation and constraint."""


class MapScreen(ReportScreen):
    """The value stream map, and keys that change it in place."""

    CSS_PATH = Path(__file__).with_name("vsm_screen.tcss")
    TITLE = "Map"
    MEANS = MEANS
    WAITING = "reading the map"
    ACTION = "map"
    SCOPE = Scope.MAP
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.MAP)
    AUTO_FOCUS = "MapView"

    def __init__(self, below: BoardParts, query_text: str) -> None:
        super().__init__(below, query_text)
        self.map: ValueStreamMap | None = None
        self.follow: str = ""
        """The name of a stage to put the cursor on as soon as it is there."""
        self._diagnosis: Bottlenecks | None = None
        self._diagnosed_at: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        """Header, window, the map, hints, and a notice that is hidden at first."""
        host = self.host
        skin, glyphs = host.skin, host.glyphs
        self.header = self.make_header()
        self.window_line = WindowLine(skin, glyphs)
        self.view = MapView(skin, glyphs, self.WAITING)
        self.findings = self.view  # type: ignore[assignment]
        self.hints = HintLine(skin, glyphs, host.keymap, self.SCOPE)
        self.notice = Notice(self.keys("{close}"))
        yield self.header
        yield self.window_line
        yield self.view
        yield self.hints
        yield self.notice

    # -- reading ---------------------------------------------------------------------------

    @property
    def means(self) -> str:
        return means_in(self.host.glyphs)

    def asked(self) -> Asked:
        """What the figures are asked of, and the items behind them."""
        return asked_of(self, self.filter, self.as_of)

    def reading(self) -> Callable[[Reader], tuple[ValueStreamMap, Header]]:
        # Own changes of its structure are not noticed by polling before the next look.
        self.stream = self.reader.stream(self.stream.id) or self.stream
        stream, asked = self.stream, self.asked()

        def read(reader: Reader) -> tuple[ValueStreamMap, Header]:
            header = reader.header_at(stream, asked["as_of"], present=asked["present"])
            return read_map(reader, stream, **asked), header

        return read

    def show_result(self, result: tuple[ValueStreamMap, Header]) -> None:
        shown, header = result
        first = self.map is None
        if self._diagnosis is not None and self._diagnosed_at == self._moment():
            shown = with_diagnosis(shown, self._diagnosis)
        self.header.show(header)
        self.header.set_advice(self.below.advice)
        if first:
            self.view.stage = self._limiting()
        self._show(shown)
        if first:
            self.host.typeahead.release()
        self.set_timer(DIAGNOSED_AFTER, partial(self.latest, self._diagnose, "plays"))

    def _show(self, shown: ValueStreamMap) -> None:
        self.map = self.result = shown
        self.view.empty = self.keys(empty_words(shown))
        start = self.stream.commitment_stage
        now = self.host.view.at is None and start is not None
        self.view.commitment = start.id if now and start is not None else None
        self.view.show(shown)
        named = [s.id for s in shown.stages if s.name == self.follow and not s.retired]
        if named:
            self.view.choose(named[0])
            self.follow = ""
        self._say_window()

    def _limiting(self) -> int | None:
        """The stage that the header names as what limits the flow, if it does already."""
        advice = self.below.data.advice
        names = advice.stages if advice is not None and self.host.view.at is None else ()
        return next((stage.id for stage in self.stream.line if stage.name in names), None)

    def _moment(self) -> tuple[object, ...]:
        """What the diagnosis depends on, so that it is read anew where that changed."""
        return self.reader.position(), self.host.view.at

    async def _diagnose(self) -> None:
        """Add utilisation and constraint, which take longer to work out than all the rest."""
        if self.map is None or not self.is_open or self._diagnosed_at == self._moment():
            return
        moment = self._moment()
        stream, as_of, past = self.stream, self.as_of, self.host.view.at is not None
        diagnosis = await self.host.reading.call(
            lambda reader: read_bottlenecks(
                reader, stream, as_of=as_of, query=Query(), present=not past
            )
        )
        self._diagnosis, self._diagnosed_at = diagnosis, moment
        if self._moment() == moment:
            # Perhaps on another map by now, whose own look this one makes needless.
            self._show(with_diagnosis(self.map, diagnosis))

    def report_offer(self) -> ReportOffer | None:
        shown = self.map
        if shown is None:
            return None
        texts = (
            TextOffer("as Mermaid", ".mmd", "for a wiki", lambda: graph_text.mermaid(shown)),
            TextOffer("as DOT", ".dot", "for Graphviz", lambda: graph_text.dot(shown)),
        )
        return ReportOffer("map", lambda _: report(shown), lambda _: publish(shown), texts)

    # -- what is said ----------------------------------------------------------------------

    @on(MapView.Moved)
    def _say_window(self) -> None:
        """Say of which days the figures are, which columns are seen, and what is hidden."""
        shown, view, glyphs = self.map, self.view, self.host.glyphs
        if shown is None:
            return
        window = shown.window
        days = self.host.view.window
        name = f"{days} days" if days is not None else "all"
        if self.host.view.days is not None:
            name = f"{window.first} {glyphs.dash} {window.last}"
        parts = []
        first, last, columns = view.columns_seen
        if columns and last - first + 1 < columns:
            left = f"{glyphs.left} " if first else ""
            right = f" {glyphs.right}" if last + 1 < columns else ""
            parts.append(f"{left}{first + 1}{glyphs.dash}{last + 1} of {columns}{right}")
        if view.top or view.lines_below:
            up, down = (glyphs.up if view.top else ""), (glyphs.down if view.lines_below else "")
            parts.append(f"{up}{down} more")
        hidden = view.edges.hidden if view.edges is not None else 0
        if hidden:
            parts.append(self.keys(f"{count(hidden, 'rarer edge')} hidden, {{every_edge}}: all"))
        elif view.every:
            parts.append(self.keys("all edges, {every_edge}: fewer"))
        self.window_line.show(self.TITLE, name, self.filter_text, f" {glyphs.dot} ".join(parts))

    # -- moving about ----------------------------------------------------------------------

    def let_keys_go(self) -> None:
        if self.view.shown:
            self.host.typeahead.in_front(self)

    def action_cursor_left(self) -> None:
        """To the box on the left."""
        self.view.step(-1, 0)

    def action_cursor_right(self) -> None:
        """To the box on the right."""
        self.view.step(1, 0)

    def action_cursor_up(self) -> None:
        """To the box above."""
        self.view.step(0, -1)

    def action_cursor_down(self) -> None:
        """To the box below."""
        self.view.step(0, 1)

    def action_page_up(self) -> None:
        """As many columns back as are seen."""
        self.view.leaf(-1)

    def action_page_down(self) -> None:
        """As many columns on as are seen."""
        self.view.leaf(1)

    def action_first_item(self) -> None:
        """To the first box."""
        self.view.end(False)

    def action_last_item(self) -> None:
        """To the last box."""
        self.view.end(True)

    def action_next_edge(self) -> None:
        """To the next edge of the box."""
        self.view.turn(1)

    def action_previous_edge(self) -> None:
        """To the previous edge of the box."""
        self.view.turn(-1)

    def action_every_edge(self) -> None:
        """Draw all edges, or the most travelled ones."""
        self.view.show_every(not self.view.every)

    async def action_close(self) -> None:
        """Close the message, leave the edge, then the filter."""
        if not self.notice.open and self.view.edge is not None:
            self.view.leave_edge()
        else:
            await super().action_close()

    def action_window(self) -> None:
        """The next longer window."""
        turn_window(self, 1)

    def action_window_back(self) -> None:
        """The next shorter window."""
        turn_window(self, -1)

    # -- changing --------------------------------------------------------------------------

    def chosen(self) -> Stage | None:
        """The stage under the cursor, as the stream has it now; says so where it has gone."""
        stage = self.stream.by_id.get(self.view.stage or 0)
        if stage is None:
            self.say("That stage has just gone from the map", "warn")
        return stage

    async def apply(self, *commands: Command, message: str = "") -> Refusal | None:
        """Do commands as one group and draw the map anew; gives back what was refused."""
        result = await self.below.writer.ask(lambda session: session.do(*commands))
        if isinstance(result, Refusal):
            self.follow = ""
            return result
        self.below.writer.show_outcome(result)
        self.say(f"{self.host.glyphs.done} {message or result.label}")
        self.work_out()
        return None

    # -- what is behind it -----------------------------------------------------------------

    @on(MapView.Opened)
    def _box_opened(self) -> None:
        self.action_details()

    def action_details(self) -> None:
        """Open the items behind a figure of the box, or behind the edge."""
        from vsm.screens.map_items import items_behind

        self.begin(items_behind(self), "dialog")
