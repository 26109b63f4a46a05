"""The basic figures of a stream as results: items, times, throughput by week, WIP.

Durations are in days. An *inclusive* one counts calendar days of the stream's zone, so that
work begun and finished today took 1; an *elapsed* one is the exact difference in 24-hour days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar

from vsm.features.metrics.definitions import DEFINITIONS
from vsm.report.publish import FIRST, HIDDEN, MOMENT, OPTIONAL, PAIRS, Name, follows

SCHEMA = "vsm.metrics/1"
Days = Annotated[float, 6]
"""Days, or a ratio, that JSON rounds to 6 places: a tenth of a second."""


@dataclass(frozen=True, slots=True)
class Window:
    """First and last day, both included."""

    first: Annotated[date, Name("from")]
    last: Annotated[date, Name("to")]


@dataclass(frozen=True, slots=True)
class SkewLeftOut:
    """What a figure leaves out because its times cannot be right."""

    clock_skew: Annotated[int, OPTIONAL] = 0


NOTHING_LEFT_OUT = SkewLeftOut()


@dataclass(frozen=True, slots=True)
class Items:
    """How many items there were at as-of, by where they stood.

    ``started`` and ``finished_without_start`` speak only of items whose history tells whether
    they started; ``left_out`` counts the others.
    """

    total: int
    started: int
    in_progress: int
    finished: int
    finished_without_start: int
    dropped: int
    left_out: int

    @property
    def not_started(self) -> int:
        """Items that nobody had started, finished or dropped by then."""
        return self.total - self.in_progress - self.finished - self.dropped


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure over ``n`` items in days: mean and nearest-rank percentiles.

    All but ``n`` are ``None`` where ``n`` is 0.
    """

    FILE_ORDER: ClassVar[tuple[str, ...]] = ("n", "p50", "p70", "p85", "p95", "mean", "max")

    n: int
    mean: Days | None = None
    p50: Days | None = None
    p70: Days | None = None
    p85: Days | None = None
    p95: Days | None = None
    max: Days | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Items finished in the window that cycle time leaves out, by why."""

    finished_without_start: int
    truncated: int
    endpoints_only: int
    clock_skew: Annotated[int, OPTIONAL] = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.finished_without_start + self.truncated + self.endpoints_only + self.clock_skew


@dataclass(frozen=True, slots=True)
class Week:
    """Items finished in one ISO week, as far as the week lies in the window."""

    monday: Annotated[date, Name("start")]
    finished: int

    @property
    @follows("monday")
    def label(self) -> Annotated[str, Name("week"), FIRST]:
        """The week as ISO 8601 writes it, such as ``2014-W27``."""
        year, week, _ = self.monday.isocalendar()
        return f"{year:04}-W{week:02}"


@dataclass(frozen=True, slots=True)
class WeeklyThroughput:
    """Items finished in each week."""

    per_week: tuple[Week, ...]


@dataclass(frozen=True, slots=True)
class Wip:
    """Work in progress at as-of, and the open visits of every stage in the stream's order."""

    total: int
    by_stage: Annotated[tuple[tuple[str, int], ...], PAIRS]


@dataclass(frozen=True, slots=True)
class Metrics:
    """The figures of one stream: counts and WIP at ``as_of``, times of what finished in the window.

    ``as_of`` and ``last_activity`` are UTC microseconds; ``last_activity`` is the last recorded
    move at or before ``as_of``, ``None`` where there is none. ``first`` and ``last`` are the
    window's days, both inclusive, in ``zone``.
    """

    SCHEMA: ClassVar[str] = SCHEMA

    stream: str
    zone: Annotated[str, Name("timezone")]
    as_of: Annotated[int, MOMENT]
    last_activity: Annotated[int | None, MOMENT]
    first: Annotated[date, HIDDEN]
    last: Annotated[date, HIDDEN]
    items: Items
    cycle_time_days: Spread
    cycle_time_elapsed_days: Spread
    cycle_time_left_out: LeftOut
    lead_time_days: Spread
    lead_time_elapsed_days: Spread
    weeks: Annotated[tuple[Week, ...], HIDDEN]
    wip: Wip
    lead_time_left_out: Annotated[int, HIDDEN] = 0
    """Items finished in the window that lead time leaves out: their moves run backwards in time."""

    @property
    @follows("last_activity")
    def window(self) -> Window:
        """First and last day."""
        return Window(self.first, self.last)

    @property
    @follows("lead_time_elapsed_days")
    def lead_time_skew(self) -> Annotated[SkewLeftOut, Name("lead_time_left_out"), OPTIONAL]:
        """What lead time leaves out."""
        return SkewLeftOut(self.lead_time_left_out)

    @property
    @follows("weeks")
    def throughput(self) -> WeeklyThroughput:
        """Items finished by week."""
        return WeeklyThroughput(self.weeks)

    @property
    @follows("wip")
    def definitions(self) -> Mapping[str, str]:
        """What each figure means."""
        return DEFINITIONS
