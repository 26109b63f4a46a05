"""Rules that make facts: what they find, and how they are declared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vsm.features.reports.results import Evidence, Value
from vsm.model.report import ReportKind
from vsm.report.wording import listed

if TYPE_CHECKING:
    from vsm.features.reports.sources import Sources

SHOWN = 3
"""Items that a sentence names; the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A fact as a rule finds it; ``at`` tells it from others of the rule, and stays the same.

    ``size`` is from 0 to 1: how much of the work, or of the odds, it is about.
    """

    at: str
    severity: int
    about: str
    subject: str
    template: str
    values: dict[str, Value]
    evidence: Sequence[Evidence] = ()
    confidence: float | None = None
    size: float = 0.0
    needs_decision: bool = False
    why: tuple[str, ...] = ()
    is_of_items: bool = False
    """Whether it is about its items: others of them make another fact, not the same once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule: what it looks at, from which threshold on, and how its flags are judged.

    A repeated fact of it stands below the new ones, and for ``cooldown_days`` below the fold. Its
    flags are judged by ``outcome``; without one it says what is so.
    """

    id: str
    title: str
    threshold: str
    kinds: frozenset[ReportKind]
    find: Callable[[Sources], Iterable[Finding]]
    cooldown_days: int = 7
    outcome: str = ""
    version: int = 1
    is_moment: bool = False
    """Whether it tells of the window alone: what it said is not over, it was then."""
    of_now: bool = False
    """Whether it knows only how things stand now."""
    can_look: Callable[[Sources], bool] = lambda of: True
    """Whether it can judge at all: where it cannot, what it said before is not over."""


@dataclass(slots=True)
class Score:
    """Of ``flagged`` things ``right`` came true; of ``came`` in all, ``caught`` were flagged."""

    flagged: int = 0
    right: int = 0
    came: int | None = None
    caught: int | None = None


def some(names: Sequence[str], most: int = SHOWN) -> str:
    """The first of some names; of more than these the rest is counted."""
    return listed(names, most)
