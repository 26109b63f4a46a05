"""Pieces of the header: what limits the flow, the forecast, and sources that are not read."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from vsm.date_form import write_day
from vsm.model.rules import NEXT_ITEMS, NEXT_PERCENT
from vsm.text_width import clip
from vsm.widgets.company import Pieces
from vsm.widgets.glyphs import Glyphs

Sources = tuple[tuple[str, str], ...]
"""Sources that are not read as they should be: name, and since when or why."""
_NAME = 20


class HeaderAdvice(NamedTuple):
    """What limits the flow, ``""`` where nothing does or it is not known, and the day by which the
    next :data:`~vsm.model.rules.NEXT_ITEMS` items are finished; how many new facts to act on the
    weekly report has, which stands at its tab.
    """

    limiting: str = ""
    until: date | None = None
    news: int = 0


def advice_pieces(advice: HeaderAdvice, level: int, foreseen: bool, glyphs: Glyphs) -> Pieces:
    """The forecast, and what limits the flow."""
    out: Pieces = []
    if advice.until is not None and foreseen:
        out.append((f"next {NEXT_ITEMS}: {NEXT_PERCENT}% by {write_day(advice.until)}", "text"))
    if advice.limiting:
        words = " limits the flow" if level < 1 else ""
        name = clip(advice.limiting, 30 if level < 2 else 16, glyphs.ellipsis)
        out.append((f"{glyphs.limits} {name}{words}", "bad"))
    return out


def source_pieces(sources: Sources, level: int, glyphs: Glyphs) -> Pieces:
    """The first source that is not read as it should be, and how many more there are."""
    if not sources:
        return []
    name, words = sources[0]
    more = f" and {len(sources) - 1} more" if len(sources) > 1 and level < 3 else ""
    return [(f"{clip(name, _NAME, glyphs.ellipsis)} {glyphs.alarm} {words}{more}", "bad")]
