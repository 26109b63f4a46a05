"""The verdict on a stream: what is named, with which confidence, reason and caveats."""

from __future__ import annotations

from dataclasses import replace

from bench.streams.history import observe_case
from bench.streams.kinds import draw_case
from bench.streams.simulate import Visit
from vsm.features.bottlenecks.constraint import Judgement, judge
from vsm.features.bottlenecks.results import SURELY, Kind
from vsm.features.bottlenecks.verdict import percent, reach_verdict


def judged(kind: str, seed: int) -> Judgement:
    case = draw_case(kind, seed)
    return judge(*observe_case(case, case.observe().visits), {1: "Core"})


def first_of(kind: str, expected: Kind) -> Judgement:
    """The first stream of a kind with this kind of verdict."""
    return next(
        judgement
        for seed in range(50)
        if reach_verdict(judgement := judged(kind, seed)).kind is expected
    )


def test_a_stage_is_named_with_its_figures() -> None:
    judgement = first_of("one slow stage", Kind.STAGE)
    verdict = reach_verdict(judgement)
    (name,) = verdict.stages
    assert verdict.heading.startswith(name) and "limit" in verdict.heading
    assert "parallel slot" in verdict.reason
    assert "utilised" in verdict.reason or "overloaded" in verdict.reason
    assert f"{7 * judgement.constraints[0].departures:.1f} leave" in verdict.reason
    assert 0.0 < verdict.confidence <= 0.99


def test_a_team_is_named_with_its_stages() -> None:
    verdict = reach_verdict(first_of("a team of two stages", Kind.TEAM))
    assert verdict.team == "Core" and len(verdict.stages) == 2
    assert all(stage in verdict.heading for stage in verdict.stages)


def test_both_ways_are_named() -> None:
    verdict = reach_verdict(first_of("two branches", Kind.SEVERAL))
    assert set(verdict.stages) == {"Web", "Mobile"}
    assert "limit the flow" in verdict.heading


def test_demand_is_named_with_the_closest() -> None:
    judgement = first_of("no constraint", Kind.DEMAND)
    verdict = reach_verdict(judgement)
    assert verdict.stages == () and verdict.heading == "No stage limits the flow now, demand does"
    assert verdict.confidence == min(judgement.demand, 0.99)


def test_others_that_are_likely_speak_against_it() -> None:
    for seed in range(80):
        judgement = judged("one slow stage", seed)
        verdict = reach_verdict(judgement)
        if verdict.kind is Kind.STAGE and verdict.confidence < 0.8:
            break
    assert any(
        "may be the constraint instead" in caveat or "Demand may limit" in caveat
        for caveat in verdict.against
    )
    assert "probably" in verdict.heading or " or " in verdict.heading


def test_less_than_everything_is_not_rounded_up_to_100_percent() -> None:
    assert [percent(share) for share in (0.999, 1.0, 0.504)] == ["99%", "100%", "50%"]


def test_items_that_never_came_there_speak_against_it() -> None:
    case = draw_case("one slow stage", 3)
    visits = case.observe().visits
    (name,) = (case.net.stations[n].name for n in case.constraint)
    sentence = f"items that finished in that time were never in {name}."
    before = reach_verdict(judge(*observe_case(case, visits)))
    assert before.stages == (name,) and not any(sentence in caveat for caveat in before.against)
    ended = sum(visit.stage == "Done" for visit in visits)
    last = max(visit.item for visit in visits)
    past = tuple(Visit(last + 1 + n, "Done", 1.0 + n * 180 / (2 * ended)) for n in range(2 * ended))
    mixed = reach_verdict(
        judge(*observe_case(case, tuple(sorted((*visits, *past), key=lambda v: v.at))))
    )
    assert any(sentence in caveat for caveat in mixed.against)


def test_where_nearly_all_was_done_elsewhere_it_says_so() -> None:
    case = draw_case("one slow stage", 3)
    few = tuple(visit for visit in case.observe().visits if visit.item % 100 == 0)
    direct = tuple(Visit(9_000 + n, "Done", 1.0 + n) for n in range(90))
    verdict = reach_verdict(
        judge(*observe_case(case, tuple(sorted((*few, *direct), key=lambda v: v.at))))
    )
    assert verdict.kind is Kind.UNKNOWN
    assert "items that finished in that time were in none of them" in verdict.reason


def test_how_sure_demand_is_shows_in_the_heading() -> None:
    for seed in range(60):
        judgement = judged("no constraint", seed)
        if not judgement.constraints and judgement.confidence < SURELY:
            break
    verdict = reach_verdict(judgement)
    assert verdict.kind is Kind.DEMAND and verdict.confidence < SURELY
    assert "demand probably does" in verdict.heading or "demand may" in verdict.heading


def test_work_in_any_order_is_a_caveat() -> None:
    case = draw_case("one slow stage", 3)
    sentence = "Work is mostly not started in the order of arrival"
    for by_rank in (False, True):
        judgement = judge(*observe_case(case, case.observe(by_rank).visits))
        assert any(sentence in caveat for caveat in reach_verdict(judgement).against) is by_rank


def test_confidence_in_a_stage_that_most_items_bypass_is_bounded() -> None:
    """A busy stage beside the way that nearly all items take."""
    case = draw_case("one slow stage", 3)
    visits = case.observe().visits
    last = max(visit.item for visit in visits)
    ended = sum(visit.stage == "Done" for visit in visits)
    past = tuple(Visit(last + 1 + n, "Done", 1.0 + n * 180 / (5 * ended)) for n in range(5 * ended))
    judgement = judge(*observe_case(case, tuple(sorted((*visits, *past), key=lambda v: v.at))))
    assert judgement.constraints and judgement.confidence <= 0.5 < judgement.probability
    heading = reach_verdict(judgement).heading
    assert heading.endswith("may limit the flow, though most of what finishes is never there")


def test_confidence_in_a_hardly_used_stage_is_bounded() -> None:
    judgement = judged("one slow stage", 3)
    fits = tuple(replace(fit, utilisation=fit.utilisation / 3) for fit in judgement.fits)
    unused = replace(judgement, fits=fits)
    assert judgement.confidence > 0.9 and unused.confidence == 0.5
    assert reach_verdict(unused).heading.endswith("may limit the flow, though hardly used")
