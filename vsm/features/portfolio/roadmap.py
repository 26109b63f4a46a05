"""The roadmap of the portfolio: initiatives in the order of time, on quarters or months."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, ClassVar

from vsm.features.portfolio.alignment_results import Share
from vsm.features.portfolio.results import InitiativeRow, Portfolio
from vsm.model.portfolio import DecisionKind, InitiativeState
from vsm.model.rules import local
from vsm.report.publish import HIDDEN, MOMENT, follows

MONTHS_MOST = 6
"""Months that are columns of their own; a longer time has quarters."""
BACK_DAYS = 183
"""Days before now of which what ended is still shown."""
NEEDED_DAYS = 730
"""Days from now on of which a day that something is needed by still widens the roadmap."""
AHEAD_DAYS = 90
"""Days from now on that a roadmap shows at least."""
EVEN = 0.5
"""Odds of the day it is needed by below which an initiative is late."""

ROADMAP_DEFINITIONS: Mapping[str, str] = MappingProxyType(
    {
        "forecast": "p50 and p85 are the days by which all of an initiative is over with even odds"
        " and with odds of 85%; null: beyond what is foreseen. cannot says why there is none.",
        "is_late": "The odds of the day it is needed by are below 50%, or that day has passed;"
        " delivered after it.",
        "is_worked_off": "All of its items are over, none is expected, and nobody decided yet that"
        " it is delivered.",
        "begun": "The day of the decision to start, the last one where there are several.",
        "ended": "The day of the decision that ended it.",
    }
)


class Unit(StrEnum):
    """What a column of a roadmap is."""

    QUARTER = "quarter"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Period:
    """A column: its name, its year and its first day."""

    name: str
    year: int
    first: date


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadmapRow:
    """An initiative on the roadmap: a range of days, never a single one."""

    id: Annotated[int, HIDDEN]
    key: str
    state: InitiativeState
    objectives: tuple[str, ...]
    begun: date | None
    p50: date | None
    p85: date | None
    cannot: str | None
    need_by: date | None
    need_by_odds: Share | None
    is_late: bool
    is_worked_off: bool
    """Whether all of its items are over, though nobody decided that it is."""
    ended: date | None

    @property
    def is_foreseen(self) -> bool:
        """Whether there is a day of even odds."""
        return self.p50 is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Roadmap:
    """Initiatives by the day that they are over, on quarters, or months where these are few.

    ``earlier`` are those that ended before the first column.
    """

    SCHEMA: ClassVar[str] = "vsm.portfolio-roadmap/1"

    as_of: Annotated[int, MOMENT]
    today: date
    unit: Unit
    first: date
    last: date
    periods: tuple[Period, ...]
    initiatives: tuple[RoadmapRow, ...]
    earlier: tuple[str, ...]

    @property
    @follows("earlier")
    def definitions(self) -> Mapping[str, str]:
        """What each figure means."""
        return ROADMAP_DEFINITIONS


def make_roadmap(result: Portfolio, zone: str = "UTC") -> Roadmap:
    """The roadmap of a portfolio that was read."""
    today = local(result.as_of, zone).date()
    rows = sorted((_row(one, today, zone) for one in result.initiatives), key=_rank)
    oldest = today - timedelta(days=BACK_DAYS)
    shown = [row for row in rows if row.ended is None or row.ended >= oldest]
    unit, periods, last = _periods(*_span(shown, today))
    return Roadmap(
        as_of=result.as_of,
        today=today,
        unit=unit,
        first=periods[0].first,
        last=last,
        periods=periods,
        initiatives=tuple(shown),
        earlier=tuple(row.key for row in rows if row.ended is not None and row.ended < oldest),
    )


def _row(one: InitiativeRow, today: date, zone: str) -> RoadmapRow:
    dates, is_over = one.forecast, one.state.is_over
    days = {
        decision.decision: local(decision.at, zone).date() for decision in reversed(one.decisions)
    }
    ended = next(
        (day for kind, day in days.items() if is_over and kind.leads_to is one.state), None
    )
    return RoadmapRow(
        id=one.id,
        key=one.key,
        state=one.state,
        objectives=tuple(tie.objective for tie in one.objectives),
        begun=days.get(DecisionKind.START)
        if is_over or one.state is InitiativeState.IMPLEMENTING
        else None,
        p50=None if is_over else dates.p50,
        p85=None if is_over else dates.p85,
        cannot=None if is_over else dates.cannot,
        need_by=one.need_by,
        need_by_odds=dates.need_by_odds,
        is_late=_is_late(one, ended, today),
        is_worked_off=one.is_worked_off,
        ended=ended,
    )


def _is_late(one: InitiativeRow, ended: date | None, today: date) -> bool:
    if one.need_by is None:
        return False
    if one.state.is_over:
        return one.state is InitiativeState.DELIVERED and ended is not None and ended > one.need_by
    if one.is_worked_off:
        return False  # the last item may have been in time
    chance = one.forecast.need_by_odds
    return one.need_by < today or (chance is not None and chance < EVEN)


def _rank(row: RoadmapRow) -> tuple[int, date, date, str]:
    """What ended first, then by the day of even odds; what has none of both last."""
    never = date.max
    if row.state.is_over:
        return 0, row.ended or date.min, never, row.key.casefold()
    place = 1 if row.is_foreseen else 2 if row.cannot is None else 3
    return place, row.p50 or never, row.p85 or never, row.key.casefold()


def _span(rows: Sequence[RoadmapRow], today: date) -> tuple[date, date]:
    """The first and the last day that the columns have to hold."""
    before = [row.ended for row in rows if row.ended is not None]
    farthest = today + timedelta(days=NEEDED_DAYS)
    after = [today + timedelta(days=AHEAD_DAYS), *_days_of(rows, farthest)]
    return min([today, *before]), max(after)


def _days_of(rows: Iterable[RoadmapRow], farthest: date) -> Iterable[date]:
    for row in rows:
        for day in (row.p50, row.p85):
            if day is not None:
                yield day
        if row.need_by is not None and not row.state.is_over and row.need_by <= farthest:
            yield row.need_by


def _periods(first: date, last: date) -> tuple[Unit, tuple[Period, ...], date]:
    """The columns that hold these days, and the last day of the last one."""
    months = 12 * (last.year - first.year) + last.month - first.month + 1
    unit = Unit.MONTH if months <= MONTHS_MOST else Unit.QUARTER
    size = 1 if unit is Unit.MONTH else 3
    begin = first.replace(day=1, month=first.month - (first.month - 1) % size)
    periods = []
    while begin <= last:
        name = f"{begin:%b}" if unit is Unit.MONTH else f"Q{(begin.month + 2) // 3}"
        periods.append(Period(name, begin.year, begin))
        month = begin.month - 1 + size
        begin = begin.replace(year=begin.year + month // 12, month=month % 12 + 1)
    return unit, tuple(periods), begin - timedelta(days=1)
