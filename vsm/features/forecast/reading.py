"""Forecasts of a stream, from what a reader knows of it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from vsm.features.forecast.results import (
    ODDS,
    RECORD_DAYS,
    Basis,
    CameTrue,
    Forecast,
    PastForecast,
    Record,
    Until,
    Within,
)
from vsm.flow_reader import FlowReader
from vsm.model.query_tree import Query
from vsm.model.rules import SILENCE, day_of
from vsm.model.stream import ValueStream
from vsm.report.wording import count, day

if TYPE_CHECKING:
    from vsm.features.forecast.backtest import Score, Trials
    from vsm.features.forecast.finished import Finished
    from vsm.features.forecast.throughput import Own, Throughput
    from vsm.flow.flow_data import FlowData

DAYS = (7, 14, 30, 60, 90)
"""The days ahead that are forecast where none are asked for, and whose record is looked at."""
ITEMS = (5, 10, 20, 50)
"""The numbers of items whose dates are forecast where none are asked for."""
ALMOST_OVER = 60_000_000
"""Microseconds before its end from which on a day counts as over."""


def read_forecast(
    reader: FlowReader,
    stream: ValueStream,
    *,
    as_of: int,
    days: Sequence[int] = DAYS,
    items: Sequence[int] = ITEMS,
    record_days: Sequence[int] = (RECORD_DAYS,),
    query: Query | None = None,
    present: bool = False,
    seen: int | None = None,
    past: bool = False,
) -> Forecast:
    """How many items finish within so many days, and when so many are finished; loads numpy.

    The days begin with the day of ``as_of``, or after it where that is its end; what was finished
    on it before ``as_of`` is left out of what is still to come. What came
    of such forecasts is told for ``record_days`` ahead: each was made for a morning of the last
    three years with what was known then, the forecasts before it among that; with ``past`` each of
    those over 30 days is in the result. ``seen`` is the moment up to which it is told what came of
    a forecast of the past. For ``query`` and ``present`` see
    :meth:`~vsm.flow_reader.FlowReader.flow`.
    """
    from vsm.features.forecast.backtest import calibrate, make_trials

    basis, history, today = read_basis(reader, stream, as_of, query, present)
    if basis.cannot is not None:
        return Forecast(basis, (), (), ())
    trials = make_trials(history, today)
    law = read_law(history, today, trials)
    came = None if seen is None else _Came.read(reader, stream, query or Query(), today, seen)

    def last_day(ahead: int | None) -> date | None:
        return None if ahead is None else day_of(today) + timedelta(days=ahead - 1)

    over = history.finished_on(today)

    def still(ahead: int, odds: float) -> int:
        return max(0, law.at_least(ahead, odds) - over)

    within = []
    for n in days:
        p50, p70, p85, p95 = (still(n, p) for p in ODDS)
        finished = None if came is None else max(0, came.within(n) - over)
        within.append(
            Within(n, day_of(today) + timedelta(days=n - 1), p50, p70, p85, p95, finished)
        )
    until = []
    for n in items:
        d50, d70, d85, d95 = (last_day(law.days_until(n + over, p)) for p in ODDS)
        on = None if came is None else last_day(came.until(n + over))
        until.append(Until(n, d50, d70, d85, d95, on))
    return Forecast(
        basis,
        tuple(within),
        tuple(until),
        _records(history, trials, record_days, calibrate(trials, today)),
        _past(trials) if past else (),
        None if came is None else day_of(came.last - 1),
    )


def read_law(history: Finished, today: int, trials: Trials | None = None) -> Throughput:
    """The law of items finished from ``today`` (days since 1970-01-01) on."""
    from vsm.features.forecast.backtest import calibrate, make_trials
    from vsm.features.forecast.throughput import Throughput, read_pace

    trials = make_trials(history, today) if trials is None else trials
    return Throughput(read_pace(history.by_day(today), today), calibrate(trials, today))


@dataclass(frozen=True, slots=True)
class _Came:
    """What was finished from ``today`` to before ``last`` (days since 1970-01-01)."""

    finished: Finished
    today: int
    last: int

    @classmethod
    def read(
        cls, reader: FlowReader, stream: ValueStream, query: Query, today: int, seen: int
    ) -> _Came | None:
        """What is known now of the days after a moment of the past; ``None``: nothing yet.

        Where a history ended, as an export does, nothing is known of the days after its end.
        """
        from vsm.features.forecast.finished import Finished

        known, _ = reader.flow(stream, query, seen, present=True)
        last = unknown_from(reader, stream, seen)
        return cls(Finished.of(known), today, last) if last > today else None

    def within(self, days: int) -> int:
        """Items finished within so many days, as far as they are over."""
        import numpy as np

        end = min(self.today + days, self.last)
        return int(self.finished.between(np.array([self.today]), np.array([end]))[0])

    def until(self, items: int) -> int | None:
        """Within how many days so many were finished; ``None``: they are not yet."""
        days = range(1, self.last - self.today + 1)
        before = bisect_left(days, items, key=self.within)
        return before + 1 if before < len(days) else None


def unknown_from(reader: FlowReader, stream: ValueStream, seen: int) -> int:
    """The first day of which it is not known yet what came (days since 1970-01-01): the day of
    ``seen``, or the one after a history ended.
    """
    whole, _ = reader.flow(stream, Query(), seen, present=True)
    today = _day_number(seen, stream.zone)
    latest = _day_number(int(whole.entered.max(initial=0)), stream.zone)
    return latest + 1 if today - latest > SILENCE else today


def _past(trials: Trials) -> tuple[PastForecast, ...]:
    from vsm.features.forecast.backtest import FEW_ODDS, past_forecasts

    out = []
    for said in past_forecasts(trials, (*ODDS, FEW_ODDS), RECORD_DAYS):
        made, by = day_of(said.day), day_of(said.day + RECORD_DAYS - 1)
        p50, p70, p85, p95, p5 = said.at_least
        out.append(PastForecast(made, by, p50, p70, p85, p95, p5, said.finished))
    return tuple(out)


def _records(
    history: Finished, trials: Trials, days: Sequence[int], own: Own
) -> tuple[Record, ...]:
    import numpy as np

    from vsm.features.forecast.backtest import score

    scores = score(history, trials, ODDS, tuple(days))
    shift, spread = own.at(np.array(days, dtype=np.float64))
    return tuple(map(_record, scores, spread.tolist(), (-shift).tolist()))


def _record(score: Score, widened: float, lowered: float) -> Record:
    forecasts, plain = (
        tuple(
            CameTrue(odds, kept.said, kept.came_true)
            for odds, kept in zip(ODDS, all_kept, strict=True)
        )
        for all_kept in (score.kept, score.plain)
    )
    return Record(score.horizon, forecasts, plain, score.ratio, score.width, widened, lowered)


def read_basis(
    reader: FlowReader, stream: ValueStream, as_of: int, query: Query | None, present: bool
) -> tuple[Basis, Finished, int]:
    """What is known on the morning of as-of's day (days since 1970-01-01), and that day."""
    from vsm.features.forecast.finished import Finished
    from vsm.features.forecast.throughput import YEAR

    query = query or Query()
    known, _ = reader.flow(stream, query, as_of, present=present)
    history = Finished.of(known)
    today = _day_number(as_of, stream.zone)
    days = history.days_of_finish(today)
    year = days[days >= today - YEAR]
    return (
        Basis(
            stream=stream.name,
            timezone=stream.zone,
            as_of=as_of,
            filter=query.text or None,
            cannot=_cannot(history, known, today, year.size, int(days.max(initial=0))),
            finished=int(year.size),
            lately=_lately(known, today),
        ),
        history,
        today,
    )


