"""``vsm board``: the board as plain text, Markdown, HTML or JSON."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vsm.cli.as_of import as_of_words, read_as_of
from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context, terminal_width
from vsm.cli.options import Count, as_of_option, filter_option, stream_option, view_option
from vsm.cli.output import show
from vsm.cli.reports import format_of, report_options, write_report
from vsm.report.formats import Format

if TYPE_CHECKING:
    from vsm.model.board import Card, Column, Header
    from vsm.model.stream import ValueStream
    from vsm.report.document import Document

PLAIN_WIDTH = 80
"""Cells of a line where standard output is no terminal."""

PLAIN_CARDS = 10
"""Cards that a printed column shows where nothing else is asked for."""


@click.command(
    cls=Verb,
    examples="""
vsm board
vsm board --stream 'Card issuing' --filter 'team:core -blocked'
vsm board --view 'Old work'
vsm board --as-of 2026-03-31
vsm board --cards 0 --width 160 | less
vsm board --format html -o board.html
vsm board --json | jq '.columns[] | select(.over_limit) | .stage'
""",
)
@stream_option
@filter_option
@view_option
@as_of_option("Print it as it stood then: a date (its end) or a moment [default: now].")
@click.option(
    "--cards",
    type=Count(min=0),
    metavar="N",
    help="At most N cards per column, 0 for all [default: 10 as text, else all].",
)
@click.option(
    "--width",
    type=click.IntRange(min=20, max=10_000),
    metavar="N",
    help="Width in terminal columns [default: the terminal's width, else 80].",
)
@report_options
@pass_context
def board(
    work: CliContext,
    stream: str | None,
    filter_text: str | None,
    view: str | None,
    as_of: str | None,
    cards: int | None,
    width: int | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Print the board of a value stream.

    Shows stages side by side as far as they fit, each with its WIP and limit (▲ over it). A
    card shows key, age in days, title, team, owner's initials, the number of items that block
    it (↧) and that it blocks (↥), and its blocker (■). Done and dropped stages show what
    entered them in the last 14 days.
    """
    chosen = format_of(form, as_json)
    filter_text = work.filter(filter_text, view)
    if cards is None and chosen is Format.TEXT:
        cards = PLAIN_CARDS
    value_stream = work.stream(stream)
    at = read_as_of(as_of, value_stream)
    column_list = _read(work, value_stream, filter_text, cards, at)
    write_report(
        chosen,
        output,
        column_list.document,
        column_list.value,
        lambda total: column_list.lines(width or total or PLAIN_WIDTH),
        about=column_list.about,
    )


@dataclass(frozen=True, slots=True)
class _Board:
    """A board that was read, in every format."""

    stream: ValueStream
    header: Header
    columns: list[Column]
    cards: dict[int, list[Card]]
    empty: str
    filter: str
    about: tuple[str, ...] = ()

    def lines(self, total: int) -> list[str]:
        """Side by side, as plain text."""
        from vsm.report.board_text import draw_board

        return [
            *self.about,
            *draw_board(self.header, self.columns, self.cards, total, self.empty, self.filter),
        ]

    def document(self) -> Document:
        """A section a column."""
        from vsm.report.board_report import report

        return report(self.header, self.columns, self.cards, self.empty, self.filter)

    def value(self) -> Any:
        """As JSON."""
        from vsm.report.board_json import board_shape

        return board_shape(self.stream, self.header, self.columns, self.cards, self.filter)


def _read(
    work: CliContext,
    value_stream: ValueStream,
    filter_text: str | None,
    most: int | None,
    at: int | None = None,
) -> _Board:
    query, now = work.query(filter_text), work.now
    empty = "nothing fits the filter" if query else "no items to show; add one: vsm item add TITLE"
    if at is not None:
        past = work.reader.past(value_stream, query, at)
        stood = {
            column.stage.id: work.reader.past_cards(
                past, column.stage.id, 0, min(column.shown, most or column.shown)
            )
            for column in past.columns
        }
        about = as_of_words(work, value_stream, at)
        columns = list(past.columns)
        return _Board(past.stream, past.header, columns, stood, empty, query.text, about)
    columns = work.reader.columns(value_stream, query, now)
    cards = {
        column.stage.id: work.reader.all_cards(value_stream, column, query, now, most)
        for column in columns
    }
    header = work.reader.header(value_stream, now)
    return _Board(value_stream, header, columns, cards, empty, query.text)


def print_board(work: CliContext, stream: str | None, filter_text: str | None, cards: int) -> None:
    """Print a board as text, fitted to the terminal."""
    board = _read(work, work.stream(stream), filter_text, cards)
    show(board.lines(terminal_width() or PLAIN_WIDTH))
