"""Lists reports on record, and says where one that was made again differs from its record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vsm.features.reports.report import SEVERITIES, sentence_of
from vsm.features.reports.results import Report
from vsm.model.report import MadeReport, ReportKind
from vsm.model.report_entities import MADE_REPORT
from vsm.model.rules import local
from vsm.reader import Reader
from vsm.report.document import Document, Section, Sentence

_WHY = "What was entered, changed or taken back since, or is not known as of then."


def made_reports(reader: Reader, kind: ReportKind, stream: int | None) -> list[MadeReport]:
    """The reports of a kind (of a stream) on record, the latest first."""
    every = reader.entities(MADE_REPORT)
    mine = [one for one in every if one.report == kind and one.only == stream]
    return sorted(mine, key=lambda one: (-one.until, -one.id))


def is_unchanged(reader: Reader, since: int, until: int, seq: int, zone: str) -> bool:
    """Whether nothing was written since an entry, on the same day: ages grow overnight."""
    same_day = local(since, zone).date() == local(until, zone).date()
    known = min(seq, reader.position_at(since))  # a report of the past was made later
    return same_day and reader.count_entries_since(known) == 0


def unchanged_record(reader: Reader, made: Sequence[MadeReport], now: int) -> MadeReport | None:
    """The last of some reports on record, where it still says how things are now."""
    last = next((one for one in made if one.until <= now), None)
    if last is None or last.report == ReportKind.HANDOVER:
        return None
    zones = {stream.id: stream.zone for stream in reader.all_streams()}
    zone = zones.get(last.only or 0, next(iter(zones.values()), "UTC"))
    return last if is_unchanged(reader, last.until, now, last.to_seq or 0, zone) else None


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
        Sentence(sentence_of(one), lead=SEVERITIES[one.severity])
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
