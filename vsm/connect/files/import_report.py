"""The report of an import: one frozen result, and its text for people.

JSON is published from its annotations (:mod:`vsm.report.publish`).
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Annotated, NamedTuple

from vsm.connect.files.final_stages import ask_about_final, find_final_stages
from vsm.connect.files.mapping import format_stages
from vsm.connect.files.planned_import import Plan
from vsm.model.history import ImportResult, Skipped
from vsm.model.item import Quality
from vsm.model.plural import count
from vsm.model.practice import StageTraffic
from vsm.model.sanitise import inert_line
from vsm.model.stream import Category
from vsm.report.publish import HIDDEN, About, Name

MANY = 5
"""One in so many finished items without a start is worth a warning."""
LISTED = 5
"""The most entries listed of a kind; the rest is counted."""
STAGES_LISTED = 24
"""The most stages listed; a mapping file has them all."""
LAST_LISTED = 4
"""So many of them are the last ones."""
_FOUND = {
    "finished before their start": "finished before their start or creation",
    "not delivered": "of these not delivered",
}
"""Words for counts of a file, which are not worth mentioning where they are 0."""
_COUNTED = "  They count in throughput and lead time, not in cycle time."
_NAME_START = "  Where a column has the start, name it with --start COLUMN."
WIDE = 70
"""Width at which lines are wrapped, in cells: that of a dialog on a terminal of 80."""


class Histories(NamedTuple):
    """Items by how much of their history the source has."""

    full: int
    truncated: int
    endpoints_only: int


class StageProposal(NamedTuple):
    """A stage that --add-stages would add, behind another (null: before done, or at the end)."""

    name: str
    category: Category
    after: str | None


class StageCategory(NamedTuple):
    """A stage of the stream and its category."""

    name: str
    category: Category


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What was in a file, how it was read, and what an import recorded of it.

    A second import of the same file has 0 items and 0 transitions.
    """

    plan: Annotated[Plan, HIDDEN]
    format: str
    file: str
    counts: Annotated[Mapping[str, int], Name("found"), About("What the file has, by kind.")]
    read_as: Annotated[Mapping[str, str], About("How the file was read, where that was open.")]
    notes: Annotated[tuple[Skipped, ...], About("What was adjusted on import.")]
    items: Annotated[int, About("Items that are new or had changed.")]
    transitions: Annotated[int, About("Moves, creations not among them.")]
    links: int
    quality: Histories
    already_known: int
    skipped: Annotated[tuple[Skipped, ...], About("What was left out.")]
    stages: tuple[StageCategory, ...]
    restated: Annotated[int, About("Items that had changed in the source.")]
    ignored: Annotated[int, About("Entries into statuses that belong to no stage.")]
    repeated: Annotated[int, About("Entries into the stage that the item was in.")]
    stream: str
    dry_run: bool
    files: Annotated[tuple[str, ...], About("The files, if there are several.")]
    warnings: Annotated[tuple[Skipped, ...], About("What the files lack.")]
    unmapped: Annotated[Mapping[str, int], About("Entries by status that belongs to no stage.")]
    proposed: Annotated[
        tuple[StageProposal, ...], About("Stages for new statuses, which --add-stages adds.")
    ]
    final: Annotated[
        tuple[StageTraffic, ...],
        Name("work_may_end"),
        About("Queue and active stages that items come to and hardly any leaves."),
    ]


def report_of(result: ImportResult, plan: Plan) -> ImportReport:
    """The report of an import by its plan."""
    return ImportReport(
        plan=plan,
        format=plan.format,
        file=plan.file,
        counts=plan.counts,
        read_as=plan.read_as,
        notes=plan.notes,
        items=result.items,
        transitions=result.transitions,
        links=result.links,
        quality=Histories(result.full, result.truncated, result.endpoints_only),
        already_known=result.already_known,
        skipped=result.skipped,
        stages=tuple(StageCategory(*stage) for stage in result.stages),
        restated=result.restated,
        ignored=result.ignored,
        repeated=result.repeated,
        stream=result.stream,
        dry_run=result.dry_run,
        files=plan.files if len(plan.files) > 1 else (),
        warnings=plan.warnings,
        unmapped=plan.unmapped,
        proposed=tuple(StageProposal(*stage) for stage in plan.proposed),
        final=find_final_stages(plan.histories, dict(result.stages), plan.settled),
    )


