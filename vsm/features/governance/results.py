"""Results about controls: frozen values without numpy, which screens may import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Annotated, Any, ClassVar

from vsm.model.control.control import Disposition, Mode, Severity, Verdict, WaiverState
from vsm.report.publish import HIDDEN, MOMENT, Name, follows

Share = Annotated[float, 3]
Days = Annotated[float, 1]

UNKNOWN_MOST = 0.3
"""Share of indeterminate verdicts above which a replay cannot tell."""

DEFINITIONS: Mapping[str, str] = MappingProxyType(
    {
        "entries": "Moves in the window that call for the control: it applies to the item, at that"
        " move, by its fields of then.",
        "blocked": "Entries at which the control fails, with the facts of then.",
        "indeterminate": "Entries at which facts that the control names were not on record. Where"
        " they are more than 30%, the replay cannot tell.",
        "bad": "Entries that proved bad within 30 days: the item went back to an earlier stage or"
        " was reopened, or a defect or incident was linked to it.",
        "too_young": "Entries whose 30 days are not over: nobody knows yet whether they prove bad,"
        " so they are no part of bad, precision and recall.",
        "judged_blocked": "Blocked entries whose 30 days are over.",
        "precision": "Share of the blocked entries that proved bad, of those whose 30 days are"
        " over, with its 95% interval (Wilson).",
        "recall": "Share of the bad entries that it would have blocked.",
        "wait_days": "Days from each blocked entry until the control passed, at the latest until"
        " the item finished, over all of them. Those that never passed are listed apart.",
        "cost.wait_days": "Days from the first refused try of a move to the one that passed, less"
        " the time in which the item was blocked. Where none passed: until the item went on without"
        " it or ended, or up to now.",
        "cost.waiting": "Items that were refused and have neither passed nor gone on since.",
        "cost.fixed_within_a_day": "Share of the refused tries after which one passed within a day;"
        " those of the last day that wait are left out.",
    }
)
"""Figure (its path in the JSON form) → what it means."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A share with its 95% interval (Wilson); all null where it is of nothing."""

    share: Share | None
    low: Share | None
    high: Share | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """A mode that begins later: which, of which control (null: all), when and why."""

    control: str | None
    mode: Mode
    start: Annotated[date, Name("from")]
    until: date | None
    reason: str
    decided_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlRow:
    """A control in a stream, with what it found in the last 30 days."""

    id: Annotated[int, HIDDEN]
    control: str
    title: str
    severity: Severity
    applies: str
    filter: str
    idle: str
    """Why it checks nothing in the stream: it names stages that are not there; empty: it does."""
    mode: Mode
    version: str
    checked: int
    passed: int
    failed: int
    indeterminate: int
    refused: int
    waived: int
    emergencies: int
    wait_days: Days
    refs: tuple[str, ...]
    is_later: Annotated[bool, HIDDEN]
    """Whether it was set after the moment that is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Governance:
    """The controls of a stream at a moment, its mode, and the modes that are announced."""

    SCHEMA: ClassVar[str] = "vsm.gov/1"
    stream: str
    as_of: Annotated[int, MOMENT]
    mode: Mode
    lead: str | None
    controls: tuple[ControlRow, ...]
    announced: tuple[Announced, ...]
    open_waivers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A piece of evidence that a verdict rests on."""

    kind: str
    ref: str
    at: Annotated[int, MOMENT]


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlResult:
    """The verdict of one control on a move that nobody has made yet."""

    control: str
    title: str
    version: str
    mode: Mode
    verdict: Verdict
    disposition: Disposition
    message: str
    missing: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    remedy: str
    template: str


