"""Items whose recorded moments contradict their order, as results: somebody's clock was wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from vsm.report.publish import ITEM


@dataclass(frozen=True, slots=True)
class SkewedItems:
    """Items whose times cannot be right: how many, and the keys of the first hundred."""

    items: int
    keys: tuple[Annotated[int, ITEM], ...]


@dataclass(frozen=True, slots=True)
class SkewSummary:
    """What was recorded by clocks that differed, or imported out of order.

    The moves of ``backwards`` run backwards in time; an entry of ``in_future`` carries a later
    moment than as-of. ``blockers`` end before they begin.
    """

    items: int
    backwards: SkewedItems
    in_future: SkewedItems
    blockers: int


NAMED = 100
"""How many items of either kind of clock skew the JSON names."""


@dataclass(frozen=True, slots=True)
class ClockSkew:
    """Items whose recorded moments contradict their order, by id: somebody's clock was wrong.

    ``backwards`` are those with an entry that carries an earlier moment than the one before it;
    ``in_future`` the others with an entry that carries a later moment than as-of, though it is
    recorded. ``finished`` counts those of the former that finished in the window: lead time and
    time in stage leave them out. ``ages`` counts items in progress that age leaves out, as they
    started after as-of; ``blockers`` those that end before they begin. ``keys`` name the first
    :data:`NAMED` items of both.
    """

    backwards: tuple[int, ...] = ()
    in_future: tuple[int, ...] = ()
    finished: int = 0
    ages: int = 0
    blockers: int = 0
    keys: tuple[tuple[int, str], ...] = ()

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.backwards or self.in_future or self.ages or self.blockers)

    @property
    def named(self) -> tuple[int, ...]:
        """The items that are named by key, at most :data:`NAMED` of each kind."""
        return (*self.backwards[:NAMED], *self.in_future[:NAMED])

    @property
    def summary(self) -> SkewSummary:
        """How many there are, and the first by key."""
        return SkewSummary(
            len(self.backwards) + len(self.in_future),
            SkewedItems(len(self.backwards), self.backwards),
            SkewedItems(len(self.in_future), self.in_future),
            self.blockers,
        )


NO_SKEW = ClockSkew()
