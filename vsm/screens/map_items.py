"""The items behind a figure of the map: finished and were there, there now, moved over an edge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vsm.features.map.behind import read_items_over
from vsm.features.map.results import MapEdge, MapStage
from vsm.features.metrics.reading import read_figures, read_items_behind
from vsm.model.rules import local
from vsm.report.wording import day, days, percent
from vsm.screens.dialogs import PickDialog
from vsm.screens.items_list import listed
from vsm.widgets.pick_list import Row
from vsm.widgets.stream_map.boxes import time_text

if TYPE_CHECKING:
    from vsm.reader import Reader
    from vsm.screens.map import MapScreen

INSIDE, BEEN, RETURNED = "inside", "been", "returned"


async def items_behind(screen: MapScreen) -> None:
    """List the items behind the edge under the cursor, or behind a figure of the stage."""
    edge, stage = screen.view.current_edge(), screen.view.current_stage()
    if edge is not None:
        await _of_edge(screen, edge)
    elif stage is not None:
        what = await _figure(screen, stage)
        if what == INSIDE:
            await screen.list_stage(stage.id, stage.name)
        elif what == BEEN:
            await _have_been(screen, stage)
        elif what == RETURNED:
            await _came_back(screen, stage)


async def _figure(screen: MapScreen, stage: MapStage) -> str | None:
    """Which figure of a box is meant; asked only where there are several."""
    rows = []
    measured = stage.process.n or stage.wait.n
    if measured:
        hours = screen.map.time.hours if screen.map is not None else 24
        times = [
            f"{name} {time_text(measure.measured, hours)}"
            for name, measure in (("PT", stage.process), ("wait", stage.wait))
            if measure.measured is not None
        ]
        rows.append(Row(BEEN, "finished and were here", ", ".join(times), f"{measured}"))
    if stage.wip:
        rows.append(Row(INSIDE, "in the stage now", f"WIP {stage.wip}"))
    quality = stage.complete_accurate
    if quality.measured is not None and quality.measured < 1:
        back = round(quality.n * (1 - quality.measured))
        rows.append(Row(RETURNED, "came back", f"C&A {percent(quality.measured)}", f"{back}"))
    if not rows:
        screen.say(f"No item is or was in {stage.name} in this window")
        return None
    if len(rows) == 1:
        return rows[0].id
    return await screen.app.push_screen_wait(
        PickDialog(
            f"{stage.name}: items that",
            lambda typed: [r for r in rows if typed.casefold() in r.name.casefold()],
            placeholder="which items",
            keys="{list_up} {list_down}: choose · {confirm}: list them · {cancel}: close",
            tall=False,
        )
    )


async def _have_been(screen: MapScreen, stage: MapStage) -> None:
    """The finished items that were in a stage, the longest there first."""
    stream, asked = screen.stream, screen.asked()
    items = await screen.host.reading.call(
        lambda reader: read_items_behind(reader, stream, "stage", stage.name, **asked)
    )
    rows = [(item.item, f"{days(item.value)} there") for item in items if item.value is not None]
    await listed(screen, stage.name, "finished, the longest there first", rows)


async def _came_back(screen: MapScreen, stage: MapStage) -> None:
    """The items that moved back to a stage or before it from a later one."""
    pairs = await _rework(screen)
    order = [s.name for s in screen.map.stages] if screen.map is not None else []
    at = order.index(stage.name)
    items = {
        item: f"{source} {screen.host.glyphs.arrow} {target}"
        for source, target, moved in pairs
        for item in moved
        if order.index(source) > at >= order.index(target)
    }
    await listed(screen, f"Back to {stage.name} or before", "", tuple(items.items()))


async def _of_edge(screen: MapScreen, edge: MapEdge) -> None:
    """The items that moved over an edge in the window, the latest first."""
    name = f"{edge.source_name} {screen.host.glyphs.arrow} {edge.target_name}"
    stream, asked = screen.stream, screen.asked()
    items = await screen.host.reading.call(
        lambda reader: read_items_over(reader, stream, (edge.source, edge.target), **asked)
    )
    if not items:
        screen.say(f"No item moved {name} in this window")
        return
    rows = [(item, f"on {day(local(moment, stream.zone).date())}") for item, moment in items]
    await listed(screen, name, "moved in the window, the latest first", rows)


async def _rework(screen: MapScreen) -> list[tuple[str, str, tuple[int, ...]]]:
    """Moves back in the window: from, to, the items."""
    stream, asked = screen.stream, screen.asked()

    def read(reader: Reader) -> list[tuple[str, str, tuple[int, ...]]]:
        figures = read_figures(reader, stream, **asked)
        return [(pair.source, pair.target, pair.items) for pair in figures.rework.pairs]

    return await screen.host.reading.call(read)
