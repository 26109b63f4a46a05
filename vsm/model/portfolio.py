"""The portfolio: objectives, initiatives that serve them, and what they are worth and cost.

Amounts are in the one currency of the portfolio, or in points. Nothing here ever stops an
initiative by itself: figures put a question, people decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class InitiativeState(StrEnum):
    """Where an initiative is in its life."""

    FUNNEL = "funnel"
    REVIEWING = "reviewing"
    ANALYSING = "analysing"
    READY = "ready"
    IMPLEMENTING = "implementing"
    DELIVERED = "delivered"
    STOPPED = "stopped"
    PIVOTED = "pivoted"

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be done for it."""
        return self in (self.DELIVERED, self.STOPPED, self.PIVOTED)


class DelayProfile(StrEnum):
    """The way in which value is lost while an initiative is late."""

    LINEAR = "linear"
    """The same every week."""
    DEADLINE = "deadline"
    """Nothing up to a day, then all of it at once."""
    WINDOW = "window"
    """So much a week, in a season alone."""
    DECAY = "decay"
    """Ever less a week: others come first."""


@dataclass(frozen=True, slots=True)
class CostOfDelay:
    """What it costs that an initiative is not there yet; amounts likely, weeks from now.

    ``per_week`` is for all profiles but a deadline, which has the ``loss`` of being late.
    ``first`` and ``last`` are the weeks of a window or, as ``last``, that of a deadline;
    ``half_life`` is the weeks after which half of what a week costs is left.
    """

    profile: DelayProfile = DelayProfile.LINEAR
    per_week: float = 0.0
    loss: float = 0.0
    first: float = 0.0
    last: float = 0.0
    half_life: float = 0.0


@dataclass(frozen=True, slots=True)
class Benefit:
    """What an initiative is worth once it is delivered, a week and up to an end.

    ``last_week`` counts weeks from now: a benefit that a season or a contract ends ends then,
    however late the initiative is. ``probability`` is that of there being any.
    """

    low: float
    likely: float
    high: float
    last_week: int
    probability: float = 1.0
