"""The value stream map of a stream, from what a reader knows of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from vsm.features.bottlenecks.results import Bottlenecks
from vsm.features.map.results import ValueStreamMap
from vsm.flow_reader import data_end
from vsm.model.query_tree import Query
from vsm.model.stream import ValueStream
from vsm.reader import Reader


def read_map(
    reader: Reader,
    stream: ValueStream,
    *,
    first: date | None = None,
    last: date | None = None,
    as_of: int,
    query: Query | None = None,
    present: bool = False,
) -> ValueStreamMap:
    """The map of a stream in a window, of the items that fit a filter; loads numpy.

    Window, filter and ``present`` are those of
    :func:`~vsm.features.metrics.reading.read_figures`. Utilisation and the constraint are added
    with :func:`with_diagnosis`.
    """
    from vsm.features.bottlenecks.stations import ObservationWindow, find_stations
    from vsm.features.map.figures import map_figures
    from vsm.features.map.future_reading import read_judgements
    from vsm.features.metrics.figures import figures_of
    from vsm.flow.window import window

    span = window(first, last, stream.zone, as_of)
    whole, _ = reader.flow(stream, Query(), as_of, present=present)
    query = query or Query()
    known, facts = reader.flow(stream, query, as_of, present=present)
    # Which queue feeds a stage is a matter of all items, as what limits the flow is.
    observed = ObservationWindow.of(whole, data_end(whole.last_activity, as_of))
    order = whole.stream.order
    feeds = {
        order[queue].id: order[station.active[0]].id
        for station in find_stations(whole.stream, observed)
        for queue in station.queues
    }
    result = map_figures(
        known,
        facts,
        span,
        figures_of(known, facts, span),
        feeds=feeds,
        declared_at=reader.declared_at(stream, as_of),
        exempt=_exempt(reader, stream, whole.stream, as_of, present),
        whole=whole,
    )
    futures = read_judgements(reader, stream, as_of, present=present)
    return replace(result, filter=query.text or None, futures=futures)


def _exempt(
    reader: Reader, stream: ValueStream, then: ValueStream, as_of: int, present: bool
) -> dict[int, int]:
    """By stage id how many items do not count into the limit, where the stream of then has any."""
    if not any(stage.exempt for stage in then.order):
        return {}
    columns = (
        reader.columns(stream, Query(), as_of)
        if present
        else reader.past(stream, Query(), as_of).columns
    )
    return {column.stage.id: column.exempt for column in columns}


def with_diagnosis(result: ValueStreamMap, diagnosis: Bottlenecks) -> ValueStreamMap:
    """The map with utilisation and constraint as ``vsm bottlenecks`` has them."""
    loads = {stage.stage: stage.utilisation for stage in diagnosis.stages}
    limiting = set(diagnosis.constraint.stages) if diagnosis.constraint else set()
    return replace(
        result,
        constraint=diagnosis.verdict.heading,
        stages=tuple(
            replace(
                stage,
                utilisation=loads.get(stage.id),
                constraint=stage.name in limiting,
            )
            for stage in result.stages
        ),
    )
