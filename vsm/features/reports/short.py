"""Cuts sentences of facts short, for a line of a screen and the title of an item."""

from __future__ import annotations

LINE = 60
"""Characters of a message about a fact."""
TITLE = 72
"""Characters of the title of an item."""
_LEAST = 18
"""Characters that the beginning of a sentence has to have to stand for all of it."""
_ENDS = ("; ", ": ", " (", ". ")


def shorten(text: str, most: int = LINE) -> str:
    """The text, ended with an ellipsis behind a word where it is longer."""
    if len(text) <= most:
        return text
    cut = text[: most - 1].rpartition(" ")[0] or text[: most - 1]
    return f"{cut.rstrip(' ,;:')}…"


def title_of(sentence: str) -> str:
    """What a sentence is about: its question, or its beginning up to the first break."""
    question, mark, _ = sentence.partition("? ")
    if mark:
        return shorten(f"{question}?", TITLE)
    places = [at for at in (sentence.find(end, _LEAST) for end in _ENDS) if at > 0]
    return shorten(sentence[: min(places)] if places else sentence, TITLE)
