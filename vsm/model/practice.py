"""Settings of how a board is kept, for where its log misleads, and when vsm asks about them."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class _Practice(StrEnum):
    """A setting of how a board is kept."""

    @property
    def words(self) -> str:
        """What screens and texts call it."""
        return _WORDS[self.value][0]

    @property
    def shown(self) -> str:
        """The words of what was set; empty where the log decides."""
        return "" if self.value == "as-logged" else self.words

    @property
    def help(self) -> str:
        """What it means, in a few words."""
        return _WORDS[self.value][1]


class StageBehaviour(_Practice):
    """What happens to items in a queue or active stage."""

    AS_LOGGED = "as-logged"
    WORK_ENDS = "work-ends"
    SCHEDULED = "scheduled"
    WORKED = "worked"


class MoveEntry(_Practice):
    """When people enter moves on the board."""

    AS_LOGGED = "as-logged"
    AT_ONCE = "at-once"
    IN_SESSIONS = "in-sessions"
    BY_DAY = "by-day"


_WORDS = {
    "as-logged": ("as the log shows", "vsm reads it from the moves"),
    "work-ends": ("work ends here", "items stay here for good"),
    "scheduled": ("released on schedule", "a release train, a nightly gate"),
    "worked": ("worked", "none of these, despite the log"),
    "at-once": ("entered at once", "times of moves are exact"),
    "in-sessions": ("entered in sessions", "such as a stand-up"),
    "by-day": ("entered by day", "only the day of a move is known"),
}

MIN_ARRIVALS = 10
"""With fewer arrivals in a stage nothing follows from how few items left it."""
MOST_DEPARTURES = 0.05
"""Work seems to end in a stage that at most this share of its items ever left."""


class StageTraffic(NamedTuple):
    """A stage, how often an item came into it, and how often one left."""

    stage: str
    arrivals: int
    departures: int

    @property
    def seems_final(self) -> bool:
        """Whether so few items left that work may end here."""
        return seems_final(self.arrivals, self.departures)

    @property
    def counts(self) -> str:
        """The counts in words: ``12 arrivals, 0 departures``."""
        left = "1 departure" if self.departures == 1 else f"{self.departures:,} departures"
        return f"{self.arrivals:,} arrivals, {left}"


def seems_final(arrivals: int, departures: int) -> bool:
    """Whether work seems to end in a queue or active stage: items come, and hardly any leaves."""
    return arrivals >= MIN_ARRIVALS and departures <= MOST_DEPARTURES * arrivals
