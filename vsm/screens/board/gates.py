"""Shows on a board which gates are ahead: on the heads of columns, on cards, and in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from vsm.date_form import write_day
from vsm.model.errors import VsmError

if TYPE_CHECKING:
    from vsm.features.governance.ahead import GatesAhead
    from vsm.features.governance.results import Announced
    from vsm.model.board import Card, Change
    from vsm.reader import Reader
    from vsm.screens.vsm_screen import VsmScreen

AFTER = 0.7
"""Seconds after the first paint, or after a change, at which gates are checked anew."""


LATER = 8.0
"""Seconds after which a mode to come is announced, where another message stands there."""


class Gates:
    """Gates ahead of the items of a screen, checked off the thread that paints.

    ``show`` is called with what is ahead, and whether cards are marked otherwise than before.
    """

    def __init__(self, screen: VsmScreen, show: Callable[[GatesAhead, bool], None]) -> None:
        self._screen = screen
        self._show = show
        self.ahead: GatesAhead | None = None
        self._changed: set[int] | None = set()
        """Items to check anew; ``None``: all."""
        self._is_due = False
        self._said = ""

    def mark(self, cards: Sequence[Card]) -> Sequence[Card]:
        """The cards, marked where a control would refuse the next move; none of the past."""
        refused = (
            self.ahead.refused
            if self.ahead is not None and self._screen.host.view.at is None
            else ()
        )
        if not refused:
            return cards
        return [c._replace(is_stopped=True) if c.id in refused else c for c in cards]

    def look(self) -> None:
        """Check all items before long."""
        self._changed = None
        self._soon()

    def changed(self, changes: Iterable[Change]) -> None:
        """Check what was changed before long; all items where more than items changed."""
        is_gated = self.ahead is not None and bool(self.ahead.controls)
        if not is_gated and not any(change.structure for change in changes):
            return
        for change in changes:
            if change.structure or change.item is None:
                self._changed = None
            elif self._changed is not None:
                self._changed.add(change.item)
        self._soon()

    def _soon(self) -> None:
        if not self._is_due:
            self._is_due = True
            self._screen.set_timer(AFTER, self._start)

    def _start(self) -> None:
        self._is_due = False
        if self._screen.host.view.at is None:
            self._screen.latest(self._learn, "gates")

    async def _learn(self) -> None:
        screen, changed = self._screen, self._changed
        stream, now, before = screen.stream, screen.host.now(), self.ahead
        self._changed = set()

        def read(reader: Reader) -> GatesAhead | None:
            if before is None and not reader.has_modes(stream.id):
                return None
            from vsm.features.governance.ahead import read_gates_ahead

            return read_gates_ahead(reader, stream, now, changed, before)

        try:
            ahead = await screen.host.reading.call(read)
        except VsmError:
            self._changed = None
            return  # whatever reads next says what is in the way
        if ahead is None or stream.id != screen.stream.id:
            return
        self.ahead = ahead
        self._show(ahead, before is None or before.refused != ahead.refused)
        self._announce(ahead.announced)

    def _announce(self, coming: Sequence[Announced]) -> None:
        """Say once which mode begins soon."""
        if not coming:
            return
        first = coming[0]
        what = first.control or "moves"
        words = f"{what}: {first.mode} from {write_day(first.start)} on ({first.reason})"
        if words == self._said:
            return
        if self._screen.hints.message:
            self._screen.set_timer(LATER, partial(self._announce, coming))
            return
        self._said = words
        shows = self._screen.keys("{governance} shows it")
        self._screen.say(f"{words}; {shows}", "warn")
