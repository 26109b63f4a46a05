"""Results of the flow figures: frozen values without numpy, which screens may import.

Durations are in days; what each figure means stands in :mod:`vsm.features.metrics.definitions`.
JSON is published from these annotations (:mod:`vsm.report.publish`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar, NamedTuple

from vsm.features.metrics.basic_results import (
    NOTHING_LEFT_OUT,
    SCHEMA,
    Days,
    Items,
    LeftOut,
    Metrics,
    SkewLeftOut,
    Spread,
    Week,
    Window,
    Wip,
)
from vsm.features.metrics.comparison_results import Comparison
from vsm.features.metrics.definitions import DEFINITIONS
from vsm.features.metrics.skew_results import NAMED, NO_SKEW, ClockSkew, SkewSummary
from vsm.model.item import FlowType
from vsm.report.publish import FIRST, HIDDEN, OPTIONAL, PAIRS, Inline, KeyedBy, Name, follows

__all__ = ["NAMED", "ClockSkew", "Items", "LeftOut", "Metrics", "Spread", "Week", "Window", "Wip"]

OLDEST = 10
"""How many of the oldest items the JSON names."""


class DayCount(NamedTuple):
    """How many on a day."""

    day: date
    n: int


class DayFinished(NamedTuple):
    """Items finished on a day."""

    day: date
    finished: int


@dataclass(frozen=True, slots=True)
class Throughput:
    """Items finished, zeros included."""

    per_day: tuple[DayFinished, ...]
    per_week: tuple[Week, ...]


@dataclass(frozen=True, slots=True)
class PerDay:
    """A count for each day of the window up to as-of, and the mean a day (``None``: no days)."""

    days: Annotated[tuple[DayCount, ...], Name("per_day")]
    mean: Days | None


@dataclass(frozen=True, slots=True)
class Scatter:
    """The items that finished in the window by finish, as columns: ids, moments (UTC
    microseconds), local days (since 1970-01-01), cycle and lead time in inclusive days.

    ``cycle`` is ``None`` where the start is not known or there was none, and both are where the
    item's moves run backwards in time.
    """

    item: tuple[int, ...]
    finish: tuple[int, ...]
    day: tuple[int, ...]
    cycle: tuple[int | None, ...]
    lead: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Aged:
    """An item in progress: its stage and its age in inclusive days, by id and by key."""

    item: Annotated[int, HIDDEN]
    stage: Annotated[str, HIDDEN]
    age: Annotated[int, Name("days")]
    key: Annotated[str, FIRST] = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition under which Little's Law holds; ``value`` is what was compared or counted."""

    name: str
    holds: bool
    value: Days | None


@dataclass(frozen=True, slots=True)
class LittlesLaw:
    """Average WIP, throughput and cycle time; ``deviation`` is predicted over measured, less 1."""

    avg_wip: Days | None
    avg_throughput_per_day: Days | None
    avg_cycle_time_days: Days | None
    predicted_cycle_time_days: Days | None
    deviation: Days | None
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Efficiency:
    """Flow efficiency over the items finished in the window; days of 24 hours.

    ``waiting_by_stage`` says where they waited, in the order of the stream.
    """

    ratio: Days | None
    active_days: Days
    waiting_days: Days
    waiting_by_stage: Annotated[tuple[tuple[str, Days], ...], PAIRS]


@dataclass(frozen=True, slots=True)
class StageTime:
    """Elapsed days in one stage, over all visits of each item; ``total`` is of all items."""

    FILE_ORDER: ClassVar[tuple[str, ...]] = Spread.FILE_ORDER

    stage: str
    days: Annotated[Spread, Inline()]
    total: Days


@dataclass(frozen=True, slots=True)
class TimeInStage:
    """Days in each stage."""

    by_stage: Annotated[tuple[StageTime, ...], KeyedBy("stage")]
    left_out: int
    clock_skew: Annotated[int, OPTIONAL] = 0


@dataclass(frozen=True, slots=True)
class Share:
    """How many items are of each flow type: feature, defect, risk, debt."""

    counts: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(n for _, n in self.counts)

    @property
    def by_type(self) -> tuple[TypeShare, ...]:
        """Each with its share of all."""
        total = self.total
        return tuple(
            TypeShare(FlowType(kind), n, n / total if total else None) for kind, n in self.counts
        )


@dataclass(frozen=True, slots=True)
class TypeShare:
    """Items of one flow type."""

    kind: FlowType
    n: int
    share: Days | None


