"""Compares a journal with a head (last position and hash) that was recorded earlier elsewhere.

The hash of an entry covers everything before it, so a journal that has the recorded hash at the
recorded position holds the same entries up to there. This is the only proof against a journal
whose end was cut or whose chain of hashes was computed anew: both are consistent in themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Anchor(NamedTuple):
    """Where a journal stands: its last entry, that one's hash in hexadecimal and its moment.

    ``at``: when it was recorded, in UTC microseconds; ``None`` in an empty journal.
    """

    seq: int
    hash: str
    at: int | None


@dataclass(frozen=True, slots=True)
class RecordedHead:
    """Where a journal ended when ``source`` was written; ``hash`` in hexadecimal.

    ``day``: when that entry was recorded, in words, where the source says it.
    ``read_hashes`` gives position and hash of each entry, where the source holds them; with
    ``has_gaps`` of some, as a log of anchors does.
    """

    source: str
    seq: int
    hash: str
    read_hashes: Callable[[], Iterator[tuple[int, str]]] | None = None
    day: str = ""
    has_gaps: bool = False


class Continuity(StrEnum):
    """How a journal relates to a recorded head."""

    CONTINUED = "continued"
    CUT = "cut"
    REWRITTEN = "rewritten"


@dataclass(frozen=True, slots=True)
class HeadCheck:
    """The result of a comparison, in words; ``missing`` counts entries known to be lost."""

    continuity: Continuity
    missing: int
    text: str

    @property
    def ok(self) -> bool:
        """Whether the journal holds all that the recorded head vouches for."""
        return self.continuity is Continuity.CONTINUED


def check_head(
    recorded: RecordedHead, last: int, find_hash: Callable[[int], str | None]
) -> HeadCheck:
    """Compare a journal that ends at ``last`` with a recorded head.

    ``find_hash`` gives the hash of an entry of the journal in hexadecimal, ``None`` for an entry
    that is not there.
    """
    source, seq = recorded.source, recorded.seq
    is_there = seq <= last and find_hash(seq) == recorded.hash
    differs = None
    if recorded.has_gaps or not is_there:
        differs = _find_first_difference(recorded, last, find_hash)
    if is_there and differs is None:
        text = f"the journal is the one that {source} records, up to its entry {seq}"
        return HeadCheck(Continuity.CONTINUED, 0, text)
    start, other = "", seq
    if differs is not None and recorded.has_gaps:
        start, other = f" before entry {differs}", differs
    elif differs is not None:
        start = f", from entry {differs} on"
    if seq > last:
        missing = seq - last
        of_day = f" of {recorded.day}" if recorded.day else ""
        also = f", and what is left was rewritten{start}" if start else ""
        text = (
            f"the journal was cut by at least {count_entries(missing)}: it ends at entry {last},"
            f" {source} records entry {seq}{of_day}{also}"
        )
        return HeadCheck(Continuity.CUT, missing, text)
    text = (
        f"the journal was rewritten{start}, or cut and continued: its entry {other} is not the one"
        f" that {source} records (unless {source} is of another database)"
    )
    return HeadCheck(Continuity.REWRITTEN, 0, text)


def _find_first_difference(
    recorded: RecordedHead, last: int, find_hash: Callable[[int], str | None]
) -> int | None:
    """Position of the first entry that is not as recorded, where the source holds them all."""
    if recorded.read_hashes is None:
        return None
    for seq, digest in recorded.read_hashes():
        if seq > last:
            return None
        if find_hash(seq) != digest:
            return seq
    return None


def count_entries(count: int) -> str:
    """A number of entries in words."""
    return "1 entry" if count == 1 else f"{count:,} entries"
