"""Completes the last word of a filter: fields, their values, signs and words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from vsm.model.item import ClassOfService
from vsm.model.query_parser import IS, WORDS_ALONE
from vsm.model.query_tree import CURRENT, FIELDS, NEXT, NONE
from vsm.model.rules import LEVELS
from vsm.model.sanitise import inert_line

TERMS = (
    *(f"{name}:" for name in FIELDS),
    "is:",
    *WORDS_ALONE,
    *("age>", "pace>", "idle>", "blocked>", "due<=", "created>=", "updated>="),
    *("or", "not", "and"),
)
"""What a term of a filter can begin with."""
_LEVELS = tuple(f"p{level}" for level in LEVELS)
_DAYS = ("today", "tomorrow", "yesterday", "-7d", "-2w", "+3d", "+2w")
_AFTER_SIGN = {
    "age": _LEVELS,
    "pace": _LEVELS,
    "due": _DAYS,
    "created": _DAYS,
    "updated": _DAYS,
}
_COMPARED = re.compile(r"([a-z]+)(?:<=|>=|<|>|=)")


def values_of(
    teams: Sequence[str],
    owners: Sequence[str],
    types: Sequence[str],
    labels: Sequence[str],
    stages: Sequence[str],
) -> dict[str, Sequence[str]]:
    """By field the values that a filter is completed with."""
    return {
        "team": [*teams, NONE],
        "owner": ["me", *owners, NONE],
        "type": types,
        "class": tuple(map(str, ClassOfService)),
        "label": [*labels, NONE],
        "stage": stages,
        "is": IS,
        "sprint": (CURRENT, NEXT, NONE),
    }


def continuations(text: str, values: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The filter with its last word completed in each way there is, the likeliest first."""
    start, quoted = 0, False
    for at, char in enumerate(text):
        if char == '"':
            quoted = not quoted
        elif char.isspace() and not quoted:
            start = at + 1
    term = text[start:].lstrip("-(")
    name, colon, rest = term.partition(":")
    compared = _COMPARED.match(term.casefold())
    if compared and not quoted:
        typed = term[compared.end() :]
        for value in _AFTER_SIGN.get(compared[1], ()):
            if typed and value.startswith(typed.casefold()) and len(value) > len(typed):
                yield text[: len(text) - len(typed)] + value
        return
    if not colon:
        folded = term.casefold()
        for whole in TERMS:
            if folded and whole.startswith(folded) and whole != folded:
                yield text[: len(text) - len(term)] + whole
        return
    typed = rest[rest.rfind('"') + 1 :] if quoted else rest.rpartition(",")[2]
    for value in values.get(name.casefold(), ()):
        word = inert_line(value)
        if not word.casefold().startswith(typed.casefold()) or '"' in word:
            continue
        # A value with a space must be quoted; without quotes its beginning means it too.
        word = f'{word}"' if quoted else re.split(r"[\s,()]", word)[0]
        if len(word) > len(typed):
            yield text[: len(text) - len(typed)] + word


def filter_goes_on(text: str, values: Mapping[str, Sequence[str]]) -> str | None:
    """The filter with its last word completed in the likeliest way, once it has begun."""
    if text.endswith((":", ",", '"')):
        return None
    return next(continuations(text, values), None)
