"""Lead times of changes with their parts, and orders of moments that cannot be right."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from vsm.model.delivery import Change

PARTS = ("code", "pick_up", "review", "deploy")
"""First commit to proposal, to first review, to merge, to users."""


@dataclass(frozen=True, slots=True)
class LeadTime:
    """How long a change took, in microseconds; ``None``: not known.

    ``impossible`` says what came before what it follows: then no time of the change counts.
    """

    change: Change
    deployed_at: int | None
    total: int | None
    code: int | None
    pick_up: int | None
    review: int | None
    deploy: int | None
    impossible: str = ""
    is_unreviewed: bool = False
    """It was merged before anybody else reviewed it."""

    @property
    def counts(self) -> bool:
        """Whether the median counts it: it is live, in a possible order, and no revert."""
        return self.total is not None and not self.change.is_revert


def lead_time(change: Change, deployed_at: int | None) -> LeadTime:
    """The lead time of a change that went live at a moment, or has not (``None``).

    A review after the merge is none: what happened between proposal and merge was no review.
    """
    first, proposed, merged = change.first_commit_at, change.proposed_at, change.merged_at
    reviewed, late = change.reviewed_at, False
    if reviewed is not None and merged is not None and reviewed > merged:
        reviewed, late = None, True
    wrong = _wrong_order(
        (
            ("first commit", first),
            ("proposed", proposed),
            ("reviewed", reviewed),
            ("merged", merged),
            ("deployed", deployed_at),
        )
    )
    if wrong:
        return LeadTime(change, deployed_at, None, None, None, None, None, wrong, late)
    return LeadTime(
        change,
        deployed_at,
        _span(first, deployed_at),
        _span(first, proposed),
        _span(proposed, reviewed),
        _span(reviewed, merged),
        _span(merged, deployed_at),
        "",
        late,
    )


def _span(start: int | None, end: int | None) -> int | None:
    return None if start is None or end is None else end - start


def _wrong_order(steps: tuple[tuple[str, int | None], ...]) -> str:
    """Which steps came before the one that they follow, in words."""
    known = [(name, at) for name, at in steps if at is not None]
    wrong = (
        f"{later} before {earlier}"
        for (earlier, before), (later, after) in pairwise(known)
        if after < before
    )
    return ", ".join(wrong)
