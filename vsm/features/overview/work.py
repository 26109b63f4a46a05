"""The work of all streams that fits a filter, as their boards show it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from vsm.features.standards.names import stream_names
from vsm.model.board import Card
from vsm.model.query_tree import Query
from vsm.model.stream import Category, Stage, ValueStream
from vsm.reader import Reader

MOST = 200
"""Items of a stage that are listed; more are only counted."""


class WorkItem(NamedTuple):
    """An item with its stream and stage, and the name that all streams share of that."""

    card: Card
    stream: ValueStream
    stage: Stage
    canonical: str | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """Items by stream, the stage furthest on first; ``left_out`` are those beyond the most of a
    stage. ``streams`` are how many streams were looked through.
    """

    filter: str
    items: tuple[WorkItem, ...]
    left_out: int
    streams: int


def read_work(reader: Reader, now: int, query: Query, *, past: bool = False) -> Work:
    """What fits a filter in any stream as of ``now``; of ended items those of the last 14 days."""
    items: list[WorkItem] = []
    left_out = 0
    streams = reader.all_streams()
    for stream in streams:
        names = stream_names(reader, stream)
        for stage, count, cards in _columns(reader, stream, now, query, past=past):
            items += (WorkItem(card, stream, stage, names.get(stage.id)) for card in cards)
            left_out += count - len(cards)
    return Work(query.text, tuple(items), left_out, len(streams))


def _columns(
    reader: Reader, stream: ValueStream, now: int, query: Query, *, past: bool
) -> Iterator[tuple[Stage, int, list[Card]]]:
    """The stages that hold anything that fits: those of work from the end on, then the ended."""
    then = reader.past(stream, query, now) if past else None
    columns = reader.columns(stream, query, now) if then is None else list(then.columns)
    ended = [column for column in columns if column.stage.category.ended]
    for column in (*reversed([c for c in columns if c not in ended]), *ended):
        if column.shown:
            if then is None:
                cards = reader.all_cards(stream, column, query, now, MOST)
            else:
                cards = reader.past_cards(then, column.stage.id, 0, MOST)
            yield column.stage, column.shown, cards


STEPS = {
    Category.ACTIVE: "Active",
    Category.QUEUE: "Queued",
    Category.BACKLOG: "Backlog",
    Category.DONE: "Done in the last 14 days",
    Category.DROPPED: "Dropped in the last 14 days",
}
"""How far work is, in the order of the groups."""
