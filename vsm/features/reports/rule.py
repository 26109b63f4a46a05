"""Rules that make facts: what they find, and how they are declared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vsm.features.reports.results import Evidence, Value
from vsm.model.report import ReportKind

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


def some(names: Sequence[str], most: int = SHOWN) -> str:
    """``A, B and C``; of more than these the rest is counted."""
    if len(names) <= most:
        return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"
