"""Events about access: whom keys let in where vsm is served, and reviews; kept for the log alone.

The keys themselves stand in a file of their own, so that revoking one waits for nothing.
"""

from __future__ import annotations

from typing import Literal

from vsm.model.event.facts import EventModel


class KeyAdded(EventModel):
    """A key called ``title`` lets in whoever has it, as ``login`` and with ``role`` at most."""

    kind: Literal["key_added"] = "key_added"
    title: str
    fingerprint: str
    login: str
    role: str | None = None
    until: str | None = None
    sources: tuple[str, ...] = ()


class KeyRevoked(EventModel):
    """A key lets nobody in any more."""

    kind: Literal["key_revoked"] = "key_revoked"
    title: str
    fingerprint: str
    login: str


class AccessReviewed(EventModel):
    """Somebody went through roles and keys, so many of each, and says what came of it."""

    kind: Literal["access_reviewed"] = "access_reviewed"
    roles: int
    keys: int
    note: str
