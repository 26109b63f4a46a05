"""The figures behind the charts: equal to their plain definitions, on any stream and history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.flow.figures_oracle import Oracle, Span
from tests.flow.oracle import ELSEWHERE, ItemRecord, days_here, history_of, micros_here, own_visits
from tests.flow.test_columns_equal_rules import BASES, HOUR, ZONES, streams
from vsm.features.metrics.figures import figures
from vsm.features.metrics.rates import xmr
from vsm.features.metrics.results import Figures, Spread, Week
from vsm.flow.days import local_day
from vsm.flow.facts import Facts
from vsm.flow.finishing import passing_ages
from vsm.flow.flow_data import FlowData
from vsm.model import rules
from vsm.model.item import Quality
from vsm.model.stream import Category, Stage, ValueStream, chain


@st.composite
def flowing(draw: st.DrawFn) -> ValueStream:
    """A stream in which work gets somewhere: a backlog, waiting and working stages, ends."""
    middle = draw(
        st.lists(st.sampled_from((Category.QUEUE, Category.ACTIVE)), min_size=1, max_size=4)
    )
    ends = draw(st.sampled_from(((), (Category.DROPPED,), (Category.DONE, Category.DROPPED))))
    categories = (Category.BACKLOG, *middle, Category.DONE, *ends)
    stages = tuple(Stage(10 + 3 * n, f"S{n}", c, n) for n, c in enumerate(categories))
    commitment = draw(st.sampled_from([None, *(s.id for s in stages if s.category.working)]))
    zone = draw(st.sampled_from(ZONES))
    return ValueStream(1, "Any", zone, stages, chain(stages), commitment)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Oracle, Figures]:
    """A stream, its items and blockers, a window and a moment: by hand and by columns.

    All of it happens within some days, so that items, blockers and window meet; most items end
    in done. Now and then clocks differ: moves are not in the order of their moments.
    """
    stream = draw(flowing() | streams())
    base = draw(st.sampled_from(BASES))
    moments = st.integers(-96, 96).map(lambda n: base + n * 2 * HOUR)
    stage_ids = [s.id for s in stream.stages]
    done = [s.id for s in stream.stages if s.category is Category.DONE]
    items: dict[int, ItemRecord] = {}
    blocks: dict[int, Sequence[Span]] = {}
    for number in range(1, draw(st.integers(1, 4)) + 1):
        moves = draw(
            st.lists(st.tuples(moments, st.sampled_from(stage_ids)), min_size=2, max_size=8)
        )
        if draw(st.integers(0, 3)):
            moves.sort(key=lambda move: move[0])
            if len(moves) > 2 and draw(st.booleans()):
                moves[1:-1] = [(a, draw(st.sampled_from((ELSEWHERE, b)))) for a, b in moves[1:-1]]
        if draw(st.integers(0, 3)):
            moves.append((moves[-1][0] + draw(st.integers(0, 30)) * HOUR, done[0]))
        quality = draw(st.sampled_from((Quality.FULL, Quality.FULL, Quality.FULL, *Quality)))
        items[number * 7] = ItemRecord(own_visits(moves), quality)
        ends = draw(st.lists(st.tuples(moments, moments), max_size=4))
        blocks[number * 7] = sorted((min(pair), max(pair)) for pair in ends)
    as_of = base + draw(st.integers(-24, 240)) * HOUR
    today = local_day(as_of, stream.zone)
    days = st.integers(-20, 3).map(lambda n: today + timedelta(days=n))
    first, last = sorted((draw(days), draw(days)))
    rows = [(i, "decision", None, a, b) for i in sorted(blocks) for a, b in blocks[i]]
    result = figures(
        history_of(items), Facts.from_rows(rows), stream, first=first, last=last, as_of=as_of
    )
    return Oracle(items, stream, first, last, as_of, blocks), result


def values(spread: Spread) -> tuple[float | None, ...]:
    """Number, p50, p85 and maximum of a spread."""
    return spread.n, spread.p50, spread.p85, spread.max


def percentiles(ordered: Sequence[float]) -> tuple[float | None, ...]:
    """The same of sorted values."""
    if not ordered:
        return 0, None, None, None
    ranks = rules.nearest_rank(ordered, 50), rules.nearest_rank(ordered, 85)
    return len(ordered), *ranks, ordered[-1]


@given(cases())
def test_stage_times_efficiency_and_blockers_are_those_of_each_item(
    case: tuple[Oracle, Figures],
) -> None:
    oracle, result = case
    spent = oracle.time_in_stage()
    assert {t.stage: values(t.days) for t in result.time_in_stage if t.days.n} == {
        stage: percentiles(days) for stage, days in spent.items()
    }
    active, total = oracle.efficiency()
    assert result.efficiency.active_days == pytest.approx(active / rules.DAY)
    assert result.efficiency.waiting_days == pytest.approx((total - active) / rules.DAY)
    assert sum(days for _, days in result.efficiency.waiting_by_stage) == pytest.approx(
        result.efficiency.waiting_days
    )
    assert result.blocked_days == pytest.approx(oracle.blocked_days())


@given(cases())
def test_stage_times_and_interim_ends_sum_to_the_time_from_creation_to_finish(
    case: tuple[Oracle, Figures],
) -> None:
    oracle, result = case
    elapsed = ended = 0
    for item in oracle.finished:
        if item.quality is Quality.FULL and not item.backwards:
            assert item.finish is not None
            elapsed += micros_here(item.visits, item.visits[0].entered, item.finish)
            ended += sum(
                min(v.left or 0, item.finish) - v.entered
                for v in item.visits
                if v.entered < item.finish and oracle.category(v.stage).ended
            )
    total = sum(t.total for t in result.time_in_stage) * rules.DAY
    assert total == pytest.approx(elapsed - ended, abs=1)


@given(cases())
def test_pace_is_the_age_at_the_last_pass_and_never_falls_along_the_stream(
    case: tuple[Oracle, Figures],
) -> None:
    oracle, result = case
    assert {p.stage: values(p.age) for p in result.pace} == {
        stage: percentiles(ages) for stage, ages in oracle.pace().items()
    }
    for one, two in pairwise(result.pace):
        assert one.age.p85 is None or two.age.p85 is None or one.age.p85 <= two.age.p85


@given(cases())
def test_rework_and_quality_count_what_went_back(case: tuple[Oracle, Figures]) -> None:
    oracle, result = case
    assert {(a, b): n for a, b, n, _ in result.rework.pairs} == dict(oracle.rework())
    assert result.rework.moves == oracle.rework().total()
    assert {q.stage: (q.n, len(q.back)) for q in result.complete_accurate.by_stage} == (
        oracle.complete_accurate()
    )
    for stage in result.complete_accurate.by_stage:
        assert stage.share == pytest.approx(1 - len(stage.back) / stage.n)
    assert list(result.complete_accurate.path) == oracle.main_path()
    assert result.complete_accurate.rolled == (
        None if (rolled := oracle.rolled()) is None else pytest.approx(rolled)
    )
    finished = sum(i.quality is Quality.FULL for i in oracle.finished)
    assert result.rework.per_finished_item == (
        pytest.approx(oracle.rework().total() / finished) if finished else None
    )
    partly = oracle.partly_known()
    assert (result.rework.left_out, result.complete_accurate.left_out) == (partly, partly)


@given(cases())
def test_little_counts_the_exact_work_in_progress(case: tuple[Oracle, Figures]) -> None:
    oracle, result = case
    law, length = result.littles_law, oracle.end - oracle.begin
    if length <= 0:
        assert law.avg_wip is None
        return
    assert law.avg_wip == pytest.approx(oracle.wip_micros() / length)
    done = [i for i in oracle.finished if i.known and i.start is not None and not i.backwards]
    assert law.avg_throughput_per_day == pytest.approx(len(done) / (length / rules.DAY))
    before = oracle.in_progress_before_the_window()
    ends = next(c for c in law.conditions if c.name == "WIP is the same at both ends")
    after = sum(
        i.known
        and i.start is not None
        and i.start < oracle.end
        and not i.backwards
        and any(
            v.entered < oracle.end <= (v.left or 0) + (v is i.visits[-1])
            and not oracle.category(v.stage).ended
            for v in i.visits
        )
        for i in oracle.known
    )
    most = max(before, after)
    assert ends.value == (abs(before - after) / most if most else None)


@given(cases())
def test_lines_of_the_cfd_never_fall_and_correct_to_what_is_there(
    case: tuple[Oracle, Figures],
) -> None:
    oracle, result = case
    names = [s.name for s in oracle.stream.order]
    assert [s.stage for s in result.cfd.stages] == names
    for stage in result.cfd.stages:
        assert all(a <= b for a, b in pairwise(stage.reached))
    for day, end in enumerate(oracle.day_ends()):
        present = [t for i in oracle.known if (t := oracle.there(i, end)) is not None]
        counts = Counter(place for place, _ in present)
        for place, stage in enumerate(result.cfd.stages):
            assert stage.reached[day] == sum(furthest >= place for _, furthest in present)
            assert stage.below[day] == sum(
                current < place <= furthest for current, furthest in present
            )
        corrected = [s.reached[day] - s.below[day] for s in result.cfd.stages] + [0]
        assert [a - b for a, b in pairwise(corrected)] == [counts[n] for n in range(len(names))]
        assert counts[-1] == len(present) - corrected[0], "items in another stream are in no stage"


@given(cases())
def test_points_of_the_charts_are_the_items_behind_the_figures(
    case: tuple[Oracle, Figures],
) -> None:
    oracle, result = case
    points = result.finished
    assert sorted(points.item) == sorted(i.id for i in oracle.finished)
    assert list(points.finish) == sorted(points.finish)
    assert list(points.day) == [oracle.days.number(at) for at in points.finish]
    assert values(result.basic.cycle_time_days) == percentiles(sorted(c for c in points.cycle if c))
    assert values(result.basic.lead_time_days) == percentiles(sorted(n for n in points.lead if n))
    assert sum(n for _, n in result.throughput.days) == len(points.item)
    assert [a.age for a in result.ageing] == sorted((a.age for a in result.ageing), reverse=True)
    running = [i for i in oracle.known if i.state == "in progress" and i.known]
    begun = {i.id for i in running if i.start is not None and i.start <= oracle.as_of}
    assert {a.item for a in result.ageing} == begun
    assert all(a.age >= 1 for a in result.ageing)
    ages = [
        days_here(i.visits, oracle.days, i.start, oracle.as_of)
        for i in running
        if i.start is not None and i.start <= oracle.as_of and not i.backwards
    ]
    timed = [a.age for a in result.ageing if a.item not in result.clock_skew.backwards]
    assert sorted(timed) == sorted(ages)
    assert result.clock_skew.ages == len(running) - len(begun)
    assert result.clock_skew.backwards == tuple(i.id for i in oracle.known if i.backwards)


# -- values to reproduce ---------------------------------------------------------------


def _line(*names: tuple[str, Category]) -> ValueStream:
    stages = tuple(Stage(n, name, category, n) for n, (name, category) in enumerate(names, 1))
    return ValueStream(1, "Example", "UTC", stages, chain(stages))


def _at(day: int, hour: int = 12) -> int:
    return rules.day_start(date(2026, 7, day), "UTC") + hour * 3600 * rules.SECOND


def test_the_high_water_mark_keeps_the_line_and_counts_one_correction() -> None:
    stream = _line(
        ("Backlog", Category.BACKLOG),
        ("In Progress", Category.ACTIVE),
        ("Review", Category.ACTIVE),
        ("Done", Category.DONE),
    )
    visits = rules.visits_of([(_at(1), 2), (_at(2), 3), (_at(4), 2), (_at(6), 3)])
    result = figures(
        history_of({1: ItemRecord(visits)}),
        Facts.from_rows(),
        stream,
        first=date(2026, 7, 1),
        last=date(2026, 7, 8),
        as_of=_at(8, 23),
    ).cfd
    review = result.stages[2]
    assert review.reached == (0, 1, 1, 1, 1, 1, 1, 1)
    assert review.below == (0, 0, 0, 1, 1, 0, 0, 0)
    assert result.corrections == 1


def test_pace_of_two_items_at_the_highest_percentile() -> None:
    stream = _line(
        *((f"S{n}", Category.ACTIVE) for n in range(1, 5)),
        ("Done", Category.DONE),
    )
    items = {
        number: ItemRecord(
            rules.visits_of([(_at(1), 1), *((_at(age), n) for n, age in enumerate(ages, 2))])
        )
        for number, ages in enumerate([(1, 2, 3, 7), (4, 5, 6, 8)], 1)
    }
    known = FlowData.of(history_of(items), stream)
    _, ages = passing_ages(known, known.paths(np.arange(2)))
    assert ages.max(axis=0).tolist() == [4, 5, 6, 8]


@pytest.mark.parametrize(
    ("counts", "mean", "lower", "upper"),
    [((10, 20, 30, 40), 25, 0, 51.6), ((100, 110, 100, 110), 105, 78.4, 131.6)],
)
def test_natural_process_limits(
    counts: tuple[int, ...], mean: float, lower: float, upper: float
) -> None:
    result = xmr([Week(date(2026, 1, 5) + timedelta(weeks=n), c) for n, c in enumerate(counts)])
    assert (result.mean, result.lower, result.upper) == pytest.approx((mean, lower, upper))
    assert result.signals == ()


def test_a_week_beyond_a_limit_and_a_long_run_on_one_side_are_signals() -> None:
    counts = (5, 5, 5, 5, 5, 5, 40, 5, 5, 5, 5, 5, 5, 5, 5)
    weeks = [Week(date(2026, 1, 5) + timedelta(weeks=n), c) for n, c in enumerate(counts)]
    why = [s.why for s in xmr(weeks).signals]
    assert why[0] == "above the upper limit" and why[-1] == "8 weeks in a row below the mean"
    assert xmr(weeks[:1]).mean is None
