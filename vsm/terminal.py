"""The terminal that the board runs in: notices when it goes away, and gives it back by force."""

from __future__ import annotations

import asyncio
import os
import select
import selectors
import signal
import sys
import termios
import threading
import time
from codecs import getincrementaldecoder
from collections.abc import Callable
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, Protocol, cast

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Resize
from textual.message import Message

from vsm.terminal_input import Escapes
from vsm.terminal_modes import RESTORE
from vsm.terminal_output import Picture
from vsm.terminal_size import largest

if TYPE_CHECKING:
    from textual.driver import Driver

    from vsm.keymap import Keymap


class _App(Protocol):
    """The program that has the terminal."""

    keymap: Keymap

    @property
    def is_typing(self) -> bool:
        """Whether a text field has the keys."""

    @property
    def waiting_keys(self) -> int:
        """The number of keys that were read and have had no effect yet."""

    @property
    def is_writing(self) -> bool:
        """Whether a change has begun and is not through."""

    @property
    def is_suspended(self) -> bool:
        """Whether another program has the terminal."""

    def repaint(self) -> None:
        """Paint everything anew."""

    def lose_terminal(self) -> None:
        """Leave because there is no terminal any more."""


STOP_WAITS = 2.0
"""Seconds that a stop waits for a change, which would keep the database locked meanwhile."""
LOOK_EVERY = 0.1
"""Seconds without a key after which an Esc is taken for one, and the thread sees that it ends."""
READ_MOST = 4096
"""Bytes of one read."""
WAIT_MOST = 2000
"""Keys that may wait; more are read once there are fewer, or a stuck key would fill memory."""
WORD_KEYS = ("b", "f", "\x7f")
"""With Alt held down: a word back or forward, and a word deleted."""


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
        self._picture = Picture()
        self._stopping = False
        signal.signal(signal.SIGTSTP, self.stop_process)
        signal.signal(signal.SIGCONT, self._continued)

    def start_application_mode(self) -> None:
        """Take the terminal, and watch it."""
        self.forget_picture()
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if not self._watched:
            self._watched = True
            threading.Thread(target=self._watch, name="vsm-terminal", daemon=True).start()

    def write(self, data: str) -> None:
        """Write what changes the picture."""
        super().write(self._picture.changes(data))

    def _get_terminal_size(self) -> tuple[int, int]:
        return largest(*super()._get_terminal_size())

    def process_message(self, message: Message) -> None:
        """Pass a message on; a size that the terminal reports by itself is held to the largest."""
        if isinstance(message, Resize) and message.size != largest(*message.size):
            message = Resize.from_dimensions(largest(*message.size), None)
        super().process_message(message)

    # -- stop and continue ------------------------------------------------------------

    def stop_process(self, *_: object) -> None:
        """Give the terminal back and stop, as the shell's Ctrl+Z does, until ``fg``."""
        app = cast("_App", self._app)
        if self._stopping:
            return
        suspended = app.is_suspended
        self._stopping = True
        deadline = time.monotonic() + STOP_WAITS
        while app.is_writing and time.monotonic() < deadline:
            time.sleep(0.01)
        if not suspended:
            self.suspend_application_mode()
        self._stop()
        if not suspended:
            self._take_again()
        self._stopping = False

    def _stop(self) -> None:
        # Its whole group, as a terminal does it: make and other wrappers stop with it. The
        # signal rather than SIGSTOP: the kernel drops it where no shell could continue us.
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(0, signal.SIGTSTP)
        while not self._is_in_front():  # continued with bg: there is nothing to do there
            os.kill(0, signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, self.stop_process)

    def _continued(self, *_: object) -> None:
        """Take the terminal again after a stop that nobody could see coming (SIGSTOP)."""
        if self._stopping or cast("_App", self._app).is_suspended:
            return
        if not self._is_in_front():
            os.kill(os.getpid(), signal.SIGSTOP)
            return
        self.suspend_application_mode()
        self._take_again()

    def _is_in_front(self) -> bool:
        try:
            return os.tcgetpgrp(self.fileno) == os.getpgrp()
        except OSError:  # not the terminal that controls this process
            return True

    def _take_again(self) -> None:
        self.resume_application_mode()
        asyncio.get_running_loop().call_soon_threadsafe(cast("_App", self._app).repaint)

    # -- writing and reading ----------------------------------------------------------

    def forget_picture(self) -> None:
        """Send the next picture whole: the terminal may show something else."""
        self._picture.forget()

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
            self._read_keys()
        except OSError:
            self._terminal_gone()

    def _read_keys(self) -> None:
        """Read as Textual does, with each Esc that is a key told apart from sequences."""
        parser = XTermParser()
        escapes = Escapes(self._is_alt)
        decode = getincrementaldecoder("utf-8")(errors="replace").decode
        selector = selectors.SelectSelector()
        selector.register(self.fileno, selectors.EVENT_READ)
        try:
            while not self.exit_event.is_set():
                if cast("_App", self._app).waiting_keys > WAIT_MOST:
                    self.exit_event.wait(LOOK_EVERY / 2)
                    continue
                if selector.select(LOOK_EVERY):
                    data = os.read(self.fileno, READ_MOST)
                    if not data:
                        return
                    text = escapes.read(decode(data))
                else:
                    text = escapes.flush()
                if text:
                    for event in parser.feed(text):
                        self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)
        finally:
            selector.close()

    def _is_alt(self, character: str) -> bool:
        """Whether Esc and this character are one key: of the keymap, or of a text field."""
        app = cast("_App", self._app)
        if character in WORD_KEYS and app.is_typing:
            return True
        return any(f"alt+{character}" in keys for keys in app.keymap.keys.values())

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
