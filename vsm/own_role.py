"""The role of whoever sits at a board in the stream that is shown, and news of a change of it."""

from __future__ import annotations

from vsm.model.errors import Refusal, VsmError
from vsm.model.people_privacy import Onlooker
from vsm.model.role import Right, Role, allows
from vsm.model.rules import from_micros
from vsm.reader import Reader

_MAY = {
    Role.VIEWER: "you can read, not change",
    Role.MEMBER: "you can change items",
    Role.COACH: "you can change items and the stream",
    Role.PMO: "you can change items and the stream",
    Role.ADMIN: "you can change everything and grant roles",
}


class OwnRole:
    """The role of ``actor``, who may never do more than a role ``at_most`` in this session.

    It is read anew once the database, the stream that is shown or the day is another one. A past
    that is shown from a copy does not hold the role of today: there an ``onlooker`` has been asked
    for before.
    """

    def __init__(self, actor: str, at_most: Role | None, onlooker: Onlooker | None = None) -> None:
        self._actor, self._at_most, self._onlooker = actor, at_most, onlooker
        self._read_for: tuple[object, ...] | None = None
        self._known: dict[int | None, Role] = {}
        """By stream the role that the person has had so far."""
        self._news = ""
        self._refusal: Refusal | None = None

    def refusal(self, reader: Reader, stream: int | None, now: int) -> Refusal | None:
        """Why no item of the stream may be changed; ``None`` where it may."""
        today = from_micros(now).date().isoformat()
        try:
            key = (reader.path, reader.data_version(), stream, today)
            if key != self._read_for:
                is_over = self._read_for is not None and key[:3] == self._read_for[:3]
                self._look(reader, stream, now, today)
                if is_over and self._news:
                    self._news = f"Your role is over: {self._news.partition(': ')[2]} from today on"
                self._read_for = key
        except VsmError:
            pass  # the board says it at its next look; until then what was known counts
        return self._refusal

    def take_news(self) -> str:
        """The message that the role has changed, given once; empty where it has not."""
        news, self._news = self._news, ""
        return news

    def onlooker(self, reader: Reader, now: int) -> Onlooker:
        """What the person may see of the allocations and absences of others."""
        return self._onlooker or reader.onlooker(self._actor, now, self._at_most)

    def _look(self, reader: Reader, stream: int | None, now: int, today: str) -> None:
        role = reader.role_of(self._actor, stream, today)
        before = self._known.get(stream, role)
        self._refusal = None
        if not allows(Right.ITEMS, role, self._at_most):
            self._refusal = reader.permit(self._actor, Right.ITEMS, now, self._at_most, stream)
        if role is not before:
            self._news = self._describe(reader, role)
        self._known[stream] = role

    def _describe(self, reader: Reader, role: Role) -> str:
        """The message of a new role, what it allows, and who gave it; own changes are none."""
        by = reader.role_changed_by(self._actor)
        if by.casefold() == self._actor.casefold():
            return ""
        may = _MAY[role if self._at_most is None or self._refusal is None else Role.VIEWER]
        if not by:
            return f"Roles are in force now. You are {role.with_article} here: {may}"
        return f"{by} made you {role.with_article}: {may}"
