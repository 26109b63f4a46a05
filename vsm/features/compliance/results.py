"""Results for auditors: frozen values without numpy, which screens may import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, ClassVar

from vsm.model.control.audit import Counting
from vsm.model.control.control import Mode, Severity, Verdict
from vsm.report.publish import HIDDEN, MOMENT, Name, follows

Share = Annotated[float, 3]

DEFINITIONS: Mapping[str, str] = MappingProxyType(
    {
        "population.deployed": "Items with a deployment to production in the window that did not"
        " fail; one that was rolled back counts. Production is every environment whose name begins"
        " with prod or live. Of each deployment what was recorded last of it counts. Archived items"
        " count, and items are of the stream that they were in then.",
        "population.finished": "Items that were finished at the end of the window, and had finished"
        " in it. Archived ones count, and those that were reopened or moved to another stream"
        " later.",
        "population.active": "Items that existed in the window: made before its end, not finished"
        " or dropped before it began. Open incidents and requests are among them, also those that"
        " were dropped in the window, which are marked.",
        "population.left_out": "Deployments of the window that make no item count: to other"
        " environments, or failed.",
        "evidence_changes": "Evidence about items of the population, and deployments of the"
        " window, of which something else was recorded later, or whose recording was undone.",
        "controls.applicable": "Items of the population that the control is about: its filter"
        " covers them, and they made the move at which it applies.",
        "controls.pass_rate": "Share of the applicable items that pass. Waived ones do not.",
        "controls.before_set": "Applicable items from before the control was set; its first text"
        " judges them.",
        "controls.outside": "Items that the filter of the control covers now, that were active in"
        " the window and are not in the population: another one has them.",
        "roles_since": "When the first role was granted; before it everybody could do everything."
        " Null: none ever was.",
        "changes": "Entries that were recorded in the window, of all controls and streams.",
        "checks": "Verdicts that somebody asked for and recorded in the window without moving"
        " anything. They are no part of the figures of controls.",
        "access_reviews": "Reviews of roles and keys that were recorded up to the end of the"
        " window, also before it.",
        "controls.late_evidence": "Passes that rest on evidence recorded later than it counts from:"
        " they would be none if approvals, checks and statements counted from when they were"
        " recorded, and nothing that was recorded after the moment that is judged.",
        "controls.differing": "Verdicts other than the one that the journal recorded at the move.",
        "verdicts": "By the control's text of then, on the facts that were true at the move that it"
        " applies to; controls that apply at no move are judged at the end of the window. Evidence"
        " counts from when it happened, also where it was recorded later.",
    }
)
"""Figure (its path in the JSON form) → what it means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An item of the population: the moment that it counts by, and the entry that says so.

    ``stream`` is where it was at that moment. It was ``dropped`` by the end of the window.
    """

    id: Annotated[int, HIDDEN]
    item: str
    stream: str
    at: Annotated[int, MOMENT]
    seq: int
    dropped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOutRow:
    """Deployments to an environment that make no item count."""

    environment: str
    failed: bool
    deployments: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """All items that a window holds, how they were counted, and the journal that they are from.

    It ``begins`` with the first moment of its days in any of the zones of its streams, and
    ``ends`` with the last one. With ``from_journal`` all tables were made from the journal for the
    report (``--at-seq``); else they were not compared with it.
    """

    counted: Counting
    start: Annotated[date, Name("from")]
    end: Annotated[date, Name("to")]
    streams: tuple[str, ...]
    begins: Annotated[int, MOMENT]
    ends: Annotated[int, MOMENT]
    size: int
    hash: str
    query: str
    seq: int
    journal_hash: str
    from_journal: bool
    left_out: tuple[LeftOutRow, ...]
    members: Annotated[tuple[Member, ...], Name("items")]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRow:
    """The verdict of a control on an item; ``seq`` is the entry that the item counts by.

    ``recorded`` is the verdict at the move itself, where the control was on then.
    """

    id: Annotated[int, HIDDEN]
    control: str
    version: str
    item: str
    stream: str
    at: Annotated[int, MOMENT]
    seq: int
    verdict: Verdict
    message: str
    missing: tuple[str, ...]
    waiver: int | None
    mode: Mode
    recorded: Verdict | None
    recorded_seq: int | None
    before_set: bool
    late_evidence: bool

    @property
    @follows("late_evidence")
    def differs(self) -> bool:
        """Whether another verdict was recorded at the move itself."""
        return self.recorded is not None and self.recorded is not self.verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlFigures:
    """A control over the population."""

    control: str
    title: str
    requirements: tuple[str, ...]
    severity: Severity
    applicable: int
    passed: int
    failed: int
    indeterminate: int
    waived: int
    not_applicable: int
    before_set: int
    outside: int
    late_evidence: int
    differing: int

    @property
    @follows("differing")
    def pass_rate(self) -> Annotated[float | None, 3]:
        """Share of the applicable items that pass."""
        return self.passed / self.applicable if self.applicable else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRow:
    """A text of a control: since when it held, who set it, and by which entry.

    ``hash`` is the SHA-256 of ``text``, of which ``version`` is the beginning.
    """

    control: str
    version: str
    hash: str
    text: str
    since: Annotated[int, MOMENT]
    until: Annotated[int | None, MOMENT]
    set_by: str
    seq: int
    title: str
    why: str
    applies: str
    filter: str
    rule: str
    refs: tuple[str, ...]


class Change(StrEnum):
    """What became of evidence."""

    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceChangeRow:
    """Evidence that was replaced by another record of it, or withdrawn by an undo.

    ``at`` is when it is said to have happened, ``seq`` the entry that changed it.
    """

    id: Annotated[int, HIDDEN]
    item: str
    kind: str
    ref: str
    status: str
    at: Annotated[int, MOMENT]
    recorded_at: Annotated[int, MOMENT]
    recorded_by: str
    recorded_seq: int
    change: Change
    changed_at: Annotated[int, MOMENT]
    changed_by: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeRow:
    """A decision on the mode of a stream, or of one control in it."""

    stream: str
    control: str | None
    mode: Mode
    start: Annotated[date, Name("from")]
    until: date | None
    decided_by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRow:
    """A role that somebody held in the window: who gave it when, and who ended it.

    ``until`` is the last day that it was given for; ``ended``, when it was changed or revoked.
    """

    login: str
    role: str
    stream: str | None
    until: date | None
    since: Annotated[int, MOMENT]
    granted_by: str
    seq: int
    ended: Annotated[int | None, MOMENT]
    ended_by: str | None
    ended_seq: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """An entry: a decision on controls, modes, waivers, roles or logins, a check by hand, or a
    review of access.
    """

    seq: int
    at: Annotated[int, MOMENT]
    by: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compliance:
    """A framework over a window: population, figures of each control, exceptions, texts, modes."""

    SCHEMA: ClassVar[str] = "vsm.compliance/1"
    framework: str
    as_of: Annotated[int, MOMENT]
    population: Population
    controls: tuple[ControlFigures, ...]
    verdicts: Annotated[tuple[VerdictRow, ...], HIDDEN]
    evidence_changes: tuple[EvidenceChangeRow, ...]
    texts: tuple[TextRow, ...]
    modes: tuple[ModeRow, ...]
    roles: tuple[RoleRow, ...]
    roles_since: Annotated[int | None, MOMENT]
    changes: tuple[ChangeRow, ...]
    checks: tuple[ChangeRow, ...]
    access_reviews: tuple[ChangeRow, ...]
    not_set: tuple[str, ...]

    @property
    @follows("controls")
    def exceptions(self) -> tuple[VerdictRow, ...]:
        """Every verdict but a pass that was one all along, the failures first."""
        order = (Verdict.FAIL, Verdict.INDETERMINATE, Verdict.WAIVED, Verdict.PASS)
        rows = [
            row
            for row in self.verdicts
            if row.verdict in order[:-1] or row.late_evidence or row.differs
        ]
        return tuple(sorted(rows, key=lambda r: (order.index(r.verdict), r.control, r.at, r.id)))

    @property
    @follows("exceptions")
    def passes(self) -> tuple[VerdictRow, ...]:
        """Every pass, by control and moment."""
        rows = [row for row in self.verdicts if row.verdict is Verdict.PASS]
        return tuple(sorted(rows, key=lambda row: (row.control, row.at, row.id)))


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementRow:
    """A requirement of a framework, and the controls that serve it with their verdicts."""

    requirement: str
    controls: tuple[ControlFigures, ...]
    not_set: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameworkRow:
    """A framework and its requirements."""

    framework: str
    name: str
    requirements: tuple[RequirementRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frameworks:
    """All frameworks that controls refer to, over the last days; null where nothing is counted."""

    SCHEMA: ClassVar[str] = "vsm.compliance.frameworks/1"
    as_of: Annotated[int, MOMENT]
    counted: Counting
    start: Annotated[date, Name("from")]
    end: Annotated[date, Name("to")]
    size: int
    frameworks: tuple[FrameworkRow, ...]
    verdicts: Annotated[tuple[VerdictRow, ...], HIDDEN] = ()
