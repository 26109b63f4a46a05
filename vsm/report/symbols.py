"""The symbols of our plain-text drawings, and what stands for them in ASCII."""

from __future__ import annotations

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
    }
)
"""One ASCII character for each symbol that our own drawings use, of the same width."""
