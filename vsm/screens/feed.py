"""The feed: the latest changes of others as a list; behind each are its items."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from vsm.screens.help import WholeTextDialog
from vsm.screens.items_list import listed, show_item
from vsm.widgets.date_text import moment, short_clock
from vsm.widgets.pick_list import Row

if TYPE_CHECKING:
    from vsm.model.board import FeedLine
    from vsm.screens.vsm_screen import VsmScreen

LATEST = 50
"""Groups of changes that are listed."""


async def open_feed(screen: VsmScreen) -> None:
    """List what others changed last, up to the moment that is shown."""
    at, me = screen.host.view.at, screen.host.actor
    until = None if at is None else at + 1
    entries = await screen.host.reading.call(lambda reader: reader.feed(me, LATEST, until))
    by_grp = {str(entry.grp): entry for entry in entries}
    while True:
        answer = await screen.app.push_screen_wait(
            WholeTextDialog(
                "Changes by others",
                _finder(entries, screen.stream.zone, screen.as_of),
                placeholder="type words or a name",
                keys="{list_up} {list_down}: choose · {confirm}: show item · {cancel}: close",
                empty="No match" if entries else "Nobody else has changed anything",
            )
        )
        if not answer or not await _show(screen, by_grp[answer]):
            return


def _finder(entries: Sequence[FeedLine], zone: str, now: int) -> Callable[[str], Sequence[Row]]:
    rows = [
        Row(
            str(entry.grp) if entry.items else "",
            short_clock(entry.at, zone, now),
            f"{entry.actor} {entry.text}" if entry.actor else entry.text,
        )
        for entry in entries
    ]

    def find(text: str) -> Sequence[Row]:
        words = text.casefold().split()
        return [row for row in rows if all(w in f"{row.name} {row.text}".casefold() for w in words)]

    return find


async def _show(screen: VsmScreen, entry: FeedLine) -> bool:
    """Show the item of a line, or list its items; whether to go back to the feed."""
    ids = list(entry.items)
    there = await screen.host.reading.call(lambda reader: reader.briefs(ids))
    if not there:
        screen.say("This item is not there any more", "warn")
    elif len(there) == 1:
        return await show_item(screen, there[0].id)
    else:
        title = f"{moment(entry.at, screen.stream.zone)} {entry.actor}".strip()
        await listed(screen, title, "filter the items", [(brief.id, "") for brief in there])
    return True
