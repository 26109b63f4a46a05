"""Computes how loaded a team is: its utilisation, the wait to expect, and what it lacks.

A team of c people works on ``c · focus`` items at a time: its slots. ``focus`` is measured; it is
below 1 where people work in pairs or have other work too, above 1 where they work on several items
at once. Utilisation is λτ over the slots, the wait follows Erlang's formula
(:func:`vsm.flow.queueing.mean_wait`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, inf

from vsm.flow.queueing import mean_wait

SATURATED = 0.85
"""The utilisation from which on a team is saturated: small surprises make long queues."""
AIM = 0.8
"""The utilisation to which people are added."""
STEP = 0.25
"""People are added in such parts of one."""
MOST_UTILISATION = 0.98
"""The utilisation beyond which no wait is expected of a single week."""
_EXACT = 1e-9


@dataclass(frozen=True, slots=True)
class Load:
    """λ visits a working day, each ``work`` (τ) working days, for so many people (c).

    ``variation`` is the mean of the squared coefficients of variation of arrivals and work.
    """

    arrivals: float
    work: float
    people: float
    focus: float = 1.0
    variation: float = 1.0

    @property
    def slots(self) -> float:
        """The items that are worked on at a time."""
        return self.people * self.focus

    @property
    def demand(self) -> float:
        """The slots that arrivals would keep busy: λτ."""
        return self.arrivals * self.work

    @property
    def utilisation(self) -> float:
        """λτ over the slots, infinite where there are none."""
        if not self.demand:
            return 0.0
        return self.demand / self.slots if self.slots > 0 else inf

    @property
    def wait(self) -> float:
        """The mean wait of a visit in working days; infinite where the queue only grows."""
        if not self.demand:
            return 0.0
        if self.utilisation >= 1:
            return inf
        return mean_wait(self.slots, self.utilisation, self.work, self.variation)

    def with_more(self, people: float) -> Load:
        """The same with so many people more, or fewer."""
        return replace(self, people=max(0.0, self.people + people))


def smallest_addition(weeks: Sequence[Load], aim: float = AIM) -> float:
    """The fewest people, in quarters, with which no week has more utilisation than ``aim``."""
    lacks = max(
        (week.demand / (aim * week.focus) - week.people for week in weeks if week.focus > 0),
        default=0.0,
    )
    return max(0, ceil(lacks / STEP - _EXACT)) * STEP


def waiting_item_days(weeks: Sequence[Load], working_days: Sequence[float]) -> float:
    """The item-days that items wait in so many weeks.

    In each week the queue is the larger of two: what more has arrived than passed so far, and what
    the formula expects at that utilisation, at most that of 98%: a longer queue takes more than a
    week to build up.
    """
    surplus = total = 0.0
    for load, days in zip(weeks, working_days, strict=True):
        if not load.demand:
            continue
        passes = load.slots / load.work
        before, surplus = surplus, max(0.0, surplus + (load.arrivals - passes) * days)
        expected = 0.0
        if load.slots > 0:
            used = min(load.utilisation, MOST_UTILISATION)
            expected = load.arrivals * mean_wait(load.slots, used, load.work, load.variation)
        total += days * max((before + surplus) / 2, expected)
    return total
