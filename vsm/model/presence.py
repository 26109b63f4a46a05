"""Presence: who has a board open, and where their cursor is. It is never part of the journal."""

from __future__ import annotations

from typing import NamedTuple

EXPIRES = 30
"""Seconds after which somebody who gives no sign is not present any more."""


class Presence(NamedTuple):
    """One open board: whose, on which computer, since when, and where its cursor is.

    ``since`` and ``seen`` are UTC microseconds; ``screen`` is the name of a tab; ``following`` is
    the session whose cursor this one follows.
    """

    session: str
    actor: str
    host: str
    since: int
    seen: int
    stream: int | None = None
    item: int | None = None
    screen: str = ""
    following: str | None = None


def is_present(presence: Presence, now: int) -> bool:
    """Whether somebody gave a sign lately; one from the future is no sign."""
    return abs(now - presence.seen) <= EXPIRES * 1_000_000
