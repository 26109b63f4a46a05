"""Reads the head of a journal from a file that recorded it: JSON or a log of anchors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from vsm.connect.files.source import DOCUMENT_MAX, Source, size
from vsm.date_form import write_day
from vsm.model.errors import BadInput
from vsm.model.journal_head import RecordedHead

_JOURNAL = "vsm.journal/1"
_HASH = re.compile(r"[0-9a-f]{64}")
_ANCHOR = re.compile(rb'\{"seq": ?\d{1,18}, ?"hash": ?"[0-9a-f]{64}"[^{}]{0,80}\}')
"""An anchor in a line of a log, where a date and a host may stand before it."""
_REMEDY = (
    "name a backup, or a file of vsm export snapshot, vsm export journal, vsm doctor --json or"
    ' --anchor, a report as JSON, or one that holds {"seq": N, "hash": HASH}'
)


def load_recorded_head(path: Path) -> RecordedHead:
    """Read position and hash from a file, plain or gzip; raises :class:`BadInput`.

    Of an exported journal only the first line is read until its entries are requested.
    """
    with Source(path) as source:
        name, first = source.name, source.line()
        heading = None if source.overlong(first) else _parse(first)
        if isinstance(heading, dict) and heading.get("schema") == _JOURNAL:
            seq, digest = _check(heading.get("entries"), heading.get("head"), name)
            return RecordedHead(name, seq, digest, lambda: _read_hashes(path))
        rest = source.rest(DOCUMENT_MAX)
    if rest is None:
        raise BadInput(f"{name} has more than {size(DOCUMENT_MAX)}", _REMEDY)
    document = _parse(first + rest)
    if document is None:
        anchors = [_parse(text) for text in _ANCHOR.findall(first + rest)]
        if anchors:
            return _read_log(anchors, name)
    if not isinstance(document, dict):
        raise BadInput(f"{name} holds no JSON object", _REMEDY)
    position = document.get("journal", document)
    if not isinstance(position, dict):
        raise BadInput(f"{name} records no position of a journal", _REMEDY)
    seq, digest = _check(position.get("seq"), position.get("hash"), name)
    return RecordedHead(name, seq, digest, day=_day(position.get("at")))


def _read_log(anchors: list[Any], name: str) -> RecordedHead:
    """The furthest anchor of a log; the others are compared too."""
    hashes = sorted({_check(a.get("seq"), a.get("hash"), name) for a in anchors})
    seq, digest = hashes[-1]
    day = next(_day(a.get("at")) for a in anchors if a.get("seq") == seq)
    return RecordedHead(name, seq, digest, lambda: iter(hashes), day, has_gaps=True)


def _day(at: Any) -> str:
    """The day of a moment in words, nothing where there is none."""
    try:
        return write_day(datetime.fromisoformat(at).date())
    except (TypeError, ValueError):
        return ""


def _parse(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _check(seq: Any, digest: Any, name: str) -> tuple[int, str]:
    """Check position and hash for the types and the range of a journal."""
    if type(seq) is not int or not 0 <= seq < 2**63:
        raise BadInput(f"{name} records no position of a journal", _REMEDY)
    if not isinstance(digest, str) or not _HASH.fullmatch(digest.lower()):
        raise BadInput(f"{name} records no hash of a journal", _REMEDY)
    return seq, digest.lower()


def _read_hashes(path: Path) -> Iterator[tuple[int, str]]:
    """Position and hash of each entry of an exported journal, up to the first damaged line."""
    with Source(path) as source:
        lines = source.lines()
        next(lines, None)
        for line in lines:
            entry = _parse(line)
            if not isinstance(entry, dict):
                return
            seq, digest = entry.get("seq"), entry.get("hash")
            if type(seq) is not int or not isinstance(digest, str):
                return
            yield seq, digest
