"""The value stream map: its figures by hand, and equal to the metrics where they are the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.flow.oracle import ItemRecord, history_of
from vsm.features.map.figures import map_figures
from vsm.features.map.report import measure_words, report
from vsm.features.map.results import MapStage, Measure, Totals, ValueStreamMap
from vsm.features.map.wording import oddities, time_words
from vsm.features.metrics.figures import figures_of
from vsm.flow.facts import Facts
from vsm.flow.flow_data import FlowData
from vsm.flow.window import window
from vsm.model import rules
from vsm.model.declared import TimeBasis
from vsm.model.item import Quality
from vsm.model.stream import Category, Edge, EdgeKind, Stage, ValueStream, chain
from vsm.widgets.glyphs import UNICODE
from vsm.widgets.stream_map.wording import edge_line

BACKLOG, DONE, DROPPED = 1, 90, 91
LAST = date(2026, 4, 30)
MONDAY = datetime(2026, 3, 2, tzinfo=ZoneInfo("UTC"))


def stages(*working: tuple[int, str, Category]) -> tuple[Stage, ...]:
    kinds = (
        (BACKLOG, "Backlog", Category.BACKLOG),
        *working,
        (DONE, "Done", Category.DONE),
        (DROPPED, "Dropped", Category.DROPPED),
    )
    return tuple(Stage(id, name, kind, n) for n, (id, name, kind) in enumerate(kinds))


LINE = stages(
    (2, "In for A", Category.QUEUE),
    (3, "A", Category.ACTIVE),
    (4, "In for B", Category.QUEUE),
    (5, "B", Category.ACTIVE),
    (6, "In for C", Category.QUEUE),
    (7, "C", Category.ACTIVE),
    (8, "In for D", Category.QUEUE),
    (9, "D", Category.ACTIVE),
)
FEEDS = {2: 3, 4: 5, 6: 7, 8: 9}
CHAIN = ValueStream(1, "Cards", "UTC", LINE, chain(LINE), 2).validate()


def path(start: datetime, *steps: tuple[int, float]) -> ItemRecord:
    """An item that was in each stage for so many days, and done then."""
    moment, moves = start, []
    for stage, days in steps:
        moves.append((rules.to_micros(moment), stage))
        moment += timedelta(days=days)
    return ItemRecord(rules.visits_of([*moves, (rules.to_micros(moment), DONE)]))


def map_of(
    stream: ValueStream,
    *items: ItemRecord,
    feeds: dict[int, int] | None = None,
    blocks: tuple[tuple[int, str, int | None, int, int | None], ...] = (),
) -> ValueStreamMap:
    as_of = rules.to_micros(datetime(2026, 4, 30, 12, tzinfo=ZoneInfo("UTC")))
    span = window(date(2026, 3, 1), LAST, stream.zone, as_of)
    data = FlowData.of(history_of(dict(enumerate(items))), stream)
    facts = Facts.from_rows(blocks, teams={1: "Core"})
    figures = figures_of(data, facts, span)
    return map_figures(data, facts, span, figures, feeds=feeds or {}, declared_at={})


def stage(result: ValueStreamMap, name: str) -> MapStage:
    return next(one for one in result.stages if one.name == name)


def test_one_path_by_hand() -> None:
    """Check value 1 of the specification."""
    steps = ((2, 5.0), (3, 0.5), (4, 1.5), (5, 2.0), (6, 3.0), (7, 1.0), (8, 0.5), (9, 0.25))
    result = map_of(CHAIN, *(path(MONDAY, *steps) for _ in range(4)), feeds=FEEDS)

    assert [stage(result, name).process.measured for name in "ABCD"] == [0.5, 2.0, 1.0, 0.25]
    assert [stage(result, name).wait.measured for name in "ABCD"] == [5.0, 1.5, 3.0, 0.5]
    totals = result.totals
    assert totals.process.measured == 3.75
    assert totals.wait.measured == 10.0
    assert totals.lead_time.measured == totals.sum_of_medians == 13.75
    assert totals.activity_ratio.measured == pytest.approx(0.27273, abs=1e-5)
    assert totals.longest is not None and totals.longest.days == 13.75
    assert {edge.share for edge in result.edges if edge.moves} == {1.0}


def test_one_path_as_declared_before_anything_flowed() -> None:
    """The same values declared: they make the totals, and nothing is said to be measured."""
    declared = {
        3: (0.5, 5.0, 0.8),
        5: (2.0, 1.5, 0.75),
        7: (1.0, 3.0, 0.95),
        9: (0.25, 0.5, 1.0),
    }
    named = tuple(
        replace(
            s,
            process_days=declared[s.id][0],
            wait_days=declared[s.id][1],
            complete_accurate=declared[s.id][2],
        )
        if s.id in declared
        else s
        for s in LINE
    )
    result = map_of(replace(CHAIN, stages=named), feeds=FEEDS)

    totals = result.totals
    assert totals.process == Measure(None, 3.75, 0)
    assert totals.wait == Measure(None, 10.0, 0)
    assert totals.lead_time.declared == 13.75
    assert totals.activity_ratio.declared == pytest.approx(0.27273, abs=1e-5)
    assert totals.rolled.declared == pytest.approx(0.57)
    assert result.main_path == tuple(range(2, 10))
    assert result.finished == 0


def test_a_total_is_declared_only_where_every_stage_of_work_is() -> None:
    named = tuple(replace(s, process_days=1.0) if s.id in (3, 5) else s for s in LINE)
    totals = map_of(replace(CHAIN, stages=named), feeds=FEEDS).totals
    assert totals.process.declared is None
    assert totals.lead_time.declared is None


def test_two_branches_by_hand() -> None:
    """Check value 2: 70% of the items take B (2 days), 30% take C (6 days), all A (1 day)."""
    two = stages((3, "A", Category.ACTIVE), (5, "B", Category.ACTIVE), (7, "C", Category.ACTIVE))
    edges = (Edge(1, 3), Edge(3, 5), Edge(3, 7), Edge(5, DONE), Edge(7, DONE))
    stream = ValueStream(1, "Cards", "UTC", two, edges, 3).validate()
    items = [path(MONDAY, (3, 1.0), (5, 2.0)) for _ in range(7)]
    items += [path(MONDAY, (3, 1.0), (7, 6.0)) for _ in range(3)]

    result = map_of(stream, *items)

    assert result.totals.process.measured == pytest.approx(4.2)
    assert result.totals.lead_time.measured == 3.0
    assert result.totals.longest is not None
    assert (result.totals.longest.stages, result.totals.longest.days) == (("A", "C"), 7.0)
    shares = {(e.source_name, e.target_name): e.share for e in result.edges}
    assert (shares["A", "B"], shares["A", "C"]) == (0.7, 0.3)
    assert [s.name for s in result.stages if s.on_main_path] == ["A", "B"]
    assert stage(result, "C").on_path == 0.3
    assert [e.on_main_path for e in result.edges if e.source == 3] == [True, False]


def test_moves_back_are_apart_with_their_share_and_the_time_that_they_cost() -> None:
    two = stages((3, "A", Category.ACTIVE), (5, "B", Category.ACTIVE))
    stream = ValueStream(1, "Cards", "UTC", two, (*chain(two), Edge(5, 3, EdgeKind.REWORK)), 3)
    items = [path(MONDAY, (3, 1.0), (5, 2.0)) for _ in range(3)]
    items.append(path(MONDAY, (3, 1.0), (5, 2.0), (3, 4.0), (5, 1.0)))

    result = map_of(stream.validate(), *items)

    (back,) = (e for e in result.edges if e.kind == EdgeKind.REWORK)
    assert (back.source_name, back.target_name, back.moves, back.drawn) == ("B", "A", 1, True)
    assert (back.share, back.extra_days) == (0.2, 4.0)
    assert stage(result, "B").complete_accurate == Measure(1.0, None, 4)
    assert stage(result, "A").complete_accurate == Measure(0.75, None, 4)
    # The median of 1, 1, 1 and 1 + 4 days over both visits.
    assert stage(result, "A").process == Measure(1.0, None, 4)


def test_a_move_back_that_goes_on_has_no_extra_time_yet() -> None:
    two = stages((3, "A", Category.ACTIVE), (5, "B", Category.ACTIVE))
    stream = ValueStream(1, "Cards", "UTC", two, chain(two), 3).validate()
    begun = rules.to_micros(MONDAY)
    moves = [(begun, 3), (begun + rules.DAY, 5), (begun + 2 * rules.DAY, 3)]
    result = map_of(stream, ItemRecord(rules.visits_of(moves)))
    (back,) = (e for e in result.edges if e.kind == EdgeKind.REWORK)
    assert (back.moves, back.drawn, back.extra_days) == (1, False, None)


def test_without_a_queue_the_activity_ratio_is_said_to_be_the_most() -> None:
    two = stages((3, "A", Category.ACTIVE), (5, "B", Category.ACTIVE))
    stream = ValueStream(1, "Cards", "UTC", two, chain(two), 3).validate()
    assert "is the most that it can be" in str(report(map_of(stream, path(MONDAY, (3, 1.0)))))
    queued = map_of(CHAIN, path(MONDAY, (2, 1.0), (3, 1.0)), feeds=FEEDS)
    assert "is the most that it can be" not in str(report(queued))


@pytest.mark.parametrize(
    ("begun", "weeks"),
    [
        (datetime(2020, 1, 1), 60.5 / 7),
        (datetime(2026, 4, 9, 12), 3.0),
        (datetime(2026, 4, 29, 12), 1.0),
    ],
)
def test_rates_do_not_count_the_weeks_before_anything_was_recorded(
    begun: datetime, weeks: float
) -> None:
    first = ItemRecord(
        rules.visits_of([(rules.to_micros(begun.replace(tzinfo=ZoneInfo("UTC"))), BACKLOG)])
    )
    items = [path(datetime(2026, 4, 29, 12, tzinfo=ZoneInfo("UTC")), (2, 0.1), (3, 0.1))] * 6
    result = map_of(CHAIN, first, *items)
    assert stage(result, "A").arrivals == pytest.approx((6 + 1e-9) / weeks)
    assert [e.per_week for e in result.edges if e.moves] == [pytest.approx(6 / weeks)] * 2


def test_blocked_time_is_wait() -> None:
    one = stages((3, "A", Category.ACTIVE))
    stream = ValueStream(1, "Cards", "UTC", one, chain(one), 3).validate()
    begin = rules.to_micros(MONDAY)
    blocked = ((0, "external", None, begin + rules.DAY, begin + 2 * rules.DAY),)
    result = map_of(stream, path(MONDAY, (3, 4.0)), blocks=blocked)
    assert stage(result, "A").process.measured == 3.0
    assert stage(result, "A").wait.measured == 1.0
    assert result.totals.activity_ratio.measured == 0.75


def test_working_time_counts_eight_hours_of_working_days() -> None:
    one = stages((2, "Ready", Category.QUEUE), (3, "A", Category.ACTIVE))
    zone = "Europe/Berlin"
    stream = ValueStream(
        *(1, "Cards", zone, one, chain(one), 2),
        holidays=("2026-03-10",),
        map_time=TimeBasis.WORKING,
    ).validate()

    def berlin(text: str) -> int:
        return rules.to_micros(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)))

    # Ready from Friday noon to Monday noon: 5 + 3 hours. A until Wednesday 11:00, with a holiday
    # on Tuesday: 5 + 2 hours, of which 2 blocked, in the night before and on Wednesday.
    moves = ((berlin("2026-03-06T12:00"), 2), (berlin("2026-03-09T12:00"), 3))
    done = (berlin("2026-03-11T11:00"), DONE)
    blocked = ((0, "external", None, berlin("2026-03-10T20:00"), berlin("2026-03-11T11:00")),)
    result = map_of(
        stream, ItemRecord(rules.visits_of([*moves, done])), feeds={2: 3}, blocks=blocked
    )

    assert stage(result, "Ready").wait.measured == 1.0
    assert stage(result, "A").process.measured == pytest.approx(5 / 8)
    assert stage(result, "A").wait.measured == pytest.approx(1 + 2 / 8)
    assert result.totals.lead_time.measured == pytest.approx(15 / 8)
    assert result.totals.activity_ratio.measured == pytest.approx(5 / 15)
    assert result.time_text == "working time (days of 8 hours, 9:00 to 17:00, mon-fri)"


def test_figures_are_those_of_the_metrics_to_the_last_digit() -> None:
    items = [path(MONDAY + timedelta(hours=7 * n), (2, 0.3 * n + 1 / 3), (3, 1.1), (5, n / 7))
             for n in range(12)]  # fmt: skip
    items.append(path(MONDAY, (2, 1.0), (3, 2.0), (2, 0.4), (3, 0.7), (5, 3.0)))
    items.append(ItemRecord(items[0].visits, Quality.TRUNCATED))
    as_of = rules.to_micros(datetime(2026, 4, 30, 12, tzinfo=ZoneInfo("UTC")))
    span = window(date(2026, 3, 1), LAST, "UTC", as_of)
    data = FlowData.of(history_of(dict(enumerate(items))), CHAIN)
    figures = figures_of(data, Facts.from_rows(), span)
    result = map_figures(data, Facts.from_rows(), span, figures, feeds={}, declared_at={})

    for row in figures.time_in_stage:
        shown = stage(result, row.stage)
        if shown.category is Category.ACTIVE and row.days.n:
            assert shown.process.measured + shown.wait.measured == row.days.p50
        elif row.days.n:
            assert shown.wait.measured == row.days.p50
        assert shown.wait.n == row.days.n
    assert result.totals.lead_time.measured == figures.basic.cycle_time_elapsed_days.p50
    assert result.totals.activity_ratio.measured == figures.efficiency.ratio
    assert result.totals.rolled.measured == figures.complete_accurate.rolled
    assert {(e.source_name, e.target_name): e.moves for e in result.edges
            if e.kind == EdgeKind.REWORK} == {
        (pair.source, pair.target): pair.moves for pair in figures.rework.pairs
    }  # fmt: skip
    assert result.left_out.path_unknown == figures.stage_left_out == 1
    assert result.left_out.partly_known == figures.rework.left_out


@pytest.mark.parametrize(
    ("measured", "declared", "differs"),
    [(4.0, 5.0, False), (4.0, 5.01, True), (4.0, 2.9, True), (4.0, 3.0, False),
     (0.0, 0.1, True), (0.0, 0.0, False), (None, 1.0, False), (1.0, None, False)],
)  # fmt: skip
def test_declared_differs_where_it_is_off_by_more_than_a_quarter(
    measured: float | None, declared: float | None, differs: bool
) -> None:
    assert Measure(measured, declared).differs is differs


@pytest.mark.parametrize(
    ("days", "basis", "words"),
    [
        (None, TimeBasis.ELAPSED, "-"),
        (0.0, TimeBasis.ELAPSED, "0"),
        (12 / 86400, TimeBasis.ELAPSED, "12s"),
        (59.7 / 60 / 24, TimeBasis.ELAPSED, "1h"),
        (0.5 / 24, TimeBasis.ELAPSED, "30m"),
        (0.5, TimeBasis.ELAPSED, "12h"),
        (0.5, TimeBasis.WORKING, "4h"),
        (0.999, TimeBasis.ELAPSED, "1d"),
        (13.75, TimeBasis.ELAPSED, "13.8d"),
        (99.96, TimeBasis.ELAPSED, "100d"),
    ],
)
def test_times_are_short(days: float | None, basis: TimeBasis, words: str) -> None:
    assert time_words(days, basis) == words


def test_the_report_marks_what_is_declared_otherwise() -> None:
    assert measure_words(Measure(1.2, 0.5, 3), TimeBasis.ELAPSED) == "1.2d (12h ≠)"
    assert measure_words(Measure(1.2, 1.0, 3), TimeBasis.ELAPSED) == "1.2d (1d)"
    named = tuple(
        replace(s, process_days=9.0, note="One  \x1b[31mreviewer", declared_note="a guess")
        if s.id == 5
        else s
        for s in LINE
    )
    stream = replace(CHAIN, stages=named)
    text = str(report(map_of(stream, path(MONDAY, (3, 1.0), (5, 2.0)), feeds=FEEDS)))
    assert "2d (9d ≠)" in text
    assert "B ✱" in text
    assert "B: One  [31mreviewer" in text
    assert "B, declared: a guess" in text


def test_a_stage_without_a_way_from_the_start_is_named() -> None:
    lone = (*LINE, Stage(50, "Alone", Category.ACTIVE, 50))
    result = map_of(replace(CHAIN, stages=lone))
    assert [s.name for s in result.stages if not s.is_reachable] == ["Alone"]
    assert "No edge leads to Alone from the start." in str(report(result))


# -- sentences ----------------------------------------------------------------------------


def test_what_is_right_by_definition_but_odd_is_explained() -> None:
    def said(process: float, lead: float, both: float) -> list[str]:
        measured = (Measure(days, None, 9) for days in (process, lead))
        work, took = measured
        totals = Totals(process=work, lead_time=took, sum_of_medians=both)
        return oddities(replace(map_of(CHAIN), finished=9, totals=totals))

    assert said(3.0, 4.0, 4.2) == []
    (above,) = said(43.1, 42.1, 43.1)
    assert above.startswith("PT (43.1d) is above LT (42.1d): ") and "repeated" in above
    (below,) = said(6 / 1440, 1.2, 6 / 1440)
    assert below.startswith("PT and wait (6m) are far below LT (1.2d): ")
    assert oddities(map_of(CHAIN)) == []


def test_a_move_along_no_edge_is_called_so() -> None:
    skipping = path(MONDAY, (2, 1.0), (3, 1.0), (9, 1.0))
    (move,) = (e for e in map_of(CHAIN, skipping).edges if (e.source, e.target) == (3, 9))
    assert not move.drawn
    assert "no edge of the map" in str(report(map_of(CHAIN, skipping)))
    assert "no edge of the map" in "".join(piece for piece, _ in edge_line(move, UNICODE))
