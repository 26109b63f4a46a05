"""The symbols of our plain-text drawings, and what stands for them in ASCII."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

SPARKS, PLAIN_SPARKS = "▁▂▃▄▅▆▇█", "_.,:;+*%"
"""The heights of a value in a sparkline, the lowest for nothing, and the same in ASCII."""

ASCII = str.maketrans(
    {
        **dict(zip(SPARKS, PLAIN_SPARKS, strict=True)),
        "│": "|",
        "─": "-",
        "┼": "+",
        "▲": "^",
        "■": "#",
        "↧": "<",
        "↥": ">",
        "→": ">",
        "↑": "^",
        "↓": "v",
        "·": "-",
        "…": "~",
        "–": "-",
        "•": "*",
        "×": "x",
        "◆": "$",
        "≠": "!",
        "✱": "*",
        "▽": "v",
        "●": "*",
        "◐": "%",
        "○": "o",
        "✗": "x",
        "▶": ">",
        "▒": "=",
    }
)
"""One ASCII character for each symbol that our own drawings use, of the same width."""

ROUNDING = 1e-9
"""A height that is above a whole one by less is that one."""


def sparkline(values: Sequence[float | None], plain: bool = False) -> str:
    """A character for each value, as high as it is against the greatest; ``·`` for none."""
    levels = PLAIN_SPARKS if plain else SPARKS
    most = max((value for value in values if value is not None), default=0)
    top = len(levels) - 1
    return "".join(
        ("-" if plain else "·")
        if value is None
        else levels[ceil(value * top / most - ROUNDING) if most else 0]
        for value in values
    )
