"""The portfolio: objectives, initiatives that serve them, and what they are worth and cost.

Amounts are in the one currency of the portfolio, or in points. Nothing here ever stops an
initiative by itself: figures put a question, people decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class InitiativeState(StrEnum):
    """Where an initiative is in its life."""

    FUNNEL = "funnel"
    REVIEWING = "reviewing"
    ANALYSING = "analysing"
    READY = "ready"
    IMPLEMENTING = "implementing"
    DELIVERED = "delivered"
    STOPPED = "stopped"
    PIVOTED = "pivoted"

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be done for it."""
        return self in (self.DELIVERED, self.STOPPED, self.PIVOTED)


class DelayProfile(StrEnum):
    """The way in which value is lost while an initiative is late."""

    LINEAR = "linear"
    """The same every week."""
    DEADLINE = "deadline"
    """Nothing up to a day, then all of it at once."""
    WINDOW = "window"
    """So much a week, in a season alone."""
    DECAY = "decay"
    """Ever less a week: others come first."""


class Horizon(StrEnum):
    """When an objective counts."""

    NOW = "now"
    NEXT = "next"
    LATER = "later"


class IndicatorRole(StrEnum):
    """What an indicator is for."""

    KEY_RESULT = "key result"
    """It says whether an objective is reached."""
    LEADING = "leading"
    """It moves early where an initiative works."""
    GUARD = "guard"
    """It must not get worse than its target meanwhile."""


class DecisionKind(StrEnum):
    """What was decided about an initiative."""

    START = "start"
    CONTINUE = "continue"
    PARK = "park"
    PIVOT = "pivot"
    STOP = "stop"
    DELIVER = "deliver"
    PIN = "pin"
    """Nothing: the figures of the moment are kept."""

    @property
    def leads_to(self) -> InitiativeState | None:
        """The state that it leads to; ``None`` where that stays."""
        return _LEADS_TO.get(self)


_LEADS_TO = {
    DecisionKind.START: InitiativeState.IMPLEMENTING,
    DecisionKind.PARK: InitiativeState.READY,
    DecisionKind.PIVOT: InitiativeState.PIVOTED,
    DecisionKind.STOP: InitiativeState.STOPPED,
    DecisionKind.DELIVER: InitiativeState.DELIVERED,
}


class Hindsight(StrEnum):
    """Whether a decision was right, as seen later."""

    RIGHT = "right"
    WRONG = "wrong"
    UNCLEAR = "unclear"


def under_way_at_most(teams: int) -> int | None:
    """Initiatives that should be under way at once, by stream-aligned teams; ``None`` with none.

    Half as many as teams: an initiative that no team has time for only waits.
    """
    return (teams + 1) // 2 if teams else None


@dataclass(frozen=True, slots=True)
class Objective:
    """What work is for. ``share`` is the part of all work that it is meant to get."""

    id: int
    name: str
    about: str = ""
    horizon: str = Horizon.NOW.value
    owner: str | None = None
    first: str | None = None
    last: str | None = None
    share: float | None = None
    parent: int | None = None
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Initiative:
    """Something that is worth money and costs work.

    ``filter`` says which items it is made of, ``more_items`` how many are expected beyond them.
    Dates are ISO days; amounts are in ``currency``; ``place`` is its place in the order that
    people chose. ``delay_*`` is the cost of delay, a week where its profile has one.
    """

    id: int
    name: str
    filter: str = ""
    state: str = InitiativeState.FUNNEL.value
    sponsor: str | None = None
    hypothesis: str = ""
    mvp: str = ""
    need_by: str | None = None
    place: float | None = None
    more_items: int | None = None
    currency: str = ""
    profile: str = DelayProfile.LINEAR.value
    delay_low: float | None = None
    delay_likely: float | None = None
    delay_high: float | None = None
    delay_from: str | None = None
    delay_until: str | None = None
    half_life: float | None = None
    day_rate: float | None = None
    remaining: float | None = None
    budget: float | None = None
    benefit_low: float | None = None
    benefit_likely: float | None = None
    benefit_high: float | None = None
    benefit_until: str | None = None
    benefit_odds: float = 1.0
    value: float | None = None
    criticality: float | None = None
    opportunity: float | None = None
    size: float | None = None


@dataclass(frozen=True, slots=True)
class Contribution:
    """An initiative serves an objective with a part of its work."""

    id: int
    number: str
    initiative: int
    objective: int
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Indicator:
    """A figure that is read from time to time, on a path from start to target.

    It belongs to an objective or to an initiative.
    """

    id: int
    number: str
    name: str
    role: str
    objective: int | None = None
    initiative: int | None = None
    unit: str = ""
    start: float = 0.0
    target: float = 0.0
    first: str = ""
    last: str = ""

    def expected(self, day: int) -> float:
        """Where the figure should be on a day (its ordinal), straight from start to target."""
        begun, ended = (date.fromisoformat(text).toordinal() for text in (self.first, self.last))
        part = 1.0 if ended <= begun else min(1.0, max(0.0, (day - begun) / (ended - begun)))
        return self.start + part * (self.target - self.start)

    def is_behind(self, day: int, value: float, slack: float = 0.0) -> bool:
        """Whether a value is worse than expected, by more than a part of the way up to the day.

        A guard is worse where it is past its target.
        """
        rises = self.target >= self.start
        if self.role == IndicatorRole.GUARD:
            return value > self.target if rises else value < self.target
        expected = self.expected(day)
        short = expected - value if rises else value - expected
        return short > slack * abs(expected - self.start)


@dataclass(frozen=True, slots=True)
class IndicatorReading:
    """The value of an indicator on a day."""

    id: int
    number: str
    indicator: int
    day: str
    value: float
    source: str = ""


@dataclass(frozen=True, slots=True)
class Spending:
    """An amount that an initiative has cost; it changes no decision about what is to come."""

    id: int
    number: str
    initiative: int
    day: str
    amount: float
    source: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about an initiative, by whom, and the figures of that moment as JSON.

    Only what is seen later is ever added: ``hindsight`` and its note.
    """

    id: int
    number: str
    initiative: int
    choice: str
    decided_at: int
    by: str
    reason: str
    facts: str = ""
    review_on: str | None = None
    hindsight: str | None = None
    hindsight_note: str = ""
    reviewed_at: int | None = None


@dataclass(frozen=True, slots=True)
class CostOfDelay:
    """What it costs that an initiative is not there yet; amounts likely, weeks from now.

    ``per_week`` is for all profiles but a deadline, which has the ``loss`` of being late.
    ``first`` and ``last`` are the weeks of a window or, as ``last``, that of a deadline;
    ``half_life`` is the weeks after which half of what a week costs is left.
    """

    profile: DelayProfile = DelayProfile.LINEAR
    per_week: float = 0.0
    loss: float = 0.0
    first: float = 0.0
    last: float = 0.0
    half_life: float = 0.0


@dataclass(frozen=True, slots=True)
class Benefit:
    """What an initiative is worth once it is delivered, a week and up to an end.

    ``last_week`` counts weeks from now: a benefit that a season or a contract ends ends then,
    however late the initiative is. ``probability`` is that of there being any.
    """

    low: float
    likely: float
    high: float
    last_week: int
    probability: float = 1.0
