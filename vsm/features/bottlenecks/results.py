"""Bottlenecks of a stream: frozen values without numpy, which screens may import.

Rates are a week, durations days, shares and confidence from 0 to 1. What each figure means stands
in ``docs/metrics.md``. JSON is published from these annotations (:mod:`vsm.report.publish`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from vsm.features.metrics.results import Window
from vsm.report.publish import FIRST, HIDDEN, ITEM, MOMENT, OPTIONAL, Name, follows
from vsm.report.wording import listed

SURELY, PROBABLY = 0.85, 0.6
"""The confidence from which on a constraint is named without or with "probably"."""
SUREST = 0.99
"""No probability is shown as higher than this."""

MAX_ITEMS = 5
"""The most items that a recommendation names; what it opens are all."""

Share = Annotated[float, 3]


class Kind(StrEnum):
    """What limits the flow."""

    STAGE = "stage"
    TEAM = "team"
    SEVERAL = "several"
    DEMAND = "demand"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Constraint:
    """What limits the flow: stages in the order of the flow, the team that works there."""

    stages: tuple[str, ...]
    team: str | None
    confidence: Share
    reason: str
    against: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The same in words, also where no stage limits the flow or too little is known.

    ``reason`` and each of ``against`` are whole sentences; ``text`` is the verdict in a line.
    """

    kind: Kind
    stages: Annotated[tuple[str, ...], HIDDEN]
    team: Annotated[str | None, HIDDEN]
    heading: Annotated[str, Name("text")]
    confidence: Share
    reason: str
    against: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageEvidence:
    """What is known of a working stage; null where it only feeds another, or too few items left it.

    A stage that ``delays`` lets any number of items through at once: it has no parallel slots and
    no utilisation, and ``touch_days`` is how long items stay. Where a pull board shows nothing of
    how much a stage is used, slots, service time and utilisation are null too.

    Rates are null where the history is shorter than a week.
    ``limit_reached`` is the Monday of the week in which a growing queue reaches its WIP limit.
    """

    stage: Annotated[int, HIDDEN]
    name: str
    category: str
    team: str | None
    arrivals: Annotated[float | None, 2, Name("arrivals_per_week")]
    departures: Annotated[float | None, 2, Name("departures_per_week")]
    parallel_places: Annotated[float, 1] | None
    touch_days: Annotated[float, 2] | None
    delays: bool | None
    utilisation: Share | None
    chance: Share | None
    growth: Annotated[float, 2, Name("queue_growth_per_week")]
    share_of_waiting: Share
    wip: int
    limit: Annotated[int | None, Name("wip_limit")]
    limit_reached: date | None
    blocked_share: Share | None
    starved_share: Share | None


@dataclass(frozen=True, slots=True)
class OtherWork:
    """The active stages of a team in another stream, and whether it uses the same slots there."""

    stream: str
    stages: tuple[str, ...]
    shares_slots: bool

    @property
    def name(self) -> str:
        """The stages with their stream."""
        return f"{listed(self.stages)} in {self.stream}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamLoad:
    """A team that works on several stages; null where no limit that they share is seen.

    ``elsewhere`` is its work in other streams. Slots and utilisation are of the stages here and of
    those elsewhere that share their slots.
    """

    team: str
    stages: tuple[str, ...]
    parallel_places: Annotated[float, 1] | None
    utilisation: Share | None
    chance: Share
    elsewhere: Annotated[tuple[OtherWork, ...], OPTIONAL] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do next: the keys of the first items, or the stage whose policy it is about.

    ``stage`` is its id; rank and name are set once all actions are known.
    """

    what: str
    why: str
    items: tuple[Annotated[int, ITEM], ...] = ()
    stage: Annotated[int | None, HIDDEN] = None
    stage_name: Annotated[str | None, Name("stage")] = None
    rank: Annotated[int, FIRST] = 0
    behind: Annotated[tuple[tuple[int, str], ...], HIDDEN] = ()
    """All items behind it by id, each with a remark; ``items`` are the first of them."""


def ranked(actions: Sequence[Action], names: Mapping[int, str]) -> tuple[Action, ...]:
    """The same actions with their ranks and the names of their stages, by id."""
    return tuple(
        replace(
            action,
            rank=rank,
            stage_name=None if action.stage is None else names.get(action.stage),
        )
        for rank, action in enumerate(actions, 1)
    )


class Change(StrEnum):
    """What is changed at the constraint, or ``arrivals`` where no stage limits the flow."""

    SLOT = "slot"
    REWORK = "rework"
    INTAKE = "intake"
    ARRIVALS = "arrivals"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a change at the constraint would do if arrivals stay as they are; ``text`` says it.

    ``slot`` is one more parallel slot at the constraint, ``rework`` half as many returns to it,
    ``intake`` a WIP limit over ``stages``, from the commitment to the constraint. The cycle time is
    the nearest-rank 85% of the items that finished in the 90 days before as-of; before the change
    it is null where utilisation is 100% or more, after it where it still is. The queue grows then,
    at the constraint or, with a limit on the intake, before the commitment. Throughput after is
    ``limited_by`` another stage where the constraint could do more. With a limit items wait
    ``moved_before_commitment_days`` longer before the commitment, on average.
    """

    change: Change
    constraint: str
    stages: tuple[str, ...]
    throughput_before: Annotated[float, 1, Name("throughput_before_per_week")]
    throughput_after: Annotated[float, 1, Name("throughput_after_per_week")]
    p85_before: Annotated[float | None, 1, Name("cycle_time_p85_before_days")]
    p85_after: Annotated[float | None, 1, Name("cycle_time_p85_after_days")]
    growth_before: Annotated[float, 1, Name("queue_growth_before_per_week")]
    growth_after: Annotated[float, 1, Name("queue_growth_after_per_week")]
    limited_by: str | None = None
    wip_limit: int | None = None
    moved_days: Annotated[float | None, 1, Name("moved_before_commitment_days")] = None
    text: str = ""
    stage: Annotated[int | None, HIDDEN] = None
    """The id of the stage of work at the constraint."""


