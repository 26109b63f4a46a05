"""All streams at a glance: frozen values without numpy, which screens may import.

What each figure means stands in :data:`DEFINITIONS`, and in docs/metrics.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Annotated, ClassVar

from vsm.features.metrics.basic_results import Week
from vsm.features.metrics.process_limits import Trend
from vsm.model.stream import Category
from vsm.report.publish import HIDDEN, MOMENT, Name, follows

DEFINITIONS: Mapping[str, str] = MappingProxyType(
    {
        "wip": "Items in progress, and the sum of the WIP limits, as in the header of the board.",
        "stages": "Unarchived items in each stage that is neither done nor dropped, with its WIP"
        " limit. counted are those that count into the limit: without exempt classes of service,"
        " and whether they match the filter or not. over_limit says that they are more than the"
        " limit allows.",
        "group_limits": "Limits over several stages together, with the items that count into them.",
        "cycle_time.p85_days": "The service level expectation: 85% of the items that finished in"
        " the 90 days up to until took so many calendar days or fewer, from start to finish, both"
        " included; n are the items. The figure in the header of the board.",
        "throughput.per_week": "Items finished in each ISO week of the 90 days up to until, as"
        " vsm metrics lists them; the first and the last week may be partial.",
        "throughput.trend": "up or down if the latest full week is a signal of the natural process"
        " limits (XmR) of the weekly throughput: beyond a limit, or the eighth or a further week in"
        " a row on one side of the mean. Null is usual variation. There is no trend without"
        " activity in the last 14 days, where the first item finished inside the window, or with"
        " less than one item a week on average.",
        "cycle_time.trend": "The same of the median cycle time of each full week in which items"
        " with a known start finished, with at least 8 such weeks, the latest full week among them."
        " A week that is beyond a limit counts only where at least 5 items finished in it.",
        "oldest": "The item in progress with the highest work item age.",
        "canonical": "The name that all streams share of a stage, by the standard that the stream"
        " follows (vsm standard). Null where it follows none, or has the stage beside it.",
        "blocked": "Unfinished items that are blocked.",
        "bottleneck": "The finding of vsm bottlenecks; limits says which stages or which team limit"
        " the flow, if that is at least probable. Null where it was not asked for.",
        "until": "The last day of the window: today, or the day of the last activity if that is"
        " over 14 days ago (ended).",
    }
)
"""Figure (its path in the JSON form) → what it means."""


@dataclass(frozen=True, slots=True)
class StageLoad:
    """Items in a stage, and of all items those that count into its WIP limit if that is in force.

    ``every`` are the items there, whether they match the filter and count or not.
    """

    id: Annotated[int, HIDDEN]
    stage: str
    category: Category
    wip: int
    every: Annotated[int, HIDDEN]
    counted: int
    limit: Annotated[int | None, Name("wip_limit")]
    canonical: str | None = None

    @property
    @follows("limit")
    def over_limit(self) -> bool:
        """Whether more items count than the limit allows."""
        return self.limit is not None and self.counted > self.limit


@dataclass(frozen=True, slots=True)
class GroupLoad:
    """What counts into a WIP limit over several stages."""

    name: str
    stages: tuple[str, ...]
    counted: int
    limit: Annotated[int, Name("wip_limit")]

    @property
    @follows("limit")
    def over_limit(self) -> bool:
        """Whether more items count than the limit allows."""
        return self.counted > self.limit


@dataclass(frozen=True, slots=True)
class CycleTime:
    """The 85th percentile of cycle time, over how many items, and its trend with why."""

    p85: Annotated[int | None, Name("p85_days")]
    n: int
    trend: Trend | None
    why: str | None


@dataclass(frozen=True, slots=True)
class Throughput:
    """Items finished by week and in the last 14 days, and the trend with why."""

    weeks: Annotated[tuple[Week, ...], Name("per_week")]
    finished: Annotated[int, Name("finished_14_days")]
    trend: Trend | None
    why: str | None
    full: Annotated[tuple[Week, ...], HIDDEN] = ()
    """The full weeks among them."""


@dataclass(frozen=True, slots=True)
class Oldest:
    """The oldest item in progress."""

    id: Annotated[int, HIDDEN]
    key: str
    title: str
    stage: str
    age: Annotated[int, Name("age_days")]
    canonical: str | None = None


@dataclass(frozen=True, slots=True)
class Limiting:
    """The finding of the diagnosis, and in a few words what limits the flow (``None``: nothing)."""

    kind: Annotated[str, Name("finding")]
    limits: str | None
    confidence: Annotated[float, 2]
    stages: Annotated[tuple[str, ...], HIDDEN] = ()
    """The stages that ``limits`` names, none where it is a team."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamRow:
    """One stream at a glance."""

    id: Annotated[int, HIDDEN]
    stream: str
    zone: Annotated[str, Name("timezone")]
    until: date
    ended: bool
    wip: int
    every: Annotated[int, HIDDEN]
    """The items in progress, whether they match the filter or not."""
    limit: Annotated[int | None, Name("wip_limit")]
    stages: tuple[StageLoad, ...]
    groups: Annotated[tuple[GroupLoad, ...], Name("group_limits")]
    cycle_time: CycleTime
    throughput: Throughput
    oldest: Oldest | None
    blocked: int
    bottleneck: Limiting | None = None

    @property
    def is_over_in_all(self) -> bool:
        """Whether there is more in progress than the sum of the limits allows."""
        return self.limit is not None and self.every > self.limit

    @property
    def is_over(self) -> bool:
        """Whether there is more in progress than a limit allows: of all, of a stage or several."""
        over = any(stage.over_limit for stage in self.stages)
        return self.is_over_in_all or over or any(group.over_limit for group in self.groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All streams as of a moment (UTC microseconds), through a filter if there is one.

    ``pending`` are ids and names of streams that are still being read.
    """

    SCHEMA: ClassVar[str] = "vsm.overview/1"

    as_of: Annotated[int, MOMENT]
    filter: str | None
    streams: tuple[StreamRow, ...]
    pending: Annotated[tuple[tuple[int, str], ...], HIDDEN] = ()

    @property
    @follows("streams")
    def definitions(self) -> Mapping[str, str]:
        """What each figure means."""
        return DEFINITIONS
