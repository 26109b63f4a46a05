"""The figures over columns are those of the definitions in vsm.model.rules, item by item."""

from __future__ import annotations

from dataclasses import astuple
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.flow.oracle import ELSEWHERE, ItemRecord, history_of, metrics_of, own_visits
from vsm.features.metrics.basic import metrics
from vsm.features.metrics.results import Metrics
from vsm.features.metrics.spread import spread
from vsm.flow.cycle import NEVER, item_flow
from vsm.flow.days import day_numbers, local_day
from vsm.flow.history import History
from vsm.model import rules
from vsm.model.item import Quality, Visit
from vsm.model.stream import Category, Edge, EdgeKind, Stage, ValueStream, chain

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",  # midnight itself was skipped there
    "America/St_Johns",  # clocks changed at 00:01
    "Asia/Kathmandu",
    "Australia/Lord_Howe",  # half an hour of summer time
    "Pacific/Apia",  # 30 December 2011 never came
)
BASES = tuple(
    rules.to_micros(datetime(*day, tzinfo=UTC))
    for day in ((2026, 3, 27), (2026, 10, 24), (2011, 12, 28), (2008, 11, 1), (2010, 10, 15))
)
HOUR = 3_600 * rules.SECOND

moments = st.builds(
    lambda base, hours, rest: base + hours * HOUR + rest,
    st.sampled_from(BASES),
    st.integers(-24 * 9, 24 * 9),
    st.sampled_from((0, 0, 1, -1, HOUR // 2)),
)


@st.composite
def streams(draw: st.DrawFn) -> ValueStream:
    """A stream of two to seven stages with at least one done, a chain or with gaps and rework."""
    categories = [*draw(st.lists(st.sampled_from(Category), min_size=1, max_size=6)), Category.DONE]
    stages = tuple(
        Stage(10 + 3 * n, f"S{n}", category, draw(st.integers(0, 3)))
        for n, category in enumerate(categories)
    )
    edges = list(chain(stages))
    if draw(st.booleans()):
        edges = [e for e in edges if draw(st.booleans())]
    if len(stages) > 2 and draw(st.booleans()):
        edges.append(Edge(stages[2].id, stages[0].id, EdgeKind.REWORK))
    working = [s.id for s in stages if s.category.working]
    commitment = draw(st.sampled_from([None, *working]))
    return ValueStream(1, "Any", draw(st.sampled_from(ZONES)), stages, tuple(edges), commitment)


@st.composite
def item_records(draw: st.DrawFn, stream: ValueStream) -> dict[int, ItemRecord]:
    """Up to eight items with visits in any stages, some at equal moments, some out of order."""
    stage_ids = st.sampled_from([s.id for s in stream.stages])
    items: dict[int, ItemRecord] = {}
    for number in range(draw(st.integers(0, 8))):
        moves = draw(st.lists(st.tuples(moments, stage_ids), min_size=1, max_size=7))
        if draw(st.integers(0, 4)):
            moves.sort(key=lambda move: move[0])
            if len(moves) > 2 and draw(st.booleans()):
                moves[1:-1] = [(a, draw(st.sampled_from((ELSEWHERE, b)))) for a, b in moves[1:-1]]
        quality = draw(st.sampled_from((Quality.FULL, Quality.FULL, *Quality)))
        items[number * 7 + 1] = ItemRecord(own_visits(moves), quality)
    return items


def plain(value: Metrics) -> tuple[object, ...]:
    """All figures, with means left to a last digit."""

    def lenient(part: object) -> object:
        if isinstance(part, float):
            return pytest.approx(part, rel=1e-12, abs=1e-12)
        return tuple(lenient(p) for p in part) if isinstance(part, tuple) else part

    return tuple(lenient(part) for part in astuple(value))


@given(st.data())
def test_every_figure_equals_the_plain_definition(data: st.DataObject) -> None:
    stream = data.draw(streams())
    items = data.draw(item_records(stream))
    as_of = data.draw(moments)
    today = local_day(as_of, stream.zone)
    ends = st.none() | st.integers(-20, 10).map(lambda n: today + timedelta(days=n))
    first, last = data.draw(ends), data.draw(ends)
    assume(first is None or first <= (last or today))

    result = metrics(history_of(items), stream, first=first, last=last, as_of=as_of)

    expected = metrics_of(items, stream, first=first, last=last, as_of=as_of)
    assert astuple(result) == plain(expected)


@given(st.data())
def test_nothing_later_than_as_of_is_used(data: st.DataObject) -> None:
    stream = data.draw(streams())
    items = data.draw(item_records(stream))
    as_of = data.draw(moments)
    cut = {
        i: ItemRecord(visits, t.quality)
        for i, t in items.items()
        if (visits := rules.as_of(t.visits, as_of))
    }

    with_later = metrics(history_of(items), stream, first=None, last=None, as_of=as_of)

    assert with_later == metrics(history_of(cut), stream, first=None, last=None, as_of=as_of)


@given(st.data())
def test_counts_partition_the_items(data: st.DataObject) -> None:
    stream = data.draw(streams())
    result = metrics(
        history_of(data.draw(item_records(stream))),
        stream,
        first=date(2000, 1, 1),
        last=None,
        as_of=max(BASES) + 30 * rules.DAY,
    )
    items = result.items
    assert items.not_started >= 0
    assert items.total == sum(n for _, n in result.wip.by_stage)
    assert items.in_progress == result.wip.total
    left_out = result.cycle_time_left_out
    assert result.lead_time_days.n + result.lead_time_left_out == items.finished
    assert items.finished == sum(w.finished for w in result.weeks)
    assert items.finished == result.cycle_time_days.n + sum(astuple(left_out))
    assert left_out.finished_without_start == items.finished_without_start


@given(st.data())
def test_start_and_finish_equal_the_rules_even_where_clocks_ran_back(data: st.DataObject) -> None:
    stream = data.draw(streams())
    stage_ids = st.sampled_from([s.id for s in stream.stages])
    lists = st.lists(st.tuples(moments, stage_ids), min_size=1, max_size=7)
    items = {
        n: ItemRecord(rules.visits_of(moves))
        for n, moves in enumerate(data.draw(st.lists(lists, min_size=1, max_size=6)))
    }
    flow = item_flow(history_of(items), stream)
    for n, item in items.items():
        start, finish = rules.start_of(item.visits, stream), rules.finish_of(item.visits, stream)
        assert flow.start[n] == (NEVER if start is None else start)
        assert flow.finish[n] == (NEVER if finish is None else finish)


@given(st.lists(moments, max_size=30), st.sampled_from(ZONES))
def test_days_are_those_of_the_calendar_in_the_zone(at: list[int], zone: str) -> None:
    days = rules.Days(zone)
    result = day_numbers(np.array(at, dtype=np.int64), zone)
    assert result.tolist() == [days.number(a) for a in at]


@given(st.lists(st.integers(-5, 400), min_size=1, max_size=200))
def test_percentiles_are_values_of_the_data_and_cover_their_share(values: list[int]) -> None:
    result = spread(np.array(values, dtype=np.int64))
    for percent, value in ((50, result.p50), (70, result.p70), (85, result.p85), (95, result.p95)):
        assert value in values
        assert value == rules.nearest_rank(sorted(values), percent)
        assert sum(v <= value for v in values) * 100 >= percent * len(values)
    assert result.max == max(values)


def test_a_finish_later_than_as_of_by_a_clock_that_was_ahead_is_in_no_window() -> None:
    stages = (
        Stage(1, "Doing", Category.ACTIVE, 0),
        Stage(2, "Resolved", Category.DONE, 1),
        Stage(3, "Closed", Category.DONE, 2),
    )
    stream = ValueStream(1, "Small", "UTC", stages, chain(stages))
    noon = BASES[0] + 12 * HOUR
    # Resolved by a clock that was ahead, then closed: as of the closing the item is finished, but
    # the window is cut there, before the moment of its finish.
    visits = rules.visits_of([(BASES[0], 1), (noon + HOUR, 2), (noon, 3)])
    items = {1: ItemRecord(visits)}

    result = metrics(history_of(items), stream, first=None, last=None, as_of=noon)

    expected = metrics_of(items, stream, first=None, last=None, as_of=noon)
    assert astuple(result) == plain(expected)
    assert result.items.finished == 1
    assert sum(week.finished for week in result.weeks) == 0
    later = metrics(history_of(items), stream, first=None, last=None, as_of=noon + HOUR)
    assert sum(week.finished for week in later.weeks) == 1


def test_a_stage_that_is_not_in_the_stream_is_named() -> None:
    stages = (Stage(1, "Doing", Category.ACTIVE, 0), Stage(2, "Done", Category.DONE, 1))
    stream = ValueStream(1, "Small", "UTC", stages, chain(stages))
    for strange in (3, 7_000, -1, 0):
        history = History.from_rows([(1, 1, 0), (1, strange, 5)])
        with pytest.raises(ValueError, match=f"stage {strange}, which is not in the stream"):
            item_flow(history, stream)


def test_an_unknown_quality_is_refused_and_items_without_visits_are_passed_over() -> None:
    with pytest.raises(ValueError, match="half"):
        History.from_rows([(1, 1, 0)], [(1, "half")])
    history = History.from_rows([(4, 1, 0)], [(9, "truncated"), (4, "endpoints_only"), (1, "full")])
    assert len(history) == 1
    assert history.quality.tolist() == [2]


def test_a_move_by_a_clock_that_was_ahead_is_known_once_one_recorded_after_it_is() -> None:
    visits = [Visit(1, 0, 10), Visit(2, 10, 14), Visit(3, 14, 12), Visit(4, 12)]
    assert rules.as_of(visits, 11) == [Visit(1, 0, 10), Visit(2, 10)]
    assert rules.as_of(visits, 12) == visits, "all four: the order is that of the journal"
    history = history_of({5: ItemRecord(visits), 6: ItemRecord([Visit(1, 13)])})
    assert history.as_of(11).stage.tolist() == [1, 2]
    assert history.as_of(12).stage.tolist() == [1, 2, 3, 4]
    assert history.as_of(12).is_ordered.tolist() == [False]
    assert history.is_ordered.tolist() == [False, True]
    assert rules.runs_backwards((v.entered, v.stage) for v in visits)
    assert not rules.runs_backwards([(3, 1), (3, 2), (4, 1)])


def test_visits_hold_entries_only_and_end_where_the_next_begins() -> None:
    told_items = {
        5: ItemRecord([Visit(1, 0, 10), Visit(2, 10, 10), Visit(3, 10)]),
        9: ItemRecord([Visit(1, 7)]),
    }
    history = history_of(told_items)
    assert history.counts.tolist() == [3, 1]
    before = history.as_of(8)
    assert before.item.tolist() == [5, 9]
    assert before.stage.tolist() == [1, 1]
    assert len(history.as_of(-1)) == 0
