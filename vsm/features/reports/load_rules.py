"""Rules on the load of teams."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from vsm.features.capacity.text import when_text
from vsm.features.reports.rule import Finding
from vsm.features.reports.sources import Sources

if TYPE_CHECKING:
    from vsm.features.capacity.results import Saturation

SATURATED = 0.85
RANGE_SURE = 0.8
"""The share of resamples that cross within the range of a saturation."""
AHEAD_WEEKS = 8
"""Weeks ahead in which a team that will be saturated is a fact."""


def _is_soon(of: Sources, later: Saturation) -> bool:
    """Whether saturation is named in the weeks ahead, or its 80% range ends in them."""
    if later.week is not None:
        return (later.weeks_ahead or 0) <= AHEAD_WEEKS
    end = of.today + timedelta(weeks=AHEAD_WEEKS)
    return later.latest is not None and later.latest <= end


def _sure(later: Saturation) -> float:
    """How sure it is: of a week, or of the range of days."""
    return later.probability if later.week is not None else RANGE_SURE


def find_saturation(of: Sources) -> Iterator[Finding]:
    """Teams that are at 85% of what they can do, or will be within eight weeks."""
    capacity = of.capacity
    if capacity is None:
        return
    working = {stage.team for stage in of.data.stream.order if stage.team is not None}
    for team in capacity.teams:
        if of.is_of_stream and team.id not in working:
            continue
        now, later = team.utilisation, team.saturation
        is_now = now is not None and now >= SATURATED
        soon = later is not None and _is_soon(of, later)
        if not soon and not is_now:
            continue
        is_over = now is not None and now > 1
        text = (
            "team {team} is overloaded: {load!p} used"
            if is_over
            else "team {team} is {load!p} used"
        )
        if later is not None and soon and not is_now:
            text += "; it reaches 85% {when}"
        yield Finding(
            at=f"t{team.id}",
            severity=2 if soon else 1,
            about="team",
            subject=team.name,
            template=text,
            values={
                "team": team.name,
                "load": now,
                "week": None if later is None else later.week,
                "odds": None if later is None else later.probability,
                "earliest": None if later is None else later.earliest,
                "latest": None if later is None else later.latest,
                "when": "" if later is None else when_text(later),
            },
            evidence=of.evidence("load of the team", (), screen="teams"),
            confidence=None if later is None or not soon else _sure(later),
            size=min(1.0, now or SATURATED),
            needs_decision=soon,
        )
