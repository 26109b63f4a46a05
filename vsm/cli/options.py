"""Options that several verbs share, and what shells complete for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from vsm.cli.names import is_none
from vsm.model.calendar import read_holidays, read_workdays
from vsm.model.errors import BadInput, VsmError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from vsm.cli.context import CliContext

_F = TypeVar("_F", bound=Callable[..., Any])
_T = TypeVar("_T")
Complete = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]


class Count(click.IntRange):
    """A whole number of things: at least ``min``, at most what a database can count."""

    def __init__(self, min: int) -> None:
        super().__init__(min=min, max=COUNT_MAX)


class EntryNumber(click.ParamType[int]):
    """The number of an entry of the journal: ``48213``, or as it is shown, ``#48,213``."""

    name = "number"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Read the number."""
        text = str(value).strip().removeprefix("#").replace(",", "")
        if not (text.isascii() and text.isdigit() and int(text[:19]) > 0 and len(text) < 19):
            self.fail(f"{str(value)!r:.40} is no number of an entry, such as 48213", param, ctx)
        return int(text)


COUNT_MAX = 1_000_000_000
"""The largest number of items, entries or places that can be asked for."""


# -- completion: reads quietly, offers nothing where nothing can be read --------------


def _work_of(ctx: click.Context) -> CliContext:
    from vsm.cli.context import CliContext

    params = ctx.find_root().params
    stream = ctx.params.get("stream") or params.get("stream")
    return CliContext(params.get("db"), stream, read_only=True)  # Tab changes nothing


def _offer(
    ctx: click.Context, incomplete: str, names: Callable[[CliContext], list[tuple[str, str]]]
) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from vsm.model.sanitise import inert_line

    work = _work_of(ctx)
    ctx.obj = work
    try:
        offered = names(work)
    except (VsmError, OSError):
        # A completion has nobody to tell: the verb itself will say what is wrong.
        return []
    folded = incomplete.casefold()
    return [
        CompletionItem(name, help=inert_line(about) or None)
        for name, about in offered
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

    def names(work: CliContext) -> list[tuple[str, str]]:
        keys = ctx.params.get("keys") or ()
        item = work.reader.find_key(keys[0]) if keys else None
        stream = work.reader.stream(item.stream) if item else work.stream()
        return [(s.name, str(s.category)) for s in stream.line] if stream else []

    return _offer(ctx, incomplete, names)


def complete_target_stage(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of the stages of the stream that items are transferred ``to``."""

    def names(work: CliContext) -> list[tuple[str, str]]:
        return [(s.name, str(s.category)) for s in work.stream(ctx.params.get("to")).line]

    return _offer(ctx, incomplete, names)


