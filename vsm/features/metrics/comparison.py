"""Compares the figures of two windows, and draws them side by side."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING

from vsm.features.metrics.basic_results import Window
from vsm.features.metrics.comparison_results import ComparedFigure, Comparison
from vsm.model.errors import BadInput
from vsm.report.document import Cell, Column, Row, Section, Sentence, Table, row
from vsm.report.wording import day, percent

if TYPE_CHECKING:
    from vsm.features.metrics.results import Figures

_FIGURES: tuple[tuple[str, str, Callable[[Figures], float | None]], ...] = (
    ("finished", "items", lambda f: sum(week.finished for week in f.basic.weeks)),
    ("throughput", "a week", lambda f: _weekly(f.throughput.mean)),
    ("started", "a week", lambda f: _weekly(f.arrivals.mean)),
    ("cycle time, 50%", "days", lambda f: f.basic.cycle_time_days.p50),
    ("cycle time, 85%", "days", lambda f: f.basic.cycle_time_days.p85),
    ("cycle time, 85% ÷ 50%", "ratio", lambda f: f.p85_over_p50),
    ("lead time, 85%", "days", lambda f: f.basic.lead_time_days.p85),
    ("work in progress at the end", "items", lambda f: f.basic.wip.total),
    ("age of work in progress, 85%", "days", lambda f: f.age_days.p85),
    ("flow efficiency", "share", lambda f: f.efficiency.ratio),
    ("blocked", "item-days", lambda f: f.blocked_days),
    ("rework", "moves", lambda f: f.rework.moves),
    ("first-pass yield", "share", lambda f: f.complete_accurate.rolled),
)
"""The figures that are compared: label, unit, and where they stand."""


def _weekly(mean: float | None) -> float | None:
    return None if mean is None else 7 * mean


def compare_figures(figures: Figures, against: Figures) -> Comparison:
    """Two windows side by side, each as known at its end."""
    rows = []
    for name, unit, read in _FIGURES:
        value, other = read(figures), read(against)
        change = None if value is None or other is None else value - other
        rows.append(ComparedFigure(name, unit, value, other, change))
    now, then = figures.basic, against.basic
    return Comparison(
        Window(now.first, now.last), Window(then.first, then.last), tuple(rows), now.zone
    )


def window_of(text: str, first: date, last: date) -> tuple[date, date]:
    """The days of a window in words: ``previous``, a month as 2026-03, or 2026-03-01..2026-03-31.

    ``previous`` are as many days before ``first`` as there are up to ``last``. Raises
    :class:`BadInput`.
    """
    typed = text.strip().casefold()
    if typed in ("previous", "prev"):
        return first - (last - first) - timedelta(days=1), first - timedelta(days=1)
    try:
        if ".." in typed:
            begin, end = (date.fromisoformat(part) for part in typed.split(".."))
        else:
            begin = date.fromisoformat(f"{typed}-01")
            end = (begin + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    except ValueError:
        raise BadInput(
            f"{text!r} is no window",
            "give previous, a month such as 2026-03, or days such as 2026-03-01..2026-03-31",
        ) from None
    if end < begin:
        raise BadInput(f"the window ends ({end}) before it begins ({begin})", "swap the two days")
    return begin, end


def draw_comparison(comparison: Comparison) -> Section:
    """The two windows as a table with their differences."""
    now, then = (f"{day(w.first)} – {day(w.last)}" for w in _windows(comparison))
    columns = (
        Column("", shrinks=True),
        Column("against", right=True),
        Column("this", right=True),
        Column("change", right=True),
    )
    rows = tuple(_row(figure) for figure in comparison.figures)
    days, others = ((w.last - w.first).days + 1 for w in _windows(comparison))
    length = "" if days == others else f" ({days} days)"
    both = " each" if days == others else ""
    parts: list[Sentence | Table] = [
        Sentence(f"This window {now}{length}, against {then} ({others} days{both}).")
    ]
    parts.append(Table(columns, rows))
    if days != others:
        parts.append(
            Sentence("The windows differ in length: compare rates and times, not counts.", "faint")
        )
    return Section("Two windows compared", tuple(parts))


def _windows(comparison: Comparison) -> tuple[Window, Window]:
    return comparison.window, comparison.against


def _row(figure: ComparedFigure) -> Row:
    value, other = (_shown(figure.unit, n) for n in (figure.value, figure.against))
    unit = f" {figure.unit}" if figure.unit in ("a week", "item-days") else ""
    return row(f"{figure.figure}{unit}", other, Cell(value, "strong"), _change(figure))


def _shown(unit: str, value: float | None) -> str:
    if value is None:
        return "–"
    if unit == "share":
        return percent(value)
    suffix = " d" if unit == "days" else ""
    return f"{_rounded(unit, value):g}{suffix}"


def _rounded(unit: str, value: float) -> float:
    """The number that is shown: differences are of these, so that each row adds up."""
    return round(100 * value) if unit == "share" else round(value, 1)


def _change(figure: ComparedFigure) -> str:
    if figure.value is None or figure.against is None:
        return "–"
    unit = figure.unit
    change = round(_rounded(unit, figure.value) - _rounded(unit, figure.against), 1)
    text = f"{change:+g}" if change else "0"
    return f"{text} points" if unit == "share" and change else text
