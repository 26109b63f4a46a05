"""``vsm item ask|answer``: what the two sides of a dependency agree on."""

from __future__ import annotations

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.names import NONE, OneOf
from vsm.cli.options import complete_key, json_option
from vsm.cli.report_change import report
from vsm.cli.times import day_in_words
from vsm.model.command import UNCHANGED, AgreeDependency
from vsm.model.item import DependencyState
from vsm.model.rules import local


@click.command(
    cls=Verb,
    examples="""
vsm item ask WEB-12 --of CORE-3 --by 2026-12-01
vsm item ask WEB-12 --of CORE-3 --by fri
vsm item ask WEB-12 --of CORE-3 --by none
""",
)
@click.argument("key", shell_complete=complete_key)
@click.option(
    "--of",
    "other",
    metavar="KEY",
    required=True,
    shell_complete=complete_key,
    help="The blocking item.",
)
@click.option("--by", metavar="DATE", help="When it is needed: 2026-12-01, fri, +3d, none.")
@json_option
@pass_context
def ask_item(work: CliContext, key: str, other: str, by: str | None, as_json: bool) -> None:
    """Request that a blocking item is delivered by a date.

    Creates the link if there is none; an existing request only gets the new date.
    """
    waiting, blocker = work.item(key), work.item(other)
    need_by: str | None = UNCHANGED
    if by is not None:
        stream = work.reader.stream(waiting.stream)
        zone = stream.zone if stream is not None else "UTC"
        today = local(work.now, zone).date()
        need_by = None if by.casefold() == NONE else day_in_words(by, "--by", today).isoformat()
    asked = AgreeDependency(blocker.id, waiting.id, DependencyState.PROPOSED, need_by)
    report(work, work.do([asked]), as_json)


@click.command(
    cls=Verb,
    examples="""
vsm item answer CORE-3 --to WEB-12 accepted
vsm item answer CORE-3 --to WEB-12 broken
""",
)
@click.argument("key", shell_complete=complete_key)
@click.argument("state", type=OneOf(DependencyState))
@click.option(
    "--to",
    "other",
    metavar="KEY",
    required=True,
    shell_complete=complete_key,
    help="The blocked item.",
)
@json_option
@pass_context
def answer_item(
    work: CliContext, key: str, state: DependencyState, other: str, as_json: bool
) -> None:
    """Answer the request of a blocked item.

    STATE is proposed, accepted, delivered or broken. A delivered dependency no longer blocks,
    whether or not its item is done.
    """
    blocker, waiting = work.item(key), work.item(other)
    report(work, work.do([AgreeDependency(blocker.id, waiting.id, state)]), as_json)
