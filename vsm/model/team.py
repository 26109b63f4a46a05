"""Teams and their members. Measures are about teams, stages and streams, never about a person."""

from __future__ import annotations

from dataclasses import dataclass

from vsm.model.calendar import Calendar

INITIALS_MAX = 4
"""Most characters of initials: they stand on cards."""


@dataclass(frozen=True, slots=True)
class Team:
    """A team that owns stages and items.

    ``workdays`` are ISO weekdays, ``None`` where the team works when its stream does;
    ``holidays`` are ISO dates. Both are for capacity only.
    """

    id: int
    name: str
    workdays: tuple[int, ...] | None = None
    holidays: tuple[str, ...] = ()

    def calendar(self, stream: Calendar) -> Calendar:
        """On which days the team works, in a stream with this calendar."""
        workdays = stream.workdays if self.workdays is None else self.workdays
        return Calendar(workdays, tuple(sorted({*stream.holidays, *self.holidays})))


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who works on items: ``login`` is what items name as their owner."""

    id: int
    login: str
    name: str
    initials: str
    teams: tuple[int, ...] = ()


def initials(login: str) -> str:
    """A short sign for a login or a name: ``anna.kern`` and ``Anna Kern`` give ``ak``.

    A login of up to four characters stands for itself: ``u056``.
    """
    parts = [p for p in login.replace(".", " ").replace("_", " ").replace("-", " ").split() if p]
    if not parts:
        return ""
    if len(parts) == 1:
        return (parts[0] if len(parts[0]) <= 4 else parts[0][:2]).lower()
    return (parts[0][0] + parts[-1][0]).lower()
