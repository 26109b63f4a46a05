"""Keys in the order in which they were typed, each where the one before it has led.

A terminal hands over keys in bursts: over a slow line ``nLogin broken`` arrives as one read.
Textual sends each of them at once to what has the focus, so all would reach the board before the
form that ``n`` opens. Here a key waits until the one before it has had its effect: a dialog is
up, a write is through, or :data:`PATIENCE` is over.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from textual.events import Event
from textual.message import Message
from textual.message_pump import MessagePump

PATIENCE = 1.0
"""Seconds that keys wait for what the key before them has begun."""
ROUNDS = 3
"""Enter in a field makes a message, which makes another: as often a key is followed up."""
URGENT_AFTER = 0.4
"""Seconds that keys are held at least: within them a dialog comes up that may take the next one."""
BEAT = 0.05
"""Seconds between two looks at a key that waits: as many a second, whatever the machine does."""
LOST = 1.0
"""Seconds after which a key counts as dealt with whose widget has gone meanwhile."""


class Handled(Message):
    """Follows a key on its way up: where it arrives, the key has had its effect."""


class Awaited:
    """Does ``act`` after ``seconds`` in which the program got its turn.

    A machine that stood still for a while is no reason to send keys where they are not meant to
    go: of any pause no more than one :data:`BEAT` counts.
    """

    def __init__(self, seconds: float, act: Callable[[], None]) -> None:
        self._beats = round(seconds / BEAT)
        self._act = act
        self._timer = asyncio.get_running_loop().call_later(BEAT, self._beat)

    def _beat(self) -> None:
        self._beats -= 1
        if self._beats > 0:
            self._timer = asyncio.get_running_loop().call_later(BEAT, self._beat)
        else:
            self._act()

    def cancel(self) -> None:
        """Do nothing any more."""
        self._timer.cancel()


class TypeAhead:
    """Gives typed keys to ``deliver`` one by one; ``target`` is where a key goes now.

    ``is_urgent`` says whether a key no longer waits for what the key before it has begun.
    """

    def __init__(
        self,
        deliver: Callable[[Event], Awaitable[None]],
        target: Callable[[], MessagePump],
        is_urgent: Callable[[Event], bool] = lambda _: False,
    ) -> None:
        self._deliver = deliver
        self._target = target
        self._is_urgent = is_urgent
        self._typed: deque[Event] = deque()
        self._rounds = 0
        self._lost: Awaited | None = None
        self._hurrying: Awaited | None = None
        self._held: Awaited | None = None
        self._working: list[object] = []

    @property
    def idle(self) -> bool:
        """Whether every key that has come in has had its effect."""
        return not self._typed and self._lost is None and self._held is None

    @property
    def waiting(self) -> int:
        """The number of keys that wait for what was typed before them."""
        return len(self._typed)

    async def take(self, event: Event) -> None:
        """A key or a paste has come in."""
        self._typed.append(event)
        await self._go_on()

    def _hurry(self) -> None:
        """Let the next key go if it is urgent; while keys are held it may become so."""
        self._hurrying = None
        if self._typed and self._is_urgent(self._typed[0]):
            self.release()
        elif self._held is not None:
            self._hurrying = Awaited(BEAT, self._hurry)

    async def handled(self) -> None:
        """What the last key has set off has gone once more from its widget up to the app."""
        if self._rounds > 1 and self._follow():
            self._rounds -= 1
        else:
            self._end()
            await self._go_on()

    def until(self, work: Coroutine[Any, Any, None], screen: object) -> Coroutine[Any, Any, None]:
        """``work`` of a screen, during which keys wait until it is done or a dialog is up."""
        self.hold()
        return self._through(work, screen)

    async def _through(self, work: Coroutine[Any, Any, None], screen: object) -> None:
        self._working.append(screen)
        try:
            await work
        finally:
            self._working.remove(screen)
            self.release()

    def in_front(self, screen: object) -> None:
        """Let keys go to a screen that has come in front, unless its own work goes on.

        A dialog was answered then, and the next one is for what was typed after the answer.
        """
        if screen not in self._working:
            self.release()

    def hold(self) -> None:
        """Keep keys back: something has begun that they may be meant for."""
        self.release()
        self._held = Awaited(PATIENCE, self.release)
        self._hurrying = Awaited(URGENT_AFTER, self._hurry)

    def release(self) -> None:
        """Let keys go where the focus is now."""
        if self._hurrying is not None:
            self._hurrying.cancel()
            self._hurrying = None
        if self._held is not None:
            self._held.cancel()
            self._held = None
            self._wake()

    def forget(self) -> None:
        """Drop the keys that wait: what they were typed after has not come about."""
        self._typed.clear()

    def settled(self) -> None:
        """A screen has gone, and with it perhaps the key that was under way there."""
        self._end()
        self._wake()

    async def _go_on(self) -> None:
        while self._typed and self._lost is None and self._held is None:
            event = self._typed.popleft()
            # Its widget is asked now: what the key sets off may move the focus.
            target = self._target()
            await self._deliver(event)
            if target.post_message(Handled().set_sender(target)):
                self._rounds = ROUNDS
                self._lost = Awaited(LOST, self.settled)

    def _follow(self) -> bool:
        target = self._target()
        return target.post_message(Handled().set_sender(target))

    def _end(self) -> None:
        self._rounds = 0
        if self._lost is not None:
            self._lost.cancel()
            self._lost = None

    def _wake(self) -> None:
        # In the app's own turn, behind the messages that are there already.
        if self._typed:
            self._target().app.call_later(self._go_on)
