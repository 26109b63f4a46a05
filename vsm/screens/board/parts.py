"""The parts of a board screen, as the functions that its keys run get them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Protocol

from vsm.model.stream import ValueStream
from vsm.screens.board.data import BoardData
from vsm.screens.board.details import Details
from vsm.screens.board.selection import Selection
from vsm.screens.board.writer import Writer
from vsm.screens.filter_line import FilterLine
from vsm.screens.poller import Poller
from vsm.screens.vsm_screen import VsmScreen
from vsm.widgets.board import Board
from vsm.widgets.header_advice import HeaderAdvice

if TYPE_CHECKING:
    from vsm.model.board import Header
    from vsm.reader import Reader
    from vsm.screens.host import Host


class Walk(Protocol):
    """A stand-up that goes on."""

    async def go_on(self) -> None:
        """Go to the next item."""

    async def go_back(self) -> None:
        """Go to the item before."""

    async def show_again(self) -> None:
        """Put the cursor on the item at hand again."""

    def renew(self) -> None:
        """Show the item at hand as it is now."""

    async def end(self) -> None:
        """End it."""


class BoardParts:
    """Reading, filtering, selecting and writing of one board, each an object with one task.

    Functions that a key runs take it; so do the screens that lie on a board.
    """

    DATA: ClassVar[type[BoardData]] = BoardData
    SELECTION: ClassVar[type[Selection]] = Selection

    def __init__(self, screen: VsmScreen) -> None:
        self.screen = screen
        self.details = Details(screen)
        self.data = self.DATA(screen, self.details)
        self.filter = FilterLine(screen, self.data)
        self.data.on_shown = self.filter.show_count
        self.selection = self.SELECTION(self.data)
        self.writer = Writer(self.data, self.selection)
        self.poller = Poller(screen, self.data.catch_up)
        self.walk: Walk | None = None
        """The stand-up that goes on, if there is one."""
        self.on_digit: Callable[[str], None] | None = None
        """Gets the next key, instead of the board: the number of a view."""

    @property
    def host(self) -> Host:
        """The program that shows the board."""
        return self.screen.host

    @property
    def reader(self) -> Reader:
        """The reader of the board."""
        return self.screen.reader

    @property
    def stream(self) -> ValueStream:
        """The stream that is shown."""
        return self.screen.stream

    @property
    def widget(self) -> Board:
        """The columns, with the cursor."""
        return self.data.board

    @property
    def header_figures(self) -> Header | None:
        """The figures in the header."""
        return self.screen.header.figures

    @property
    def advice(self) -> HeaderAdvice:
        """What limits the flow and the forecast, as the header says them."""
        return self.screen.header.advice

    async def take_filter(self, text: str) -> None:
        """Filter as another screen did that has just been left."""
        await self.filter.take(text)

    def go_to(self, key: str) -> None:
        """Put the cursor on an item, wherever it is."""
        from vsm.screens.board.find_item import go_to

        self.screen.begin(go_to(self, key), "dialog")
