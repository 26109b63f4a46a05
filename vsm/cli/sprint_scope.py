"""``vsm sprint add|remove``: which items are in a sprint."""

from __future__ import annotations

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import json_option, keys_argument
from vsm.cli.report_change import report
from vsm.cli.sprint_names import find_sprint, sprint_argument
from vsm.model.command import AddToSprint, RemoveFromSprint

_reason = click.option(
    "--reason", metavar="TEXT", default="", help="Why; needed while the sprint is active."
)


@click.command(
    cls=Verb,
    examples="""
vsm sprint add 12 PAY-131 PAY-118
vsm sprint add 12 PAY-140 --reason 'incident follow-up'
""",
)
@sprint_argument
@keys_argument
@_reason
@json_option
@pass_context
def add_items(
    work: CliContext, name: str, keys: tuple[str, ...], reason: str, as_json: bool
) -> None:
    """Add items to a sprint.

    An item is in one open sprint at most. Once the sprint is active this adds to its scope and
    not to the commitment.
    """
    one = find_sprint(work, name)
    items = work.items(keys)
    report(work, work.do([AddToSprint(item.id, one.id, reason) for item in items]), as_json)


@click.command(
    cls=Verb,
    examples="""
vsm sprint remove 12 PAY-131
vsm sprint remove 12 PAY-118 --reason 'waits for Ledger'
""",
)
@sprint_argument
@keys_argument
@_reason
@json_option
@pass_context
def remove_items(
    work: CliContext, name: str, keys: tuple[str, ...], reason: str, as_json: bool
) -> None:
    """Remove items from a sprint.

    Of an active sprint they count as removed scope; the commitment stays as it was.
    """
    one = find_sprint(work, name)
    items = work.items(keys)
    report(work, work.do([RemoveFromSprint(item.id, one.id, reason) for item in items]), as_json)
