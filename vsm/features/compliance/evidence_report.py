"""The report on the evidence about one item, and the table of evidence that samples have too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from vsm.date_form import write_moment
from vsm.features.compliance.evidence import EvidenceRow, ItemEvidence
from vsm.features.governance.report import TONES
from vsm.features.governance.results import ControlResult, NextGate
from vsm.model.control.control import Verdict
from vsm.model.rules import DAY, SECOND, local
from vsm.model.sanitise import inert_line
from vsm.report.document import (
    Cell,
    Column,
    Document,
    Part,
    Section,
    Sentence,
    Table,
    Target,
    Tone,
    row,
)
from vsm.report.wording import Hint, count, name_verb

SHOWN = 12
"""Digits of a hash that are shown."""


def report(result: ItemEvidence, zone: str = "UTC", hint: Hint = name_verb) -> Document:
    """What is on record about an item, and what its next move still asks for."""
    sections = [Section("", _summary(result, hint))]
    if result.evidence:
        table = evidence_table(result.evidence, zone, set(result.replaced))
        sections.append(Section("Evidence", (table,)))
    if result.gate is not None:
        sections.append(Section(f"Before {result.gate.stage}", _gate(result.gate)))
    return Document(f"Evidence of {result.item} {result.title}", (), tuple(sections))


def _summary(result: ItemEvidence, hint: Hint) -> tuple[Part, ...]:
    target = Target(result.item, items=((result.id, ""),))
    title = f"{result.item} {result.title} ({result.stream})"
    parts = [Sentence(title, "strong", target=target)]
    add = (
        ""
        if result.is_past
        else "; "
        + hint("vsm comply attest and vsm comply record add some", "{record_evidence} records some")
    )
    if not result.evidence:
        parts.append(Sentence(f"No evidence is on record{add}", "warn"))
        return tuple(parts)
    text = f"{count(len(result.evidence), 'piece')} of evidence on record"
    if result.replaced:
        text += f", {len(result.replaced)} replaced by a later one of the same kind and reference"
    parts.append(Sentence(f"{text}{add}"))
    parts += _for_others(result.evidence)
    return tuple(parts)


def _for_others(rows: Sequence[EvidenceRow]) -> list[Sentence]:
    """Who recorded the approvals and reviews of others, whatever the width of the table."""
    by_recorder: dict[str, list[str]] = defaultdict(list)
    for one in rows:
        if one.kind in ("approval", "review") and one.recorded_by.casefold() != one.by.casefold():
            by_recorder[one.recorded_by].append(f"{one.kind} of {one.by or 'somebody unknown'}")
    return [
        Sentence(f"{inert_line(who)} recorded: {inert_line(', '.join(pieces))}", "warn")
        for who, pieces in sorted(by_recorder.items())
    ]


def evidence_table(rows: Sequence[EvidenceRow], zone: str, replaced: Collection[int] = ()) -> Table:
    """A line for each piece of evidence; those that were replaced are faint."""
    columns = (
        Column("Evidence"),
        Column("At (UTC)" if zone == "UTC" else "At"),
        Column("Recorded", wide=90),
        Column("By", shrinks=True),
        Column("Status"),
        Column("Reference", shrinks=True),
        Column("Details", shrinks=True, wide=70),
        Column("SHA-256", wide=140),
    )
    lines = []
    for one in rows:
        tone: Tone = "faint" if one.number in replaced else "text"
        cells = (
            one.kind.replace("_", " "),
            write_moment(local(one.at, zone)),
            recorded(one),
            one.by or "unknown",
            "replaced" if one.number in replaced else one.status.replace("_", " "),
            one.ref,
            one.details,
            one.sha256[:SHOWN],
        )
        lines.append(row(*(Cell(inert_line(text), tone) for text in cells)))
    return Table(columns, tuple(lines))


def recorded(one: EvidenceRow) -> str:
    """How much later a piece was recorded, by whom where somebody else did, and whether the change
    was deployed by then.
    """
    text = _lag(one.recorded_at - one.at)
    if one.recorded_by.casefold() != one.by.casefold():
        text += f" by {one.recorded_by}"
    return f"{text}, after the deployment" if one.recorded_after_deployment else text


def _lag(time: int) -> str:
    """A time by which something was recorded later: auditors ask what was added afterwards."""
    minutes = time // (60 * SECOND)
    if minutes <= 0:
        return "at once"
    if minutes < 60:
        return f"{minutes} min later"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min later" if minutes else f"{hours} h later"
    return f"{time // DAY} d later"


def _gate(gate: NextGate) -> tuple[Part, ...]:
    """The verdict of each control on the next move, and what to do."""
    return tuple(_verdict(one) for one in gate.results)


def _verdict(one: ControlResult) -> Sentence:
    lead = str(one.verdict).replace("_", " ")
    text = f"{one.control} ({one.mode})"
    if one.verdict is not Verdict.PASS:
        remedy = f"; {one.remedy}" if one.remedy else ""
        text += f": {one.message}{remedy}"
    return Sentence(text, lead=lead, lead_tone=TONES[one.verdict])
