"""``vsm sync run|watch``: reading sources, once or for as long as it runs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import complete_entity, json_option
from vsm.cli.output import emit, note, show
from vsm.model.entities import ENTITIES
from vsm.model.errors import BadInput, VsmError
from vsm.model.plural import count
from vsm.model.rules import from_micros
from vsm.model.sanitise import inert_line
from vsm.model.source import Source

if TYPE_CHECKING:
    from vsm.connect.sync.results import SyncReport
    from vsm.connect.sync.run import Ran

LISTED = 5
LOOK = 2.0
"""Seconds between two looks at which source is due, or has a hint that it changed."""


@click.command(
    cls=Verb,
    examples="""
vsm sync run
vsm sync run jira --full
vsm sync run jira --add-stages
vsm sync run --dry-run --json
""",
)
@click.argument("name", metavar="[NAME]", required=False, shell_complete=complete_entity("source"))
@click.option("--full", is_flag=True, help="List and fetch everything again.")
@click.option("--add-stages", is_flag=True, help="Add stages for statuses that have none.")
@click.option("--ignore-statuses", is_flag=True, help="Leave statuses without a stage out.")
@click.option("--dry-run", is_flag=True, help="Show what would be recorded and change nothing.")
@json_option
@pass_context
def run(
    work: CliContext,
    name: str | None,
    full: bool,
    add_stages: bool,
    ignore_statuses: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Read sources and record what changed.

    Ids with their stamps first, then only what changed. A run that fails half-way records
    nothing, and the next one goes on with the pages that were complete. Items that people changed
    here are left as they are and listed; those that went upstream are marked, never removed. Where
    vsm sync write allows it, moves and comments of people here are written upstream first.
    """
    work.refuse_read_only()
    settings = {"add_stages": add_stages, "ignore_statuses": ignore_statuses}
    problems: list[VsmError] = []
    sources = sources_named(work, name)
    for source in sources:
        try:
            ran = _run_one(work, source, full=full, dry_run=dry_run, settings=settings)
        except VsmError as problem:
            if len(sources) == 1:
                raise
            problems.append(problem)
            note(f"{source.name}: {problem}")
            continue
        show_run(ran, as_json)
    if problems:
        raise problems[0]


@click.command(
    cls=Verb,
    examples="""
vsm sync watch
nohup vsm sync watch > sync.log 2>&1 &
""",
)
@pass_context
def watch(work: CliContext) -> None:
    """Read every source when it is due, until it is stopped.

    Each source has its own interval (vsm sync set NAME --every MINUTES). What fails is tried
    again at the next time, and shown on boards and in vsm sync status. A source that is written
    into is also run when somebody changed something that is to be written.
    """
    work.refuse_read_only()
    from vsm.cli.sync_writes import has_fresh_changes
    from vsm.connect.sync.hints import settle_hints, waiting_hints
    from vsm.connect.sync.run_folder import source_folder

    due: dict[str, float] = {}
    seen: dict[str, int] = {}
    failing: set[str] = set()
    while True:
        position = work.reader.position()
        for source in [s for s in sources_named(work, None) if s.every is not None]:
            folder = source_folder(work.path, source.name)
            hints = waiting_hints(folder)
            is_news = source.name not in failing and seen.get(source.name) != position
            seen[source.name] = position
            is_due = due.get(source.name, 0.0) <= time.monotonic() or bool(hints)
            if not is_due and not (is_news and has_fresh_changes(work, source)):
                continue
            try:
                ran = _run_one(work, source, full=False, dry_run=False, settings={})
            except VsmError as problem:
                note(f"{source.name}: {problem}")
                failing.add(source.name)
            else:
                failing.discard(source.name)
                show_run(ran, False)
                settle_hints(folder, hints)
            due[source.name] = time.monotonic() + 60 * (source.every or 1)
        time.sleep(LOOK)


