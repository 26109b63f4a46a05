"""Counts connections that have not logged in yet, and logins that failed, by address."""

from __future__ import annotations

from collections import OrderedDict
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Generic, TypeVar

from vsm.serve.settings import Limits

FORGET = 600.0
"""Seconds after which failures of an address are forgotten."""
FREE = 3
"""Failures of an address that cost nothing: a forgotten key, a typing error."""
SLOWEST = 4.0
ADDRESSES = 10_000
"""Addresses that are remembered; more push out the oldest."""

T = TypeVar("T")


class Attempts(Generic[T]):
    """The addresses that try to come in; ``now`` is in seconds of a clock that only goes forward.

    Of IPv6 the network of a site counts as one address.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._waiting: dict[str, list[T]] = {}
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def begin(self, address: str, who: T) -> T | None:
        """Somebody new waits; returns who has waited for longest and has to go for it.

        A login takes a moment, so whoever is silent goes, and not whoever has just come. Those of
        the address with the most go first.
        """
        waiting = self._waiting.setdefault(site(address), [])
        waiting.append(who)
        if len(waiting) > self._limits.logins_of_address:
            return waiting.pop(0)
        if sum(map(len, self._waiting.values())) > self._limits.logins:
            return max(self._waiting.values(), key=len).pop(0)
        return None

    def end(self, address: str, who: T) -> None:
        """Somebody has logged in, or is gone."""
        name = site(address)
        waiting = self._waiting.get(name, [])
        if who in waiting:
            waiting.remove(who)
        if not waiting:
            self._waiting.pop(name, None)

    def failed(self, address: str, now: float) -> None:
        """A key of an address was refused."""
        count, at = self._failures.pop(site(address), (0, now))
        if now - at > FORGET:
            count = 0
        self._failures[site(address)] = (count + 1, now)
        while len(self._failures) > ADDRESSES:
            self._failures.popitem(last=False)

    def succeeded(self, address: str) -> None:
        """Somebody has logged in from an address: its failures were other keys of theirs."""
        self._failures.pop(site(address), None)

    def delay(self, address: str, now: float) -> float:
        """Seconds that the next key of an address waits for its answer."""
        count, at = self._failures.get(site(address), (0, now))
        if count <= FREE or now - at > FORGET:
            return 0.0
        return float(min(0.25 * 2 ** min(count - FREE - 1, 10), SLOWEST))


def site(address: str) -> str:
    """What counts as one address: of IPv6 the first 64 bits."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return str(ip_network((ip, 64), strict=False))
    return str(ip)
