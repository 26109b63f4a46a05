"""The items behind an edge of the map: those that moved over it in the window."""

from __future__ import annotations

from datetime import date

from vsm.model.query_tree import Query
from vsm.model.stream import ValueStream
from vsm.reader import Reader


def read_items_over(
    reader: Reader,
    stream: ValueStream,
    edge: tuple[int, int],
    *,
    first: date | None = None,
    last: date | None = None,
    as_of: int,
    query: Query | None = None,
    present: bool = False,
) -> tuple[tuple[int, int], ...]:
    """The items that moved from one stage to another, by ids, in the window of the map.

    Each with the moment of its last such move (UTC microseconds), the latest first.
    """
    from vsm.features.map.figures import moves_within
    from vsm.flow.window import window

    data, _ = reader.flow(stream, query or Query(), as_of, present=present)
    moves = moves_within(data, window(first, last, stream.zone, as_of))
    source, target = (data.stream.index[end] for end in edge)
    over = moves[(data.place[moves - 1] == source) & (data.place[moves] == target)]
    items = data.history.item[data.owner[over]].tolist()
    latest: dict[int, int] = {}
    for moment, item in sorted(zip(data.entered[over].tolist(), items, strict=True)):
        latest[item] = moment
    return tuple(sorted(latest.items(), key=lambda one: (-one[1], one[0])))
