"""All streams at a glance, from what a reader knows of them.

Now and without a filter a row is a few queries. Of the past, and through a filter, it follows from
the history of its stream, which loads numpy: :func:`read_row` reads a stream at a time, so that
a screen shows those that are known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from vsm.features.bottlenecks.limit_words import limit_in_words
from vsm.features.overview.figures import stream_row
from vsm.features.overview.results import Limiting, Overview, StreamRow
from vsm.flow_reader import recent_window
from vsm.model.query_parser import parse
from vsm.model.query_tree import Query
from vsm.model.rules import SLE_PERCENT, local, nearest_rank, number_of_day
from vsm.model.stream import ValueStream
from vsm.model.stream_state import AgedItem, Finish, StreamState
from vsm.reader import Reader

if TYPE_CHECKING:
    from vsm.flow.flow_data import FlowData

RECENT_DAYS = 14
"""Days over which the header counts what finished."""
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
    streams = all_streams(reader)
    for number, stream in enumerate(streams):
        progress(number, len(streams))
        row = read_row(reader, stream, now, query, past=past)
        if bottlenecks:
            row = replace(row, bottleneck=read_limiting(reader, stream, now, past=past))
        rows.append(row)
    return Overview(as_of=now, filter=query.text or None, streams=tuple(rows))


def all_streams(reader: Reader) -> Sequence[ValueStream]:
    """The streams by name."""
    every = (reader.stream(number) for number, *_ in reader.streams())
    return [stream for stream in every if stream is not None]


def read_row(
    reader: Reader, stream: ValueStream, now: int, query: Query, *, past: bool = False
) -> StreamRow:
    """A stream at a glance as of ``now``, of the items that fit a filter."""
    if past:
        state = _past_state(reader, stream, now, query)
    elif query:
        state = _filtered_state(reader, stream, now, query)
    else:
        state = reader.stream_state(stream, now)
    return stream_row(state, now)


def read_limiting(reader: Reader, stream: ValueStream, now: int, *, past: bool = False) -> Limiting:
    """What limits a stream, by the diagnosis of all its items; loads numpy and networkx."""
    from vsm.features.bottlenecks.reading import read_bottlenecks

    result = read_bottlenecks(reader, stream, as_of=now, present=not past)
    kind, limit = result.verdict.kind, result.constraint
    words = None
    if limit is not None:
        words = limit_in_words(kind, limit.stages, limit.team, limit.confidence)
    return Limiting(kind.value, words, result.verdict.confidence)


def limiting_of(answer: dict[str, Any]) -> Limiting:
    """The same from what ``vsm bottlenecks --json`` prints."""
    finding, limit = answer["finding"], answer["constraint"]
    kind, words = finding["kind"], None
    if limit is not None:
        words = limit_in_words(kind, limit["stages"], limit["team"], limit["confidence"])
    return Limiting(kind, words, finding["confidence"])


def _filtered_state(reader: Reader, stream: ValueStream, now: int, query: Query) -> StreamState:
    """The items that fit a filter now, without archived ones; limits are those of all items."""
    whole = reader.stream_state(stream, now)
    data, _ = reader.flow(stream, query, now, present=True)
    rows = data.in_progress & data.flow.has_known_start
    ids = data.history.item[rows].tolist()
    shown = set(reader.board_order(ids))
    cards = [card for item in ids if item in shown and (card := reader.card(item, now))]
    aged = [(-card.age, n, card) for n, card in enumerate(cards) if card.age is not None]
    oldest = min(aged)[2] if aged else None
    fit = reader.matching(stream, query, now, present=True)
    blocked = reader.matching(stream, BLOCKED, now, present=True)
    columns = reader.columns(stream, query, now)
    return _narrowed(
        whole,
        {column.stage.id: column.shown for column in columns},
        _finishes(data, now),
        len(cards),
        len(reader.board_order(fit & blocked)),
        None
        if oldest is None
        else AgedItem(oldest.id, oldest.key, oldest.title, oldest.stage, oldest.age or 1),
    )


def _past_state(reader: Reader, stream: ValueStream, at: int, query: Query) -> StreamState:
    """A stream, or the items of it that fit a filter, as it stood at a moment."""
    past = reader.past(stream, query, at)
    then, stood = past.stream, past.stood
    working = [stage.id for stage in then.order if not stage.category.ended]
    there = [item for stage in working for item in stood.by_stage.get(stage, ())]
    begun = [item for item in there if stood.flow[item].start is not None]
    aged = [
        (-(flow.age or 0), flow.start, item)
        for item in begun
        if (flow := stood.flow[item]).start is not None and flow.start <= at
    ]
    oldest = None
    if aged:
        days, _, item = min(aged)
        card = next(
            card
            for stage, ids in stood.by_stage.items()
            if item in ids
            for card in reader.past_cards(past, stage, ids.index(item), 1)
        )
        oldest = AgedItem(item, card.key, card.title, card.stage, -days)
    data, _ = reader.flow(stream, query, at)
    _, moments = data.finishes
    first = int(moments[0]) if moments.size else None
    whole = StreamState(then, past.header, {}, 0, None, (), first)
    blocked = reader.matching(stream, BLOCKED, at)
    return _narrowed(
        whole,
        {column.stage.id: column.shown for column in past.columns},
        _finishes(data, at),
        len(begun),
        sum(item in blocked for item in there),
        oldest,
    )


def _narrowed(
    whole: StreamState,
    held: Mapping[int, int],
    finishes: tuple[Finish, ...],
    wip: int,
    blocked: int,
    oldest: AgedItem | None,
) -> StreamState:
    """The state of a stream with figures of other items in place of its own."""
    head = whole.header
    cycles = sorted(finish.cycle for finish in finishes if finish.cycle is not None)
    last = local(head.until, head.zone).date()
    recent = number_of_day(last - timedelta(days=RECENT_DAYS - 1))
    return whole._replace(
        header=head._replace(
            p85=nearest_rank(cycles, SLE_PERCENT) if cycles else None,
            samples=len(cycles),
            wip=wip,
            finished=sum(finish.day >= recent for finish in finishes),
        ),
        held=held,
        finishes=finishes,
        blocked=blocked,
        oldest=oldest,
    )


def _finishes(data: FlowData, as_of: int) -> tuple[Finish, ...]:
    """The finishes in the 90 days before the end of the data."""
    ends, at = data.finishes
    rows = ends[recent_window(data, as_of).part(at)]
    return tuple(
        Finish(day, cycle if is_timed else None)
        for day, cycle, is_timed in zip(
            data.days[2][rows].tolist(),
            data.cycle_days(rows).tolist(),
            data.is_timed[rows].tolist(),
            strict=True,
        )
    )
