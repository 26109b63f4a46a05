"""Adds to a report that was made again where it differs from the facts on record."""

from __future__ import annotations

from dataclasses import replace

from vsm.features.reports.report import SEVERITIES
from vsm.features.reports.results import Report
from vsm.model.report import MadeReport
from vsm.report.document import Document, Section, Sentence

_WHY = "What was entered, changed or taken back since, or is not known as of then."


def with_differences(document: Document, again: Report, made: MadeReport) -> Document:
    """The document of a report that was made again, with what only one of the two has."""
    kept = made.kept
    titles = {rule.id: rule.title for rule in again.rules}
    present = {fact.id for fact in again.facts}
    gone = [
        Sentence(
            f"{fact.subject}: {titles.get(id.partition('/')[0], id)}",
            lead=SEVERITIES[fact.severity],
        )
        for id, fact in kept.items()
        if id not in present
    ]
    added = [
        Sentence(one.text, lead=SEVERITIES[one.severity])
        for one in again.facts
        if one.id not in kept
    ]
    sections = [
        Section(title, (Sentence(_WHY, "faint"), *sentences))
        for title, sentences in (
            ("On record, not made again", gone),
            ("Made again, not on record", added),
        )
        if sentences
    ]
    return replace(document, sections=(*document.sections[:1], *sections, *document.sections[1:]))
