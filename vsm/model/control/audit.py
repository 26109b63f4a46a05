"""Populations and texts of controls, as auditors ask for them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from vsm.model.control.control import Control
from vsm.model.control.evidence import Evidence


class Counting(StrEnum):
    """Which items make up a population."""

    DEPLOYED = "deployed"
    """Those that were deployed to production in the window."""
    FINISHED = "finished"
    """Those that were finished in it."""
    ACTIVE = "active"
    """Those that existed in it: made before its end, not finished or dropped before it began."""


class Counted(NamedTuple):
    """An item of a population: the moment that it counts by, and the entry that says so."""

    item: int
    at: int
    seq: int
    dropped: bool = False


class LeftOut(NamedTuple):
    """Deployments to an environment that do not count: it is no production, or they failed."""

    environment: str
    failed: bool
    deployments: int


class Handled(NamedTuple):
    """A record of evidence, by whom and when it went on record, and in which entry."""

    seq: int
    at: int
    by: str


@dataclass(frozen=True, slots=True)
class EvidenceChange:
    """A piece of evidence that was replaced by another record of it, or withdrawn by an undo.

    ``stream`` is that of its item when it was recorded.
    """

    evidence: Evidence
    stream: int
    recorded: Handled
    changed: Handled
    is_withdrawn: bool


@dataclass(frozen=True, slots=True)
class ControlText:
    """A control as it was from one moment up to another (``None``: it still is).

    ``seq`` is the entry of the journal that set it, ``by`` who did.
    """

    control: Control
    seq: int
    since: int
    by: str
    until: int | None = None


def text_at(texts: Iterable[ControlText], at: int) -> tuple[ControlText | None, bool]:
    """The text of one control at a moment, and whether it was set later than that.

    Before its first text that one counts; after it was removed there is none.
    """
    first: ControlText | None = None
    for text in texts:
        first = first or text
        if text.since <= at and (text.until is None or at < text.until):
            return text, False
    if first is not None and at < first.since:
        return first, True
    return None, False


def population_hash(keys: Iterable[str]) -> str:
    """The SHA-256 of keys, sorted, one a line."""
    return hashlib.sha256("\n".join(sorted(keys)).encode()).hexdigest()


def draw(keys: Iterable[str], seed: str, count: int) -> list[str]:
    """So many keys, the first ones by the SHA-256 of seed and key: anybody can draw them again."""
    return sorted(keys, key=lambda key: hashlib.sha256((seed + key).encode()).digest())[:count]


SIZES = ((250, 25), (52, 20), (12, 5), (0, 2))
"""More changes a year than this → so many are looked at, as audit firms do."""


def sample_size(per_year: float) -> int:
    """How many changes of a population auditors usually look at."""
    return next((size for least, size in SIZES if per_year > least), 0)


FRAMEWORKS = {"soc2": "SOC 2", "gdpr": "GDPR", "800-53": "NIST SP 800-53"}
"""Frameworks by the word that references begin with, and what they are called."""


def framework_of(ref: str) -> str:
    """The framework that a reference names: ``SOC2 CC8.1`` → ``soc2``; empty without one."""
    word, space, rest = ref.partition(" ")
    return word.casefold() if space and rest.strip() else ""


def requirement_of(ref: str) -> str:
    """The requirement that a reference names: ``SOC2 CC8.1`` → ``CC8.1``."""
    return ref.partition(" ")[2].strip()
