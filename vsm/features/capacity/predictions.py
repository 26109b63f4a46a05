"""Keeps predictions of saturation, and scores what came of them.

A prediction came true if within its days a team was used by 85% or more over four weeks. The score
is that of Brier (1950): the mean squared difference of the odds and what came (1 or 0), so 0.25 for
whoever always says 50%, and 0 for whoever is always right and sure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from vsm.features.capacity.load import SATURATED
from vsm.features.capacity.results import Prediction, Predictions, TeamCapacity, TeamWeek
from vsm.model.errors import BadInput
from vsm.model.pin import Pin, Question, free_name
from vsm.model.rules import local
from vsm.report.wording import day, percent

OVER_WEEKS = 4
"""A team was saturated if it was so on average over so many weeks: one busy week is chance."""


def pin_of(team: TeamCapacity, taken: Sequence[str], now: int, note: str = "") -> dict[str, Any]:
    """The values of a pin that keeps what is predicted of a team.

    Raises :class:`~vsm.model.errors.BadInput` where nothing is predicted of it.
    """
    saturation = team.saturation
    if saturation is None or team.is_saturated:
        why = "is saturated already" if team.is_saturated else "has no saturation ahead"
        raise BadInput(f"{team.name} {why}", "only what is predicted can be kept")
    odds, by = round(saturation.odds, 2), saturation.by
    name = f"{team.name}: saturated by {day(by)} ({percent(odds)})"
    return {
        "name": free_name(name, taken),
        "question": Question.SATURATION.value,
        "team": team.id,
        "by": by.isoformat(),
        "odds": odds,
        "pinned_at": now,
        "note": note,
    }


def was_saturated(weeks: Sequence[TeamWeek], after: date, by: date) -> bool | None:
    """Whether a team was saturated over four weeks that end in some days; ``None``: not known."""
    known = [week for week in weeks if not week.planned and week.utilisation is not None]
    is_known = False
    for n in range(OVER_WEEKS, len(known) + 1):
        span = known[n - OVER_WEEKS : n]
        end = span[-1].week + timedelta(days=6)
        if not after < end <= by:
            continue
        is_known = True
        if sum(week.utilisation or 0.0 for week in span) / OVER_WEEKS >= SATURATED:
            return True
    return False if is_known else None


def judge(
    pins: Sequence[Pin], teams: Mapping[int, tuple[str, Sequence[TeamWeek]]], zone: str, now: int
) -> Predictions:
    """What came of the predictions that were kept, the latest first, and their score.

    ``teams`` are names and weeks by id.
    """
    today = local(now, zone).date()
    rows = []
    for pin in sorted(pins, key=lambda pin: -pin.pinned_at):
        name, weeks = teams.get(pin.team or 0, ("", ()))
        after = local(pin.pinned_at, zone).date()
        came = was_saturated(weeks, after, min(pin.day, today))
        is_over = today > pin.day
        # While its day lies ahead only what came true already is known.
        outcome = came if came or is_over else None
        rows.append(
            Prediction(
                id=pin.id,
                name=pin.name,
                team=name,
                by=pin.day,
                odds=pin.odds,
                pinned_on=after,
                came_true=outcome,
                note=pin.note,
            )
        )
    scored = [row for row in rows if row.came_true is not None]
    brier = sum((row.odds - bool(row.came_true)) ** 2 for row in scored) / len(scored or [0])
    return Predictions(
        rows=tuple(rows), scored=len(scored), brier=round(brier, 3) if scored else None
    )
