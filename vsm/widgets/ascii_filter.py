"""A line filter for terminals without Unicode: what is drawn leaves as ASCII.

Our own widgets draw with :data:`vsm.widgets.glyphs.ASCII`; borders and scrollbars are
Textual's and know no such set. Letters of people's own texts stay as they are.
"""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from vsm.widgets.glyphs import ASCII, UNICODE

_DRAWN = dict.fromkeys(range(0x2500, 0x2580), "+")
_DRAWN |= dict.fromkeys(range(0x2580, 0x25A0), "#")
_DRAWN |= dict.fromkeys(map(ord, "─━┄┅┈┉╌╍═╴╶╸╺╼╾▀▔"), "-")
_DRAWN |= dict.fromkeys(map(ord, "│┃┆┇┊┋╎╏║╵╷╹╻╽╿▌▍▎▏▐▕"), "|")
_DRAWN |= dict.fromkeys(map(ord, "▂▃▄▅▆▇░"), " ")
_DRAWN |= {
    ord("▶"): ">",
    ord("▒"): "=",
    ord("◐"): "%",
    ord("▁"): "_",
    ord("╱"): "/",
    ord("╲"): "\\",
    ord("╳"): "x",
    ord("×"): "x",
    ord("✗"): "x",
    ord("÷"): "/",
}
for _ours, _theirs in zip(UNICODE, ASCII, strict=True):
    if len(_theirs) == 1 and not _ours.isascii() and _theirs != " ":
        _DRAWN.setdefault(ord(_ours), _theirs)


class Plain(LineFilter):
    """Draws lines, boxes and symbols with ASCII, cell for cell."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments with ASCII in place of what was drawn; most pass as they are."""
        if all(s.text.isascii() or s.control for s in segments):
            return segments
        return [s if s.control else Segment(s.text.translate(_DRAWN), s.style) for s in segments]