@dataclass(frozen=True, slots=True)
class Distribution:
    """Items by flow type."""

    finished: Annotated[tuple[TypeShare, ...], KeyedBy("kind")]
    wip: Annotated[tuple[TypeShare, ...], KeyedBy("kind")]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Blockers of one kind in items of one team: how many, days in all, median, the item ids."""

    kind: str
    team: str | None
    n: int
    total_days: Days
    median_days: Days
    items: Annotated[tuple[int, ...], HIDDEN]


@dataclass(frozen=True, slots=True)
class Blocked:
    """Time in which items were blocked."""

    days: Days
    clusters: tuple[Cluster, ...]
    left_out: Annotated[SkewLeftOut, OPTIONAL] = NOTHING_LEFT_OUT


class ReworkPair(NamedTuple):
    """Moves back from one stage to another, and the items that made them."""

    source: Annotated[str, Name("from")]
    target: Annotated[str, Name("to")]
    moves: Annotated[int, Name("count")]
    items: Annotated[tuple[int, ...], HIDDEN]


@dataclass(frozen=True, slots=True)
class Rework:
    """Rework moves, per finished item, and by pair of stages; ``left_out``: history not full."""

    moves: int
    per_finished_item: Days | None
    pairs: tuple[ReworkPair, ...]
    left_out: Annotated[int, OPTIONAL] = 0


@dataclass(frozen=True, slots=True)
class StageQuality:
    """How much of a stage's work needed no return: ``n`` items left it, ``back`` came back."""

    stage: str
    n: int
    share: Days
    back: Annotated[tuple[int, ...], HIDDEN]


@dataclass(frozen=True, slots=True)
class CompleteAccurate:
    """Per cent complete and accurate by stage, and its product along the main ``path``."""

    by_stage: Annotated[tuple[StageQuality, ...], KeyedBy("stage")]
    rolled: Days | None
    path: tuple[str, ...]
    left_out: Annotated[int, OPTIONAL] = 0


@dataclass(frozen=True, slots=True)
class Pace:
    """Ages at which finished items last passed a stage, in inclusive days."""

    stage: str
    age: Annotated[Spread, Inline("n", "p50", "p70", "p85", "p95")]


@dataclass(frozen=True, slots=True)
class AgeingPace:
    """Ages at which finished items had passed each stage."""

    by_stage: Annotated[tuple[Pace, ...], KeyedBy("stage")]


@dataclass(frozen=True, slots=True)
class XmrSignal:
    """A week that the limits say is no noise, and why."""

    week: Annotated[Week, Inline("week", "finished")]
    why: str


@dataclass(frozen=True, slots=True)
class Xmr:
    """Natural process limits of weekly throughput over ``weeks`` full weeks."""

    mean: Days | None
    upper: Days | None
    lower: Days | None
    signals: tuple[XmrSignal, ...]
    weeks: Annotated[int, FIRST]

    def is_beyond(self, week: Week) -> bool:
        """Whether a week lies outside the limits."""
        if self.lower is None or self.upper is None:
            return False
        return not self.lower <= week.finished <= self.upper


@dataclass(frozen=True, slots=True)
class Predictability:
    """How far the usual lies from the median, and the natural process limits."""

    p85_over_p50: Days | None
    xmr: Xmr


@dataclass(frozen=True, slots=True)
class CfdStage:
    """One stage of the cumulative flow diagram, a number a day.

    ``reached`` counts items that had by then reached it or gone further, ``below`` those of them
    that are at the time before it again.
    """

    stage: str
    reached: tuple[int, ...]
    below: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cfd:
    """The cumulative flow diagram at each day's end; ``corrections`` counts the times in which an
    item was below the furthest stage that it had reached.
    """

    days: tuple[date, ...]
    stages: Annotated[tuple[CfdStage, ...], Name("by_stage"), KeyedBy("stage")]
    corrections: int


@dataclass(frozen=True, slots=True)
class Ages:
    """Ages of the items in progress, with the oldest by key."""

    FILE_ORDER: ClassVar[tuple[str, ...]] = Spread.FILE_ORDER

    spread: Annotated[Spread, Inline()]
    oldest: tuple[Aged, ...]
    left_out: Annotated[SkewLeftOut, OPTIONAL] = NOTHING_LEFT_OUT


