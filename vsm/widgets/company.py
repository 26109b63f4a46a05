"""Colleagues in the header: who else has a board open, and who follows this one."""

from __future__ import annotations

from typing import NamedTuple

from vsm.text_width import clip
from vsm.widgets.glyphs import Glyphs

Pieces = list[tuple[str, str]]
"""(text, name of an ink)."""

_SHOWN = (6, 6, 4, 2)
"""Colleagues that are named, from the longest wording of the header on; then they are counted."""


class Company(NamedTuple):
    """Name and initials of those who follow this cursor, and initials of who else is here."""

    initials: tuple[str, ...] = ()
    followers: tuple[tuple[str, str], ...] = ()


def company_pieces(company: Company, level: int, glyphs: Glyphs) -> Pieces:
    """Who is here, in fewer words the higher the level is; nothing where nobody is."""
    out: Pieces = []
    count = len(company.initials)
    if count and level < len(_SHOWN):
        named = " ".join(company.initials[: _SHOWN[level]])
        more = f" +{count - _SHOWN[level]}" if count > _SHOWN[level] else ""
        out.append((f"with {named}{more}  ", "faint"))
    elif count and level == len(_SHOWN):
        out.append((f"+{count} ", "faint"))
    if company.followers and level < 2:
        name = clip(company.followers[0][0], 16, glyphs.ellipsis)
        more = f" and {len(company.followers) - 1} more" if len(company.followers) > 1 else ""
        verb = "follow" if more else "follows"
        out.append((f"{name}{more} {verb} you  ", "warn"))
    elif company.followers:
        out.append((f"{glyphs.right}{company.followers[0][1]} ", "warn"))
    return out
