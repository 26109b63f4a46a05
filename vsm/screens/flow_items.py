"""Drill-down from a figure: its definition and arithmetic, its items, one of these."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from vsm.features.metrics.reading import read_items_behind
from vsm.model.rules import day_start
from vsm.report.charts import Stop
from vsm.report.wording import days
from vsm.screens.dialogs import TextDialog
from vsm.screens.items_list import listed
from vsm.screens.shown_days import asked_of

if TYPE_CHECKING:
    from vsm.features.metrics.results import Figures
    from vsm.reader import Reader
    from vsm.screens.flow import FlowScreen


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


async def _asked(flow: FlowScreen, stop: Stop) -> tuple[tuple[int, str], ...]:
    """The items that the reader names for a place."""
    what, name = stop.ask or ("", "")
    stream, as_of = flow.stream, flow.as_of
    asked = asked_of(flow, flow.filter, as_of)
    if what == "wip":
        end = day_start(date.fromisoformat(name) + timedelta(days=1), stream.zone) - 1
        asked["present"] = asked["present"] and end >= as_of
        asked["as_of"], asked["first"], asked["last"] = min(as_of, end), None, None

    def ask(reader: Reader) -> tuple[tuple[int, str], ...]:
        items = read_items_behind(reader, stream, what, name, **asked)
        return tuple(
            (entry.item, f"{days(entry.value)}{entry.what.removeprefix('days')}")
            if entry.value is not None
            else (entry.item, entry.what)
            for entry in items
        )

    return await flow.host.reading.call(ask)