def complete_retired(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of the retired stages of the stream that is meant."""
    return _offer(
        ctx,
        incomplete,
        lambda work: [(s.name, str(s.category)) for s in work.stream().order if s.retired],
    )


def complete_template(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of the templates."""
    from vsm.templates import find

    return _offer(ctx, incomplete, lambda _work: [(t.name, t.title) for t in find().good])


def complete_zone(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """IANA names of time zones."""
    from zoneinfo import available_timezones

    return _offer(ctx, incomplete, lambda _work: [(z, "") for z in sorted(available_timezones())])


def complete_entity(name: str) -> Complete:
    """Keys of a declared entity, each with what the declaration shows beside it."""
    if name == "stream":
        return complete_stream

    def complete(
        ctx: click.Context, _param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from vsm.model.entities import ENTITIES

        entity = ENTITIES[name]
        return _offer(
            ctx,
            incomplete,
            lambda work: [
                (getattr(value, entity.key), getattr(value, entity.beside) if entity.beside else "")
                for value in work.reader.entities(entity)
            ],
        )

    return complete


complete_team = complete_entity("team")
complete_view = complete_entity("view")


def complete_control(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of controls: those that are set, and those that come with vsm."""

    def names(work: CliContext) -> list[tuple[str, str]]:
        from vsm.controls import shipped
        from vsm.model.governance_entities import CONTROL

        known = {one.name: one.title for one in work.reader.entities(CONTROL)}
        return list({**{k: v["title"] for k, v in shipped().items()}, **known}.items())

    return _offer(ctx, incomplete, names)


def complete_differing(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Parts in which the stream that is meant differs from its standard."""

    def names(work: CliContext) -> list[tuple[str, str]]:
        from vsm.features.standards.reading import read_drift

        stream = work.stream(ctx.params.get("stream"))
        drift = read_drift(work.reader, stream, work.now, price=False)
        return [(line.part, line.text) for line in drift.lines]

    return _offer(ctx, incomplete, names)


def complete_agreed(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Parts in which a deviation of the stream that is meant is agreed."""

    def names(work: CliContext) -> list[tuple[str, str]]:
        from vsm.model.standard_entities import DEVIATION

        number = work.stream(ctx.params.get("stream")).id
        agreed = work.reader.entities(DEVIATION)
        return [(one.part, one.reason) for one in agreed if one.only == number]

    return _offer(ctx, incomplete, names)


def complete_text(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of texts to begin with."""
    from vsm.templates import texts

    return _offer(ctx, incomplete, lambda _work: [(name, "") for name in texts.names()])


def complete_key(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Keys of items, with their titles."""
    return _offer(ctx, incomplete, lambda work: work.reader.keys_like(incomplete, None, 50))


def complete_filter(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The filter with its last word completed: fields, their values, words."""

    def names(work: CliContext) -> list[tuple[str, str]]:
        from vsm.model.query_completion import continuations, values_of

        stream, reader = work.stream(), work.reader
        values = values_of(
            [team.name for team in reader.teams()],
            _owners(work),
            [*stream.types, *reader.words("type", stream.id)],
            reader.words("label", stream.id),
            [stage.name for stage in stream.line],
        )
        return [(text, "") for text in dict.fromkeys(continuations(incomplete, values))]

    return _offer(ctx, incomplete, names)


def _owners(work: CliContext) -> list[str]:
    known = [
        *(m.login for m in work.reader.members()),
        *work.reader.words("owner", work.stream().id),
    ]
    return list(dict.fromkeys(known))


def complete_columns(
    _ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of columns of a list, after those that are there already."""
    from click.shell_completion import CompletionItem

    from vsm.model.item_list import COLUMNS

    before, comma, last = incomplete.rpartition(",")
    minus = "-" if last.startswith("-") else ""
    return [
        CompletionItem(f"{before}{comma}{minus}{name}")
        for name in COLUMNS
        if name.startswith(last.removeprefix("-").casefold())
    ]


def complete_owner(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Logins of members, and the owners of items."""
    return _offer(ctx, incomplete, lambda work: [("me", ""), *((o, "") for o in _owners(work))])


# -- days ---------------------------------------------------------------------------


def _days(read: Callable[[str], tuple[_T, ...]]) -> Callable[..., tuple[_T, ...] | None]:
    """A callback that reads days as people write them; what is wrong names the option."""

    def callback(
        _ctx: click.Context, param: click.Parameter, value: str | None
    ) -> tuple[_T, ...] | None:
        if value is None:
            return None
        if is_none(value):
            return ()
        try:
            return read(value)
        except ValueError as error:
            raise BadInput(f"{param.opts[0]}: {error}") from None

    return callback


def workdays_option(what: str) -> Callable[[_F], _F]:
    """``--workdays``: ISO weekdays; ``none`` gives an empty tuple."""
    return click.option(
        "--workdays", metavar="DAYS", callback=_days(read_workdays), help=f"Working days {what}."
    )


holidays_option = click.option(
    "--holidays",
    metavar="DATES",
    callback=_days(read_holidays),
    help="Days off, with commas and ranges: 2026-05-01,2026-12-24..2026-12-26.",
)


def read_more_holidays(
    now: tuple[str, ...], whole: tuple[str, ...] | None, more: str | None
) -> tuple[str, ...]:
    """The holidays after ``--holidays`` (all of them) and ``--add-holidays`` (besides)."""
    out = set(now if whole is None else whole)
    if more is not None:
        try:
            out |= set(read_holidays(more))
        except ValueError as error:
            raise BadInput(f"--add-holidays: {error}") from None
    return tuple(sorted(out))


# -- options ------------------------------------------------------------------------

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")

stream_option = click.option(
    "--stream",
    metavar="NAME",
    shell_complete=complete_stream,
    help="Value stream [default: the one used last].",
)

view_option = click.option(
    "--view",
    metavar="NAME",
    shell_complete=complete_view,
    help="Only items that match this saved view.",
)

filter_option = click.option(
    "--filter",
    "--where",
    "filter_text",
    metavar="FILTER",
    shell_complete=complete_filter,
    help="Only items that match: words, team: owner: type: class: label: stage: key: is:open,"
    " blocked, stale, overdue, late-risk, age>10, age>p85, pace>p85, idle>5d, blocked>5d,"
    " due<=fri, created>=2026-03-31, updated>-7d, or, not, ( ). See docs/filters.md.",
)


def as_of_option(what: str) -> Callable[[_F], _F]:
    """``--as-of``: the moment that is looked at."""
    return click.option("--as-of", metavar="DATE", help=what)


reason_option = click.option(
    "--reason", metavar="WHY", help="Reason for exceeding a soft WIP limit; it is recorded."
)

at_option = click.option(
    "--at",
    metavar="WHEN",
    help="When it happened, to enter it late ('yesterday 16:00', '2026-11-03 16:00'); needs a"
    " --reason.",
)

keys_argument = click.argument(
    "keys", metavar="KEY...", nargs=-1, required=True, shell_complete=complete_key
)
