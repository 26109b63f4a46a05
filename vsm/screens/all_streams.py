"""Parts that screens over all streams share: their header, and how they open a board."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vsm.screens.report_screen import ReportScreen
    from vsm.widgets.status_bars import HeaderLine

ALL = "All value streams"


def without_stream(header: HeaderLine) -> HeaderLine:
    """The header, with the figures of no stream in it."""
    header.show(None)
    header.stream_name = ALL
    return header


def open_stream(
    screen: ReportScreen, number: int, item: int | None = None, query: str = ""
) -> bool:
    """Open the board of a stream, with the cursor on an item; says so where it has gone."""
    stream = screen.reader.stream(number)
    if stream is None:
        screen.say("That stream has just gone", "warn")
        screen.work_out()
        return False
    screen.host.open_board(stream, item, query)
    return True
