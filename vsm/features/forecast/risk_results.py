"""Results of the delay risk of items: frozen values without numpy, which screens may import.

JSON is published from these annotations (:mod:`vsm.report.publish`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from datetime import date as Date
from enum import StrEnum
from typing import Annotated, ClassVar

from vsm.features.forecast.item_results import Chance, NeededBy
from vsm.model.item import BlockerKind
from vsm.report.publish import HIDDEN, MOMENT, Name

Share = Annotated[float, 3]


class Rule(StrEnum):
    """What drives the risk of an item: the first that applies, in this order."""

    BLOCKED = "blocked"
    WAITS = "waits_for_item"
    QUEUE = "queue"
    STAY = "stay_in_stage"
    REWORK = "rework"
    AGE = "age"


@dataclass(frozen=True, slots=True)
class Driver:
    """What drives the risk of an item, with the figures of its rule; others are null.

    ``days`` are those for which it is blocked or in its stage, or its age; ``usual`` those that 85%
    of the finished items were there at most. ``blocker`` is the kind of its blocker. It waits for
    the item ``key``, which has 50% odds to be finished by ``date`` (null where that cannot be
    foreseen); or it went back to its ``stage`` on ``date``. ``items`` stand before it in its stage,
    which so many leave ``a_week``. ``behind`` are the items that it is about, by id.
    """

    rule: Rule
    days: Annotated[float | None, 1] = None
    usual: Annotated[float | None, Name("usual_days"), 1] = None
    blocker: BlockerKind | None = None
    key: str | None = None
    is_started: bool | None = None
    date: Date | None = None
    stage: str | None = None
    items: int | None = None
    a_week: Annotated[float | None, 1] = None
    behind: Annotated[tuple[tuple[int, str], ...], HIDDEN] = ()


@dataclass(frozen=True, slots=True)
class RiskFlag:
    """An item that is likelier late than in time, and why.

    ``in_time`` are the odds that it is finished by the end of ``needed_by``, ``p50`` the day by
    which it is finished with 50%.
    """

    id: Annotated[int, HIDDEN]
    key: str
    title: str
    stage: str
    age: Annotated[int | None, Name("age_days")]
    needed_by: date
    needed_for: NeededBy
    in_time: Chance
    p50: date | None
    driver: Driver


@dataclass(frozen=True, slots=True)
class LateItem:
    """An item in progress that was needed before today."""

    id: Annotated[int, HIDDEN]
    key: str
    title: str
    stage: str
    age: Annotated[int | None, Name("age_days")]
    needed_by: date
    needed_for: NeededBy
    days_late: int


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """How a rule did: of ``flagged`` items ``hits`` came late. A share of none is null."""

    flagged: int
    hits: Annotated[int, Name("came_late")]
    precision: Share | None
    recall: Share | None


@dataclass(frozen=True, slots=True)
class FlagRecord:
    """How flags did on items that were in progress ``days_ahead`` before they were needed.

    Of ``items`` so many came late, flagged or not. ``age_rule`` is the plain rule on the same
    items: older than 85% of the finished ones. ``is_silent`` says that flags so early were wrong
    too often to be shown.
    """

    days_ahead: int
    items: int
    late: Annotated[int, Name("came_late")]
    flags: RuleRecord
    age_rule: RuleRecord
    is_silent: bool


@dataclass(frozen=True, slots=True)
class Risks:
    """The items of a stream that are likelier late than in time, and how such flags did.

    ``cannot`` says why nothing is forecast, where nothing is. ``unshown`` items would be flagged,
    but flags so early fell silent. ``lead_days`` is the median of the days from the first flag of
    an item that came late to the day on which it was needed.
    """

    SCHEMA: ClassVar[str] = "vsm.forecast-risks/1"

    stream: str
    timezone: str
    as_of: Annotated[int, MOMENT]
    filter: str | None
    cannot: str | None
    in_progress: int
    sle_days: int | None
    flags: tuple[RiskFlag, ...]
    unshown: int
    late: tuple[LateItem, ...]
    record: tuple[FlagRecord, ...]
    lead_days: int | None
