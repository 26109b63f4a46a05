"""Compares what a plan of teams comes to with what is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import isfinite
from typing import TYPE_CHECKING

from vsm.features.capacity.results import PlanOutcome, PlanTeam, Saturation

if TYPE_CHECKING:
    from vsm.features.capacity.outlook import TeamOutlook
    from vsm.features.capacity.pivot_or_hire import Outlook


def compare_plan(
    name: str, before: Sequence[TeamOutlook], after: Sequence[TeamOutlook]
) -> PlanOutcome:
    """The teams that a plan changes, and the item-days that all of them wait."""
    rows, sums = [], [0.0, 0.0]
    for one, other in zip(before, after, strict=True):
        first, second = (row.for_comparison(frozenset()) for row in (one, other))
        if first is not None and second is not None:
            sums = [sums[0] + first.waiting, sums[1] + second.waiting]
        changes = one.ahead != other.ahead or one.factor != other.factor
        if not changes:
            continue
        rows.append(
            PlanTeam(
                name=one.measured.team.name,
                people_before=_last_people(one),
                people_after=_last_people(other),
                busiest_before=_busiest(first),
                busiest_after=_busiest(second),
                wait_before=None if first is None else first.mean_wait,
                wait_after=None if second is None else second.mean_wait,
                saturated_before=_saturated_from(one.saturation()),
                saturated_after=_saturated_from(other.saturation()),
            )
        )
    return PlanOutcome(
        plan=name, teams=tuple(rows), item_days_before=sums[0], item_days_after=sums[1]
    )


def _busiest(outlook: Outlook | None) -> float | None:
    """The utilisation of the busiest weeks; ``None`` where nobody is there in them."""
    return None if outlook is None or not isfinite(outlook.busiest) else outlook.busiest


def _last_people(outlook: TeamOutlook) -> float:
    """The people of the last week ahead in which the team works."""
    return next((w.people for w in reversed(outlook.ahead) if w.people is not None), 0.0)


def _saturated_from(saturation: Saturation | None) -> date | None:
    return None if saturation is None else saturation.week or saturation.earliest
