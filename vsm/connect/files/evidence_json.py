"""Reads pieces of evidence from JSON that pipelines send, and from in-toto statements.

An in-toto statement is kept as a document: the type of its predicate and the digest of each
subject. Its origin says whether it was signed, and whether somebody verified that with a key.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from vsm.connect.files.dsse import PublicKey, is_envelope, open_envelope
from vsm.model.errors import BadInput

TEXT_MAX = 8 << 20
"""Most characters of a file."""
RECORDS_MAX = 2000
"""Most records of a file."""
STATEMENT = "https://in-toto.io/Statement/"
_NAMES = ("item", "kind", "ref", "status", "by", "at", "sha256", "set")
_SEE = "see: vsm comply record --help"


@dataclass(frozen=True, slots=True)
class EvidenceInput:
    """A piece of evidence as it was given; ``None`` and empty where nothing is said."""

    item: str
    kind: str
    ref: str
    status: str = ""
    by: str | None = None
    at: str | None = None
    sha256: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    origin: str = ""


def read_evidence(
    text: str, name: str, item: str | None, key: PublicKey | None = None
) -> list[EvidenceInput]:
    """All records of a text: a list, one object, or one object a line.

    ``item`` is the key for records that name none. With a public ``key`` all of them have to be
    statements signed with it. Raises :class:`BadInput` with the record.
    """
    if len(text) > TEXT_MAX:
        raise BadInput(f"{name} is larger than {TEXT_MAX >> 20} MiB", "send it in parts")
    pieces: list[EvidenceInput] = []
    for number, record in enumerate(_records(text, name), 1):
        pieces += _one(record, f"{name}, record {number}", item, key)
        if len(pieces) > RECORDS_MAX:
            raise BadInput(f"{name} has more than {RECORDS_MAX:,} records", "send it in parts")
    if not pieces:
        raise BadInput(f"{name} holds no evidence", _SEE)
    return pieces


def _records(text: str, name: str) -> Iterator[Any]:
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                try:
                    yield json.loads(line)
                except (ValueError, RecursionError):
                    raise BadInput(f"{name}, line {number}: this is no JSON", _SEE) from None
        return
    yield from whole if isinstance(whole, list) else [whole]


def _one(record: Any, where: str, item: str | None, key: PublicKey | None) -> list[EvidenceInput]:
    if not isinstance(record, dict):
        raise BadInput(f"{where}: this is no object", _SEE)
    if is_envelope(record):
        statement, signed = open_envelope(record, where, key)
        if not _is_statement(statement):
            raise BadInput(f"{where}: the envelope holds no in-toto statement", _SEE)
        return _statement(statement, where, item, signed)
    if key is not None:
        raise BadInput(
            f"{where}: this is not signed",
            "--verify-key takes DSSE envelopes of in-toto statements",
        )
    if _is_statement(record):
        return _statement(record, where, item, "not signed")
    unknown = sorted(set(record) - set(_NAMES))
    if unknown:
        raise BadInput(f"{where}: there is no {unknown[0]!r:.60}", f"use {', '.join(_NAMES)}")
    for name in _NAMES[:-1]:
        if not isinstance(record.get(name), str | None):
            raise BadInput(f"{where}: {name} is no text", _SEE)
    details = record.get("set", {})
    if not isinstance(details, dict):
        raise BadInput(f"{where}: set is no object", 'such as: "set": {"env": "production"}')
    return [
        EvidenceInput(
            _key(record.get("item") or item, where),
            record.get("kind") or "",
            record.get("ref") or "",
            record.get("status") or "",
            record.get("by"),
            record.get("at"),
            record.get("sha256") or "",
            details,
        )
    ]


def _key(item: str | None, where: str) -> str:
    if not item:
        raise BadInput(f"{where}: it names no item", "add item, or give --item KEY")
    return item


def _is_statement(record: Any) -> bool:
    return isinstance(record, dict) and str(record.get("_type", "")).startswith(STATEMENT)


def _statement(
    record: Mapping[str, Any], where: str, item: str | None, signed: str
) -> list[EvidenceInput]:
    subjects, predicate = record.get("subject"), record.get("predicateType")
    if not isinstance(subjects, list) or not subjects or not isinstance(predicate, str):
        raise BadInput(f"{where}: the statement has no subject or no predicateType", _SEE)
    pieces = []
    for subject in subjects:
        name = subject.get("name", "") if isinstance(subject, dict) else ""
        sha256, other = _digest(subject, where)
        ref = " ".join(f"{predicate} {name} {other}".split())
        origin = f"in-toto statement, {signed}"
        pieces.append(
            EvidenceInput(_key(item, where), "document", ref, sha256=sha256, by="", origin=origin)
        )
    return pieces


def _digest(subject: Any, where: str) -> tuple[str, str]:
    """The SHA-256 of a subject; or, where it has none, another digest with its name."""
    digests = subject.get("digest") if isinstance(subject, dict) else None
    if isinstance(digests, dict):
        if isinstance(digests.get("sha256"), str):
            return digests["sha256"], ""
        for name, value in sorted(digests.items()):
            if isinstance(value, str) and value:
                return "", f"{name}:{value}"
    raise BadInput(f"{where}: a subject has no digest", "let the tool add it")
