"""``vsm item list`` and ``vsm item show``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, TypeVar

import click

from vsm.cli.as_of import as_of_words, read_as_of
from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context, terminal_width
from vsm.cli.options import (
    Count,
    as_of_option,
    complete_columns,
    filter_option,
    json_option,
    keys_argument,
    stream_option,
    view_option,
)
from vsm.cli.output import emit, emit_list, note, show
from vsm.model.errors import BadInput
from vsm.model.item_list import (
    COLUMNS,
    USUAL,
    USUAL_EVERYWHERE,
    Listed,
    read_columns,
    read_sort,
    sort_items,
)

if TYPE_CHECKING:
    from vsm.features.forecast.item_results import ItemForecast
    from vsm.model.board import Detail
    from vsm.model.query_tree import Query
    from vsm.model.stream import ValueStream

_PAGE = 5000
_T = TypeVar("_T")


@click.command(
    cls=Verb,
    examples="""
vsm item list
vsm item list --filter 'team:core class:expedite'
vsm item list --where 'age>p85 -blocked'
vsm item list --where 'stale or overdue' --sort -idle,due
vsm item list --columns key,age,idle,due,owner,title --sort -age
vsm item list --where is:in-progress --as-of 2026-03-31
vsm item list --all-streams --where 'owner:me is:open'
vsm item list --stream Web --filter blocked --json | jq -r '.[].key'
""",
)
@stream_option
@click.option(
    "--all-streams",
    "everywhere",
    is_flag=True,
    help="List the items of all streams, by stream; dates are in UTC.",
)
@filter_option
@view_option
@click.option(
    "--sort",
    metavar="FIELD,...",
    shell_complete=complete_columns,
    help="Sort by these columns, - before one for downwards: -age,key.",
)
@click.option(
    "--columns",
    metavar="NAME,...",
    shell_complete=complete_columns,
    help=f"Columns to show, or 'all': {', '.join(COLUMNS)}.",
)
@as_of_option("List them as they stood then: a date (its end) or a moment [default: now].")
@click.option("--limit", type=Count(min=1), metavar="N", help="At most N items [default: all].")
@click.option("--archived", is_flag=True, help="List archived items.")
@json_option
@pass_context
def list_items(
    work: CliContext,
    stream: str | None,
    everywhere: bool,
    filter_text: str | None,
    view: str | None,
    sort: str | None,
    columns: str | None,
    as_of: str | None,
    limit: int | None,
    archived: bool,
    as_json: bool,
) -> None:
    """List the items of a value stream.

    In the order of creation in the database, with done and dropped items. DAYS is the age of an
    item in progress and the cycle time of a finished one, IN STAGE the days since it came to its
    stage, both counted with today. With --json, all fields are there. Items without a field that
    is sorted by come last.
    """
    filter_text = work.filter(filter_text, view)
    streams, query = _streams(work, stream, everywhere), work.query(filter_text)
    only = None if everywhere else streams[0]
    by = _read("--sort", read_sort, sort) or ()
    usual = USUAL_EVERYWHERE if everywhere else USUAL
    names = _read("--columns", read_columns, columns) or usual
    at = read_as_of(as_of, only)
    most = None if by else limit
    rows = chain.from_iterable(
        _listed(work, one, query, most, archived)
        if at is None
        else work.reader.past_items(one, query, at, archived=archived, limit=most)
        for one in streams
    )
    listed = islice(sort_items(rows, by) if by else rows, limit)
    first = list(islice(listed, 1))
    if not first:
        _tell_none(only.name if only else "any stream", filter_text, archived)
    items = chain(first, listed)
    if as_json:
        from vsm.report.board_json import listed_shape

        emit_list(listed_shape(item) for item in items)
        return
    from vsm.report.lists import item_lines

    for line in as_of_words(work, only, at):
        note(line)
    show(item_lines(items, names, only.zone if only else "UTC", terminal_width()))


def _streams(work: CliContext, name: str | None, everywhere: bool) -> list[ValueStream]:
    """The stream that is meant, or all of them by name."""
    if not everywhere:
        return [work.stream(name)]
    if name is not None:
        raise BadInput("--stream and --all-streams exclude each other", "give one of them")
    return work.reader.all_streams()


def _read(option: str, read: Callable[[str], _T], text: str | None) -> _T | None:
    if text is None:
        return None
    try:
        return read(text)
    except ValueError as error:
        raise BadInput(f"{option}: {error}") from None


def _tell_none(where: str, filter_text: str | None, archived: bool) -> None:
    """Say on standard error why standard output is empty."""
    kind = "archived items" if archived else "items"
    if filter_text:
        note(f"No {kind} of {where} match {filter_text}")
    else:
        note(f"No {kind} in {where}" + ("" if archived else ": vsm item add TITLE adds one"))


def _listed(
    work: CliContext, stream: ValueStream, query: Query, limit: int | None, archived: bool
) -> Iterator[Listed]:
    offset, now = 0, work.now
    while limit is None or offset < limit:
        size = _PAGE if limit is None else min(_PAGE, limit - offset)
        page = work.reader.items(stream, query, now, limit=size, offset=offset, archived=archived)
        yield from work.reader.listed(stream, page, now)
        if len(page) < size:
            return
        offset += len(page)


@click.command(
    cls=Verb,
    examples="""
