"""Completions of fields: words, labels, keys of all streams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

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
