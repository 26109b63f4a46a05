"""``vsm stream limit``: WIP limits over several stages of a stream together."""

from __future__ import annotations

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.names import is_none
from vsm.cli.options import json_option, stream_option
from vsm.cli.output import emit, show
from vsm.cli.stage import hard_option, report_stages
from vsm.model.command import SetStream
from vsm.model.errors import BadInput
from vsm.model.group_limit import GroupLimit, group_text, read_stages
from vsm.model.stream import LimitKind, ValueStream


@click.command(
    cls=Verb,
    examples="""
vsm stream limit --stream Web
vsm stream limit Build,Review 6 --hard
vsm stream limit Build,Review 6 --name 'In work'
vsm stream limit Build,Review none
""",
)
@click.argument("stages", required=False)
@click.argument("limit", required=False, metavar="N")
@stream_option
@hard_option
@click.option("--name", metavar="TEXT", help="What the limit is called [default: its stages].")
@json_option
@pass_context
def limit_stages(
    work: CliContext,
    stages: str | None,
    limit: str | None,
    stream: str | None,
    hard: bool | None,
    name: str | None,
    as_json: bool,
) -> None:
    """Limit the WIP of several stages together; without STAGES, list such limits.

    A move from one of the stages to another does not count twice. An item that its class of
    service exempts from the limit of its stage does not count here either. Again with the same
    stages changes the limit; none removes it.
    """
    value_stream = work.stream(stream)
    if stages is None:
        _list(value_stream, as_json)
        return
    try:
        chosen = read_stages(value_stream, stages)
    except ValueError as error:
        raise BadInput(str(error)) from None
    now = next((g for g in value_stream.group_limits if set(g.stages) == set(chosen)), None)
    if limit is None and (now is None or (hard is None and name is None)):
        raise click.UsageError("give the limit: 6, or none", click.get_current_context())
    groups = list(value_stream.group_limits)
    place = groups.index(now) if now is not None else len(groups)
    if limit is None or not is_none(limit):
        groups[place : place + 1] = [_changed(now, chosen, limit, hard, name)]
    elif now is not None:
        del groups[place]
    else:
        raise BadInput(f"{stages!r} has no limit together", "list them: vsm stream limit")
    done = work.do([SetStream(value_stream.id, {"group_limits": tuple(groups)})])
    report_stages(work, done, value_stream.id, as_json)


def _changed(
    now: GroupLimit | None,
    stages: tuple[int, ...],
    limit: str | None,
    hard: bool | None,
    name: str | None,
) -> GroupLimit:
    most = now.limit if now is not None else 0
    if limit is not None:
        if not limit.isdecimal() or len(limit) > 7:
            raise BadInput(f"{limit!r} is no WIP limit", "give 1 or more, or none")
        most = int(limit)
    kind = now.kind if now is not None else LimitKind.SOFT
    if hard is not None:
        kind = LimitKind.HARD if hard else LimitKind.SOFT
    label = now.name if now is not None and name is None else name or ""
    return GroupLimit(stages, most, kind, "" if is_none(label) else label)


def _list(stream: ValueStream, as_json: bool) -> None:
    if as_json:
        from vsm.cli.json_views import group_limit_shapes

        emit(group_limit_shapes(stream))
    else:
        show([group_text(stream, group) for group in stream.group_limits])
