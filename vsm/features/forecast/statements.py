"""Forecasts of single statements: so many items, an item or a set by a day with some odds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

from vsm.features.forecast.item_reading import read_item_forecasts
from vsm.features.forecast.item_results import LEAST, SUREST
from vsm.features.forecast.reading import read_basis, read_law
from vsm.features.forecast.results import ODDS
from vsm.features.forecast.set_reading import read_set_forecast
from vsm.model.errors import BadInput
from vsm.model.query_tree import Query
from vsm.model.rules import DAY, day_of, day_start, local
from vsm.model.stream import ValueStream
from vsm.reader import Reader

if TYPE_CHECKING:
    from vsm.features.forecast.set_results import Dates, SetForecast
    from vsm.features.forecast.throughput import Throughput
    from vsm.flow.outlook import Outlook
    from vsm.flow.remaining import RemainingTime


def end_of(day: date, zone: str) -> int:
    """The last moment of a day."""
    return day_start(day + timedelta(days=1), zone) - 1


def _bounded(odds: float) -> float:
    return min(max(odds, LEAST), SUREST)


class Numbers(NamedTuple):
    """How many items of a stream finish: the law, the morning that it counts from, and how many
    were finished on that day already.
    """

    law: Throughput
    today: int
    over: int

    def day(self, items: int, odds: float) -> date | None:
        """The day by which so many are finished; ``None``: later than can be foreseen."""
        ahead = self.law.days_until(items + self.over, odds)
        return None if ahead is None else day_of(self.today + ahead - 1)

    def odds(self, items: int, by: date) -> float:
        """The odds that at least so many are finished by the end of a day."""
        from vsm.features.forecast.throughput import AHEAD

        ahead = min((by - day_of(self.today)).days + 1, AHEAD)
        return 0.0 if ahead < 1 else _bounded(self.law.odds_of(items + self.over, ahead))

    def least(self, by: date, odds: float) -> int:
        """How many are finished at least by the end of a day."""
        ahead = (by - day_of(self.today)).days + 1
        return max(0, self.law.at_least(ahead, odds) - self.over)


class Remaining(NamedTuple):
    """When an item in progress is finished, from a moment (days since 1970-01-01) on."""

    outlook: Outlook
    now: float
    zone: str

    def day(self, odds: float) -> date | None:
        """The day by which it is finished; ``None``: later than can be foreseen."""
        (ahead,) = self.outlook.days_until(odds).tolist()
        return local(round((self.now + ahead) * DAY), self.zone).date() if isfinite(ahead) else None

    def odds(self, by: date) -> float:
        """The odds that it is finished by the end of a day."""
        import numpy as np

        ahead = (end_of(by, self.zone) + 1) / DAY - self.now
        return 0.0 if ahead <= 0 else _bounded(float(self.outlook.within(np.array([ahead]))[0]))


class Forecaster:
    """Forecasts statements as of a moment; what they rest on is kept between them.

    Raises :class:`~vsm.model.errors.BadInput` where nothing can be forecast.
    """

    def __init__(self, reader: Reader, as_of: int, present: bool) -> None:
        self._reader, self._as_of, self._present = reader, as_of, present
        self._numbers: dict[tuple[int, str], Numbers | str] = {}
        self._laws: dict[int, RemainingTime] = {}

    def numbers(self, stream: ValueStream, query: Query) -> Numbers:
        """How many items of a stream or filter finish."""
        known = self._numbers.get((stream.id, query.text))
        if known is None:
            known = self._read_numbers(stream, query)
            self._numbers[stream.id, query.text] = known
        if isinstance(known, str):
            raise BadInput(f"cannot forecast how many finish: {known}")
        return known

    def _read_numbers(self, stream: ValueStream, query: Query) -> Numbers | str:
        basis, history, today = read_basis(
            self._reader, stream, self._as_of, query or None, self._present
        )
        if basis.cannot is not None:
            return basis.cannot
        return Numbers(read_law(history, today), today, history.finished_on(today))

    def item(self, stream: ValueStream, item: int) -> Remaining | None:
        """When an item is finished; ``None`` where it is not in progress."""
        import numpy as np

        from vsm.flow.remaining import RemainingTime

        reader, as_of = self._reader, self._as_of
        whole = reader.flow_with_departed(stream, as_of, present=self._present)
        _, facts = reader.flow(stream, Query(), as_of, present=self._present)
        law = self._laws.get(stream.id) or RemainingTime(whole, as_of, facts.blocks)
        self._laws[stream.id] = law
        forecasts = read_item_forecasts(
            reader, stream, as_of=as_of, present=self._present, only=[item], law=law
        )
        one = forecasts.of(item)
        if one is None:
            return None
        if one.cannot is not None:
            raise BadInput(f"cannot forecast {one.key}: {one.cannot}")
        held = law.stays.open_at(law.now)
        held = held[whole.history.item[law.stays.item[held]] == item]
        return Remaining(law.outlook(np.asarray(held)), law.now, stream.zone)

    def whole(
        self,
        streams: Sequence[ValueStream],
        by: date | None,
        *,
        query: Query | None = None,
        only: Collection[int] | None = None,
    ) -> SetForecast:
        """By when all items of a set are over."""
        result = read_set_forecast(
            self._reader,
            streams,
            as_of=self._as_of,
            query=query,
            only=only,
            by=by,
            present=self._present,
        )
        if result.cannot is not None:
            raise BadInput(f"cannot forecast: {result.cannot}")
        return result


def dates_of(forecast: SetForecast) -> Dates:
    """The dates that a set is held to: with its growth, where it grows."""
    return forecast.growing or forecast.dates


def day_with(dates: Dates, odds: float) -> date | None:
    """The day of these odds, which must be among those that sets are forecast with."""
    days = dict(zip(ODDS, (dates.p50, dates.p70, dates.p85, dates.p95), strict=True))
    return days[odds]
