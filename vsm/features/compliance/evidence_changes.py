"""The evidence of a population that was replaced or withdrawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from vsm.features.compliance.results import Change, EvidenceChangeRow, Population
from vsm.model.control.audit import EvidenceChange
from vsm.model.control.evidence import EvidenceKind
from vsm.model.rules import day_start
from vsm.model.stream import ValueStream
from vsm.reader import Reader


def read_evidence_changes(
    reader: Reader, population: Population, streams: Sequence[ValueStream]
) -> tuple[EvidenceChangeRow, ...]:
    """Changes of evidence about items of a population, and of deployments of its window.

    The latter because an item may be missing from the population for them. Withdrawn evidence
    comes first, then what others replaced, then what people replaced themselves.
    """
    fitting = list(_fitting(reader.evidence_changes(), population, streams))
    keys = {brief.id: brief.key for brief in reader.briefs([c.evidence.item for c in fitting])}
    rows = [_row(c, keys[c.evidence.item]) for c in fitting if c.evidence.item in keys]
    rows.sort(key=lambda row: (row.change is Change.REPLACED, row.recorded_by == row.changed_by))
    return tuple(rows)


def _fitting(
    changes: Iterable[EvidenceChange], population: Population, streams: Sequence[ValueStream]
) -> Iterator[EvidenceChange]:
    members = {member.id for member in population.members}
    last = population.end + timedelta(days=1)
    windows = {
        stream.id: (day_start(population.start, stream.zone), day_start(last, stream.zone))
        for stream in streams
    }
    end = max(end for _, end in windows.values())
    for change in changes:
        at = change.evidence.at
        first, until = windows.get(change.stream, (0, 0))
        is_deployment = change.evidence.kind is EvidenceKind.DEPLOYMENT and first <= at < until
        if is_deployment or (change.evidence.item in members and at < end):
            yield change


def _row(change: EvidenceChange, key: str) -> EvidenceChangeRow:
    one = change.evidence
    return EvidenceChangeRow(
        id=one.item,
        item=key,
        kind=str(one.kind),
        ref=one.ref,
        status=one.status,
        at=one.at,
        recorded_at=one.recorded_at,
        recorded_by=one.recorded_by,
        recorded_seq=change.recorded.seq,
        change=Change.WITHDRAWN if change.is_withdrawn else Change.REPLACED,
        changed_at=change.changed.at,
        changed_by=change.changed.by,
        seq=change.changed.seq,
    )
