"""``vsm item move|order|block|unblock|drop|reopen|archive``: what happens to items."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.names import OneOf
from vsm.cli.options import (
    Count,
    at_option,
    complete_key,
    complete_stage,
    complete_stream,
    complete_target_stage,
    json_option,
    keys_argument,
    reason_option,
)
from vsm.cli.report_change import report
from vsm.model.command import (
    ArchiveItem,
    BlockItem,
    Command,
    CommentItem,
    DropItem,
    MoveItem,
    ReopenItem,
    ReorderItem,
    TransferItem,
    UnblockItem,
)
from vsm.model.errors import BadInput
from vsm.model.item import BlockerKind, Item
from vsm.model.stream import Stage

_reason_given = click.option("--reason", metavar="WHY", default="", help="Reason; it is recorded.")


def standard_input() -> str:
    """All of standard input. Raises :class:`BadInput` where that is no text."""
    try:
        return sys.stdin.read()
    except UnicodeDecodeError as error:
        raise BadInput("standard input is not UTF-8", str(error)) from None


def act(work: CliContext, commands: Sequence[Command], items: list[Item], as_json: bool) -> None:
    """Do it as one group and tell what was done, with the items as they are now."""
    done = work.do(commands)
    if not as_json:
        report(work, done, as_json)
        return
    from vsm.report.board_json import card_shape

    shapes = []
    for old in items:
        card, now = work.reader.card(old.id, work.now), work.reader.item(old.id)
        stream = work.reader.stream(now.stream) if now else None
        if card is not None and stream is not None:
            shapes.append(card_shape(card, stream.stage(card.stage).name))
    report(work, done, as_json, items=shapes)


def _at(work: CliContext, item: Item, text: str | None) -> int | None:
    """The moment of ``--at`` in the zone of the item's stream; ``None`` means now."""
    if text is None:
        return None
    from vsm.cli.times import past_moment

    stream = work.reader.stream(item.stream)
    return past_moment(text, stream.zone if stream else "UTC", "--at", work.now)


def _stage_for(work: CliContext, item: Item, name: str) -> Stage:
    stream = work.reader.stream(item.stream)
    if stream is None:
        raise BadInput(f"the stream of {item.key} has just gone", "vsm stream list")
    return work.stage(stream, name)


@click.command(
    cls=Verb,
    examples="""
vsm item move PAY-131 Review
vsm item move PAY-131 PAY-132 review --reason 'agreed in the stand-up'
vsm item move PAY-131 Review --at 'yesterday 16:00' --reason 'forgot to enter it'
vsm item move PAY-131 Released --emergency 'payments are down'
""",
)
@keys_argument
@click.argument("stage", shell_complete=complete_stage)
@reason_option
@at_option
@click.option(
    "--emergency",
    metavar="WHY",
    help="Why an expedite item passes controls that refuse it; approval follows.",
)
@json_option
@pass_context
def move_items(
    work: CliContext,
    keys: tuple[str, ...],
    stage: str,
    reason: str | None,
    at: str | None,
    emergency: str | None,
    as_json: bool,
) -> None:
    """Move items to a stage.

    STAGE may be any unique beginning of its name. Above a soft WIP limit a move needs a
    --reason; a hard limit refuses it.

    With --at a move is entered late, with a --reason: figures and as-of views show it at the
    time that you give, the log when you entered it. Limits do not refuse it.

    A control that binds refuses a move that does not pass: vsm gov check says why beforehand.
    With --emergency an expedite item moves all the same; an item is made to approve it within
    two working days.
    """
    if emergency is not None and not emergency.strip():
        raise BadInput("--emergency has no reason", "say what happened: --emergency WHY")
    items = work.items(keys)
    act(
        work,
        [
            MoveItem(
                i.id,
                _stage_for(work, i, stage).id,
                reason=reason,
                at=_at(work, i, at),
                emergency=emergency or "",
            )
            for i in items
        ],
        items,
        as_json,
    )


@click.command(
    cls=Verb,
    examples="""
vsm item order PAY-131 --up 2
vsm item order PAY-131 --down 1
""",
)
@click.argument("key", shell_complete=complete_key)
@click.option("--up", type=Count(min=1), metavar="N", help="Number of positions up.")
@click.option("--down", type=Count(min=1), metavar="N", help="Number of positions down.")
@json_option
@pass_context
def order_item(work: CliContext, key: str, up: int | None, down: int | None, as_json: bool) -> None:
    """Move an item up or down within its stage."""
    if (up is None) == (down is None):
        raise click.UsageError("give either --up N or --down N", click.get_current_context())
    item = work.item(key)
    act(work, [ReorderItem(item.id, down if down is not None else -(up or 0))], [item], as_json)


