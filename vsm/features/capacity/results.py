"""Capacity of teams: frozen values without numpy, which screens may import.

Days are working days of the team, rates are a working day, shares from 0 to 1. No figure is about a
single person. What each means stands in ``docs/metrics.md``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from vsm.features.capacity.load import SATURATED
from vsm.report.publish import HIDDEN, MOMENT, Name

Rate = Annotated[float, 3]
Days = Annotated[float, 2]
Share = Annotated[float, 3]
People = Annotated[float, 2]


class Basis(StrEnum):
    """How the slots of a team are known."""

    MEASURED = "measured"
    """From how items left its stages: enough of them, at known moments."""
    ROUGH = "rough"
    """The same, from few items or where only the day of a move is known."""
    ASSUMED = "assumed"
    """One item a person at a time, as too little is known."""
    SEVERAL = "several"
    """People work on several items at once: how many more they could is not known."""
    UNKNOWN = "unknown"
    """Nobody is known to be in the team, or nothing came to it."""


class Way(StrEnum):
    """How a team gets more people."""

    PIVOT = "pivot"
    HIRE = "hire"


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamWeek:
    """A week of a team, from a Monday on.

    ``people`` (c) is the mean over its working days, ``arrivals`` (λ) those a working day, measured
    or, where ``planned``, along their trend; ``work`` (τ) the working days of a visit. The wait is
    null where the queue only grows; utilisation and wait are null where slots are not known, people
    and all that follows in a week without a working day.
    """

    week: date
    people: Annotated[People | None, Name("c")]
    arrivals: Annotated[Rate | None, Name("lambda")]
    work: Annotated[Days | None, Name("tau")]
    utilisation: Annotated[Share | None, Name("rho")]
    wait: Annotated[Days | None, Name("wq")]
    planned: bool
    demand: Annotated[float | None, HIDDEN] = None
    """The people that arrivals keep busy: λτ over the slots of a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saturation:
    """The first week in which utilisation reaches 85%, null where none is sure enough to name.

    ``probability`` is the share of resamples that cross at most two weeks from it, ``within`` that
    of those that cross in the weeks ahead at all. 80% of them cross from ``earliest`` to
    ``latest``; null is later than that. ``growth`` is that of arrivals a working day, each week.
    With ``odds`` it is saturated by the end of the day ``by``: that can be kept and scored.
    """

    week: date | None
    weeks_ahead: int | None
    probability: Share
    within: Share
    earliest: date
    latest: date | None
    growth: Annotated[float, 4]
    by: date
    odds: Share
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dip:
    """Weeks from a Monday on in which leave of under four weeks takes a team to 85% or more.

    ``people`` are the fewest in them, ``usual_people`` those without that leave, ``utilisation``
    the highest; null where nobody is there.
    """

    week: date
    weeks: int
    people: Annotated[People, Name("c")]
    usual_people: Annotated[People, Name("usual_c")]
    utilisation: Annotated[Share | None, Name("rho")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A way to get a team to 80%: ``delta`` people from another team, or hired.

    Waits are means of a visit over the ``weeks`` ahead, ``donor_loss`` the item-days that items of
    the donor wait longer. ``item_days`` are those that items of all teams concerned wait. It counts
    fully from ``productive_from`` on. ``donor_before`` and ``donor_after`` are of today; ``lent``
    are the people whom the donor gives to more loaded teams already, counted in both.
    """

    kind: Way
    donor: Annotated[str | None, Name("from")]
    delta: People
    wait_before: Days
    wait_after: Days
    donor_loss: Annotated[float, 1]
    donor_before: Share | None
    donor_after: Share | None
    item_days: Annotated[float, 1]
    productive_from: date
    why: str
    weeks: int = 26
    lent: People = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """Load that is not stages: a number now, the mean of the weeks before, and where it goes.

    ``direction`` is ``up`` or ``down`` only where the natural process limits give a signal in the
    last four weeks.
    """

    name: str
    now: Annotated[float, 1]
    usual: Annotated[float | None, 1]
    direction: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamInteraction:
    """How a team works with another one, until when, and whether that day is over."""

    other: Annotated[str, Name("with")]
    mode: str
    until: date | None
    overdue: bool
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamAllocation:
    """The fraction of a member that a team has; for coach, admin and the members themselves."""

    login: str
    fraction: People
    start: Annotated[date | None, Name("from")]
    end: Annotated[date | None, Name("to")]
    skills: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamCapacity:
    """The capacity and the load of a team.

    ``people`` (c) are those of today by fraction, ramp and presence; ``slots_per_person`` says on
    how many items one of them works at a time, as measured (``basis``): below 1 in pairs, or with
    other work. ``arrivals`` (λ), ``in_stage_days`` and ``measured_wait`` are of the last 12 weeks;
    ``work`` (τ) are the days that a visit takes a slot, so less than it is in the stage where items
    wait there. ``queue_growth`` is a week. ``text`` says all this in sentences, ``notes`` what to
    mind with the options. ``allocations`` are null unless asked for: those of today and later
    that whoever asks may see.
    """

    id: Annotated[int, HIDDEN]
    name: str
    type: str | None
    stages: tuple[str, ...]
    people: Annotated[People, Name("c")]
    people_later: Annotated[People, Name("c_in_8_weeks")]
    slots_per_person: Annotated[float | None, 2]
    basis: Basis
    arrivals: Annotated[Rate | None, Name("lambda")]
    work: Annotated[Days | None, Name("tau")]
    utilisation: Annotated[Share | None, Name("rho")]
    expected_wait: Annotated[Days | None, Name("expected_wait_days")]
    measured_wait: Annotated[Days | None, Name("measured_wait_days")]
    in_stage: Annotated[Days | None, Name("in_stage_days")]
    in_work: Annotated[float | None, 1]
    queue_growth: Annotated[float | None, 2, Name("queue_growth_per_week")]
    arrival_variation: Annotated[float | None, 2, Name("ca2")]
    work_variation: Annotated[float | None, 2, Name("cs2")]
    is_constraint: bool
    weeks: tuple[TeamWeek, ...] = ()
    saturation: Saturation | None = None
    dips: tuple[Dip, ...] = ()
    options: tuple[Option, ...] = ()
    trends: tuple[Trend, ...] = ()
    interactions: tuple[TeamInteraction, ...] = ()
    allocations: tuple[TeamAllocation, ...] | None = None
    notes: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    stage_ids: Annotated[tuple[int, ...], HIDDEN] = ()

    @property
    def slots(self) -> float | None:
        """The items that the team works on at a time."""
        return None if self.slots_per_person is None else self.people * self.slots_per_person

    @property
    def is_saturated(self) -> bool:
        """Whether utilisation is 85% or more now."""
        return self.utilisation is not None and self.utilisation >= SATURATED


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTeam:
    """What a plan comes to for a team: as it is, and with the plan.

    Shares are those of the busiest four weeks in a row, null where nobody is there in them. Waits
    are means of a visit over the weeks ahead, dates weeks in which saturation is named or its range
    begins; null where none is foreseen.
    """

    name: str
    people_before: People
    people_after: People
    busiest_before: Share | None
    busiest_after: Share | None
    wait_before: Days | None
    wait_after: Days | None
    saturated_before: date | None
    saturated_after: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOutcome:
    """What a plan comes to for the teams that it changes.

    ``item_days`` are those that items of all teams wait ahead.
    """

    plan: str
    teams: tuple[PlanTeam, ...]
    item_days_before: Annotated[float, 1]
    item_days_after: Annotated[float, 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """A prediction of saturation that was kept; ``came_true`` is null while that is not known."""

    id: Annotated[int, HIDDEN]
    name: str
    team: str
    by: date
    odds: Share
    pinned_on: date
    came_true: bool | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictions:
    """Kept predictions, the latest first, and the Brier score of the ``scored`` ones."""

    rows: tuple[Prediction, ...] = ()
    scored: int = 0
    brier: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """All teams, the most loaded first, or one of them.

    Where one ``plan`` is tried the teams are as they would be with it; ``plans`` compares all that
    are tried with what is. ``as_of`` is in UTC microseconds.
    """

    SCHEMA: ClassVar[str] = "vsm.capacity/1"

    as_of: Annotated[int, MOMENT]
    zone: Annotated[str, Name("timezone")]
    weeks_ahead: int
    teams: tuple[TeamCapacity, ...]
    plan: str | None = None
    plans: tuple[PlanOutcome, ...] = ()
    predictions: Predictions = Predictions()

    def without_people(self) -> Capacity:
        """The same without allocations, for files that others read."""
        return replace(self, teams=tuple(replace(t, allocations=None) for t in self.teams))

    def team(self, number: int) -> TeamCapacity | None:
        """The team with this id."""
        return next((team for team in self.teams if team.id == number), None)
