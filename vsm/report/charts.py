"""Charts as data: what each shows, where a cursor can stop, and the items behind each stop.

The dashboard draws them in a terminal, :mod:`vsm.report.svg` in HTML.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from vsm.report.document import Target

Items = tuple[tuple[int, str], ...]
"""Ids of items, each with a remark (``"12 days"``)."""

PACE_LINES, PACE_LINES_ASCII = ("·", "┄", "─", "━"), (".", "-", "=", "#")
"""Lines of the ages when leaving a stage, at 50, 70, 85 and 95%."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A place for the cursor: what is there in words, and the items behind it.

    ``behind`` gives them when they are wanted; ``ask`` is a question that the reader answers with
    them where the figures do not know them. ``days`` are the first and the last day that it stands
    for, where it stands for days.
    """

    label: str
    behind: Callable[[], Items] = tuple
    ask: tuple[str, str] | None = None
    days: tuple[date, date] | None = None

    @property
    def items(self) -> Items:
        """The items behind it, as far as the figures know them."""
        return self.behind()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One figure as a chart.

    ``about`` are the names of its definitions, ``sums`` lines that show the arithmetic, ``empty``
    is shown where there is nothing to draw. ``between`` says in words what was from one day to
    another. ``short`` is the summary where there is little room.
    """

    id: str
    title: str
    summary: str
    about: tuple[str, ...]
    sums: tuple[str, ...] = ()
    stops: tuple[Stop, ...] = ()
    empty: str = "nothing to show"
    short: str = ""
    between: Callable[[date, date], str] | None = field(default=None, compare=False, repr=False)
    first: int = -1
    """The stop that the cursor is on at first; -1 is the last."""
    drawn: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    """What whoever draws it keeps from one drawing to the next."""
    FILLS: ClassVar[bool] = False
    """Whether it takes all of a wide terminal."""

    @property
    def start(self) -> int:
        """The stop that the cursor is on at first."""
        return self.first if self.first >= 0 else len(self.stops) - 1

    @property
    def targets(self) -> tuple[Target, ...]:
        """What can be opened from its lines, from the first to the last."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScatterChart(Chart):
    """Cycle times of finished items by the day of their finish, with percentile lines.

    ``points`` are (days since ``begin``, cycle time in days), ``lines`` (name, days) of
    percentiles, ``places`` the days since ``begin`` of the stops; the chart covers ``days`` days.
    """

    begin: date
    days: int
    points: tuple[tuple[int, int], ...]
    lines: tuple[tuple[str, float], ...]
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaChart(Chart):
    """The cumulative flow diagram: how many items had reached each stage.

    ``lines`` are (stage, items that had reached it by the end of each day), the first stage first;
    what lies between two lines is the area of the upper one's stage. ``held`` are the items in each
    at the end: those that went back are in no area of a later stage. The last line is that of done
    items, or of dropped ones under it where ``has_dropped``.
    """

    begin: date
    lines: tuple[tuple[str, tuple[int, ...]], ...]
    held: tuple[int, ...]
    has_dropped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeingChart(Chart):
    """Work in progress by stage and age, against the ages when leaving each stage.

    ``stages`` are (name, ages of the items there, pace: p50, p70, p85, p95 or none), ``numbers``
    their places on the board.
    """

    stages: tuple[tuple[str, tuple[int, ...], tuple[float, ...]], ...]
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekChart(Chart):
    """Items finished each week, with the natural process limits.

    ``weeks`` are (label, finished, whole, mark); one with a ``mark`` is a signal. ``limits`` are
    mean, upper and lower.
    """

    weeks: tuple[tuple[str, int, bool, str], ...]
    limits: tuple[float, float, float] | None


@dataclass(frozen=True, slots=True)
class Bar:
    """A name, lengths drawn one after another each in its own texture, and a text beside."""

    name: str
    parts: tuple[float, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BarChart(Chart):
    """One bar a row; ``legend`` names the parts that bars are made of."""

    rows: tuple[Bar, ...]
    legend: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Odds:
    """How many forecasts said something with these odds, and how many of them came true."""

    odds: float
    said: int
    came_true: int

    @property
    def share(self) -> float:
        """The share that came true."""
        return self.came_true / self.said if self.said else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OddsChart(Chart):
    """The share of forecasts that came true by the odds that they said.

    ``beside`` is the same of the method ``beside_name``.
    """

    rows: tuple[Odds, ...]
    beside: tuple[Odds, ...]
    beside_name: str


@dataclass(frozen=True, slots=True)
class Range:
    """A range from ``low`` to ``high`` that was forecast, the number ``said`` in it, and what came.

    ``day`` counts from the beginning of the chart.
    """

    day: int
    low: int
    said: int
    high: int
    came: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeChart(Chart):
    """Ranges that were forecast by the day on which they were, and what came.

    ``said`` names the number within each range: "85% odds".
    """

    begin: date
    ranges: tuple[Range, ...]
    said: str

    @property
    def days(self) -> int:
        """The days that it covers."""
        return self.ranges[-1].day + 1 if self.ranges else 0


@dataclass(frozen=True, slots=True)
class LoadWeek:
    """A week of a team: the people whom its arrivals keep busy, and those who are there.

    Both are ``None`` where nothing is known, or nobody is there. ``planned`` weeks lie ahead.
    """

    monday: date
    busy: float | None
    people: float | None
    planned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadChart(Chart):
    """The load of a team by week against its people, ``full`` of them being saturation.

    ``unit`` is what both are counted in.
    """

    weeks: tuple[LoadWeek, ...]
    full: float
    unit: str

    def is_full(self, week: LoadWeek) -> bool:
        """Whether the load of a week reaches saturation."""
        return bool(week.busy and week.people and week.busy >= self.full * week.people)


@dataclass(frozen=True, slots=True)
class Lane:
    """A row of a roadmap: a bar from ``low`` to ``high``, or a ``note`` in place of one.

    ``text`` and ``odds`` (of the day it is needed by) stand beside it. One that ``goes_on`` has
    its end beyond what is foreseen. ``begun`` is the first day of what is under way, ``ended`` the
    day on which it was over, ``reached`` or not.
    """

    name: str
    text: str
    low: date | None = None
    high: date | None = None
    goes_on: bool = False
    begun: date | None = None
    need_by: date | None = None
    odds: str = ""
    ended: date | None = None
    reached: bool = False
    late: bool = False
    note: str = ""
    target: Target | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadmapChart(Chart):
    """Ranges of days in columns of time; ``periods`` are (first day, name, year).

    ``end`` is the day after the last column.
    """

    begin: date
    end: date
    today: date
    periods: tuple[tuple[date, str, int], ...]
    lanes: tuple[Lane, ...]
    FILLS: ClassVar[bool] = True

    @property
    def targets(self) -> tuple[Target, ...]:
        """Those of the lanes."""
        return tuple(lane.target for lane in self.lanes if lane.target is not None)

    def at(self, day: date, size: float) -> float:
        """Where a day is in so much room; what lies outside is at the nearer end."""
        share = (day - self.begin).days / max(1, (self.end - self.begin).days)
        return min(max(share, 0.0), 1.0) * size
