"""``vsm log``: the journal in words."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import islice

import click

from vsm.cli.base import Noun
from vsm.cli.context import CliContext, pass_context, terminal_width
from vsm.cli.json_views import Shape, log_row, log_shape
from vsm.cli.names import pick
from vsm.cli.options import Count, complete_key, complete_stream, json_option
from vsm.cli.output import emit_list, say, show
from vsm.cli.times import day_or_moment
from vsm.model.actor import ActorKind
from vsm.model.board import LogEntry, LogFilter
from vsm.model.errors import BadInput
from vsm.model.stream import ValueStream

LIMIT = 50
_ONCE = 5000
"""As many lines are laid out at once."""
_ITEM = "item_"
"""Kinds of entries about items begin with it; people leave it out."""


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
vsm log --by anna --since monday --kind moved,blocked
vsm log --by agent --stream Web --all --csv
vsm log --late --json | jq -r '.[] | [.at, .happened_at, .item] | @tsv'
vsm log --limit 1000 --json | jq -r '.[] | [.at, .actor, .text] | @tsv'
""",
)
@click.option(
    "--item", "key", metavar="KEY", shell_complete=complete_key, help="Only changes of this item."
)
@click.option(
    "--by",
    metavar="NAME",
    help="Only what this person did; person, agent, import: what all of these did.",
)
@click.option(
    "--kind",
    "kinds",
    metavar="KIND",
    help="Only these kinds, with commas: moved, edited, blocked, commented …",
)
@click.option(
    "--stream",
    "stream_name",
    metavar="NAME",
    shell_complete=complete_stream,
    help="Only changes in this stream.",
)
@click.option("--since", metavar="WHEN", help="Only from then on (monday, 2026-11-03).")
@click.option("--until", metavar="WHEN", help="Only before then.")
@click.option(
    "--limit",
    type=Count(min=1),
    default=LIMIT,
    show_default=True,
    metavar="N",
    help="At most N entries.",
)
@click.option("--all", "everything", is_flag=True, help="All entries.")
@click.option("--late", is_flag=True, help="Only changes that were entered late.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@json_option
@pass_context
@click.pass_context
def log(
    ctx: click.Context,
    work: CliContext,
    key: str | None,
    by: str | None,
    kinds: str | None,
    stream_name: str | None,
    since: str | None,
    until: str | None,
    limit: int,
    everything: bool,
    late: bool,
    as_csv: bool,
    as_json: bool,
) -> None:
    """List changes: what, by whom and when.

    Newest first, including streams and teams. Undone changes stay in the list. What was entered
    late also says when it happened.
    """
    if ctx.invoked_subcommand is not None:
        return
    name = stream_name or work.stream_name
    stream = None if name is None else work.stream(name)
    zone = "UTC" if stream is None else stream.zone
    moments = {
        option: None if text is None else day_or_moment(text, zone, f"--{option}", work.now)
        for option, text in (("since", since), ("until", until))
    }
    who, kind = _who(work, by)
    chosen = LogFilter(
        limit=None if everything else limit,
        item=None if key is None else work.item(key).id,
        stream=None if stream is None else stream.id,
        by=who,
        actor_kind=kind,
        kinds=_kinds(work, kinds),
        late=late,
        **moments,
    )
    entries = work.reader.log_entries(chosen)
    if as_json:
        emit_list(map(log_row, _shapes(work, entries)))
    elif as_csv:
        show(_csv_lines(_shapes(work, entries)))
    else:
        from vsm.report.lists import log_lines

        some = list(islice(entries, _ONCE))
        if not some:
            say("No entries match")
        while some:
            show(log_lines([entry.change for entry in some], terminal_width()))
            some = list(islice(entries, _ONCE))


def _who(work: CliContext, by: str | None) -> tuple[str | None, ActorKind | None]:
    """The name, or the kind of actors, that is meant."""
    if by is None:
        return None, None
    if by.casefold() in set(ActorKind):
        return None, ActorKind(by.casefold())
    if by.casefold() == "me":
        by = work.me()
    return pick("person or agent", by, [(name, name) for name in work.reader.actors()]), None


def _kinds(work: CliContext, text: str | None) -> tuple[str, ...]:
    """The kinds of entries that are named; ``moved`` stands for ``item_moved``."""
    if text is None:
        return ()
    known = work.reader.event_kinds()
    names = {kind.removeprefix(_ITEM): kind for kind in known}
    out = []
    for word in filter(None, (part.strip().casefold() for part in text.split(","))):
        kind = word if word in known else names.get(word)
        if kind is None:
            raise BadInput(
                f"--kind: there is no entry of the kind {word!r:.40}",
                f"there are {', '.join(sorted(names))}",
            )
        out.append(kind)
    return tuple(out)


def _shapes(work: CliContext, entries: Iterable[LogEntry]) -> Iterator[Shape]:
    keys: dict[int, str | None] = {}
    streams: dict[int, ValueStream | None] = {}
    for entry in entries:
        item, stream = entry.change.item, entry.change.stream
        if item is not None and item not in keys:
            known = work.reader.item(item)
            keys[item] = known.key if known else None
        if stream is not None and stream not in streams:
            streams[stream] = work.reader.stream(stream)
        there = None if stream is None else streams[stream]
        yield log_shape(entry, None if item is None else keys[item], there.name if there else None)


def _csv_lines(shapes: Iterable[Shape]) -> Iterator[str]:
    """A table for spreadsheets, with a line for the names of the columns."""
    from vsm.connect.exports.items_csv import safe

    is_first = True
    for shape in shapes:
        cells = [safe(value) if isinstance(value, str) else value for value in shape.values()]
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerows([shape, cells] if is_first else [cells])
        yield line.getvalue()[:-1]
        is_first = False
