"""Commands about initiatives beside those of declared entities."""

from __future__ import annotations

from dataclasses import dataclass

from vsm.model.portfolio import DecisionKind, Hindsight


@dataclass(frozen=True, slots=True)
class DecideInitiative:
    """Decide on an initiative, for a reason, with the figures of the moment (JSON).

    ``review_on`` is an ISO day; without one it is looked at again after 90 days. ``over_limit``
    starts it although as many are under way as there should be.
    """

    initiative: int
    choice: DecisionKind
    reason: str
    facts: str = ""
    review_on: str | None = None
    over_limit: bool = False


@dataclass(frozen=True, slots=True)
class ReviewDecision:
    """Say whether a decision was right, as seen now."""

    decision: int
    hindsight: Hindsight
    note: str = ""
