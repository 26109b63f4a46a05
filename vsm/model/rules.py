"""The definitions of flow, each once, in plain Python.

These are the reference for the figures: ``vsm.flow`` computes the same over columns and is
tested against this module. Definitions and sources: docs/metrics.md (the Kanban Guide and
Vacanti for start, finish, cycle time and age). Times are UTC microseconds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any, Literal, NamedTuple, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from vsm.model.item import Quality, Visit
from vsm.model.stream import Category, ValueStream

_T = TypeVar("_T", int, float)

SECOND = 1_000_000
DAY = 86_400 * SECOND
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)
"""Days that vsm works with: windows and zones reach past the ends of the calendar."""
EARLIEST, LATEST = -2_208_988_800 * SECOND, 32_503_680_000 * SECOND - 1
"""The first and the last moment of these days, in UTC microseconds."""
BOUNDS = f"between {FIRST_DAY.year} and {LAST_DAY.year}"
LEVELS = (50, 70, 85, 95)
"""Percentiles that times are shown by, in percent."""
NEXT_ITEMS, NEXT_PERCENT = 10, 85
"""The items of which the header says by when they are finished, and with what odds."""
EVEN = 0.5
"""Items with lower odds to be in time are likelier late than in time."""
SILENCE = 91
"""Days without a finish after which nothing is forecast any more."""
SLE_PERCENT = 85
"""The share of finished items, in percent, whose times are expected of others: the percentile of
the header, of ``stale`` and of what is late."""
RUN_BACKWARDS = "moves run backwards in time"
"""Reason why an item has no times: clocks differed, or it was imported out of order."""
CLOCK_TOLERANCE = 60 * SECOND
"""How far clocks may differ without a word about it on cards and beside moments."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


# -- time and zone ----------------------------------------------------------------


def to_micros(moment: datetime) -> int:
    """UTC microseconds of an aware datetime; raises ``ValueError`` for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a zone")
    return (moment - _EPOCH) // _MICRO


def from_micros(at: int) -> datetime:
    """The aware UTC datetime of a moment in microseconds."""
    return _EPOCH + timedelta(microseconds=at)


def iso(at: int) -> str:
    """UTC microseconds as JSON carries them: ISO 8601 in UTC, such as ``2026-03-31T15:00:00Z``."""
    return from_micros(at).isoformat().replace("+00:00", "Z")


def iso_or_none(at: int | None) -> str | None:
    """The same, where there may be no moment."""
    return None if at is None else iso(at)


@lru_cache(maxsize=64)
def zone_of(name: str) -> ZoneInfo:
    """The zone of an IANA name; raises ``ValueError`` that says how to name one."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(
            f"unknown time zone {name!r}: give an IANA name such as Europe/Berlin or UTC"
        ) from error


def local(at: int, zone: str) -> datetime:
    """A moment as a datetime in a zone."""
    return from_micros(at).astimezone(zone_of(zone))


def day_start(day: date, zone: str) -> int:
    """The first moment of a calendar day in a zone (00:00, or what follows a gap there)."""
    naive = datetime(day.year, day.month, day.day, tzinfo=zone_of(zone))
    return to_micros(naive.astimezone(UTC))


class Days:
    """Calendar days of one zone, fast: each day's first moment is worked out once."""

    def __init__(self, zone: str) -> None:
        self.zone = zone
        self._starts: list[int] = []
        self._numbers: list[int] = []
        self._reach = 8

    def _extend(self, at: int) -> None:
        # A board asks about few days, the figures of years about many.
        self._reach = min(2 * self._reach, 400)
        around = local(at, self.zone).date()
        first, last = around - timedelta(self._reach), around + timedelta(self._reach)
        known = set(self._numbers)
        rows = list(zip(self._starts, self._numbers, strict=True))
        for n in range(first.toordinal(), last.toordinal() + 1):
            number = n - _EPOCH_ORDINAL
            if number not in known:
                rows.append((day_start(date.fromordinal(n), self.zone), number))
        rows.sort()
        self._starts = [r[0] for r in rows]
        self._numbers = [r[1] for r in rows]

    def number(self, at: int) -> int:
        """Ordinal of the local day that holds the moment: days since 1970-01-01."""
        while True:
            place = bisect_right(self._starts, at)
            if (
                0 < place < len(self._starts)
                and self._numbers[place] == self._numbers[place - 1] + 1
            ):
                return self._numbers[place - 1]
            self._extend(at)

    def between(self, first: int, last: int) -> int:
        """Inclusive count of days: begun and ended on one day is 1."""
        return self.number(last) - self.number(first) + 1

    def until(self, day: str, now: int) -> int:
        """Days from the local day of ``now`` to an ISO date; below 0 where that has passed."""
        return number_of_day(date.fromisoformat(day)) - self.number(now)


def number_of_day(day: date) -> int:
    """The days since 1970-01-01 of a date."""
    return day.toordinal() - _EPOCH_ORDINAL


def day_of(number: int) -> date:
    """The date of a day ordinal as :class:`Days` counts them."""
    return date.fromordinal(number + _EPOCH_ORDINAL)


# -- start, finish, furthest -------------------------------------------------------


Span = tuple[int, int]
"""A beginning and an end in UTC microseconds."""
Entries = Iterable[tuple[Any, ...]]
"""Entries into stages in their order: tuples that begin with (moment, stage id)."""