@click.command(
    cls=Verb,
    examples="""
vsm item block PAY-131 --reason 'waits for legal' --kind decision
vsm item block PAY-131 PAY-132 --reason 'test environment down' --kind environment
""",
)
@keys_argument
@click.option("--reason", metavar="WHY", required=True, help="What has to happen first.")
@click.option(
    "--kind",
    type=OneOf(BlockerKind),
    default=BlockerKind.OTHER,
    show_default=True,
    help="Kind of blocker.",
)
@at_option
@json_option
@pass_context
def block_items(
    work: CliContext,
    keys: tuple[str, ...],
    reason: str,
    kind: BlockerKind,
    at: str | None,
    as_json: bool,
) -> None:
    """Block items, with a reason."""
    items = work.items(keys)
    commands = [BlockItem(i.id, kind, reason, at=_at(work, i, at)) for i in items]
    act(work, commands, items, as_json)


@click.command(
    cls=Verb,
    examples="""
vsm item unblock PAY-131
vsm item unblock PAY-131 --at 'fri 9:30' --reason 'the answer came on Friday'
""",
)
@keys_argument
@_reason_given
@at_option
@json_option
@pass_context
def unblock_items(
    work: CliContext, keys: tuple[str, ...], reason: str, at: str | None, as_json: bool
) -> None:
    """Unblock items."""
    items = work.items(keys)
    commands = [UnblockItem(i.id, reason=reason, at=_at(work, i, at)) for i in items]
    act(work, commands, items, as_json)


@click.command(cls=Verb, examples="vsm item drop PAY-131 --reason 'nobody asks for it any more'")
@keys_argument
@_reason_given
@at_option
@json_option
@pass_context
def drop_items(
    work: CliContext, keys: tuple[str, ...], reason: str, at: str | None, as_json: bool
) -> None:
    """Drop items: end them undelivered.

    They move to the stream's dropped stage; vsm item reopen reverses it.
    """
    items = work.items(keys)
    act(work, [DropItem(i.id, reason, at=_at(work, i, at)) for i in items], items, as_json)


@click.command(
    cls=Verb,
    examples="""
vsm item reopen PAY-131
vsm item reopen PAY-131 --to Ready
""",
)
@keys_argument
@click.option(
    "--to",
    "stage",
    metavar="STAGE",
    shell_complete=complete_stage,
    help="Stage to put them in [default: the one they came from].",
)
@reason_option
@at_option
@json_option
@pass_context
def reopen_items(
    work: CliContext,
    keys: tuple[str, ...],
    stage: str | None,
    reason: str | None,
    at: str | None,
    as_json: bool,
) -> None:
    """Reopen done or dropped items."""
    items = work.items(keys)
    commands = [
        ReopenItem(
            i.id,
            _stage_for(work, i, stage).id if stage else None,
            reason=reason,
            at=_at(work, i, at),
        )
        for i in items
    ]
    act(work, commands, items, as_json)


@click.command(
    cls=Verb,
    examples="""
vsm item archive PAY-131 PAY-132
vsm item archive PAY-131 --undo
""",
)
@keys_argument
@click.option("--undo", is_flag=True, help="Show archived items on the board again.")
@json_option
@pass_context
def archive_items(work: CliContext, keys: tuple[str, ...], undo: bool, as_json: bool) -> None:
    """Archive items: hide them from the board, keep their history.

    Archived items still count in all flow figures.
    """
    items = work.items(keys)
    act(work, [ArchiveItem(i.id, not undo) for i in items], items, as_json)


@click.command(
    cls=Verb,
    examples="""
vsm item transfer PAY-131 --to Platform
vsm item transfer PAY-131 PAY-132 --to Platform --stage Ready --reason 'agreed with them'
""",
)
@keys_argument
@click.option(
    "--to", metavar="STREAM", required=True, shell_complete=complete_stream, help="Target stream."
)
@click.option(
    "--stage",
    metavar="NAME",
    shell_complete=complete_target_stage,
    help="Stage to put them in [default: the first].",
)
@reason_option
@json_option
@pass_context
def transfer_items(
    work: CliContext,
    keys: tuple[str, ...],
    to: str,
    stage: str | None,
    reason: str | None,
    as_json: bool,
) -> None:
    """Move items to another stream; history stays.

    Keys and links stay as they are; time spent stays with the stream in which it was spent.
    """
    items, stream = work.items(keys), work.stream(to)
    target = work.stage(stream, stage) if stage else stream.line[0]
    act(work, [TransferItem(i.id, target.id, reason=reason) for i in items], items, as_json)


@click.command(
    cls=Verb,
    examples="""
vsm item comment PAY-131 'Legal has answered: go on'
git log -1 --format=%B | vsm item comment PAY-131 -
""",
)
@click.argument("key", shell_complete=complete_key)
@click.argument("text", nargs=-1, required=True)
@json_option
@pass_context
def comment_item(work: CliContext, key: str, text: tuple[str, ...], as_json: bool) -> None:
    """Comment on an item.

    The words of TEXT are joined; TEXT - reads standard input.
    """
    said = standard_input() if text == ("-",) else " ".join(text)
    item = work.item(key)
    act(work, [CommentItem(item.id, said)], [item], as_json)
