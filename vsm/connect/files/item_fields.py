"""Turns texts of a file into fields of a work item, within their limits of length."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from vsm.model.errors import BadInput

TITLE_MAX = 500
"""Most characters of a title; Jira itself allows 255."""
TEXT_MAX = 200_000
"""Most characters of a description; Jira's own default limit is 32,767."""
NAME_MAX = 255
"""Most characters of a status, a type, a label, an id or a person's name."""
LABELS_MAX = 50
"""Most labels of one item."""

_BLANK = frozenset(
    ("", "null", "none", "n/a", "na", "#n/a", "nan", "nil", "-", "--", "–", "—", "?", "(none)")
)
"""What tools write in a cell for nothing, in lower case."""
_LISTED = re.compile(r"\s*[|;]\s*")


def shown(value: Any) -> str:
    """A value from a file, short enough for a message."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def blank(text: str) -> bool:
    """Whether a cell has nothing, or what tools write for nothing."""
    return text.strip().casefold() in _BLANK


def cut(text: str, most: int) -> str:
    """The text, cut to ``most`` characters with an ellipsis if it is longer."""
    return text if len(text) <= most else text[: most - 1] + "…"


def name(text: str, where: Callable[[], str]) -> str:
    """A name on one line; raises :class:`BadInput` with its place if it is too long."""
    line = " ".join(text.split())
    if len(line) > NAME_MAX:
        raise BadInput(
            f"{where()}: a name of {len(line):,} characters, {NAME_MAX} is the most",
            "is it the right column?",
        )
    return line


def labels(text: str, where: Callable[[], str]) -> tuple[str, ...]:
    """A list written ``a|b``, ``[a|b]`` or ``a; b``, each label once and in its order."""
    parts = _LISTED.split(text.strip().removeprefix("[").removesuffix("]"))
    unique = [n for n in dict.fromkeys(name(p, where) for p in parts) if n]
    if len(unique) > LABELS_MAX:
        raise BadInput(
            f"{where()}: {len(unique):,} labels, {LABELS_MAX} are the most",
            "is it the right column?",
        )
    return tuple(unique)


def estimate(text: str, where: Callable[[], str]) -> float | None:
    """Points or another estimate: a number from 0 on, with a point or a comma."""
    plain = text.strip()
    if not plain:
        return None
    try:
        number = float(plain.replace(",", "."))
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or number < 0:
        raise BadInput(f"{where()}: {shown(text)} is no estimate", "give a number from 0 on")
    return number