@dataclass(frozen=True, slots=True)
class NextGate:
    """The stage that an item would enter next, and the verdicts on moving it there now."""

    stage: str
    results: tuple[ControlResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveCheck:
    """The verdicts on moving an item into a stage, at a moment."""

    SCHEMA: ClassVar[str] = "vsm.gov.check/1"
    item: str
    id: Annotated[int, HIDDEN]
    stage_to: str
    at: Annotated[int, MOMENT]
    results: tuple[ControlResult, ...]
    recorded: int | None = None
    """The entry of the journal that it was put on record by; null: it was not."""

    @property
    @follows("results")
    def is_refused(self) -> bool:
        """Whether the move would be refused."""
        return any(r.disposition is Disposition.ENFORCED for r in self.results)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedEntry:
    """An entry that the control would have stopped, or could not decide."""

    id: Annotated[int, HIDDEN]
    item: str
    at: Annotated[int, MOMENT]
    stage: str
    verdict: Verdict
    missing: tuple[str, ...]
    is_bad: Annotated[bool, Name("bad")]
    why_bad: str
    wait_days: Days | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """A control replayed over the past, before it is switched on."""

    SCHEMA: ClassVar[str] = "vsm.gov.shadow/1"
    stream: str
    control: str
    version: str
    start: Annotated[date, Name("from")]
    end: Annotated[date, Name("to")]
    entries: int
    blocked: int
    indeterminate: int
    too_young: int
    judged_blocked: int
    bad: int
    bad_blocked: int
    precision: Interval
    recall: Interval
    wait_days: Days
    never_passed: int
    listed: Annotated[tuple[ReplayedEntry, ...], Name("items")]

    @property
    @follows("indeterminate")
    def cannot_tell(self) -> bool:
        """Whether too much was not on record."""
        return self.indeterminate > UNKNOWN_MOST * self.entries


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthCost:
    """A control in a month: what it checked and refused, and the wait that it added."""

    month: str
    checked: int
    failed: int
    indeterminate: int
    refused: int
    waived: int
    emergencies: int
    wait_days: Days
    behind: Annotated[tuple[tuple[int, str], ...], HIDDEN]
    """The items that did not simply pass, by id, each with when and what came of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlCost:
    """What a control costs, and whether what it finds proves bad."""

    control: str
    version: str
    mode: Mode
    months: tuple[MonthCost, ...]
    waiting: int
    fixed_within_a_day: Interval
    precision: Interval
    proposal: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PmoQueue:
    """Waivers that were asked for: how many are open, and how long answers took."""

    asked: int
    answered: int
    withdrawn: int
    waiting: Annotated[int, Name("open")]
    oldest_open_days: Days | None
    median_days: Days | None
    p85_days: Days | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GateCosts:
    """Running cost of every gate of a stream, and of the PMO's own answers."""

    SCHEMA: ClassVar[str] = "vsm.gov.cost/1"
    stream: str
    as_of: Annotated[int, MOMENT]
    controls: tuple[ControlCost, ...]
    pmo: PmoQueue


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverRow:
    """A waiver, as lists show it; ``used`` are the moves that it let pass."""

    id: Annotated[int, HIDDEN]
    number: int
    control: str
    scope: str
    stream: str | None
    reason: str
    start: Annotated[date, Name("from")]
    until: date
    state: WaiverState
    asked_by: str
    asked_at: Annotated[int, MOMENT]
    answered_by: str | None
    answered_at: Annotated[int | None, MOMENT]
    used: int
    expires_in_days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waivers:
    """The waivers of a stream (null: of all), those that wait for an answer first."""

    SCHEMA: ClassVar[str] = "vsm.gov.waivers/1"
    stream: str | None
    waivers: tuple[WaiverRow, ...]


# -- modes ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeRow:
    """A decision on a mode: of a stream, or of one control in it; who, when and why."""

    stream: str
    control: str | None
    mode: Mode
    start: Annotated[date, Name("from")]
    until: date | None
    lead: str | None
    reason: str
    decided_by: str
    decided_at: Annotated[int, MOMENT]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeState:
    """The mode of a stream, or of a control in it, and the decision behind it (null: none)."""

    SCHEMA: ClassVar[str] = "vsm.gov.mode/1"
    stream: str
    control: str | None
    as_of: Annotated[int, MOMENT]
    mode: Mode
    decision: ModeRow | None
    own: tuple[ModeRow, ...]
    """Controls with a mode of their own that holds."""
    announced: tuple[ModeRow, ...]
    past: tuple[ModeRow, ...]


# -- one control ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleRow:
    """Facts, and the verdict that they lead to."""

    expect: Verdict
    why: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedVerdict:
    """A verdict at a move that somebody asked for; ``item`` is null where it has gone."""

    id: Annotated[int, HIDDEN]
    item: str | None
    stage: str
    at: Annotated[int, MOMENT]
    verdict: Verdict
    disposition: Disposition
    mode: Mode
    version: str
    missing: tuple[str, ...]
    problem: str
    why: str
    """Why it failed, by what was on record then; empty where the facts do not show it any more."""
    emergency: str
    is_refused: Annotated[bool, Name("refused")]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandCheck:
    """A verdict that somebody asked for and recorded without moving the item."""

    id: Annotated[int, HIDDEN]
    item: str | None
    stage: str
    at: Annotated[int, MOMENT]
    by: str
    verdict: Verdict
    mode: Mode
    version: str
    missing: tuple[str, ...]
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlDetail:
    """A control with its whole text, and what came of it in a stream.

    ``is_set`` is false for one that comes with vsm and is not used yet.
    """

    SCHEMA: ClassVar[str] = "vsm.gov.control/1"
    stream: str | None
    control: str
    is_set: Annotated[bool, Name("set")]
    title: str
    why: str
    applies: str
    filter: str
    rule: str
    remedy: str
    severity: Severity
    owner: str | None
    refs: tuple[str, ...]
    template: str
    version: str
    examples: tuple[ExampleRow, ...]
    mode: Mode
    modes: tuple[ModeRow, ...]
    verdicts: tuple[RecordedVerdict, ...]
    checks: tuple[HandCheck, ...]
    """The last ones by hand, which are no part of the cost."""
    waivers: tuple[WaiverRow, ...]
    cost: ControlCost | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRow:
    """A fact that a control may read; ``[]`` stands for each element of a list."""

    fact: str
    type: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactList:
    """The frozen list of facts."""

    SCHEMA: ClassVar[str] = "vsm.gov.facts/1"
    version: int
    facts: tuple[FactRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedControl:
    """A control that comes with vsm, and whether it is used."""

    control: str
    title: str
    applies: str
    severity: Severity
    refs: tuple[str, ...]
    is_set: Annotated[bool, Name("set")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """The controls that come with vsm."""

    SCHEMA: ClassVar[str] = "vsm.gov.library/1"
    controls: tuple[ShippedControl, ...]
