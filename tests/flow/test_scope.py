"""The scope of an initiative by month, in a history that is worked out by hand."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.flow.test_portfolio import add, result_of, row_of
from tests.model.conftest import Board, board
from tests.samples.streams import kanban
from vsm.features.portfolio.beside import read_beside
from vsm.features.portfolio.initiative_report import report_initiative
from vsm.features.portfolio.reading import read_portfolio
from vsm.model import command as c
from vsm.model.portfolio_entities import INITIATIVE
from vsm.model.stream import Category
from vsm.reader import Reader
from vsm.report.markdown import draw_markdown
from vsm.session import Session

__all__ = ["board"]


def at(month: int, day: int) -> int:
    return int(datetime(2001, month, day, 12, tzinfo=UTC).timestamp()) * 1_000_000


@pytest.fixture
def growing(board: Board) -> Board:
    """Two items in October, of which one is done in November; one more each in November, of which
    one is dropped in December, and December.
    """
    number = 3
    done = board.stage("Done")
    dropped = next(s for s in board.stream.order if s.category is Category.DROPPED)
    for moment in (at(10, 2), at(10, 30), at(11, 5), at(12, 24)):
        board.at = moment
        board.done(c.AddItem(1, "part", fields={"labels": ("cards",)}))
        number += 1
        if moment == at(11, 5):
            board.done(c.MoveItem(4, done.id))
        if moment == at(12, 24):
            board.done(c.MoveItem(6, dropped.id))
    board.at = at(12, 31)
    return board


def test_scope_is_counted_at_the_end_of_each_month(growing: Board) -> None:
    add(growing, "Cards", filter="label:cards", more_items=7)
    row = row_of(growing, "Cards")
    months = read_beside(growing.read, row, growing.at).scope
    assert [(m.last, m.items, m.finished, m.added) for m in months] == [
        (date(2001, 10, 31), 2, 0, 2),
        (date(2001, 11, 30), 3, 1, 1),
        (date(2001, 12, 31), 3, 1, 1),
    ]
    assert months[1].behind == ((6, "since 5 Nov 2001"),)
    assert [item for item, _ in months[0].behind] == [4, 5]
    page = draw_markdown(
        report_initiative(
            row, result_of(growing), beside=read_beside(growing.read, row, growing.at)
        )
    )
    assert "| 31 Dec 2001 | 3 | 1 | +1 | -1 | +7 |" in page


def test_scope_shows_the_last_months_only_and_nothing_without_items(growing: Board) -> None:
    growing.at = at(12, 31) + 200 * 86_400_000_000
    add(growing, "Cards", filter="label:cards")
    add(growing, "Idea", filter="label:nothing")
    months = read_beside(growing.read, row_of(growing, "Cards"), growing.at).scope
    assert months[0].last == date(2002, 2, 28) and len(months) == 6
    assert all((m.items, m.added) == (3, 0) for m in months)
    assert read_beside(growing.read, row_of(growing, "Idea"), growing.at).scope == ()


def test_an_item_that_changed_streams_came_when_it_came_to_the_first(growing: Board) -> None:
    growing.done(kanban("Loans", "UTC", "LOAN"))
    other = growing.read.stream_named("Loans")
    growing.at = at(1, 20) + 365 * 86_400_000_000
    growing.done(c.TransferItem(5, other.order[0].id))
    add(growing, "Cards", filter="label:cards")
    months = read_beside(growing.read, row_of(growing, "Cards"), growing.at).scope
    assert [(m.items, m.added) for m in months] == [(2, 2), (3, 1), (3, 1), (3, 0)]


def test_without_a_stream_there_is_no_scope(tmp_path: Path) -> None:
    with closing(Session(tmp_path / "new.db", actor="anna")) as session:
        session.do(c.AddEntity(INITIATIVE, {"name": "Idea", "filter": "label:x"}))
    with closing(Reader(tmp_path / "new.db")) as reader:
        now = 1_000_000_000_000_000
        (row,) = read_portfolio(reader, now).initiatives
        assert read_beside(reader, row, now).scope == ()
