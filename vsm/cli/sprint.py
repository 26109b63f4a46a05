"""``vsm sprint``: time boxes with a goal, a commitment that stays, and what came of it."""

from __future__ import annotations

from pathlib import Path

import click

from vsm.cli.as_of import as_of_words, read_as_of
from vsm.cli.base import NounOrList, Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import as_of_option, stream_option
from vsm.cli.reports import format_of, report_options, write_report
from vsm.cli.sprint_names import find_sprint, measure_option, sprint_argument
from vsm.model.errors import BadInput
from vsm.model.sprint import Measure, SprintState

VERBS: dict[str, tuple[str, str]] = {
    "list": ("vsm.cli.sprint:list_sprints", "List the sprints of a stream, with its velocity."),
    "show": ("vsm.cli.sprint:show_sprint", "Show a sprint with its burn-down and its items."),
    "report": ("vsm.cli.sprint:report_sprint", "Report on the latest sprint, or on one of them."),
    "plan": ("vsm.cli.sprint_plan:plan_sprint", "Plan a sprint."),
    "set": ("vsm.cli.sprint_plan:set_sprint", "Change the plan of a sprint."),
    "add": ("vsm.cli.sprint_scope:add_items", "Add items to a sprint."),
    "remove": ("vsm.cli.sprint_scope:remove_items", "Remove items from a sprint."),
    "start": ("vsm.cli.sprint_life:start_sprint", "Start a sprint: what is in it is committed to."),
    "close": ("vsm.cli.sprint_life:close_sprint", "Close a sprint and carry over what is left."),
    "cancel": ("vsm.cli.sprint_life:cancel_sprint", "Give a sprint up; it counts as no velocity."),
    "judge": ("vsm.cli.sprint_life:judge_sprint", "Say whether the goal of a sprint was met."),
}

AS_OF = "Show the sprint as it stood then; a date is its end."


@click.group(
    cls=NounOrList,
    verbs=VERBS,
    examples="""
vsm sprint
vsm sprint plan 'Sprint 12' --start 2026-11-30 --end 2026-12-11 --goal 'Refunds by webhook'
vsm sprint add 12 PAY-131 PAY-118
vsm sprint start 12
vsm sprint add 12 PAY-140 --reason 'incident follow-up'
vsm sprint show 12 --as-of 2026-12-04
vsm sprint close 12 --to next
vsm sprint judge 12 met
""",
)
def sprint() -> None:
    """Plan, start and close sprints; rebuild their charts for any day.

    The commitment stands in the event of the start and nothing later changes it. Without a verb
    the sprints are listed. See docs/sprints.md.
    """


@click.command(
    cls=Verb,
    examples="""
vsm sprint list --stream Web
vsm sprint list --json | jq '.velocity'
""",
)
@stream_option
@measure_option
@as_of_option("List the sprints as they stood then; a date is its end.")
@report_options
@pass_context
def list_sprints(
    work: CliContext,
    stream: str | None,
    measure: str | None,
    as_of: str | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """List the sprints of a stream, with its velocity.

    S + A - R + E = C + K for each: started, added, removed, re-estimated, completed, left. Velocity
    is a range of the last closed sprints of this stream; it compares no teams.
    """
    chosen = format_of(form, as_json)
    from vsm.features.sprints.reading import read_sprints
    from vsm.features.sprints.report import report
    from vsm.report.publish import publish

    value_stream = work.stream(stream)
    at = read_as_of(as_of, value_stream)
    result = read_sprints(
        work.reader,
        value_stream,
        work.now if at is None else at,
        Measure(measure) if measure else None,
    )
    write_report(
        chosen,
        output,
        lambda: report(result, value_stream.zone),
        lambda: publish(result),
        about=as_of_words(work, value_stream, at),
    )


def _write_sprint(
    work: CliContext,
    text: str | None,
    stream: str | None,
    measure: str | None,
    as_of: str | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    chosen = format_of(form, as_json)
    from vsm.features.sprints.reading import read_sprint
    from vsm.features.sprints.report import report_sprint
    from vsm.report.publish import publish

    value_stream = work.stream(stream)
    if text is None:
        known = work.reader.sprints_of(value_stream.id)
        begun = [one for one in known if one.state is not SprintState.PLANNED]
        if not known:
            raise BadInput(
                f"{value_stream.name} has no sprints", "plan one: vsm sprint plan NAME --start DATE"
            )
        one = (begun or known)[-1]
    else:
        one = find_sprint(work, text, stream)
        value_stream = next(s for s in work.reader.all_streams() if s.id == one.only)
    at = read_as_of(as_of, value_stream)
    result = read_sprint(
        work.reader,
        value_stream,
        one.id,
        work.now if at is None else at,
        measure=Measure(measure) if measure else None,
        present=at is None,
    )
    if result is None:
        raise BadInput(
            f"{one.name} was not planned yet on {as_of}", "give a later --as-of, or none"
        )
    write_report(
        chosen,
        output,
        lambda: report_sprint(result, value_stream.zone),
        lambda: publish(result),
        about=as_of_words(work, value_stream, at),
    )


@click.command(
    cls=Verb,
    examples="""
vsm sprint show 12
vsm sprint show 'Sprint 12' --as-of 2026-12-04
vsm sprint show 12 --json | jq '.summary'
""",
)
@sprint_argument
@stream_option
@measure_option
@as_of_option(AS_OF)
@report_options
@pass_context
def show_sprint(
    work: CliContext,
    name: str,
    stream: str | None,
    measure: str | None,
    as_of: str | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Show a sprint with its burn-down and its items.

    Charts are rebuilt from what was on record at the moment of --as-of. The ideal line is flat on
    days off of the team.
    """
    _write_sprint(work, name, stream, measure, as_of, form, as_json, output)


@click.command(
    cls=Verb,
    examples="""
vsm sprint report
vsm sprint report --format md -o sprint.md
""",
)
@click.argument("name", metavar="[SPRINT]", required=False)
@stream_option
@measure_option
@as_of_option(AS_OF)
@report_options
@pass_context
def report_sprint(
    work: CliContext,
    name: str | None,
    stream: str | None,
    measure: str | None,
    as_of: str | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Report on the latest sprint, or on one of them.

    The latest is the one that started last.
    """
    _write_sprint(work, name, stream, measure, as_of, form, as_json, output)
