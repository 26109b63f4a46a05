"""Recommendations on the work of a stream: what waits at the constraint, delays, the backlog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from bench.streams.circumstances import draw
from tests.flow.test_effects import END, observed
from vsm.features.bottlenecks.constraint import Judgement
from vsm.features.bottlenecks.evidence import stage_evidence, team_loads
from vsm.features.bottlenecks.intake import NO_INTAKE, InBacklog, Intake, read_intake
from vsm.features.bottlenecks.recommendations import recommend
from vsm.features.bottlenecks.results import Action, StageEvidence
from vsm.features.bottlenecks.servers import as_delay, as_unused
from vsm.features.bottlenecks.stations import ObservationWindow
from vsm.features.bottlenecks.verdict import costliest_delays, item_days, reach_verdict
from vsm.features.metrics.figures import figures_of
from vsm.flow.facts import Facts
from vsm.flow.flow_data import FlowData
from vsm.flow.window import window
from vsm.model.rules import DAY

Case = tuple[FlowData, Judgement]
BACKLOG = Intake(0.6, InBacklog(307, ((1, "Backlog"),)), InBacklog(0, ()))


@pytest.fixture(scope="module")
def limited() -> Case:
    """One slow stage with a queue stage of its own."""
    for seed in range(500, 520):
        flow, judgement = observed(draw("one slow stage", seed))
        if len(judgement.constraints) == 1 and judgement.constraints[0].station.queues:
            return flow, judgement
    raise AssertionError("no such stream")


@pytest.fixture(scope="module")
def unlimited() -> Case:
    """No stage limits the flow."""
    return observed(draw("no constraint", 500))


def actions(
    case: Case,
    intake: Intake = NO_INTAKE,
    blocked: Mapping[int, int] | None = None,
    evidence: tuple[StageEvidence, ...] | None = None,
) -> tuple[Action, ...]:
    flow, judgement = case
    facts = Facts.from_rows().aligned_to(flow.history)
    figures = figures_of(flow, facts, window(None, None, "UTC", END))
    if evidence is None:
        evidence = stage_evidence(judgement, {}, {})
    verdict = reach_verdict(judgement, intake)
    return recommend(judgement, verdict, evidence, flow, figures, blocked or {}, intake=intake)


def open_items(flow: FlowData, places: tuple[int, ...]) -> list[tuple[int, str, int]]:
    """The items in some places now, the longest there first: id, stage, inclusive days."""
    last = flow.history.begin + flow.history.counts - 1
    rows = [n for n in np.argsort(flow.entered[last]).tolist() if flow.place[last[n]] in places]
    order = flow.stream.order
    return [
        (
            int(flow.history.item[n]),
            order[flow.place[last[n]]].name,
            int(END // DAY - flow.entered[last[n]] // DAY) + 1,
        )
        for n in rows
    ]


def test_the_swarm_has_what_is_in_work_first_then_what_waits(limited: Case) -> None:
    flow, judgement = limited
    (fit,) = judgement.constraints
    working = open_items(flow, fit.station.active)
    waiting = open_items(flow, fit.station.queues)
    assert working and waiting
    swarm = next(action for action in actions(limited) if action.what.startswith("Swarm"))
    assert swarm.behind == tuple(
        (item, f"{days} d in {stage}") for item, stage, days in (*working, *waiting)
    )
    assert swarm.items == tuple(item for item, *_ in (*working, *waiting))[:5]
    verb = "waits" if len(waiting) == 1 else "wait"
    assert f"{verb} in {waiting[0][1]}" in swarm.why


def test_blocked_items_are_none_to_swarm_on(limited: Case) -> None:
    flow, judgement = limited
    (fit,) = judgement.constraints
    blocked = {item: 0 for item, *_ in open_items(flow, fit.station.active)}
    swarm = next(
        action for action in actions(limited, blocked=blocked) if action.what.startswith("Swarm")
    )
    assert swarm.what.endswith("begin with what waits longest")
    assert not {item for item, _ in swarm.behind} & set(blocked)
    waiting = {item: 0 for item, *_ in open_items(flow, fit.station.queues)}
    both = actions(limited, blocked=blocked | waiting)
    assert not any(action.what.startswith("Swarm") for action in both)


@pytest.mark.parametrize(("waiting_share", "is_said"), [(0.3, True), (0.7, False)])
def test_items_are_kept_ready_only_where_none_wait_most_of_the_time(
    limited: Case, waiting_share: float, is_said: bool
) -> None:
    flow, judgement = limited
    (fit,) = judgement.constraints
    starved = replace(fit, starved=0.2, waiting_share=waiting_share)
    fits = tuple(starved if other is fit else other for other in judgement.fits)
    recommended = actions((flow, replace(judgement, fits=fits)))
    assert any(a.what == f"Keep items ready for {fit.station.name}" for a in recommended) is is_said


def test_delays_come_by_the_item_days_that_they_cost(unlimited: Case) -> None:
    flow, judgement = unlimited
    first, second, *others = judgement.fits
    # 40 days for one item in a week are less than 10 days for ten.
    seldom = replace(as_delay(first, 40.0), departures=1 / 7)
    often = replace(as_delay(second, 10.0), departures=10 / 7)
    delayed = replace(judgement, fits=(seldom, often, *others))
    assert item_days(seldom) == pytest.approx(40) and item_days(often) == pytest.approx(100)
    assert costliest_delays(delayed)[0].station.name == second.station.name
    asked = [a for a in actions((flow, delayed)) if a.what.startswith("Find out what items wait")]
    assert asked[0].what.endswith(second.station.name)
    assert "10.0 days on average, however many they are, about 100 item-days a week" in asked[0].why
    # What costs next to nothing is none to look into, however long it takes.
    rare = replace(delayed, fits=(replace(seldom, departures=0.1 / 7), often, *others))
    assert [fit.station.name for fit in costliest_delays(rare)] == [second.station.name]


def test_what_goes_by_the_clock_is_asked_to_go_more_often(unlimited: Case) -> None:
    flow, judgement = unlimited
    first, *others = judgement.fits
    practice = replace(judgement.window.practice, released=frozenset(first.station.active))
    clocked = replace(
        judgement,
        fits=(as_delay(first, 30.0), *others),
        window=replace(judgement.window, practice=practice),
    )
    asked = [action.what for action in actions((flow, clocked))]
    assert f"Let items go more often from {first.station.name}" in asked


def test_a_full_backlog_is_an_intake_that_is_slow(unlimited: Case) -> None:
    _, judgement = unlimited
    verdict = reach_verdict(judgement, BACKLOG)
    assert verdict.kind.value == "demand"
    assert verdict.heading == "No stage limits the flow now: work is taken in slowly"
    assert verdict.reason.startswith("307 items wait in Backlog; 0.6 a week are taken in.")
    assert "arrival rate" not in verdict.reason
    first = actions(unlimited, BACKLOG)[0]
    assert first.what == "Take in more work from Backlog" and first.stage == 1
    assert first.why.startswith("307 items wait there, 0.6 a week are taken in; no stage is")
    plain = actions(unlimited)[0]
    assert plain.what == "Take in more work, or help another stream"


@pytest.mark.parametrize(("items", "is_slow"), [(40, False), (41, True)])
def test_more_than_four_weeks_of_what_is_taken_in_is_much(items: int, is_slow: bool) -> None:
    intake = Intake(10.0, InBacklog(items, ((1, "Ideas"),)), InBacklog(0, ()))
    assert intake.is_slow is is_slow and not intake.is_much_abandoned


def test_what_has_been_in_the_backlog_too_long_is_asked_about(unlimited: Case) -> None:
    _, judgement = unlimited
    old = Intake(2.0, InBacklog(3, ((1, "Backlog"),)), InBacklog(80, ((2, "Ideas"),)))
    verdict = reach_verdict(judgement, old)
    assert "demand does" in verdict.heading
    assert any(
        caveat.startswith("80 items have been in Ideas far longer than others were")
        for caveat in verdict.against
    )


def test_the_intake_is_read_from_the_log(unlimited: Case) -> None:
    flow, judgement = unlimited
    last = flow.history.begin + flow.history.counts - 1
    working = [n for n, stage in enumerate(flow.stream.order) if stage.category.working]
    intake = read_intake(judgement)
    # In this stream items go on from the backlog at once.
    assert int(np.count_nonzero(flow.place[last] == 0)) == intake.waiting.items == 0
    came = judgement.window.count_first_entries(working)
    assert intake.taken_in == pytest.approx(7 * came / judgement.window.days)
    assert not intake.is_slow


def test_items_where_work_ends_do_not_age(unlimited: Case) -> None:
    flow, judgement = unlimited
    facts = Facts.from_rows().aligned_to(flow.history)
    figures = figures_of(flow, facts, window(None, None, "UTC", END))
    stage = flow.stream.order[judgement.fits[0].station.active[0]]
    aged = tuple(replace(entry, stage=stage.name, age=4_000) for entry in figures.ageing)
    figures = replace(figures, ageing=aged)

    def looked_at(judgement: Judgement) -> bool:
        recommended = recommend(judgement, reach_verdict(judgement), (), flow, figures, {})
        return any(action.what == "Look at the items that age most" for action in recommended)

    practice = replace(judgement.window.practice, ends=frozenset(judgement.fits[0].station.active))
    ends = replace(judgement, window=replace(judgement.window, practice=practice))
    assert looked_at(judgement) and not looked_at(ends)


def test_only_what_comes_before_the_constraint_waits_for_it(limited: Case) -> None:
    _, judgement = limited
    (fit,) = judgement.constraints
    order = judgement.stream.order
    evidence = stage_evidence(judgement, {}, {})

    def over(name: str) -> str:
        rows = tuple(
            replace(row, limit=2, wip=5) if row.name == name else replace(row, limit=None)
            for row in evidence
        )
        recommended = actions(limited, evidence=rows)
        return next(action.why for action in recommended if action.what.startswith("Bring"))

    queue = order[fit.station.queues[0]].name
    assert over(queue) == f"It holds 5 of 2; the excess only waits for {fit.station.name}."
    after = next(
        (
            other.station.name
            for other in judgement.stage_fits
            if judgement.stream.reaches(
                order[fit.station.active[0]].id, order[other.station.active[0]].id
            )
        ),
        None,
    )
    if after is not None:
        assert over(after) == "It holds 5 of 2."


def test_waiting_is_said_by_numbers_and_not_as_another_utilisation(limited: Case) -> None:
    _, judgement = limited
    (fit,) = judgement.constraints
    # As if nothing had been there in the last weeks.
    window_now = judgement.window
    longer = ObservationWindow(
        **{
            **{name: getattr(window_now, name) for name in window_now.__dataclass_fields__},
            "days": window_now.days + 120,
            "left": np.minimum(window_now.left, window_now.days),
            "_occupancies": {},
            "_stays": {},
        }
    )
    caveats = reach_verdict(replace(judgement, window=longer)).against
    recent = next(caveat for caveat in caveats if caveat.startswith("Recently fewer items waited"))
    assert recent.startswith(f"Recently fewer items waited at {fit.station.name}: 0.0 on average")
    assert not any("utilisation of" in caveat for caveat in caveats)


def test_what_a_pull_board_does_not_show_is_left_empty(unlimited: Case) -> None:
    _, judgement = unlimited
    first, *others = judgement.fits
    unseen = replace(judgement, fits=(as_unused(first), *others), is_pull_board=True)
    (row, *rest) = [
        row
        for row in stage_evidence(unseen, {}, {})
        if row.utilisation is not None or row.name == first.station.name
    ]
    assert row.name == first.station.name and row.delays is False
    assert row.utilisation is None and row.parallel_places is None and row.touch_days is None
    assert all(other.utilisation is not None for other in rest)
    only = replace(unseen, fits=tuple(as_unused(fit) for fit in judgement.fits))
    assert "utilisation" not in reach_verdict(only).reason


def test_a_team_that_could_do_more_than_its_stages_shares_no_limit() -> None:
    _, judgement = observed(draw("a team of two stages", 500))
    (team,) = [fit for fit in judgement.fits if fit.station.team is not None]
    (load,) = team_loads(judgement)
    own = sum(
        fit.servers
        for fit in judgement.stage_fits
        if set(fit.station.active) & set(team.station.active)
    )
    assert team.servers <= own and load.parallel_places == team.servers
    many = replace(team, servers=own + 1)
    fits = tuple(many if fit is team else fit for fit in judgement.fits)
    (load,) = team_loads(replace(judgement, fits=fits))
    assert load.parallel_places is None and load.utilisation is None
