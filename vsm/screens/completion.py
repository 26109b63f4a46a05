"""Completions of fields: words, labels, keys of all streams, terms of a filter."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from vsm.model.query import FIELDS
from vsm.model.sanitise import inert_line
from vsm.widgets.field import Complete
from vsm.widgets.pick_list import Row

if TYPE_CHECKING:
    from vsm.screens.host import Host

MOST = 50
"""Most candidates that are looked for."""


def fitting(typed: str, options: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The options that begin with the text, then those one of whose words does."""
    folded = typed.strip().casefold()

    def rank(option: tuple[str, str]) -> int:
        word, about = (part.casefold() for part in option)
        if word.startswith(folded):
            return 0
        return 1 if any(part.startswith(folded) for part in f"{word} {about}".split()) else 2

    ranked = sorted((rank(option), n) for n, option in enumerate(options))
    return [options[n] for how, n in ranked if how < 2][:MOST]


def among(options: Sequence[tuple[str, str]]) -> Complete:
    """Complete one of these words, each with what it means."""

    async def complete(typed: str) -> list[Row]:
        if not typed.strip():
            return []
        return [Row(inert_line(word), word, about) for word, about in fitting(typed, options)]

    return complete


def labels(known: Sequence[str]) -> Complete:
    """Complete the last of several labels; those that are there already are left out."""
    options = [(word, "") for word in known]

    async def complete(typed: str) -> list[Row]:
        before, comma, last = typed.rpartition(",")
        if not last.strip():
            return []
        lead = f"{before}{comma}{' ' if last.startswith(' ') else ''}"
        there = {word.strip().casefold() for word in before.split(",")}
        return [
            Row(f"{lead}{inert_line(word)}", word)
            for word, _ in fitting(last, options)
            if word.casefold() not in there
        ]

    return complete


def keys(host: Host, but: str = "") -> Complete:
    """Complete the key of an item of any stream, by key or words of its title; not of ``but``."""

    async def complete(typed: str) -> list[Row]:
        text = typed.strip()
        if not text:
            return []
        matches = await host.reading.call(lambda reader: reader.keys_like(text, None, MOST))
        return [Row(key, key, title) for key, title in matches if key != but]

    return complete


# -- the filter line -------------------------------------------------------------------

TERMS = (*(f"{name}:" for name in FIELDS), "blocked", "age>", "due<=")
"""What a term of a filter can begin with."""


def filter_goes_on(text: str, values: Mapping[str, Sequence[str]]) -> str | None:
    """The filter with its last word completed: the name of a field, or one of its values."""
    start, quoted = 0, False
    for at, char in enumerate(text):
        if char == '"':
            quoted = not quoted
        elif char.isspace() and not quoted:
            start = at + 1
    term = text[start:].removeprefix("-")
    name, colon, rest = term.partition(":")
    if not colon:
        folded = term.casefold()
        whole = next((t for t in TERMS if folded and t.startswith(folded)), None)
        return text[: len(text) - len(term)] + whole if whole and whole != folded else None
    typed = rest[rest.rfind('"') + 1 :] if quoted else rest.rpartition(",")[2]
    folded = typed.casefold()
    for value in values.get(name.casefold(), ()):
        whole = inert_line(value)
        if not folded or not whole.casefold().startswith(folded) or '"' in whole:
            continue
        # A value with a space must be quoted; without quotes its beginning means it too.
        whole = f'{whole}"' if quoted else re.split(r"[\s,]", whole)[0]
        if len(whole) > len(typed):
            return text[: len(text) - len(typed)] + whole
    return None
