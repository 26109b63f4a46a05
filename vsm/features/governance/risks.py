"""Items that carry personal data or a security label and lack facts near a gate or their due date.

They are flagged weeks ahead, while what is missing can still be had without haste: once a control
refuses the move it is late.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from vsm.features.governance.risk_results import ComplianceRisk, ComplianceRisks
from vsm.model.control.control import Control, Mode, Severity, Verdict
from vsm.model.control.evaluation import covers, describe, evaluate, trigger_of
from vsm.model.control.facts import Record, latest
from vsm.model.governance_entities import CONTROL, WAIVER
from vsm.model.rules import local
from vsm.model.stream import Stage, ValueStream
from vsm.reader import Reader

WEEKS_AHEAD = 6
"""Weeks before its due date from which an item is flagged."""
STAGES_AHEAD = 2
"""Stages before a gate from which an item is flagged."""
LABELS = frozenset(
    (
        *("security", "personal-data", "personal data", "pii", "privacy", "gdpr", "pci"),
        *("compliance",),
    )
)
"""Labels, case-folded, that say that an item carries personal data or is about security."""


def read_compliance_risks(reader: Reader, stream: ValueStream, now: int) -> ComplianceRisks:
    """The open items of a stream that lack facts, those due or nearest to their gate first."""
    controls = reader.entities(CONTROL)
    waivers = reader.entities(WAIVER)
    open_stages = [stage.id for stage in stream.line if not stage.category.ended]
    risks: list[ComplianceRisk] = []
    carry = 0
    if controls:
        records = reader.change_records(stream, reader.items_in(open_stages))
        for number in records.items:
            record = records.record(number, now)
            why = _carries(record)
            if not why:
                continue
            carry += 1
            for control in controls:
                if not covers(control, record.item, record.team):
                    continue
                near = _near(control, record)
                if near is None:
                    continue
                stage, words = near
                ahead = replace(record, target=stage.name if stage is not None else "")
                result = evaluate(ahead, [(control, Mode.SUPPORTIVE)], waivers)[0]
                if result.verdict in (Verdict.FAIL, Verdict.INDETERMINATE):
                    risks.append(
                        ComplianceRisk(
                            id=number,
                            item=record.item.key,
                            title=record.item.title,
                            stage=stream.by_id[record.item.stage].name,
                            carries=why,
                            control=control.name,
                            severity=Severity(control.severity),
                            verdict=result.verdict,
                            lacks=describe(result, control, ahead),
                            when=words,
                            due=date.fromisoformat(record.item.due) if record.item.due else None,
                            remedy=control.remedy,
                        )
                    )
    order = list(Severity)
    risks.sort(key=lambda r: (r.due or date.max, -order.index(r.severity), r.item, r.control))
    return ComplianceRisks(stream=stream.name, as_of=now, items=carry, risks=tuple(risks))


def _carries(record: Record) -> str:
    """Why an item needs care: a label, or what was attested; empty where nothing says so."""
    labels = [label for label in record.item.labels if label.casefold() in LABELS]
    if labels:
        return f"label {labels[0]}"
    for one in reversed(latest(record.known.evidence, record.now)):
        if "change.data.personal" in one.details:
            return "personal data" if one.details["change.data.personal"] else ""
    return ""


def _near(control: Control, record: Record) -> tuple[Stage | None, str] | None:
    """The gate of a control that an item is near, and how near; ``None`` where it is far."""
    line = record.stream.line
    place = next((n for n, stage in enumerate(line) if stage.id == record.item.stage), None)
    if place is None:
        return None
    trigger = trigger_of(control)
    gate = None
    for n in range(place, len(line) - 1):
        if trigger.applies(record.stream, line[n], line[n + 1]):
            gate = n + 1
            break
    weeks = _weeks_to_due(record)
    if gate is not None and gate - place <= STAGES_AHEAD:
        away = "next" if gate - place == 1 else f"in {gate - place} stages"
        return line[gate], f"{line[gate].name} is {away}"
    if weeks is not None and weeks <= WEEKS_AHEAD:
        if gate is None and trigger.moment != "report":
            return None  # it has passed that gate
        words = (
            "overdue" if weeks < 0 else "due this week" if weeks < 1 else f"due in {weeks} weeks"
        )
        return (line[gate] if gate is not None else None), words
    return None


def _weeks_to_due(record: Record) -> int | None:
    if record.item.due is None:
        return None
    today = local(record.now, record.stream.zone).date()
    return (date.fromisoformat(record.item.due) - today).days // 7
