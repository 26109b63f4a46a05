"""The published form of the figures, as ``vsm metrics --json`` and snapshots carry them.

``docs/metrics.schema.json`` is made from these models. Moments are ISO 8601 in UTC, dates are
calendar days in the stream's zone, durations are days, shares are from 0 to 1. What each figure
means stands in ``definitions``.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Part(BaseModel):
    """A part of a published form: nothing that is not described here."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Window(Part):
    """First and last day, both included."""

    first: str = Field(alias="from")
    last: str = Field(alias="to")


class Items(Part):
    """How many items, by where they stood."""

    total: int
    started: int
    in_progress: int
    finished: int
    finished_without_start: int
    dropped: int
    left_out: int


class Percentiles(Part):
    """Nearest-rank percentiles over n values; null where there is none."""

    n: int
    p50: float | None
    p70: float | None
    p85: float | None
    p95: float | None


class Spread(Percentiles):
    """Mean, percentiles and greatest value."""

    mean: float | None
    max: float | None


class SkewLeftOut(Part):
    """What a figure leaves out because its times cannot be right."""

    clock_skew: int = 0


class Oldest(Part):
    """One of the oldest items in progress."""

    key: str
    days: int


class Ages(Spread):
    """Ages of the items in progress."""

    oldest: list[Oldest]
    left_out: SkewLeftOut = SkewLeftOut()


class StageSpread(Spread):
    """Days in one stage; total is of all items."""

    total: float


class LeftOut(Part):
    """Finished items that cycle time leaves out, by why."""

    finished_without_start: int
    truncated: int
    endpoints_only: int
    clock_skew: int = 0


class SkewedItems(Part):
    """Items whose times cannot be right: how many, and the keys of the first hundred."""

    items: int
    keys: list[str]


class ClockSkew(Part):
    """What was recorded by clocks that differed, or imported out of order.

    The moves of ``backwards`` run backwards in time; an entry of ``in_future`` carries a later
    moment than as-of. ``blockers`` end before they begin.
    """

    items: int
    backwards: SkewedItems
    in_future: SkewedItems
    blockers: int


class DayFinished(Part):
    """Items finished on a day."""

    day: str
    finished: int


class WeekFinished(Part):
    """Items finished in an ISO week, and its Monday."""

    week: str
    start: str
    finished: int


class Throughput(Part):
    """Items finished, zeros included."""

    per_day: list[DayFinished]
    per_week: list[WeekFinished]


class DayCount(Part):
    """How many on a day."""

    day: str
    n: int


class Rate(Part):
    """How many each day, and the mean a day."""

    per_day: list[DayCount]
    mean: float | None


class Wip(Part):
    """Work in progress, and the items in every stage."""

    total: int
    by_stage: dict[str, int]


class Condition(Part):
    """A condition of Little's Law."""

    name: str
    holds: bool
    value: float | None


class LittlesLaw(Part):
    """Average WIP against throughput times cycle time."""

    avg_wip: float | None
    avg_throughput_per_day: float | None
    avg_cycle_time_days: float | None
    predicted_cycle_time_days: float | None
    deviation: float | None
    conditions: list[Condition]


class FlowEfficiency(Part):
    """Active time as a share of all time between start and finish."""

    ratio: float | None
    active_days: float
    waiting_days: float
    waiting_by_stage: dict[str, float]


class TimeInStage(Part):
    """Days in each stage."""

    by_stage: dict[str, StageSpread]
    left_out: int
    clock_skew: int = 0


class Share(Part):
    """Items of one flow type."""

    n: int
    share: float | None


class Distribution(Part):
    """Items by flow type."""

    finished: dict[Literal["feature", "defect", "risk", "debt"], Share]
    wip: dict[Literal["feature", "defect", "risk", "debt"], Share]


class Cluster(Part):
    """Blockers of one kind in items of one team."""

    kind: str
    team: str | None
    n: int
    total_days: float
    median_days: float


class Blocked(Part):
    """Time in which items were blocked."""

    days: float
    clusters: list[Cluster]
    left_out: SkewLeftOut = SkewLeftOut()


class Pair(Part):
    """Moves back from one stage to another."""

    source: str = Field(alias="from")
    target: str = Field(alias="to")
    count: int


class Rework(Part):
    """Moves back."""

    moves: int
    per_finished_item: float | None
    pairs: list[Pair]


class Quality(Part):
    """Items that left a stage, and the share that did not come back."""

    n: int
    share: float


class CompleteAccurate(Part):
    """Per cent complete and accurate."""

    by_stage: dict[str, Quality]
    rolled: float | None
    path: list[str]


class Pace(Part):
    """Ages at which finished items had passed each stage."""

    by_stage: dict[str, Percentiles]


class Signal(Part):
    """A week that is no noise."""

    week: str
    finished: int
    why: str


class Xmr(Part):
    """Natural process limits of weekly throughput."""

    weeks: int
    mean: float | None
    upper: float | None
    lower: float | None
    signals: list[Signal]


class Predictability(Part):
    """How far the usual lies from the median, and the limits of noise."""

    p85_over_p50: float | None
    xmr: Xmr


class CfdStage(Part):
    """A number a day: reached, and below again."""

    reached: list[int]
    below: list[int]


class Cfd(Part):
    """The cumulative flow diagram at each day's end."""

    days: list[str]
    by_stage: dict[str, CfdStage]
    corrections: int


class Metrics(Part):
    """Every figure of one value stream as of a moment."""

    format: Literal["vsm.metrics/1"] = Field(alias="schema")
    stream: str
    timezone: str
    as_of: str
    last_activity: str | None
    window: Window
    items: Items
    cycle_time_days: Spread
    cycle_time_elapsed_days: Spread
    cycle_time_left_out: LeftOut
    lead_time_days: Spread
    lead_time_elapsed_days: Spread
    lead_time_left_out: SkewLeftOut = SkewLeftOut()
    age_days: Ages
    throughput: Throughput
    arrivals: Rate
    departures: Rate
    wip: Wip
    littles_law: LittlesLaw
    flow_efficiency: FlowEfficiency
    time_in_stage: TimeInStage
    distribution: Distribution
    blocked: Blocked
    rework: Rework
    complete_accurate: CompleteAccurate
    ageing_pace: Pace
    predictability: Predictability
    cfd: Cfd
    clock_skew: ClockSkew | None = None
    definitions: dict[str, str]
