"""Flow figures and the items behind them, from what a reader knows of a stream."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from vsm.features.metrics.results import OLDEST, DrilldownItem, Figures
from vsm.flow_reader import FlowReader
from vsm.model.query_parser import parse
from vsm.model.query_tree import Query
from vsm.model.stream import ValueStream


def read_figures(
    reader: FlowReader,
    stream: ValueStream,
    *,
    first: date | None = None,
    last: date | None = None,
    as_of: int,
    query: Query | None = None,
    present: bool = False,
) -> Figures:
    """Every flow figure of a stream, of the items that fit a filter; loads numpy.

    See :func:`~vsm.features.metrics.figures.figures`, and for ``query`` and ``present``
    :meth:`~vsm.flow_reader.FlowReader.flow`.
    """
    from vsm.features.metrics.figures import figures_of
    from vsm.flow.window import window

    span = window(first, last, stream.zone, as_of)
    query = query or Query()
    known, facts = reader.flow(stream, query, as_of, present=present)
    figures = replace(figures_of(known, facts, span), filter=query.text or None)
    oldest = figures.ageing[:OLDEST]
    keys = reader.keys_of((*(aged.item for aged in oldest), *figures.clock_skew.named))
    named = tuple(replace(aged, key=keys[aged.item]) for aged in oldest)
    skewed = tuple((item, keys[item]) for item in figures.clock_skew.named if item in keys)
    return replace(
        figures,
        ageing=(*named, *figures.ageing[OLDEST:]),
        clock_skew=replace(figures.clock_skew, keys=skewed),
    )


def read_late_risks(
    reader: FlowReader, stream: ValueStream, figures: Figures, *, present: bool = False
) -> tuple[tuple[int, str], ...]:
    """Ids and keys of the items in progress that are late, or likelier late than in time.

    They are those of the filter ``late-risk``, the oldest first.
    """
    late = reader.matching(stream, parse("late-risk"), figures.basic.as_of, present=present)
    items = [aged.item for aged in figures.ageing if aged.item in late]
    keys = reader.keys_of(items)
    return tuple((item, keys[item]) for item in items if item in keys)


def read_comparison(
    reader: FlowReader,
    stream: ValueStream,
    figures: Figures,
    against: tuple[date, date],
    *,
    query: Query | None = None,
    present: bool = False,
) -> Figures:
    """The figures, compared with those of another window: each as known at its own end."""
    from vsm.features.metrics.comparison import compare_figures
    from vsm.model.rules import day_start

    def ends(last: date) -> int:
        return day_start(last + timedelta(days=1), stream.zone) - 1

    def read(first: date, last: date) -> Figures:
        as_of = min(figures.basic.as_of, ends(last))
        now = present and as_of == figures.basic.as_of
        return read_figures(
            reader, stream, first=first, last=last, as_of=as_of, query=query, present=now
        )

    basic = figures.basic
    own = figures if ends(basic.last) >= basic.as_of else read(basic.first, basic.last)
    return replace(figures, comparison=compare_figures(own, read(*against)))


def read_items_behind(
    reader: FlowReader,
    stream: ValueStream,
    what: str,
    name: str,
    *,
    first: date | None = None,
    last: date | None = None,
    as_of: int,
    query: Query | None = None,
    present: bool = False,
) -> tuple[DrilldownItem, ...]:
    """The items behind a part of the figures of the same window, as of the same moment.

    ``what`` is ``"stage"`` (finished items by their days in the stage ``name``), ``"type"``
    (items of the flow type ``name``) or ``"wip"`` (items in progress at ``as_of``).
    """
    from vsm.features.metrics import drilldown
    from vsm.flow.window import window

    span = window(first, last, stream.zone, as_of)
    known, facts = reader.flow(stream, query or Query(), as_of, present=present)
    if what == "stage":
        return drilldown.by_time_in_stage(known, span, name)
    if what == "type":
        return drilldown.by_type(known, facts, span, name)
    return drilldown.in_progress(known, span)


def read_items_inside(
    reader: FlowReader,
    stream: ValueStream,
    stage: int,
    as_of: int,
    *,
    query: Query | None = None,
    present: bool = False,
) -> tuple[DrilldownItem, ...]:
    """The items that were in a stage (by its id) at a moment and fit a filter, the longest there
    first.
    """
    from vsm.features.metrics import drilldown

    known, _ = reader.flow(stream, query or Query(), as_of, present=present)
    return drilldown.in_stage(known, stage, as_of)
