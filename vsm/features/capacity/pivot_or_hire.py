"""Weighs moving people from another team against hiring, by what both teams would wait.

Both are compared by the item-days that items of all teams wait in the 26 weeks ahead. Where they
differ by a tenth at most it is the pivot: it can be taken back. Each is sized by the weeks that it
can change: a pivot by those from the saturation on, a hire by those in which it counts fully.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from vsm.features.capacity.load import AIM, Load, smallest_addition, waiting_item_days
from vsm.features.capacity.people import ramp
from vsm.model.allocation import RAMP_WEEKS

CALM, MONTH = 13, 4
"""Weeks in which people who are added leave no so many weeks in a row that are all used by more
than 80%: nobody hires for Christmas, however short of people its weeks are."""
MOST_OF_DONOR = 0.6
"""A team with more utilisation than this gives nobody."""
TIE = 0.1
LEAD_WEEKS = 13
"""Weeks until somebody new begins, where nobody said how many."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """The load of a team in the present week and those ahead, with its working days in each.

    ``beyond`` are the weeks after those, by which a hire is sized. ``now`` is the load of today, by
    the arrivals of the last 12 weeks: what is shown as used now. ``skills`` are those of its
    people, ``is_constraint`` says that it limits a stream.
    """

    team: int
    name: str
    weeks: tuple[Load, ...]
    working_days: tuple[float, ...]
    skills: frozenset[str] = frozenset()
    is_constraint: bool = False
    now: Load | None = None
    beyond: tuple[tuple[Load, float], ...] = ()

    @property
    def used_now(self) -> float:
        """The utilisation of today."""
        return (self.now or self.weeks[0]).utilisation

    @property
    def waiting(self) -> float:
        """The item-days that items wait ahead."""
        return waiting_item_days(self.weeks, self.working_days)

    @property
    def mean_wait(self) -> float:
        """The working days that a visit waits ahead, on average."""
        arrivals = sum(
            load.arrivals * days for load, days in zip(self.weeks, self.working_days, strict=True)
        )
        return self.waiting / arrivals if arrivals else 0.0

    def with_people(self, additions: Sequence[float]) -> Outlook:
        """The same with so many people more, or fewer, in each week."""
        weeks = tuple(
            load.with_more(more) for load, more in zip(self.weeks, additions, strict=True)
        )
        return replace(self, weeks=weeks)

    def with_more(self, people: float) -> Outlook:
        """The same with so many people more, or fewer, from now on."""
        now = None if self.now is None else self.now.with_more(people)
        return replace(self.with_people([people] * len(self.weeks)), now=now)

    @property
    def busiest(self) -> float:
        """The highest mean utilisation of four weeks in a row ahead."""
        return max((load.utilisation for load in _months(self)), default=0.0)


@dataclass(frozen=True, slots=True)
class Way:
    """A way to give a team ``people`` more: from a ``donor``, or by a hire where that is ``None``.

    ``team`` and ``giver`` are the outlooks after it; ``total`` the item-days that items of both
    teams wait. ``lead_weeks`` is when it begins to help.
    """

    people: float
    team: Outlook
    donor: Outlook | None
    giver: Outlook | None
    lead_weeks: int
    total: float

    @property
    def donor_loss(self) -> float:
        """The item-days that items of the donor wait longer."""
        if self.donor is None or self.giver is None:
            return 0.0
        return self.giver.waiting - self.donor.waiting


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a saturated team can do: the best pivot, and a hire; ``ways`` has the better one first.

    There is no hire where nobody is needed once it would count fully. ``without_skills`` are teams
    that have room but not the skills, ``given_away`` those that had room before they gave others
    people.
    """

    before: Outlook
    pivot: Way | None
    hire: Way | None
    without_skills: tuple[str, ...] = ()
    given_away: tuple[str, ...] = ()

    @property
    def ways(self) -> tuple[Way, ...]:
        """The better way first."""
        if self.pivot is None or self.hire is None:
            return tuple(way for way in (self.pivot, self.hire) if way is not None)
        is_better = self.hire.total < (1 - TIE) * self.pivot.total
        return (self.hire, self.pivot) if is_better else (self.pivot, self.hire)