@dataclass(frozen=True, slots=True)
class Figures:
    """Every figure of a stream: the basic ones, and those that charts are drawn from.

    ``ageing`` are the items in progress whose start is known, the oldest first; all are of the
    items that fit ``filter``, if there is one.
    """

    SCHEMA: ClassVar[str] = SCHEMA

    basic: Annotated[
        Metrics,
        Inline(
            *("stream", "timezone", "as_of", "last_activity", "window", "items"),
            *("cycle_time_days", "cycle_time_elapsed_days", "cycle_time_left_out"),
            *("lead_time_days", "lead_time_elapsed_days", "lead_time_left_out"),
        ),
    ]
    finished: Annotated[Scatter, HIDDEN]
    ageing: Annotated[tuple[Aged, ...], HIDDEN]
    age_days: Annotated[Spread, HIDDEN]
    throughput: Annotated[PerDay, HIDDEN]
    arrivals: PerDay
    departures: PerDay
    littles_law: LittlesLaw
    efficiency: Annotated[Efficiency, Name("flow_efficiency")]
    time_in_stage: Annotated[tuple[StageTime, ...], HIDDEN]
    types_finished: Annotated[Share, HIDDEN]
    types_wip: Annotated[Share, HIDDEN]
    blocked_days: Annotated[float, HIDDEN]
    clusters: Annotated[tuple[Cluster, ...], HIDDEN]
    rework: Rework
    complete_accurate: CompleteAccurate
    pace: Annotated[tuple[Pace, ...], HIDDEN]
    p85_over_p50: Annotated[float | None, HIDDEN]
    xmr: Annotated[Xmr, HIDDEN]
    cfd: Cfd
    stage_left_out: Annotated[int, HIDDEN]
    """Items finished in the window of which time in stage does not know the whole, true path."""
    clock_skew: Annotated[ClockSkew, HIDDEN] = NO_SKEW
    comparison: Annotated[Comparison | None, OPTIONAL] = None
    filter: Annotated[str | None, OPTIONAL] = None

    @property
    def keys(self) -> tuple[tuple[int, str], ...]:
        """Ids and keys of the items that JSON names."""
        return self.clock_skew.keys

    @property
    @follows("age_days")
    def ages(self) -> Annotated[Ages, Name("age_days")]:
        """The ages, with the oldest items."""
        left_out = SkewLeftOut(self.clock_skew.ages)
        return Ages(self.age_days, self.ageing[:OLDEST], left_out)

    @property
    @follows("throughput")
    def all_throughput(self) -> Annotated[Throughput, Name("throughput")]:
        """Items finished by day and by week."""
        days = tuple(DayFinished(*day) for day in self.throughput.days)
        return Throughput(days, self.basic.weeks)

    @property
    @follows("departures")
    def wip(self) -> Wip:
        """Work in progress."""
        return self.basic.wip

    @property
    @follows("time_in_stage")
    def stage_times(self) -> Annotated[TimeInStage, Name("time_in_stage")]:
        """Time in stage, with what it leaves out."""
        return TimeInStage(self.time_in_stage, self.stage_left_out, self.clock_skew.finished)

    @property
    @follows("types_wip")
    def distribution(self) -> Distribution:
        """Finished items and WIP by flow type."""
        return Distribution(self.types_finished.by_type, self.types_wip.by_type)

    @property
    @follows("clusters")
    def blocked(self) -> Blocked:
        """Blocked time, by cluster of blockers."""
        left_out = SkewLeftOut(self.clock_skew.blockers)
        return Blocked(self.blocked_days, self.clusters, left_out)

    @property
    @follows("pace")
    def ageing_pace(self) -> AgeingPace:
        """Percentiles of age when leaving each stage."""
        return AgeingPace(self.pace)

    @property
    @follows("xmr")
    def predictability(self) -> Predictability:
        """The spread of cycle times, and the natural process limits."""
        return Predictability(self.p85_over_p50, self.xmr)

    @property
    @follows("clock_skew")
    def skew(self) -> Annotated[SkewSummary | None, Name("clock_skew"), OPTIONAL]:
        """Items whose times cannot be right."""
        return self.clock_skew.summary

    @property
    @follows("skew")
    def definitions(self) -> Mapping[str, str]:
        """What each figure means."""
        return DEFINITIONS


@dataclass(frozen=True, slots=True)
class DrilldownItem:
    """An item behind a figure: its id, what it adds in days, and what that is: why it is not known,
    where it is ``None``.
    """

    item: int
    value: float | None
    what: str
