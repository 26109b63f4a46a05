"""Tells Esc followed by a key from the sequences that terminals send for one key.

Over a slow line ``Esc`` and ``j`` arrive in one read, as ``Alt+j`` does. Textual takes both for
``Alt+j``, or drops the Esc. Here Esc becomes the sequence that means nothing but Esc.
"""

from __future__ import annotations

import re
from collections.abc import Callable

ESCAPE = "\x1b[27u"
"""Esc as keyboards with the Kitty protocol send it: no key can follow from it."""

_PASTE_BEGINS, _PASTE_ENDS = "\x1b[200~", "\x1b[201~"
_WHOLE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O[^\x1b])")
"""The sequence of a key, a report or a paste, complete."""
_CUT = re.compile(r"\x1b(?:O|\[[0-?]{0,30}[ -/]*)?\Z")
"""What may become one with the next read."""
_LONG = re.compile(r"\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)")
"""A text that a terminal sends to a program, with its end."""


class Escapes:
    """Reads what a terminal sends piece by piece.

    ``is_alt`` says whether a character behind Esc is one key with it, held down with Alt.
    """

    def __init__(self, is_alt: Callable[[str], bool] = lambda _: False) -> None:
        self._is_alt = is_alt
        self._pasting = False
        self._held = ""

    def read(self, text: str) -> str:
        """The text with ``ESCAPE`` for each Esc that is a key; what is incomplete is held back."""
        text, self._held = self._held + text, ""
        out: list[str] = []
        at = 0
        while at < len(text):
            end = self._paste_end(text, at) if self._pasting else text.find("\x1b", at)
            if end < 0:
                end = len(text)
            out.append(text[at:end])
            at = len(text) if self._held else end
            if at < len(text) and not self._pasting:
                part, size = self._key(text, at)
                out.append(part)
                at += size
        return "".join(out)

    def flush(self) -> str:
        """What was held back and stays incomplete: an Esc, perhaps with a bracket behind it."""
        held, self._held = self._held, ""
        return ESCAPE + held[1:] if 0 < len(held) <= 2 and not self._pasting else held

    def _paste_end(self, text: str, at: int) -> int:
        """Where the paste is over; what may be the beginning of its end is held back."""
        end = text.find(_PASTE_ENDS, at)
        if end >= 0:
            self._pasting = False
            return end + len(_PASTE_ENDS)
        tail = next(n for n in range(len(_PASTE_ENDS), -1, -1) if text.endswith(_PASTE_ENDS[:n]))
        self._held = _PASTE_ENDS[:tail]
        return len(text) - tail

    def _key(self, text: str, at: int) -> tuple[str, int]:
        """What to read for the Esc at ``at``, and how much of the text that stands for."""
        if _CUT.match(text, at):
            self._held = text[at:]
            return "", len(self._held)
        sequence = _WHOLE.match(text, at) or _LONG.match(text, at)
        if sequence:
            self._pasting = sequence[0] == _PASTE_BEGINS
            return sequence[0], len(sequence[0])
        following = text[at + 1]
        if following != "\x1b" and self._is_alt(following):
            return text[at : at + 2], 2
        return ESCAPE, 1
