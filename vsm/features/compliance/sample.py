"""Samples that auditors draw from a population, and can draw again: a page for each item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from vsm.features.compliance.evidence import EvidenceRow, evidence_rows
from vsm.features.compliance.reading import judge_all
from vsm.features.compliance.results import Member, Population, VerdictRow
from vsm.model.board import LogFilter
from vsm.model.control.audit import draw, sample_size
from vsm.model.control.facts import OnRecord
from vsm.model.stream import ValueStream
from vsm.reader import Reader
from vsm.report.publish import HIDDEN, MOMENT

YEAR_DAYS = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineRow:
    """Something that happened to an item, and the entry of the journal that says so."""

    seq: int
    at: Annotated[int, MOMENT]
    by: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampledItem:
    """The page of one item."""

    id: Annotated[int, HIDDEN]
    item: str
    title: str
    stream: str
    at: Annotated[int, MOMENT]
    seq: int
    timeline: tuple[TimelineRow, ...]
    evidence: tuple[EvidenceRow, ...]
    verdicts: tuple[VerdictRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Items drawn from a population by a seed: the first by the SHA-256 of seed and key."""

    SCHEMA: ClassVar[str] = "vsm.compliance.sample/1"
    as_of: Annotated[int, MOMENT]
    population: Population
    seed: str
    drawn: int
    proposed: int
    per_year: Annotated[float, 1]
    items: tuple[SampledItem, ...]


def read_sample(
    reader: Reader,
    population: Population,
    streams: Sequence[ValueStream],
    now: int,
    seed: str,
    count: int | None,
) -> Sample:
    """Draw items from a population, by default as many as audit firms would."""
    days = (population.end - population.start).days + 1
    per_year = population.size * YEAR_DAYS / days
    proposed = min(population.size, sample_size(per_year))
    by_key = {member.item: member for member in population.members}
    keys = draw(by_key, seed, proposed if count is None else count)
    members = [by_key[key] for key in keys]
    verdicts = judge_all(reader, reader.control_texts(), members, streams, population.end, now)
    known = _known(reader, members, streams)
    titles = {brief.id: brief.title for brief in reader.briefs([m.id for m in members])}
    return Sample(
        as_of=now,
        population=population,
        seed=seed,
        drawn=len(members),
        proposed=proposed,
        per_year=per_year,
        items=tuple(
            SampledItem(
                id=member.id,
                item=member.item,
                title=titles.get(member.id, ""),
                stream=member.stream,
                at=member.at,
                seq=member.seq,
                timeline=_timeline(reader, member.id, known[member.id]),
                evidence=evidence_rows(known[member.id].evidence),
                verdicts=tuple(row for row in verdicts if row.id == member.id),
            )
            for member in members
        ),
    )


def _known(
    reader: Reader, members: Sequence[Member], streams: Sequence[ValueStream]
) -> dict[int, OnRecord]:
    known: dict[int, OnRecord] = {}
    for stream in streams:
        ids = [member.id for member in members if member.stream == stream.name]
        if ids:
            known |= reader.change_records(stream, ids).known
    return known


def _timeline(reader: Reader, item: int, known: OnRecord) -> tuple[TimelineRow, ...]:
    """All entries about an item, and the moves of a history that came by import."""
    rows: list[TimelineRow] = []
    imported: int | None = None
    for entry in reader.log_entries(LogFilter(item=item)):
        change = entry.change
        at = change.at if change.happened is None else change.happened
        rows.append(TimelineRow(seq=change.seq, at=at, by=change.actor, text=change.text))
        if entry.kind == "item_history_imported" and imported is None:
            imported = change.seq
    if imported is not None:
        moves = {row.at for row in rows}
        rows += [
            TimelineRow(seq=imported, at=move.at, by=move.by, text=f"entered {move.stage}")
            for move in known.entries
            if move.at not in moves
        ]
    return tuple(sorted(rows, key=lambda row: (row.at, row.seq)))
