"""Reads pieces of evidence from JSON that pipelines send, and from in-toto statements.

An in-toto statement, also one in a DSSE envelope, is kept as a document: the type of its predicate
and the digest of each subject. Signatures are not verified, and the origin says so.
"""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from vsm.model.errors import BadInput

TEXT_MAX = 8 << 20
"""Most characters of a file."""
RECORDS_MAX = 2000
"""Most records of a file."""
STATEMENT = "https://in-toto.io/Statement/"
PAYLOAD = "application/vnd.in-toto+json"
"""The type of an in-toto statement in an envelope."""
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


def read_evidence(text: str, name: str, item: str | None) -> list[EvidenceInput]:
    """All records of a text: a list, one object, or one object a line.

    ``item`` is the key for records that name none. Raises :class:`BadInput` with the record.
    """
    if len(text) > TEXT_MAX:
        raise BadInput(f"{name} is larger than {TEXT_MAX >> 20} MiB", "send it in parts")
    pieces: list[EvidenceInput] = []
    for number, record in enumerate(_records(text, name), 1):
        pieces += _one(record, f"{name}, record {number}", item)
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


def _one(record: Any, where: str, item: str | None) -> list[EvidenceInput]:
    if not isinstance(record, dict):
        raise BadInput(f"{where}: this is no object", _SEE)
    if "payloadType" in record:
        record = _payload(record, where)
    if str(record.get("_type", "")).startswith(STATEMENT):
        return _statement(record, where, item)
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


def _statement(record: Mapping[str, Any], where: str, item: str | None) -> list[EvidenceInput]:
    subjects, predicate = record.get("subject"), record.get("predicateType")
    if not isinstance(subjects, list) or not subjects or not isinstance(predicate, str):
        raise BadInput(f"{where}: the statement has no subject or no predicateType", _SEE)
    pieces = []
    for subject in subjects:
        name = subject.get("name", "") if isinstance(subject, dict) else ""
        sha256, other = _digest(subject, where)
        ref = " ".join(f"{predicate} {name} {other}".split())
        origin = "in-toto statement, unverified"
        pieces.append(
            EvidenceInput(_key(item, where), "document", ref, sha256=sha256, by="", origin=origin)
        )
    return pieces


def _payload(envelope: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    """The in-toto statement in a DSSE envelope; raises :class:`BadInput` for other contents."""
    statement = None
    if envelope["payloadType"] == PAYLOAD:
        # DSSE allows the alphabet of URLs too
        text = str(envelope.get("payload")).replace("-", "+").replace("_", "/")
        with contextlib.suppress(ValueError, RecursionError):
            statement = json.loads(base64.b64decode(text, validate=True))
    if not isinstance(statement, dict) or not str(statement.get("_type")).startswith(STATEMENT):
        raise BadInput(f"{where}: the envelope holds no in-toto statement", _SEE)
    return statement


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
