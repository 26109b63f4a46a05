"""The line filter that everything drawn passes: nothing acts on a terminal or shifts its cells."""

from __future__ import annotations

import re

from rich.cells import cell_len, split_graphemes
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from vsm.model.sanitise import HARMFUL

_UNSETTLED = re.compile("[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")
_SELECTORS = re.compile("[\ufe0e\ufe0f]|(?<=.)[\U0001f3fb-\U0001f3ff]")


def settled(text: str) -> str:
    """``text`` in as many cells as before, on which terminals agree.

    Some give an emoji with a variation selector two cells and some one, and show a skin tone as
    a character of its own: so selectors and tones are left out, and a space fills the cell.
    """
    out: list[str] = []
    for start, stop, cells in split_graphemes(text)[0]:
        letter = _SELECTORS.sub("", text[start:stop])
        out.append(letter + " " * (cells - cell_len(letter)))
    return "".join(out)


class Harmless(LineFilter):
    """Removes from every line whatever could act on a terminal or be wider than it was taken."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments without harmful characters; most lines pass as they are."""
        if all((s.text.isascii() and s.text.isprintable()) or s.control for s in segments):
            return segments
        return [s if s.control else Segment(_harmless(s.text), s.style) for s in segments]


def _harmless(text: str) -> str:
    clean = HARMFUL.sub("", text)
    return settled(clean) if _UNSETTLED.search(clean) else clean
