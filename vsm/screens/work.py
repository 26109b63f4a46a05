"""The work of all streams that fits a filter, at first one's own, as a screen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType

from vsm.actions import Scope
from vsm.features.overview.work import Work, read_work
from vsm.features.overview.work_report import ItemTarget, summary, work_report
from vsm.report.board_json import listed_shape
from vsm.report.document import Document
from vsm.screens.all_streams import open_stream, without_stream
from vsm.screens.report_offer import ReportOffer
from vsm.screens.report_screen import ReportScreen
from vsm.screens.work_parts import WorkParts
from vsm.widgets.date_text import day
from vsm.widgets.keyed import bindings
from vsm.widgets.report_view import ReportView
from vsm.widgets.status_bars import HeaderLine

if TYPE_CHECKING:
    from vsm.features.overview.work import WorkItem
    from vsm.model.board import Card
    from vsm.model.item import Item
    from vsm.reader import Reader
    from vsm.screens.board.parts import BoardParts

MEANS = """\
Items of all streams that match the filter, as their boards show them: done and dropped ones of \
the last 14 days. At first these are the items that you own (owner:me); a team is team:core.

Items stand by stream, what is furthest on first; or by step: active, queued, backlog, done and \
dropped, the oldest first. Age is in days since the start; of a finished item it is the cycle time.

Keys of the board that act on an item work here on the one under the cursor, by the rules of its \
stream. Enter shows the item; from there it goes to its board."""


class WorkScreen(ReportScreen):
    """A list of items of all streams; keys of the board act on the one under the cursor."""

    TITLE = "Work"
    MEANS = MEANS
    SCOPE = Scope.WORK
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.WORK)
    WAITING = "reading the items"

    def __init__(self, below: BoardParts, query_text: str) -> None:
        super().__init__(below, below.host.view.work_filter)
        self._carried = query_text
        self.item_parts = WorkParts(self)
        self.by_step = False
        self._follows: int | None = None
        """The item that the cursor goes to, once it is read."""

    def make_header(self) -> HeaderLine:
        return without_stream(super().make_header())

    @property
    def carried_filter(self) -> str:
        """The filter of the screens that it was opened from."""
        return self._carried

    # -- reading --------------------------------------------------------------------------

    def reading(self) -> Callable[[Reader], Work]:
        at, query = self.host.view.at, self.filter
        now = self.host.now() if at is None else at
        self.host.view.work_filter = self.query_text
        self.item_parts.data.filter = query
        return partial(read_work, now=now, query=query, past=at is not None)

    def read_again(self, follow: int | None) -> None:
        """Read the items anew, with the cursor on one of them."""
        if follow is not None:
            self._follows = follow
        self.work_out()

    def show_result(self, result: Work) -> None:
        document = work_report(result, self.by_step)
        item, self._follows = self._follows or self._item, None
        self._show(document, result, item)
        at = self.host.view.at
        right = [f"as of {day(at, self.stream.zone)}"] if at is not None else []
        words = f"{summary(result)}, by {'step' if self.by_step else 'stream'}"
        self.window_line.show(self.TITLE, words, self.filter_text, "   ".join(right))

    def _show(self, document: Document, result: Work, item: int | None) -> None:
        """Show the items with the cursor on one; where it has gone, on the one in its place."""
        places = (
            number
            for number, target in enumerate(document.targets)
            if isinstance(target, ItemTarget) and target.work and target.work.card.id == item
        )
        self.show_report(document, result, next(places, None), keep=True)
        self._moved()

    def report_offer(self) -> ReportOffer | None:
        document, work = self.document, self.result
        if document is None:
            return None
        now, past = self.as_of, self.host.view.at is not None
        ids = [item.card.id for item in work.items]

        def value(reader: Reader) -> dict[str, object]:
            rows = {row.card.id: row for row in reader.listed_items(ids, now, past)}
            items = [listed_shape(rows[item]) for item in ids if item in rows]
            return {"filter": work.filter or None, "items": items}

        return ReportOffer("work", lambda _: document, value)

    # -- the cursor -----------------------------------------------------------------------

    @property
    def work(self) -> WorkItem | None:
        """The item under the cursor."""
        target = self.target if self.findings.shown else None
        return target.work if isinstance(target, ItemTarget) else None

    @property
    def card(self) -> Card | None:
        """Its card."""
        work = self.work
        return work.card if work is not None else None

    @property
    def _item(self) -> int | None:
        card = self.card
        return card.id if card is not None else None

    @property
    def has_item(self) -> bool:
        """Whether there is an item that actions act on."""
        return self.card is not None

    @on(ReportView.Moved)
    def _moved(self) -> None:
        """Rules, roles and stages are those of the stream of the item under the cursor."""
        work = self.work
        if work is not None:
            self.stream = work.stream
        self.renew_hints()

    # -- keys -----------------------------------------------------------------------------

    def action_details(self) -> None:
        """Show the item under the cursor whole."""
        card = self.card
        if card is None:
            self.say("There is no item under the cursor", "warn")
        else:
            self.begin(self._show_item(card.id), "dialog")

    async def _show_item(self, item: int) -> None:
        from vsm.screens.items_list import show_item

        await show_item(self, item)

    async def go_to_item(self, item: Item) -> None:
        if item.stream == self.below.stream.id:
            await super().go_to_item(item)
        else:
            open_stream(self, item.stream, item.id)

    def action_group_work(self) -> None:
        """Group by step, or by stream again."""
        self.by_step = not self.by_step
        if self.result is not None:
            self.show_result(self.result)