def report_text(report: ImportReport, *, organisation_key: str = "") -> str:
    """The report for people: counts, warnings and next steps.

    ``organisation_key`` is for who has a form before them rather than a shell, and imports with a
    key: the one that opens the organisation.
    """
    in_form = bool(organisation_key)
    head = _head(report)
    if in_form:
        head = f"Nothing was changed yet. An import into {inert_line(report.stream)} will record:"
    out = [*_file(report), head, *_counts(report), *_quality(report)]
    out += _listed("Warnings", report.warnings)
    out += _statuses(report.plan)
    out += _listed("Left out", report.skipped)
    out += _listed("Adjusted on import", report.notes)
    out += _stages(report)
    out += _endless(report)
    out += ask_about_final(report.final[:LISTED], report.stream, organisation_key)
    if report.items:
        out += _startless(report)
    if not in_form:
        out += _next(report)
    elif report.plan.new and len(report.stages) <= STAGES_LISTED:
        out += ["To change the stages, cancel and give them in the form:"]
        out += [f"  {format_stages(report.stages)}"]
    return "\n".join(out)


def _file(report: ImportReport) -> list[str]:
    """Counts of the file, and how it was read if its format leaves that open."""
    if not report.counts:
        return [f"{len(report.files):,} files: {_names(report.files)}"] if report.files else []
    counts = ", ".join(
        _found(number, what)
        for what, number in report.counts.items()
        if number or what not in _FOUND
    )
    head = f"{report.file} ({report.format}): {counts}"
    if not report.read_as:
        return [head]
    # No-break spaces keep a name on one line.
    settings = [f"{what} = {how}".replace(" ", "\xa0") for what, how in report.read_as.items()]
    lines = wrap(
        f"read as: {'; '.join(settings)}", WIDE, initial_indent="  ", subsequent_indent="    "
    )
    return [head, *(line.replace("\xa0", " ") for line in lines)]


def _found(number: int, what: str) -> str:
    if what in _FOUND:
        return f"{number:,} {_FOUND[what]}"
    return count(number, what.removesuffix("s"), what)


def _head(report: ImportReport) -> str:
    stream = inert_line(report.stream)
    if report.dry_run:
        return f"Dry run: nothing was changed. An import into {stream} would record:"
    if not report.items:
        return f"Nothing new for {stream}:"
    return f"Imported into {stream}:"


def _counts(report: ImportReport) -> list[str]:
    out = [
        f"  {count(report.items, 'item')}, {count(report.transitions, 'transition')},"
        f" {count(report.links, 'link')}"
    ]
    if report.restated:
        out.append(f"  {count(report.restated, 'item')} of these had changed in the source")
    if report.repeated:
        entries = count(report.repeated, "repeated entry", "repeated entries")
        out.append(f"  {entries} ignored: the item was in that stage already")
    if report.already_known:
        out.append(f"  {count(report.already_known, 'item')} already imported and unchanged")
    return out


