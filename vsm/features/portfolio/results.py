"""Results of the portfolio: frozen values without numpy, published as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Annotated, ClassVar

from vsm.features.portfolio.alignment_results import Alignment, Amount, Share
from vsm.model.portfolio import DecisionKind, DelayProfile, IndicatorRole, InitiativeState
from vsm.report.publish import HIDDEN, MOMENT, follows

OFF = 0.1
"""Parts of the work by which an objective may be off what it is meant to get."""

DEFINITIONS: Mapping[str, str] = MappingProxyType(
    {
        "items": "Open items that fit the filter of the initiative, with their parts; more_items"
        " are those that are expected beyond them.",
        "forecast": "By when all of them are over with even odds and with odds of 85%, in all"
        " streams that they are in; need_by_odds are the odds of the day it is needed by.",
        "weeks": "Weeks for which the items that are left keep the busiest of their streams,"
        " at its pace of the last 13 weeks.",
        "cost_of_delay": "What a week of delay costs: likely, with its range.",
        "cd3": "Cost of delay a week, as a mean over its own weeks (for a deadline or a window over"
        " the weeks up to its end), divided by its own weeks.",
        "wsjf": "(value + criticality + opportunity) / size.",
        "remaining": "Cost that is still to come: what was stated, else team-days that are left x"
        " the day rate.",
        "budget": "What it may cost in all, against spent + remaining.",
        "team_days": "Days of work on items: working days that finished items of the last 26 weeks"
        " spent in the working stages of each team, for every item that is left; half a stage for"
        " one that is in it.",
        "roi": "(benefit from now to its end, by the odds of being there - remaining cost) /"
        " remaining cost; what was spent counts nothing. low and high take the low and high"
        " benefit with the dates of 85% and 15% odds, and hold the likely return.",
        "buffer_burn": "(P85 now - P85 at the start) / (P85 - P50 at the start).",
        "regret": "What the order that people chose costs more than the best one, a week of the"
        " whole work, among initiatives that keep the same stream busiest.",
        "stop_card": "Reasons to ask whether it should go on; nothing is ever stopped by itself.",
        "alignment": "Working days of teams in the last 90 days. A day of a team is shared in equal"
        " parts by the items that are in its working stages then; an item of two initiatives that"
        " serve an objective counts for each in equal parts. share and unaligned are parts of it.",
    }
)


@dataclass(frozen=True, slots=True)
class Served:
    """An objective that an initiative serves, and with what part of its work."""

    objective: str
    weight: Share


@dataclass(frozen=True, slots=True)
class Delay:
    """What delay costs: a week, or past a deadline in all."""

    profile: DelayProfile
    low: Amount | None
    likely: Amount | None
    high: Amount | None


@dataclass(frozen=True, slots=True)
class InStream:
    """The part of an initiative in one stream."""

    stream: str
    in_progress: int
    not_started: int
    p50: date | None
    p85: date | None
    last: str | None
    """Key of the item that is likeliest the last one, where it is known."""
    expected: int = 0
    """Items that are expected and not there yet; they are put where most of it is."""


@dataclass(frozen=True, slots=True)
class Dates:
    """By when an initiative is over; ``None``: not foreseen. ``cannot`` says why there is none."""

    p50: date | None = None
    p85: date | None = None
    growing_p85: date | None = None
    need_by_odds: Share | None = None
    streams: tuple[InStream, ...] = ()
    cannot: str | None = None

    @property
    def sizes(self) -> Mapping[str, int]:
        """By stream how many open items are in it."""
        return {part.stream: part.in_progress + part.not_started for part in self.streams}


@dataclass(frozen=True, slots=True)
class Worth:
    """Forward ROI: 1.0 is 100%. ``benefit`` is the likely one."""

    low: Share
    likely: Share
    high: Share
    benefit: Amount


@dataclass(frozen=True, slots=True)
class TeamDays:
    """Work that is left for a team, in its working days."""

    team: str
    days: Annotated[float, 1]


@dataclass(frozen=True, slots=True)
class TeamLoad:
    """What stopping would free of a team whose load is known, and what that is of its time.

    ``visits`` that are left, with a service time of ``work`` days, make ``days``; the team works
    on ``slots`` items at a time, so they are ``team_days`` of all of it. ``share`` is what they are
    of its visits of the last 12 weeks: with as many to come, ``utilisation`` falls by that without
    them in the next 12.
    """

    team: str
    visits: Annotated[float, 1]
    work: Annotated[float, 1]
    days: Annotated[float, 1]
    slots: Annotated[float, 1]
    team_days: Annotated[float, 1]
    team_weeks: Annotated[float, 1]
    share: Share
    utilisation: Share
    utilisation_without: Share


@dataclass(frozen=True, slots=True)
class Reading:
    """A value, or an amount that was spent, of a day; ``source`` is where it is from."""

    day: date
    value: float
    source: str = ""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An item of another initiative or of none that an initiative waits for, or that waits for it.

    ``team`` has the stage that it is in; the days are its own, where it is awaited.
    """

    id: Annotated[int, HIDDEN]
    key: str
    title: str
    stream: str
    stage: str
    team: str
    p50: date | None = None
    p85: date | None = None


