"""Roles: what somebody may do, where roles are in force.

On a file that people share roles are advice: whoever may write the file can do anything to it.
They bind where people come to it through vsm alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Role(StrEnum):
    """What somebody is."""

    VIEWER = "viewer"
    MEMBER = "member"
    COACH = "coach"
    ADMIN = "admin"
    PMO = "pmo"

    @property
    def with_article(self) -> str:
        """``a viewer``, ``an admin``."""
        return f"{'an' if self is Role.ADMIN else 'a'} {self}"


class Right(StrEnum):
    """What a command needs, in words that follow "may"."""

    ITEMS = "change items"
    MANY = "change more than 50 items at once, or import"
    MAP = "change streams, stages, limits, teams and members"
    GOVERN = "set controls and modes, answer waivers, and decide on initiatives"
    ROLES = "grant roles and take things out of the journal"


MANY = 50
"""More commands at once need :attr:`Right.MANY`."""

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset(),
    Role.MEMBER: frozenset({Right.ITEMS}),
    Role.COACH: frozenset({Right.ITEMS, Right.MANY, Right.MAP}),
    Role.ADMIN: frozenset(Right),
    Role.PMO: frozenset({Right.ITEMS, Right.MANY, Right.MAP, Right.GOVERN}),
}
"""What each role may do."""


def allows(right: Right, *roles: Role | None) -> bool:
    """Whether all of these roles have a right; ``None`` holds nobody back."""
    return all(right in RIGHTS[role] for role in roles if role is not None)


@dataclass(frozen=True, slots=True)
class Grant:
    """Somebody's role: in all streams or ``only`` one, for ever or up to a day (``until``)."""

    id: int
    login: str
    role: str
    only: int | None = None
    until: str | None = None

    def holds(self, stream: int | None, today: str) -> bool:
        """Whether it holds in a stream on a day (ISO)."""
        return self.only in (None, stream) and (self.until is None or today <= self.until)


class GrantSpan(NamedTuple):
    """A grant as it was from one entry of the journal up to another (``None``: it still is).

    ``by`` gave it, ``ended_by`` changed or revoked it; moments are UTC microseconds.
    """

    grant: Grant
    seq: int
    since: int
    by: str
    until: int | None
    ended_seq: int | None
    ended_by: str


def role_by(grant: Grant | None, stream: int | None, today: str) -> Role:
    """The role of somebody with this grant in a stream, where roles are in force."""
    return Role(grant.role) if grant is not None and grant.holds(stream, today) else Role.MEMBER
