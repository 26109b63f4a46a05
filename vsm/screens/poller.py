"""Notices what others write to the database, for screens that show it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from vsm.model.errors import VsmError

if TYPE_CHECKING:
    from vsm.model.stream import ValueStream
    from vsm.reader import Reader
    from vsm.screens.host import Host

POLL = 0.2
"""Seconds between two looks at whether somebody else has written."""
WORTH = 0.01
"""Seconds that a look takes from which on it is asked whether the machine is busy."""
MOST_SKIPS = 3
"""Looks that are left out at most, so that keys of others come first."""
RECOMPUTE = 1.0
"""Seconds between two times that figures are worked out anew because somebody wrote."""


class Polled(Protocol):
    """The screen that is kept true, as far as a poller knows it."""

    reader: Reader
    stream: ValueStream

    @property
    def host(self) -> Host: ...
    @property
    def is_open(self) -> bool: ...
    @property
    def is_current(self) -> bool: ...
    def set_interval(self, interval: float, callback: Callable[[], None], /) -> object: ...
    def show_freshness(self) -> None: ...
    def lost(self, error: VsmError, /) -> None: ...


class Poller:
    """Looks several times a second whether anybody has written; microseconds where nobody has.

    ``changed`` brings the screen up to date; it may raise :class:`VsmError`, and is called again
    at the next look then. Nothing is looked at while the screen is not open or ``paused``.
    """

    def __init__(self, screen: Polled, changed: Callable[[], object]) -> None:
        self._screen = screen
        self._changed = changed
        self._skips = 0
        self.version = screen.reader.data_version()
        self.paused = False

    def start(self) -> None:
        """Look from now on, less often for a while where the machine is busy."""
        self._screen.set_interval(POLL, self.tick)

    def tick(self) -> None:
        """Look, unless the last look showed that the machine is busy."""
        if self._skips:
            self._skips -= 1
            return
        wall, cpu = time.perf_counter(), time.thread_time()
        self.poll()
        wall, cpu = time.perf_counter() - wall, time.thread_time() - cpu
        if wall > WORTH:
            self._skips = max(0, min(MOST_SKIPS, int(wall / max(cpu, 1e-6)) - 1))

    def poll(self) -> None:
        """Look once."""
        screen = self._screen
        if self.paused or not screen.is_open:
            return
        screen.host.colleagues.poll()
        try:
            version = screen.reader.data_version()
            screen.show_freshness()
            if version != self.version:
                self._changed()
                self.version = version
        except VsmError as error:
            screen.lost(error)


class FigurePoller:
    """Has figures worked out anew, at most once a second, after somebody wrote.

    ``work_out`` is called where the screen is in front; while it is not, it waits.
    """

    def __init__(self, screen: Polled, work_out: Callable[[], None]) -> None:
        self._screen = screen
        self._work_out = work_out
        self._due = False
        self._poller = Poller(screen, self._note)

    def start(self) -> None:
        """Look from now on."""
        self._poller.start()
        self._screen.set_interval(RECOMPUTE, self.recompute)

    def _note(self) -> None:
        self._due = True

    def poll(self) -> None:
        """Look once."""
        self._poller.poll()

    def recompute(self) -> None:
        """Work the figures out where something was written since."""
        screen = self._screen
        if self._due and screen.is_current:
            self._due = False
            stream = screen.reader.stream(screen.stream.id)
            if stream is None:
                screen.host.open_board()
                return
            screen.stream = stream
            self._work_out()
