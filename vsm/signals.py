"""The signals that end the process, and handlers for them that are put back afterwards."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

Handler = Callable[[int, FrameType | None], None]

_NAMES = ("SIGTERM", "SIGHUP", "SIGQUIT")
ENDING = tuple(getattr(signal, name) for name in _NAMES if hasattr(signal, name))
"""They ask the board to leave."""
ENDING_A_COMMAND = tuple(number for number in ENDING if number.name != "SIGQUIT")
"""They roll a command back. SIGQUIT keeps its own meaning there: end at once, dump the memory."""


_deferring = 0
_saved = False


@contextmanager
def completed() -> Iterator[None]:
    """Complete the block, which saves a change: signals that would end a command come too late.

    The command goes on to its end and reports what it did, for that is what has happened.
    """
    global _deferring, _saved
    _deferring += 1
    try:
        yield
        _saved = True
    finally:
        _deferring -= 1


def has_saved() -> bool:
    """Whether this process has saved a change."""
    return _saved


class Terminated(BaseException):
    """A signal asked the process to end; no ``Exception``, so that nothing swallows it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number

    @property
    def code(self) -> int:
        """The exit code, as a shell reports it for a process that the signal killed."""
        return 128 + self.number

    def __str__(self) -> str:
        return f"terminated by {signal.Signals(self.number).name}"


def raise_terminated(number: int, _frame: FrameType | None) -> None:
    """End what is under way, so that transactions are rolled back and files put away."""
    if not _deferring:
        raise Terminated(number)


def raise_interrupt(_number: int, _frame: FrameType | None) -> None:
    """Do the same because somebody pressed Ctrl-C."""
    if not _deferring:
        raise KeyboardInterrupt


@contextmanager
def handled(handler: Handler, numbers: Sequence[signal.Signals]) -> Iterator[None]:
    """Handle signals in the block; only the main thread can, elsewhere nothing is changed.

    A SIGHUP that is ignored stays so: that is what ``nohup`` asks for.
    """
    before: dict[signal.Signals, object] = {}
    if threading.current_thread() is threading.main_thread():
        for number in numbers:
            ignored = signal.getsignal(number) is signal.SIG_IGN
            if not (ignored and number.name == "SIGHUP"):
                before[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, former in before.items():
            # None: it was set by something other than Python, which cannot be put back.
            signal.signal(number, signal.SIG_DFL if former is None else former)  # type: ignore[arg-type]
