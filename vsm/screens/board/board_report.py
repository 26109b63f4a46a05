"""The board that is shown as a report, of now or of the past, for the export dialog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vsm.model.board import Card, Column, Header
from vsm.reader import Reader
from vsm.report.board_json import board_shape
from vsm.report.board_report import report
from vsm.report.document import Document
from vsm.screens.board.parts import BoardParts
from vsm.screens.report_offer import ReportOffer


def offer(board: BoardParts) -> ReportOffer:
    """The whole board through its filter."""
    stream, query = board.stream, board.data.filter
    at, now = board.data.at, board.screen.as_of

    def read(
        reader: Reader,
    ) -> tuple[Header, Sequence[Column], Mapping[int, Sequence[Card]]]:
        if at is None:
            columns = reader.columns(stream, query, now)
            cards = {c.stage.id: reader.all_cards(stream, c, query, now) for c in columns}
            return reader.header(stream, now), columns, cards
        past = reader.past(stream, query, at)
        then = {c.stage.id: reader.past_cards(past, c.stage.id, 0, c.shown) for c in past.columns}
        return past.header, past.columns, then

    def document(reader: Reader) -> Document:
        return report(*read(reader), "nothing fits the filter", query.text)

    def value(reader: Reader) -> Any:
        return board_shape(stream, *read(reader), query.text)

    return ReportOffer("board", document, value)
