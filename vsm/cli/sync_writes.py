"""``vsm sync write``: whether changes that people make here are written back into a source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, interactive, pass_context
from vsm.cli.options import complete_entity, json_option
from vsm.cli.output import note
from vsm.cli.report_change import report
from vsm.cli.sync_database import outgoing_changes
from vsm.model.command import ChangeEntity
from vsm.model.errors import EnvironmentProblem
from vsm.model.sanitise import inert_line
from vsm.model.source import Direction, LocalChange, Source, WriteOutcome
from vsm.model.source_entities import SOURCE

if TYPE_CHECKING:
    from vsm.connect.sync.results import Write

_CHOICES = {
    "nothing": Direction.READ,
    "comments": Direction.COMMENT,
    "moves": Direction.WRITE,
}
_LISTED = 5
_REFUSED_FOR = 7 * 24 * 3600 * 1_000_000
"""Microseconds for which a move that was refused is listed, from when it was made."""


@click.command(
    cls=Verb,
    examples="""
vsm sync write jira moves
vsm sync run jira --dry-run
vsm sync write jira nothing
""",
)
@click.argument("name", metavar="NAME", shell_complete=complete_entity("source"))
@click.argument("what", metavar="WHAT", type=click.Choice([*_CHOICES]))
@click.option("--yes", "sure", is_flag=True, help="Do not ask whether this is right.")
@json_option
@pass_context
def write(work: CliContext, name: str, what: str, sure: bool, as_json: bool) -> None:
    """Choose what vsm sync run writes upstream: nothing, comments or moves.

    WHAT is nothing (as each source begins), comments, or moves, which writes comments too. Only
    what people do here from now on is written, and never an item that is not from the source. What
    the token lacks for it is named before anything changes. vsm sync run NAME --dry-run shows what
    would be written.
    """
    work.refuse_read_only()
    source: Source = work.find(SOURCE, name)
    direction = _CHOICES[what]
    if direction is not Direction.READ:
        _check_permissions(work, source, direction)
        note(_warning(source, direction))
        if not sure:
            if as_json or not interactive():
                note("Nothing was changed yet: --yes agrees.")
                return
            if not click.confirm("Write into it?", default=False):
                return
    changes: dict[str, object] = {"direction": direction.value}
    if source.direction == Direction.READ:
        changes["written_after"] = work.reader.anchor().seq
    report(work, work.do([ChangeEntity(SOURCE, source.id, changes)]), as_json)


def _warning(source: Source, direction: Direction) -> str:
    what = "moves and comments" if direction is Direction.WRITE else "comments"
    return (
        f"From now on vsm sync run writes {what} that people make here into"
        f" {inert_line(source.base)} ({inert_line(source.scope)}), by the account of the token,"
        " and it notifies whom it always does."
    )


def _check_permissions(work: CliContext, source: Source, direction: Direction) -> None:
    """Refuse where the token lacks something; raises :class:`EnvironmentProblem`."""
    from contextlib import closing

    from vsm.connect.sync.patience import Patience
    from vsm.connect.sync.run_folder import Listed
    from vsm.connect.sync.secret import read_secret
    from vsm.connect.sync.services import SERVICES, open_web, open_writer, origin_of

    imported = work.reader.imported_items(origin_of(source, source.only))
    items = [Listed(number, key, "", number) for number, key in imported.items()]
    web = open_web(source, read_secret(source.auth), Patience(), lambda *page: None)
    with closing(web):
        lacking = open_writer(source, web).lacking(items, direction)
    if lacking:
        needs = SERVICES[source.kind].writing
        raise EnvironmentProblem(
            f"the token lacks {lacking}, so nothing was changed", f"it needs: {needs}"
        )


def unsent_writes(work: CliContext, source: Source) -> tuple[Write, ...]:
    """The changes that are still to be written into a source."""
    from vsm.connect.sync.services import origin_of

    return _writes(work, source, outgoing_changes(work, source, origin_of(source, source.only)))


def has_fresh_changes(work: CliContext, source: Source) -> bool:
    """Whether something is to be written into a source that no run has tried to write."""
    from vsm.connect.sync.services import origin_of

    changes = outgoing_changes(work, source, origin_of(source, source.only))
    return any(change.outcome is None for change in changes)


def refused_writes(work: CliContext, source: Source) -> tuple[Write, ...]:
    """The moves that a source refused lately, latest first."""
    return _writes(work, source, work.reader.refused_changes(source.id, work.now - _REFUSED_FOR))


def _writes(work: CliContext, source: Source, changes: Sequence[LocalChange]) -> tuple[Write, ...]:
    from vsm.connect.sync.write_back import describe

    stream = work.reader.stream(source.only)
    if stream is None:
        return ()
    outcomes = ((change, change.outcome or WriteOutcome.PENDING) for change in changes)
    return tuple(describe(stream, change, outcome, change.why) for change, outcome in outcomes)


def write_lines(name: str, writes: Sequence[Write], verb: str) -> list[str]:
    """Lines about changes that were or are to be written."""
    out = []
    for change in writes[:_LISTED]:
        why = f": {change.why}" if change.why else ""
        out.append(inert_line(f"{name}: {change.key}, {change.what} by {change.by}, {verb}{why}"))
    if len(writes) > _LISTED:
        out.append(f"{name}: and {len(writes) - _LISTED:,} more ({verb}; --json lists them)")
    return out
