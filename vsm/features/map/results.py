"""Results of the value stream map: frozen values without numpy, which screens may import.

Times are in days: elapsed days, or working days of 8 hours where the stream counts working time.
What each figure means stands in :mod:`vsm.features.map.definitions`. JSON is published from these
annotations (:mod:`vsm.report.publish`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from vsm.features.map.definitions import DEFINITIONS
from vsm.features.map.future_results import Judgement
from vsm.features.metrics.results import Window
from vsm.model.declared import TimeBasis
from vsm.model.stream import Category
from vsm.report.publish import HIDDEN, MOMENT, OPTIONAL, Name, follows

DIFFERS = 0.25
"""The share of the measured value from which on a declared one is marked as different."""

Days = Annotated[float, 6]
"""Days, or a ratio, that JSON rounds to 6 places."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure as it was measured over ``n`` items, beside what people declared it to be."""

    measured: Days | None = None
    declared: Days | None = None
    n: int = 0

    @property
    @follows("n")
    def differs(self) -> bool:
        """Whether the declared value is off by more than a quarter of the measured one."""
        if self.measured is None or self.declared is None:
            return False
        return abs(self.declared - self.measured) > DIFFERS * abs(self.measured) + 1e-9

    @property
    def best(self) -> float | None:
        """The measured value, else the declared one."""
        return self.declared if self.measured is None else self.measured


NOTHING = Measure()


@dataclass(frozen=True, slots=True, kw_only=True)
class MapStage:
    """A box of the map. ``position`` is the place in the order of the flow, from 0.

    ``feeds`` is the id of the one stage that a queue stage feeds: its time is part of that stage's
    ``wait``. ``on_path`` is the share of the finished items that were here. ``wait`` counts what is
    not active: of a queue stage all of its time. ``utilisation`` and ``constraint`` are those of
    ``vsm bottlenecks``, null and false where it was not asked. ``exempt`` items of its ``wip`` do
    not count into the ``limit``, by their class of service. ``declared_at`` says since when the
    declared values stand, ``declared_note`` where they are from; ``note`` is a kaizen burst.
    """

    id: int
    name: str
    category: Category
    team: str | None = None
    position: int = 0
    retired: bool = False
    wip: int = 0
    exempt: Annotated[int, Name("exempt_wip")] = 0
    limit: int | None = None
    is_over: Annotated[bool, Name("over_limit")] = False
    arrivals: Annotated[float | None, 6, Name("arrivals_per_week")] = None
    on_path: Days | None = None
    on_main_path: bool = False
    process: Measure = NOTHING
    wait: Measure = NOTHING
    complete_accurate: Measure = NOTHING
    utilisation: Annotated[float | None, 3] = None
    constraint: bool = False
    feeds: int | None = None
    is_reachable: Annotated[bool, Name("reachable")] = True
    declared_at: Annotated[int | None, MOMENT] = None
    declared_note: str = ""
    note: str = ""

    @property
    def wip_text(self) -> str:
        """WIP against its limit: ``4``, ``4/5``, ``4/5 +1`` with an item that does not count."""
        if self.limit is None:
            return f"{self.wip}"
        beside = f" +{self.exempt}" if self.exempt else ""
        return f"{self.wip - self.exempt}/{self.limit}{beside}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MapEdge:
    """Moves from one stage to another, by their ids; ``kind`` is that of the move.

    ``drawn`` says that the stream has the edge; the others are moves that were made all the same.
    ``share`` is of all moves out of ``source`` in the window. ``extra_days`` is the median length
    of the visits that moves back began and that ended, null where there are none.
    """

    source: Annotated[int, Name("from")]
    target: Annotated[int, Name("to")]
    source_name: Annotated[str, Name("from_name")]
    target_name: Annotated[str, Name("to_name")]
    kind: str
    drawn: bool
    moves: int = 0
    per_week: Days = 0.0
    share: Days | None = None
    extra_days: Days | None = None
    on_main_path: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class LongestPath:
    """The way through the map on which process time and wait add up to the most."""

    stages: tuple[str, ...]
    days: Days


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Figures of the whole stream. ``process`` and ``wait`` are sums over stages, each by the share
    of items that were there; ``lead_time`` is measured from start to finish and not their sum.
    """

    process: Measure = NOTHING
    wait: Measure = NOTHING
    lead_time: Measure = NOTHING
    activity_ratio: Measure = NOTHING
    rolled: Annotated[Measure, Name("rolled_ca")] = NOTHING
    sum_of_medians: Days | None = None
    longest: Annotated[LongestPath | None, Name("longest_path")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Items that figures leave out: finished ones whose path is not known, finished ones without a
    start (in lead time and activity ratio), and moved ones whose history is not full.
    """

    path_unknown: int = 0
    finished_without_start: int = 0
    partly_known: int = 0
    clock_skew: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueStreamMap:
    """The value stream map of a stream as known at ``as_of`` (UTC microseconds).

    ``stages`` are in the order of the flow, ``edges`` by it. ``finished`` items finished in the
    window. ``main_path`` are ids of stages, from the start until done. ``time`` says what a
    day is, ``time_text`` in words. ``futures`` are the drafts that were made real, with what came
    of each. ``draft`` names the future state that this is the map of: what it changes stands as
    declared, worked out by its comparison. With a ``filter`` measured figures are of the items that
    fit it, WIP of all.
    """

    SCHEMA: ClassVar[str] = "vsm.map/1"

    stream: str
    zone: Annotated[str, Name("timezone")]
    as_of: Annotated[int, MOMENT]
    last_activity: Annotated[int | None, MOMENT] = None
    window: Window
    time: TimeBasis = TimeBasis.ELAPSED
    time_text: Annotated[str, HIDDEN] = ""
    finished: int = 0
    stages: tuple[MapStage, ...] = ()
    edges: tuple[MapEdge, ...] = ()
    main_path: tuple[int, ...] = ()
    totals: Totals = Totals()
    left_out: LeftOut = LeftOut()
    constraint: str | None = None
    futures: Annotated[tuple[Judgement, ...], Name("made_drafts")] = ()
    filter: str | None = None
    draft: Annotated[str | None, OPTIONAL] = None

    @property
    @follows("filter")
    def definitions(self) -> Mapping[str, str]:
        """What each figure means."""
        return DEFINITIONS

    def stage(self, stage_id: int) -> MapStage:
        """The box of a stage; raises ``KeyError`` where there is none."""
        for stage in self.stages:
            if stage.id == stage_id:
                return stage
        raise KeyError(stage_id)
