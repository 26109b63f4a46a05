"""``vsm undo``, ``vsm redo`` and ``vsm log``."""

from __future__ import annotations

import click

from vsm.cli.base import Noun, Verb
from vsm.cli.context import CliContext, at_terminal, pass_context, terminal_width
from vsm.cli.options import Count, complete_key, json_option
from vsm.cli.output import emit, say, show
from vsm.cli.report_change import change_shapes, report
from vsm.model.errors import Refusal, Refused
from vsm.model.rules import from_micros

LOG_LIMIT = 50


@click.command(
    cls=Verb,
    examples="""
vsm undo
vsm undo --yes && vsm undo --yes      the last two things
""",
)
@click.option("--yes", is_flag=True, help="Undo it without a question.")
@json_option
@pass_context
def undo(work: CliContext, yes: bool, as_json: bool) -> None:
    """Undo your last change.

    At a terminal it is shown first, with a question; scripts are not asked. A change of several
    items is undone as a whole. Undo is refused if somebody has changed the same item since. Each
    further call undoes the change before; vsm redo reverses an undo.
    """
    session = work.session()
    group = None
    if not (yes or as_json) and at_terminal():
        change = session.preview_undo()
        if isinstance(change, Refusal):
            raise Refused(change)
        say(f"Your last change, {from_micros(change.at):%Y-%m-%d %H:%M} UTC: {change.label}")
        if not click.confirm("Undo it?", default=True):
            say("nothing was changed")
            return
        group = change.grp
    report(work, work.accept(session.undo(group)), as_json)


@click.command(cls=Verb, examples="vsm redo")
@json_option
@pass_context
def redo(work: CliContext, as_json: bool) -> None:
    """Redo the last change that you undid."""
    report(work, work.accept(work.session().redo()), as_json)


@click.group(
    cls=Noun,
    invoke_without_command=True,
    verbs={
        "redact": (
            "vsm.cli.redaction:redact",
            "Take a text out of an entry of the journal, for ever.",
        )
    },
    examples="""
vsm log
vsm log --item PAY-131
vsm log --late --json | jq -r '.[] | [.at, .happened_at, .item] | @tsv'
vsm log --limit 1000 --json | jq -r '.[] | [.at, .actor, .text] | @tsv'
""",
)
@click.option(
    "--item", "key", metavar="KEY", shell_complete=complete_key, help="Only changes of this item."
)
@click.option(
    "--limit",
    type=Count(min=1),
    default=LOG_LIMIT,
    show_default=True,
    metavar="N",
    help="At most N entries.",
)
@click.option("--late", is_flag=True, help="Only changes that were entered late.")
@json_option
@pass_context
@click.pass_context
def log(
    ctx: click.Context, work: CliContext, key: str | None, limit: int, late: bool, as_json: bool
) -> None:
    """List changes: what, by whom and when.

    Newest first, including streams and teams. Undone changes stay in the list. What was entered
    late also says when it happened.
    """
    if ctx.invoked_subcommand is not None:
        return
    item = None if key is None else work.item(key).id
    changes = work.reader.log(limit=limit, item=item, late=late)
    if as_json:
        emit(change_shapes(work, changes))
        return
    from vsm.report.lists import log_lines

    show(log_lines(changes, terminal_width()))
