"""Results of future states: frozen values without numpy, which screens may import.

Times are days as the map counts them; lead times here are means, since medians do not add up. JSON
is published from these annotations (:mod:`vsm.report.publish`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from vsm.features.metrics.results import Window
from vsm.report.publish import HIDDEN, MOMENT, OPTIONAL, Name, follows

DIFFERS = 0.25
"""The difference between formula and simulation from which on the formula does not hold."""
DEMAND = "demand"
"""In place of a constraint: no slots are used so much that they limit the flow."""
Days = Annotated[float, 3]
Share = Annotated[float, 3]


class Change(StrEnum):
    """What a draft does with a stage."""

    NONE = ""
    CHANGED = "changed"
    NEW = "new"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Pair:
    """A figure of the map as it is, and of the future state; null where it is not known, or where
    a queue only grows.
    """

    before: Days | None
    after: Days | None

    @property
    @follows("after")
    def change(self) -> Share | None:
        """The change as a share of what it is now."""
        if self.before is None or self.after is None or not self.before:
            return None
        return self.after / self.before - 1

    @property
    def is_changed(self) -> bool:
        """Whether there is a difference that figures show."""
        if self.before is None or self.after is None:
            return self.before != self.after
        return abs(self.after - self.before) > 0.005 * max(abs(self.before), 0.01)


@dataclass(frozen=True, slots=True, kw_only=True)
class FutureStage:
    """What the load model takes of a stage, without and with the draft.

    ``process`` is the process time as the map shows it, ``service`` the time for which a visit
    takes a slot, ``wait`` what is beyond that (with the queue stages that feed only it). ``source``
    says where the times are from.
    """

    stage: Annotated[int, HIDDEN]
    name: str
    team: str | None
    change: Change
    visits: Pair
    process: Pair
    service: Pair
    wait: Pair
    slots: Pair
    utilisation: Pair
    source: str


@dataclass(frozen=True, slots=True)
class Growth:
    """A queue that only grows, by so many items a week."""

    stages: tuple[str, ...]
    before: Annotated[float, 2, Name("before_per_week")]
    after: Annotated[float, 2, Name("after_per_week")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """The same through the simulator: mean lead times of so many seeded runs.

    ``holds`` says whether the formula is within 25% of it, ``reason`` why not.
    """

    runs: int
    lead_days: Pair
    low_80: Annotated[Days | None, Name("after_low_80")]
    high_80: Annotated[Days | None, Name("after_high_80")]
    holds: bool
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A future state beside the map as it is; ``text`` is the difference in a line.

    ``measured_lead`` is the mean that was measured, ``median_lead`` the median that the map shows,
    of ``items`` finished in the window. ``played`` is null where nothing could be played:
    ``cannot`` says why. ``left_out`` says which work the draft drops, and which edits the map does
    not allow by now.
    """

    SCHEMA: ClassVar[str] = "vsm.map.draft/1"

    name: str
    stream: str
    zone: Annotated[str, Name("timezone")]
    as_of: Annotated[int, MOMENT]
    window: Window
    time: str
    state: str
    edits: tuple[str, ...]
    text: str
    lead_days: Pair
    process_days: Pair
    wip: Pair
    rolled_ca: Pair
    constraint_before: str | None
    constraint_after: str | None
    utilisation: Pair
    growing: tuple[Growth, ...]
    stages: tuple[FutureStage, ...]
    items: int
    measured_lead: Annotated[Days | None, Name("measured_mean_lead_days")]
    median_lead: Annotated[Days | None, Name("measured_median_lead_days")]
    played: Annotated[Played | None, OPTIONAL] = None
    cannot: str | None = None
    conflicts: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The prediction of a draft that was made real beside what came, ``due`` 90 days later.

    Days are mean lead times: ``before_days`` and ``predicted_days`` as computed then,
    ``measured_days`` as measured then, ``actual_days`` of the ``items`` that finished within the 90
    days (null until then). ``text`` says it in a sentence.
    """

    SCHEMA: ClassVar[str] = "vsm.map.judgement/1"

    name: str
    stream: str
    made_at: Annotated[int, MOMENT]
    due: date
    is_over: Annotated[bool, Name("judged")]
    before_days: Days | None
    predicted_days: Days | None
    measured_days: Days | None
    actual_days: Days | None
    items: int
    text: str
