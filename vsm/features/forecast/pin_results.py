"""Results of pinned forecasts: what was said, and what came of it; without numpy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from vsm.features.forecast.results import CameTrue, Ratio
from vsm.model.pin import Question, Source
from vsm.report.publish import HIDDEN, MOMENT, Name


class Outcome(StrEnum):
    """What came of a pinned forecast: its day is not over, it came true or not, or none of what it
    is about is left.
    """

    OPEN = "open"
    CAME_TRUE = "came_true"
    MISSED = "missed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ForecastNow:
    """What is forecast of it now: the day with the odds that were said, and the odds of its day.

    ``cannot`` says why nothing is, where nothing is. A day of ``None`` is later than can be
    foreseen, or sets are not forecast with these odds.
    """

    by: date | None = None
    odds: Ratio | None = None
    cannot: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PinState:
    """A pinned forecast and what has come of it.

    ``done`` of ``of`` items are finished (of sets: finished or dropped) since it was pinned, or by
    its day where that is over; ``of`` is null where nothing is left of what it is about.
    ``came_on`` is the day on which it was fulfilled. ``now`` is null where nothing is left to
    forecast. ``came_of`` is the outcome as known today, where it is shown as of the past.
    """

    id: Annotated[int, HIDDEN]
    name: str
    question: Question
    stream: str | None
    filter: str | None
    keys: tuple[str, ...]
    items: int | None
    by: date
    odds: Ratio
    pinned_at: Annotated[int, MOMENT]
    pinned_on: Annotated[date, HIDDEN]
    said_by: Annotated[Source, Name("source")]
    note: str
    outcome: Outcome
    done: int
    of: int | None
    came_on: date | None
    now: Annotated[ForecastNow | None, Name("now")]
    came_of: Outcome | None
    behind: Annotated[tuple[tuple[int, str], ...], HIDDEN]


@dataclass(frozen=True, slots=True)
class Pins:
    """Pinned forecasts, the latest first, and how many of those came true whose day is over.

    ``record`` are those that vsm forecast, by their odds; ``said_by_people`` those whose odds were
    given by people.
    """

    SCHEMA: ClassVar[str] = "vsm.forecast-pins/1"

    stream: str | None
    as_of: Annotated[int, MOMENT]
    pins: tuple[PinState, ...]
    record: tuple[CameTrue, ...]
    said_by_people: tuple[CameTrue, ...]
