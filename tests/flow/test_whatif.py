"""A stream fitted to its history, played before and after a change."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from math import isnan

import numpy as np
import pytest

from bench.forecasts.true_change import History, TrueChange, more_arrivals, true_figures
from bench.streams.boards import Keeping, keep
from bench.streams.history import BEGIN, flows_of_case
from bench.streams.kinds import DAYS, Case, draw_case
from bench.streams.simulate import Net, Station
from tests.flow.test_stations import stream as stream_of
from vsm.features.bottlenecks.constraint import judge_recent
from vsm.features.bottlenecks.stations import ObservationWindow
from vsm.features.simulate import drawing
from vsm.features.simulate.calibrating import (
    Error,
    calibrated,
    cut,
    figures_of,
    forecast_throughput,
    measure_error,
)
from vsm.features.simulate.changes import NO_CHANGE, Absence, Change
from vsm.features.simulate.drawing import draws
from vsm.features.simulate.fitting import NEVER, FittedStream, _delays, fit_stream
from vsm.features.simulate.measuring import (
    FEWEST_DRAWS,
    draw_count,
    mean_range,
    play_changes,
    what_if,
)
from vsm.features.simulate.past import fitted_past, play_from
from vsm.features.simulate.pools import DELAY
from vsm.features.simulate.request import DRAWS, Request
from vsm.features.simulate.results import Compared, Effect, Figure, Range
from vsm.features.simulate.stays import find_stays, stations_at
from vsm.flow.flow_data import FlowData
from vsm.flow.history import History as Visits
from vsm.model.errors import BadInput
from vsm.model.rules import DAY, day_start, local

LINE = Net(
    (
        Station("Build", 2, 0.8, 0.7, next=((1, 1.0),)),
        Station("Review", 1, 0.45, 0.7, next=((2, 1.0),), queue=True),
        Station("Test", 3, 1.0, 0.7, back=0.2, back_to=0),
    ),
    1.6,
)


def history(net: Net = LINE) -> tuple[FlowData, int]:
    case = Case("line", 7, net, frozenset())
    flow, _ = flows_of_case(case, case.observe().visits)
    return flow, BEGIN + round(DAYS * DAY)


def fit(net: Net) -> FittedStream:
    flow, end = history(net)
    return fit_stream(judge_recent(flow, end, {1: "Core"}), flow)


@cache
def fitted() -> FittedStream:
    return fit(LINE)


def test_a_stream_is_fitted_as_it_is() -> None:
    stream = fitted()
    assert stream.names == ("Build", "Review", "Test") and not stream.is_by_chance
    likely = [max(pool.odds, key=lambda pair: pair[1])[0] for pool in stream.pools]
    assert likely == [2, 1, 3]
    for station, servers in enumerate(likely):
        services = stream.services(station, servers)
        mean = float(services.days @ services.weight / services.weight.sum())
        assert mean == pytest.approx(LINE.stations[station].service_time, rel=0.15)
    share = stream.routes[2] / stream.routes[2].sum()
    assert share[0] == pytest.approx(0.2, abs=0.07) and share[3] == pytest.approx(1 - share[0])
    arrivals = np.mean([at.size for at, _ in stream.arrivals.weeks])
    assert arrivals == pytest.approx(7 * 1.6, rel=0.15)


def test_a_stage_that_only_delays_has_no_slots() -> None:
    net = Net(
        (Station("Build", 2, 0.8, 0.7, next=((1, 1.0),)), Station("Supplier", 0, 6.0, 0.1)), 1.6
    )
    stream = fit(net)
    assert stream.only_delays(1) and not stream.only_delays(0)
    services = stream.services(1, DELAY)
    assert float(services.days @ services.weight / services.weight.sum()) == pytest.approx(
        6, rel=0.1
    )


def test_stays_that_go_on_count_where_a_stage_only_delays() -> None:
    """Half of the items never leave: a mean over those that left would say that all do."""
    on = stream_of(("Backlog", "backlog"), ("Release", "active"), ("Done", "done"))
    rows = []
    for item in range(1, 81):
        rows.append((item, 2, float(item)))
        if item % 2 and item < 78:
            rows.append((item, 3, item + 2.0))
    visits = Visits.from_rows((i, s, BEGIN + round(at * DAY)) for i, s, at in rows)
    window = ObservationWindow.of(FlowData.of(visits, on), BEGIN + 80 * DAY, 90)
    stays = find_stays(window, on, stations_at(on, [], frozenset()))
    services = _delays(stays, 0, window.days)
    share = services.weight / services.weight.sum()
    assert services.days[-1] == NEVER and share[-1] == pytest.approx(0.5, abs=0.03)
    assert services.days[:-1].min() > 1.0 and services.days[:-1].max() < 3.0  # spread over days


def test_a_change_of_nothing_makes_no_difference_at_all() -> None:
    before, after = what_if(fitted(), Change(slots={0: 0}), 60.0, count=20)
    for column in ("throughput", "cycle_time", "wip", "done"):
        assert np.array_equal(getattr(before, column), getattr(after, column))
    alone, same = what_if(fitted(), NO_CHANGE, 60.0, count=20)
    assert np.array_equal(alone.wip, before.wip) and np.array_equal(same.wip, before.wip)


def test_the_same_seed_plays_the_same() -> None:
    change = Change(arrivals=1.3, rework=0.5)
    one, two = (what_if(fitted(), change, 60.0, count=10, seed=4) for _ in range(2))
    other = what_if(fitted(), change, 60.0, count=10, seed=5)
    assert np.array_equal(one[1].wip, two[1].wip) and not np.array_equal(one[1].wip, other[1].wip)


def test_before_is_the_same_whatever_is_changed() -> None:
    changes = (
        Change(arrivals=2.5),
        Change(rework=0.0),
        Change(slots={1: 1}),
        Change(limits={0: 3}),
    )
    befores = [what_if(fitted(), change, 60.0, count=10)[0] for change in changes]
    assert all(np.array_equal(before.wip, befores[0].wip) for before in befores)


def test_several_changes_are_played_as_each_alone() -> None:
    changes = (Change(arrivals=2.0), Change(slots={1: 1}), Change(rework=0.0))
    before, *after = play_changes(fitted(), changes, 60.0, count=12)
    for change, outcome in zip(changes, after, strict=True):
        alone = what_if(fitted(), change, 60.0, count=12)
        assert np.array_equal(alone[0].wip, before.wip) and np.array_equal(
            alone[1].wip, outcome.wip
        )


def test_draws_are_the_same_however_many_are_made_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    change = Change(arrivals=1.5, rework=0.5)
    together = what_if(fitted(), change, 60.0, count=9)
    monkeypatch.setattr(drawing, "MOST_DRAWS_AT_ONCE", 4)
    for side, same in zip(together, what_if(fitted(), change, 60.0, count=9), strict=True):
        assert np.array_equal(side.wip, same.wip) and np.array_equal(side.done, same.done)


def test_items_that_meet_no_other_leave_as_if_they_were_played() -> None:
    """A stage that only delays: the player gives the same times as the sums of the delays."""
    net = Net(
        (Station("Build", 2, 0.8, 0.7, next=((1, 1.0),)), Station("Supplier", 0, 6.0, 0.1)), 1.6
    )
    stream = fit(net)
    before, free = what_if(stream, Change(limits={1: 9_999}), 60.0, count=10)
    for column in ("throughput", "cycle_time", "done"):
        assert np.array_equal(getattr(before, column), getattr(free, column))
    assert np.allclose(before.wip, free.wip)
    alone = [draw.alone.left.size for (draw,) in draws(stream, (), 60.0, 10)]
    assert max(alone) > 0  # those that are past Build already


def test_rework_that_there_is_not_cannot_be_changed() -> None:
    stations = tuple(replace(station, back=0.0) for station in LINE.stations)
    clean = fit(replace(LINE, stations=stations))
    assert fitted().has_rework and not clean.has_rework
    flow, _ = history()
    with pytest.raises(BadInput, match="there is no rework to change"):
        Request(rework=0.5).to_change(flow.stream, clean)
    assert Request(rework=0.5).to_change(flow.stream, fitted()).rework == 0.5


def test_streams_with_many_items_are_played_less_often() -> None:
    stream = fitted()
    assert draw_count(stream, 91.0) == DRAWS
    assert draw_count(stream, 91.0 * 1_000) == FEWEST_DRAWS


def test_a_stream_is_played_on_from_its_last_activity_or_the_day_that_has_begun() -> None:
    flow, _ = history()
    last = flow.last_activity
    assert last is not None
    midnight = day_start(local(last + 2 * DAY, flow.stream.zone).date(), flow.stream.zone)
    assert play_from(flow, last) == play_from(flow, last + 1) == last
    assert play_from(flow, midnight) == play_from(flow, midnight + DAY - 1) == midnight
    assert play_from(flow, last + 30 * DAY) == last


def test_a_history_is_fitted_once() -> None:
    flow, end = history()
    past = fitted_past(flow, end, {1: "Core"})
    assert fitted_past(flow, end, {1: "Core"}) is past
    assert past.error(flow, 42.0) is past.error(flow, 42.0)
    assert fitted_past(flow, end - DAY, {1: "Core"}) is not past


def test_what_a_change_leaves_as_it_is_stays_the_same_item_by_item() -> None:
    """Without rework an item needs the same at its first visit to each station as with it."""
    for before, after in draws(fitted(), (Change(rework=0.0),), 60.0, 5):
        assert len(before.work.arrival) == len(after.work.arrival) > 0
        for item in range(len(before.work.arrival)):
            with_it, without = before.work.path(item), after.work.path(item)
            stations = [station for station, _ in without]
            assert len(without) <= len(with_it) and sorted(set(stations)) == stations
            first = dict(reversed(with_it))
            assert [first[station] for station in stations] == [days for _, days in without]


def test_changes_do_what_they_say() -> None:
    stream = fitted()
    _, more = what_if(stream, Change(arrivals=1.5), 91.0, count=60)
    before, fewer = what_if(stream, Change(arrivals=0.5), 91.0, count=60)
    assert fewer.throughput.mean() < 0.65 * before.throughput.mean()
    assert more.wip.mean() > 1.5 * before.wip.mean()
    _, clean = what_if(stream, Change(rework=0.0), 91.0, count=60)
    assert (clean.wip <= before.wip + 1e-9).mean() > 0.95
    _, tight = what_if(stream, Change(limits={0: 1}), 91.0, count=60)
    assert tight.throughput.mean() < 0.85 * before.throughput.mean()
    assert tight.wip.mean() < before.wip.mean()
    absent = Change(absences=(Absence(1, 1, 2.0, 6.0),))
    _, missing = what_if(stream, absent, 91.0, count=60)
    assert (missing.wip > before.wip).all()


def test_the_most_arrivals_hold_those_before() -> None:
    for before, after in draws(fitted(), (Change(arrivals=1.4),), 60.0, 5):
        come, more = (
            {round(at, 9) for at in draw.work.arrival if at > 0} for draw in (before, after)
        )
        assert come < more
    for before, after in draws(fitted(), (Change(arrivals=0.6),), 60.0, 5):
        come, fewer = (
            {round(at, 9) for at in draw.work.arrival if at > 0} for draw in (before, after)
        )
        assert fewer < come


def test_what_comes_of_a_true_change_lies_in_the_range() -> None:
    case = draw_case("one slow stage", 96_001)
    flow, _ = flows_of_case(case, case.observe().visits)
    stream = fit_stream(judge_recent(flow, BEGIN + round(DAYS * DAY)), flow)
    before, after = what_if(stream, Change(arrivals=1.2), 91.0, count=100)
    truth = true_figures(History(case), more_arrivals(case, 1.2), 91.0, 12)
    low, high = mean_range(after.throughput - before.throughput, 95)
    true = [changed.throughput - same.throughput for same, changed in truth]
    assert low <= np.mean(true) <= high


def test_a_true_stream_without_a_change_goes_on_the_same() -> None:
    case = draw_case("rework", 96_002)
    for same, changed in true_figures(History(case), TrueChange(case.net), 91.0, 3):
        assert same == changed


def test_earlier_plays_widen_cycle_times_alike_before_and_after() -> None:
    flow, end = history()
    law = forecast_throughput(flow, end)
    before, after = what_if(fitted(), Change(slots={1: 1}), 60.0, count=40)
    wide = Error(0.0, 0.6, 2)
    scaled = calibrated(before, after, law, wide, 60.0)
    assert np.std(scaled[0].cycle_time) > 2 * np.std(before.cycle_time)
    ratio = scaled[0].throughput / before.throughput
    assert np.allclose(scaled[1].throughput / after.throughput, ratio)
    again = calibrated(before, before, law, wide, 60.0)
    for column in ("throughput", "cycle_time", "wip", "done"):
        assert np.array_equal(getattr(again[0], column), getattr(again[1], column))


def test_throughput_before_is_that_of_its_forecast() -> None:
    flow, end = history()
    law = forecast_throughput(flow, end)
    before, after = what_if(fitted(), Change(arrivals=1.2), 60.0, count=100)
    calm = Error(0.0, 0.0, 4)
    scaled, _ = calibrated(before, after, law, calm, 60.0)
    for odds in (0.15, 0.5, 0.85):
        forecast = law.at_least(60, odds)
        share = float((scaled.throughput * 60 / 7 >= forecast - 0.5).mean())
        assert share == pytest.approx(odds, abs=0.04)
    assert np.array_equal(np.argsort(before.throughput)[-1:], np.argsort(scaled.throughput)[-1:])
    assert np.array_equal(scaled.cycle_time, before.cycle_time)


def test_errors_are_those_of_what_was_known_then() -> None:
    flow, end = history()
    error = measure_error(flow, end, 42.0, {})
    assert error.trials == 3 and abs(error.shift) < 0.3 and error.spread < 0.4
    early = end - 90 * DAY
    assert cut(flow, early).entered.max() <= early
    throughput, p85, count = figures_of(flow, early, end)
    assert throughput == pytest.approx(7 * count / 90) and p85 >= 1
    assert isnan(figures_of(flow, end, end + DAY)[1])


def of(low: float, high: float, middle: float) -> Range:
    return Range(middle, low, high, low, high)


@pytest.mark.parametrize(
    ("low", "high", "effect"),
    [
        (-0.2, 0.3, Effect.NONE),
        (0.0, 0.0, Effect.NONE),
        (-2.0, 3.0, Effect.UNKNOWN),
        (0.1, 3.0, Effect.MORE),
        (-3.0, -0.1, Effect.LESS),
    ],
)
def test_a_difference_is_told_where_its_range_leaves_0_out(
    low: float, high: float, effect: Effect
) -> None:
    span = of(8.0, 12.0, 10.0)
    assert Compared(Figure.THROUGHPUT, span, span, of(low, high, 0.0)).effect is effect


def test_a_limit_of_the_queue_stage_leaves_room_for_the_slots() -> None:
    stream = fitted()
    (_, after), *_ = draws(stream, (Change(queue_rooms={1: 2}, slots={1: 1}),), 30.0, 1)
    assert after.layout.limit == [0, 2 + after.layout.servers[stream.pool[1]], 0]
    (_, after), *_ = draws(stream, (Change(most_slots={2: 2}),), 30.0, 1)
    assert after.layout.servers[stream.pool[2]] == 2


def test_a_team_of_two_stages_is_one_pool_of_known_size() -> None:
    stations = (
        Station("Build", 0, 0.7, 0.7, pool="team", next=((1, 1.0),)),
        Station("Review", 1, 0.4, 0.7, next=((2, 1.0),)),
        Station("Test", 0, 1.0, 0.7, pool="team"),
    )
    stream = fit(replace(Net(stations, 1.5), pools={"team": 3}))
    assert stream.pool[0] == stream.pool[2] != stream.pool[1]
    pool = stream.pools[stream.pool[0]]
    assert pool.team == "Core" and dict(pool.odds)[3] > 0.9


def test_stations_can_do_what_they_did_however_the_board_is_kept() -> None:
    """Moves that are entered late make services look longer than they were."""
    case = Case("line", 7, replace(LINE, rate=1.9), frozenset())
    for keeping in (Keeping.LATE_6H, Keeping.SESSIONS, Keeping.DAYS):
        net, visits = keep(case, keeping)
        flow, _ = flows_of_case(case, visits, net)
        end = BEGIN + round(DAYS * DAY)
        stream = fit_stream(judge_recent(flow, end), flow)
        before, _ = what_if(stream, NO_CHANGE, 91.0, count=20)
        past, *_ = figures_of(flow, end - 91 * DAY, end)
        assert before.throughput.mean() == pytest.approx(past, rel=0.2)
