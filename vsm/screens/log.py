"""The log of changes as a list; behind each is its item as it was right after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from vsm.model.actor import AGENT_PREFIX
from vsm.model.board import LogEntry, LogFilter
from vsm.screens.dialogs import PickDialog
from vsm.screens.items_list import show_detail
from vsm.widgets.date_text import moment
from vsm.widgets.pick_list import Row

if TYPE_CHECKING:
    from vsm.screens.vsm_screen import VsmScreen

LATEST = 2000
"""As many entries are listed; vsm log lists all."""


async def open_log(screen: VsmScreen) -> None:
    """List what was changed, by whom and when, up to the moment that is shown."""
    at = screen.host.view.at
    until = None if at is None else at + 1
    entries = await screen.host.reading.call(
        lambda reader: list(reader.log_entries(LogFilter(LATEST, until=until)))
    )
    by_seq = {str(entry.change.seq): entry for entry in entries}
    title = f"Log: the latest {LATEST:,} changes" if len(entries) == LATEST else "Log"
    while True:
        answer = await screen.app.push_screen_wait(
            PickDialog(
                title,
                _finder(entries, screen.stream.zone),
                placeholder="words, by:anna, by:agent, kind:moved",
                keys="{list_up} {list_down}: choose · {confirm}: show item as it was then"
                " · {cancel}: close",
                empty="Nothing was changed" if not entries else "No match",
            )
        )
        if not answer or not await _show_item(screen, by_seq[answer]):
            return


def _finder(entries: Sequence[LogEntry], zone: str) -> Callable[[str], Sequence[Row]]:
    rows = [
        (
            Row(
                str(entry.change.seq) if entry.change.item is not None else "",
                moment(entry.change.at, zone),
                entry.change.text,
                entry.change.actor,
            ),
            f"{moment(entry.change.at, zone)} {entry.change.text} {entry.change.actor}".casefold(),
            entry,
        )
        for entry in entries
    ]

    def find(text: str) -> Sequence[Row]:
        words = text.casefold().split()
        return [row for row, said, entry in rows if all(_fits(w, said, entry) for w in words)]

    return find


def _fits(word: str, said: str, entry: LogEntry) -> bool:
    """Whether a word of the filter fits an entry."""
    name, colon, value = word.partition(":")
    if colon and name == "by":
        named = entry.change.actor.casefold().removeprefix(AGENT_PREFIX)
        return value == entry.change.actor_kind or named.startswith(value)
    if colon and name == "kind":
        return value in (entry.kind, entry.kind.removeprefix("item_"))
    return word in said


async def _show_item(screen: VsmScreen, entry: LogEntry) -> bool:
    """Show the item of an entry as it was right after it; whether to go back to the list."""
    item, at = entry.change.item, entry.change.at
    if item is None:
        return True
    detail = await screen.host.reading.call(lambda reader: reader.detail(item, at + 1, past=True))
    if detail is None:
        screen.say("This item is not there any more", "warn")
        return True
    heading = f"{detail.item.key} as of {moment(at, screen.stream.zone)}"
    return await show_detail(screen, detail, at, heading)
