"""Results of what-if: frozen values without numpy, which screens may import.

JSON is published from these annotations (:mod:`vsm.report.publish`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from vsm.report.publish import MOMENT, Name, follows

NARROW = 0.1
"""A range of the change that spans 0 and is narrower than this share of the figure before says that
there is no difference worth the name; a wider one says that it cannot be told."""
Value = Annotated[float, 2]
Share = Annotated[float, 3]


class Figure(StrEnum):
    """The figures that are compared."""

    THROUGHPUT = "throughput_per_week"
    CYCLE_TIME = "cycle_time_p85_days"
    WIP = "wip"


class Effect(StrEnum):
    """Whether a change makes a difference: none that can be told, unknown, or more or less."""

    NONE = "none"
    UNKNOWN = "unknown"
    MORE = "more"
    LESS = "less"


@dataclass(frozen=True, slots=True)
class Range:
    """The middle of all draws, and the ranges that hold 50% and 80% of them.

    All are null where nothing finished in any draw.
    """

    p50: Value | None
    low_50: Value | None
    high_50: Value | None
    low_80: Value | None
    high_80: Value | None


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure before and after a change, and the difference, draw by draw."""

    figure: Figure
    before: Range
    after: Range
    change: Range

    @property
    @follows("change")
    def effect(self) -> Effect:
        """Whether the change makes a difference to it."""
        low, high, middle = self.change.low_80, self.change.high_80, self.before.p50
        if low is None or high is None or middle is None:
            return Effect.UNKNOWN
        if low > 0:
            return Effect.MORE
        if high < 0:
            return Effect.LESS
        return Effect.NONE if high - low <= NARROW * abs(middle) else Effect.UNKNOWN


@dataclass(frozen=True, slots=True)
class ItemOdds:
    """The odds that so many items are finished by the end of a day."""

    items: int
    by: date
    before: Share
    after: Share


@dataclass(frozen=True, slots=True)
class PastError:
    """How far cycle times of earlier plays were off: the number of plays, and the factors by which
    the cycle times here are made longer, and their spread wider, for that.
    """

    plays: int
    longer_by: Value
    wider_by: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """A change to a stream, played for some weeks; ``cannot`` says why not, where it is not.

    ``changes`` are what is changed, in words; ``caveats`` what speaks against relying on it.
    """

    SCHEMA: ClassVar[str] = "vsm.whatif/1"

    stream: str
    zone: Annotated[str, Name("timezone")]
    as_of: Annotated[int, MOMENT]
    weeks: int
    draws: int
    changes: tuple[str, ...]
    cannot: str | None
    figures: tuple[Compared, ...] = ()
    odds: tuple[ItemOdds, ...] = ()
    past_error: PastError | None = None
    caveats: tuple[str, ...] = ()
