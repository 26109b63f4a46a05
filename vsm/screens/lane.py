"""One thread that owns one thing (a session, a reader) and does calls on it in order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor


class Closable(Protocol):
    """What a lane can own."""

    def close(self) -> None:
        """Let go of files and connections."""


R = TypeVar("R", bound=Closable)
T = TypeVar("T")


class Lane(Generic[R]):
    """Calls run one after the other in the lane's own thread; the thing is made on first use.

    A database connection belongs to the thread that made it, so it is made, used and closed
    there. Errors come back to whoever awaits the call.
    """

    def __init__(self, name: str, make: Callable[[], R]) -> None:
        self._name = name
        self._pool: ThreadPoolExecutor | None = None
        self._make = make
        self._thing: R | None = None
        self._closed = False

    async def call(self, function: Callable[[R], T]) -> T:
        """Run ``function`` on the lane's thing, off this thread; cancelled once it is closed."""
        if self._closed:
            raise asyncio.CancelledError
        return await asyncio.get_running_loop().run_in_executor(self._thread(), self._run, function)

    def _thread(self) -> ThreadPoolExecutor:
        if self._pool is None:
            from concurrent.futures import ThreadPoolExecutor

            self._pool = ThreadPoolExecutor(1, thread_name_prefix=self._name)
        return self._pool

    async def through(self) -> None:
        """Wait until everything that was asked for so far is done."""
        if not self._closed:
            await asyncio.get_running_loop().run_in_executor(self._thread(), lambda: None)

    def _run(self, function: Callable[[R], T]) -> T:
        if self._thing is None:
            self._thing = self._make()
        return function(self._thing)

    def _shut(self) -> None:
        if self._thing is not None:
            self._thing.close()
            self._thing = None

    def close(self) -> None:
        """Finish what was begun, close the thing, end the thread."""
        if self._closed:
            return
        self._closed = True
        if self._pool is not None:
            self._pool.submit(self._shut)
            self._pool.shutdown(wait=True)
