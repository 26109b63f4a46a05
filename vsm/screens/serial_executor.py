"""One thread that owns one thing (a session, a reader) and does calls on it in order.

The threads are daemons: leaving never waits for a call that hangs. Which calls leaving does wait
for is decided once, under a lock: a call that has announced with :meth:`SerialExecutor.begin` that
it changes something is finished, one that has not is given up and can no longer begin.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from enum import Enum
from queue import SimpleQueue
from time import monotonic
from typing import Any, Generic, Protocol, TypeVar

LEAVE_GRACE = 0.2
"""Seconds that leaving gives calls that have not begun to change anything."""
CLEAN_UP_GRACE = 0.1
"""Seconds that a call which was given up has to put away what it made so far."""
FINISH_GRACE = 10.0
"""Seconds that leaving waits for a call that has begun to change something."""


class Closable(Protocol):
    """What a lane can own."""

    def close(self) -> None:
        """Let go of files and connections."""


class GivenUp(Exception):
    """Ends a call that nobody waits for any more, before it has changed anything."""


class Unfinished(Enum):
    """What a closed lane has left behind."""

    NOTHING = "nothing"
    GIVEN_UP = "given up"
    """A call that was not done, and never will be."""
    UNKNOWN = "unknown"
    """A call that had begun to change something and did not end in time."""


R = TypeVar("R", bound=Closable)
T = TypeVar("T")


class _Call(Generic[R]):
    """A function to run in the lane's thread (``None``: nothing), and its result to come."""

    def __init__(self, function: Callable[[R], Any] | None, optional: bool) -> None:
        self.function = function
        self.optional = optional
        self.future: Future[Any] = Future()


class SerialExecutor(Generic[R]):
    """Calls run one after the other in the lane's own thread; the thing is made on first use.

    A database connection belongs to the thread that made it, so it is made, used and closed
    there. Errors come back to whoever awaits the call.
    """

    def __init__(self, name: str, make: Callable[[], R]) -> None:
        self._name = name
        self._make = make
        self._thing: R | None = None
        self.last_result: object = None
        """What the last call gave that is not optional; ``None`` where it failed or was dropped."""
        self._thread: threading.Thread | None = None
        self._calls: SimpleQueue[_Call[R] | None] = SimpleQueue()
        self._awaited: dict[asyncio.Future[Any], _Call[R]] = {}
        self._guard = threading.Lock()
        # All below is shared by the two threads and guarded.
        self._pending: list[_Call[R]] = []
        self._running_since: float | None = None
        self._begun = False
        self._leave_at: float | None = None
        self._given_up = False
        self._closed = False

    # -- calls ----------------------------------------------------------------------

    async def call(self, function: Callable[[R], T], *, optional: bool = False) -> T:
        """Run ``function`` on the lane's thing, off this thread; cancelled once it is closed.

        Nobody needs to hear of it where an ``optional`` call is given up.
        """
        result: T = await self._submit(_Call(function, optional))
        return result

    async def drain(self) -> None:
        """Wait until everything that was asked for so far is done."""
        if not self._closed and not self._given_up:
            await self._submit(_Call(None, optional=True))

    async def _submit(self, call: _Call[R]) -> Any:
        with self._guard:
            if self._closed or self._given_up:
                raise asyncio.CancelledError
            self._pending.append(call)
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name=self._name, daemon=True)
            self._thread.start()
        awaited = asyncio.wrap_future(call.future)
        self._awaited[awaited] = call
        awaited.add_done_callback(self._awaited.pop)
        self._calls.put(call)
        return await awaited

    def begin(self) -> None:
        """Announce, from inside a call, that it changes something: it is finished from here on.

        Raises :class:`GivenUp` where leaving waits for it no longer.
        """
        with self._guard:
            if self._given_up:
                raise GivenUp
            self._begun = True

    def check(self) -> None:
        """Raise :class:`GivenUp`, inside a call that takes long, once nobody waits for it."""
        if self._given_up:
            raise GivenUp

    @property
    def busy_for(self) -> float:
        """Seconds that the call under way has taken so far; 0 where there is none."""
        since = self._running_since
        return monotonic() - since if since is not None else 0.0

    # -- in the lane's thread ---------------------------------------------------------

    def _serve(self) -> None:
        while (call := self._calls.get()) is not None:
            with self._guard:
                is_wanted = not self._given_up and call.future.set_running_or_notify_cancel()
                if is_wanted:
                    self._running_since = monotonic()
                elif self._leave_at is None:
                    # Whoever asked has thought better of it.
                    self._pending.remove(call)
                if not call.optional:
                    self.last_result = None
            if is_wanted:
                self._run(call)
        if self._thing is not None:
            self._thing.close()
            self._thing = None

    def _run(self, call: _Call[R]) -> None:
        result: Any = None
        error: BaseException | None = None
        try:
            if call.function is not None:
                if self._thing is None:
                    self._thing = self._make()
                result = call.function(self._thing)
        except BaseException as caught:
            error = caught
        with self._guard:
            self._running_since = None
            self._begun = False
            if not call.optional:
                self.last_result = result
            if not isinstance(error, GivenUp):
                self._pending.remove(call)
        if error is not None:
            call.future.set_exception(error)
        else:
            call.future.set_result(result)

    @property
    def has_begun(self) -> bool:
        """Whether a call has begun to change something and is not through."""
        with self._guard:
            return self._begun

    # -- leaving ------------------------------------------------------------------------

    def leave(self) -> None:
        """Give calls up before long: they have a moment to end by themselves."""
        with self._guard:
            if self._leave_at is not None:
                return
            self._leave_at = monotonic() + LEAVE_GRACE
        asyncio.get_running_loop().call_later(LEAVE_GRACE, self._give_up)

    def _give_up(self) -> None:
        with self._guard:
            self._given_up = True
        for awaited, call in list(self._awaited.items()):
            if not call.future.done():  # a result that is on its way arrives
                awaited.cancel()

    def close(self) -> Unfinished:
        """Finish what has begun to change something, give up the rest, close the thing."""
        with self._guard:
            first, self._closed = not self._closed, True
            leave_at = self._leave_at or monotonic() + LEAVE_GRACE
            self._leave_at = leave_at
        thread = self._thread
        if thread is not None and first:
            self._calls.put(None)
            thread.join(max(0.0, leave_at - monotonic()))
        self._give_up()
        if thread is not None and thread.is_alive():
            with self._guard:
                grace = FINISH_GRACE if self._begun else CLEAN_UP_GRACE
            thread.join(grace)
        with self._guard:
            if self._begun:
                return Unfinished.UNKNOWN
            lost = any(not call.optional for call in self._pending)
            return Unfinished.GIVEN_UP if lost else Unfinished.NOTHING


async def run_aside(function: Callable[[], T]) -> T:
    """Run ``function``, which changes nothing, in a thread that leaving does not wait for.

    ``asyncio.to_thread`` uses threads that the interpreter joins before it ends.
    """
    future: Future[T] = Future()

    def run() -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            result = function()
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(result)

    threading.Thread(target=run, name="vsm-aside", daemon=True).start()
    return await asyncio.wrap_future(future)
