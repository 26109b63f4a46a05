"""Results on what the working days of teams went to: frozen values without numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from vsm.report.publish import HIDDEN

Amount = Annotated[float, 2]
Share = Annotated[float, 3]


@dataclass(frozen=True, slots=True)
class ObjectiveDays:
    """Working days of teams that went to an objective."""

    objective: str
    days: Amount
    items: Annotated[tuple[tuple[int, str], ...], HIDDEN] = ()
    """Items by id with the days that they took, those that took most first."""


@dataclass(frozen=True, slots=True)
class TeamShare:
    """Working days of a team, by the objectives that they went to; ``unaligned`` ones to none."""

    team: str
    days: Amount
    objectives: tuple[ObjectiveDays, ...]
    unaligned: Amount


@dataclass(frozen=True, slots=True)
class UnalignedWork:
    """Work of a flow type in a stream that served no objective, and how many items it was on."""

    stream: str
    type: str
    days: Amount
    items: int
    behind: Annotated[tuple[tuple[int, str], ...], HIDDEN] = ()
    """The items by id with the days that they took, those that took most first."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """Working days of teams in the last 90 days, by what they went to."""

    days: Amount
    teams: tuple[TeamShare, ...]
    objectives: tuple[ObjectiveDays, ...]
    unaligned: tuple[UnalignedWork, ...]

    def spent_on(self, objective: str) -> ObjectiveDays | None:
        """The days that went to an objective; ``None`` where none did."""
        return next((one for one in self.objectives if one.objective == objective), None)

    def share(self, objective: str) -> float:
        """The share of all days that went to an objective."""
        spent = self.spent_on(objective)
        return 0.0 if spent is None else spent.days / self.days

    @property
    def unaligned_share(self) -> float:
        """The share of all days that went to no objective."""
        return sum(one.unaligned for one in self.teams) / self.days
