"""Stations: what feeds what, what they hold, how many places they behave like."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.streams.history import BEGIN, stream_of, watch_of
from bench.streams.kinds import Case, case
from bench.streams.simulate import Net, Station, Visit, run
from bench.streams.spoil import spoil
from vsm.features.bottlenecks.constraint import judge
from vsm.features.bottlenecks.evidence import theil_sen
from vsm.features.bottlenecks.servers import fit
from vsm.features.bottlenecks.stations import ObservationWindow, of_teams, stations
from vsm.flow.flow_data import FlowData
from vsm.flow.history import History
from vsm.model.rules import DAY
from vsm.model.stream import Category, Edge, Stage, ValueStream

HOUR = DAY // 24


def stream(*stages: tuple[str, str], edges: tuple[tuple[int, int], ...] = ()) -> ValueStream:
    made = tuple(Stage(n, name, Category(kind), n) for n, (name, kind) in enumerate(stages, 1))
    pairs = edges or tuple((n, n + 1) for n in range(1, len(made)))
    return ValueStream(1, "Work", "UTC", made, tuple(Edge(a, b) for a, b in pairs))


LINE = stream(
    ("Backlog", "backlog"),
    ("Ready", "queue"),
    ("Build", "active"),
    ("Test", "active"),
    ("Done", "done"),
)


def watch(
    told: ValueStream, *rows: tuple[int, int, float], days: float = 100.0
) -> ObservationWindow:
    """``(item, stage, day)``, watched until ``days``."""
    history = History.from_rows(
        (item, stage, BEGIN + round(at * DAY)) for item, stage, at in sorted(rows)
    )
    return ObservationWindow.of(FlowData.of(history, told), BEGIN + round(days * DAY), 90)


def steady(count: int, *path: tuple[int, float]) -> list[tuple[int, int, float]]:
    """So many items along a path of ``(stage, days after the last)``, one begun a day."""
    rows = []
    for item in range(1, count + 1):
        at = 0.3 * (item % 3) + item
        for stage, days in path:
            at += days
            rows.append((item, stage, at))
    return rows


def test_a_queue_stage_goes_with_the_stage_that_it_feeds() -> None:
    found = stations(LINE, watch(LINE, (1, 1, 0.0)))
    assert [(each.name, each.queues, each.active) for each in found] == [
        ("Build", (1,), (2,)),
        ("Test", (), (3,)),
    ]
    assert found[0].follows == ("Test",) and found[1].follows == ()


def test_where_work_really_went_counts_more_than_the_graph() -> None:
    skips = watch(LINE, *steady(20, (2, 0.0), (4, 1.5), (5, 1.0)))
    assert [each.queues for each in stations(LINE, skips)] == [(), (1,)]


def test_a_queue_stage_out_of_which_work_is_finished_is_a_station() -> None:
    done_there = watch(LINE, *steady(20, (2, 0.0), (5, 1.5)))
    found = {each.name: each for each in stations(LINE, done_there)}
    assert found["Ready"].active == (1,) and not found["Ready"].queues
    assert found["Build"].queues == ()


def test_a_queue_stage_that_feeds_two_goes_with_neither() -> None:
    forked = stream(
        ("Ready", "queue"),
        ("Web", "active"),
        ("App", "active"),
        ("Done", "done"),
        edges=((1, 2), (1, 3), (2, 4), (3, 4)),
    )
    rows = steady(20, (1, 0.0), (2, 1.5), (4, 1.0))
    rows += [(item + 100, 3 if stage == 2 else stage, at) for item, stage, at in rows]
    for told in (watch(forked, (1, 1, 0.0)), watch(forked, *rows)):
        assert [each.queues for each in stations(forked, told)] == [(), ()]


def test_retired_stages_are_none_and_chains_of_queues_lead_on() -> None:
    chained = stream(
        ("Ready", "queue"),
        ("Next", "queue"),
        ("Build", "active"),
        ("Old", "active"),
        ("Done", "done"),
    )
    retired = replace(
        chained,
        stages=tuple(replace(s, retired=True) if s.name == "Old" else s for s in chained.stages),
    )
    (only,) = stations(retired, watch(retired, (1, 1, 0.0)))
    assert (only.name, only.queues) == ("Build", (0, 1))


def test_limits_count_together_and_only_if_all_have_one() -> None:
    case_ = case("limits", 2)
    told, seen = watch_of(case_, case_.watch().visits)
    limits = {s.name: s.limit for s in case_.net.stations}
    assert {each.name: each.limit for each in stations(told, seen)} == limits
    none = replace(told, stages=tuple(replace(s, limit=None) for s in told.stages))
    assert {each.limit for each in stations(none, seen)} == {0}


def test_teams_with_two_stations_are_stations_of_their_own() -> None:
    told = case("a team of two stages", 1)
    made, seen = watch_of(told, told.watch().visits)
    single = stations(made, seen)
    (team,) = of_teams(made, single, {1: "Core"})
    assert team.name == "Core" and len(team.active) == 2
    assert of_teams(made, single[:1], {1: "Core"}) == []


def test_held_counts_moves_inside_as_none() -> None:
    seen = watch(LINE, (1, 2, 20.0), (1, 3, 21.0), (1, 4, 22.0), (2, 2, 20.5))
    both, ready = seen.held((1, 2)), seen.held((1,))
    assert both.comes.size == 2 and both.leaves.size == 1
    assert ready.leaves.size == 1
    first = float(both.comes[0])
    assert both.level.from_(np.array([0.6, 1.5, 2.5]) + first).tolist() == [2, 2, 1]
    assert both.level.until(np.array([first])).tolist() == [0]


def test_what_came_before_the_watch_is_held_in_it() -> None:
    seen = watch(LINE, (1, 3, 1.0), (2, 3, 50.0), days=200.0)
    assert seen.days == pytest.approx(90.0)
    assert seen.held((2,)).level.from_(np.array([0.0, 89.0])).tolist() == [2, 2]


def test_days_are_told_from_moments_and_spread_in_order() -> None:
    rows = [
        (item, stage, float(int(at)))
        for item, stage, at in steady(40, (2, 0.2), (3, 0.3), (4, 2.0))
    ]
    seen = watch(LINE, *rows)
    assert seen.coarse
    same = seen.after_same[1:]
    assert (np.diff(seen.entered)[same] >= 0).all(), "each item's moves stay in their order"
    again = watch(LINE, *rows)
    assert (again.entered == seen.entered).all(), "the same history is spread in the same way"
    assert not watch(LINE, *steady(40, (2, 0.21), (3, 0.37), (4, 2.13))).coarse


def test_what_lies_far_longer_than_others_is_set_aside_and_counted() -> None:
    rows = [*steady(60, (3, 0.1), (4, 2.0), (5, 1.0)), (99, 3, 2.0)]
    seen = watch(LINE, *rows, days=80.0)
    assert seen.aside_by_place == {2: 1}
    without = watch(LINE, *rows[:-1], days=80.0)
    moments = np.linspace(1.0, 70.0, 50)
    held = [each.held((2,)).level.from_(moments) for each in (seen, without)]
    assert np.abs(held[0] - held[1]).max() <= 1


@pytest.mark.parametrize(
    ("places", "used", "queue"), [(1, 0.9, False), (3, 0.85, True), (5, 0.95, False)]
)
def test_places_and_days_are_found_again(places: int, used: float, queue: bool) -> None:
    rate = 2.0
    net = Net((Station("Build", places, places * used / rate, 0.7, queue),), rate)
    told = Case("one", 7, net, frozenset((0,)))
    made, seen = watch_of(told, run(net, 182.0, 7, 90.0).visits)
    (only,) = stations(made, seen)
    found = fit(seen, only, [])
    assert found.places == pytest.approx(places, rel=0.25)
    assert found.touch == pytest.approx(places * used / rate, rel=0.3)
    assert found.used == pytest.approx(used, abs=0.15)
    assert sum(found.chances) == pytest.approx(1.0)


def test_a_delay_has_so_many_places_that_it_limits_nothing() -> None:
    net = Net((Station("Supplier", 0, 9.0, 0.1),), 2.0)
    told = Case("delay", 3, net, frozenset())
    made, seen = watch_of(told, run(net, 182.0, 3, 90.0).visits)
    assert not judge(made, seen).named


def test_a_station_is_not_slow_while_what_comes_after_it_is_full() -> None:
    told = case("limits", 4)
    (at,) = told.constraint
    found = judge(*watch_of(told, told.watch().visits))
    before = [each for each in found.single if each.blocked > 0.05]
    assert before and told.net.stations[at].name not in {each.station.name for each in before}
    assert found.named[0].station.name == told.net.stations[at].name


def test_the_cut_is_the_stages_that_bound_what_can_flow() -> None:
    told = case("two branches", 5)
    found = judge(*watch_of(told, told.watch().visits))
    names = {told.net.stations[n].name for n in told.constraint}
    assert {each.name for each in found.cut} == names
    line = case("one slow stage", 5)
    (at,) = line.constraint
    found = judge(*watch_of(line, line.watch().visits))
    assert [each.name for each in found.cut] == [line.net.stations[at].name]


def test_nothing_is_concluded_of_nothing() -> None:
    for told, seen in (
        (LINE, watch(LINE)),
        (LINE, watch(LINE, (1, 3, 5.0))),
        (stream(("Backlog", "backlog"), ("Done", "done")), None),
    ):
        found = judge(told, seen or watch(told, (1, 1, 5.0), (2, 2, 6.0)))
        assert not found.known and not found.named and found.cut == ()


def test_a_history_is_spoilt_as_people_do() -> None:
    told = case("one slow stage", 9).watch().visits
    spoilt = spoil(told, 9)
    assert all(visit.at == int(visit.at) for visit in spoilt)
    assert 0.9 < len(spoilt) / len(told) < 1.0
    assert spoilt == spoil(told, 9) != spoil(told, 10)
    before = {(v.item, v.stage): v.at for v in told}
    late = sum(v.at - before[v.item, v.stage] for v in spoilt if (v.item, v.stage) in before)
    assert -0.6 < late / len(spoilt) < 0.0, "days begin at midnight, some moves are told late"
    assert isinstance(spoilt[0], Visit)


def test_theil_sen_is_the_median_slope() -> None:
    assert theil_sen(np.array([1.0, 2.0, 3.0, 4.0])) == 1.0
    assert theil_sen(np.array([1.0, 2.0, 90.0, 4.0, 5.0])) == pytest.approx(1.0)
    assert theil_sen(np.array([3.0])) == 0.0


def test_streams_are_set_up_without_telling_places() -> None:
    told = case("limits", 3)
    made = stream_of(told.net)
    more = replace(
        told.net, stations=tuple(replace(s, places=s.places + 5) for s in told.net.stations)
    )
    assert stream_of(more) == made


def test_items_that_pass_those_that_wait_make_it_less_sure() -> None:
    """Every other item goes through a full station at once, the rest stands in line."""
    net = Net((Station("Build", 1, 0.95, 0.4),), 1.0)
    told = Case("one", 5, net, frozenset((0,)))
    visits = run(net, 182.0, 5, 90.0).visits
    made, seen = watch_of(told, visits)
    queued = judge(made, seen)
    assert queued.named and queued.single[0].passed < 0.1
    last = max(visit.item for visit in visits)
    through = [
        each
        for n in range(320)
        for each in (
            Visit(last + n + 1, "Build", 5.0 + 0.55 * n),
            Visit(last + n + 1, "Done", 5.02 + 0.55 * n),
        )
    ]
    mixed = judge(*watch_of(told, tuple(sorted((*visits, *through), key=lambda v: v.at))))
    assert mixed.single[0].passed > 0.5
    assert mixed.confidence <= max(0.7, mixed.demand)
    assert not mixed.in_turn
