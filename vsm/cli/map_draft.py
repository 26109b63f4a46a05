"""``vsm map draft``: future states of a value stream map, compared and made real."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from vsm.cli.as_of import as_of_words, read_as_of
from vsm.cli.base import Noun, Verb
from vsm.cli.context import CliContext, pass_context, terminal_width
from vsm.cli.options import as_of_option, complete_entity, json_option, stream_option
from vsm.cli.output import emit, say, show
from vsm.cli.report_change import report
from vsm.cli.reports import format_of, report_options, write_report
from vsm.model.command import EditDraft, OpenDraft, RemoveEntity
from vsm.model.draft import Draft
from vsm.model.draft_edits import edit_lines
from vsm.model.entities import DRAFT
from vsm.model.errors import BadInput
from vsm.model.sanitise import inert_line
from vsm.model.stream import ValueStream

VERBS: dict[str, tuple[str, str]] = {
    "new": ("vsm.cli.map_draft:new_draft", "Begin a future state of the map as it is now."),
    "list": ("vsm.cli.map_draft:list_drafts", "List the future states."),
    "show": ("vsm.cli.map_draft:show_draft", "Show the edits, and later what came of them."),
    "edit": ("vsm.cli.map_draft:edit_draft", "Add edits, or remove them by their numbers."),
    "compare": ("vsm.cli.map_draft:compare_draft", "Compare it with the map as it is."),
    "make": ("vsm.cli.map_draft_make:make_draft", "Make it real: all its edits, as one change."),
    "drop": ("vsm.cli.map_draft:drop_draft", "Drop an open future state; vsm undo brings it back."),
}

_EDITS = """
Edits, one a line or an argument each:

\b
  insert Review after Build active    a stage: backlog, queue, active, done
  split Build into Build,Self-test    its items stay in the first half
  merge Test with Release as Verify   neighbours; items of the first move on
  retire Test into Build              off the map, its items re-homed
  set Build limit 4                   name, category, team, limit, policy,
                                      process 0.5d, wait 2d, ca 80%, slots 3
  edge Test -> Build rework 10%       forward, rework or none, with a share
"""


@click.group(
    cls=Noun,
    verbs=VERBS,
    examples="""
vsm map draft new 'Two reviewers'
vsm map draft edit 'Two reviewers' 'set Review slots 2' 'retire Sign-off into Review'
vsm map draft compare 'Two reviewers'
vsm map draft make 'Two reviewers' --dry-run
""",
)
def draft() -> None:
    """Try future states of the map before living in them.

    A draft keeps the map that it began with and changes nothing until it is made real. Its lead
    time is worked out from loads and waits, and simulated; 90 days after it was made real the map
    says what came.
    """


draft_name = click.argument("name", shell_complete=complete_entity(DRAFT.name))


@click.command(
    cls=Verb,
    examples="""
vsm map draft new 'Two reviewers'
vsm map draft new 'One test stage' 'merge Test with Sign-off' 'set Test slots 3'
""",
)
@click.argument("name")
@click.argument("edits", nargs=-1)
@stream_option
@json_option
@pass_context
def new_draft(
    work: CliContext, name: str, edits: tuple[str, ...], stream: str | None, as_json: bool
) -> None:
    """Begin a future state of the map as it is now."""
    chosen = work.stream(stream)
    done = work.do([OpenDraft(chosen.id, name, _lines(edits))])
    if not as_json:
        report(work, done, as_json)
        return
    report(work, done, as_json, draft=_shape(work, work.find(DRAFT, " ".join(name.split()))))


@click.command("list", cls=Verb, examples="vsm map draft list\nvsm map draft list --json")
@stream_option
@json_option
@pass_context
def list_drafts(work: CliContext, stream: str | None, as_json: bool) -> None:
    """List the future states."""
    from vsm.features.map.future_reading import drafts_of

    drafts = drafts_of(work.reader, None if stream is None else work.stream(stream))
    if as_json:
        emit([_shape(work, one) for one in drafts])
        return
    if not drafts:
        say("No future states: vsm map draft new NAME begins one")
        return
    from vsm.report.text_table import Col, table

    streams = {one.only: work.reader.stream(one.only) for one in drafts}
    rows = [
        (
            one.name,
            of.name if (of := streams[one.only]) is not None else "removed",
            _state(one, of),
            str(len(one.edits)),
        )
        for one in drafts
    ]
    cols = [
        Col("FUTURE STATE", flexible=True),
        *map(Col, ("STREAM", "STATE")),
        Col("EDITS", right=True),
    ]
    show(table(cols, rows, terminal_width()))


@click.command(
    cls=Verb,
    examples="vsm map draft show 'Two reviewers'\nvsm map draft show 'Two reviewers' --json",
)
@draft_name
@json_option
@pass_context
def show_draft(work: CliContext, name: str, as_json: bool) -> None:
    """Show the edits, and later what came of them.

    The JSON has the whole map that the draft began with, also where its stream was removed.
    """
    one = work.find(DRAFT, name)
    if as_json:
        emit(_shape(work, one, whole=True))
        return
    stream = work.reader.stream(one.only)
    where = stream.name if stream is not None else f"{one.base_map.name} (removed)"
    lines = [f"{one.name}: {_state(one, stream)}, of {where}", ""]
    lines += [f"{number:>3}  {text}" for number, text in enumerate(one.edits, 1)]
    lines += [] if one.edits else ["No edits yet: vsm map draft edit NAME 'set Build limit 4'"]
    if stream is not None:
        from vsm.features.map.future_reading import read_conflicts, read_judgements

        try:
            conflicts = read_conflicts(work.reader, one)
        except BadInput as error:  # as where a team is gone: the edits are shown to be mended
            lines += ["", str(error)]
            conflicts = ()
        if conflicts:
            lines += ["", "The map has changed since, where the draft touches it:"]
            lines += [f"  {conflict}" for conflict in conflicts]
        if not one.is_open:
            judged = read_judgements(work.reader, stream, work.now, present=True)
            lines += ["", *(j.text for j in judged if j.name == one.name)]
    show(map(inert_line, lines))


@click.command(
    cls=Verb,
    epilog=_EDITS,
    examples="""
