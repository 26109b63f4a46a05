"""Writes the difference between two snapshots as a plain report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from vsm.features.snapshots.difference import Difference, Figure, StreamDifference
from vsm.model.rules import NEXT_ITEMS, local, to_micros
from vsm.model.sanitise import inert_line
from vsm.report.item_text import moment
from vsm.report.text_table import Col, table, wrap
from vsm.report.wording import day, filter_line

_MOST = 12
"""The most items listed in a paragraph; the rest is counted."""
_WARNINGS = frozenset({"reversed", "different", "cut", "rewritten"})
"""States of the two journals that come before everything else, as a warning."""
_SIGNS = {"days": " d", "share": "%", "a week": " a week", "item-days": " item-days"}


def draw_difference(difference: Difference, zone: str, total: int = 80) -> list[str]:
    """Draw the lines of the report, at most ``total`` cells wide, with moments in a time zone."""
    since, until = (
        _local_moment(side.as_of, zone) for side in (difference.before, difference.after)
    )
    lines: list[str] = []
    if difference.journal.status in _WARNINGS:
        lines += wrap(f"Warning: {inert_line(difference.journal.text)}", total)
    lines += wrap(f"From {since} to {until} {zone}", total)
    if difference.filter:
        lines += wrap(filter_line(difference.filter), total)
    lines += wrap(_compared(difference), total)
    for name in difference.streams_added:
        lines += wrap(f"{inert_line(name)} is only in the second", total)
    for name in difference.streams_gone:
        lines += wrap(f"{inert_line(name)} is only in the first", total)
    if difference.transferred:
        lines += ["", "Transferred to another value stream"]
        lines += _items((f"{t.key} {t.source} > {t.target}" for t in difference.transferred), total)
    on = [local(_micros(side.as_of), zone).date() for side in (difference.before, difference.after)]
    for stream in difference.streams:
        lines += _stream(stream, total, on)
    for word, links in (
        ("new", difference.dependencies_added),
        ("gone", difference.dependencies_gone),
    ):
        if links:
            lines += ["", f"Links {word}: {len(links)}"]
            lines += _items((f"{e.source} {e.kind} {e.target}" for e in links), total)
    return lines


def _compared(difference: Difference) -> str:
    """What is as of the two moments, and what is as of the entries up to which they were made."""
    first, second = (side.journal.seq for side in (difference.before, difference.after))
    then = "Moves, blockers, figures, fields and limits are as of these moments"
    if difference.journal.status == "same":
        return (
            f"{then}; names of teams as of journal entry {first:,}: nothing was written"
            " between the two."
        )
    return (
        f"{then}; names of teams as of journal entry {first:,} of the first and"
        f" {second:,} of the second."
    )


def _local_moment(iso: str, zone: str) -> str:
    return moment(_micros(iso), zone)


def _micros(iso: str) -> int:
    return to_micros(datetime.fromisoformat(iso))


def _stream(difference: StreamDifference, total: int, on: Sequence[date]) -> list[str]:
    lines = ["", inert_line(difference.name)]
    ended = {item.key for item in (*difference.finished, *difference.dropped)}
    moved = [item for item in difference.moved if item.key not in ended]
    parts: tuple[tuple[str, Sequence[str]], ...] = (
        ("new", [f"{i.key} {i.title} ({i.stage})" for i in difference.added]),
        ("no longer there", [f"{i.key} {i.title}" for i in difference.gone]),
        ("started", [f"{i.key} {i.title}" for i in difference.started]),
        (
            "finished",
            [
                f"{i.key} {i.title}"
                + (f" ({_days(i.cycle_days)})" if i.cycle_days is not None else "")
                for i in difference.finished
            ],
        ),
        ("dropped", [f"{i.key} {i.title}" for i in difference.dropped]),
        ("reopened", [f"{i.key} {i.title}" for i in difference.reopened]),
        ("moved on", [f"{i.key} {i.source} > {i.target}" for i in moved if not i.back]),
        ("moved back", [f"{i.key} {i.source} > {i.target}" for i in moved if i.back]),
        ("blocked", [f"{i.key} {i.title}: {i.reason} ({i.kind})" for i in difference.blocked]),
        ("unblocked", [f"{i.key} {i.title}" for i in difference.unblocked]),
        (
            "changed",
            [f"{i.key} {i.field} {_change(i.before, i.after)}" for i in difference.changed],
        ),
    )
    for word, items in parts:
        if items:
            lines.append(f"  {word} {len(items)}")
            lines += _items(items, total, "    ")
    for limited in difference.went_over_limit:
        lines += wrap(
            f"{limited.stage} went over its limit: {limited.wip}/{limited.limit}", total, "  "
        )
    for limited in difference.back_within_limit:
        limit = f"{limited.wip}/{limited.limit}" if limited.limit is not None else "it has none now"
        lines += wrap(f"{limited.stage} is within its limit again: {limit}", total, "  ")
    for name in difference.stages_added:
        lines += wrap(f"new stage {name}", total, "  ")
    for name in difference.stages_gone:
        lines += wrap(f"stage {name} is gone", total, "  ")
    for stage in difference.stages_changed:
        field = stage.field.replace("_", " ")
        lines += wrap(
            f"stage {stage.stage}: {field} {_change(stage.before, stage.after)}", total, "  "
        )
    changed = [figure for figure in difference.figures if figure.before != figure.after]
    if changed:
        cols = (
            *(Col("figures of 90 days", flexible=True), Col("before", right=True)),
            *(Col("after", right=True), Col("change", right=True)),
        )
        lines += ["  " + line for line in table(cols, [_row(f) for f in changed], total - 2)]
    lines += [line for text in _forecast(difference, on) for line in wrap(text, total, "  ")]
    if len(lines) == 2:
        lines.append("  nothing changed")
    return lines


def _forecast(difference: StreamDifference, on: Sequence[date]) -> Iterator[str]:
    """How the forecast of the next items changed, if it did: its days, and how far ahead they are
    of those of the snapshots.
    """
    for one in difference.forecasts:
        if one.items != NEXT_ITEMS or one.before == one.after:
            continue
        days = [by and date.fromisoformat(by) for by in (one.before, one.after)]
        old, new = (day(by) if by else "later" for by in days)
        text = f"next {one.items}: {one.odds:.0%} by {old} > {new}"
        before, after = (
            (by - then).days if by else None for by, then in zip(days, on, strict=True)
        )
        if before is not None and after is not None:
            text += f" ({before} > {after} days ahead)"
        yield text


def _items(items: Iterable[str], total: int, indent: str = "  ") -> list[str]:
    named = list(items)
    lines = [line for text in named[:_MOST] for line in wrap(text, total, indent)]
    if len(named) > _MOST:
        lines.append(f"{indent}and {len(named) - _MOST} more")
    return lines


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _change(before: object, after: object) -> str:
    old, new = (
        ("yes" if value else "no")
        if isinstance(value, bool)
        else "none"
        if value is None or value == ""
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
        for value in (before, after)
    )
    if max(len(old), len(new)) > 40:
        return "rewritten"
    return f"{old} > {new}"


def _row(figure: Figure) -> tuple[str, str, str, str]:
    scale = 100 if figure.unit == "share" else 1
    sign = _SIGNS.get(figure.unit, "")
    old, new = (
        "-" if value is None else f"{round(scale * value, 1):g}{sign}"
        for value in (figure.before, figure.after)
    )
    change = "-"
    if figure.before is not None and figure.after is not None:
        change = f"{round(scale * (figure.after - figure.before), 1):+g}"
    return figure.figure, old, new, change
