"""The largest terminal that is drawn on."""

from __future__ import annotations

from textual.geometry import Size

COLUMNS_MOST, LINES_MOST = 1000, 500
"""Cells; a client may say any size, and all of it would be kept in memory."""


def largest(columns: int, lines: int) -> Size:
    """A size of a terminal, held to the largest that is drawn on."""
    return Size(min(columns, COLUMNS_MOST), min(lines, LINES_MOST))
