"""A control: when it applies, what it checks, what its examples say; modes, verdicts, waivers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

WAIVER_DAYS, WAIVED_DAYS = 90, 30
"""Most days of a waiver, and its days where nobody says more."""
DISPLAYED = 12
"""Digits of a version that are shown."""


class Mode(StrEnum):
    """How hard a control binds."""

    OFF = "off"
    SUPPORTIVE = "supportive"
    """It advises: a move goes through, the verdict is recorded."""
    CONTROLLING = "controlling"
    """A move goes through only where it passes or a waiver covers it."""
    DIRECTIVE = "directive"
    """As controlling; beside that only the PMO ranks, and gives work to teams."""

    @property
    def binds(self) -> bool:
        """Whether a move is refused that does not pass."""
        return self in (Mode.CONTROLLING, Mode.DIRECTIVE)

    @property
    def mark(self) -> str:
        """One character for lists."""
        return "-" if self is Mode.OFF else self.value[0]


class Severity(StrEnum):
    """How much it matters that a control does not pass."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Verdict(StrEnum):
    """The answer of a control."""

    PASS = "pass"
    FAIL = "fail"
    INDETERMINATE = "indeterminate"
    """Facts are missing, or the check cannot be evaluated."""
    WAIVED = "waived"
    """It does not pass, and a waiver covers it."""
    NOT_APPLICABLE = "not_applicable"


class Disposition(StrEnum):
    """What came of a verdict (the words of Gemara's enforcement log)."""

    CLEAR = "clear"
    """It passed."""
    ENFORCED = "enforced"
    """The move was refused."""
    TOLERATED = "tolerated"
    """The move went through all the same."""
    UNDETERMINED = "undetermined"
    """It went through although nobody can say whether it passes."""


class WaiverState(StrEnum):
    """How far a waiver has come."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Control:
    """A rule on changes. ``applies`` says at which moves, ``filter`` to which items."""

    id: int
    name: str
    title: str
    why: str
    applies: str
    filter: str
    rule: str
    remedy: str
    severity: str
    owner: str | None
    refs: tuple[str, ...]
    examples: tuple[str, ...]
    template: str

    @property
    def text(self) -> str:
        """All that makes it what it is, in one order; its version is the hash of this."""
        values = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in _NOT_TEXT}
        return json.dumps(values, ensure_ascii=False, sort_keys=True)

    @property
    def version(self) -> str:
        """The first digits of the SHA-256 of :attr:`text`."""
        return _version(self)


@lru_cache(maxsize=512)
def _version(control: Control) -> str:
    return hashlib.sha256(control.text.encode()).hexdigest()[:DISPLAYED]


_NOT_TEXT = ("id", "owner")


@dataclass(frozen=True, slots=True)
class ModeSetting:
    """A decision on the mode of a stream, or of one control in it, from a day on (ISO)."""

    id: int
    number: str
    only: int
    control: int | None
    value: str
    start: str
    until: str | None
    reason: str
    lead: str | None
    decided_by: str
    decided_at: int

    def holds(self, day: str) -> bool:
        """Whether it holds on a day."""
        return self.start <= day and (self.until is None or day <= self.until)


def settings_on(
    settings: Iterable[ModeSetting], stream: int, day: str
) -> dict[int | None, ModeSetting]:
    """The decisions that hold in a stream on a day, by control (``None``: of all).

    One that begins later goes before an earlier one.
    """
    holding = (s for s in settings if s.only == stream and s.holds(day))
    return {s.control: s for s in sorted(holding, key=lambda s: (s.start, s.id))}


def setting_of(
    settings: Iterable[ModeSetting], stream: int, control: int | None, day: str
) -> ModeSetting | None:
    """The decision on the mode of a control (``None``: of all) in a stream that holds on a day.

    A control's own mode goes before the stream's.
    """
    holding = settings_on(settings, stream, day)
    return holding.get(control) or holding.get(None)


def mode_of(settings: Iterable[ModeSetting], stream: int, control: int | None, day: str) -> Mode:
    """The mode of a control (``None``: of all) in a stream on a day."""
    setting = setting_of(settings, stream, control, day)
    return Mode.OFF if setting is None else Mode(setting.value)


@dataclass(frozen=True, slots=True)
class Waiver:
    """A permit not to pass a control, for one item, for items with a label, or for a whole stream.

    Moments are UTC microseconds, ``start`` and ``until`` ISO days, both included.
    """

    id: int
    number: str
    control: int
    only: int | None
    key: str
    label: str
    reason: str
    start: str
    until: str
    state: str
    asked_by: str
    asked_at: int
    answered_by: str | None
    answered_at: int | None

    def covers(self, stream: int, key: str, labels: Iterable[str], day: str) -> bool:
        """Whether it covers an item of a stream on a day."""
        return (
            self.state == WaiverState.GRANTED
            and self.start <= day <= self.until
            and self.only in (None, stream)
            and (not self.key or self.key.casefold() == key.casefold())
            and (not self.label or self.label.casefold() in {n.casefold() for n in labels})
        )

    @property
    def scope(self) -> str:
        """What it covers, in words: ``PAY-7``, ``items labelled pilot``, ``the whole stream``."""
        if self.key:
            return self.key
        return f"items labelled {self.label}" if self.label else "the whole stream"


@dataclass(frozen=True, slots=True)
class Alias:
    """A login elsewhere (``name``) that is a member."""

    id: int
    name: str
    member: int


class Result(NamedTuple):
    """The verdict of one control on a change.

    ``facts`` is the hash of the facts that the rules called by the change name, with the stream
    and the moment.
    """

    control: int
    version: str
    verdict: Verdict
    disposition: Disposition
    mode: Mode
    facts: str = ""
    missing: tuple[str, ...] = ()
    problem: str = ""
    waiver: int | None = None
