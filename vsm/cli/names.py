"""Find what a person means by a name, and tell them what there is where nothing fits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import click

from vsm.model.errors import BadInput

if TYPE_CHECKING:
    from vsm.reader import Reader

_T = TypeVar("_T")
_E = TypeVar("_E", bound=StrEnum)

_PARTS = re.compile(r"[.@_:\s]+")

NONE = "none"
"""The word that empties a field, as in the filter language."""


def is_none(text: str) -> bool:
    """Whether a value is there to empty a field."""
    return text.strip().casefold() in ("", NONE)


def _fold(text: str) -> str:
    return " ".join(text.split()).casefold()


def candidates(typed: str, names: Iterable[tuple[str, _T]]) -> list[tuple[str, _T]]:
    """Those of exactly this name, else those that begin with it; letter case never matters."""
    folded = _fold(typed)
    listed = list(names)
    exact = [(n, value) for n, value in listed if _fold(n) == folded]
    if exact or not folded:
        return exact
    return [(n, value) for n, value in listed if _fold(n).startswith(folded)]


def describe_unknown(what: str, typed: str, names: Sequence[str]) -> str:
    """Say that there is no such thing, which is closest, and what there is."""
    from difflib import get_close_matches

    # Of a login such as anna.kern a part is enough.
    parts = {part: n for n in names for part in _PARTS.split(n.casefold()) if len(part) > 1}
    by_fold = parts | {n.casefold(): n for n in names}
    close = get_close_matches(typed.casefold(), list(by_fold), n=1, cutoff=0.6)
    text = f"there is no {what} {typed[:60]!r}"
    if close:
        text += f"; did you mean {by_fold[close[0]]!r}?"
    if not names:
        return f"{text}; there are none yet"
    shown = list(names[:12])
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    joiner = " There are" if close else "; there are"
    return f"{text}{joiner}: {', '.join(shown)}{more}"


def pick(what: str, typed: str, names: Sequence[tuple[str, _T]], remedy: str = "") -> _T:
    """The one that is meant. Raises :class:`BadInput` naming the closest, or those that fit."""
    matches = candidates(typed, names)
    if len(matches) == 1:
        return matches[0][1]
    if matches:
        fits = ", ".join(n for n, _ in matches[:12])
        raise BadInput(f"{typed!r} fits more than one {what.rstrip(':')}", f"say which: {fits}")
    raise BadInput(
        describe_unknown(what, typed, [n for n, _ in names]), remedy if not names else ""
    )


def no_item(reader: Reader, key: str) -> BadInput:
    """The error for an unknown key, naming the keys nearest to it."""
    near = [k for k, _ in reader.keys_like(key.strip(), None, 5)] if key.strip() else []
    if near:
        return BadInput(f"there is no item {key!r}", f"near it: {', '.join(near)}")
    return BadInput(f"there is no item {key!r}", "find it: vsm item list --filter WORDS")


class OneOf(click.ParamType[Any], Generic[_E]):
    """A word of a closed list, by any unique beginning."""

    name = "word"

    def __init__(self, words: type[_E]) -> None:
        self.words = words

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> _E:
        """Give the member of the list that is meant."""
        if isinstance(value, self.words):
            return value
        words = [(str(word).replace("_", "-"), word) for word in self.words]
        matches = candidates(str(value).replace("_", "-"), words)
        if len(matches) == 1:
            return matches[0][1]
        self.fail(f"{value!r} is none of {', '.join(self.words)}", param, ctx)

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """The words themselves, as help shows them."""
        return "[" + "|".join(self.words) + "]"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[Any]:
        """Offer the words."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(str(w)) for w in self.words if w.startswith(incomplete.casefold())]
