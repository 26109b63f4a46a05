"""Tell in words what became different between two snapshots."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from vsm.features.snapshots.difference import Difference, Figure, StreamDifference
from vsm.model.rules import to_micros
from vsm.model.sanitise import inert_line
from vsm.report.item_text import moment
from vsm.report.text_table import Col, table, wrap

_MOST = 12
"""Most items named in a paragraph; how many more there are is told."""
_WARNINGS = frozenset({"reversed", "different", "cut", "rewritten"})
"""What must be known of the two journals before anything else is read."""
_SIGNS = {"days": " d", "share": "%", "a week": " a week", "item-days": " item-days"}


def draw_difference(told: Difference, zone: str, total: int = 80) -> list[str]:
    """Lines of the report. ``zone`` is the time zone that moments are told in."""
    since, until = (_at(each.as_of, zone) for each in (told.before, told.after))
    lines: list[str] = []
    if told.journal.status in _WARNINGS:
        lines += wrap(f"Warning: {inert_line(told.journal.text)}", total)
    lines += wrap(f"From {since} to {until} {zone}", total)
    if told.journal.status == "same":
        lines += wrap(
            "Nothing was written between the two: fields, stages and limits are the same.", total
        )
    for name in told.streams_added:
        lines += wrap(f"{inert_line(name)} is only in the second", total)
    for name in told.streams_gone:
        lines += wrap(f"{inert_line(name)} is only in the first", total)
    if told.transferred:
        lines += ["", "Transferred to another value stream"]
        lines += _items((f"{t.key} {t.source} > {t.target}" for t in told.transferred), total)
    for stream in told.streams:
        lines += _stream(stream, total)
    for word, links in (("new", told.dependencies_added), ("gone", told.dependencies_gone)):
        if links:
            lines += ["", f"Links {word}: {len(links)}"]
            lines += _items((f"{e.source} {e.kind} {e.target}" for e in links), total)
    return lines


def _at(iso: str, zone: str) -> str:
    return moment(to_micros(datetime.fromisoformat(iso)), zone)


def _stream(told: StreamDifference, total: int) -> list[str]:
    lines = ["", inert_line(told.name)]
    ended = {item.key for item in (*told.finished, *told.dropped)}
    moved = [item for item in told.moved if item.key not in ended]
    parts: tuple[tuple[str, Sequence[str]], ...] = (
        ("new", [f"{i.key} {i.title} ({i.stage})" for i in told.added]),
        ("no longer there", [f"{i.key} {i.title}" for i in told.gone]),
        ("started", [f"{i.key} {i.title}" for i in told.started]),
        (
            "finished",
            [
                f"{i.key} {i.title}"
                + (f" ({_days(i.cycle_days)})" if i.cycle_days is not None else "")
                for i in told.finished
            ],
        ),
        ("dropped", [f"{i.key} {i.title}" for i in told.dropped]),
        ("reopened", [f"{i.key} {i.title}" for i in told.reopened]),
        ("moved on", [f"{i.key} {i.source} > {i.target}" for i in moved if not i.back]),
        ("moved back", [f"{i.key} {i.source} > {i.target}" for i in moved if i.back]),
        ("blocked", [f"{i.key} {i.title}: {i.reason} ({i.kind})" for i in told.blocked]),
        ("unblocked", [f"{i.key} {i.title}" for i in told.unblocked]),
        ("changed", [f"{i.key} {i.field} {_change(i.before, i.after)}" for i in told.changed]),
    )
    for word, items in parts:
        if items:
            lines.append(f"  {word} {len(items)}")
            lines += _items(items, total, "    ")
    for each in told.went_over_limit:
        lines += wrap(f"{each.stage} went over its limit: {each.wip}/{each.limit}", total, "  ")
    for each in told.back_within_limit:
        limit = f"{each.wip}/{each.limit}" if each.limit is not None else "it has none now"
        lines += wrap(f"{each.stage} is within its limit again: {limit}", total, "  ")
    for name in told.stages_added:
        lines += wrap(f"new stage {name}", total, "  ")
    for name in told.stages_gone:
        lines += wrap(f"stage {name} is gone", total, "  ")
    for stage in told.stages_changed:
        field = stage.field.replace("_", " ")
        lines += wrap(
            f"stage {stage.stage}: {field} {_change(stage.before, stage.after)}", total, "  "
        )
    changed = [each for each in told.figures if each.before != each.after]
    if changed:
        cols = (
            *(Col("figures of 90 days", flexible=True), Col("before", right=True)),
            *(Col("after", right=True), Col("change", right=True)),
        )
        lines += ["  " + line for line in table(cols, [_row(f) for f in changed], total - 2)]
    if len(lines) == 2:
        lines.append("  nothing changed")
    return lines


def _items(items: Iterable[str], total: int, indent: str = "  ") -> list[str]:
    named = list(items)
    lines = [line for text in named[:_MOST] for line in wrap(text, total, indent)]
    if len(named) > _MOST:
        lines.append(f"{indent}and {len(named) - _MOST} more")
    return lines


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _change(before: object, after: object) -> str:
    was, now = (
        ("yes" if each else "no")
        if isinstance(each, bool)
        else "none"
        if each is None or each == ""
        else f"{each:g}"
        if isinstance(each, float)
        else str(each)
        for each in (before, after)
    )
    if max(len(was), len(now)) > 40:
        return "rewritten"
    return f"{was} > {now}"


def _row(each: Figure) -> tuple[str, str, str, str]:
    scale = 100 if each.unit == "share" else 1
    sign = _SIGNS.get(each.unit, "")
    was, now = (
        "-" if value is None else f"{round(scale * value, 1):g}{sign}"
        for value in (each.before, each.after)
    )
    change = "-"
    if each.before is not None and each.after is not None:
        change = f"{round(scale * (each.after - each.before), 1):+g}"
    return each.figure, was, now, change
