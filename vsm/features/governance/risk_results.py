"""Risks ahead: the items of a stream that lack facts near a gate or their due date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar

from vsm.model.control.control import Severity, Verdict
from vsm.report.publish import HIDDEN, MOMENT


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplianceRisk:
    """An open item that needs care and does not pass a control that it is near.

    ``carries`` says why it needs care, ``lacks`` what is missing, ``when`` how near it is.
    """

    id: Annotated[int, HIDDEN]
    item: str
    title: str
    stage: str
    carries: str
    control: str
    severity: Severity
    verdict: Verdict
    lacks: str
    when: str
    due: date | None
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplianceRisks:
    """The items of a stream that lack facts near a gate or their due date.

    ``items`` counts the open items that carry personal data or a security label.
    """

    SCHEMA: ClassVar[str] = "vsm.gov.risks/1"
    stream: str
    as_of: Annotated[int, MOMENT]
    items: int
    risks: tuple[ComplianceRisk, ...]
