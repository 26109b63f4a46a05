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
    titles = {rule.id: rule.title for rule in again.rules}
    present = {fact.id for fact in again.facts}
    gone = [
        Sentence(
            f"{subject}: {titles.get(id.partition('/')[0], id)}",
            lead=SEVERITIES[made.severities[id]],
        )
        for id, subject in made.subjects.items()
        if id not in present
    ]
    added = [
        Sentence(fact.text, lead=SEVERITIES[fact.severity])
        for fact in again.facts
        if fact.id not in made.severities
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
