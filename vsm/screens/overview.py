"""All value streams as a screen: one row each, which opens the board of its stream."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from vsm.actions import Scope
from vsm.features.overview.reading import limiting_of, read_row
from vsm.features.overview.report import ORDERS, StreamTarget, report, summary
from vsm.features.overview.results import Limiting, Overview, StreamRow
from vsm.model.errors import BadInput, VsmError
from vsm.model.rules import iso
from vsm.reader import Reader
from vsm.screens.all_streams import open_stream, without_stream
from vsm.screens.report_screen import ReportScreen
from vsm.screens.vsm_screen import DIM_AFTER
from vsm.widgets.date_text import day
from vsm.widgets.keyed import bindings
from vsm.widgets.status_bars import HeaderLine

if TYPE_CHECKING:
    from vsm.model.item import Item
    from vsm.model.stream import ValueStream
    from vsm.screens.board.parts import BoardParts

MEANS = """\
One row a value stream, as the header of its board has it: items in progress against the sum of \
the WIP limits; in a wide terminal also the items of each stage against its limit (▲ over it, +1: \
one that is exempt), and limits over several stages where they are exceeded; \
the cycle time within which 85% finished in the last 90 days; items finished in each full week of \
these days, the tallest week as high as the line; the oldest item in progress; blocked items; what \
limits the flow, which is worked out beside the board: … until it is known.

An arrow stands only where the latest full week is a signal of the natural process limits (XmR: \
mean ± 2.66 × mean moving range): beyond a limit, or the eighth or a further week in a row on one \
side of the mean. All else is usual variation and has no arrow. Throughput is judged by the items \
finished a week, from one a week on; cycle time by the median of each week, with at least 8 weeks \
in which items finished, and a week beyond a limit counts from 5 items on. Where the \
first item finished within these 90 days, or without activity in the last 14, there is no arrow.

A stream without activity in the last 14 days is faint: its figures are of the 90 days before its \
last activity.

