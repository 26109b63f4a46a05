"""Write the flow figures of a stream as a plain report."""

from __future__ import annotations

from datetime import date
from itertools import groupby

from vsm.flow.results import Metrics, Spread, Week
from vsm.model.inert import inert_line
from vsm.model.rules import local
from vsm.text.cells import Col, table, wrap
from vsm.text.item import moment

_BAR = 30
"""Cells of the longest bar of the throughput chart."""


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.1f}" if value != int(value) else f"{value:.0f}"


def _spread_row(name: str, spread: Spread) -> tuple[str, ...]:
    values = (spread.p50, spread.p70, spread.p85, spread.p95, spread.max, spread.mean)
    return (name, *map(_number, values), str(spread.n))


def _day(day: date) -> str:
    return f"{day.day} {day:%b} {day.year}"


def _bars(weeks: tuple[Week, ...]) -> list[str]:
    """A line a week; of three and more empty weeks in a row only how many there were."""
    most = max((w.finished for w in weeks), default=0)
    cell = max(1.0, most / _BAR)
    lines: list[str] = []
    for busy, found in groupby(weeks, key=lambda w: w.finished > 0):
        run = list(found)
        if not busy and len(run) > 2:
            lines.append(f"  {'':8}  {len(run)} weeks with none")
            continue
        for w in run:
            bar = "#" * round(w.finished / cell)
            lines.append(f"  {w.label}  {w.monday}  {w.finished:>4}  {bar}".rstrip())
    return lines


def draw_metrics(metrics: Metrics, total: int = 80) -> list[str]:
    """Lines of the report: window, items, times with what they leave out, throughput, WIP."""
    items, left = metrics.items, metrics.cycle_time_left_out
    span = (metrics.last - metrics.first).days + 1
    lines = wrap(
        f"{inert_line(metrics.stream)}: {_day(metrics.first)} to {_day(metrics.last)}"
        f" ({span} days), as of {moment(metrics.as_of, metrics.zone)} {metrics.zone}",
        total,
    )
    if metrics.last_activity is not None:
        lines.append(f"last activity {moment(metrics.last_activity, metrics.zone)}")
        ended = local(metrics.last_activity, metrics.zone).date()
        if ended < metrics.first:
            lines.append(f"for the last {span} days before it ended: --to {ended}")
    lines += [
        "",
        f"Items, as of {moment(metrics.as_of, metrics.zone)}",
        *wrap(
            f"{items.total} in all: {items.not_started} not started, {items.in_progress} in"
            f" progress, {items.finished} finished ({items.finished_without_start} without a"
            f" start), {items.dropped} dropped"
            + (
                f"; {items.left_out} with a history too short to tell a start"
                if items.left_out
                else ""
            ),
            total,
            "  ",
        ),
        "",
        "Times of the items finished in the window, in days",
    ]
    heads = ("", "50%", "70%", "85%", "95%", "longest", "mean", "items")
    rows = [
        _spread_row("cycle time", metrics.cycle_time_days),
        _spread_row("cycle time, elapsed", metrics.cycle_time_elapsed_days),
        _spread_row("lead time", metrics.lead_time_days),
        _spread_row("lead time, elapsed", metrics.lead_time_elapsed_days),
    ]
    cols = [Col(h, right=bool(h)) for h in heads]
    lines += ["  " + line for line in table(cols, rows)]
    reasons = [
        f"{left.finished_without_start} without a start" if left.finished_without_start else "",
        f"{left.truncated} with a truncated history" if left.truncated else "",
        f"{left.endpoints_only} with only a start and a finish" if left.endpoints_only else "",
    ]
    told = ", ".join(r for r in reasons if r)
    if told:
        lines += wrap(f"cycle time leaves out {told}", total, "  ")
    finished = sum(w.finished for w in metrics.weeks)
    mean = f", {finished / len(metrics.weeks):.1f} a week" if metrics.weeks else ""
    lines += ["", f"Finished in the window: {finished}{mean}", *_bars(metrics.weeks)]
    when = moment(metrics.as_of, metrics.zone)
    lines += ["", f"Work in progress, as of {when}: {metrics.wip.total}. Items by stage"]
    stages = table(
        (Col("", flexible=True), Col("", right=True)),
        [(name, str(n)) for name, n in metrics.wip.by_stage],
        total - 2,
    )
    return lines + ["  " + line for line in stages[1:]]
