"""Results of the forecasts: frozen values without numpy, which screens may import.

JSON is published from these annotations (:mod:`vsm.report.publish`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar

from vsm.model.rules import NEXT_ITEMS
from vsm.report.publish import HIDDEN, MOMENT, OPTIONAL, Inline, Name

ODDS = (0.5, 0.7, 0.85, 0.95)
"""The odds with which everything is forecast."""
RECORD_DAYS = 30
"""The days ahead whose record stands beside a forecast."""
Ratio = Annotated[float, 3]
"""A ratio, to 3 places in JSON."""


@dataclass(frozen=True, slots=True)
class Within:
    """How many items finish at least within so many days, with each of the odds.

    The days begin with the day of as-of; ``by`` is the last of them. Of a forecast of the past
    ``finished`` are the items that did finish, up to :attr:`Forecast.known_until`.
    """

    days: int
    by: date
    p50: int
    p70: int
    p85: int
    p95: int
    finished: Annotated[int | None, OPTIONAL] = None

    @property
    def at_least(self) -> tuple[int, ...]:
        """The numbers by :data:`ODDS`."""
        return self.p50, self.p70, self.p85, self.p95


@dataclass(frozen=True, slots=True)
class Until:
    """By which day so many items are finished, with each of the odds.

    ``None`` is later than can be foreseen. Of a forecast of the past ``finished`` is the day on
    which the last of them did finish, where that is known.
    """

    items: int
    p50: date | None
    p70: date | None
    p85: date | None
    p95: date | None
    finished: Annotated[date | None, OPTIONAL] = None

    @property
    def by(self) -> tuple[date | None, ...]:
        """The days by :data:`ODDS`."""
        return self.p50, self.p70, self.p85, self.p95


@dataclass(frozen=True, slots=True)
class CameTrue:
    """Of ``said`` forecasts with these odds of at least so many items, how many came true."""

    odds: Ratio
    said: int
    came_true: int

    @property
    def share(self) -> float | None:
        """The share that came true; ``None`` where nothing was said."""
        return self.came_true / self.said if self.said else None


@dataclass(frozen=True, slots=True)
class Record:
    """What came of the stream's forecasts over so many days.

    ``plain`` is the same of plain resampling of the last 90 days. ``score_ratio`` is the score
    (CRPS) over the plain one, ``width_ratio`` the median 80% range over its. ``widened`` is how
    many times as wide forecasts are because of what came of those before them; ``lowered`` by how
    much they are lower, in standard deviations (negative: higher).
    """

    days: int
    forecasts: tuple[CameTrue, ...]
    plain: tuple[CameTrue, ...]
    score_ratio: Ratio | None
    width_ratio: Ratio | None
    widened: Annotated[Ratio | None, OPTIONAL] = None
    lowered: Annotated[Ratio | None, OPTIONAL] = None

    def of(self, odds: float) -> tuple[CameTrue, CameTrue]:
        """What came of the forecasts with these odds, and of the plain ones."""
        place = [kept.odds for kept in self.forecasts].index(odds)
        return self.forecasts[place], self.plain[place]


@dataclass(frozen=True, slots=True)
class PastForecast:
    """What was forecast for the days from ``made`` to ``by``, and how many items finished in them.

    At least so many were said with each of the odds; ``p5`` is the number that only 5% reach.
    """

    made: date
    by: date
    p50: int
    p70: int
    p85: int
    p95: int
    p5: int
    finished: int


@dataclass(frozen=True, slots=True)
class Basis:
    """What a forecast of a stream rests on.

    ``cannot`` says why nothing is forecast, where nothing is. ``finished`` are the items finished
    in the 364 days before as-of, of which ``lately`` are those of 91 days, as (id, day).
    """

    stream: str
    timezone: str
    as_of: Annotated[int, MOMENT]
    filter: str | None
    cannot: str | None
    finished: Annotated[int, Name("finished_in_364_days")]
    lately: Annotated[tuple[tuple[int, date], ...], HIDDEN]


@dataclass(frozen=True, slots=True)
class Forecast:
    """How many items will be finished by when, and what came of such forecasts.

    All are empty where nothing can be forecast. A record says what came of forecasts that looked
    as far ahead; ``past_forecasts`` are those of 30 days that it counts, the oldest first, where
    they are asked for. ``known_until`` is the last day that is over of a forecast of the past.
    """

    SCHEMA: ClassVar[str] = "vsm.forecast/1"

    basis: Annotated[Basis, Inline()]
    within: tuple[Within, ...]
    until: tuple[Until, ...]
    records: tuple[Record, ...]
    past_forecasts: Annotated[tuple[PastForecast, ...], OPTIONAL] = ()
    known_until: Annotated[date | None, OPTIONAL] = None

    @property
    def until_next(self) -> date | None:
        """By when the next items are finished, as the header says it."""
        return next((until.p85 for until in self.until if until.items == NEXT_ITEMS), None)
