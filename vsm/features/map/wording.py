"""Times in few characters, and sentences on a whole map."""

from __future__ import annotations

from vsm.features.map.future_results import Pair
from vsm.features.map.results import ValueStreamMap
from vsm.model.declared import TimeBasis
from vsm.model.rules import local
from vsm.report.wording import day

NO_EDGE = "no edge of the map"
"""Said of moves that items make, though the stream has no such edge."""
FAR_BELOW = 0.5
"""The share of the lead time below which the sum of medians is said to be far from it."""


def time_words(days: float | None, basis: TimeBasis) -> str:
    """A time in few characters: ``20s``, ``45m``, ``6h``, ``2.5d``, ``120d``; ``-`` for none."""
    if days is None:
        return "-"
    hours = days * basis.hours
    minutes = hours * 60
    if days == 0:
        return "0"
    if minutes < 1:
        return f"{max(1, round(minutes * 60))}s"
    if round(minutes) < 60:
        return f"{minutes:.0f}m"
    if days < 1 and round(hours, 1) < basis.hours:
        return f"{hours:.1f}".removesuffix(".0") + "h"
    return (f"{days:.0f}" if days >= 99.95 else f"{days:.1f}".removesuffix(".0")) + "d"


def days_change(pair: Pair) -> str:
    """Two times with the change: ``13.8 → 9.6 d (−30%)``; the second alone where the first is not
    known.
    """
    after = short_days(pair.after)
    if not pair.before or pair.change is None:
        return f"{after} d"
    if not pair.is_changed:
        return f"{after} d (no change)"
    sign = "−" if pair.change < 0 else "+"
    return f"{short_days(pair.before)} → {after} d ({sign}{abs(pair.change):.0%})"


def short_days(days: float | None) -> str:
    """Days with one decimal, two where that would be nothing."""
    if days is None:
        return "–"
    return f"{days:.2f}" if 0 < days < 0.1 else f"{days:.1f}"


def has_ended(of: ValueStreamMap) -> bool:
    """Whether nothing is in the window because all of it came before."""
    if of.finished or of.last_activity is None or any(edge.moves for edge in of.edges):
        return False
    return local(of.last_activity, of.zone).date() < of.window.first


def nothing_known(of: ValueStreamMap, declared: bool) -> str:
    """Why a map on which nothing finished has no measured times."""
    shown = "times are as declared" if declared else "no times are measured"
    if has_ended(of):
        last = day(local(of.last_activity or 0, of.zone).date())
        return f"Nothing moved in this window, the last move was on {last}: {shown}."
    return f"Nothing finished in this window: {shown}."


def oddities(of: ValueStreamMap) -> list[str]:
    """Why totals do not add up where that meets the eye."""
    totals = of.totals
    process, lead, both = totals.process.measured, totals.lead_time.measured, totals.sum_of_medians
    if process is None or lead is None or both is None:
        return []
    work, took = time_words(process, of.time), time_words(lead, of.time)
    if process > lead:
        return [
            f"PT ({work}) is above LT ({took}): PT adds up the medians of stages, with work that"
            " was repeated, LT is the median of whole items. Medians do not add up."
        ]
    if both < FAR_BELOW * lead:
        return [
            f"PT and wait ({time_words(both, of.time)}) are far below LT ({took}): in each stage"
            " half of the items are quick, but most items stay long in some stage, and LT has"
            " that. Medians do not add up."
        ]
    return []
