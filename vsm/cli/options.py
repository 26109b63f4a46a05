"""Options that several verbs share, and what shells complete for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from vsm.model.errors import VsmError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from vsm.cli.work import Work

_F = TypeVar("_F", bound=Callable[..., Any])


# -- completion: reads quietly, offers nothing where nothing can be read --------------


def _work_of(ctx: click.Context) -> Work:
    from vsm.cli.work import Work

    params = ctx.find_root().params
    return Work(params.get("db"), ctx.params.get("stream") or params.get("stream"))


def _offer(
    ctx: click.Context, incomplete: str, names: Callable[[Work], list[tuple[str, str]]]
) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from vsm.model.inert import inert_line

    work = _work_of(ctx)
    ctx.obj = work
    try:
        found = names(work)
    except (VsmError, OSError):
        # A completion has nobody to tell: the verb itself will say what is wrong.
        return []
    folded = incomplete.casefold()
    return [
        CompletionItem(inert_line(name), help=inert_line(about) or None)
        for name, about in found
        if name.casefold().startswith(folded)
    ]


def complete_stream(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of the streams."""
    return _offer(ctx, incomplete, lambda work: [(s.name, "") for s in work.reader.streams()])


def complete_stage(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of the stages of the stream that is meant."""

    def names(work: Work) -> list[tuple[str, str]]:
        keys = ctx.params.get("keys") or ()
        item = work.reader.find_key(keys[0]) if keys else None
        stream = work.reader.stream(item.stream) if item else work.stream()
        return [(s.name, str(s.category)) for s in stream.order] if stream else []

    return _offer(ctx, incomplete, names)


def complete_team(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of the teams."""
    return _offer(ctx, incomplete, lambda work: [(t.name, "") for t in work.reader.teams()])


def complete_key(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Keys of items, with their titles."""
    return _offer(ctx, incomplete, lambda work: work.reader.keys_like(incomplete, None, 50))


# -- options ------------------------------------------------------------------------

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")

stream_option = click.option(
    "--stream",
    metavar="NAME",
    shell_complete=complete_stream,
    help="Value stream [default: the one used last].",
)

filter_option = click.option(
    "--filter",
    "filter_text",
    metavar="FILTER",
    help="Only items that fit: words, team: owner: type: class: label: stage: key: blocked,"
    " - before a term for its opposite.",
)

reason_option = click.option(
    "--reason", metavar="WHY", help="Why; lets an item pass a soft WIP limit, and is recorded."
)

keys_argument = click.argument(
    "keys", metavar="KEY...", nargs=-1, required=True, shell_complete=complete_key
)
