"""Amounts and returns in few cells."""

from __future__ import annotations

import math


def money(amount: float | None) -> str:
    """An amount in few cells: ``950``, ``6.0k``, ``12k``, ``1.2M``; ``-`` of none."""
    if amount is None:
        return "-"
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(amount) >= size * 0.9995:
            scaled = amount / size
            return f"{scaled:.1f}{unit}" if abs(scaled) < 9.95 else f"{scaled:.0f}{unit}"
    return f"{amount:.0f}" if abs(amount) >= 10 or amount == int(amount) else f"{amount:.1f}"


def in_unit(amount: float, currency: str) -> str:
    """An amount with its unit."""
    return f"{money(amount)} {currency}".strip()


def floored(share: float) -> float:
    """Odds rounded down to a hundredth, so that what is less than 85% never reads as 85%."""
    return math.floor(share * 100 + 1e-9) / 100


def odds(share: float | None) -> str:
    """Odds as :func:`floored`, in percent; ``-`` of none."""
    return "-" if share is None else f"{floored(share):.0%}"


def returns(share: float) -> str:
    """A return as ``+20%`` or ``-100%``; what is more than tenfold as ``+14x``."""
    if share >= 10:
        return f"+{share:,.0f}x"
    text = f"{share:+.0%}"
    return "0%" if text in ("+0%", "-0%") else text
