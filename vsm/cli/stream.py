"""``vsm stream``: value streams."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from vsm.cli.as_of import as_of_words, read_as_of, stream_as_of
from vsm.cli.base import Noun, Verb
from vsm.cli.context import CliContext, pass_context, terminal_width
from vsm.cli.init import report_stream
from vsm.cli.names import NONE, OneOf, is_none
from vsm.cli.options import (
    as_of_option,
    complete_stage,
    complete_stream,
    complete_zone,
    holidays_option,
    json_option,
    workdays_option,
)
from vsm.cli.output import emit, note, show
from vsm.cli.report_change import report
from vsm.model.command import CreateStream, NewStage, SetStream
from vsm.model.declared import TimeBasis
from vsm.model.errors import BadInput
from vsm.model.practice import MoveEntry
from vsm.model.stream import ValueStream

_F = TypeVar("_F", bound=Callable[..., Any])

VERBS: dict[str, tuple[str, str]] = {
    "list": ("vsm.cli.stream:list_streams", "List the value streams."),
    "show": ("vsm.cli.stream:show_stream", "Show a stream with its settings, stages and edges."),
    "add": ("vsm.cli.stream:add_stream", "Add a value stream with stages that you name."),
    "set": ("vsm.cli.stream:set_stream", "Change name, zone, commitment, words, working days …"),
    "limit": (
        "vsm.cli.stream_limit:limit_stages",
        "Limit the WIP of several stages together; without STAGES, list such limits.",
    ),
}


@click.group(
    cls=Noun,
    verbs=VERBS,
    examples="""
vsm stream list
vsm stream add Web --stages 'Open:backlog,Doing:active,Done:done' --tz Europe/Berlin
vsm stream set Web --commit Doing --holidays 2026-12-24..2027-01-01
""",
)
def stream() -> None:
    """List, add, show and change value streams.

    vsm init creates one from a template.
    """


@click.command(cls=Verb, examples="vsm stream list --json")
@as_of_option("Count as of then: the end of a date, in UTC, or a moment [default: now].")
@json_option
@pass_context
def list_streams(work: CliContext, as_of: str | None, as_json: bool) -> None:
    """List the value streams."""
    at = read_as_of(as_of, None)
    streams = work.reader.streams() if at is None else work.reader.past_streams(at)
    if as_json:
        from vsm.cli.json_views import stream_info_shape

        emit([stream_info_shape(s) for s in streams])
        return
    from vsm.report.lists import stream_lines

    for line in as_of_words(work, None, at):
        note(line)
    show(stream_lines(streams, terminal_width()))


@click.command(cls=Verb, examples="vsm stream show Web --json")
@click.argument("name", required=False, shell_complete=complete_stream)
@as_of_option("Show its stages as they were: a date (its end) or a moment [default: now].")
@json_option
@pass_context
def show_stream(work: CliContext, name: str | None, as_of: str | None, as_json: bool) -> None:
    """Show a stream with its settings, stages and edges.

    Without NAME, shows the stream used last.
    """
    value_stream, about = stream_as_of(work, name, as_of)
    teams = {t.id: t.name for t in work.reader.teams()}
    if as_json:
        from vsm.cli.json_views import stream_shape

        emit(stream_shape(value_stream, teams))
        return
    from vsm.report.lists import stage_lines, stream_facts

    for line in about:
        note(line)
    show([*stream_facts(value_stream), "", *stage_lines(value_stream, teams, terminal_width())])


# -- making and changing ------------------------------------------------------------


def stream_options(command: _F) -> _F:
    """The options about a stream's days and words, alike in ``add`` and ``set``."""
    for option in reversed(
        (
            click.option(
                "--types",
                metavar="LIST",
                help="Item types that forms offer first: feature,bug,chore.",
            ),
            click.option(
                "--word",
                "words",
                multiple=True,
                metavar="NAME=WORD",
                help="The stream's own word for item or items: item=story; may be repeated.",
            ),
            click.option(
                "--link",
                metavar="URL",
                help="URL of an item in another tool, with {key} in it; Y on the board copies it.",
            ),
            workdays_option("of the stream, for capacity and its map: mon-fri, sun-thu"),
            holidays_option,
            click.option(
                "--move-entry",
                type=OneOf(MoveEntry),
                help="When moves are entered: at once, in sessions such as a stand-up, or by day.",
            ),
            click.option(
                "--map-time",
                type=OneOf(TimeBasis),
                help="Days of the value stream map: elapsed, or working days of 8 hours.",
            ),
        )
    ):
        command = option(command)
    return command


def read_words(words: Sequence[str], now: dict[str, str] | None = None) -> dict[str, str]:
    """``item=story`` … over the words that there are; ``item=none`` takes one away."""
    out = dict(now or {})
    for text in words:
        name, equals, word = text.partition("=")
        name = name.strip().casefold()
        if not equals:
            raise BadInput(f"--word: {text!r} has no =", "write --word item=story")
        if is_none(word):
            out.pop(name, None)
        else:
            out[name] = word.strip()
    return out


def _empty(text: str | None) -> str:
    return "" if text is None or is_none(text) else text


