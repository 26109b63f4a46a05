"""Write the flow figures of a stream as a plain report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby

from vsm.features.metrics.results import ClockSkew, Figures, LittlesLaw, Spread, Week
from vsm.model.rules import local
from vsm.model.sanitise import inert_line
from vsm.report.item_text import moment
from vsm.report.text_table import Col, table, wrap

_NAMED = 10
"""Items that are named before the rest is only counted."""
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


def draw_metrics(figures: Figures, total: int = 80) -> list[str]:
    """Lines of the report, most of them at most ``total`` cells wide.

    Window, items, times with what they leave out, throughput and its limits, Little's Law, where
    time goes, work in progress against the pace, blockers, rework, types.
    """
    metrics = figures.basic
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
        _spread_row("age of work in progress", figures.age_days),
    ]
    cols = [Col(h, right=bool(h)) for h in heads]
    lines += ["  " + line for line in table(cols, rows)]
    reasons = [
        f"{left.finished_without_start} without a start" if left.finished_without_start else "",
        f"{left.truncated} with a truncated history" if left.truncated else "",
        f"{left.endpoints_only} with only a start and a finish" if left.endpoints_only else "",
        f"{left.clock_skew} whose moves run backwards in time" if left.clock_skew else "",
    ]
    told = ", ".join(r for r in reasons if r)
    if told:
        lines += wrap(f"cycle time leaves out {told}", total, "  ")
    if metrics.lead_time_left_out:
        lines += wrap(
            f"lead time leaves out {metrics.lead_time_left_out} whose moves run backwards in time",
            total,
            "  ",
        )
    if figures.clock_skew.ages:
        lines += wrap(
            f"age leaves out {figures.clock_skew.ages} that started later than as-of", total, "  "
        )
    finished = sum(w.finished for w in metrics.weeks)
    mean = f", {finished / len(metrics.weeks):.1f} a week" if metrics.weeks else ""
    lines += ["", f"Finished in the window: {finished}{mean}", *_bars(metrics.weeks)]
    lines += _predictability(figures, total)
    lines += _little(figures.littles_law, total)
    lines += _where_time_goes(figures, total)
    lines += _in_progress(figures, total)
    lines += _blockers(figures, total)
    lines += _quality(figures, total)
    return lines + _clocks(figures.clock_skew, total)


def _clocks(skew: ClockSkew, total: int) -> list[str]:
    """The items whose times cannot be right, by key."""
    lines: list[str] = []
    if skew.backwards:
        what = "moves run backwards in time, so no time of theirs is in a figure"
        lines += wrap(f"{what}: {_keys(skew, skew.backwards)}", total, "  ")
    if skew.in_future:
        what = "moved later than as-of, by a clock that was ahead"
        lines += wrap(f"{what}: {_keys(skew, skew.in_future)}", total, "  ")
    if skew.blockers:
        plural = "s" if skew.blockers > 1 else ""
        lines += wrap(f"left out: {skew.blockers} blocker{plural} with such times", total, "  ")
    return ["", "Clocks that differed", *lines] if lines else []


def _keys(skew: ClockSkew, items: Sequence[int]) -> str:
    keys = dict(skew.keys)
    named = ", ".join(inert_line(keys[item]) for item in items[:_NAMED] if item in keys)
    more = f" and {len(items) - _NAMED} more" if len(items) > _NAMED else ""
    return f"{named}{more}"


def _predictability(figures: Figures, total: int) -> list[str]:
    lines = []
    limits, ratio = figures.xmr, figures.p85_over_p50
    if limits.upper is not None and limits.lower is not None:
        text = (
            f"{limits.lower:.1f} to {limits.upper:.1f} in a week is noise, judged by {limits.weeks}"
            " full weeks"
        )
        if limits.signals:
            told = "; ".join(f"{s.week.label} {s.why}" for s in limits.signals)
            text += f". Not noise: {told}"
        lines += wrap(text, total, "  ")
    if ratio is not None:
        lines += wrap(f"85% of cycle times lie within {ratio:.1f} times the median", total, "  ")
    return lines


def _little(law: LittlesLaw, total: int) -> list[str]:
    if law.avg_wip is None or law.avg_throughput_per_day is None:
        return []
    rate = law.avg_throughput_per_day
    text = f"{law.avg_wip:.1f} in progress on average, {rate:.2f} finished a day"
    if law.predicted_cycle_time_days is not None and law.avg_cycle_time_days is not None:
        text += (
            f": that makes {law.predicted_cycle_time_days:.1f} days each by Little's Law, and"
            f" {law.avg_cycle_time_days:.1f} were measured"
        )
    broken = [c.name for c in law.conditions if not c.holds]
    if broken:
        text += f". Of its conditions these do not hold: {'; '.join(broken)}"
    return ["", "Little's Law", *wrap(text, total, "  ")]


def _where_time_goes(figures: Figures, total: int) -> list[str]:
    told = figures.efficiency
    if told.ratio is None and not any(t.days.n for t in figures.time_in_stage):
        return []
    lines = ["", "Where the time went, in days of 24 hours"]
    if told.ratio is not None:
        lines += wrap(
            f"flow efficiency {100 * told.ratio:.0f}%: {told.active_days:.0f} days worked on,"
            f" {told.waiting_days:.0f} waiting or blocked",
            total,
            "  ",
        )
    waited = dict(told.waiting_by_stage)
    most = max(waited.values(), default=0.0)
    rows = []
    for each in figures.time_in_stage:
        if not each.days.n:
            continue
        days = waited.get(each.stage, 0.0)
        bar = "#" * round(12 * days / most) if most else ""
        values = (each.days.p50, each.days.p85, each.total, days)
        rows.append((each.stage, str(each.days.n), *map(_number, values), bar))
    heads = ("", "items", "50%", "85%", "all", "waiting", "")
    cols = [Col(h, right=bool(h), flexible=n == 0) for n, h in enumerate(heads)]
    lines += ["  " + line for line in table(cols, rows, total - 2)]
    if figures.stage_left_out:
        backwards = figures.clock_skew.finished
        also = f", {backwards} of them as their moves run backwards in time" if backwards else ""
        lines += wrap(
            f"leaves out {figures.stage_left_out} of which the path is not known{also}",
            total,
            "  ",
        )
    return lines


def _in_progress(figures: Figures, total: int) -> list[str]:
    metrics = figures.basic
    when = moment(metrics.as_of, metrics.zone)
    lines = [
        "",
        f"Work in progress, as of {when}: {metrics.wip.total}. Items in every",
        "stage, and the ages at which finished items had passed it",
    ]
    pace = {p.stage: p.age for p in figures.pace}
    open_stages = {t.stage for t in figures.time_in_stage}
    most = max((n for name, n in metrics.wip.by_stage if name in open_stages), default=0)
    rows = []
    for name, n in metrics.wip.by_stage:
        age = pace.get(name)
        passed = (_number(age.p50), _number(age.p85)) if age is not None and age.n else ("", "")
        bar = "#" * round(12 * n / most) if most and name in open_stages else ""
        rows.append((name, str(n), *passed, bar))
    heads = ("", "items", "50%", "85%", "")
    cols = [Col(h, right=bool(h), flexible=n == 0) for n, h in enumerate(heads)]
    lines += ["  " + line for line in table(cols, rows, total - 2)]
    named = [a for a in figures.ageing[:3] if a.key]
    if named:
        told = ", ".join(f"{a.key} ({a.age} days, {a.stage})" for a in named)
        lines += wrap(f"oldest: {told}", total, "  ")
    return lines


def _blockers(figures: Figures, total: int) -> list[str]:
    if not figures.clusters:
        return []
    lines = ["", f"Blocked in the window: {figures.blocked_days:.1f} item-days"]
    rows = [
        (c.kind, c.team or "-", str(c.n), _number(c.total_days), _number(c.median_days))
        for c in figures.clusters[:8]
    ]
    cols = (
        *(Col("kind"), Col("team", flexible=True), Col("blockers", right=True)),
        *(Col("days", right=True), Col("median", right=True)),
    )
    lines += ["  " + line for line in table(cols, rows, total - 2)]
    if len(figures.clusters) > len(rows):
        lines.append(f"  and {len(figures.clusters) - len(rows)} more")
    return lines


def _quality(figures: Figures, total: int) -> list[str]:
    lines: list[str] = []
    back, good = figures.rework, figures.complete_accurate
    if back.moves:
        each = back.per_finished_item
        ratio = f", {each:.2f} a finished item" if each is not None else ""
        worst = ", ".join(f"{a} to {b} {n}" for a, b, n, _ in back.pairs[:4])
        lines += wrap(f"rework: {back.moves} moves back{ratio}: {worst}", total, "  ")
    if good.rolled is not None:
        stages = ", ".join(f"{q.stage} {100 * q.share:.0f}%" for q in good.by_stage)
        told = f"left for good: {100 * good.rolled:.0f}% along the main path ({stages})"
        lines += wrap(told, total, "  ")
    if figures.types_finished.total:
        shares = ", ".join(
            f"{kind} {100 * n / figures.types_finished.total:.0f}%"
            for kind, n in figures.types_finished.counts
            if n
        )
        lines += wrap(f"types finished: {shares}", total, "  ")
    return ["", "Quality and kinds of work", *lines] if lines else []
