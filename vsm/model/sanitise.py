"""Make text from outside harmless before it is shown.

Stored text is kept as it came. What reaches a terminal has no control characters (C0, C1,
DEL), no bidirectional controls, no invisible or tag characters: they could move the cursor,
write the clipboard or make a text look like another. The zero-width joiner stays, because
emoji need it.
"""

from __future__ import annotations

import re

_HARMFUL = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and newline, DEL, C1
    "\u00ad\u061c\u115f\u1160\u180e"  # soft hyphen, Arabic letter mark, fillers
    "\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"  # zero width, separators, bidi
    "\u3164\ufeff\ufff9-\uffff\ud800-\udfff"  # filler, BOM, anchors, surrogates
    "\U000e0000-\U000e0fff"  # tags and invisible variation selectors
)
HARMFUL = re.compile(f"[{_HARMFUL}]")
_SPACES = re.compile(r"[\t\n\r\x0b\x0c\x85\u2028\u2029]+")


def inert(text: str) -> str:
    """Return ``text`` without anything that acts on a terminal; newlines and tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    return HARMFUL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def inert_line(text: str) -> str:
    """Return ``text`` as one harmless line: line breaks and tabs become a space."""
    if text.isascii() and text.isprintable():
        return text
    return HARMFUL.sub("", _SPACES.sub(" ", text))


def escaped(json: str) -> str:
    """JSON text in which what could act on a terminal is written as ``\\uXXXX``: the same data."""
    return HARMFUL.sub(_as_json, json)


def _as_json(match: re.Match[str]) -> str:
    raw = match.group().encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{raw[i]:02x}{raw[i + 1]:02x}" for i in range(0, len(raw), 2))
