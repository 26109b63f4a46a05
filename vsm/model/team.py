"""Teams: who owns stages and items. Measures are about teams, never about a person."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Team:
    """A team that owns stages and items."""

    id: int
    name: str


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
