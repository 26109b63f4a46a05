"""The symbols of the interface, once in Unicode and once in plain ASCII.

Each is one cell wide (but for "at most" in ASCII), so that both sets give one layout. Symbols
carry the meaning that colours repeat: everything can be read without colour.
"""

from __future__ import annotations

from typing import NamedTuple


class Glyphs(NamedTuple):
    """One set of symbols."""

    bar: str = "▌"
    cursor_bar: str = "█"
    separator: str = "│"
    dot: str = "·"
    ellipsis: str = "…"
    blocked: str = "■"
    over: str = "▲"
    full: str = "="
    limits: str = "◆"
    expedite: str = "!"
    fixed_date: str = "◷"
    intangible: str = "~"
    waits: str = "↧"
    blocks: str = "↥"
    up: str = "↑"
    down: str = "↓"
    left: str = "◂"
    right: str = "▸"
    pick: str = "▾"
    live: str = "●"
    stale: str = "○"
    at_most: str = "≤"
    dash: str = "–"
    arrow: str = "→"
    done: str = "✓"
    bullet: str = "•"
    mark: str = "◉"
    edited: str = "⇄"
    at_risk: str = "◔"
    carried: str = "↻"
    gate: str = "⊓"
    no_pass: str = "⊘"
    alarm: str = "⚠"
    past50: str = "▂"
    past70: str = "▄"
    past85: str = "▆"
    past95: str = "█"

    @property
    def pace(self) -> tuple[str, str, str, str, str]:
        """Beside an age: how many of the levels p50, p70, p85 and p95 of the pace it is above."""
        return ("", self.past50, self.past70, self.past85, self.past95)


UNICODE = Glyphs()
ASCII = Glyphs(
    bar=" ",
    cursor_bar=">",
    separator="|",
    dot="-",
    ellipsis="~",
    blocked="#",
    over="^",
    full="=",
    limits="$",
    expedite="!",
    fixed_date="@",
    intangible="&",
    waits="<",
    blocks=">",
    up="^",
    down="v",
    left="<",
    right=">",
    pick="v",
    live="*",
    stale="o",
    at_most="<=",
    dash="-",
    arrow=">",
    done="+",
    bullet="*",
    mark="*",
    edited="%",
    at_risk="?",
    carried="@",
    gate="G",
    no_pass="X",
    alarm="!",
    past50=".",
    past70=":",
    past85="+",
    past95="%",
)


def glyphs(ascii_only: bool) -> Glyphs:
    """The set to draw with."""
    return ASCII if ascii_only else UNICODE
