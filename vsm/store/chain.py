"""The chain of hashes, followed entry by entry: what was changed without being told.

Texts that were taken out of an entry leave its hash as it was, so the chain holds; a later entry
(:class:`~vsm.model.event.EntriesRedacted`) records what it became.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

GENESIS = b"\x00" * 32
"""What stands for the hash of the entry before the first."""

_FORGOTTEN = re.compile(r"(?:[a-z]+:[0-9]+=)?former-[0-9]+")
"""The actor of an entry of somebody who is forgotten."""
REDACTED = "entries_redacted"
"""The kind of event that records what entries became."""
TAKEN_OUT = "[redacted]"
"""Stands in place of a text that was taken out."""
_ALIAS = re.compile(r'"(?:\[redacted\]|former-[0-9]+)"')
"""A text of a payload that stands for what was taken out."""


def digest(previous: bytes, columns: Iterable[Any], payload_hash: bytes) -> bytes:
    """The hash of a row: of the previous hash, its other columns in order, the payload's hash."""
    return chained(previous, encoded(columns), payload_hash)


def encoded(columns: Iterable[Any]) -> str:
    """Columns as they are hashed.

    A column is written as ``-`` for nothing, a number in decimal, a text as its length in
    characters, a colon and itself; columns are joined by commas, so nothing can be mistaken.
    """
    return ",".join(
        [f"{c}" if c.__class__ is int else "-" if c is None else f"{len(c)}:{c}" for c in columns]
    )


def chained(previous: bytes, columns: str, payload_hash: bytes) -> bytes:
    """The hash of a row whose columns are encoded."""
    return hashlib.sha256(b"%b%b%b" % (previous, columns.encode(), payload_hash)).digest()


def digest_redacted(row: tuple[Any, ...], previous: bytes) -> str:
    """What an entry is after texts were taken out, with its place in the chain; hexadecimal."""
    content = hashlib.sha256(row[14].encode()).digest()
    return digest(previous, row[:14], content + bytes(row[15]) + bytes(row[16])).hex()


def redactions(payload: str) -> Mapping[int, str]:
    """What an entry of the kind :data:`REDACTED` says of others, by their position."""
    return {int(seq): str(became) for seq, became in json.loads(payload)["entries"]}


def seems_redacted(row: tuple[Any, ...]) -> bool:
    """Whether a row looks as if texts or a name were taken out of it."""
    columns = row[7], row[14]
    if not all(isinstance(text, str) for text in columns):
        return row[14] is None
    return bool(_FORGOTTEN.fullmatch(columns[0]) or _ALIAS.search(columns[1]))


def find_fault(
    row: tuple[Any, ...], expected: int, previous: bytes, redacted: Mapping[int, str]
) -> str | None:
    """What is wrong with a row that should be entry ``expected``, if anything.

    ``redacted`` says what entries became from which texts were taken out.
    """
    columns, payload, body, stored = row[:14], row[14], row[15], row[16]
    if row[0] != expected:
        return f"entry {expected} is missing"
    if not isinstance(body, bytes) or not isinstance(stored, bytes):
        return f"entry {expected} has no hash"
    if not isinstance(payload, str):
        return f"the content of entry {expected} is missing"
    became = redacted.get(expected)
    if became is not None and digest_redacted(row, previous) == became:
        # Where only texts are gone the columns are as they were; else somebody is forgotten.
        if digest(previous, columns, body) == stored or _FORGOTTEN.fullmatch(row[7]):
            return None
        return f"entry {expected} was changed, removed or put in"
    if hashlib.sha256(payload.encode()).digest() != body:
        return f"the content of entry {expected} was changed"
    if digest(previous, columns, body) != stored:
        return f"entry {expected} was changed, removed or put in"
    return None
