"""Figures of sprints as pure functions: ranges, the ideal line, the check of capacity."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from vsm.model.calendar import Calendar
from vsm.model.rules import nearest_rank

LEAST, MOST = 3, 8
"""Closed sprints that a range of velocity needs, and looks back at."""
CAPACITY_SPRINTS = 5
"""Closed sprints whose work by team-day a commitment is checked against."""
LOW, HIGH = 15, 85
LONGEST = 400
"""Days of a sprint that are drawn at most."""


def velocity_range(completed: Sequence[float]) -> tuple[float, float] | None:
    """15% and 85% of what the last sprints completed, the latest last; none under three."""
    last = sorted(completed[-MOST:])
    if len(last) < LEAST:
        return None
    return nearest_rank(last, LOW), nearest_rank(last, HIGH)


def say_do(committed_done: float, started: float) -> float | None:
    """What was completed of the commitment over the commitment; none without a commitment."""
    return committed_done / started if started > 0 else None


def days_between(first: date, last: date) -> list[date]:
    """All days from one to another, both included; at most :data:`LONGEST`."""
    count = min((last - first).days + 1, LONGEST)
    return [first + timedelta(days=n) for n in range(max(count, 1))]


def ideal_line(days: Sequence[date], calendar: Calendar, total: float) -> list[float]:
    """What would be left at the end of each day at an even pace: flat on days off.

    Where no day is a working day, the line is straight over all of them.
    """
    works = [calendar.works(day) for day in days]
    if not any(works):
        works = [True] * len(days)
    whole, worked, line = sum(works), 0, []
    for is_worked in works:
        worked += is_worked
        line.append(total * (1 - worked / whole))
    return line


def redrawn_ideal(
    days: Sequence[date], calendar: Calendar, total: float, ends: Sequence[tuple[date, date]]
) -> list[float | None]:
    """The ideal line where the planned end moved: ``ends`` are (day from which on, last day).

    From the day of a change on it is drawn anew, from where it stood to nothing at the new end.
    """
    out: dict[date, float | None] = dict.fromkeys(days)
    left = total
    for n, (since, last) in enumerate(ends):
        until = ends[n + 1][0] if n + 1 < len(ends) else date.max
        part = [day for day in days if since <= day <= last]
        for day, value in zip(part, ideal_line(part, calendar, left) if part else (), strict=True):
            if day < until:
                out[day] = value
        before = [value for day, value in out.items() if day < until and value is not None]
        left = before[-1] if before else total
    return list(out.values())


def capacity_share(
    committed: float, team_days: float | None, before: Sequence[tuple[float, float]]
) -> tuple[float | None, float | None]:
    """What was completed by team-day before, and the commitment as a share of that.

    ``before`` are (completed, team-days) of the last closed sprints that have team-days.
    """
    last = before[-CAPACITY_SPRINTS:]
    worked = sum(days for _, days in last)
    pace = sum(done for done, _ in last) / worked if worked else None
    if not pace or not team_days:
        return pace, None
    return pace, committed / (pace * team_days)
