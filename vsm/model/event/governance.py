"""Events of governance: evidence, and moves that a control refused."""

from __future__ import annotations

from typing import Any, Literal

from vsm.model.control.control import Disposition, Mode, Result, Verdict
from vsm.model.control.evidence import EvidenceKind
from vsm.model.errors import GateRefused
from vsm.model.event.facts import EventModel


class GateFacts(EventModel):
    """The verdict of one control at a move.

    ``facts`` is the hash of the facts that the rules called by the move name, with the stream and
    the moment; in older entries it is that of all facts.
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

    @classmethod
    def of(cls, result: Result) -> GateFacts:
        """The verdict as it is recorded."""
        return cls(
            control=result.control,
            version=result.version,
            verdict=result.verdict,
            disposition=result.disposition,
            mode=result.mode,
            facts=result.facts,
            missing=result.missing,
            problem=result.problem,
            waiver=result.waiver,
        )

    @property
    def needs_emergency(self) -> bool:
        """Whether only an emergency let the move pass."""
        passes = self.disposition is Disposition.TOLERATED and self.verdict is not Verdict.WAIVED
        return passes and self.mode.binds


class EvidenceAdded(EventModel):
    """A piece of evidence went on record; its moment is the entry's, and ``happened`` its own."""

    kind: Literal["evidence_added"] = "evidence_added"
    item: int
    stream: int
    evidence: int
    what: EvidenceKind
    ref: str
    happened: int
    by: str = ""
    status: str = ""
    details: dict[str, Any] = {}
    sha256: str = ""
    origin: str = ""


class EvidenceRetracted(EventModel):
    """The recording of a piece of evidence was undone."""

    kind: Literal["evidence_retracted"] = "evidence_retracted"
    item: int
    stream: int
    evidence: int


class MoveChecked(EventModel):
    """Somebody asked what controls say of a move and put the answer on record; nothing moved."""

    kind: Literal["move_checked"] = "move_checked"
    item: int
    stream: int
    source: int
    target: int
    gates: tuple[GateFacts, ...]


class MoveRefused(EventModel):
    """A move was asked for, and controls refused it: the item stayed, so its version does too."""

    kind: Literal["move_refused"] = "move_refused"
    change: int
    stream: int
    source: int
    target: int
    gates: tuple[GateFacts, ...]

    @classmethod
    def of(cls, refused: GateRefused) -> MoveRefused:
        """The event of a refusal."""
        return cls(
            change=refused.item,
            stream=refused.stream,
            source=refused.source,
            target=refused.target,
            gates=tuple(GateFacts.of(result) for result in refused.results),
        )
