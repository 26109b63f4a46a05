"""Counts what came of pinned forecasts, as forecasts count, and forecasts what is left of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from vsm.features.forecast.pin_results import ForecastNow, Outcome, Pins, PinState
from vsm.features.forecast.pinning import items_and_streams
from vsm.features.forecast.results import ODDS, CameTrue
from vsm.features.forecast.statements import Forecaster, dates_of, day_with, end_of
from vsm.model.entities import PIN
from vsm.model.errors import BadInput
from vsm.model.pin import Pin, Question, Source
from vsm.model.query_parser import parse
from vsm.model.query_tree import Query, QueryError
from vsm.model.rules import local
from vsm.model.stream import ValueStream
from vsm.reader import Reader
from vsm.report.wording import day

if TYPE_CHECKING:
    from vsm.flow.flow_data import FlowData


class _Counted(NamedTuple):
    """Items that were over at a moment, with when, the earliest first, and those still open.

    ``needed`` is how many have to be over; ``None`` where nothing is left of it.
    """

    over: list[tuple[int, int]]
    still_open: list[int]
    needed: int | None

    @property
    def is_fulfilled(self) -> bool:
        return self.needed is not None and len(self.over) >= self.needed

    @property
    def fulfilled_at(self) -> int | None:
        """When the last one that was needed was over."""
        return self.over[self.needed - 1][1] if self.needed and self.is_fulfilled else None


def read_pins(
    reader: Reader,
    *,
    as_of: int,
    stream: ValueStream | None = None,
    present: bool = False,
    now: int | None = None,
) -> Pins:
    """The forecasts that were pinned by as-of, of a stream or of all; loads numpy.

    Predictions about teams are those of ``vsm capacity``.

    For a moment of the past ``now`` is the present, as of which it is said what came of them.
    """
    pins = [
        pin
        for pin in reader.entities(PIN)
        if pin.team is None
        and (present or pin.pinned_at <= as_of)
        and (stream is None or pin.only in (None, stream.id))
    ]
    pins.sort(key=lambda pin: (-pin.pinned_at, -pin.id))
    judge = _Judge(reader, as_of, present, now)
    states = tuple(map(judge.state, pins))
    return Pins(
        stream=stream.name if stream else None,
        as_of=as_of,
        pins=states,
        record=_record(states, Source.VSM),
        said_by_people=_record(states, Source.PERSON),
    )


def _record(states: Sequence[PinState], source: Source) -> tuple[CameTrue, ...]:
    """By odds in whole percent how many came true of those whose day is over."""
    over = sorted(
        (
            (round(state.odds, 2), state.outcome is Outcome.CAME_TRUE)
            for state in states
            if state.said_by is source and state.outcome in (Outcome.CAME_TRUE, Outcome.MISSED)
        ),
    )
    out = []
    for odds, same in groupby(over, key=lambda one: one[0]):
        came = [is_true for _, is_true in same]
        out.append(CameTrue(odds, len(came), sum(came)))
    return tuple(out)


class _Judge:
    """Says what came of pins, as of a moment."""

    def __init__(self, reader: Reader, as_of: int, present: bool, now: int | None) -> None:
        self._reader, self._as_of, self._present, self._now = reader, as_of, present, now
        self._forecaster = Forecaster(reader, as_of, present)

    def state(self, pin: Pin) -> PinState:
        """What was said, what has come of it, and what is forecast now."""
        stream = None if pin.only is None else self._reader.stream(pin.only)
        zone = stream.zone if stream else "UTC"
        query, can_be_judged = self._query(pin, stream)
        due = end_of(pin.day, zone)
        is_over = self._as_of >= due
        counted = _Counted([], [], None)
        if can_be_judged:
            moment = min(self._as_of, due)
            counted = self._count(pin, stream, query, moment, self._present and not is_over)
        now = came_of = None
        if counted.needed is not None and not is_over and not counted.is_fulfilled:
            now = self._forecast(pin, stream, query, counted)
        if self._now is not None and can_be_judged:
            came_of = self._outcome_by(pin, stream, query, due, self._now)
        at = counted.fulfilled_at
        return PinState(
            id=pin.id,
            name=pin.name,
            question=Question(pin.question),
            stream=stream.name if stream else None,
            filter=pin.filter or None,
            keys=pin.keys,
            items=pin.items,
            by=pin.day,
            odds=pin.odds,
            pinned_at=pin.pinned_at,
            pinned_on=local(pin.pinned_at, zone).date(),
            said_by=Source(pin.source),
            note=pin.note,
            outcome=_outcome(counted, is_over),
            done=len(counted.over),
            of=counted.needed,
            came_on=None if at is None else local(at, zone).date(),
            now=now,
            came_of=came_of,
            behind=_behind(counted, zone),
        )

    @staticmethod
    def _query(pin: Pin, stream: ValueStream | None) -> tuple[Query, bool]:
        """The filter of a pin, and whether what it says can be judged at all."""
        if pin.question == Question.THROUGHPUT and (stream is None or pin.items is None):
            return Query(), False
        try:
            query = parse(pin.filter) if pin.filter else Query()
        except QueryError:
            return Query(), False
        return query, pin.only is None or stream is not None

    def _outcome_by(
        self, pin: Pin, stream: ValueStream | None, query: Query, due: int, now: int
    ) -> Outcome:
        """The outcome as known at another moment, which is now."""
        is_over = now >= due
        return _outcome(self._count(pin, stream, query, min(now, due), not is_over), is_over)

    # -- counting -----------------------------------------------------------------------

    def _count(
        self, pin: Pin, stream: ValueStream | None, query: Query, moment: int, present: bool
    ) -> _Counted:
        reader = self._reader
        if pin.question == Question.THROUGHPUT:
            assert stream is not None
            known, _ = reader.flow(stream, query, moment, present=present)
            finished = [one for one in _finished(known) if one[1] > pin.pinned_at]
            return _Counted(finished, [], pin.items)
        items, streams = items_and_streams(reader, stream, pin.keys)
        chosen = frozenset(item.id for item in items)
        if not pin.keys:
            fits = (reader.matching(one, query, moment, present=present) for one in streams)
            chosen = frozenset[int]().union(*fits)
        members, containers = reader.parts_of(chosen)
        members -= containers
        over: dict[int, int] = {}
        still_open: set[int] = set(members) if pin.keys else set()
        for one in streams:
            known, _ = reader.flow(one, Query(), moment, present=present)
            ended, left = _ended(known, members, finished_only=pin.question == Question.ITEM)
            over |= ended
            still_open = (still_open | left) - ended.keys()
        if not pin.keys:  # what was over before it was said is no part of what was meant
            over = {item: at for item, at in over.items() if at > pin.pinned_at}
        counted = sorted(over.items(), key=lambda one: one[1])
        needed = len(counted) + len(still_open)
        return _Counted(counted, sorted(still_open), needed or None)

    # -- forecasting --------------------------------------------------------------------

    def _forecast(
        self, pin: Pin, stream: ValueStream | None, query: Query, counted: _Counted
    ) -> ForecastNow:
        try:
            return self._forecast_left(pin, stream, query, counted)
        except BadInput as error:
            return ForecastNow(cannot=error.message)

    def _forecast_left(
        self, pin: Pin, stream: ValueStream | None, query: Query, counted: _Counted
    ) -> ForecastNow:
        forecaster, by = self._forecaster, pin.day
        if pin.question == Question.THROUGHPUT:
            assert stream is not None and pin.items is not None
            numbers = forecaster.numbers(stream, query)
            left = pin.items - len(counted.over)
            return ForecastNow(numbers.day(left, pin.odds), numbers.odds(left, by))
        items, streams = items_and_streams(self._reader, stream, pin.keys)
        if pin.question == Question.ITEM and items:
            remaining = forecaster.item(streams[0], items[0].id)
            if remaining is None:
                return ForecastNow(cannot=f"{items[0].key} is not in progress")
            return ForecastNow(remaining.day(pin.odds), remaining.odds(by))
        only = [item.id for item in items] if pin.keys else None
        dates = dates_of(forecaster.whole(streams, by, query=query, only=only))
        return ForecastNow(day_with(dates, pin.odds) if pin.odds in ODDS else None, dates.in_time)


def _outcome(counted: _Counted, is_over: bool) -> Outcome:
    if counted.needed is None:
        return Outcome.UNKNOWN
    if not is_over:
        return Outcome.OPEN
    return Outcome.CAME_TRUE if counted.is_fulfilled else Outcome.MISSED


def _behind(counted: _Counted, zone: str) -> tuple[tuple[int, str], ...]:
    over = ((item, f"over {day(local(at, zone).date())}") for item, at in reversed(counted.over))
    return (*((item, "open") for item in counted.still_open), *over)


def _finished(known: FlowData) -> list[tuple[int, int]]:
    """Finished items with when, the earliest first."""
    rows, moments = known.finishes
    return list(zip(known.history.item[rows].tolist(), moments.tolist(), strict=True))


def _ended(
    known: FlowData, members: frozenset[int], *, finished_only: bool
) -> tuple[dict[int, int], set[int]]:
    """Of these items those that are finished (or dropped) with when, and those that are open."""
    import numpy as np

    history, flow = known.history, known.flow
    rows = np.flatnonzero(np.isin(history.item, sorted(members)))
    is_over = flow.finished if finished_only else flow.finished | flow.dropped
    last_entry = known.entered[history.begin + history.counts - 1]
    at = np.where(flow.finished, flow.finish, last_entry)
    ids = history.item
    ended = {int(ids[row]): int(at[row]) for row in rows.tolist() if is_over[row]}
    return ended, {int(ids[row]) for row in rows.tolist()} - ended.keys()
