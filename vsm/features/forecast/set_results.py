"""Results of the forecast of a set of items: frozen values without numpy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar

from vsm.features.forecast.results import Ratio
from vsm.report.publish import HIDDEN, ITEM, MOMENT, Inline, Name


@dataclass(frozen=True, slots=True)
class Dates:
    """By when all of something is over, with each of the odds; ``None``: not foreseen.

    ``in_time`` are the odds of a day that was asked for.
    """

    p50: date | None = None
    p70: date | None = None
    p85: date | None = None
    p95: date | None = None
    in_time: Ratio | None = None


@dataclass(frozen=True, slots=True)
class SetPart:
    """The items of a set in one stream: ``ahead`` others stand before the last of it in line.

    ``last`` is the item that is likeliest the last one. ``added`` is how many of the set came in
    the 91 days before as-of. ``cannot`` says why nothing is forecast, where nothing is.
    """

    stream: str
    in_progress: int
    not_started: int
    ahead: int
    added: Annotated[int, Name("added_in_91_days")]
    dates: Annotated[Dates, Inline("p50", "p85")]
    last: Annotated[int | None, ITEM]
    cannot: str | None
    items: Annotated[tuple[tuple[int, str], ...], HIDDEN]


@dataclass(frozen=True, slots=True)
class SetForecast:
    """By when all items of a set are finished or dropped, over the streams that they are in.

    ``growing`` is the same if items are added to the set as often as in the last 91 days; ``None``
    where none were, or where the set is not one that grows. ``without`` is the same without the
    ``endless`` items, whose end cannot be foreseen, where they leave no day of 85% odds.
    """

    SCHEMA: ClassVar[str] = "vsm.forecast-set/1"

    keys: Annotated[tuple[tuple[int, str], ...], HIDDEN]
    as_of: Annotated[int, MOMENT]
    filter: str | None
    by: date | None
    items: int
    dates: Dates
    growing: Dates | None
    endless: Annotated[tuple[Annotated[int, ITEM], ...], Name("may_never_end")]
    without: Annotated[Dates | None, Name("without_these")]
    streams: tuple[SetPart, ...]
    cannot: str | None
