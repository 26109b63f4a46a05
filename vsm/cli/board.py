"""``vsm board``: the board as plain text or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context, terminal_width
from vsm.cli.options import Count, filter_option, json_option, stream_option, view_option
from vsm.cli.output import emit, show

if TYPE_CHECKING:
    from vsm.model.board import Card, Column
    from vsm.model.query import Query
    from vsm.model.stream import ValueStream

PLAIN_WIDTH = 80
"""Cells of a line where standard output is no terminal."""

PLAIN_CARDS = 10
"""Cards that a printed column shows where nothing else is asked for."""

_PAGE = 1000


@click.command(
    cls=Verb,
    examples="""
vsm board
vsm board --stream 'Card issuing' --filter 'team:core -blocked'
vsm board --view 'Old work'
vsm board --cards 0 --width 160 | less
vsm board --json | jq '.columns[] | select(.over_limit) | .stage'
""",
)
@stream_option
@filter_option
@view_option
@click.option(
    "--cards",
    type=Count(min=0),
    metavar="N",
    help="At most N cards a column, 0 for all [default: 10; with --json all].",
)
@click.option(
    "--width",
    type=click.IntRange(min=20, max=10_000),
    metavar="N",
    help="Cells of a line [default: the terminal's width, else 80].",
)
@json_option
@pass_context
def board(
    work: CliContext,
    stream: str | None,
    filter_text: str | None,
    view: str | None,
    cards: int | None,
    width: int | None,
    as_json: bool,
) -> None:
    """Print the board of a value stream.

    Stages stand side by side as far as they fit, with the items in them against the limit
    (▲ over it). A card shows key, days in progress, title, team, owner's initials, how many
    items it waits for (↧) and how many wait for it (↥), and what blocks it (■). Stages in which
    work has ended show what came there in the last 14 days.
    """
    filter_text = work.filter(filter_text, view)
    if as_json:
        _emit_board(work, stream, filter_text, cards)
    else:
        print_board(work, stream, filter_text, cards, width)


def _cards(
    work: CliContext, found: ValueStream, column: Column, most: int | None, query: Query, now: int
) -> list[Card]:
    wanted = column.shown if not most else min(most, column.shown)
    out: list[Card] = []
    while len(out) < wanted:
        size = min(_PAGE, wanted - len(out))
        page = work.reader.cards(found, column.stage.id, len(out), size, query, now)
        if not page:
            break
        out += page
    return out


def print_board(
    work: CliContext,
    stream: str | None,
    filter_text: str | None,
    cards: int | None,
    width: int | None,
) -> None:
    """Print a board as text, fitted to the terminal or to ``width`` cells."""
    from vsm.report.board_text import draw_board

    found, query, now = work.stream(stream), work.query(filter_text), work.now
    most = PLAIN_CARDS if cards is None else cards
    columns = work.reader.columns(found, query, now)
    drawn = {c.stage.id: _cards(work, found, c, most, query, now) for c in columns}
    empty = "nothing fits the filter" if query else "no items to show; add one: vsm item add TITLE"
    total = width or terminal_width() or PLAIN_WIDTH
    show(draw_board(work.reader.header(found, now), columns, drawn, total, empty))


def _emit_board(
    work: CliContext, stream: str | None, filter_text: str | None, cards: int | None
) -> None:
    from vsm.cli.json_views import column_shape, header_shape

    found, query, now = work.stream(stream), work.query(filter_text), work.now
    header = work.reader.header(found, now)
    emit(
        {
            "stream": found.name,
            "timezone": found.zone,
            "header": header_shape(header),
            "columns": [
                column_shape(c, _cards(work, found, c, cards, query, now))
                for c in work.reader.columns(found, query, now)
            ],
        }
    )
