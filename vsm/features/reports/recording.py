"""Makes the values that are kept of a report on record, and of a note on one of its facts."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from vsm.features.reports.results import Fact, Report
from vsm.model.report import KeptFact, NoteKind

MOST = 200
"""Items of a fact that are kept with it."""


def record_values(result: Report, stream: int | None, form: str, written: str) -> dict[str, Any]:
    """The values of a report on record: of which stream it is, and what was written in a form."""
    return {
        "report": result.kind.value,
        "only": stream,
        "from_seq": result.window.from_seq or None,
        "to_seq": result.window.to_seq or None,
        "since": result.window.since,
        "until": result.window.until,
        "form": form,
        "sha256": sha256(written.encode()).hexdigest(),
        "facts": tuple(
            KeptFact(fact.severity, fact.id, frozenset(_items(fact)), fact.subject).text
            for fact in result.facts
        ),
    }


def kept_note_values(
    fact: KeptFact, stream: int | None, kind: NoteKind, reason: str
) -> dict[str, Any]:
    """The same of a fact that only a report on record has; without its sentence."""
    return {
        "fact": fact.id,
        "rule": fact.id.partition("/")[0],
        "only": stream,
        "mark": kind.value,
        "severity": fact.severity or None,
        "items": tuple(map(str, sorted(fact.items))),
        "sentence": f"{fact.subject} ({fact.id})",
        "reason": reason,
    }


def _items(fact: Fact) -> tuple[int, ...]:
    """The items that tell a fact from another: none where it is about something else."""
    return fact.items[:MOST] if fact.is_of_items else ()


def note_values(fact: Fact, stream: int | None, kind: NoteKind, reason: str) -> dict[str, Any]:
    """The values of a note on a fact of a report on a stream, or on all of them."""
    return {
        "fact": fact.id,
        "rule": fact.rule,
        "only": stream,
        "mark": kind.value,
        "severity": fact.severity or None,
        "items": tuple(map(str, _items(fact))),
        "sentence": fact.text,
        "reason": reason,
    }