vsm item show PAY-131
vsm item show PAY-131 --as-of 2026-03-31
vsm item show PAY-131 --json | jq .history
""",
)
@keys_argument
@as_of_option("Show them as they stood then: a date (its end) or a moment [default: now].")
@json_option
@pass_context
def show_items(work: CliContext, keys: tuple[str, ...], as_of: str | None, as_json: bool) -> None:
    """Show items in full: fields, flow, links, history.

    With --json, one key gives an object, several keys give a list.
    """
    details = [_detail(work, key, as_of) for key in keys]
    if as_json:
        from vsm.cli.json_views import detail_shape
        from vsm.report.publish import publish

        forecasts = [_forecast(work, detail, as_of) for detail in details]
        shapes = [
            detail_shape(detail) | {"forecast": publish(forecast) if forecast else None}
            for detail, forecast in zip(details, forecasts, strict=True)
        ]
        emit(shapes[0] if len(keys) == 1 else shapes)
        return
    from vsm.features.forecast.item_report import forecast_text
    from vsm.report.item_text import draw_item

    for n, detail in enumerate(details):
        stream = work.reader.stream(detail.item.stream)
        zone = stream.zone if stream else "UTC"
        show([""] if n else [])
        for line in as_of_words(work, stream, read_as_of(as_of, stream)):
            note(line)
        forecast = _forecast(work, detail, as_of)
        text = "" if forecast is None else forecast_text(forecast)
        show(draw_item(detail, zone, terminal_width() or 100, forecast=text))


def _forecast(work: CliContext, detail: Detail, as_of: str | None) -> ItemForecast | None:
    """When an item in progress is finished; ``None`` where it is not in progress."""
    stream = work.reader.stream(detail.item.stream)
    if detail.age is None or stream is None:
        return None
    from vsm.features.forecast.item_reading import read_item_forecasts

    at = read_as_of(as_of, stream)
    result = read_item_forecasts(
        work.reader,
        stream,
        as_of=work.now if at is None else at,
        present=at is None,
        only=(detail.item.id,),
    )
    return result.of(detail.item.id)


def _detail(work: CliContext, key: str, as_of: str | None) -> Detail:
    item, now = work.item(key), work.now
    if as_of is not None:
        now = read_as_of(as_of, work.reader.stream(item.stream)) or now
        if now < item.created:
            raise BadInput(f"--as-of: {item.key} was not there yet on {as_of}", "give a later one")
    detail = work.reader.detail(item.id, now, as_of is not None)
    if detail is None:
        raise BadInput(f"item {key} has just gone", "vsm log tells who took it away")
    return detail
