"""Options that stand before a key in ``authorized_keys``: honoured, ignored aloud, or refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from ipaddress import ip_network

from vsm.model.errors import BadInput
from vsm.model.sanitise import inert_line

_NEVER_SERVED = frozenset(
    (
        *("agent-forwarding", "no-agent-forwarding", "port-forwarding", "no-port-forwarding"),
        *("x11-forwarding", "no-x11-forwarding", "pty", "no-pty", "user-rc", "no-user-rc"),
        *("restrict", "permitopen", "permitlisten", "tunnel", "environment"),
        "no-touch-required",
    )
)
"""Options on what a served board never offers, or that allow less care than is taken."""
NETWORKS_MOST = 64
"""As many networks may be named for one key."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What narrows the use of a key; ``ignored`` are options without a meaning for a board."""

    until: date | None = None
    sources: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


def read_options(options: Iterable[tuple[str, str | None]]) -> Limits:
    """What options say. Raises :class:`BadInput` for one that would have to be honoured."""
    until: date | None = None
    sources: tuple[str, ...] = ()
    ignored: list[str] = []
    for name, value in options:
        if name == "from" and value is not None:
            sources = read_networks([value], "from=")
        elif name == "expiry-time" and value is not None:
            until = _read_expiry(value)
        elif name in _NEVER_SERVED:
            ignored.append(name)
        else:
            raise BadInput(
                f"the option {inert_line(name)[:40]} cannot be honoured",
                "remove it if the key may open the board without it",
            )
    return Limits(until, sources, tuple(ignored))


def read_networks(texts: Iterable[str], what: str) -> tuple[str, ...]:
    """Networks and addresses, with commas between them, as networks."""
    networks: list[str] = []
    for text in ",".join(texts).split(","):
        text = text.strip()
        try:
            networks.append(str(ip_network(text)))
        except ValueError:
            raise BadInput(
                f"{what} {inert_line(text)[:60]!r} is no network", _suggestion(text)
            ) from None
    if len(networks) > NETWORKS_MOST:
        raise BadInput(f"{what} names over {NETWORKS_MOST} networks", "name larger ones")
    return tuple(dict.fromkeys(networks))


def _suggestion(text: str) -> str:
    try:
        return f"did you mean {ip_network(text, strict=False)}?"
    except ValueError:
        return "write addresses and networks as 10.0.0.0/8 or 2001:db8::/32; names do not count"


def _read_expiry(text: str) -> date:
    """The last whole day (UTC) before a moment as OpenSSH writes it, such as ``20270101``."""
    digits = text.removesuffix("Z")
    form = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}.get(len(digits), "")
    try:
        return datetime.strptime(digits, form).date() - timedelta(days=1)
    except (ValueError, OverflowError):
        raise BadInput(
            f"expiry-time={inert_line(text)[:20]!r} is no moment", "write it as 20270101"
        ) from None