A filter shows the figures of the items that match; limits and bottlenecks are those of all \
items (2 of 9/8: 2 match of 9, where 8 are allowed)."""

LEARN_AFTER = 0.3
"""Seconds after which bottlenecks are asked for: the first picture comes before."""
AGAIN = 900.0
"""Seconds after which they are asked for again."""
AT_ONCE = 0.1
"""Seconds of reading after which the rows that are known are shown."""


class OverviewScreen(ReportScreen):
    """All streams at a glance."""

    TITLE = "Overview"
    MEANS = MEANS
    ACTION = "overview"
    SCOPE = Scope.OVERVIEW
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.OVERVIEW)
    WAITING = "reading the streams"

    def __init__(self, below: BoardParts, query_text: str) -> None:
        super().__init__(below, query_text)
        self.overview: Overview | None = None
        self.limiting: dict[int, Limiting] = {}
        """What limits each stream, where that is known."""
        self._order = 0
        self._looks = False
        """Whether bottlenecks are being looked for."""

    def make_header(self) -> HeaderLine:
        return without_stream(super().make_header())

    def on_mount(self) -> None:
        if self.host.machine.processes:
            self.set_interval(AGAIN, self.learn_limits)

    # -- reading --------------------------------------------------------------------------

    def reading(self) -> Callable[[Reader], Sequence[ValueStream]]:
        return Reader.all_streams

    def work_out(self) -> None:
        self.latest(self._read_rows, "figures")

    async def _read_rows(self) -> None:
        """Read the streams; those that are known are shown where these are other figures."""
        at, query = self.host.view.at, self.filter
        now = self.host.now() if at is None else at
        before, text = self.overview, query.text or None
        is_new = before is None or before.filter != text or at is not None
        dim = self.set_timer(DIM_AFTER, partial(self.findings.set_stale, True))
        rows: list[StreamRow] = []

        def read_some(reader: Reader) -> list[StreamRow]:
            """Some more rows, as many as are read in a moment."""
            begun, some = monotonic(), []
            for stream in streams[len(rows) :]:
                some.append(read_row(reader, stream, now, query, past=at is not None))
                if monotonic() - begun > AT_ONCE:
                    break
            return some

        try:
            streams = await self.host.reading.call(self.reading())
            while len(rows) < len(streams):
                rows += await self.host.reading.call(read_some)
                left = tuple((stream.id, stream.name) for stream in streams[len(rows) :])
                if is_new and left:
                    dim.stop()
                    self._show(Overview(as_of=now, filter=text, streams=tuple(rows), pending=left))
        except (VsmError, BadInput) as error:
            self.findings.set_stale(True)
            self.trouble(error)
            return
        finally:
            dim.stop()
        self._show(Overview(as_of=now, filter=text, streams=tuple(rows)))

    def _show(self, overview: Overview) -> None:
        """Show these rows, with the cursor on the line where it was."""
        under = self.target
        named = (under.title, under.stream) if isinstance(under, StreamTarget) else None
        self.overview = overview
        rows = tuple(replace(r, bottleneck=self.limiting.get(r.id)) for r in overview.streams)
        result = replace(overview, streams=rows)
        order = ORDERS[self._order]
        document = report(result, order, plain=self.host.ascii_only, waiting=self._looks)
        chosen = None
        for number, target in enumerate(document.targets):
            if isinstance(target, StreamTarget):
                is_first = named is None and target.stream == self.stream.id
                if is_first or (target.title, target.stream) == named:
                    chosen = number
                    break
        self.show_report(document, result, chosen, keep=named is not None)
        at = self.host.view.at
        right = [f"by {order.name}"] if self._order else []
        right += [f"as of {day(at, self.stream.zone)}"] if at is not None else []
        self.window_line.show(self.TITLE, summary(overview), self.filter_text, "   ".join(right))

    # -- what limits them -----------------------------------------------------------------

    def as_of_changed(self) -> None:
        self.limiting.clear()
        self._looks = self.host.machine.processes
        super().as_of_changed()
        if self._looks:
            self.set_timer(LEARN_AFTER, self.learn_limits)

    def learn_limits(self) -> None:
        """Ask what limits each stream, in processes of their own, the one shown first."""
        self._looks = True
        self.latest(self._learn_limits, "limits")

    async def _learn_limits(self) -> None:
        from vsm.screens.analyses import analysis

        at = self.host.view.at
        when = () if at is None else ("--as-of", iso(at))
        streams = await self.host.reading.call(self.reading())
        for stream in sorted(streams, key=lambda stream: stream.id != self.stream.id):
            seen = self.below.data.seen
            answer = await analysis(
                self.host.path, stream, "bottlenecks", *when, seen=seen, fresh_for=AGAIN
            )
            if answer is None or at != self.host.view.at:
                continue
            self.limiting[stream.id] = limiting_of(answer)
            if self.overview is not None:
                self._show(self.overview)
        self._looks = False
        if self.overview is not None:
            self._show(self.overview)

    # -- keys -----------------------------------------------------------------------------

    @property
    def _row(self) -> StreamRow | None:
        """The stream under the cursor; says so where there is none, or it is not read yet."""
        target, overview = self.target, self.overview
        if isinstance(target, StreamTarget) and overview is not None:
            row = next((row for row in overview.streams if row.id == target.stream), None)
            if row is None:
                self.say(f"{target.title} is still being read", "warn")
            return row
        self.say("There is no stream under the cursor", "warn")
        return None

    async def action_details(self) -> None:
        """Open the board of the stream under the cursor."""
        target = self.target
        if not isinstance(target, StreamTarget):
            self.say("There is no stream under the cursor", "warn")
        elif target.stream == self.stream.id:
            await self.back_to_board()
        else:
            open_stream(self, target.stream, query=self.query_text)

    async def go_to_item(self, item: Item) -> None:
        if item.stream == self.stream.id:
            await super().go_to_item(item)
        else:
            open_stream(self, item.stream, item.id)

    def action_sort_streams(self) -> None:
        """Go on to the next order."""
        self._order = (self._order + 1) % len(ORDERS)
        if self.overview is not None:
            self._show(self.overview)

    def action_stream_figures(self) -> None:
        """List the figures of the stream in words; one of them opens the items behind it."""
        row = self._row
        if row is not None:
            from vsm.screens.stream_figures import choose_figure

            self.begin(
                choose_figure(self, replace(row, bottleneck=self.limiting.get(row.id))), "dialog"
            )