@dataclass(frozen=True, slots=True)
class ScopeMonth:
    """The items of an initiative at the end of a month, or now, by what fits its filter today.

    ``items`` are there and not dropped, ``finished`` of them are; in the month ``added`` came and
    ``dropped`` were.
    """

    last: date
    items: int
    finished: int
    added: int
    dropped: int
    behind: Annotated[tuple[tuple[int, str], ...], HIDDEN] = ()
    """Those that came in it, by id with the day."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What is read for the page of one initiative, and for no table."""

    load: tuple[TeamLoad, ...] = ()
    """Of teams whose load is known."""
    awaited: tuple[Neighbour, ...] = ()
    waiting: tuple[Neighbour, ...] = ()
    scope: tuple[ScopeMonth, ...] = ()
    """The last months, up to now."""


@dataclass(frozen=True, slots=True)
class IndicatorState:
    """An indicator with its last reading, and where it should be then."""

    name: str
    role: IndicatorRole
    unit: str
    value: Amount | None
    day: date | None
    expected: Amount | None
    behind: int
    """How many of the last readings in a row are worse than they may be."""
    readings: Annotated[tuple[Reading, ...], HIDDEN] = ()
    """All of them, the first one first."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision with its reason; ``facts`` are the figures of then, as JSON."""

    number: int
    decision: DecisionKind
    at: Annotated[int, MOMENT]
    by: str
    reason: str
    review_on: date | None
    hindsight: str | None
    note: str
    facts: str
    """JSON."""

    def is_due(self, today: date) -> bool:
        """Whether it is to be looked at again by now."""
        return self.hindsight is None and self.review_on is not None and self.review_on <= today


@dataclass(frozen=True, slots=True)
class StopCard:
    """Reasons for and against stopping, what that would free, and who waits for it."""

    reasons_for: tuple[str, ...]
    reasons_against: tuple[str, ...]
    freed: tuple[TeamDays, ...]
    dependants: tuple[str, ...]
    """Keys of items elsewhere that wait for items of it."""


@dataclass(frozen=True, slots=True)
class DatesThen:
    """By when an initiative would be over with odds of 50% and 85%, as was known once."""

    p50: date
    p85: date

    @property
    def buffer_days(self) -> int:
        """The days between the two."""
        return (self.p85 - self.p50).days


@dataclass(frozen=True, slots=True, kw_only=True)
class InitiativeRow:
    """An initiative with what it is worth, when it is there, and what speaks for going on."""

    id: Annotated[int, HIDDEN]
    key: str
    state: InitiativeState
    objectives: tuple[Served, ...]
    sponsor: str | None
    hypothesis: str
    mvp: str
    filter: str
    need_by: date | None
    items: int
    more_items: int
    blocked: int
    finished: int
    dropped: int
    cost_of_delay: Delay
    weeks: Annotated[float | None, 1]
    forecast: Dates
    spent: Amount
    remaining: Amount | None
    remaining_is_typed: bool
    """Whether somebody said what is still to come; else it follows from the work left."""
    budget: Amount | None
    """What it may cost in all."""
    team_days: tuple[TeamDays, ...]
    roi: Worth | None
    cd3: Amount | None
    wsjf: Amount | None
    buffer_burn: Share | None
    at_start: DatesThen | None
    """The dates that the last decision to start was made on."""
    place: float | None
    """Its place in the order that people chose."""
    indicators: tuple[IndicatorState, ...]
    decisions: tuple[Decided, ...]
    stop_card: StopCard | None
    flags: tuple[str, ...]
    decision_due: bool
    """Whether its last decision is to be looked at again by now."""
    open_items: Annotated[tuple[int, ...], HIDDEN] = ()
    spending: Annotated[tuple[Reading, ...], HIDDEN] = ()
    """What was spent, the first day first."""
    own_items: Annotated[tuple[int, ...], HIDDEN] = ()
    """Open items that no other initiative needs: those that stopping it would end."""
    waiting_items: Annotated[tuple[int, ...], HIDDEN] = ()
    """Open items elsewhere that wait for items of it."""
    awaited_items: Annotated[tuple[int, ...], HIDDEN] = ()
    """Open items elsewhere that items of it wait for."""
    blocked_items: Annotated[tuple[int, ...], HIDDEN] = ()
    """Items of it that are blocked."""

    @property
    def is_worked_off(self) -> bool:
        """Whether all of its items are over and none is expected, though nobody decided so."""
        left = self.items + self.more_items
        return not self.state.is_over and not left and bool(self.finished + self.dropped)


