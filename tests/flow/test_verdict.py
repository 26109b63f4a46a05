"""What is said of where a stream is stuck, and what to do about it."""

from __future__ import annotations

from dataclasses import replace

from bench.streams.history import watch_of
from bench.streams.kinds import case
from bench.streams.simulate import Visit
from vsm.features.bottlenecks.constraint import Judgement, judge
from vsm.features.bottlenecks.results import SURELY, Kind
from vsm.features.bottlenecks.verdict import percent, verdict


def judged(kind: str, seed: int) -> Judgement:
    told = case(kind, seed)
    return judge(*watch_of(told, told.watch().visits), {1: "Core"})


def first_of(kind: str, wanted: Kind) -> Judgement:
    """A stream of a kind of which this is said."""
    return next(found for seed in range(50) if verdict(found := judged(kind, seed)).kind is wanted)


def test_a_stage_is_named_with_its_figures() -> None:
    found = first_of("one slow stage", Kind.STAGE)
    told = verdict(found)
    (name,) = told.stages
    assert told.heading.startswith(name) and "limit" in told.heading
    assert "parallel place" in told.reason and "used" in told.reason
    assert f"{7 * found.named[0].departures:.1f} leave" in told.reason
    assert 0.0 < told.confidence <= 0.99


def test_a_team_is_named_with_its_stages() -> None:
    told = verdict(first_of("a team of two stages", Kind.TEAM))
    assert told.team == "Core" and len(told.stages) == 2
    assert all(stage in told.heading for stage in told.stages)


def test_both_ways_are_named() -> None:
    told = verdict(first_of("two branches", Kind.SEVERAL))
    assert set(told.stages) == {"Web", "Mobile"}
    assert "limit the flow" in told.heading


def test_demand_is_named_with_the_closest() -> None:
    found = first_of("no constraint", Kind.DEMAND)
    told = verdict(found)
    assert told.stages == () and told.heading == "No stage limits the flow now, demand does"
    assert told.confidence == min(found.demand, 0.99)


def test_others_that_are_likely_speak_against_it() -> None:
    for seed in range(80):
        found = judged("one slow stage", seed)
        told = verdict(found)
        if told.kind is Kind.STAGE and told.confidence < 0.8:
            break
    assert any("could be it as well" in each or "demand" in each for each in told.against)
    assert "probably" in told.heading or " or " in told.heading


def test_what_is_not_everything_is_not_rounded_up_to_it() -> None:
    assert [percent(share) for share in (0.999, 1.0, 0.504)] == ["99 %", "100 %", "50 %"]


def test_items_that_never_came_there_speak_against_it() -> None:
    told = case("one slow stage", 3)
    visits = told.watch().visits
    (name,) = (told.net.stations[n].name for n in told.constraint)
    sentence = f"items that finished in that time were never in {name}."
    before = verdict(judge(*watch_of(told, visits)))
    assert before.stages == (name,) and not any(sentence in each for each in before.against)
    ended = sum(visit.stage == "Done" for visit in visits)
    last = max(visit.item for visit in visits)
    past = tuple(Visit(last + 1 + n, "Done", 1.0 + n * 180 / (2 * ended)) for n in range(2 * ended))
    mixed = verdict(judge(*watch_of(told, tuple(sorted((*visits, *past), key=lambda v: v.at)))))
    assert any(sentence in each for each in mixed.against)


def test_where_nearly_all_was_done_elsewhere_it_says_so() -> None:
    told = case("one slow stage", 3)
    few = tuple(visit for visit in told.watch().visits if visit.item % 100 == 0)
    direct = tuple(Visit(9_000 + n, "Done", 1.0 + n) for n in range(90))
    found = verdict(judge(*watch_of(told, tuple(sorted((*few, *direct), key=lambda v: v.at)))))
    assert found.kind is Kind.UNKNOWN
    assert "items that finished in that time were in none of them" in found.reason


def test_how_sure_demand_is_shows_in_the_heading() -> None:
    for seed in range(60):
        found = judged("no constraint", seed)
        if not found.named and found.confidence < SURELY:
            break
    told = verdict(found)
    assert told.kind is Kind.DEMAND and told.confidence < SURELY
    assert "demand probably does" in told.heading or "demand may" in told.heading


def test_work_in_another_order_is_told() -> None:
    told = case("one slow stage", 3)
    sentence = "Work is mostly not begun in the order in which it came"
    for by_rank in (False, True):
        found = judge(*watch_of(told, told.watch(by_rank).visits))
        assert any(sentence in each for each in verdict(found).against) is by_rank


def test_what_hardly_anybody_passes_is_told_unsurely() -> None:
    """A busy stage beside the way that nearly all items take."""
    told = case("one slow stage", 3)
    visits = told.watch().visits
    last = max(visit.item for visit in visits)
    ended = sum(visit.stage == "Done" for visit in visits)
    past = tuple(Visit(last + 1 + n, "Done", 1.0 + n * 180 / (5 * ended)) for n in range(5 * ended))
    found = judge(*watch_of(told, tuple(sorted((*visits, *past), key=lambda v: v.at))))
    assert found.named and found.confidence <= 0.5 < found.chance
    heading = verdict(found).heading
    assert heading.endswith("may limit the flow, though most of what finishes is never there")


def test_what_is_hardly_used_is_told_unsurely() -> None:
    found = judged("one slow stage", 3)
    fits = tuple(replace(each, used=each.used / 3) for each in found.fits)
    unused = replace(found, fits=fits)
    assert found.confidence > 0.9 and unused.confidence == 0.5
    assert verdict(unused).heading.endswith("may limit the flow, though hardly used")
