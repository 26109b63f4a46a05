"""The position of the journal in what is written from it: proof of all entries up to there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from vsm.model.journal_head import Anchor
from vsm.model.rules import iso_or_none
from vsm.report.publish import OPTIONAL, About

_SHOWN = 12
"""Digits of a hash that people are shown."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where the journal stood: a cut or changed journal no longer has this hash there."""

    seq: Annotated[int, About("The last entry of the journal.", ge=0)]
    hash: Annotated[str, About("Its hash.", pattern=r"^[0-9a-f]{64}$")]
    at: Annotated[str | None, OPTIONAL, About("When it was recorded.")] = None


def position_of(anchor: Anchor) -> Position:
    """The published form of where a journal stands."""
    return Position(anchor.seq, anchor.hash, iso_or_none(anchor.at))


def position_line(anchor: Anchor) -> str:
    """The line at the end of a report: ``journal #48,213 · 3f2a9c0d51be…``."""
    return f"journal #{anchor.seq:,} · {anchor.hash[:_SHOWN]}…"
