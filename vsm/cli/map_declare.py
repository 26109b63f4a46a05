"""``vsm map declare`` and ``vsm map note``: what people say of the stages of a map."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context, terminal_width
from vsm.cli.names import is_none
from vsm.cli.options import complete_stage, json_option, stream_option
from vsm.cli.output import emit, note, say, show
from vsm.cli.report_change import report
from vsm.cli.text_files import read_text
from vsm.model.command import NoteEdge, SetStage
from vsm.model.declared import TimeBasis
from vsm.model.declared_table import (
    SHAPE,
    Declaration,
    changes_to,
    read_declared_table,
    read_share,
    read_time,
)
from vsm.model.event_text import declared_text, field_name
from vsm.model.stream import Stage, ValueStream

NOTHING_NEW = "nothing new: all of it is declared so already"


@click.command(
    cls=Verb,
    examples="""
vsm map declare Review --process 4h --wait 3d --ca 80% --note 'stopwatch, 12 items'
vsm map declare Review --wait none
vsm map declare --table workshop.csv --dry-run
printf 'Build;2d;1.5d;75%\\nReview;4h;3d;80%\\n' | vsm map declare
""",
)
@click.argument("stage_name", metavar="[STAGE]", required=False, shell_complete=complete_stage)
@stream_option
@click.option("--process", metavar="TIME", help="Process time (PT): 0.5d, 4h, 90m.")
@click.option("--wait", metavar="TIME", help="Wait before and during the stage: 5d, 12h.")
@click.option(
    "--ca", "share", metavar="SHARE", help="%C&A: what the next stage can use as it is: 80%."
)
@click.option("--note", "source", metavar="TEXT", help="Where the values are from.")
@click.option(
    "--table",
    "table",
    type=click.Path(),
    metavar="FILE",
    help=f"Table of stages: {SHAPE}, also with tabs; - is standard input.",
)
@click.option("--dry-run", "dry", is_flag=True, help="Say what would change; change nothing.")
@json_option
@pass_context
def declare(
    work: CliContext,
    stage_name: str | None,
    stream: str | None,
    process: str | None,
    wait: str | None,
    share: str | None,
    source: str | None,
    table: str | None,
    dry: bool,
    as_json: bool,
) -> None:
    """Declare process time, wait and %C&A of a stage, or of all from a table.

    Without STAGE a table is read, from --table or standard input: a line for each stage, empty
    cells leave a value as it is, none clears it. A wrong cell refuses all of it. Hours are parts
    of the day that the map counts: 24 hours, or 8 of working time. Old values stay in the journal.
    """
    value_stream = work.stream(stream)
    texts = {"--process": process, "--wait": wait, "--ca": share, "--note": source}
    options = [name for name, text in texts.items() if text is not None]
    if stage_name is None:
        if options:
            raise click.UsageError(
                f"{options[0]} needs a stage: vsm map declare STAGE …", click.get_current_context()
            )
        declared = _from_table(value_stream, table)
    elif table is not None:
        raise click.UsageError(
            "a stage and --table exclude each other", click.get_current_context()
        )
    elif not options:
        raise click.UsageError(
            "give what to declare: --process, --wait, --ca or --note",
            click.get_current_context(),
        )
    else:
        stage = work.stage(value_stream, stage_name)
        declared = [_from_options(stage, value_stream, process, wait, share, source)]
    _record(work, value_stream, declared, dry, as_json)


def _from_options(
    stage: Stage,
    stream: ValueStream,
    process: str | None,
    wait: str | None,
    share: str | None,
    source: str | None,
) -> Declaration:
    values: dict[str, Any] = {}
    if process is not None:
        values["process_days"] = read_time(process, stream.map_time, "--process")
    if wait is not None:
        values["wait_days"] = read_time(wait, stream.map_time, "--wait")
    if share is not None:
        values["complete_accurate"] = read_share(share, "--ca")
    if source is not None:
        values["declared_note"] = "" if is_none(source) else " ".join(source.split())
    return changes_to(stage, values)


def _from_table(stream: ValueStream, table: str | None) -> list[Declaration]:
    if table is None and sys.stdin.isatty():
        note(f"Paste a line for each stage, {SHAPE}, then press Ctrl+D.")
    where, text = read_text(table or "-", f"name a text file with {SHAPE}")
    return read_declared_table(text, stream, where)


def _record(
    work: CliContext,
    stream: ValueStream,
    declared: Sequence[Declaration],
    dry: bool,
    as_json: bool,
) -> None:
    changed = [one for one in declared if one.changes]
    shapes = [
        {"stage": one.stage.name, **one.changes, "retired": one.stage.retired} for one in changed
    ]
    if dry or not changed:
        if as_json:
            label = "nothing was changed" if dry else NOTHING_NEW
            emit({"group": None, "label": label, "declared": shapes, "changes": []})
        elif not changed:
            say(NOTHING_NEW)
        else:
            show(_lines(changed, stream.map_time))
            note("nothing was changed: --dry-run")
        return
    done = work.do([SetStage(one.stage.id, one.changes) for one in changed])
    if as_json:
        report(work, done, as_json, declared=shapes)
        return
    show(_lines(changed, stream.map_time))
    for one in changed:
        if one.stage.retired:
            note(f"{one.stage.name} is retired: its figures are of the past")


def _lines(declared: Sequence[Declaration], basis: TimeBasis) -> list[str]:
    """A line for each value that changes: stage, field, before → after."""
    from vsm.features.map.wording import time_words
    from vsm.model.sanitise import inert_line
    from vsm.report.text_table import Col, table

    def words(field: str, value: Any) -> str:
        if field in ("process_days", "wait_days") and value is not None:
            return time_words(value, basis)
        return inert_line(declared_text(field, value))

    rows = [
        (
            inert_line(one.stage.name),
            field_name(field),
            words(field, getattr(one.stage, field)),
            words(field, after),
        )
        for one in declared
        for field, after in one.changes.items()
    ]
    columns = (Col("STAGE", flexible=True), Col("VALUE"), Col("BEFORE"), Col("NOW"))
    return table(columns, rows, terminal_width())


@click.command(
    "note",
    cls=Verb,
    examples="""
vsm map note Review 'Two reviewers, one laptop'
vsm map note Review --to Build 'Half of them lack tests'
vsm map note Review none
""",
)
@click.argument("stage_name", metavar="STAGE", shell_complete=complete_stage)
@click.argument("text")
@stream_option
@click.option(
    "--to",
    "to",
    metavar="STAGE",
    shell_complete=complete_stage,
    help="Put it on the edge to this stage.",
)
@json_option
@pass_context
def note_on_map(
    work: CliContext, stage_name: str, text: str, stream: str | None, to: str | None, as_json: bool
) -> None:
    """Put a note (kaizen burst) on a stage or edge.

    It stands on the map with ✱. The text none removes it.
    """
    value_stream = work.stream(stream)
    stage = work.stage(value_stream, stage_name)
    words = "" if is_none(text) else text
    if to is None:
        report(work, work.do([SetStage(stage.id, {"note": words})]), as_json)
    else:
        target = work.stage(value_stream, to)
        report(work, work.do([NoteEdge(stage.id, target.id, words)]), as_json)
