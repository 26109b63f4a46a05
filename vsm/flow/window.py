"""The window of the figures: whole local days, cut at as-of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from vsm.flow.days import local_day
from vsm.flow.history import Ints, Mask
from vsm.model.errors import BadInput
from vsm.model.rules import DAY, FIRST_DAY, day_start

WINDOW_DAYS = 90
"""Default length of the window."""

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Window:
    """Whole local days ``first…last`` as dates, and the moments ``[begin, end)`` up to as-of.

    ``today`` is the day of ``as_of`` (UTC microseconds); days after it are in the window but empty.
    """

    first: date
    last: date
    begin: int
    end: int
    today: date
    zone: str
    as_of: int

    @property
    def days(self) -> tuple[date, ...]:
        """The days of the window up to as-of, in order."""
        last = min(self.last, self.today)
        return tuple(self.first + timedelta(days=n) for n in range((last - self.first).days + 1))

    @property
    def first_number(self) -> int:
        """The first day as days since 1970-01-01."""
        return (self.first - _EPOCH).days

    @property
    def length(self) -> float:
        """Days of 24 hours that the window covers; 0 if all of it is after as-of."""
        return max(0, self.end - self.begin) / DAY

    def holds(self, moments: Ints) -> Mask:
        """Whether each moment lies in the window."""
        inside: Mask = (moments >= self.begin) & (moments < self.end)
        return inside

    def part(self, moments: Ints) -> slice:
        """The slice of ascending moments that lie in the window."""
        return slice(*np.searchsorted(moments, (self.begin, self.end)).tolist())


def window(first: date | None, last: date | None, zone: str, as_of: int) -> Window:
    """The window of these days; by default the 90 days that end on ``last`` or on as-of's day.

    Raises :class:`~vsm.model.errors.BadInput` if it ends before it begins or begins before 1900.
    """
    today = local_day(as_of, zone)
    end_day = last or today
    begin_day = first or end_day - timedelta(days=WINDOW_DAYS - 1)
    if begin_day > end_day:
        raise BadInput(
            f"the window begins on {begin_day}, after its end on {end_day}",
            "give a first day that is not after the last",
        )
    if begin_day < FIRST_DAY:
        raise BadInput(f"the window begins on {begin_day}", f"give a first day from {FIRST_DAY} on")
    return Window(
        begin_day,
        end_day,
        begin=day_start(begin_day, zone),
        end=min(day_start(min(end_day, today) + timedelta(days=1), zone), as_of + 1),
        today=today,
        zone=zone,
        as_of=as_of,
    )