vsm map draft edit 'Two reviewers' 'set Review slots 2'
vsm map draft edit 'Two reviewers' --remove 1
vsm map draft edit 'Two reviewers' - < edits.txt
""",
)
@draft_name
@click.argument("edits", nargs=-1)
@click.option(
    "--remove",
    "removed",
    metavar="N",
    multiple=True,
    type=int,
    help="Remove edit N; may be repeated.",
)
@json_option
@pass_context
def edit_draft(
    work: CliContext, name: str, edits: tuple[str, ...], removed: tuple[int, ...], as_json: bool
) -> None:
    """Add edits, or remove them by their numbers."""
    one = work.find(DRAFT, name)
    wrong = [number for number in removed if not 1 <= number <= len(one.edits)]
    if wrong:
        raise BadInput(
            f"{one.name} has no edit {wrong[0]}",
            f"its edits are 1 to {len(one.edits)}" if one.edits else "it has none",
        )
    lines = _lines(edits)
    if not lines and not removed:
        raise BadInput("no edit is given", "write one: set Build limit 4 (see --help)")
    kept = [text for number, text in enumerate(one.edits, 1) if number not in removed]
    done = work.do([EditDraft(one.id, (*kept, *lines), expected=one.edits)])
    if not as_json:
        report(work, done, as_json)
        return
    report(work, done, as_json, draft=_shape(work, work.find(DRAFT, one.name)))


@click.command(
    cls=Verb,
    examples="""
vsm map draft compare 'Two reviewers'
vsm map draft compare 'Two reviewers' --json | jq -r .text
vsm map draft compare 'Two reviewers' --format html -o future.html
""",
)
@draft_name
@click.option("--no-simulation", "plain", is_flag=True, help="By the formula alone: faster.")
@click.option("--seed", type=int, default=0, metavar="N", help="Seed of the simulation.")
@as_of_option("Compare with the map as of the end of a date, or of a moment [default: now].")
@report_options
@pass_context
def compare_draft(
    work: CliContext,
    name: str,
    plain: bool,
    seed: int,
    as_of: str | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Compare it with the map as it is.

    Lead time, constraint and the WIP that is needed, by loads and waits of slots, and simulated.
    The inputs are printed stage by stage.
    """
    chosen = format_of(form, as_json)
    one = work.find(DRAFT, name)
    from vsm.features.map.future_reading import read_compared, stream_of_draft
    from vsm.features.map.future_report import report as document
    from vsm.report.publish import publish

    stream = stream_of_draft(work.reader, one)
    at = read_as_of(as_of, stream)
    result = read_compared(
        work.reader,
        one,
        as_of=work.now if at is None else at,
        present=at is None,
        play=not plain,
        seed=seed,
    )
    write_report(
        chosen,
        output,
        lambda: document(result),
        lambda: publish(result),
        about=as_of_words(work, stream, at),
    )


@click.command(cls=Verb, examples="vsm map draft drop 'Two reviewers'\nvsm undo")
@draft_name
@json_option
@pass_context
def drop_draft(work: CliContext, name: str, as_json: bool) -> None:
    """Drop an open future state; vsm undo brings it back."""
    report(work, work.do([RemoveEntity(DRAFT, work.find(DRAFT, name).id)]), as_json)


def _lines(edits: Sequence[str]) -> tuple[str, ...]:
    """The edits of arguments; ``-`` reads standard input, each argument may have several lines."""
    return edit_lines("\n".join(sys.stdin.read() if text == "-" else text for text in edits))


def _state(one: Draft, stream: ValueStream | None) -> str:
    """Whether it is open, or the day in the zone of its stream on which it was made real."""
    if one.made_at is None:
        return "open"
    from vsm.model.rules import local
    from vsm.report.wording import day

    zone = (stream or one.base_map).zone
    return f"made real on {day(local(one.made_at, zone).date())}"


def _shape(work: CliContext, one: Draft, *, whole: bool = False) -> dict[str, Any]:
    """A future state as JSON; the ``whole`` of it has the map that it began with."""
    import json

    from vsm.model.rules import iso

    names = {info.id: info.name for info in work.reader.streams()}
    shape: dict[str, Any] = {
        "name": one.name,
        "stream": names.get(one.only),
        "state": one.state,
        "opened_at": iso(one.opened_at),
        "made_at": None if one.made_at is None else iso(one.made_at),
        "edits": list(one.edits),
        "before_days": one.before_days,
        "predicted_days": one.predicted_days,
        "measured_days": one.measured_days,
    }
    if not whole:
        return shape
    shape["base"] = json.loads(one.base)
    stream = work.reader.stream(one.only)
    if stream is not None and not one.is_open:
        from vsm.features.map.future_reading import read_judgements
        from vsm.report.publish import publish

        judged = read_judgements(work.reader, stream, work.now, present=True)
        shape["judgement"] = next((publish(j) for j in judged if j.name == one.name), None)
    return shape
