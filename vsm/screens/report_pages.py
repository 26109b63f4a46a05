"""Reads the pages of the screen of reports: a report of now, one on record, or the rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vsm.features.reports.report import FactTarget
from vsm.features.reports.results import Report, Rules
from vsm.model.report import MadeReport, ReportKind
from vsm.report.document import Target

if TYPE_CHECKING:
    from vsm.model.stream import ValueStream
    from vsm.reader import Reader


@dataclass(frozen=True, slots=True)
class Place:
    """A page: a kind of report, of now or one on record by its id; or the rules."""

    kind: ReportKind = ReportKind.WEEKLY
    made: int | None = None
    rules: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """What was read for a place; without an ``answer`` that report is not on record."""

    place: Place
    made: tuple[MadeReport, ...]
    """The reports on record of the kind, the latest first."""
    answer: Report | Rules | None
    record: MadeReport | None = None
    """The report on record that it is."""


@dataclass(frozen=True, slots=True)
class Left:
    """A page that somebody left, to go back to: the moment it was as of, and its cursor."""

    page: Page
    at: int | None
    line: int


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page is asked for: ``at`` is the moment that is shown, none for now."""

    place: Place
    stream: ValueStream
    now: int
    at: int | None


def page_reader(asked: Asked, made: tuple[MadeReport, ...]) -> Callable[[Reader], Page]:
    """What reads a page; ``made`` are the reports on record that are known already."""
    place, stream, now, present = asked.place, asked.stream, asked.now, asked.at is None
    of = stream if place.kind.of_stream else None

    def read(reader: Reader) -> Page:
        from vsm.features.reports.on_record import made_reports, unchanged_record
        from vsm.features.reports.reading import read_rules

        if place.rules:
            return Page(place, made, read_rules(reader, stream, now, present=present))
        every = made_reports(reader, place.kind, None if of is None else of.id)
        known = tuple(one for one in every if present or one.until <= now)
        if place.made is not None:
            record = next((one for one in known if one.id == place.made), None)
        else:
            record = unchanged_record(reader, known, now) if present else None
        if record is not None:
            is_now = place.made is None
            again = read_of(reader, place.kind, of, record.since, record.until, is_now)
            return Page(place, known, again, record)
        if place.made is not None:
            return Page(place, known, None)
        return Page(place, known, read_of(reader, place.kind, of, None, now, present))

    return read


def read_of(
    reader: Reader,
    kind: ReportKind,
    of: ValueStream | None,
    since: int | None,
    until: int,
    present: bool,
) -> Report:
    """A report of a kind, from a moment on or else from the last one on record."""
    from vsm.features.reports.reading import Asked, read_report

    asked = Asked(kind=kind, stream=of, since=since, until=until, present=present, anew=True)
    return read_report(reader, asked)


def place_of(target: Target | None, targets: Sequence[Target]) -> int | None:
    """The number of the line that is about the same: a fact by its id, others as they are."""
    if isinstance(target, FactTarget):
        facts = [one.fact if isinstance(one, FactTarget) else None for one in targets]
        return facts.index(target.fact) if target.fact in facts else None
    return targets.index(target) if target is not None and target in targets else None
