"""The report on a sample: how it was drawn, then a page for each item."""

from __future__ import annotations

from collections.abc import Iterator

from vsm.features.compliance.report import COUNTED, TONES, checked, when
from vsm.features.compliance.sample import EvidenceRow, Sample, SampledItem
from vsm.model.control.control import Verdict
from vsm.model.rules import DAY, SECOND
from vsm.model.sanitise import inert_line
from vsm.report.document import (
    Cell,
    Column,
    Document,
    Part,
    Section,
    Sentence,
    Table,
    Target,
    row,
)
from vsm.report.wording import count, day


def report(result: Sample) -> Document:
    """A sample, so that whoever has the same journal and seed gets the same."""
    population = result.population
    what = COUNTED[population.counted]
    sections = [
        Section("Drawn", tuple(_drawn(result))),
        *(Section("", tuple(_page(item))) for item in result.items),
    ]
    return Document(
        "Audit sample",
        (
            f"{result.drawn} of {count(population.size, 'item')} {what}, {day(population.start)}"
            f" to {day(population.end)}",
        ),
        tuple(sections),
    )


def _drawn(result: Sample) -> Iterator[Part]:
    yield Sentence(f"seed: {inert_line(result.seed)}")
    yield Sentence(f"population, hash of the sorted keys: {result.population.hash}")
    yield Sentence(
        "the first by the SHA-256 of seed and key; a usual size for"
        f" {result.per_year:.0f} a year is {result.proposed}",
        tone="faint",
    )
    yield Sentence(f"query, for each stream: {result.population.query}", tone="faint")
    yield Sentence(checked(result.population), tone="faint")


def _page(item: SampledItem) -> Iterator[Part]:
    target = Target(item.item, items=((item.id, ""),))
    title = f"{item.item} {item.title} ({item.stream}; counts by entry #{item.seq:,})"
    yield Sentence(inert_line(title), tone="strong", target=target)
    yield Table(
        (Column("Entry"), Column("At"), Column("By"), Column("Timeline", shrinks=True)),
        tuple(
            row(f"#{one.seq:,}", when(one.at), inert_line(one.by), inert_line(one.text))
            for one in item.timeline
        ),
    )
    if item.evidence:
        heads = ("Evidence", "At", "Recorded", "By", "Status")
        yield Table(
            (*map(Column, heads), Column("Reference", shrinks=True), Column("Details")),
            tuple(
                row(
                    one.kind,
                    when(one.at),
                    _recorded(one),
                    inert_line(one.by),
                    one.status,
                    inert_line(one.ref),
                    inert_line(one.details),
                )
                for one in item.evidence
            ),
        )
    else:
        yield Sentence("No evidence is on record", tone="warn")
    rows = [v for v in item.verdicts if v.verdict is not Verdict.NOT_APPLICABLE]
    if rows:
        yield Table(
            (Column("Control"), Column("Verdict"), Column("Version"), Column("Why", shrinks=True)),
            tuple(
                row(
                    verdict.control,
                    Cell(str(verdict.verdict), TONES.get(verdict.verdict, "text")),
                    verdict.version,
                    inert_line(verdict.message),
                )
                for verdict in rows
            ),
        )


def _recorded(one: EvidenceRow) -> Cell:
    """How much later a piece was recorded, and whether the change was deployed by then."""
    lag = _lag(one.recorded_at - one.at)
    if one.recorded_after_deployment:
        return Cell(f"{lag}, after the deployment", "warn")
    return Cell(lag)


def _lag(time: int) -> str:
    """A time by which something was recorded later: auditors ask what was added afterwards."""
    minutes = time // (60 * SECOND)
    if minutes <= 0:
        return "at once"
    if minutes < 60:
        return f"{minutes} min later"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min later" if minutes else f"{hours} h later"
    return f"{time // DAY} d later"
