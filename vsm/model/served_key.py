"""Defines a public key that lets somebody in where vsm is served, and the rules on its use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from vsm.model.role import Role
from vsm.model.rules import from_micros


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedKey:
    """A public key, by its fingerprint, and what whoever has it may do.

    ``member`` is the login that acts, ``role`` the most that it may be there, ``since`` and
    ``until`` when the key is valid (UTC microseconds; the last day), ``sources`` the networks that
    it may come from (all where there are none). Moments are UTC microseconds.
    """

    id: int
    name: str
    fingerprint: str
    kind: str
    member: str
    role: Role | None = None
    since: int | None = None
    until: date | None = None
    sources: tuple[str, ...] = ()
    comment: str = ""
    added_by: str
    added_at: int
    revoked_at: int | None = None
    last_used: int | None = None

    def fault(self, at: int, address: str) -> str | None:
        """Why it lets nobody in at a moment from an address; ``None`` where it does."""
        if self.revoked_at is not None:
            return "this key was revoked"
        if self.since is not None and at < self.since:
            return "this key is not valid yet"
        if self.until is not None and from_micros(at).date() > self.until:
            return f"this key expired after {self.until}"
        if self.sources and not _is_in(address, self.sources):
            return "this key may not be used from your address"
        return None


def _is_in(address: str, networks: tuple[str, ...]) -> bool:
    try:
        ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return any(ip in ip_network(network) for network in networks)
