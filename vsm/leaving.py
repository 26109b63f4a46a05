"""Leaving the board: because of a signal, because the terminal has gone, and by force."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from vsm.database_files import vsm_command
from vsm.model.errors import EnvironmentProblem
from vsm.screens.serial_executor import FINISH_GRACE, Unfinished
from vsm.signals import Terminated

if TYPE_CHECKING:
    from types import FrameType

    from textual.driver import Driver

END_WITHIN = 3.0
"""Seconds that leaving may take after a signal, before the process ends by force."""


class Leaver(Protocol):
    """The application that leaves."""

    path: Path
    _driver: Driver | None

    @property
    def is_writing(self) -> bool:
        """Whether a change has begun and is not through."""

    def exit(self) -> None:
        """Leave."""


class Leaving:
    """What ends the board from outside, and what became of its last change then."""

    def __init__(self, app: Leaver) -> None:
        self._app = app
        self.signal: int | None = None
        """The signal that asked the board to leave, if one did."""
        self.unfinished = Unfinished.NOTHING
        """What became of the last change where leaving did not wait for it."""
        self.suspended = False
        """Whether another program has the terminal."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._left = threading.Event()

    def is_ready(self) -> None:
        """The first screen is mounted: leave now where a signal came before."""
        self._loop = asyncio.get_running_loop()
        self.exit_if_asked()

    def exit_if_asked(self) -> None:
        """Leave where a signal asked for it."""
        if self.signal is not None:
            self._app.exit()

    def end_by_signal(self, number: int, _frame: FrameType | None = None) -> None:
        """Leave because of a signal; by force where that takes too long."""
        if self.signal is not None:
            return
        self.signal = number
        threading.Thread(target=self._end_by_force, name="vsm-end", daemon=True).start()
        # Until the first screen is mounted leaving would break that off: is_ready does it then.
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._app.exit)

    def lose_terminal(self) -> None:
        """Leave because there is no terminal any more; called in any thread."""
        if not self._left.is_set():
            self.end_by_signal(signal.SIGHUP)

    def has_left(self) -> None:
        """The terminal is given back and the database closed."""
        self._left.set()

    def _end_by_force(self) -> None:
        """Wait until the board has left; where it does not, end the process all the same."""
        app = self._app
        while not self._left.wait(END_WITHIN):
            if self.suspended:
                continue  # an editor has the terminal: what is typed there is not thrown away
            if app.is_writing and self._left.wait(FINISH_GRACE):
                return
            from vsm.terminal import give_back

            give_back(app._driver)
            problem = problem_of(Unfinished.UNKNOWN, app.path)
            if app.is_writing and problem is not None:
                os.write(2, f"vsm: {problem.message}; {problem.remedy}\n".encode())
            os._exit(Terminated(self.signal or signal.SIGTERM).code)


def problem_of(unfinished: Unfinished, path: Path) -> EnvironmentProblem | None:
    """What to say of a change that leaving did not wait for."""
    if unfinished is Unfinished.GIVEN_UP:
        return EnvironmentProblem(
            f"the last change was not saved: {path} was busy", "open the board and make it again"
        )
    if unfinished is Unfinished.UNKNOWN:
        return EnvironmentProblem(
            f"the last change may not have been saved: {path} did not answer",
            f"see what was recorded with: {vsm_command(path, 'log')}",
        )
    return None
