"""Board practice, read from a log: what is seen, what people set, what is said of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.streams.boards import Keeping, keep
from bench.streams.circumstances import draw
from bench.streams.history import BEGIN, observe_case
from bench.streams.kinds import draw_case
from vsm.features.bottlenecks.constraint import Judgement, judge
from vsm.features.bottlenecks.practice import practice_of
from vsm.flow.board_practice import (
    BoardPractice,
    Grain,
    Sessions,
    find_sessions,
    pull_excess,
    read_practice,
    spread_before_sessions,
)
from vsm.flow.flow_data import FlowData
from vsm.flow.history import History
from vsm.model.practice import MoveEntry, StageBehaviour
from vsm.model.rules import DAY


def judged(keeping: Keeping, kind: str = "one slow stage", seed: int = 2) -> Judgement:
    case = draw_case(kind, seed)
    net, visits = keep(case, keeping)
    return judge(*observe_case(case, visits, net))


def said(judgement: Judgement) -> str:
    return practice_of(judgement).text


@pytest.mark.parametrize(
    ("keeping", "grain", "sentence"),
    [
        (Keeping.EXACT, Grain.EXACT, "Moves are entered at once."),
        (Keeping.BY_RANK, Grain.EXACT, "Moves are entered at once."),
        (Keeping.OFFICE, Grain.EXACT, "Moves are entered at once."),
        (Keeping.STAND_UP, Grain.SESSIONS, "at a stand-up, from 09:30: times are by day."),
        (Keeping.WEEKLY, Grain.SESSIONS, "every 7 days: what happened in between is not known."),
        (Keeping.SESSIONS, Grain.SESSIONS, "in sessions, about "),
        (Keeping.DAYS, Grain.DAYS, "Only the days of moves are known."),
        (Keeping.LATE_2D, Grain.EXACT, "moves seem to be entered late"),
        (Keeping.PULL, Grain.EXACT, "Items are moved when their work begins"),
    ],
)
def test_how_moves_are_entered_is_read_from_their_moments(
    keeping: Keeping, grain: Grain, sentence: str
) -> None:
    judgement = judged(keeping)
    assert judgement.window.practice.grain is grain
    assert sentence in said(judgement)
    assert judgement.is_pull_board == (keeping is Keeping.PULL)
    assert judgement.window.practice.is_vague == (keeping in (Keeping.WEEKLY, Keeping.LATE_2D))


def test_a_stage_that_is_released_by_the_clock_only_delays() -> None:
    case = draw("no constraint, release train", 4)
    judgement = judge(*observe_case(case, case.observe().visits))
    gate = next(fit for fit in judgement.fits if fit.station.name == "Gate")
    assert gate.is_delay and not judgement.constraints
    assert "Gate lets items go by the clock." in said(judgement)


def test_periodic_intake_is_no_queue() -> None:
    case = draw("no constraint, sprints", 4)
    judgement = judge(*observe_case(case, case.observe().visits))
    assert "New work is taken in every 14 days." in said(judgement)
    assert not judgement.constraints
    assert all(fit.waiting_share <= fit.utilisation for fit in judgement.fits)


def test_a_stage_in_which_work_ends_is_no_station() -> None:
    case = draw("never done", 4)
    judgement = judge(*observe_case(case, case.observe().visits))
    assert "Closed" not in {fit.station.name for fit in judgement.fits}
    assert "Work ends in Closed, though a stage of work." in said(judgement)


def test_a_limit_that_stands_nowhere_is_seen_where_it_is_kept() -> None:
    seen = 0
    for seed in range(6):
        case = draw("limits not declared", seed)
        judgement = judge(*observe_case(case, case.observe().visits))
        limits = {station.name: station.limit for station in case.net.stations}
        for fit in judgement.stage_fits:
            if fit.station.limit:
                assert fit.station.limit == limits[fit.station.name]
                seen += 1
    assert seen >= 5


def test_slots_of_a_pull_board_are_those_of_its_servers() -> None:
    case = draw_case("one slow stage", 2)
    servers = {station.name: station.servers for station in case.net.stations}
    judgement = judged(Keeping.PULL)
    seen = [fit for fit in judgement.stage_fits if fit.utilisation > 0.3]
    assert len(seen) >= 3
    assert all(fit.servers == servers[fit.station.name] for fit in seen)
    (constraint,) = judgement.constraints
    assert constraint.station.name in {case.net.stations[at].name for at in case.constraint}


def test_what_people_set_stands_whatever_the_log_seems_to_show() -> None:
    case = draw("never done", 4)
    stream, _ = observe_case(case, case.observe().visits)
    ids = {stage.name: stage.id for stage in stream.stages}
    rows = sorted(
        (visit.item, visit.at, at, ids[visit.stage])
        for at, visit in enumerate(case.observe().visits)
    )
    history = History.from_rows(
        (item, stage, BEGIN + round(at * DAY)) for item, at, _, stage in rows
    )

    def practice(
        entry: MoveEntry = MoveEntry.AS_LOGGED, **behaviours: StageBehaviour
    ) -> BoardPractice:
        stages = tuple(
            replace(stage, behaviour=behaviours.get(stage.name, StageBehaviour.AS_LOGGED))
            for stage in stream.stages
        )
        made = replace(stream, stages=stages, move_entry=entry)
        return read_practice(FlowData.of(history, made), BEGIN, BEGIN + 182 * DAY)

    closed = next(place for place, stage in enumerate(stream.order) if stage.name == "Closed")
    build = next(place for place, stage in enumerate(stream.order) if stage.name == "Build")
    assert practice().ends == {closed}
    assert practice(Closed=StageBehaviour.WORKED).ends == frozenset()
    assert practice(Build=StageBehaviour.WORK_ENDS).ends == {build, closed}
    assert practice(Build=StageBehaviour.SCHEDULED).released == {build}
    assert practice(MoveEntry.BY_DAY).grain is Grain.DAYS
    assert practice(MoveEntry.IN_SESSIONS).grain is Grain.SESSIONS
    assert practice(MoveEntry.AT_ONCE).grain is Grain.EXACT


def test_moves_of_a_session_are_spread_over_the_time_before_it_in_order() -> None:
    moments = np.array([1.0, 2.0, 2.001, 2.002, 5.5]) * DAY
    owner = np.array([0, 0, 0, 1, 1])
    spread = spread_before_sessions(
        moments.astype(np.int64),
        owner,
        Sessions((np.array([1.0, 2.0]) * DAY).astype(np.int64), np.array([0, 1, 1, 1, -1])),
    )
    days = spread / DAY
    assert 0.0 <= days[0] <= 1.0 <= days[1] <= days[2] <= 2.0 and 1.0 <= days[3] <= 2.0
    assert days[4] == 5.5, "what is entered in no session stays"


def test_sessions_are_moves_that_follow_each_other() -> None:
    minutes = np.array([0, 5, 10, 300, 301, 302, 303, 900])
    sessions = find_sessions(minutes * (DAY // 1440))
    assert sessions.session.tolist() == [0, 0, 0, 1, 1, 1, 1, -1]
    assert sessions.share == pytest.approx(7 / 8)
    assert sessions.gap == pytest.approx(300 / 1440)


def test_pull_is_what_follows_beyond_chance() -> None:
    rng = np.random.default_rng(3)
    departures = np.sort(rng.uniform(0, 100, 200))
    assert pull_excess(departures + 1 / 1440, departures) > 0.9
    assert abs(pull_excess(np.sort(rng.uniform(0, 100, 200)), departures)) < 0.15
    assert pull_excess(departures[:5], departures[:5]) == 0.0
