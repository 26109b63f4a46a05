"""Pieces of the line of tabs, in as many words as there is room for."""

from __future__ import annotations

from vsm.actions import TABS
from vsm.keymap import Keymap
from vsm.text_width import width_of
from vsm.widgets.company import Pieces
from vsm.widgets.glyphs import ASCII, Glyphs

REPORTS = "reports"
"""The tab that says how many facts are new."""


def tab_pieces(keymap: Keymap, current: str, news: int, width: int, glyphs: Glyphs) -> Pieces:
    """A piece for each tab: the last give up their names first, the current one never."""
    whole: Pieces = []
    short: Pieces = []
    for tab in TABS:
        key = keymap.name(tab.id, glyphs is ASCII) if keymap.of(tab.id) else ""
        name, ink = f"{key} {tab.label}".lstrip(), "text"
        if tab.id == REPORTS and news and width:
            key, name, ink = f"{key} {news}".lstrip(), f"{name} {news}", "warn"
        if tab.id == current:  # brackets, so that it is marked without colour too
            whole.append((f"[{name}]", "tab"))
            short.append(whole[-1])
        else:
            whole.append((f" {name} ", ink))
            short.append((f" {key or name} ", ink))
    if _cells(_closer(whole)) <= width:
        return whole if _cells(whole) <= width else _closer(whole)
    pieces = list(whole)
    for n in reversed(range(len(pieces))):
        if _cells(pieces) > width:
            pieces[n] = short[n]
    return _closer(pieces) if _cells(pieces) > width > 0 else pieces


def _closer(pieces: Pieces) -> Pieces:
    """Tabs closer together, where else names or the last tabs would be missing."""
    return [(text.rstrip(), ink) for text, ink in pieces]


def _cells(pieces: Pieces) -> int:
    return sum(width_of(text) for text, _ in pieces)