@dataclass(frozen=True, slots=True)
class ObjectiveRow:
    """An objective with the share of work that it gets, and the one it is meant to get."""

    name: str
    horizon: str
    closed: bool
    intended: Share | None
    share: Share | None
    initiatives: int
    key_results: tuple[IndicatorState, ...]
    about: str = ""
    owner: str | None = None
    id: Annotated[int, HIDDEN] = 0

    @property
    def is_off(self) -> bool:
        """Whether it gets clearly more or less of the work than it is meant to."""
        if self.closed or self.share is None or self.intended is None:
            return False
        return abs(self.share - self.intended) >= OFF


@dataclass(frozen=True, slots=True)
class OrderCosts:
    """What the order of initiatives costs that keep one stream busiest, over their whole work.

    Without an order that people chose ``today`` is empty.
    """

    stream: str
    today: tuple[str, ...]
    today_cost: Amount | None
    by_cd3: tuple[str, ...]
    cd3_cost: Amount
    best: tuple[str, ...]
    best_cost: Amount
    exact: bool
    regret_a_week: Amount | None


@dataclass(frozen=True, slots=True)
class Moved:
    """By when an initiative is over as things stand, and without those that would be stopped."""

    initiative: str
    p50: date | None
    p50_then: date | None
    p85: date | None
    p85_then: date | None
    need_by_odds: Share | None
    need_by_odds_then: Share | None
    held_up: tuple[str, ...] = ()
    """Keys of its items that would wait for what is stopped: then it has no day, whatever is said
    of the others.
    """
    id: Annotated[int, HIDDEN] = 0

    @property
    def moves(self) -> bool:
        """Whether anything would change."""
        return bool(self.held_up) or (self.p50, self.p85) != (self.p50_then, self.p85_then)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithoutSome:
    """What stopping initiatives would free, and every date that would move then, or with those in
    ``first`` begun next.
    """

    SCHEMA: ClassVar[str] = "vsm.portfolio-without/1"

    as_of: Annotated[int, MOMENT]
    stopped: tuple[str, ...]
    freed: tuple[TeamDays, ...]
    dependants: tuple[str, ...]
    """Keys of open items elsewhere that wait for them, directly or over others."""
    others: tuple[Moved, ...]
    first: tuple[str, ...] = ()
    load: tuple[TeamLoad, ...] = ()
    """What is freed of teams whose load is known."""
    goes_on: int = 0
    """Open items of theirs that others need too."""
    nothing: tuple[str, ...] = ()
    """Why a trial moves nothing, of those of which it does not."""

    @property
    def trial(self) -> str:
        """What is tried: ``without A``, ``with B first``, or both."""
        parts = [f"without {', '.join(self.stopped)}"] if self.stopped else []
        parts += [f"with {', '.join(self.first)} first"] if self.first else []
        return ", ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    """All initiatives as of a moment, by their cost of delay divided by duration."""

    SCHEMA: ClassVar[str] = "vsm.portfolio/1"

    as_of: Annotated[int, MOMENT]
    currency: str
    discount: Share
    hurdle: Share
    under_way: int
    under_way_at_most: int | None
    spent_a_month: Amount | None
    """Mean of the last three whole months."""
    initiatives: tuple[InitiativeRow, ...]
    objectives: tuple[ObjectiveRow, ...]
    unaligned: Share | None
    """The share of the days of teams that went to no objective."""
    alignment: Alignment | None
    in_several: tuple[str, ...]
    """Keys of items that belong to more than one initiative that serves an objective."""
    orders: tuple[OrderCosts, ...]

    @property
    @follows("orders")
    def definitions(self) -> Mapping[str, str]:
        """What each figure means."""
        return DEFINITIONS