def compare_ways(
    team: Outlook,
    others: Sequence[Outlook],
    skills: frozenset[str] = frozenset(),
    *,
    saturated_in: int = 0,
    lead_weeks: int = LEAD_WEEKS,
    lent: Mapping[str, float] | None = None,
) -> Comparison | None:
    """The ways to keep a team at 80% or less for 13 weeks, from when they count on.

    A pivot is sized from the saturation on, a hire from its full productivity on. ``None`` where
    nobody is needed for that. ``skills`` are what the work needs, ``lent`` the people whom others
    have been offered already, by their donor.
    """
    lent = lent or {}
    people = smallest_addition(_lasting(team, saturated_in))
    hired = smallest_addition(_lasting(team, max(saturated_in, lead_weeks + RAMP_WEEKS)))
    if not people and not hired:
        return None
    room = [other for other in others if people and has_room(other, people)]
    left = [o.with_more(-lent[o.name]) if o.name in lent else o for o in room]
    donors = [o for o in left if skills <= o.skills and has_room(o, people)]
    # With each donor the team gains the same: the one that loses least, ties by name.
    pivots = sorted(
        (pivot_from(team, donor, people) for donor in sorted(donors, key=lambda one: one.name)),
        key=lambda way: way.donor_loss,
    )
    pivot = pivots[0] if pivots else None
    untouched = pivot.donor.waiting if pivot is not None and pivot.donor is not None else 0.0
    return Comparison(
        team,
        pivot,
        _hire(team, hired, lead_weeks, untouched) if hired else None,
        tuple(other.name for other in room if not skills <= other.skills),
        tuple(o.name for o in left if skills <= o.skills and not has_room(o, people)),
    )


def _hire(team: Outlook, people: float, lead_weeks: int, untouched: float) -> Way:
    """A hire, with what items of the donor that it spares wait."""
    hired = [
        people * ramp(week - lead_weeks + 0.5) if week >= lead_weeks else 0.0
        for week in range(len(team.weeks))
    ]
    after = team.with_people(hired)
    return Way(people, after, None, None, lead_weeks, after.waiting + untouched)


def _lasting(team: Outlook, begin: int) -> list[Load]:
    """The calmest of each four working weeks in a row that begin in the 13 weeks from one on.

    Where it is busy, all of the four are.
    """
    pairs = [*zip(team.weeks, team.working_days, strict=True), *team.beyond][begin:]
    first = sum(days > 0 for _, days in pairs[:CALM])
    weeks = [load for load, days in pairs if days]
    spans = [weeks[n : n + MONTH] for n in range(max(1, min(first, len(weeks) - MONTH + 1)))]
    return [min(span, key=lambda load: load.utilisation) for span in spans if span]


def _months(team: Outlook) -> list[Load]:
    """The mean loads of four weeks in a row ahead."""
    pairs = list(zip(team.weeks, team.working_days, strict=True))
    out = []
    for n in range(max(1, len(pairs) - MONTH + 1)):
        span = [(load, days) for load, days in pairs[n : n + MONTH] if days]
        length = sum(days for _, days in span)
        if length:
            arrivals = sum(load.arrivals * days for load, days in span) / length
            people = sum(load.people * days for load, days in span) / length
            out.append(replace(span[0][0], arrivals=arrivals, people=people))
    return out


def has_room(donor: Outlook, people: float) -> bool:
    """Whether a team can give so many: below 60% now, at most 80% after, limiting no stream."""
    if donor.is_constraint or not donor.weeks or donor.weeks[0].people <= people:
        return False
    after = donor.with_more(-people)
    return donor.used_now < MOST_OF_DONOR and max(after.used_now, after.busiest) <= AIM


def pivot_from(team: Outlook, donor: Outlook, people: float) -> Way:
    """What comes of moving people from a donor to a team now."""
    helped, giver = team.with_more(people), donor.with_more(-people)
    return Way(people, helped, donor, giver, 0, helped.waiting + giver.waiting)


def productive_week(way: Way) -> int:
    """The week from which a hire counts fully, or a pivot at all."""
    return way.lead_weeks + (RAMP_WEEKS if way.donor is None else 0)