def _day_number(moment: int, zone: str) -> int:
    """The day of a moment; where that is the end of a day, the next one."""
    import numpy as np

    from vsm.flow.days import day_numbers

    return int(day_numbers(np.array([moment + ALMOST_OVER], dtype=np.int64), zone)[0])


def _cannot(history: Finished, known: FlowData, today: int, year: int, latest: int) -> str | None:
    """Why nothing can be forecast, or ``None``."""
    from vsm.features.forecast.backtest import MIN_FINISHED, MIN_HISTORY
    from vsm.features.forecast.throughput import YEAR

    if not known.entered.size:
        return "there are no items yet"
    if not latest:
        return "no item has finished yet"
    if today - latest > SILENCE:
        then = day_of(latest)
        return f"nothing has finished since {day(then)}; --as-of {then} forecasts as of then"
    if year < MIN_FINISHED:
        return (
            f"{count(year, 'item')} finished in the last {YEAR} days,"
            f" at least {MIN_FINISHED} are needed"
        )
    if today - history.first < MIN_HISTORY:
        return (
            f"the history is {count(today - history.first, 'day')} long,"
            f" at least {MIN_HISTORY} are needed"
        )
    return None


def _lately(known: FlowData, today: int) -> tuple[tuple[int, date], ...]:
    rows, _ = known.finishes
    days = known.days[2][rows]
    kept = (days >= today - SILENCE) & (days < today)
    pairs = zip(known.history.item[rows[kept]].tolist(), days[kept].tolist(), strict=True)
    return tuple((item, day_of(number)) for item, number in pairs)
