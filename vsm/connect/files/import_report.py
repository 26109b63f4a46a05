"""Writes the report of an import, as JSON for scripts and as text for people."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence
from textwrap import wrap
from typing import Any

from vsm.connect.files.mapping import format_stages
from vsm.connect.files.planned_import import Plan
from vsm.model.history import ImportPlan, ImportResult, Skipped
from vsm.model.item import Quality
from vsm.model.plural import count
from vsm.model.sanitise import inert_line
from vsm.model.stream import Category

MANY = 5
"""One in so many finished items without a start is worth a warning."""
LISTED = 5
"""The most entries listed of a kind; the rest is counted."""
WIDE = 70
"""Width at which lines are wrapped, in cells: that of a dialog on a terminal of 80."""


def report_json(result: ImportResult, plan: ImportPlan | None = None) -> dict[str, Any]:
    """The report for scripts; a second import of the same file has 0 items and transitions.

    With the plan it has format, counts of the file and how it was read, too.
    """
    more = plan if isinstance(plan, Plan) else None
    about: dict[str, Any] = {}
    if more is not None:
        about = {"format": more.format, "file": more.file}
        about |= {"found": dict(more.counts), "read_as": dict(more.read_as)}
        about["notes"] = [{"where": s.where, "why": s.why} for s in more.notes]
    return about | {
        "items": result.items,
        "transitions": result.transitions,
        "links": result.links,
        "quality": {
            "full": result.full,
            "truncated": result.truncated,
            "endpoints_only": result.endpoints_only,
        },
        "already_known": result.already_known,
        "skipped": [{"where": s.where, "why": s.why} for s in result.skipped],
        "stages": [{"name": name, "category": kind.value} for name, kind in result.stages],
        "restated": result.restated,
        "ignored": result.ignored,
        "repeated": result.repeated,
        "stream": result.stream,
        "dry_run": result.dry_run,
    }


def report_text(result: ImportResult, plan: ImportPlan | None = None) -> str:
    """The report for people: counts, warnings and next steps.

    With the plan it has renamed and unmapped statuses and truncated histories, too.
    """
    more = plan if isinstance(plan, Plan) else None
    out = [*_file(more), _head(result), *_counts(result), *_quality(result, plan)]
    if more is not None:
        out += _statuses(more)
    elif result.ignored:
        out.append(f"  {count(result.ignored, 'entry', 'entries')} into unmapped statuses ignored")
    out += _listed("Left out", result.skipped)
    if more is not None:
        out += _listed("Adjusted on import", more.notes)
    out += _stages(result, more)
    if more is not None and result.items:
        out += _startless(result, more)
    return "\n".join([*out, *_next(result, more)])


def _file(plan: Plan | None) -> list[str]:
    """Counts of the file, and how it was read if its format leaves that open."""
    if plan is None or not plan.counts:
        return []
    counts = ", ".join(f"{count:,} {what}" for what, count in plan.counts.items())
    head = f"{plan.file} ({plan.format}): {counts}"
    if not plan.read_as:
        return [head]
    # No-break spaces keep a name on one line.
    settings = [f"{what} = {how}".replace(" ", "\xa0") for what, how in plan.read_as.items()]
    lines = wrap(
        f"read as: {'; '.join(settings)}", WIDE, initial_indent="  ", subsequent_indent="    "
    )
    return [head, *(line.replace("\xa0", " ") for line in lines)]


def _head(result: ImportResult) -> str:
    stream = inert_line(result.stream)
    if result.dry_run:
        return f"Dry run: nothing was changed. An import into {stream} would record:"
    if not result.items:
        return f"Nothing new for {stream}:"
    return f"Imported into {stream}:"


def _counts(result: ImportResult) -> list[str]:
    out = [
        f"  {count(result.items, 'item')}, {count(result.transitions, 'transition')},"
        f" {count(result.links, 'link')}"
    ]
    if result.restated:
        out.append(f"  {count(result.restated, 'item')} of these had changed in the source")
    if result.repeated:
        entries = count(result.repeated, "repeated entry", "repeated entries")
        out.append(f"  {entries} ignored: the item was in that stage already")
    if result.already_known:
        out.append(f"  {count(result.already_known, 'item')} already imported and unchanged")
    return out


def _quality(result: ImportResult, plan: ImportPlan | None) -> list[str]:
    parts = [f"{result.full:,} full"]
    parts += [f"{result.truncated:,} truncated"] if result.truncated else []
    parts += [f"{result.endpoints_only:,} with start and finish only"] * bool(result.endpoints_only)
    out = [f"  histories: {', '.join(parts)}"]
    if result.truncated:
        keys: list[str] = []
        if plan is not None:
            keys = [h.key for h in plan.histories if h.quality is Quality.TRUNCATED]
        named = f" ({_names(keys)})" if keys else ""
        out.append(
            f"  Truncated{named}: the source cut the log. They count in lead time and"
            " throughput, not in cycle time and stage figures."
        )
    return out


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(inert_line(n) for n in names[:LISTED])
    rest = len(names) - LISTED
    return f"{shown} and {rest:,} more" if rest > 0 else shown


def _statuses(plan: Plan) -> list[str]:
    out = []
    if plan.renamed_from:
        out.append("Statuses that were renamed in the source:")
        out += [
            f"  {inert_line(new)}: renamed from {_names(old)}"
            for new, old in plan.renamed_from.items()
        ]
    if plan.unmapped:
        out.append("Unmapped statuses: they belong to no stage, entries into them are ignored:")
        out += [
            f"  {inert_line(status)}: {count(entries, 'entry', 'entries')}"
            for status, entries in sorted(plan.unmapped.items(), key=lambda p: (-p[1], p[0]))
        ]
    return out


def _listed(title: str, records: Sequence[Skipped]) -> list[str]:
    if not records:
        return []
    out = [f"{title} ({len(records):,}):"]
    out += [f"  {inert_line(s.where)}: {inert_line(s.why)}" for s in records[:LISTED]]
    if len(records) > LISTED:
        out.append(f"  and {len(records) - LISTED:,} more (--json lists what was left out)")
    return out


def _stages(result: ImportResult, plan: Plan | None) -> list[str]:
    wide = max((len(name) for name, _ in result.stages), default=0)
    title = "Stages"
    if plan is not None and plan.guessed:
        title = "Stages, guessed from names and order"
    out = [f"{title}:"]
    out += [f"  {inert_line(name):{wide}}  {kind.value}" for name, kind in result.stages]
    start = _start(result, plan)
    if start is not None:
        out.append(f"  The clock starts at {inert_line(start)}.")
    return out


def _start(result: ImportResult, plan: Plan | None) -> str | None:
    """The stage whose entry starts the clock, if the plan decides it."""
    if plan is None or not (plan.commitment is not None or plan.new):
        return None
    return plan.commitment or next((n for n, c in result.stages if c.working), None)


def _startless(result: ImportResult, plan: Plan) -> list[str]:
    """A warning if many finished items never came through the stages that start the clock."""
    start, names = _start(result, plan), [name for name, _ in result.stages]
    if start not in names:
        return []
    category = dict(result.stages)
    starting = {n for n in names[names.index(start) :] if category[n].working}
    finished, before = 0, Counter[str]()
    for history in plan.histories:
        stages = [e.status for e in history.entries if e.status in category]
        if not stages or category[stages[-1]] is not Category.DONE:
            continue
        if history.quality is not Quality.TRUNCATED:
            finished += 1
            if starting.isdisjoint(stages):
                open_ones = [s for s in stages if category[s] is not Category.DONE]
                before[open_ones[-1] if open_ones else ""] += 1
    without = before.total()
    if without * MANY < finished or not without:
        return []
    last, most = before.most_common(1)[0]
    where = f", {most:,} of them from {inert_line(last)}" if last else ""
    first = "" if result.dry_run else "vsm undo first, then "
    return [
        f"{without:,} of {count(finished, 'finished item')} never started: they came to done past"
        f" the stages where the clock runs{where}.",
        "  They count in throughput and lead time, not in cycle time. Where they were worked on,",
        f"  {first}give that stage as queue or active with --stages; --commit STAGE starts the",
        "  clock at another one.",
    ]


def _next(result: ImportResult, plan: Plan | None) -> list[str]:
    if not result.dry_run:
        stream = shlex.quote(inert_line(result.stream))
        return [f"Next: vsm board --stream {stream}, vsm metrics --stream {stream}"]
    out = []
    if plan is not None and plan.new:
        stages = shlex.quote(format_stages(result.stages))
        out += [
            "To change the stages, edit this and give it with the import:",
            f"  --stages {stages}",
        ]
        if not any(c is Category.ACTIVE or c is Category.QUEUE for _, c in result.stages):
            out.append(
                "No stage is queue or active, so no item ever starts: there are no cycle times."
            )
    out.append("Run it again without --dry-run to import.")
    return out
