"""Pinned forecasts: what was said, of what, and when; and saved changes of what-if."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from vsm.model.dates import MONTHS
from vsm.model.plural import count

SHORT, MOST_NAMED = 50, 2
"""Characters of a filter, and keys, that a name has at most."""


class Question(StrEnum):
    """What a pinned forecast is about."""

    THROUGHPUT = "throughput"
    """So many items of a stream or filter finish by a day, counted from the pinning on."""
    ITEM = "item"
    """An item is finished by a day."""
    SET = "set"
    """All items of a set are finished or dropped by a day."""
    SATURATION = "saturation"
    """A team is saturated by a day: used by 85% or more over four weeks."""


class Source(StrEnum):
    """Who said it."""

    VSM = "vsm"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Pin:
    """A forecast that is held to what comes of it.

    ``only`` is the stream, ``None`` for all. ``items`` are the least that finish, ``keys`` or
    ``filter`` say which: a set of keys is these items, one of a filter is all that match by the
    day. ``by`` is an ISO date, ``odds`` a share, ``pinned_at`` UTC microseconds. ``team`` is whom a
    prediction of saturation is about.
    """

    id: int
    name: str
    question: str
    only: int | None
    filter: str
    keys: tuple[str, ...]
    items: int | None
    by: str
    odds: float
    pinned_at: int
    source: str
    note: str
    team: int | None = None

    @property
    def day(self) -> date:
        """The day by whose end it is to come true."""
        return date.fromisoformat(self.by)


@dataclass(frozen=True, slots=True)
class Plan:
    """A change to be tried, under a name, by the options of the command line.

    It is one of a stream, or of teams where ``only`` is ``None``.
    """

    id: int
    name: str
    only: int | None
    options: str


def pin_name(
    stream: str, filter: str, keys: Sequence[str], items: int | None, by: date, odds: float
) -> str:
    """``Cards: 20 items by 19 Dec 2026 (85%)``, by which people name it."""
    parts = [] if keys else [stream] if stream else []
    if items is not None:
        parts.append(f"{count(items, 'item')}{f' of {_short(filter)}' if filter else ''}")
    elif keys:
        more = len(keys) - MOST_NAMED
        parts.append(", ".join(keys[:MOST_NAMED]) + (f" and {more} more" if more > 0 else ""))
    else:
        parts.append(_short(filter))
    day = f"{by.day} {MONTHS[by.month - 1]} {by.year}"
    return f"{_short(': '.join(parts), 80)} by {day} ({odds:.0%})"


def free_name(name: str, taken: Sequence[str]) -> str:
    """The name, with a number after it where it is taken."""
    folded = {one.casefold() for one in taken}
    number = 2
    free = name
    while free.casefold() in folded:
        free = f"{name} #{number}"
        number += 1
    return free


def _short(text: str, most: int = SHORT) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
