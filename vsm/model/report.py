"""Reports that were made, and notes on their facts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


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


class KeptFact(NamedTuple):
    """A fact of a report on record; ``items`` are the ids of the items behind it."""

    severity: int
    id: str
    items: frozenset[int]
    subject: str

    @property
    def text(self) -> str:
        """As it is kept: JSON, so that no name can break it."""
        return json.dumps([self.severity, self.id, sorted(self.items), self.subject])


def read_kept(text: str) -> KeptFact:
    """A fact as it is kept; raises ``ValueError`` for anything else."""
    value = json.loads(text)
    match value:
        case [int(severity), str(id), [*items], str(subject)] if all(
            type(item) is int for item in items
        ):
            return KeptFact(severity, id, frozenset(items), subject)
    raise ValueError(f"no fact of a report: {text:.80}")


@dataclass(frozen=True, slots=True)
class MadeReport:
    """A report on record, from a moment and a journal entry to another.

    ``sha256`` is that of its bytes in a ``form`` (text, md, html, json, mail); ``facts`` are
    JSON of each :class:`KeptFact` in their order. ``only`` is the stream that it is about.
    Moments are UTC microseconds.
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
    def kept(self) -> dict[str, KeptFact]:
        """Its facts by their ids, in their order."""
        return {fact.id: fact for fact in map(read_kept, self.facts)}


@dataclass(frozen=True, slots=True)
class FactNote:
    """A note on a fact of a rule in ``only``, a stream; ``sentence`` is the fact in words of then.

    It had this ``severity`` and was about these ``items`` (ids as text); ``reason`` is what whoever
    noted it said.
    """

    id: int
    number: str
    fact: str
    rule: str
    only: int | None
    mark: str
    severity: int | None
    items: tuple[str, ...]
    sentence: str
    reason: str
    noted_by: str
    noted_at: int
