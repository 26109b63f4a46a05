"""The evidence that is on record about one item, in the order in which it happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from vsm.features.governance.ahead import read_next_gate
from vsm.features.governance.results import NextGate
from vsm.model.control.evidence import Evidence, EvidenceKind
from vsm.model.control.facts import latest
from vsm.reader import Reader
from vsm.report.publish import HIDDEN, MOMENT


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRow:
    """A piece of evidence about an item: when it happened, and when it was recorded.

    It was ``recorded_after_deployment`` where it is of before the first one to production.
    """

    number: int
    kind: str
    at: Annotated[int, MOMENT]
    recorded_at: Annotated[int, MOMENT]
    recorded_by: str
    recorded_after_deployment: bool
    by: str
    status: str
    ref: str
    details: str
    sha256: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemEvidence:
    """An item with its evidence; ``replaced`` are numbers that later records stand in place of.

    ``gate`` are the verdicts on its next move, which rest on the evidence.
    """

    id: Annotated[int, HIDDEN]
    item: str
    title: str
    stream: str
    as_of: Annotated[int, MOMENT]
    evidence: tuple[EvidenceRow, ...]
    replaced: tuple[int, ...]
    gate: Annotated[NextGate | None, HIDDEN]
    is_past: Annotated[bool, HIDDEN]


def read_item_evidence(
    reader: Reader, number: int, now: int, *, past: bool = False
) -> ItemEvidence | None:
    """What was on record at a moment; ``None`` where there is no such item any more."""
    item = reader.item(number)
    stream = reader.stream(item.stream) if item is not None else None
    if item is None or stream is None:
        return None
    known = [one for one in read_evidence(reader, number) if one.recorded_at <= now]
    counting = {one.id for one in latest(known, now)}
    return ItemEvidence(
        id=number,
        item=item.key,
        title=item.title,
        stream=stream.name,
        as_of=now,
        evidence=evidence_rows(known),
        replaced=tuple(one.id for one in known if one.id not in counting),
        is_past=past,
        gate=None if past else read_next_gate(reader, number, stream, now),
    )


def read_evidence(reader: Reader, number: int) -> list[Evidence]:
    """All evidence about an item, the earliest first, by when it happened."""
    item = reader.item(number)
    stream = reader.stream(item.stream) if item is not None else None
    if stream is None:
        return []
    evidence = reader.change_records(stream, [number]).known[number].evidence
    return sorted(evidence, key=lambda one: (one.at, one.id))


def stated_facts(reader: Reader, number: int) -> dict[str, str]:
    """The facts that people stated about an item, by their paths, as they write them."""
    facts: dict[str, str] = {}
    known = read_evidence(reader, number)
    for one in latest(known, max((one.recorded_at for one in known), default=0)):
        if one.kind is EvidenceKind.ATTESTATION:
            facts |= {name: value_text(value) for name, value in one.details.items()}
    return facts


def evidence_rows(pieces: Sequence[Evidence]) -> tuple[EvidenceRow, ...]:
    """The pieces of evidence about one item as lists show them."""
    deployed = min((one.at for one in pieces if _is_production(one)), default=None)
    return tuple(_row(one, deployed) for one in pieces)


def _is_production(one: Evidence) -> bool:
    """Whether it says that the change reached production, as populations count it."""
    if one.kind is not EvidenceKind.DEPLOYMENT or one.status == "failure":
        return False
    return str(one.details["env"]).casefold().startswith(("prod", "live"))


def _row(one: Evidence, deployed: int | None) -> EvidenceRow:
    is_deployment = one.kind is EvidenceKind.DEPLOYMENT
    is_late = deployed is not None and one.at <= deployed < one.recorded_at
    return EvidenceRow(
        number=one.id,
        kind=str(one.kind),
        at=one.at,
        recorded_at=one.recorded_at,
        recorded_by=one.recorded_by,
        recorded_after_deployment=is_late and not is_deployment,
        by=one.by,
        status=one.status,
        ref=one.ref,
        details=details_text(one),
        sha256=one.sha256,
        origin=one.origin,
    )


def details_text(one: Evidence) -> str:
    """``data.personal=yes, data.categories=name,address``."""
    return ", ".join(
        f"{name.removeprefix('change.')}={value_text(value)}" for name, value in one.details.items()
    )


def value_text(value: Any) -> str:
    """The value of a fact as people write it: ``yes``, ``3650``, ``name,address``."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
