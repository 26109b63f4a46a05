"""The symbols of our plain-text drawings, and what stands for them in ASCII."""

from __future__ import annotations

ASCII = str.maketrans(
    {
        "│": "|",
        "─": "-",
        "┼": "+",
        "▲": "^",
        "■": "#",
        "↧": "<",
        "↥": ">",
        "→": ">",
        "·": "-",
        "…": "~",
        "–": "-",
        "•": "*",
        "×": "x",
        "◆": "$",
    }
)
"""One ASCII character for each symbol that our own drawings use, of the same width."""
