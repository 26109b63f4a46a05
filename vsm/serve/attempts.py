"""Counts connections that have not logged in yet, and logins that failed, by address."""

from __future__ import annotations

from collections import Counter, OrderedDict

from vsm.serve.settings import Limits

FORGET = 600.0
"""Seconds after which failures of an address are forgotten."""
FREE = 3
"""Failures of an address that cost nothing: a forgotten key, a typing error."""
SLOWEST = 10.0
ADDRESSES = 10_000
"""Addresses that are remembered; more push out the oldest."""


class Attempts:
    """What addresses have tried; ``now`` is in seconds of a clock that only goes forward."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._waiting: Counter[str] = Counter()
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def begin(self, address: str) -> str | None:
        """A connection from an address; a text says why there may not be one more."""
        if self._waiting.total() >= self._limits.logins:
            return "too many connections that have not logged in"
        if self._waiting[address] >= self._limits.logins_of_address:
            return "too many connections of this address that have not logged in"
        self._waiting[address] += 1
        return None

    def end(self, address: str) -> None:
        """A connection that was begun has logged in, or is gone."""
        self._waiting[address] -= 1
        if self._waiting[address] <= 0:
            del self._waiting[address]

    def failed(self, address: str, now: float) -> None:
        """A key of an address was refused."""
        count, at = self._failures.pop(address, (0, now))
        if now - at > FORGET:
            count = 0
        self._failures[address] = (count + 1, now)
        while len(self._failures) > ADDRESSES:
            self._failures.popitem(last=False)

    def succeeded(self, address: str) -> None:
        """Somebody has logged in from an address: its failures were other keys of theirs."""
        self._failures.pop(address, None)

    def delay(self, address: str, now: float) -> float:
        """Seconds that the next key of an address waits for its answer."""
        count, at = self._failures.get(address, (0, now))
        if count <= FREE or now - at > FORGET:
            return 0.0
        return float(min(0.25 * 2 ** (count - FREE - 1), SLOWEST))