def _run_one(
    work: CliContext, source: Source, *, full: bool, dry_run: bool, settings: dict[str, bool]
) -> Ran:
    from vsm.cli.sync_database import SyncDatabase
    from vsm.connect.sync.run import Wish, run_source

    stream = work.reader.stream(source.only)
    if stream is None:
        raise BadInput(f"the stream of {source.name} has gone", "remove the source and add it anew")
    wish = Wish(full=full, dry_run=dry_run, settings=settings)
    return run_source(source, stream.name, SyncDatabase(work), wish)


def sources_named(work: CliContext, name: str | None) -> list[Source]:
    """The source of this name, or all; raises :class:`BadInput` where there is none."""
    if name is not None:
        return [work.find(ENTITIES["source"], name)]
    sources: list[Source] = work.reader.entities(ENTITIES["source"])
    if not sources:
        raise BadInput("there are no sources", "vsm sync add jira URL --jql QUERY --stream NAME")
    return sources


def show_run(ran: Ran, as_json: bool) -> None:
    """Print what a run came to."""
    from vsm.report.publish import publish

    if as_json:
        emit(publish(ran.report))
    else:
        show(_lines(ran))


def _lines(ran: Ran) -> list[str]:
    report = ran.report
    verb = "would be " if report.dry_run else ""
    out = [
        f"{report.source}: {report.listed:,} listed, {report.fetched:,} fetched;"
        f" {report.new:,} {verb}new, {report.changed:,} {verb}changed,"
        f" {report.unchanged:,} unchanged"
    ]
    if report.proxy:
        out.append(f"  through the proxy {report.proxy}")
    if report.waited_seconds >= 1:
        out.append(f"  waited {report.waited_seconds:.0f} s for the service")
    out += _written_lines(report)
    if report.evidence:
        out.append(f"  {count(report.evidence, 'piece')} of evidence recorded")
    if report.delivery:
        out.append(
            f"  {count(report.delivery, 'change or deployment', 'changes or deployments')} recorded"
        )
    if report.gone:
        out.append(f"  gone upstream: {_some(report.gone)}")
    if report.back:
        out.append(f"  back upstream: {_some(report.back)}")
    if report.kept:
        out.append(f"  changed by people here, left as they are: {_some(report.kept)}")
    if report.observed:
        out.append(f"  {count(report.observed, 'move')} observed, in no log of the source")
    for gap in report.truncated[:LISTED]:
        days = f"{from_micros(gap.after):%Y-%m-%d} to {from_micros(gap.until):%Y-%m-%d}"
        out.append(f"  {gap.key}: moves may be missing from {days}: {gap.why}")
    if len(report.truncated) > LISTED:
        out.append(f"  and {len(report.truncated) - LISTED:,} more items with gaps (--json)")
    for status in report.unknown_statuses[:LISTED]:
        out.append(
            f"  {status.status}: no stage; {count(status.items, 'item')} held back"
            f" (vsm sync run {report.source} --add-stages, or --ignore-statuses)"
        )
    if report.unmapped_people:
        out.append(
            f"  {count(len(report.unmapped_people), 'person', 'people')} not known as members:"
            f" {_some(report.unmapped_people)} (vsm member alias LOGIN NAME@{report.source})"
        )
    for skipped in (*report.skipped, *report.notes)[:LISTED]:
        out.append(f"  {skipped.where}: {skipped.why}")
    return [inert_line(line) for line in out]


def _written_lines(report: SyncReport) -> list[str]:
    """Lines about what was written upstream, or would be in a dry run."""
    from vsm.model.source import WriteOutcome

    would = "to be written" if report.dry_run else "not known whether it arrived"
    words = {
        WriteOutcome.SENT: "written",
        WriteOutcome.PENDING: would,
        WriteOutcome.STALE: "refused",
        WriteOutcome.HELD: "not written",
        WriteOutcome.THERE: "not needed",
    }
    out = []
    shown = [write for write in report.written if write.outcome in words]
    for write in shown[:LISTED]:
        why = f": {write.why}" if write.why else ""
        out.append(f"  {write.key}, {write.what} by {write.by}: {words[write.outcome]}{why}")
    if len(shown) > LISTED:
        out.append(f"  and {len(shown) - LISTED:,} more changes written or not (--json)")
    return out


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - LISTED:,} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + more