def start_at(entries: Entries, stream: ValueStream) -> int | None:
    """When the item started: its first entry into a working stage at or after the commitment.

    It never moves, not by going back to the backlog, finishing, dropping or reopening.
    """
    starting = stream.starting
    for entry in entries:
        if entry[1] in starting:
            return int(entry[0])
    return None


def finish_at(entries: Sequence[tuple[Any, ...]], stream: ValueStream) -> int | None:
    """When the item finished: its last entry into ``done`` from outside, if it is in done now."""
    finish: int | None = None
    finished = stream.finished
    for entry in reversed(entries):
        if entry[1] not in finished:
            break
        finish = entry[0]
    return finish


def start_of(visits: Iterable[Visit], stream: ValueStream) -> int | None:
    """:func:`start_at` of an item's visits."""
    return start_at(((v.entered, v.stage) for v in visits), stream)


def finish_of(visits: Iterable[Visit], stream: ValueStream) -> int | None:
    """:func:`finish_at` of an item's visits."""
    return finish_at([(v.entered, v.stage) for v in visits], stream)


def as_of(visits: Iterable[Visit], moment: int) -> list[Visit]:
    """The visits as they were known at a moment: later ones gone, those left later open.

    They are known in the order of the journal: up to the last one that began by the moment. So a
    move by a clock that was ahead is known once a later move shows that it had happened.
    """
    known = list(visits)
    while known and known[-1].entered > moment:
        known.pop()
    if known and (known[-1].left is None or known[-1].left > moment):
        known[-1] = Visit(known[-1].stage, known[-1].entered)
    return known


def runs_backwards(entries: Entries) -> bool:
    """Whether an entry carries an earlier moment than the one before it: a clock was wrong.

    Such an item has a negative time somewhere, so none of its durations can be relied on.
    """
    return any(after[0] < before[0] for before, after in pairwise(entries))


State = Literal["not started", "in progress", "finished", "dropped"]


def state_of(visits: Sequence[Visit], stream: ValueStream) -> State:
    """``not started``, ``in progress``, ``finished`` or ``dropped``, by the stage held last."""
    category = stream.stage(visits[-1].stage).category
    if category is Category.DONE:
        return "finished"
    if category is Category.DROPPED:
        return "dropped"
    return "not started" if start_of(visits, stream) is None else "in progress"


class Times(NamedTuple):
    """Start and finish of an item in a stream, and its inclusive days of cycle and lead time.

    Its age counts from ``age_from``: the start, moved on by the whole days in another stream since.
    """

    start: int | None
    finish: int | None
    cycle: int | None
    lead: int | None
    age_from: int | None


def times_of(
    entries: Sequence[tuple[Any, ...]],
    stream: ValueStream,
    days: Days,
    quality: Quality,
    absences: Sequence[Span] = (),
) -> Times:
    """The times of an item from its entries into a stream's own stages.

    A truncated history has no start that could be relied on, so no age and no cycle time. One that
    runs backwards in time has no durations at all: it is finished, and took nobody knows how long.
    Whole days in another stream are part of no duration.
    """
    start = start_at(entries, stream) if quality is not Quality.TRUNCATED else None
    finish = finish_at(entries, stream)
    backwards = runs_backwards(entries)
    age_from = start
    if start is not None and absences and not backwards:
        number = days.number(start)
        away = days_elsewhere(absences, days, start)
        age_from = day_start(day_of(number + away), days.zone) if away else start
    if finish is None or backwards:
        return Times(start, finish, None, None, age_from)
    cycle, lead = (
        None
        if since is None
        else days.between(since, finish) - days_elsewhere(absences, days, since, finish)
        for since in (start, entries[0][0])
    )
    return Times(start, finish, cycle, lead, age_from)


def absences_of(visits: Iterable[Visit]) -> list[Span]:
    """When an item was in another stream, from its visits to the stages of this one."""
    return [
        (before.left, after.entered)
        for before, after in pairwise(visits)
        if before.left is not None and before.left < after.entered
    ]


def days_elsewhere(
    absences: Iterable[Span], days: Days, since: int, until: int | None = None
) -> int:
    """Whole local days in another stream, in absences from a moment on and over by another."""
    return sum(
        max(0, days.number(back) - days.number(gone) - 1)
        for gone, back in absences
        if gone >= since and (until is None or back <= until)
    )


def furthest(visits: Iterable[Visit], stream: ValueStream) -> int:
    """The highest place in the stream's order that the item has reached."""
    return max(stream.index[v.stage] for v in visits)


def visits_of(moves: Iterable[tuple[int, int]]) -> list[Visit]:
    """Fold ``(at, stage)`` entries, in order, into visits; entering where one is is no move."""
    entries: list[tuple[int, int]] = []
    current: int | None = None
    for at, stage in moves:
        if stage != current:
            entries.append((at, stage))
            current = stage
    stays = [Visit(stage, at, left) for (at, stage), (left, _) in pairwise(entries)]
    if entries:
        stays.append(Visit(entries[-1][1], entries[-1][0]))
    return stays


# -- statistics --------------------------------------------------------------------


def nearest_rank(ordered: Sequence[_T], percent: int) -> _T:
    """The smallest value such that at least ``percent``% of the values are at most it.

    ``ordered`` is sorted and not empty; rank ⌈percent·n/100⌉. Never interpolated, so that
    "85% took 9 days or less" is true.
    """
    if not ordered:
        raise ValueError("no percentile of no values")
    rank = max(1, -(-percent * len(ordered) // 100))
    return ordered[rank - 1]
