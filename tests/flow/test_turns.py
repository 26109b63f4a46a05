"""When work was begun that nobody was seen to begin."""

from __future__ import annotations

import numpy as np
import pytest

from bench.streams.history import watch_of
from bench.streams.kinds import Case, case
from bench.streams.simulate import Net, Station, run
from vsm.features.bottlenecks.constraint import Judgement, judge
from vsm.features.bottlenecks.queue_discipline import MOST, PRIOR, Orders, orders
from vsm.features.bottlenecks.stations import stations


def one(station: Station, seed: int, rate: float = 2.0, days: float = 182.0) -> Orders:
    """What is told of the only station of a stream."""
    net = Net((station,), rate)
    made, seen = watch_of(Case("one", seed, net, frozenset()), run(net, days, seed, 90.0).visits)
    (only,) = stations(made, seen)
    return orders(seen, only, seen.held(only.places))


def judged(kind: str, seed: int, by_rank: bool = False) -> Judgement:
    told = case(kind, seed)
    return judge(*watch_of(told, told.watch(by_rank).visits), {1: "Core"})


@pytest.mark.parametrize("places", [1, 2, 4, 6])
@pytest.mark.parametrize("queue", [False, True])
def test_places_are_those_for_which_working_times_are_alike(places: int, queue: bool) -> None:
    told = one(Station("Build", places, places * 0.85 / 2.0, 0.7, queue), places)
    assert int(np.argmax(told.in_turn + PRIOR)) + 1 == places
    assert told.turns > 20
    assert told.count > 250


def test_what_only_delays_has_no_bound() -> None:
    told = one(Station("Supplier", 0, 9.0, 0.3), 4)
    assert int(np.argmax(told.in_turn + PRIOR)) == MOST
    assert told.turns == pytest.approx(0.0, abs=2.0), "where nobody waits, there is no order"
    assert told.in_turn[MOST] == pytest.approx(told.any_order[MOST], abs=1.0)


def test_any_order_is_seen() -> None:
    """Of a busy station that takes work by rank, many items leave before their turn came."""
    told = [one(Station("Build", 2, 0.9, 0.5, by_rank=rank), 3) for rank in (False, True)]
    assert told[0].turns > 20 > told[1].turns


def test_how_working_times_change_is_told() -> None:
    told = one(Station("Build", 3, 1.0, 0.5, drift=0.5), 8)
    place = int(np.argmax(told.in_turn + PRIOR))
    # Over the run of 272 days they grow by half; the watch is the last two thirds of it.
    grown = float(np.log(1.5 / (1 + 0.5 * 90 / 272)))
    assert abs(told.change[place] - grown) < 2.5 * told.error[place] < 0.5


def test_of_few_items_nothing_is_told() -> None:
    told = one(Station("Build", 1, 0.5), 1, rate=0.2, days=20.0)
    assert told.count == 0 and told.turns == 0.0


def test_the_order_of_a_stream_is_that_of_all_its_stations() -> None:
    in_turn = [judged("one slow stage", seed) for seed in range(3)]
    by_rank = [judged("one slow stage", seed, by_rank=True) for seed in range(3)]
    assert all(each.in_turn for each in in_turn)
    assert not any(each.in_turn for each in by_rank)
    assert all(each.turns == sum(fit.turns for fit in each.single) for each in in_turn)


def test_a_wait_for_something_outside_limits_nothing() -> None:
    for seed in range(4):
        found = judged("no constraint, a wait", seed)
        net = case("no constraint, a wait", seed).net
        (name,) = (each.name for each in net.stations if not each.places)
        told = next(each for each in found.single if each.station.name == name)
        assert not found.named
        assert told.used < 0.6
        mean = next(each.touch for each in net.stations if each.name == name)
        if told.delays:
            assert told.touch == pytest.approx(mean, rel=0.25)
            assert told.station not in found.cut
