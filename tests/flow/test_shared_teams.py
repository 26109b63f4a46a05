"""A team that works in several streams: its work elsewhere counts where it uses the same slots."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from bench.streams.boards import Keeping, keep
from bench.streams.circumstances import draw
from bench.streams.history import observe_case
from bench.streams.kinds import Case
from bench.streams.simulate import with_server
from tests.flow.test_effects import TOLERANCE, TOLERANCE_IN_ALL, mean_lead, observed
from vsm.features.bottlenecks.constraint import UNUSUAL_CONFIDENCE, Judgement, judge
from vsm.features.bottlenecks.effects import Load, returns_to, times_at, wait_ratio
from vsm.features.bottlenecks.evidence import team_loads
from vsm.features.bottlenecks.report import _load
from vsm.features.bottlenecks.results import OtherWork, TeamLoad
from vsm.features.bottlenecks.stations import ObservationWindow, WorkElsewhere
from vsm.features.bottlenecks.verdict import reach_verdict
from vsm.flow.flow_data import FlowData
from vsm.flow.history import History
from vsm.model.rules import DAY
from vsm.model.stream import Category, Stage, ValueStream, chain

KIND = "a team of two streams"
TEAMS = {1: "Platform", 2: "Web crew"}


def stream_named(name: str, *stages: Stage, first: int = 1) -> ValueStream:
    numbered = tuple(replace(stage, id=first + n) for n, stage in enumerate(stages))
    return ValueStream(first, name, "UTC", numbered, chain(numbered)).validate()


def stage(name: str, category: Category = Category.ACTIVE, team: int | None = None) -> Stage:
    return Stage(0, name, category, 0, team=team)


def history(stream: ValueStream, *items: tuple[float, ...]) -> FlowData:
    """Items by the days on which they entered one stage after the other."""
    rows = (
        (number, stream.stages[n].id, round(day * DAY))
        for number, days in enumerate(items, 1)
        for n, day in enumerate(days)
    )
    return FlowData.of(History.from_rows(rows), stream)


WEB = stream_named(
    "Web", stage("Build", team=2), stage("Check", team=1), stage("Done", Category.DONE)
)
PAY = stream_named(
    *("Payments", stage("To audit", Category.QUEUE), stage("Audit", team=1)),
    *(stage("Release", team=3), stage("Done", Category.DONE)),
    first=10,
)


def test_stays_elsewhere_are_in_days_of_this_window() -> None:
    """They wait in the queue of the stage too; what another team does is not seen."""
    web = history(WEB, (10.0, 12.0, 14.0), (20.0, 21.0))
    pay = history(PAY, (2.0, 5.0, 11.0, 12.0), (19.0, 25.0), (31.0, 32.0))
    window = ObservationWindow.of(web, 30 * DAY).with_others(WEB, [pay])
    assert window.begin == 10 * DAY and window.days == 20.0
    ((key, work),) = window.elsewhere.items()
    assert key == len(WEB.order)
    assert (work.team, work.stream, work.stages) == (1, "Payments", ("Audit",))
    assert work.begin.tolist() == [-8.0, 9.0]  # the third comes after the end
    assert work.end.tolist() == [1.0, np.inf]
    assert window.occupancy((1,)).arrivals.tolist() == [2.0, 11.0]
    both = window.occupancy((1, key))
    assert both.arrivals.tolist() == [-8.0, 2.0, 9.0, 11.0]
    assert both.departures.tolist() == [1.0, 4.0]


def test_only_active_stages_of_the_same_team_count() -> None:
    web = history(WEB, (10.0, 12.0, 14.0))
    others = [
        stream_named("Else", stage("Audit", team=9), stage("Done", Category.DONE), first=20),
        stream_named(
            *("Queue", stage("Wait", Category.QUEUE, 1), stage("Do")),
            *(stage("Done", Category.DONE),),
            first=30,
        ),
    ]
    flows = [history(other, (11.0, 13.0)) for other in others]
    assert not ObservationWindow.of(web, 30 * DAY).with_others(WEB, flows).elsewhere
    assert WEB.working_teams == {1, 2} and others[1].working_teams == set()
    retired = replace(PAY, stages=tuple(replace(s, retired=s.team == 1) for s in PAY.stages))
    assert retired.working_teams == {3}


@cache
def judged(seed: int, keeping: Keeping = Keeping.EXACT, kind: str = KIND) -> tuple[Case, Judgement]:
    case = draw(kind, seed)
    net, visits = keep(case, keeping)
    return case, judge(*observe_case(case, visits, net), TEAMS)


@pytest.mark.parametrize("seed", [1, 2, 4])
def test_a_team_that_shares_its_slots_is_judged_over_its_streams(seed: int) -> None:
    case, judgement = judged(seed)
    (at,) = case.constraint
    (fit,) = judgement.constraints
    assert fit.station.team == 1 and fit.station.elsewhere
    assert abs(fit.servers - case.net.pools["team"]) <= 1
    assert 0.8 < fit.utilisation < 1.15
    own = [f for f in judgement.stage_fits if f.station.name == case.net.stations[at].name]
    assert fit.departure_count == own[0].departure_count
    assert fit.arrivals > 1.8 * own[0].arrivals  # as many items come in the other stream
    verdict = reach_verdict(judgement)
    assert verdict.heading == f"Platform ({case.net.stations[at].name}) limits the flow"
    assert f"{case.net.stations[at].name} and at Elsewhere in Other stream together" in (
        verdict.reason
    )
    load = team_loads(judgement)[0]
    assert load.elsewhere == (OtherWork("Other stream", ("Elsewhere",), True),)
    assert load.parallel_places == fit.servers


def test_a_team_with_slots_for_each_stream_is_judged_by_its_work_here() -> None:
    """What the team of another case does elsewhere has nothing to do with the items here."""
    case, judgement = judged(1, kind="no constraint, a team of two streams")
    _, busy = judged(1)
    shift = len(judgement.stream.order)
    works = dict(enumerate(busy.window.elsewhere.values(), shift))
    window = replace(judgement.window, elsewhere=works, _occupancies={}, _stays={})
    apart = judge(judgement.stream, window, TEAMS)
    assert not any(fit.station.team for fit in apart.fits)
    alone = judge(judgement.stream, replace(window, elsewhere={}), TEAMS)
    assert apart.fits == alone.fits and apart.probabilities == alone.probabilities
    assert not apart.constraints and not apart.has_unseen_work
    (load,) = team_loads(apart)
    assert load.elsewhere == (OtherWork("Other stream", ("Elsewhere",), False),)
    assert load.parallel_places is None
    assert case.constraint == frozenset()
    assert _load(load).endswith(
        ", and on Elsewhere in Other stream: no limit that they share is seen."
    )


def test_where_the_log_does_not_show_it_the_verdict_is_not_sure() -> None:
    _, judgement = judged(1, Keeping.PULL)
    assert judgement.is_pull_board and judgement.has_unseen_work
    assert judgement.confidence <= UNUSUAL_CONFIDENCE
    verdict = reach_verdict(judgement)
    assert (
        "Platform also works in Other stream: whether it uses the same slots there is not known."
        in verdict.against
    )
    nowhere = replace(judgement, window=replace(judgement.window, elsewhere={}))
    assert not nowhere.has_unseen_work


def test_the_report_names_the_streams() -> None:
    shared = OtherWork("Payments", ("Audit", "Check"), True)
    apart = OtherWork("Claims", ("Review",), False)
    load = TeamLoad(
        team="Platform",
        stages=("Build",),
        parallel_places=4.0,
        utilisation=0.87,
        chance=0.76,
        elsewhere=(shared, apart),
    )
    assert _load(load) == (
        "Platform works on Build, and with the same slots on Audit and Check in Payments: like 4"
        " slots, 87% utilised, probability 76%. It also works on Review in Claims."
    )


def test_work_elsewhere_has_a_place_beyond_the_order() -> None:
    nothing = WorkElsewhere(1, "Payments", ("Audit",), np.zeros(0), np.zeros(0))
    web = history(WEB, (10.0, 12.0, 14.0))
    window = replace(ObservationWindow.of(web, 30 * DAY), elsewhere={3: nothing})
    assert window.occupancy((1, 3)).arrivals.tolist() == [2.0]


def test_a_slot_more_of_a_shared_team_saves_in_the_simulator_what_is_estimated() -> None:
    """Measured on twelve: of the mean lead time 12% at most, 93% of all that the slots save."""
    saved, expected = 0.0, 0.0
    for seed in range(94_501, 94_506):
        case = draw(KIND, seed)
        (at,) = case.constraint
        flow, judgement = observed(case)
        (fit,) = (fit for fit in judgement.fits if fit.station.team == 1)
        rows = np.flatnonzero(flow.flow.finished & flow.is_timed)
        times = times_at(judgement, flow, fit, rows, returns_to(judgement, flow, fit))
        load = Load(fit.servers, fit.utilisation, fit.service_time)
        ratio = wait_ratio(load, load.with_slot(), times.mean_wait())
        assert ratio is not None
        estimate = (1 - ratio) * float(times.wait.sum()) / rows.size
        lead = mean_lead(case.net, seed)
        simulated = lead - mean_lead(with_server(case.net, at), seed)
        assert abs(estimate - simulated) <= TOLERANCE * lead, (seed, estimate, simulated)
        saved, expected = saved + simulated, expected + estimate
    assert abs(expected - saved) <= TOLERANCE_IN_ALL * saved, (expected, saved)
