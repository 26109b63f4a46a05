"""The items behind the figures of a stream in the overview."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from vsm.features.overview.reading import figures_window
from vsm.model.board import Card
from vsm.model.query_tree import Query
from vsm.model.rules import day_of
from vsm.model.stream import ValueStream
from vsm.reader import Reader
from vsm.report.wording import count, day


class Figure(StrEnum):
    """A figure of a stream that items are behind."""

    WIP = "wip"
    CYCLE_TIME = "cycle time"
    THROUGHPUT = "throughput"
    BLOCKED = "blocked"


class Behind(NamedTuple):
    """An item behind a figure: what the figure says of it, and where it is."""

    item: int
    remark: str
    stage: str


def read_behind(
    reader: Reader,
    stream: ValueStream,
    figure: Figure | int,
    now: int,
    query: Query,
    *,
    past: bool = False,
) -> list[Behind]:
    """The items behind a figure, or in the stage of this id, as of ``now``.

    Those in progress have the oldest first, finished ones the longest or the latest.
    """
    if figure in (Figure.CYCLE_TIME, Figure.THROUGHPUT):
        return _finished(reader, stream, now, query, past=past, by_time=figure is Figure.CYCLE_TIME)
    rows = []
    for stage, card in _open_cards(reader, stream, now, query, past=past):
        if figure == card.stage:
            rows.append((-(card.idle or 0), _in_stage(card), card, stage))
        elif figure is Figure.BLOCKED and card.blocked is not None:
            reason = f": {card.blocked_reason}" if card.blocked_reason else ""
            rows.append((-(card.idle or 0), f"{card.blocked}{reason}", card, stage))
        elif figure is Figure.WIP and card.age is not None:
            rows.append((-card.age, count(card.age, "day"), card, stage))
    rows.sort(key=lambda row: row[0])
    return [Behind(card.id, remark, stage) for _, remark, card, stage in rows]


def _in_stage(card: Card) -> str:
    return "" if card.idle is None else f"{card.idle} d there"


def _open_cards(
    reader: Reader, stream: ValueStream, now: int, query: Query, *, past: bool
) -> Iterator[tuple[str, Card]]:
    """The items that are neither done nor dropped, each with the name of its stage."""
    then = reader.past(stream, query, now) if past else None
    columns = reader.columns(stream, query, now) if then is None else then.columns
    for column in columns:
        if column.stage.category.ended:
            continue
        if then is None:
            cards = reader.all_cards(stream, column, query, now)
        else:
            cards = reader.past_cards(then, column.stage.id, 0, column.shown)
        yield from ((column.stage.name, card) for card in cards)


def _finished(
    reader: Reader, stream: ValueStream, now: int, query: Query, *, past: bool, by_time: bool
) -> list[Behind]:
    """The items that finished in the 90 days of the figures."""
    data, _ = reader.flow(stream, query, now, present=not past)
    ends, at = data.finishes
    rows = ends[figures_window(reader, stream, now, past=past).part(at)]
    finished = zip(
        data.history.item[rows].tolist(),
        data.flow.stage[rows].tolist(),
        data.flow.finish[rows].tolist(),
        data.days[2][rows].tolist(),
        data.cycle_days(rows).tolist(),
        data.is_timed[rows].tolist(),
        strict=True,
    )
    out = []
    for item, place, moment, number, cycle, is_timed in finished:
        if by_time and not is_timed:
            continue
        took = f"{cycle} d, " if is_timed else ""
        first = (-cycle if by_time else 0, -moment)
        stage = data.stream.order[place].name
        out.append((first, Behind(item, f"{took}finished {day(day_of(number))}", stage)))
    out.sort(key=lambda row: row[0])
    return [behind for _, behind in out]
