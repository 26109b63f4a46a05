"""``vsm undo`` and ``vsm redo``."""

from __future__ import annotations

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, at_terminal, pass_context
from vsm.cli.options import json_option
from vsm.cli.output import say
from vsm.cli.report_change import report
from vsm.model.errors import Refusal, Refused
from vsm.model.rules import from_micros


@click.command(
    cls=Verb,
    examples="""
vsm undo
vsm undo --yes && vsm undo --yes      the last two things
""",
)
@click.option("--yes", is_flag=True, help="Undo it without a question.")
@click.option(
    "--earlier",
    is_flag=True,
    help="Where your last change cannot be undone (vsm log redact, vsm member forget): the one"
    " before it.",
)
@json_option
@pass_context
def undo(work: CliContext, yes: bool, earlier: bool, as_json: bool) -> None:
    """Undo your last change.

    At a terminal it is shown first, with a question; scripts are not asked. A change of several
    items is undone as a whole. Undo is refused if somebody has changed the same item since. Each
    further call undoes the change before; vsm redo reverses an undo.
    """
    session = work.session()
    group = None
    if not (yes or as_json) and at_terminal():
        change = session.preview_undo(earlier=earlier)
        if isinstance(change, Refusal):
            raise Refused(change)
        say(f"Your last change, {from_micros(change.at):%Y-%m-%d %H:%M} UTC: {change.label}")
        if not click.confirm("Undo it?", default=True):
            say("nothing was changed")
            return
        group = change.grp
    report(work, work.accept(session.undo(group, earlier=earlier)), as_json)


@click.command(cls=Verb, examples="vsm redo")
@json_option
@pass_context
def redo(work: CliContext, as_json: bool) -> None:
    """Redo the last change that you undid."""
    report(work, work.accept(work.session().redo()), as_json)
