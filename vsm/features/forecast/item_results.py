"""Results of the forecast of single items: frozen values without numpy, which screens may import.

JSON is published from these annotations (:mod:`vsm.report.publish`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from vsm.features.forecast.results import CameTrue
from vsm.report.publish import HIDDEN, MOMENT, OPTIONAL, PAIRS, Name

Chance = Annotated[float, 3]
ITEM_ODDS = (0.5, 0.85, 0.95)
"""The odds with which an item's dates are given."""
WITHIN_DAYS = (7, 14, 30, 60, 90)
"""Days within which the odds are given."""
LEAST, SUREST = 0.001, 0.99
"""The lowest and the highest odds that are given: no forecast is certain."""


class NeededBy(StrEnum):
    """Where the date comes from that an item is held against."""

    DUE = "due"
    """Its own due date."""
    SLE = "sle"
    """The days within which 85% of the stream's items finished lately, from its start on."""


@dataclass(frozen=True, slots=True)
class ItemForecast:
    """When an item in progress will be finished.

    ``cannot`` says why nothing is forecast, where nothing is. ``in_time`` are the odds that it is
    finished by the end of ``needed_by``, 0 where that is past. A date is the day by which it is
    finished with these odds, null where that is later than can be foreseen. After ``seen_until`` no
    item like it was seen to end: later dates follow the items of the stream that got older than
    most. A blocked item is held to be so for ``blocked`` days more in the mean. ``within`` are the
    odds
    that it is finished within so many days from now, ``undelivered`` that it is dropped or leaves
    for another stream as far ahead as can be foreseen. Of a forecast of the past ``finished`` is
    the day on which it did finish, where that is known. ``alike`` items were in
    its stage for as long as it has been; ``examples`` are some of them by id, each with what became
    of it, for the 200 items that are the least likely to be in time.
    """

    id: Annotated[int, HIDDEN]
    key: str
    title: str
    stage: str
    age: Annotated[int | None, Name("age_days")]
    cannot: str | None = None
    needed_by: date | None = None
    needed_for: NeededBy | None = None
    in_time: Chance | None = None
    p50: date | None = None
    p85: date | None = None
    p95: date | None = None
    seen_until: date | None = None
    blocked: Annotated[float | None, 1, Name("days_still_blocked")] = None
    finished: Annotated[date | None, OPTIONAL] = None
    within: Annotated[tuple[tuple[str, Chance], ...], PAIRS, Name("odds_within_days")] = ()
    undelivered: Annotated[Chance | None, Name("odds_undelivered")] = None
    alike: Annotated[int, Name("items_alike")] = 0
    examples: Annotated[tuple[tuple[int, str], ...], HIDDEN] = ()


@dataclass(frozen=True, slots=True)
class ItemForecasts:
    """The forecasts of a stream's items in progress, the least likely to be in time first.

    ``cannot`` says why nothing is forecast of any, where nothing is. ``finished`` items are behind
    the forecasts; ``not_started`` items, which have none, match the filter too. ``record`` says how
    many dates of such forecasts came true: made at moments of the last year from what was known
    then, for items of the whole stream; those that are not over are left out. ``known_until`` is
    the last day that is over of a forecast of the past.
    """

    SCHEMA: ClassVar[str] = "vsm.forecast-items/1"

    stream: str
    timezone: str
    as_of: Annotated[int, MOMENT]
    filter: str | None
    cannot: str | None
    finished: Annotated[int, Name("finished_items")]
    sle_days: int | None
    not_started: int
    items: tuple[ItemForecast, ...]
    record: tuple[CameTrue, ...]
    known_until: Annotated[date | None, OPTIONAL] = None

    def of(self, item: int) -> ItemForecast | None:
        """The forecast of an item by its id, if it is among them."""
        return next((one for one in self.items if one.id == item), None)
