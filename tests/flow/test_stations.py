"""Stations: which queues feed them, how many items they hold, the servers fitted to them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.streams.boards import Keeping, keep
from bench.streams.history import BEGIN, observe_case, stream_of
from bench.streams.kinds import Case, draw_case
from bench.streams.simulate import Net, Station, Visit, run
from vsm.features.bottlenecks.constraint import judge
from vsm.features.bottlenecks.erlang import implied_utilisation
from vsm.features.bottlenecks.queue_discipline import fit_queue_discipline
from vsm.features.bottlenecks.servers import fit_station
from vsm.features.bottlenecks.stations import ObservationWindow, find_stations, team_stations
from vsm.features.bottlenecks.stations import Station as Place
from vsm.flow.flow_data import FlowData
from vsm.flow.history import History
from vsm.flow.trend import theil_sen
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


def observe(
    on: ValueStream, *rows: tuple[int, int, float], days: float = 100.0
) -> ObservationWindow:
    """``(item, stage, day)``, observed until ``days``."""
    history = History.from_rows(
        (item, stage, BEGIN + round(at * DAY)) for item, stage, at in sorted(rows)
    )
    return ObservationWindow.of(FlowData.of(history, on), BEGIN + round(days * DAY), 90)


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
    stations = find_stations(LINE, observe(LINE, (1, 1, 0.0)))
    assert [(station.name, station.queues, station.active) for station in stations] == [
        ("Build", (1,), (2,)),
        ("Test", (), (3,)),
    ]
    assert stations[0].follows == ("Test",) and stations[1].follows == ()


def test_where_work_really_went_counts_more_than_the_graph() -> None:
    skips = observe(LINE, *steady(20, (2, 0.0), (4, 1.5), (5, 1.0)))
    assert [station.queues for station in find_stations(LINE, skips)] == [(), (1,)]


def test_a_queue_stage_out_of_which_work_is_finished_is_a_station() -> None:
    done_there = observe(LINE, *steady(20, (2, 0.0), (5, 1.5)))
    by_name = {station.name: station for station in find_stations(LINE, done_there)}
    assert by_name["Ready"].active == (1,) and not by_name["Ready"].queues
    assert by_name["Build"].queues == ()


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
    for window in (observe(forked, (1, 1, 0.0)), observe(forked, *rows)):
        assert [station.queues for station in find_stations(forked, window)] == [(), ()]


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
    (only,) = find_stations(retired, observe(retired, (1, 1, 0.0)))
    assert (only.name, only.queues) == ("Build", (0, 1))


def test_limits_count_together_and_only_if_all_have_one() -> None:
    case = draw_case("limits", 2)
    made, window = observe_case(case, case.observe().visits)
    limits = {s.name: s.limit for s in case.net.stations}
    assert {station.name: station.limit for station in find_stations(made, window)} == limits
    unlimited = replace(made, stages=tuple(replace(s, limit=None) for s in made.stages))
    assert {station.limit for station in find_stations(unlimited, window)} == {0}


def test_teams_with_two_stations_are_stations_of_their_own() -> None:
    case = draw_case("a team of two stages", 1)
    made, window = observe_case(case, case.observe().visits)
    stations = find_stations(made, window)
    (team,) = team_stations(made, stations, {1: "Core"})
    assert team.name == "Core" and len(team.active) == 2
    assert team_stations(made, stations[:1], {1: "Core"}) == []


def test_occupancy_counts_moves_inside_as_none() -> None:
    window = observe(LINE, (1, 2, 20.0), (1, 3, 21.0), (1, 4, 22.0), (2, 2, 20.5))
    both, ready = window.occupancy((1, 2)), window.occupancy((1,))
    assert both.arrivals.size == 2 and both.departures.size == 1
    assert ready.departures.size == 1
    first = float(both.arrivals[0])
    assert both.level.just_after(np.array([0.6, 1.5, 2.5]) + first).tolist() == [2, 2, 1]
    assert both.level.just_before(np.array([first])).tolist() == [0]


def test_items_from_before_the_window_are_in_it() -> None:
    window = observe(LINE, (1, 3, 1.0), (2, 3, 50.0), days=200.0)
    assert window.days == pytest.approx(90.0)
    assert window.occupancy((2,)).level.just_after(np.array([0.0, 89.0])).tolist() == [2, 2]


def test_moments_that_are_days_are_detected_and_spread_in_order() -> None:
    rows = [
        (item, stage, float(int(at)))
        for item, stage, at in steady(40, (2, 0.2), (3, 0.3), (4, 2.0))
    ]
    window = observe(LINE, *rows)
    assert window.is_coarse
    same = window.after_same[1:]
    assert (np.diff(window.entered)[same] >= 0).all(), "each item's moves stay in their order"
    again = observe(LINE, *rows)
    assert (again.entered == window.entered).all(), "the same history is spread in the same way"
    assert not observe(LINE, *steady(40, (2, 0.21), (3, 0.37), (4, 2.13))).is_coarse


def test_outliers_are_left_out_and_counted() -> None:
    rows = [*steady(60, (3, 0.1), (4, 2.0), (5, 1.0)), (99, 3, 2.0)]
    window = observe(LINE, *rows, days=80.0)
    assert window.outliers_by_place == {2: 1}
    without = observe(LINE, *rows[:-1], days=80.0)
    moments = np.linspace(1.0, 70.0, 50)
    levels = [seen.occupancy((2,)).level.just_after(moments) for seen in (window, without)]
    assert np.abs(levels[0] - levels[1]).max() <= 1


@pytest.mark.parametrize(
    ("servers", "utilisation", "queue"), [(1, 0.9, False), (3, 0.85, True), (5, 0.95, False)]
)
def test_servers_and_service_times_are_recovered(
    servers: int, utilisation: float, queue: bool
) -> None:
    rate = 2.0
    net = Net((Station("Build", servers, servers * utilisation / rate, 0.7, queue),), rate)
    case = Case("one", 7, net, frozenset((0,)))
    made, window = observe_case(case, run(net, 182.0, 7, 90.0).visits)
    (only,) = find_stations(made, window)
    fit = fit_station(window, only, [])
    assert fit.servers == pytest.approx(servers, rel=0.25)
    assert fit.service_time == pytest.approx(servers * utilisation / rate, rel=0.3)
    assert fit.utilisation == pytest.approx(utilisation, abs=0.15)
    assert fit.delay_probability < 0.1


def observe_alone(station: Station, seed: int) -> tuple[ObservationWindow, Place]:
    """The window on a stream of one station, two items a day."""
    case = Case("one", seed, Net((station,), 2.0), frozenset((0,)))
    made, window = observe_case(case, run(case.net, 182.0, seed, 90.0).visits)
    (only,) = find_stations(made, window)
    return window, only


@pytest.mark.parametrize("servers", [1, 2, 3, 5])
def test_servers_are_recovered_where_items_are_taken_by_rank(servers: int) -> None:
    """Stays there do not grow with what an item meets: they must not speak for more servers."""
    station = Station("Build", servers, servers * 0.95 / 2.0, 0.7, by_rank=True)
    fits = [fit_station(*observe_alone(station, seed), []) for seed in range(1, 7)]
    assert np.median([fit.servers for fit in fits]) == pytest.approx(servers, abs=1)
    utilisations = [fit.implied_utilisation for fit in fits]
    assert np.median(utilisations) == pytest.approx(0.95, abs=0.03)


@pytest.mark.parametrize(("seed", "is_clear"), [(3, True), (2, False)])
def test_what_waited_is_read_as_of_the_end_where_items_clearly_take_longer(
    seed: int, is_clear: bool
) -> None:
    window, only = observe_alone(Station("Build", 2, 0.7, 0.5, drift=0.35), seed)
    discipline = fit_queue_discipline(window, only, window.occupancy(only.stages))
    fit = fit_station(window, only, [], discipline, is_fifo=True)
    over_the_window = implied_utilisation(fit.waiting_share, fit.servers, 0)
    assert (fit.slowdown >= 1.5) is is_clear
    if is_clear:
        assert over_the_window + 0.05 < fit.implied_utilisation < 0.95, "0.945 by its making"
    else:
        assert fit.implied_utilisation == pytest.approx(over_the_window, abs=0.005)


def test_a_delay_has_so_many_servers_that_it_limits_nothing() -> None:
    net = Net((Station("Supplier", 0, 9.0, 0.1),), 2.0)
    case = Case("delay", 3, net, frozenset())
    made, window = observe_case(case, run(net, 182.0, 3, 90.0).visits)
    assert not judge(made, window).constraints


def test_a_station_is_not_slow_while_what_comes_after_it_is_full() -> None:
    case = draw_case("limits", 4)
    (at,) = case.constraint
    judgement = judge(*observe_case(case, case.observe().visits))
    before = [fit for fit in judgement.stage_fits if fit.blocked > 0.05]
    assert before and case.net.stations[at].name not in {fit.station.name for fit in before}
    assert judgement.constraints[0].station.name == case.net.stations[at].name


def test_the_minimum_cut_is_the_stages_that_cap_throughput() -> None:
    case = draw_case("two branches", 5)
    judgement = judge(*observe_case(case, case.observe().visits))
    names = {case.net.stations[n].name for n in case.constraint}
    assert {station.name for station in judgement.minimum_cut} == names
    line = draw_case("one slow stage", 5)
    (at,) = line.constraint
    judgement = judge(*observe_case(line, line.observe().visits))
    assert [station.name for station in judgement.minimum_cut] == [line.net.stations[at].name]


def test_nothing_is_concluded_of_nothing() -> None:
    for made, window in (
        (LINE, observe(LINE)),
        (LINE, observe(LINE, (1, 3, 5.0))),
        (stream(("Backlog", "backlog"), ("Done", "done")), None),
    ):
        judgement = judge(made, window or observe(made, (1, 1, 5.0), (2, 2, 6.0)))
        assert (
            not judgement.has_enough_data
            and not judgement.constraints
            and judgement.minimum_cut == ()
        )


def test_a_history_is_spoilt_as_people_do() -> None:
    case = draw_case("one slow stage", 9)
    visits = case.observe().visits
    _, spoilt = keep(case, Keeping.DAYS)
    assert all(visit.at == int(visit.at) for visit in spoilt)
    assert 0.9 < len(spoilt) / len(visits) < 1.0
    assert spoilt == keep(case, Keeping.DAYS)[1]
    before = {(v.item, v.stage): v.at for v in visits}
    late = sum(v.at - before[v.item, v.stage] for v in spoilt if (v.item, v.stage) in before)
    assert -0.6 < late / len(spoilt) < 0.0, "days begin at midnight, some moves are recorded late"
    assert isinstance(spoilt[0], Visit)


def test_theil_sen_is_the_median_slope() -> None:
    assert theil_sen(np.array([1.0, 2.0, 3.0, 4.0])) == 1.0
    assert theil_sen(np.array([1.0, 2.0, 90.0, 4.0, 5.0])) == pytest.approx(1.0)
    assert theil_sen(np.array([3.0])) == 0.0


def test_streams_are_set_up_without_the_number_of_servers() -> None:
    case = draw_case("limits", 3)
    made = stream_of(case.net)
    more = replace(
        case.net, stations=tuple(replace(s, servers=s.servers + 5) for s in case.net.stations)
    )
    assert stream_of(more) == made


def test_overtaking_lowers_the_confidence() -> None:
    """Every other item passes through a full station at once, the rest waits its turn."""
    net = Net((Station("Build", 1, 0.95, 0.4),), 1.0)
    case = Case("one", 5, net, frozenset((0,)))
    visits = run(net, 182.0, 5, 90.0).visits
    made, window = observe_case(case, visits)
    queued = judge(made, window)
    assert queued.constraints and queued.stage_fits[0].overtaking_share < 0.1
    last = max(visit.item for visit in visits)
    through = [
        visit
        for n in range(320)
        for visit in (
            Visit(last + n + 1, "Build", 5.0 + 0.55 * n),
            Visit(last + n + 1, "Done", 5.02 + 0.55 * n),
        )
    ]
    mixed = judge(*observe_case(case, tuple(sorted((*visits, *through), key=lambda v: v.at))))
    assert mixed.stage_fits[0].overtaking_share > 0.5
    assert mixed.confidence <= max(0.7, mixed.demand)
    assert not mixed.is_fifo
