"""Figures of delivery in words: how long something took, rates with their ranges."""

from __future__ import annotations

from math import floor

from vsm.features.delivery.results import PartTime, Rate, Recovery
from vsm.model.delivery import CauseLink
from vsm.report.wording import count, percent

FEW = 20
"""Deployments below which the range is the figure."""
LINKS = {
    CauseLink.LINKED: "linked",
    CauseLink.NAMED: "named",
    CauseLink.INFERRED: "inferred",
}
DASH = "–"


def took(hours: float | None, down: bool = False) -> str:
    """``45 min``, ``6.5 h``, ``2.1 d``; ``down`` never says more than it was."""
    if hours is None:
        return DASH
    minutes = floor(hours * 60) if down else round(hours * 60)
    if minutes < 60:
        return f"{minutes} min" if minutes or not hours else "< 1 min"
    value, unit = (hours, "h") if hours < 48 else (hours / 24, "d")
    places = 1 if value < 9.95 else 0
    if down:
        value = floor(value * 10**places) / 10**places
    text = f"{value:,.{places}f}"
    return f"{text.removesuffix('.0')} {unit}"


def days(value: float | None) -> str:
    """Days as :func:`took` says them."""
    return took(None if value is None else value * 24)


def within(hours: float | None, share: int = 50) -> str:
    """``50% in 2.1 d``."""
    return DASH if hours is None else f"{share}% in {took(hours)}"


def rate_figure(rate: Rate) -> tuple[str, str]:
    """The figure and the range beside it; of few deployments the range is the figure."""
    if rate.rate is None or rate.low is None or rate.high is None:
        return DASH, ""
    span = f"{percent(rate.low)} to {percent(rate.high)}"
    return (span, "") if rate.n < FEW else (percent(rate.rate), span)


def rate_sentence(rate: Rate, one: str) -> str:
    """``1 of 4 deployments failed: between 5% and 70%``, or the rate and its range."""
    head = f"{rate.count:,} of {count(rate.n, 'deployment')} {one}"
    if rate.rate is None or rate.low is None or rate.high is None:
        return head
    low, high = percent(rate.low), percent(rate.high)
    if rate.n < FEW:
        return f"{head}: between {low} and {high}"
    return f"{head}: {percent(rate.rate)} ({low} to {high})"


def recovery_figure(recovery: Recovery) -> str:
    """``50% in 3 h``, or ``> 6 h`` where so many are not over that no more is known."""
    if recovery.more_than is not None:
        return f"> {took(recovery.more_than, down=True)}"
    return within(recovery.p50)


def part_text(name: str, part: PartTime) -> str:
    """``code 5 h (30)``."""
    return f"{name} {took(part.p50)} ({part.n:,})" if part.n else f"{name} not known"
