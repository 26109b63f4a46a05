"""Forecasts of a stream, from what a reader knows of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from vsm.features.forecast.results import (
    ODDS,
    RECORD_DAYS,
    Basis,
    CameTrue,
    Forecast,
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
    from vsm.features.forecast.throughput import Throughput
    from vsm.flow.flow_data import FlowData

DAYS = (7, 14, 30, 60, 90)
"""The days ahead that are forecast where none are asked for, and whose record is looked at."""
ITEMS = (5, 10, 20, 50)
"""The numbers of items whose dates are forecast where none are asked for."""
MIN_FINISHED, YEAR = 10, 364
"""Fewer items finished in so many days are too few to forecast from."""
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
) -> Forecast:
    """How many items finish within so many days, and when so many are finished; loads numpy.

    The days begin with the day of ``as_of``, or after it where that is its end; what was finished
    on it before ``as_of`` is left out of what is still to come. What came
    of such forecasts is told for ``record_days`` ahead: each was made for a morning of the last
    three years with what was known then, the forecasts before it among that. For
    ``query`` and ``present`` see :meth:`~vsm.flow_reader.FlowReader.flow`.
    """
    from vsm.features.forecast.backtest import make_trials

    basis, history, today = read_basis(reader, stream, as_of, query, present)
    if basis.cannot is not None:
        return Forecast(basis, (), (), ())
    trials = make_trials(history, today)
    law = read_law(history, today, trials)

    def last_day(ahead: int | None) -> date | None:
        return None if ahead is None else day_of(today) + timedelta(days=ahead - 1)

    over = history.finished_on(today)

    def still(ahead: int, odds: float) -> int:
        return max(0, law.at_least(ahead, odds) - over)

    within = tuple(
        Within(n, day_of(today) + timedelta(days=n - 1), *(still(n, p) for p in ODDS)) for n in days
    )
    until = tuple(Until(n, *(last_day(law.days_until(n + over, p)) for p in ODDS)) for n in items)
    return Forecast(basis, within, until, _records(history, trials, record_days))


def read_law(history: Finished, today: int, trials: Trials | None = None) -> Throughput:
    """The law of items finished from ``today`` (days since 1970-01-01) on."""
    from vsm.features.forecast.backtest import calibrate, make_trials
    from vsm.features.forecast.throughput import Throughput, read_pace

    trials = make_trials(history, today) if trials is None else trials
    return Throughput(read_pace(history.by_day(today), today), calibrate(trials, today))


def _records(history: Finished, trials: Trials, days: Sequence[int]) -> tuple[Record, ...]:
    from vsm.features.forecast.backtest import score

    return tuple(map(_record, score(history, trials, ODDS, tuple(days))))


def _record(score: Score) -> Record:
    forecasts, plain = (
        tuple(
            CameTrue(odds, kept.said, kept.came_true)
            for odds, kept in zip(ODDS, all_kept, strict=True)
        )
        for all_kept in (score.kept, score.plain)
    )
    return Record(score.horizon, forecasts, plain, score.ratio, score.width)


def read_basis(
    reader: FlowReader, stream: ValueStream, as_of: int, query: Query | None, present: bool
) -> tuple[Basis, Finished, int]:
    """What is known on the morning of as-of's day (days since 1970-01-01), and that day."""
    import numpy as np

    from vsm.features.forecast.finished import Finished
    from vsm.flow.days import day_numbers

    query = query or Query()
    known, _ = reader.flow(stream, query, as_of, present=present)
    history = Finished.of(known)
    # A day that is over, as the end of a date is, is history.
    moment = np.array([as_of + ALMOST_OVER], dtype=np.int64)
    today = int(day_numbers(moment, stream.zone)[0])
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


def _cannot(history: Finished, known: FlowData, today: int, year: int, latest: int) -> str | None:
    """Why nothing can be forecast, or ``None``."""
    from vsm.features.forecast.backtest import MIN_HISTORY

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
