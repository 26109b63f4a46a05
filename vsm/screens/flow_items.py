"""Drill-down from a figure: its definition and arithmetic, its items, one of these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from textual.app import ComposeResult

from vsm.actions import Scope
from vsm.features.metrics.reading import read_items_behind
from vsm.model.board import Detail
from vsm.model.rules import day_start
from vsm.report.charts import Stop
from vsm.report.wording import days
from vsm.screens.dialogs import PickDialog, TextDialog
from vsm.widgets.item_detail import DetailPanel
from vsm.widgets.pick_list import Row

if TYPE_CHECKING:
    from vsm.features.metrics.results import Figures
    from vsm.reader import Reader
    from vsm.screens.flow import FlowScreen
    from vsm.screens.vsm_screen import VsmScreen


DEFINITION_KEYS = "{cancel} or {confirm}: close · {help} again: all keys"


async def define(flow: FlowScreen) -> None:
    """Show what the chosen figure means and how it comes about here; then all keys, if asked."""
    chart = flow.dashboard.chart
    if chart is None:
        await flow.app.run_action("app.help")
        return
    from vsm.features.metrics.definitions import DEFINITIONS

    parts = ["\n".join(chart.sums)] if chart.sums else []
    parts += [DEFINITIONS[name] for name in chart.about]
    parts.append("Of the window: " + DEFINITIONS["window"])
    text = "\n\n".join(parts)
    dialog = DefinitionDialog(chart.title, text, DEFINITION_KEYS)
    if await flow.app.push_screen_wait(dialog):
        await flow.app.run_action("app.help")


class DefinitionDialog(TextDialog[bool]):
    """A text to read; the key of help asks for all keys."""

    def action_help(self) -> None:
        self.dismiss(True)


async def compare(flow: FlowScreen) -> None:
    """Show the figures of the window beside those of as many days before it."""
    figures, stream, query = flow.figures, flow.stream, flow.filter
    if figures is None:
        flow.say("The figures are not there yet")
        return
    from vsm.features.metrics.comparison import draw_comparison, window_of
    from vsm.features.metrics.reading import read_comparison
    from vsm.report.document import Document
    from vsm.report.terminal import draw_lines

    against = window_of("previous", figures.basic.first, figures.basic.last)
    present = flow.host.view.at is None

    def read(reader: Reader) -> Figures:
        return read_comparison(reader, stream, figures, against, query=query, present=present)

    compared = await flow.host.reading.call(read)
    if flow.figures is figures:
        flow.figures = compared
    if compared.comparison is None:
        return
    section = draw_comparison(compared.comparison)
    room = min(flow.size.width - 10, 94)
    lines = draw_lines(Document("", (), (replace(section, title=""),)), room)
    text = "\n".join("".join(piece for piece, _ in line.left).rstrip() for line in lines)
    await flow.app.push_screen_wait(
        TextDialog(section.title, text, "{cursor_down} {cursor_up}: scroll · {cancel}: close")
    )


async def behind(flow: FlowScreen) -> None:
    """List the items behind the place under the cursor; one of them is shown whole."""
    chart, stop = flow.dashboard.chart, flow.dashboard.stop
    if chart is None or stop is None:
        flow.say("There is nothing behind this", "warn")
        return
    items = await _asked(flow, stop) if stop.ask is not None else stop.items
    await listed(flow, chart.title, stop.label, items)


async def listed(
    screen: VsmScreen,
    title: str,
    what: str,
    items: Sequence[tuple[int, str]],
    where: Mapping[int, str] | None = None,
) -> None:
    """List items with what is told of each and where it is; one of them is shown whole.

    ``where`` says it by item; else it is the stage, where that is one of this stream's.
    """
    if not items:
        screen.say("No item is behind this")
        return
    ids = list(dict(items))
    briefs = await screen.host.reading.call(lambda reader: reader.briefs(ids))
    by_id = {brief.id: brief for brief in briefs}
    stages = {stage.id: stage.name for stage in screen.stream.order}
    places = {brief.id: stages.get(brief.stage, "in another stream") for brief in briefs}
    at = screen.host.view.at
    if at is not None:
        keys = [brief.key for brief in briefs]
        ends = await screen.host.reading.call(lambda reader: reader.past_ends(keys, at))
        for end in ends.values():
            by_id[end.id] = by_id[end.id]._replace(title=end.title)
            places[end.id] = end.stage
    places |= where or {}
    rows = [(by_id[item], remark) for item, remark in items if item in by_id]

    def find(text: str) -> Sequence[Row]:
        words = text.casefold().split()
        return [
            Row(str(brief.id), brief.key, brief.title, _right(remark, places[brief.id]))
            for brief, remark in rows
            if all(word in f"{brief.key} {brief.title}".casefold() for word in words)
        ]

    count = "1 item" if len(rows) == 1 else f"{len(rows)} items"
    while True:
        chosen = await screen.app.push_screen_wait(
            PickDialog(
                f"{title}: {count}",
                find,
                placeholder=what,
                keys="{list_up} {list_down}: choose · {confirm}: show item · {cancel}: close",
            )
        )
        if not chosen or not await show_item(screen, int(chosen)):
            return


def _right(remark: str, place: str) -> str:
    return f"{remark}  {place}" if remark else place


async def _asked(flow: FlowScreen, stop: Stop) -> tuple[tuple[int, str], ...]:
    """The items that the reader names for a place."""
    what, name = stop.ask or ("", "")
    stream, query, as_of = flow.stream, flow.filter, flow.as_of
    present = flow.host.view.at is None
    first, last = flow.days_shown(as_of)
    if what == "wip":
        end = day_start(date.fromisoformat(name) + timedelta(days=1), stream.zone) - 1
        present = present and end >= as_of
        as_of, first, last = min(as_of, end), None, None

    def ask(reader: Reader) -> tuple[tuple[int, str], ...]:
        items = read_items_behind(
            reader,
            *(stream, what, name),
            first=first,
            last=last,
            as_of=as_of,
            query=query,
            present=present,
        )
        return tuple(
            (entry.item, f"{days(entry.value)}{entry.what.removeprefix('days')}")
            if entry.value is not None
            else (entry.item, entry.what)
            for entry in items
        )

    return await flow.host.reading.call(ask)


async def show_item(flow: VsmScreen, item: int) -> bool:
    """Show an item whole; whether to go back to the list. Its place on the board may be next."""
    now, past = flow.as_of, flow.host.view.at is not None
    detail = await flow.host.reading.call(lambda reader: reader.detail(item, now, past))
    if detail is None:
        return True
    to_board = await flow.app.push_screen_wait(ItemDialog(detail, flow.stream.zone, now))
    if not to_board:
        return True
    await flow.back_to_board()
    if flow.below is not None:
        flow.below.go_to(detail.item.key)
    return False


class ItemDialog(TextDialog[bool]):
    """All about one item; gives back whether to go to it on the board."""

    SCOPE = Scope.ITEM
    DEFAULT_CSS = "ItemDialog DetailPanel { height: 1fr; border-top: none; background: $panel; }"

    def __init__(self, detail: Detail, zone: str, now: int) -> None:
        super().__init__(detail.item.key)
        self._detail = (detail, zone, now)

    def compose(self) -> ComposeResult:
        """The details, and keys."""
        with self.box("-wide -tall"):
            yield DetailPanel(self.host.glyphs)
            yield self.keys(
                "{confirm}: go to it on the board · {cursor_down} {cursor_up}: scroll"
                " · {cancel}: back"
            )

    def on_mount(self) -> None:
        """Fill it."""
        self.query_one(DetailPanel).show(*self._detail)

    def action_confirm(self) -> None:
        self.dismiss(True)

    action_go_to_item = action_confirm
    action_details_down = TextDialog.action_page_down
    action_details_up = TextDialog.action_page_up

    def scroll_text(self, lines: int) -> None:
        """Scroll by so many lines."""
        self.query_one(DetailPanel).scroll_relative(y=lines, animate=False)

    @property
    def page(self) -> int:
        """Lines of a page."""
        return max(1, self.query_one(DetailPanel).size.height // 2)
