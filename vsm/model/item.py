"""Work items, their blockers and links."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple


class ClassOfService(StrEnum):
    """How an item is to be treated against others."""

    EXPEDITE = "expedite"
    FIXED_DATE = "fixed-date"
    STANDARD = "standard"
    INTANGIBLE = "intangible"


class FlowType(StrEnum):
    """The four flow item types of the Flow Framework."""

    FEATURE = "feature"
    DEFECT = "defect"
    RISK = "risk"
    DEBT = "debt"


class BlockerKind(StrEnum):
    """Why an item cannot go on."""

    DEPENDENCY = "dependency"
    DECISION = "decision"
    DEFECT = "defect"
    ENVIRONMENT = "environment"
    EXTERNAL = "external"
    PEOPLE = "people"
    OTHER = "other"


class LinkKind(StrEnum):
    """How two items hang together; ``blocks`` and ``parent`` run from source to target."""

    BLOCKS = "blocks"
    RELATES = "relates"
    PARENT = "parent"

    def ends(self, source: str, target: str) -> tuple[str, str]:
        """The two ends as they are kept: ``relates`` has no direction, so it is kept sorted."""
        if self is LinkKind.RELATES and target < source:
            return target, source
        return source, target


class DependencyState(StrEnum):
    """What the two sides of a ``blocks`` link have agreed on."""

    PROPOSED = "proposed"
    """Asked for; the other side has not answered."""
    ACCEPTED = "accepted"
    """The other side will deliver."""
    DELIVERED = "delivered"
    """What was needed is there, whether or not the item is done: nobody waits any more."""
    BROKEN = "broken"
    """The other side will not deliver, or not in time."""


class Agreement(NamedTuple):
    """The state of a dependency and the date by which it is needed (ISO); either may be unsaid."""

    state: DependencyState | None = None
    need_by: str | None = None


class Quality(StrEnum):
    """How much of an item's history its source told."""

    FULL = "full"
    TRUNCATED = "truncated"
    ENDPOINTS_ONLY = "endpoints_only"


_DEFECT = ("bug", "defect", "incident", "fault", "problem", "error")
_DEBT = ("debt", "refactor", "chore", "maintenance", "cleanup", "clean-up")
_RISK = ("risk", "security", "compliance", "vulnerability", "audit", "privacy")


@lru_cache(maxsize=1024)
def flow_type(word: str) -> FlowType:
    """Map a team's own word for a type of work to one of the four flow types.

    Anything that is not recognised as defect, debt or risk is a feature: new value is what
    the other three are told apart from.
    """
    low = word.casefold()
    for kind, words in (
        (FlowType.DEFECT, _DEFECT),
        (FlowType.DEBT, _DEBT),
        (FlowType.RISK, _RISK),
    ):
        if any(w in low for w in words):
            return kind
    return FlowType.FEATURE


@dataclass(frozen=True, slots=True)
class Item:
    """A work item as it is now. Times are UTC microseconds; ``due`` is an ISO date."""

    id: int
    key: str
    stream: int
    stage: int
    rank: int
    title: str
    version: int
    entered: int
    created: int
    description: str = ""
    type: str = "feature"
    service: ClassOfService = ClassOfService.STANDARD
    owner: str | None = None
    team: int | None = None
    estimate: float | None = None
    due: str | None = None
    labels: tuple[str, ...] = ()
    parent: str | None = None
    archived: bool = False
    quality: Quality = Quality.FULL
    run: int | None = None
    block: Block | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """One interval in which an item could not go on; open while ``ended`` is ``None``."""

    id: int
    item: int
    kind: BlockerKind
    reason: str
    started: int
    ended: int | None = None
    by: str = ""


class Visit(NamedTuple):
    """One stay of an item in a stage, ``[entered, left)``; open while ``left`` is ``None``."""

    stage: int
    entered: int
    left: int | None = None


EDITABLE = (
    "title",
    "description",
    "type",
    "service",
    "owner",
    "team",
    "estimate",
    "due",
    "labels",
    "parent",
)
"""Names of the fields that people may edit, in the order in which forms show them."""
