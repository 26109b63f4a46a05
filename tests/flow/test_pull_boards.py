"""Pull boards: which slots are in use, read from what follows a departure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.streams.boards import Keeping, keep
from bench.streams.circumstances import draw
from bench.streams.history import observe_case
from bench.streams.kinds import Case, draw_case
from bench.streams.simulate import Net, Station
from vsm.features.bottlenecks.constraint import Judgement, judge
from vsm.features.bottlenecks.servers import Fit
from vsm.flow.board_practice import pull_excess

TEAM = "Crew"


def line(*stations: Station) -> tuple[Station, ...]:
    """The stations one after the other."""
    last = len(stations) - 1
    return tuple(
        replace(station, next=((n + 1, 1.0),) if n < last else ())
        for n, station in enumerate(stations)
    )


def pulled(net: Net, seed: int, *constraint: int) -> Judgement:
    case = Case("by hand", seed, net, frozenset(constraint))
    shown, visits = keep(case, Keeping.PULL)
    return judge(*observe_case(case, visits, shown), {1: TEAM})


def fits_of(judgement: Judgement) -> dict[str, Fit]:
    return {fit.station.name: fit for fit in judgement.fits}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_station_two_before_the_constraint_is_not_called_busy(seed: int) -> None:
    """Packing holds what waits for Testing, so most of what leaves Cutting goes to a full stage."""
    stations = line(
        Station("Cutting", 2, 0.65),  # used 65%: both slots are busy for half of the time
        Station("Packing", 3, 0.9),
        Station("Testing", 2, 0.95),  # used 95%
        Station("Shipping", 2, 0.5),
    )
    judgement = pulled(Net(stations, 2.0), seed, 2)
    fits = fits_of(judgement)
    assert judgement.is_pull_board
    assert [fit.station.name for fit in judgement.constraints] == ["Testing"]
    assert fits["Cutting"].waiting_share == pytest.approx(0.5, abs=0.15)
    assert fits["Testing"].waiting_share > 0.75
    assert (fits["Cutting"].servers, fits["Testing"].servers) == (2, 2)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_team_of_adjacent_stages_is_read_as_one(seed: int) -> None:
    """Who ends Drafting goes on with Checking: a slot is free only when the item leaves both."""
    stations = line(
        Station("Cutting", 3, 0.9),
        Station("Drafting", 0, 0.6, pool="crew"),
        Station("Checking", 0, 0.82, pool="crew"),
        Station("Shipping", 2, 0.6),
    )
    judgement = pulled(Net(stations, 2.0, pools={"crew": 3}), seed, 1, 2)  # used 95%
    fits = fits_of(judgement)
    assert judgement.is_pull_board
    assert [fit.station.name for fit in judgement.constraints] == [TEAM]
    assert fits[TEAM].servers == 3
    assert fits[TEAM].service_time == pytest.approx(1.42, rel=0.1)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_grew_lately_is_the_station_that_became_busy(seed: int) -> None:
    stations = line(
        Station("Cutting", 2, 0.6),
        # Used 63% until one of three leaves, after 100 of 182 days, then 95%.
        Station("Testing", 2, 0.95, staffing=((0.0, 3), (0.7, 2))),
        Station("Shipping", 2, 0.5),
    )
    grown = {
        name: fit.recent_utilisation - fit.implied_utilisation
        for name, fit in fits_of(pulled(Net(stations, 2.0), seed, 1)).items()
    }
    assert grown["Testing"] > max(grown["Cutting"], grown["Shipping"]) + 0.02


@pytest.mark.parametrize("seed", range(6))
def test_kept_limits_alone_make_no_pull_board(seed: int) -> None:
    case = draw("limits not declared", seed)
    assert not judge(*observe_case(case, case.observe().visits)).is_pull_board


@pytest.mark.parametrize(
    ("kind", "least"), [("a team of two stages", 7), ("rework", 7), ("another looks long", 6)]
)
def test_the_constraint_of_a_pull_board_is_named_in_most_streams(kind: str, least: int) -> None:
    right = 0
    for seed in range(8):
        case = draw_case(kind, seed)
        shown, visits = keep(case, Keeping.PULL)
        first, _ = judge(*observe_case(case, visits, shown), {1: TEAM}).ranked[0]
        names = {case.net.stations[n].name for n in case.constraint}
        if kind == "a team of two stages":
            names.add(TEAM)
        right += first.station.name in names
    assert right >= least


def test_departures_may_count_with_weights() -> None:
    departures = np.arange(1.0, 41.0, 1.0) + np.linspace(0.0, 0.9, 40)
    arrivals = departures[20:] + 5 / 1440
    late = np.where(np.arange(40) >= 20, 1.0, 1e-9)
    assert pull_excess(arrivals, departures) == pytest.approx(0.5, abs=0.05)
    assert pull_excess(arrivals, departures, late) == pytest.approx(1.0, abs=0.05)
    assert pull_excess(arrivals, departures, 1.0 - late) == pytest.approx(0.0, abs=0.05)
