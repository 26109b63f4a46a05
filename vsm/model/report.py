"""Reports that were made, and notes on their facts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ReportKind(StrEnum):
    """Kinds of reports."""

    WEEKLY = "weekly"
    PORTFOLIO = "portfolio"
    SERVICE = "service"
    GOVERNANCE = "governance"
    RETRO = "retro"
    HANDOVER = "handover"

    @property
    def of_stream(self) -> bool:
        """Whether it is about one stream; the others are about all of them."""
        return self in (ReportKind.WEEKLY, ReportKind.RETRO, ReportKind.HANDOVER)


class NoteKind(StrEnum):
    """What somebody says of a fact."""

    ACKNOWLEDGED = "acknowledged"
    """It is known: quiet until it is worse."""
    WRONG = "wrong"
    """It is not so, or not worth a line: a flag of its rule that was not right."""


@dataclass(frozen=True, slots=True)
class MadeReport:
    """A report on record, from a moment and a journal entry to another.

    ``sha256`` is that of its bytes in a ``form`` (text, md, html, json, mail); ``facts`` are
    ``severity:id:subject``, and ``only`` is the stream that it is about. Moments are UTC
    microseconds.
    """

    id: int
    number: str
    report: str
    only: int | None
    from_seq: int | None
    to_seq: int | None
    since: int
    until: int
    form: str
    sha256: str
    facts: tuple[str, ...] = ()

    @property
    def severities(self) -> dict[str, int]:
        """The severity of each of its facts, by the fact's id."""
        parts = (fact.split(":", 2) for fact in self.facts)
        return {fact: int(severity) for severity, fact, _ in parts}

    @property
    def subjects(self) -> dict[str, str]:
        """What each of its facts was about, by the fact's id."""
        parts = (fact.split(":", 2) for fact in self.facts)
        return {fact: subject for _, fact, subject in parts}


@dataclass(frozen=True, slots=True)
class FactNote:
    """A note on a fact of a rule in ``only``, a stream; ``sentence`` is the fact in words of then.

    It had this ``severity`` and was about so many items (``behind``, none: of no items); ``reason``
    is what whoever noted it said.
    """

    id: int
    number: str
    fact: str
    rule: str
    only: int | None
    note: str
    severity: int | None
    behind: int | None
    sentence: str
    reason: str
    noted_by: str
    noted_at: int
