"""Reads from the journal which evidence was replaced or withdrawn: tables hold what counts."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from vsm.model.control.audit import EvidenceChange, Handled
from vsm.model.control.evidence import Evidence, EvidenceKind
from vsm.store.people import People

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3

_KINDS = "'evidence_added', 'evidence_retracted'"


class _Piece(NamedTuple):
    evidence: Evidence
    stream: int
    recorded: Handled


def evidence_changes(conn: sqlite3.Connection) -> list[EvidenceChange]:
    """All evidence that was replaced or withdrawn, in the order of the entries that did it.

    What was undone and then done again is not withdrawn.
    """
    people = People(conn)
    pieces: dict[int, _Piece] = {}
    withdrawn: dict[int, Handled] = {}
    rows = conn.execute(
        "SELECT seq, item, stream, kind, recorded_at, actor, payload FROM journal"
        f" WHERE kind IN ({_KINDS}) ORDER BY seq"
    )
    for seq, item, stream, kind, recorded_at, actor, payload in rows:
        entry = Handled(seq, recorded_at, people.read(actor).name)
        event = json.loads(payload)
        number = event["evidence"]
        if kind == "evidence_added":
            pieces[number] = _Piece(_evidence(item, event, entry), stream, entry)
            withdrawn.pop(number, None)
        else:
            withdrawn[number] = entry
    changes = [EvidenceChange(*pieces[n], entry, True) for n, entry in withdrawn.items()]
    records: dict[tuple[str | int, ...], list[_Piece]] = defaultdict(list)
    for number, piece in sorted(pieces.items()):
        if number not in withdrawn:
            records[piece.evidence.item, *piece.evidence.identity].append(piece)
    for same in records.values():
        for old, new in pairwise(same):
            changes.append(EvidenceChange(*old, new.recorded, False))
    return sorted(changes, key=lambda change: (change.changed.seq, change.evidence.id))


def _evidence(item: int, event: dict[str, Any], entry: Handled) -> Evidence:
    return Evidence(
        event["evidence"],
        item,
        EvidenceKind(event["what"]),
        event["ref"],
        event["happened"],
        event.get("by", ""),
        event.get("status", ""),
        event.get("details", {}),
        recorded_at=entry.at,
        recorded_by=entry.by,
    )
