"""Flow charts of a stream, over a window, through a filter, as of a moment."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType

from vsm.actions import Scope
from vsm.features.metrics.charts import charts
from vsm.features.metrics.reading import read_figures, read_late_risks
from vsm.model.board import Header
from vsm.model.errors import BadInput, VsmError
from vsm.model.query_tree import Query
from vsm.model.rules import local
from vsm.reader import Reader
from vsm.report.charts import PACE_LINES, PACE_LINES_ASCII, Chart
from vsm.report.publish import publish
from vsm.report.wording import count, day
from vsm.screens.filter_line import FilterLine, filter_of_figures
from vsm.screens.flow_narrowing import narrow_query
from vsm.screens.report_offer import ReportOffer
from vsm.screens.shown_days import asked_of, chosen_days, turn_window
from vsm.screens.vsm_screen import DIM_AFTER, VsmScreen
from vsm.widgets.as_of_line import WindowLine
from vsm.widgets.dashboard import Dashboard
from vsm.widgets.glyphs import ASCII
from vsm.widgets.keyed import bindings
from vsm.widgets.messages import FilterSaved
from vsm.widgets.notice import Notice
from vsm.widgets.status_bars import HintLine

if TYPE_CHECKING:
    from vsm.features.metrics.results import Figures
    from vsm.model.stream import ValueStream
    from vsm.report.document import Document
    from vsm.screens.board.parts import BoardParts

NO_DAYS = "Open a chart over days first: cycle time, cumulative flow or throughput"
"""Why no days can be marked."""


class FlowScreen(VsmScreen):
    """The figures of the stream of the board below it."""

    CSS_PATH = Path(__file__).with_name("vsm_screen.tcss")
    SCOPE = Scope.FLOW
    ACTION = "flow"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.FLOW)
    AUTO_FOCUS = "Dashboard"

    def __init__(self, below: BoardParts, query_text: str) -> None:
        super().__init__()
        self.below: BoardParts
        self.lie_on(below, below.reader, below.stream, query_text)
        board = below.host.actor, below.data.filter
        self.filter_line: FilterLine = filter_of_figures(
            self, query_text, board, lambda: self.dashboard
        )
        self.narrowed: dict[str, str] = {}
        """The type and the class of service that are shown alone, by field of the filter."""
        self.figures: Figures | None = None
        self.then: ValueStream | None = None
        """The stream as of the moment of the figures."""
        self.backlog = True
        """Whether the cumulative flow has the stages of the backlog."""

    def compose(self) -> ComposeResult:
        """Header, window, figures, hints, and a notice that is hidden at first."""
        host = self.host
        skin, glyphs = host.skin, host.glyphs
        self.header = self.make_header()
        self.window_line = WindowLine(skin, glyphs)
        self.dashboard = Dashboard(skin, glyphs)
        self.hints = HintLine(skin, glyphs, host.keymap, Scope.FLOW)
        self.notice = Notice(self.keys("{close}"))
        yield self.header
        yield self.window_line
        yield self.dashboard
        yield self.hints
        yield self.notice

    # -- reading ------------------------------------------------------------------------

    def work_out(self) -> None:
        """Read the figures off this thread; what is shown stays, dimmed, until they are there."""
        self.latest(self._work_out, "figures")

    async def _work_out(self) -> None:
        dim = self.set_timer(DIM_AFTER, partial(self.dashboard.set_stale, True))
        stream, as_of = self.stream, self.as_of
        lines = PACE_LINES_ASCII if self.host.glyphs is ASCII else PACE_LINES
        past, backlog = self.host.view.at is not None, self.backlog
        try:
            asked = asked_of(self, self.filter, as_of)

            def all_of_it(
                reader: Reader,
            ) -> tuple[Figures, tuple[Chart, ...], Header, ValueStream]:
                then = reader.configured(stream, as_of) if past else stream
                figures = read_figures(reader, stream, **asked)
                header = reader.header_at(stream, as_of, present=not past)
                return figures, charts(figures, then, lines, backlog=backlog), header, then

            figures, shown, header, self.then = await self.host.reading.call(all_of_it)
        except (VsmError, BadInput) as error:
            self.dashboard.set_stale(True)
            self.trouble(error)
            return
        finally:
            dim.stop()
        self.figures = figures
        self.dashboard.show(shown)
        self.header.show(header)
        self.tell_window()
        if header.ended:
            ended = day(local(header.until, stream.zone).date())
            there = f"Nothing happened after {ended}: {{data_end}} shows the figures as of then"
            self.hold(self.keys(there), "warn")
        elif self.hints.is_warning:
            self.hints.say("")

    def report_offer(self) -> ReportOffer | None:
        figures, stream = self.figures, self.then or self.stream
        if figures is None:
            return None
        from vsm.features.metrics.report import report

        present, of = self.host.view.at is None, self.stream

        def document(reader: Reader) -> Document:
            late = read_late_risks(reader, of, figures, present=present)
            return report(figures, stream, late)

        return ReportOffer("flow metrics", document, lambda _: publish(figures))

    def tell_window(self) -> None:
        """Say of which days the figures are, and where one is among them."""
        figures = self.figures
        if figures is None:
            return
        shown, board = figures.basic, self.dashboard
        days = self.host.view.window
        name = f"{days} days" if days is not None else "All"
        if chosen_days(self, shown.as_of) is not None:
            name = f"{count((shown.last - shown.first).days + 1, 'day')} chosen"
        span = f"{day(shown.first)} {self.host.glyphs.dash} {day(shown.last)}"
        pages = board.pages
        right = ""
        if board.alone and board.chart is not None:
            chart = board.chart
            right = f"{self.keys('{details}')} items   {self.keys('{close}')} back"
            if board.days is not None:
                right = f"{self.keys('{details}')} show these days   {self.keys('{close}')} unmark"
            elif not chart.stops:
                right = f"{self.keys('{close}')} back"
        elif len(pages) > 1:
            right = f"page {board.page + 1} of {len(pages)}"
        self.window_line.show(name, span, self.filter.text, right)

    # -- moving about -------------------------------------------------------------------

    @on(Dashboard.Moved)
    def _moved(self) -> None:
        self.tell_window()

    def on_resize(self, event: events.Resize) -> None:
        """There may be other pages."""
        self.call_after_refresh(self.tell_window)

    def action_cursor_left(self) -> None:
        """To the left."""
        self.dashboard.step(-1, 0)

    def action_cursor_right(self) -> None:
        """To the right."""
        self.dashboard.step(1, 0)

    def action_cursor_up(self) -> None:
        """Up."""
        self.dashboard.step(0, -1)

    def action_cursor_down(self) -> None:
        """Down."""
        self.dashboard.step(0, 1)

    def action_page_up(self) -> None:
        """A page back."""
        self.dashboard.leaf(-1)

    def action_page_down(self) -> None:
        """A page on."""
        self.dashboard.leaf(1)

    def action_first_item(self) -> None:
        """To the beginning."""
        self.dashboard.end(False)

    def action_last_item(self) -> None:
        """To the end."""
        self.dashboard.end(True)

    def action_next_figure(self) -> None:
        """The next figure."""
        self.dashboard.turn(1)

    def action_previous_figure(self) -> None:
        """The figure before."""
        self.dashboard.turn(-1)

    @on(Dashboard.Opened)
    def action_details(self) -> None:
        """Show the figure alone, then the items behind the place under the cursor."""
        if not self.dashboard.alone:
            self.dashboard.open(True)
            return
        if self.dashboard.days is not None:
            self.host.view.days = self.dashboard.days
            self.dashboard.forget_places()
            self.work_out()
            return
        from vsm.screens.flow_items import behind

        self.begin(behind(self), "dialog")

    async def action_close(self) -> None:
        """Close the message, the mark, the figure that is alone, the filter, what narrows."""
        view = self.host.view
        if self.notice.open:
            self.notice.hide()
        elif self.dashboard.days is not None:
            self.dashboard.mark(False)
        elif self.dashboard.alone:
            self.dashboard.open(False)
        elif self.filter_line.bar is not None:
            await self.filter_line.clear()
        elif view.days is not None:
            view.days = None
            self.work_out()
        elif self.narrowed:
            self.narrow({})
        else:
            self.hints.say("")

    def action_mark_day(self) -> None:
        """Begin a range of days at the cursor, or unmark it."""
        if not self.dashboard.alone or not self.dashboard.mark(self.dashboard.days is None):
            self.say(NO_DAYS, "warn")

    def action_mark_earlier(self) -> None:
        """Mark the day before too."""
        self._extend(-1)

    def action_mark_later(self) -> None:
        """Mark the day after too."""
        self._extend(1)

    def _extend(self, by: int) -> None:
        board = self.dashboard
        if not board.alone or (board.days is None and not board.mark(True)):
            self.say(NO_DAYS, "warn")
        else:
            board.go(by)

    def action_help(self) -> None:
        """Say what the figure means, and how it comes about here."""
        from vsm.screens.flow_items import define

        self.begin(define(self), "dialog")

    def action_backlog(self) -> None:
        """Hide the backlog in the cumulative flow, or show it again."""
        self.backlog = not self.backlog
        self.hints.say("" if self.backlog else "Cumulative flow without the backlog")
        self.work_out()

    def action_compare(self) -> None:
        """Show the figures beside those of the window before."""
        from vsm.screens.flow_items import compare

        self.begin(compare(self), "dialog")

    # -- window and filter ----------------------------------------------------------------

    def action_window(self) -> None:
        """The next longer window."""
        turn_window(self, 1)

    def action_window_back(self) -> None:
        """The next shorter window."""
        turn_window(self, -1)

    @on(FilterSaved)
    def _filter_saved(self) -> None:
        self.hold("Save a filter as a view on the board", "warn")

    def narrow(self, narrowed: Mapping[str, str]) -> None:
        """Show the figures of one type or class of service only, as far as the filter fits."""
        self.narrowed = dict(narrowed)
        self.work_out()

    @property
    def filter(self) -> Query:
        """What the figures are of: the filter, of one type and class where they are chosen."""
        return narrow_query(self.filter_line.query, self.narrowed)
