"""Counts in words."""

from __future__ import annotations


def count(n: int, one: str, many: str = "") -> str:
    """``1 item``, ``3 items``, ``1,200 entries``."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"