@click.command(
    cls=Verb,
    examples="""
vsm stream add Web --stages 'Open:backlog,Ready:queue,Doing:active,Done:done,Dropped:dropped'
vsm stream add Ops --stages 'Inbox:queue,Doing:active,Done:done' --prefix OPS --commit Doing
""",
)
@click.argument("name")
@click.option(
    "--stages",
    metavar="LIST",
    required=True,
    help="NAME:CATEGORY, separated by commas, in the order of the flow; categories are backlog,"
    " queue, active, done and dropped.",
)
@click.option(
    "--tz",
    "zone",
    metavar="ZONE",
    default="UTC",
    show_default=True,
    shell_complete=complete_zone,
    help="Time zone that decides what a day is.",
)
@click.option(
    "--prefix", metavar="KEY", default="", help="Prefix of item keys [default: from the name]."
)
@click.option(
    "--commit",
    metavar="STAGE",
    help="Stage whose entry starts the clock [default: the first queue or active one].",
)
@stream_options
@json_option
@pass_context
def add_stream(
    work: CliContext,
    name: str,
    stages: str,
    zone: str,
    prefix: str,
    commit: str | None,
    types: str | None,
    words: tuple[str, ...],
    link: str | None,
    workdays: tuple[int, ...] | None,
    holidays: tuple[str, ...] | None,
    move_entry: MoveEntry | None,
    map_time: TimeBasis | None,
    as_json: bool,
) -> None:
    """Add a value stream with stages that you name.

    Creates the database if there is none. vsm init creates one from a template.
    """
    from vsm.connect.files.mapping import parse_stages

    made = tuple(NewStage(name, category) for name, category in parse_stages(stages).stages)
    more: dict[str, Any] = {} if workdays is None else {"workdays": workdays}
    command = CreateStream(
        name,
        made,
        zone,
        prefix,
        commit,
        types=_words(types),
        vocabulary=read_words(words),
        link=_empty(link),
        holidays=holidays or (),
        move_entry=move_entry or MoveEntry.AS_LOGGED,
        map_time=map_time or TimeBasis.ELAPSED,
        **more,
    )
    report_stream(work, work.do([command], create=True), as_json)


def _words(text: str | None) -> tuple[str, ...]:
    parts = (part.strip() for part in _empty(text).split(","))
    return tuple(part for part in parts if part)


@click.command(
    cls=Verb,
    examples="""
vsm stream set Web --name 'Web shop' --tz Europe/Berlin
vsm stream set Web --commit none
vsm stream set Web --types story,bug,spike --word item=story --word items=stories
vsm stream set Web --workdays mon-thu --add-holidays 2026-12-24..2027-01-01
vsm stream set Web --move-entry in-sessions
vsm stream set Web --map-time working
""",
)
@click.argument("stream_name", metavar="NAME", shell_complete=complete_stream)
@click.option("--name", metavar="TEXT", help="New name.")
@click.option(
    "--tz",
    "zone",
    metavar="ZONE",
    shell_complete=complete_zone,
    help="Time zone that decides what a day is.",
)
@click.option("--prefix", metavar="KEY", help="Prefix of new keys.")
@click.option(
    "--commit",
    metavar="STAGE",
    shell_complete=complete_stage,
    help="Stage whose entry starts the clock; none: the first queue or active one.",
)
@stream_options
@click.option(
    "--add-holidays",
    "more_holidays",
    metavar="DATES",
    help="Holidays to add to the existing ones.",
)
@json_option
@pass_context
def set_stream(
    work: CliContext,
    stream_name: str,
    name: str | None,
    zone: str | None,
    prefix: str | None,
    commit: str | None,
    types: str | None,
    words: tuple[str, ...],
    link: str | None,
    workdays: tuple[int, ...] | None,
    holidays: tuple[str, ...] | None,
    move_entry: MoveEntry | None,
    map_time: TimeBasis | None,
    more_holidays: str | None,
    as_json: bool,
) -> None:
    """Change name, zone, commitment, words, working days …

    A change of time zone or commitment recalculates all figures; the journal stays as it is.
    Each list option replaces the whole list; none clears it. --move-entry corrects what vsm reads
    from the times of moves; as-logged leaves it to them again.
    """
    from vsm.cli.options import read_more_holidays

    value_stream = work.stream(stream_name)
    fields = {
        "name": name,
        "zone": zone,
        "prefix": prefix,
        "workdays": workdays,
        "move_entry": move_entry,
        "map_time": map_time,
    }
    changes: dict[str, Any] = {k: v for k, v in fields.items() if v is not None}
    if commit is not None:
        changes["commitment"] = _commitment(work, value_stream, commit)
    if types is not None:
        changes["types"] = _words(types)
    if words:
        changes["vocabulary"] = read_words(words, dict(value_stream.vocabulary))
    if link is not None:
        changes["link"] = _empty(link)
    if holidays is not None or more_holidays is not None:
        changes["holidays"] = read_more_holidays(value_stream.holidays, holidays, more_holidays)
    if not changes:
        raise click.UsageError(
            "give something to change: --name, --tz, --prefix, --commit, --types, --word, --link,"
            " --workdays, --holidays, --move-entry or --map-time",
            click.get_current_context(),
        )
    done = work.do([SetStream(value_stream.id, changes)])
    if map_time is not None:
        _warn_of_declared(value_stream, map_time)
    if as_json:
        report_stream(work, done, as_json)
    else:
        report(work, done, as_json)


def _warn_of_declared(stream: ValueStream, basis: TimeBasis) -> None:
    """Say that declared times count other days now, where some are declared."""
    times = [days for s in stream.stages for days in (s.process_days, s.wait_days)]
    if basis is not stream.map_time and any(times):
        note(
            f"declared times keep their numbers: 0.5d is {basis.hours / 2:g} hours now; check them"
        )


def _commitment(work: CliContext, stream: ValueStream, commit: str) -> int | None:
    none = commit.strip().casefold() == NONE and stream.find(commit) is None
    return None if none else work.stage(stream, commit).id
