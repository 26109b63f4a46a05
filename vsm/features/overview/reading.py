"""All streams at a glance, from what a reader knows of them.

Now a row is a few queries. Of the past it follows from the history of its stream, which loads
numpy: :func:`read_row` reads a stream at a time, so that a screen shows those that are known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vsm.features.bottlenecks.limit_words import limit_in_words
from vsm.features.overview.figures import stream_row
from vsm.features.overview.results import Limiting, Overview, StreamRow
from vsm.features.standards.names import stream_names
from vsm.flow_reader import recent_window
from vsm.model.board import Past
from vsm.model.query_parser import parse
from vsm.model.query_tree import Query
from vsm.model.stream import ValueStream
from vsm.model.stream_state import AgedItem, Finish, StreamState
from vsm.reader import Reader

if TYPE_CHECKING:
    from vsm.flow.flow_data import FlowData
    from vsm.flow.history import Ints
    from vsm.flow.window import Window

BLOCKED = parse("blocked is:open")


def read_overview(
    reader: Reader,
    now: int,
    query: Query | None = None,
    *,
    past: bool = False,
    bottlenecks: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Overview:
    """All streams by name as of ``now``, which may be in the ``past``.

    ``bottlenecks`` adds what limits each of them: that takes a second or two a stream.
    ``progress`` is called with how many of how many streams are read.
    """
    query = query or Query()
    rows = []
    streams = reader.all_streams()
    for number, stream in enumerate(streams):
        progress(number, len(streams))
        row = read_row(reader, stream, now, query, past=past)
        if bottlenecks:
            row = replace(row, bottleneck=read_limiting(reader, stream, now, past=past))
        rows.append(row)
    return Overview(as_of=now, filter=query.text or None, streams=tuple(rows))


def read_row(
    reader: Reader, stream: ValueStream, now: int, query: Query, *, past: bool = False
) -> StreamRow:
    """A stream at a glance as of ``now``, of the items that fit a filter."""
    if past:
        state = _past_state(reader, stream, now, query)
    else:
        state = reader.stream_state(stream, query, now)
    return stream_row(state, now, stream_names(reader, stream))


def read_limiting(reader: Reader, stream: ValueStream, now: int, *, past: bool = False) -> Limiting:
    """What limits a stream, by the diagnosis of all its items; loads numpy and networkx."""
    from vsm.features.bottlenecks.reading import read_bottlenecks

    result = read_bottlenecks(reader, stream, as_of=now, present=not past)
    kind, limit = result.verdict.kind, result.constraint
    if limit is None:
        return Limiting(kind.value, None, result.verdict.confidence)
    words = limit_in_words(kind, limit.stages, limit.team, limit.confidence)
    stages = tuple(limit.stages) if words != limit.team else ()
    return Limiting(kind.value, words, result.verdict.confidence, stages)


def limiting_of(answer: dict[str, Any]) -> Limiting:
    """The same from what ``vsm bottlenecks --json`` prints."""
    finding, limit = answer["finding"], answer["constraint"]
    kind = finding["kind"]
    if limit is None:
        return Limiting(kind, None, finding["confidence"])
    words = limit_in_words(kind, limit["stages"], limit["team"], limit["confidence"])
    stages = tuple(limit["stages"]) if words != limit["team"] else ()
    return Limiting(kind, words, finding["confidence"], stages)


def _past_state(reader: Reader, stream: ValueStream, at: int, query: Query) -> StreamState:
    """A stream, or the items of it that fit a filter, as it stood at a moment."""
    past = reader.past(stream, query, at)
    columns = tuple(column for column in past.columns if not column.stage.category.ended)
    blocked = reader.matching(stream, BLOCKED, at)
    data, _ = reader.flow(stream, query, at)
    ends, moments = data.finishes
    return StreamState(
        stream=past.stream,
        until=past.header.until,
        ended=past.header.ended,
        columns=columns,
        wip=len(past.in_progress),
        wip_of_all=past.header.wip,
        blocked=sum(i in blocked for c in columns for i in past.stood.by_stage[c.stage.id]),
        oldest=_past_oldest(reader, past),
        finishes=_finishes(data, ends[figures_window(reader, stream, at, past=True).part(moments)]),
        first_finish=int(moments[0]) if moments.size else None,
    )


def _past_oldest(reader: Reader, past: Past) -> AgedItem | None:
    """The item in progress with the highest age; of several the one that started first."""
    flow = past.stood.flow
    oldest = min(
        past.in_progress,
        key=lambda item: (-(flow[item].age or 0), flow[item].start, item),
        default=None,
    )
    place = past.place(oldest) if oldest is not None else None
    if oldest is None or place is None:
        return None
    (card,) = reader.past_cards(past, *place, 1)
    return AgedItem(oldest, card.key, card.title, card.stage, flow[oldest].age or 1)


def figures_window(reader: Reader, stream: ValueStream, now: int, *, past: bool) -> Window:
    """The 90 days of the figures: they end with the data of the whole stream, filter or not."""
    whole, _ = reader.flow(stream, Query(), now, present=not past)
    return recent_window(whole, now)


def _finishes(data: FlowData, rows: Ints) -> tuple[Finish, ...]:
    return tuple(
        Finish(day, cycle if is_timed else None)
        for day, cycle, is_timed in zip(
            data.days[2][rows].tolist(),
            data.cycle_days(rows).tolist(),
            data.is_timed[rows].tolist(),
            strict=True,
        )
    )
