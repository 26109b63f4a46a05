"""Colleagues in the header: who else has a board open, and who follows this one."""

from __future__ import annotations

from typing import NamedTuple

from vsm.text_width import clip, width_of
from vsm.widgets.glyphs import Glyphs

Pieces = list[tuple[str, str]]
"""(text, name of an ink)."""

_SHOWN = (6, 6, 4, 2)
"""Colleagues that are named, from the longest wording of the header on; then they are counted."""
_OWN = 16
"""Cells of one's own name."""


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
        out.append((f"+{count}{glyphs.dot}", "faint"))
    if company.followers and level < 2:
        name = clip(company.followers[0][0], 16, glyphs.ellipsis)
        more = f" and {len(company.followers) - 1} more" if len(company.followers) > 1 else ""
        verb = "follow" if more else "follows"
        out.append((f"{name}{more} {verb} you  ", "warn"))
    elif company.followers:
        out.append((f"{glyphs.right}{company.followers[0][1]} ", "warn"))
    return out


def people_pieces(
    company: Company, actor: str, level: int, glyphs: Glyphs, longest: int = 0
) -> Pieces:
    """Who else is here, then one's own name, in ``longest`` cells at most."""
    name = clip(actor, longest or (_OWN if level < 3 else _OWN // 2), glyphs.ellipsis)
    return [*company_pieces(company, level, glyphs), (f"{name} ", "text")]


def fitting_people(
    company: Company, actor: str, room: int, glyphs: Glyphs, right: Pieces
) -> Pieces:
    """``right``, its last piece after the longest wording in this room, if that is longer."""
    for level in range(2, len(_SHOWN) + 1):
        pieces = people_pieces(company, actor, level, glyphs, _OWN)
        cells = sum(width_of(text) for text, _ in pieces)
        if sum(width_of(text) for text, _ in right[:-1]) < cells <= room:
            return [*pieces, right[-1]]
    return right