def _quality(report: ImportReport) -> list[str]:
    full, truncated, endpoints_only = report.quality
    parts = [f"{full:,} full"]
    parts += [f"{truncated:,} truncated"] if truncated else []
    parts += [f"{endpoints_only:,} with single dates, no moves"] if endpoints_only else []
    out = [f"  histories: {', '.join(parts)}"]
    if truncated:
        keys = [h.key for h in report.plan.histories if h.quality is Quality.TRUNCATED]
        named = f" ({_names(keys)})" if keys else ""
        out.append(
            f"  Truncated{named}: the file does not have all of their moves. They count in"
            " lead time and throughput, not in cycle time and stage figures."
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
        out += _capped(
            f"{inert_line(new)}: renamed from {_names(old)}"
            for new, old in plan.renamed_from.items()
        )
    if plan.unmapped:
        out.append("Unmapped statuses: they belong to no stage, entries into them are ignored:")
        out += _capped(
            f"{inert_line(status)}: {count(entries, 'entry', 'entries')}"
            for status, entries in sorted(plan.unmapped.items(), key=lambda p: (-p[1], p[0]))
        )
    if plan.proposed:
        out.append("New statuses. Choose one: --add-stages adds these stages, --ignore-statuses")
        out.append("ignores them, --mapping FILE gives them to stages:")
        out += _capped(_proposal(*stage) for stage in plan.proposed)
    if plan.added:
        out.append("Stages added to the stream:")
        out += _capped(_proposal(*stage) for stage in plan.added)
    return out


def _proposal(name: str, category: Category, after: str | None) -> str:
    if after is None:
        place = "at the end" if category.ended else "before done"
    else:
        place = f"after {inert_line(after)}" if after else "first"
    return f"{inert_line(name)}: {category.value}, {place}"


def _capped(lines: Iterable[str], most: int = LISTED) -> list[str]:
    """Indented lines, the rest counted."""
    out = [f"  {line}" for line in lines]
    rest = len(out) - most
    return [*out[:most], f"  and {rest:,} more"] if rest > 0 else out


def _listed(title: str, records: Sequence[Skipped]) -> list[str]:
    if not records:
        return []
    out = [f"{title} ({len(records):,}):"]
    out += [f"  {inert_line(s.where)}: {inert_line(s.why)}" for s in records[:LISTED]]
    if len(records) > LISTED:
        out.append(f"  and {len(records) - LISTED:,} more (--json lists what was left out)")
    return out


def _stages(report: ImportReport) -> list[str]:
    wide = max((len(name) for name, _ in report.stages), default=0)
    title = "Stages"
    if report.plan.guessed:
        title = "Stages, guessed from names and order"
    out = [f"{title}:"]
    rest = len(report.stages) - STAGES_LISTED
    # The last ones stay: which stage is done decides most.
    skipped = range(STAGES_LISTED - LAST_LISTED, len(report.stages) - LAST_LISTED)
    for n, (name, kind) in enumerate(report.stages):
        if rest <= 0 or n not in skipped:
            out.append(f"  {inert_line(name):{wide}}  {kind.value}")
        elif n == skipped.start:
            out.append(f"  and {rest:,} more between these")
    start = _start(report)
    if start is not None:
        out.append(f"  The clock starts at {inert_line(start)}.")
    return out


def _start(report: ImportReport) -> str | None:
    """The stage whose entry starts the clock, if the plan decides it."""
    plan = report.plan
    if plan.commitment is None and not plan.new:
        return None
    return plan.commitment or next((n for n, c in report.stages if c.working), None)


def _endless(report: ImportReport) -> list[str]:
    """Warnings if by the stages of a new stream no item is ever done, or none ever starts."""
    plan, out = report.plan, []
    category = dict(report.stages)
    done = [stage for stage in plan.mapping.values() if category.get(stage) is Category.DONE]
    if plan.new and not done:
        out += [
            "No status of the file is done, so no item ever finishes: there are no cycle times",
            "and no throughput. Give the last status of the work as done with --stages.",
        ]
    if plan.new and not any(kind.working for kind in category.values()):
        out += [
            "No stage is queue or active, so no item ever starts: there are no cycle times.",
            *([_NAME_START] if plan.format == "startfinish" else []),
        ]
    return out


def _startless(report: ImportReport) -> list[str]:
    """A warning if many finished items never came through the stages that start the clock."""
    start, names = _start(report), [name for name, _ in report.stages]
    if start not in names:
        return []
    category = dict(report.stages)
    starting = {n for n in names[names.index(start) :] if category[n].working}
    finished, unknown, before = 0, 0, Counter[str]()
    for history in report.plan.histories:
        stages = [e.status for e in history.entries if e.status in category]
        if not stages or category[stages[-1]] is not Category.DONE:
            continue
        if history.quality is not Quality.TRUNCATED:
            finished += 1
            if starting.isdisjoint(stages):
                open_ones = [s for s in stages if category[s] is not Category.DONE]
                before[open_ones[-1] if open_ones else ""] += 1
                unknown += history.quality is Quality.ENDPOINTS_ONLY
    without = before.total()
    if without * MANY < finished or not without:
        return []
    head = f"{without:,} of {count(finished, 'finished item')}"
    if unknown == without:  # nobody knows their moves: they may well have been started
        hint = [_NAME_START] if report.plan.format == "startfinish" else []
        return [f"{head} without a known start: the file has no moves of theirs.", _COUNTED, *hint]
    last, most = before.most_common(1)[0]
    where = f", {most:,} of them from {inert_line(last)}" if last else ""
    first = "" if report.dry_run else "vsm undo first, then "
    return [
        f"{head} never started: done without passing a stage where the clock runs{where}.",
        f"{_COUNTED} Where they were worked on,",
        f"  {first}give that stage as queue or active with --stages; --commit STAGE starts the",
        "  clock at another one.",
    ]


def _next(report: ImportReport) -> list[str]:
    if not report.dry_run:
        stream = shlex.quote(inert_line(report.stream))
        return [f"Next: vsm board --stream {stream}, vsm metrics --stream {stream}"]
    out = []
    if report.plan.new:
        out.append("To change the stages, edit this and give it with the import:")
        if len(report.stages) > STAGES_LISTED:
            out.append("  the file that --write-mapping FILE writes, as --mapping FILE")
        else:
            out.append(f"  --stages {shlex.quote(format_stages(report.stages))}")
    if report.proposed:
        out.append("Without one of these, an import is refused.")
    out.append("Run it again without --dry-run to import.")
    return out
