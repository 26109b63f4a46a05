"""The report on items that lack facts near a gate or their due date."""

from __future__ import annotations

from vsm.features.governance.report import TONES
from vsm.features.governance.risk_results import ComplianceRisk, ComplianceRisks
from vsm.report.document import (
    Cell,
    Column,
    Document,
    Part,
    Row,
    Section,
    Sentence,
    Table,
    Target,
    row,
)
from vsm.report.wording import count, day


def report_risks(result: ComplianceRisks) -> Document:
    """Items that need care and are near a gate that they would not pass now."""
    title = f"Security and privacy ahead in {result.stream}"
    return Document(title, (), (Section("", risk_parts(result)),))


def risk_parts(result: ComplianceRisks) -> tuple[Part, ...]:
    """A sentence, and a table of what lacks facts."""
    carry = count(result.items, "open item")
    if not result.items:
        text = "No open item carries personal data or a security label"
        return (Sentence(text),)
    verb = "carries" if result.items == 1 else "carry"
    about = f"{carry} {verb} personal data or a security label"
    if not result.risks:
        return (Sentence(f"{about}; none lacks facts near a gate or its due date", "good"),)
    lacking = len({risk.item for risk in result.risks})
    said = Sentence(f"{about}; {lacking} of them lack facts that a control will ask for", "warn")
    columns = (
        Column("Item"),
        Column("Why", shrinks=True),
        Column("Control"),
        Column("Lacks", shrinks=True),
        Column("When", shrinks=True),
        Column("Due", wide=90),
        Column("What to do", shrinks=True, wide=120),
    )
    return (said, Table(columns, tuple(_row(risk) for risk in result.risks)))


def _row(risk: ComplianceRisk) -> Row:
    return row(
        Cell(risk.item, "strong"),
        risk.carries,
        risk.control,
        Cell(risk.lacks, TONES[risk.verdict]),
        risk.when,
        day(risk.due) if risk.due else "",
        Cell(risk.remedy, "faint"),
        target=Target(risk.item, ((risk.id, risk.lacks),)),
    )
