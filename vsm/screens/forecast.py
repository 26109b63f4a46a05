"""The forecast of a stream and of its items, and what came of such forecasts, as a screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from vsm.actions import Scope
from vsm.features.forecast.item_outcomes import with_outcomes
from vsm.features.forecast.item_reading import read_item_forecasts
from vsm.features.forecast.item_report import item_report
from vsm.features.forecast.pin_reading import read_pins
from vsm.features.forecast.pin_report import pin_sections
from vsm.features.forecast.reading import DAYS, ITEMS, read_forecast
from vsm.features.forecast.report import whole_report
from vsm.features.forecast.set_reading import read_set_forecast
from vsm.features.forecast.set_report import set_report
from vsm.features.simulate.results import WhatIf
from vsm.model.board import Header
from vsm.model.errors import VsmError
from vsm.report.document import Document, Section, Sentence
from vsm.report.wording import count
from vsm.screens.board.constraint_hint import Advice
from vsm.screens.report_screen import ReportScreen
from vsm.widgets.keyed import bindings

if TYPE_CHECKING:
    from vsm.features.forecast.pin_results import Pins
    from vsm.features.forecast.results import Forecast
    from vsm.features.simulate.request import Request
    from vsm.reader import Reader

MOST_LISTED = 1000
"""With more items in progress, single ones are forecast where a filter chooses them."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """A forecast, what is pinned, the reports on all that a filter matches and on single items, and
    the WIP.
    """

    forecast: Forecast
    pins: Pins
    about: tuple[Document, ...]
    wip: int


_Read = tuple[_Shown | WhatIf, "Header"]
"""What is shown, and the figures of the header."""

MEANS = """\
Finished at least: the number of items of which the forecast says that so many or more will be \
finished within so many days, with the odds at the head of the column. The next: the day by which \
so many will be finished. The days begin today; what was finished today already is left out. d \
asks for a date or a number of your own. Of a forecast of the past "it was" is what came of it.

Forecasts come from how many items finished in the last week, month, quarter and year, how much \
weeks differ, and how far forecasts of this stream were off before. What they say with 85% came \
true in 83 to 86% of the cases on 59 histories that they were not fitted to (docs/forecast.md).

Said against happened: a bar for each of the odds, which ends at its mark where as many came true \
as were said. Below it past forecasts of 30 days with their 90% range and what came.

Item, in time: the odds that an item in progress is finished by its due date, or else within the \
time in which 85% of the items lately were (SLE). Its dates come from how long items took that \
were once in the same stage for as long, open and dropped ones too.

Pinned forecasts: p keeps what a line says, x removes it. They are counted from the pinning to \
the end of their day; how many came true stands above them.

Came true: forecasts are made again for every second week of the last three years, each with what \
was known then. Of those that said at least so many items, so many came true. Error (CRPS) and \
range are divided by those of plain resampling of the last 90 days, as most tools do it."""


class ForecastScreen(ReportScreen):
    """The forecast of the stream of the board below it."""

    TITLE = "Forecast"
    MEANS = MEANS
    WAITING = "working out the forecast"
    ACTION = "forecast"
    SCOPE = Scope.FORECAST
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.FORECAST)
    request: Request | None = None
    """The change whose consequences are shown in place of the forecast."""
    asked: tuple[tuple[int, ...], tuple[int, ...]] = (), ()
    """Days ahead and numbers of items that were asked for, beside those that always are."""

    def reading(self) -> Callable[[Reader], _Read]:
        stream, as_of, past = self.stream, self.as_of, self.host.view.at is not None
        query, request, now = self.filter, self.request, self.host.now()
        asked_days, asked_items = self.asked

        def read(reader: Reader) -> _Read:
            header = reader.header_at(stream, as_of, present=not past)
            if request is not None:
                from vsm.features.simulate.reading import read_what_if

                return read_what_if(reader, stream, request, as_of=as_of, present=not past), header
            forecast = read_forecast(
                reader,
                stream,
                as_of=as_of,
                days=sorted({*DAYS, *asked_days}),
                items=sorted({*ITEMS, *asked_items}),
                record_days=DAYS,
                query=query,
                present=not past,
                seen=now if past else None,
                past=True,
            )
            about: list[Document] = []
            if query:
                whole = read_set_forecast(
                    reader, [stream], as_of=as_of, query=query, present=not past
                )
                about.append(set_report(whole))
            if query or header.wip <= MOST_LISTED:
                items = read_item_forecasts(
                    reader, stream, as_of=as_of, query=query, present=not past
                )
                seen = now if past else None
                about.append(item_report(with_outcomes(reader, stream, items, seen)))
            pins = read_pins(
                reader, as_of=as_of, stream=stream, present=not past, now=now if past else None
            )
            return _Shown(forecast, pins, tuple(about), header.wip), header

        return read

    def show_result(self, result: _Read) -> None:
        shown, header = result
        self.header.show(header)
        if isinstance(shown, WhatIf):
            from vsm.features.simulate.report import report

            self.show_report(report(shown), shown, 0)
            # What is played is the whole stream, whatever the filter.
            self.window_line.show("What if", f"{count(shown.weeks, 'week')} ahead", "", "Esc: back")
        else:
            forecast = shown.forecast
            if self.host.view.at is None and not self.filter:
                known = self.below.data.advice or Advice()
                self.below.data.advise(known._replace(until=forecast.until_next))
            sections = tuple(s for document in shown.about for s in document.sections)
            if not self.filter and shown.wip > MOST_LISTED:
                text = f"{shown.wip:,} items in progress: a filter says when each is finished."
                sections = (Section("", (Sentence(text, "faint"),)),)
            sections = (*pin_sections(shown.pins), *sections)
            self.show_report(whole_report(forecast, sections), forecast)
            finished = f"{count(forecast.basis.finished, 'item')} finished in 364 days"
            self.window_line.show(self.TITLE, finished, self.filter_text, "")
        self.header.set_advice(self.below.advice)

    def action_ask_forecast(self) -> None:
        """Ask for a date or a number of items of one's own."""
        from vsm.screens.forecast_question import ask_forecast

        self.begin(ask_forecast(self), "dialog")

    def action_what_if(self) -> None:
        """Ask for a change and play it."""
        from vsm.screens.what_if import ask_what_if

        self.begin(ask_what_if(self), "dialog")

    def trouble(self, error: VsmError) -> None:
        """Show what is in the way; of a change that cannot be played, over the forecast."""
        super().trouble(error)
        if self.request is not None:
            self.request = None
            self.work_out()

    async def action_close(self) -> None:
        """Go back from what was played to the forecast, or close what any report has open."""
        if self.request is not None and not self.notice.open:
            self.request = None
            self.work_out()
        else:
            await super().action_close()
