"""Teams and their members. Measures are about teams, stages and streams, never about a person."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from vsm.model.allocation import Sickness
from vsm.model.calendar import Calendar

INITIALS_MAX = 4
"""Most characters of initials: they stand on cards."""


class TeamType(StrEnum):
    """The types of teams of Team Topologies."""

    STREAM = "stream-aligned"
    PLATFORM = "platform"
    ENABLING = "enabling"
    SUBSYSTEM = "complicated-subsystem"


@dataclass(frozen=True, slots=True)
class Team:
    """A team that owns stages and items.

    ``workdays`` are ISO weekdays, ``None`` where the team works when its stream does;
    ``holidays`` are ISO dates. Both are for capacity only. ``sickness`` says how sickness of its
    members is recorded.
    """

    id: int
    name: str
    workdays: tuple[int, ...] | None = None
    holidays: tuple[str, ...] = ()
    type: str | None = None
    purpose: str = ""
    service_level: str = ""
    sickness: str = Sickness.AS_OTHER.value

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


def unique_initials(own: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """By name a short sign for each of several people; no two have the same.

    ``own`` has the initials that people chose. All others get initials: two letters of a single
    name, and its number (``ben2`` gives ``be2``). Those that would be the same grow longer.
    """
    signs = {name: [*filter(None, [own.get(name)]), *_lengthening(name)] for name in names}
    while True:
        uses = Counter(longer[0] for longer in signs.values())
        same = [longer for longer in signs.values() if uses[longer[0]] > 1 and len(longer) > 1]
        if not same:
            return {name: longer[0] for name, longer in signs.items()}
        for longer in same:
            del longer[0]


def _lengthening(name: str) -> list[str]:
    """Signs for a name, the shortest first."""
    word = name.partition(":")[2] or name
    parts = [p for p in re.split(r"[\s._-]+", word.casefold()) if p] or [name]
    if len(parts) > 1:
        return [parts[0][:n] + parts[-1][0] for n in range(1, len(parts[0]) + 1)] + [name]
    letters = parts[0].rstrip("0123456789")
    number = parts[0][len(letters) :]
    return [letters[:n] + number for n in range(2, max(2, len(letters)) + 1)] + [name]
