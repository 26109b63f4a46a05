"""Asks a process of its own what comes of the changes that would help, to show it later."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from vsm.features.bottlenecks.results import Change, Play, PlayedFigure
from vsm.model.rules import iso
from vsm.screens.analyses import analysis

if TYPE_CHECKING:
    from vsm.model.stream import ValueStream


async def ask_plays(path: Path, stream: ValueStream, at: int | None, seen: int) -> tuple[Play, ...]:
    """What the changes come to that would help, now or at a moment; nothing without an answer.

    ``seen`` is the position of the journal that they are worked out for.
    Playing keeps a processor busy for seconds: in a thread of the board keys would be slow.
    """
    moment = () if at is None else ("--as-of", iso(at))
    report = await analysis(path, stream, "bottlenecks", "--play", *moment, seen=seen)
    return () if report is None else tuple(play_of(row) for row in report["plays"])


def play_of(row: dict[str, Any]) -> Play:
    """A play from its JSON."""
    figures = tuple(PlayedFigure(**figure) for figure in row["figures"])
    return Play(**{**row, "change": Change(row["change"]), "figures": figures})
