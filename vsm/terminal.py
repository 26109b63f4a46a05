"""The terminal that the board runs in: notices when it goes away, and gives it back by force."""

from __future__ import annotations

import os
import select
import sys
import termios
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, Protocol, cast

from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from textual.driver import Driver


class _App(Protocol):
    """The program that has the terminal."""

    def lose_terminal(self) -> None:
        """Leave because there is no terminal any more."""


RESTORE = (
    "\x1b[?2004l"  # no bracketed paste
    "\x1b[?7h"  # wrap long lines
    "\x1b[?2048l"  # no reports of the size
    "\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l"  # no reports of the mouse
    "\x1b[<u"  # keys as ever
    "\x1b[?1049l"  # the main screen
    "\x1b[?25h"  # the cursor
    "\x1b[?1004l"  # no reports of the focus
    "\x1b[0m"  # plain text
)
"""Everything that the board switches on, switched off."""


class _Output:
    """A stream for a terminal that may go away: after that it drops what is written.

    An error would end the thread that writes, and the app would wait for it for ever.
    """

    def __init__(self, stream: IO[str], gone: Callable[[], None]) -> None:
        self._stream = stream
        self._gone = gone
        self._lost = False

    def write(self, text: str) -> int:
        """Write, or drop it where there is no terminal any more."""
        if not self._lost:
            try:
                self._stream.write(text)
            except OSError:
                self._lose()
        return len(text)

    def flush(self) -> None:
        """Hand over what is buffered."""
        if not self._lost:
            try:
                self._stream.flush()
            except OSError:
                self._lose()

    def _lose(self) -> None:
        self._lost = True
        self._gone()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class TerminalDriver(LinuxDriver):
    """Textual's driver; where the terminal goes away it ends the app instead of reading on.

    Reading from a terminal that has hung up gives nothing at once, again and again.
    """

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(app, **options)
        self._file = cast("Any", _Output(cast("IO[str]", self._file), self._terminal_gone))
        self._watched = False

    def start_application_mode(self) -> None:
        """Take the terminal, and watch it."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if not self._watched:
            self._watched = True
            threading.Thread(target=self._watch, name="vsm-terminal", daemon=True).start()

    def _watch(self) -> None:
        """Wait in the kernel until the terminal hangs up; where it cannot be polled, do not."""
        poll = select.poll()
        poll.register(self.fileno, 0)
        with suppress(OSError):
            while True:
                for _, event in poll.poll():
                    if event & select.POLLNVAL:
                        return
                    if event & (select.POLLHUP | select.POLLERR):
                        self._terminal_gone()
                        return

    def run_input_thread(self) -> None:
        """Read keys; a terminal that cannot be read has gone."""
        try:
            super().run_input_thread()
        except OSError:
            self._terminal_gone()

    def _terminal_gone(self) -> None:
        self.exit_event.set()
        app = cast("_App", self._app)
        app.lose_terminal()


def give_back(driver: Driver | None) -> None:
    """Restore the terminal past a driver that no longer can, without waiting for it."""
    fileno = sys.__stdin__.fileno() if sys.__stdin__ is not None else 0
    before = getattr(driver, "attrs_before", None)
    if before is not None:
        with suppress(termios.error):
            termios.tcsetattr(fileno, termios.TCSANOW, before)
    with suppress(OSError):
        # Opened anew: a terminal that is held (Ctrl+S) must not hold this up.
        terminal = os.open(os.ttyname(fileno), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
        os.write(terminal, RESTORE.encode())
        os.close(terminal)
