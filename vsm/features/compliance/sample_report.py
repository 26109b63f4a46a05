"""The report on a sample: how it was drawn, then a page for each item."""

from __future__ import annotations

from collections.abc import Iterator

from vsm.features.compliance.evidence_report import evidence_table
from vsm.features.compliance.report import COUNTED, TONES, how_counted, moment
from vsm.features.compliance.sample import Sample, SampledItem
from vsm.model.control.control import Verdict
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
    window = f"{day(population.start)} to {day(population.end)}"
    text = f"{result.drawn} of {count(population.size, 'item')} {what}, {window}"
    sections = [
        Section("", (Sentence(text, "strong"), *_drawn(result))),
        *(Section("", tuple(_page(item))) for item in result.items),
        how_counted(population),
    ]
    return Document("Audit sample", (), tuple(sections))


def _drawn(result: Sample) -> Iterator[Part]:
    yield Sentence(f"seed: {inert_line(result.seed)}")
    yield Sentence(
        "the first by the SHA-256 of seed and key; a usual size for"
        f" {result.per_year:.0f} a year is {result.proposed}",
        tone="faint",
    )


def _page(item: SampledItem) -> Iterator[Part]:
    target = Target(item.item, items=((item.id, ""),))
    title = f"{item.item} {item.title} ({item.stream}; counts by entry #{item.seq:,})"
    yield Sentence(inert_line(title), tone="strong", target=target)
    yield Table(
        (Column("Entry"), Column("At (UTC)"), Column("By"), Column("Timeline", shrinks=True)),
        tuple(
            row(f"#{one.seq:,}", moment(one.at), inert_line(one.by), inert_line(one.text))
            for one in item.timeline
        ),
    )
    if item.evidence:
        yield evidence_table(item.evidence, "UTC")
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
