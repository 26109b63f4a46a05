"""The panel with all about one item, beside the board or below it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from vsm.model.errors import VsmError

if TYPE_CHECKING:
    from vsm.features.governance.results import NextGate
    from vsm.model.board import Card, Detail
    from vsm.model.stream import ValueStream
    from vsm.reader import Reader
    from vsm.screens.vsm_screen import VsmScreen
    from vsm.widgets.item_detail import DetailPanel

BESIDE = 100
"""Cells of width from which on the details stand beside the board."""


def _next_gate(reader: Reader, item: int, stream: ValueStream, now: int) -> NextGate | None:
    """The verdicts of the controls on the next move of an item, where there are any."""
    if not reader.has_modes(stream.id):
        return None
    from vsm.features.governance.ahead import read_next_gate

    return read_next_gate(reader, item, stream, now)


class Details:
    """Opens, fills and closes the details panel of a screen."""

    def __init__(self, screen: VsmScreen) -> None:
        self._screen = screen
        self.panel: DetailPanel | None = None
        """The panel, where it is open."""

    async def open_panel(self, item: int | None) -> None:
        """Open the panel, on an item."""
        screen = self._screen
        if self.panel is None:
            from vsm.widgets.item_detail import DetailPanel

            self.panel = DetailPanel(screen.host.glyphs)
            self.panel.set_class(screen.size.width >= BESIDE, "-beside")
            await screen.query_one("#body").mount(self.panel)
            screen.hints.details = True
            screen.hints.redraw(0)
        self.show(item)

    async def close_panel(self) -> None:
        """Take the panel away."""
        panel, self.panel = self.panel, None
        if panel is not None:
            self._screen.hints.details = False
            self._screen.hints.redraw(0)
            await panel.remove()

    def scroll(self, by: int) -> None:
        """Scroll the panel by so many half pages."""
        panel = self.panel
        if panel is not None:
            panel.scroll_relative(y=by * max(1, panel.size.height // 2), animate=False)

    def show_card(self, card: Card | None) -> None:
        """Show the item of a card, where the panel is open."""
        self.show(card.id if card is not None else None)

    def show(self, item: int | None) -> None:
        """Show an item, where the panel is open."""
        if self.panel is not None:
            self._screen.latest(partial(self._read, item), "detail")

    async def _read(self, item: int | None) -> None:
        screen = self._screen
        past, as_of = screen.host.view.at is not None, screen.as_of
        detail: Detail | None = None
        waits_on: tuple[str, ...] = ()
        gate: NextGate | None = None
        if item is not None:
            number, stream = item, screen.stream

            def read(reader: Reader) -> tuple[Detail | None, tuple[str, ...], NextGate | None]:
                card = reader.card(number, as_of) if not past else None
                detail = reader.detail(number, as_of, past)
                gate = None if past else _next_gate(reader, number, stream, as_of)
                return detail, card.waits_on if card is not None else (), gate

            try:
                detail, waits_on, gate = await screen.host.reading.call(read)
            except VsmError as error:
                screen.trouble(error)
                return
        if self.panel is not None:
            self.panel.show(detail, screen.stream.zone, as_of, waits_on, gate)
