"""The figures of one stream of the overview in words; one of them lists the items behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vsm.features.overview.behind import Figure, read_behind
from vsm.features.overview.report import cycle_text, sparkline, stage_text, wip_text
from vsm.model.plural import count
from vsm.screens.all_streams import open_stream
from vsm.screens.dialogs import PickDialog
from vsm.widgets.pick_list import Row

if TYPE_CHECKING:
    from vsm.features.overview.results import StreamRow
    from vsm.screens.overview import OverviewScreen
    from vsm.widgets.glyphs import Glyphs

OLDEST, BOTTLENECK = "oldest", "bottleneck"
FINDINGS = {
    "demand": "no stage limits the flow now, demand does",
    "unknown": "too little is known of this stream",
}
"""By the kind of a finding that names nothing, what it says."""
KEYS = "{list_up} {list_down}: choose · {confirm}: items · {cancel}: close"


def figure_rows(row: StreamRow, glyphs: Glyphs, plain: bool) -> list[Row]:
    """A row for each figure, then one for each stage."""
    cycle, done, oldest = row.cycle_time, row.throughput, row.oldest
    limits = row.bottleneck.limits if row.bottleneck is not None else None
    kind = row.bottleneck.kind if row.bottleneck is not None else ""
    named = f"{oldest.key} {oldest.title}" if oldest is not None else glyphs.dash
    judged = cycle.why or "no signal"
    rows = [
        Row(Figure.WIP, "Work in progress", count(row.wip, "item"), wip_text(row)),
        Row(
            Figure.CYCLE_TIME,
            "Cycle time",
            f"85% of {count(cycle.n, 'item')} in 90 d; {judged}",
            cycle_text(row),
        ),
        Row(
            Figure.THROUGHPUT,
            "Throughput",
            f"{done.finished} done in 14 d; {done.why or 'no signal'}",
            sparkline(done.full, plain),
        ),
        Row(OLDEST, "Oldest item", named, "" if oldest is None else f"{oldest.age} d"),
        Row(Figure.BLOCKED, "Blocked", count(row.blocked, "item"), str(row.blocked)),
        Row(
            BOTTLENECK,
            "Bottleneck",
            FINDINGS.get(kind, "why, and what helps"),
            limits or glyphs.dash,
        ),
        Row("", "Stages"),
    ]
    rows += [
        Row(f"stage:{stage.id}", stage.stage, str(stage.category), stage_text(stage))
        for stage in row.stages
    ]
    return rows


async def choose_figure(screen: OverviewScreen, row: StreamRow) -> None:
    """Choose a figure and list the items behind it, until one goes to a board."""
    from vsm.screens.items_list import show_item

    rows = figure_rows(row, screen.host.glyphs, screen.host.ascii_only)

    def find(text: str) -> Sequence[Row]:
        words = text.casefold().split()
        return [r for r in rows if all(w in f"{r.name} {r.text}".casefold() for w in words)]

    while screen.is_open:
        dialog = PickDialog(
            row.stream, find, placeholder="part of a figure or of a stage", keys=KEYS
        )
        chosen = await screen.app.push_screen_wait(dialog)
        if not chosen:
            return
        if chosen == BOTTLENECK:
            open_stream(screen, row.id)
            screen.app.call_after_refresh(screen.app.run_action, "app.stuck")
            return
        if chosen == OLDEST:
            if row.oldest is None:
                screen.say("No item is in progress", "warn")
            elif not await show_item(screen, row.oldest.id):
                return
        else:
            await _list_items(screen, row, chosen)


async def _list_items(screen: OverviewScreen, row: StreamRow, chosen: str) -> None:
    """List the items behind a figure, or in a stage."""
    from vsm.screens.items_list import listed

    number = chosen.removeprefix("stage:")
    figure: Figure | int = int(number) if number != chosen else Figure(chosen)
    stream = screen.reader.stream(row.id)
    if stream is None:
        screen.say(f"{row.stream} has just gone", "warn")
        return
    now, past, query = screen.as_of, screen.host.view.at is not None, screen.filter
    behind = await screen.host.reading.call(
        lambda reader: read_behind(reader, stream, figure, now, query, past=past)
    )
    names = {stage.id: stage.stage for stage in row.stages}
    what = str(figure) if isinstance(figure, Figure) else names.get(figure, "")
    items = [(one.item, one.remark) for one in behind]
    places = {one.item: one.stage for one in behind}
    await listed(screen, f"{row.stream}, {what}", "part of a key or a title", items, places)