@dataclass(frozen=True, slots=True)
class PlayedFigure:
    """A figure in the weeks that were played: the middle before and after the change, and the range
    that holds 80% of the differences. ``effect`` is ``more``, ``less``, ``none`` that can be told,
    or ``unknown``. Numbers are null where nothing finished.
    """

    figure: str
    before: Annotated[float | None, 2]
    after: Annotated[float | None, 2]
    change_low_80: Annotated[float | None, 2]
    change_high_80: Annotated[float | None, 2]
    effect: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """A change that would help, played by ``vsm forecast whatif``; ``text`` says what came of it.

    ``constraint`` is that of the effect it belongs to, null where demand limits the flow. ``helps``
    is null where the plays leave it open; ``cannot`` says why it was not played.
    """

    change: Change
    constraint: str | None
    what: str
    weeks: int
    draws: int
    helps: bool | None
    cannot: str | None
    figures: tuple[PlayedFigure, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """How a board is kept, as its log shows it; ``text`` says it in sentences.

    ``grain`` is what is known of the moment of a move: ``exact``, ``sessions`` (moves are entered
    together, ``session_days`` apart in the median, from ``session_at`` on where that is the same
    time each day) or ``days``. On a ``pull`` board items are moved when their work begins.
    ``released`` are the stages that let items go by the clock, ``ends`` those of work in which work
    ends. New work is taken in every ``intake_days``; null where it comes at any time.
    """

    grain: str
    session_days: Annotated[float, 1] | None = None
    session_at: str | None = None
    pull: bool = False
    released: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    intake_days: Annotated[float, 1] | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class ClockSkew:
    """Items that are left out, as their moves run backwards in time, and the keys of the first."""

    items: int
    keys: tuple[Annotated[int, ITEM], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bottlenecks:
    """Where a stream is stuck, why, how sure that is, and what to do next.

    ``as_of`` is in UTC microseconds; ``keys`` are those of the items that are named. ``min_cut``
    are the stages that together cap the throughput. ``filter`` chooses the items that actions name,
    and nothing else: verdict and evidence are of all items. ``backwards`` are the ids of items that
    are left out, as their moves run backwards in time; ``keys`` names the first of them too.
    """

    SCHEMA: ClassVar[str] = "vsm.bottlenecks/1"

    stream: str
    zone: Annotated[str, Name("timezone")]
    as_of: Annotated[int, MOMENT]
    watched: Window
    verdict: Annotated[Verdict, Name("finding")]
    stages: tuple[StageEvidence, ...]
    teams: tuple[TeamLoad, ...]
    min_cut: tuple[str, ...]
    actions: tuple[Action, ...]
    effects: Annotated[tuple[Effect, ...], OPTIONAL] = ()
    plays: Annotated[tuple[Play, ...], OPTIONAL] = ()
    board_practice: Annotated[Practice, OPTIONAL] = Practice(grain="exact")
    known_by_day: bool = False
    set_aside: int = 0
    backwards: Annotated[tuple[int, ...], HIDDEN] = ()
    filter: str | None = None
    keys: Annotated[tuple[tuple[int, str], ...], HIDDEN] = ()

    @property
    @follows("watched")
    def constraint(self) -> Constraint | None:
        """What limits the flow; ``None`` where demand does or too little is known."""
        verdict = self.verdict
        if verdict.kind in (Kind.DEMAND, Kind.UNKNOWN):
            return None
        return Constraint(
            verdict.stages, verdict.team, verdict.confidence, verdict.reason, verdict.against
        )

    @property
    @follows("set_aside")
    def clock_skew(self) -> ClockSkew:
        """The items that are left out."""
        return ClockSkew(len(self.backwards), self.backwards)
