"""The forecasts of a stream's items in progress, from what a reader knows of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from math import inf, isfinite
from typing import TYPE_CHECKING

from vsm.features.forecast.item_results import (
    ITEM_ODDS,
    LEAST,
    SUREST,
    WITHIN_DAYS,
    ItemForecast,
    ItemForecasts,
    NeededBy,
)
from vsm.features.forecast.results import CameTrue
from vsm.flow_reader import recent_window
from vsm.model.board import BACKWARDS, IN_FUTURE
from vsm.model.item_list import Listed
from vsm.model.query_tree import Query
from vsm.model.rules import DAY, SILENCE, SLE_PERCENT, day_of, day_start, local
from vsm.model.stream import ValueStream
from vsm.reader import Reader
from vsm.report.wording import count, day, days

if TYPE_CHECKING:
    from vsm.flow.flow_data import FlowData
    from vsm.flow.history import Ints
    from vsm.flow.remaining import RemainingTime
    from vsm.flow.stays import Floats

EXAMPLES, EXAMPLED = 20, 200
"""How many items that were alike are named, and of how many items: the least likely in time."""
ENDED = "ended undelivered {} later"
UNKNOWN_START = "its history is cut short: when it started is not known"


def read_item_forecasts(
    reader: Reader,
    stream: ValueStream,
    *,
    as_of: int,
    query: Query | None = None,
    present: bool = False,
    only: Collection[int] | None = None,
    law: RemainingTime | None = None,
) -> ItemForecasts:
    """When the items in progress of a stream will be finished; loads numpy.

    They are forecast from all items of the stream: a filter, or ``only`` (ids), chooses which are
    given. ``law`` is what is known of the stream at the moment, where it was read before. For
    ``query`` and ``present`` see :meth:`~vsm.flow_reader.FlowReader.flow`.
    """
    import numpy as np

    from vsm.flow.as_of_stream import cycle_as_of
    from vsm.flow.days import day_numbers
    from vsm.flow.remaining import RemainingTime

    query = query or Query()
    known, facts = reader.flow(stream, Query(), as_of, present=present)
    among = reader.matching(stream, query, as_of, present=present) if query else None
    if only is not None:
        among = frozenset(only) if among is None else among & frozenset(only)
    is_chosen = np.ones(len(known.history), dtype=np.bool_)
    if among is not None:
        is_chosen = np.isin(known.history.item, sorted(among))
    rows = np.flatnonzero(known.in_progress & is_chosen)
    # Leaving for another stream ends an item here: the law needs those that did.
    whole = reader.flow_with_departed(stream, as_of, present=present)
    law = law or RemainingTime(whole, as_of, facts.blocks)
    (today,) = day_numbers(np.array([as_of], dtype=np.int64), stream.zone).tolist()
    cannot = _cannot(law, known)
    sle = cycle_as_of(known, recent_window(known, as_of), SLE_PERCENT)
    ids = known.history.item[rows].tolist()
    listed = {one.card.id: one for one in reader.listed_items(ids, as_of, past=not present)}
    kept = [n for n, item in enumerate(ids) if item in listed and not listed[item].archived]
    make = _Maker(known, law, whole.history.item, stream.zone, today, sle, cannot)
    forecasts = make.forecasts([(int(rows[n]), listed[ids[n]]) for n in kept])
    waiting = ~known.flow.started & ~known.flow.finished & ~known.flow.dropped & is_chosen
    return ItemForecasts(
        stream=stream.name,
        timezone=stream.zone,
        as_of=as_of,
        filter=query.text or None,
        cannot=cannot,
        finished=law.finished,
        sle_days=sle,
        not_started=int(np.count_nonzero(waiting)),
        items=tuple(sorted(forecasts, key=_urgency)),
        record=_record(law) if cannot is None else (),
    )


def _record(law: RemainingTime) -> tuple[CameTrue, ...]:
    kept = law.record(ITEM_ODDS)
    return tuple(CameTrue(odds, *one) for odds, one in zip(ITEM_ODDS, kept, strict=True))


def _urgency(forecast: ItemForecast) -> tuple[bool, float, int]:
    """The least likely to be in time first, then the oldest; what cannot be forecast last."""
    in_time = 1.0 if forecast.in_time is None else forecast.in_time
    return forecast.cannot is not None, in_time, -(forecast.age or 0)


def _cannot(law: RemainingTime, known: FlowData) -> str | None:
    """Why no item can be forecast, or ``None``."""
    from vsm.flow.remaining import MIN_FINISHED

    if not law.finished:
        return _nothing_finished(law, known)
    if law.finished < MIN_FINISHED:
        return (
            f"{count(law.finished, 'item')} finished with a known start:"
            f" at least {MIN_FINISHED} are needed"
        )
    latest = float(law.ends[-1])
    if law.now - latest > SILENCE:
        last = local(round(latest * DAY), known.stream.zone).date()
        return f"nothing has finished since {day(last)}; --as-of {last} forecasts as of then"
    return None


def _nothing_finished(law: RemainingTime, known: FlowData) -> str:
    """Why not one item is known to have finished after it was in progress."""
    finished = int(known.flow.finished.sum())
    if finished:
        have = "has" if finished == 1 else "have"
        return f"{count(finished, 'item')} {have} finished, but none was seen in progress before"
    if law.ends.size:
        return f"no item has finished yet: of {law.ends.size:,} that ended all were dropped or left"
    return "no item has finished yet"


def _odds(share: float, ahead: float) -> float:
    """Odds that are never certain, unless the time is over."""
    return 0.0 if ahead <= 0 else min(max(share, LEAST), SUREST)


class _Maker:
    """Makes the forecasts of items from what is known of their stream."""

    def __init__(
        self,
        known: FlowData,
        law: RemainingTime,
        item_ids: Ints,
        zone: str,
        today: int,
        sle: int | None,
        cannot: str | None,
    ) -> None:
        self.known, self.law, self.zone = known, law, zone
        self.item_ids = item_ids  # by place in the history that the law knows
        self.today, self.sle, self.cannot = today, sle, cannot
        self._ends: dict[date, float] = {}
        self._ages: dict[int, int] = {}

    def forecasts(self, items: list[tuple[int, Listed]]) -> list[ItemForecast]:
        """The forecasts of items, given by their places in the history."""
        import numpy as np

        stays = {}
        if self.cannot is None:
            held = self.law.stays.open_at(self.law.now)
            ids = self.item_ids[self.law.stays.item[held]].tolist()
            stays = dict(zip(ids, held.tolist(), strict=True))
        self._read_ages([row for row, _ in items])
        able = [(row, one) for row, one in items if one.card.id in stays]
        out = [self._without(row, one) for row, one in items if one.card.id not in stays]
        if not able:
            return out
        chosen = np.array([stays[one.card.id] for _, one in able], dtype=np.int64)
        outlook = self.law.outlook(chosen)
        needed = [self._needed(row, one) for row, one in able]
        ahead = np.array([self._days_to(by) for by, _ in needed])
        within = [outlook.within(np.full(chosen.size, float(n))).tolist() for n in WITHIN_DAYS]
        in_time = outlook.within(np.where(np.isfinite(ahead), ahead, 0.0)).tolist()
        dates = [self._dates(outlook.days_until(odds)) for odds in ITEM_ODDS]
        seen = self._dates(outlook.seen)
        blocked = self.law.days_blocked(chosen).tolist()
        examples = self._examples(chosen, np.argsort(in_time, kind="stable")[:EXAMPLED])
        for n, (row, one) in enumerate(able):
            by, needed_for = needed[n]
            out.append(
                ItemForecast(
                    id=one.card.id,
                    key=one.card.key,
                    title=one.card.title,
                    stage=one.stage,
                    age=self._age(row),
                    needed_by=by,
                    needed_for=needed_for,
                    in_time=None if by is None else _odds(in_time[n], float(ahead[n])),
                    p50=dates[0][n],
                    p85=dates[1][n],
                    p95=dates[2][n],
                    seen_until=seen[n],
                    blocked=blocked[n] or None,
                    within=tuple(
                        (str(ahead), _odds(odds[n], ahead))
                        for ahead, odds in zip(WITHIN_DAYS, within, strict=True)
                    ),
                    undelivered=min(float(outlook.gone[n, -1]), SUREST),
                    alike=int(outlook.alike[n]),
                    examples=examples.get(n, ()),
                )
            )
        return out

    def _without(self, row: int, one: Listed) -> ItemForecast:
        known = self.known
        reason = self.cannot
        if reason is None and not known.is_ordered[row]:
            reason = BACKWARDS
        if reason is None and known.in_future[row]:
            reason = IN_FUTURE
        card, age = one.card, self._age(row) if known.is_timed[row] else None
        return ItemForecast(
            card.id, card.key, card.title, one.stage, age, cannot=reason or UNKNOWN_START
        )

    def _read_ages(self, rows: list[int]) -> None:
        import numpy as np

        ages = np.maximum(self.known.age_days(np.array(rows, dtype=np.int64), self.today), 1)
        self._ages = dict(zip(rows, ages.tolist(), strict=True))

    def _age(self, row: int) -> int:
        return self._ages[row]

    def _needed(self, row: int, one: Listed) -> tuple[date | None, NeededBy | None]:
        """The day by which an item is needed: its due date, else the end of the SLE."""
        if one.card.due is not None:
            return date.fromisoformat(one.card.due), NeededBy.DUE
        if self.sle is None:
            return None, None
        return day_of(self.today + self.sle - self._age(row)), NeededBy.SLE

    def _days_to(self, by: date | None) -> float:
        """Days from now to the end of a day."""
        if by is None:
            return inf
        if by not in self._ends:
            self._ends[by] = day_start(by + timedelta(days=1), self.zone) / DAY
        return self._ends[by] - self.law.now

    def _dates(self, ahead: Floats) -> list[date | None]:
        """The days that are so many days ahead; none for what is never."""
        now = self.law.now
        return [
            local(round((now + n) * DAY), self.zone).date() if isfinite(n) else None
            for n in ahead.tolist()
        ]

    def _examples(self, stays: Ints, rows: Ints) -> dict[int, tuple[tuple[int, str], ...]]:
        """By row the items that are alike, of these rows."""
        from vsm.flow.stays import DONE, OPEN

        words = {DONE: "finished {} later", OPEN: "still open {} later"}
        out = {}
        for row, examples in zip(
            rows.tolist(), self.law.examples(stays[rows], EXAMPLES), strict=True
        ):
            out[row] = tuple(
                (int(self.item_ids[one.item]), words.get(one.outcome, ENDED).format(after))
                for one in examples
                for after in [days(round(one.days, 1))]
            )
        return out
