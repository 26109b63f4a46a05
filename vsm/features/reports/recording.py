"""Makes the values that are kept of a report on record, and of a note on one of its facts."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from vsm.features.reports.results import Fact, Report
from vsm.model.report import NoteKind


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
        "facts": tuple(f"{fact.severity}:{fact.id}:{fact.subject}" for fact in result.facts),
    }


def note_values(fact: Fact, stream: int | None, kind: NoteKind, reason: str) -> dict[str, Any]:
    """The values of a note on a fact of a report on a stream, or on all of them."""
    return {
        "fact": fact.id,
        "rule": fact.rule,
        "only": stream,
        "note": kind.value,
        "severity": fact.severity or None,
        "behind": len(fact.items) or None,
        "sentence": fact.text,
        "reason": reason,
    }
