"""Capacity of teams by hand: the check values of the definitions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from math import inf

import pytest

from vsm.features.capacity.load import Load, smallest_addition, waiting_item_days
from vsm.features.capacity.pivot_or_hire import (
    Outlook,
    compare_ways,
    has_room,
    productive_week,
)
from vsm.flow.queueing import mean_wait


@pytest.mark.parametrize(
    ("people", "utilisation", "days"),
    [
        *((1, 0.5, 3.0), (1, 0.8, 12.0), (1, 0.85, 17.0), (1, 0.9, 27.0), (1, 0.95, 57.0)),
        *((5, 0.5, 0.16), (5, 0.8, 1.66), (5, 0.85, 2.62), (5, 0.9, 4.57), (5, 0.95, 10.53)),
    ],
)
def test_a_team_waits_as_the_formula_says(people: int, utilisation: float, days: float) -> None:
    load = Load(arrivals=utilisation * people / 3.0, work=3.0, people=people)
    assert load.utilisation == pytest.approx(utilisation)
    assert load.wait == pytest.approx(days, abs=0.0051)
    # A third of each person's time: three times as many people for the same.
    same = Load(utilisation * people / 3.0, 3.0, 3 * people, focus=1 / 3)
    assert same.wait == pytest.approx(load.wait)


def test_where_more_arrives_than_passes_no_wait_is_long_enough() -> None:
    load = Load(arrivals=2.0, work=3.0, people=5.0)
    assert load.utilisation == pytest.approx(1.2) and load.wait == inf
    assert Load(1.0, 3.0, 0.0).utilisation == inf and Load(0.0, 3.0, 0.0).utilisation == 0.0


def test_the_fewest_people_are_counted_in_quarters() -> None:
    load = Load(arrivals=1.6, work=3.0, people=5.0)
    assert load.utilisation == pytest.approx(0.96)
    assert smallest_addition([load]) == 1.0
    assert load.with_more(1.0).utilisation == pytest.approx(0.8)
    # The week with the fewest people decides; nothing is lacking at 80% or less.
    assert smallest_addition([load, load.with_more(-0.1)]) == 1.25
    assert smallest_addition([load.with_more(1.0)]) == 0.0 and smallest_addition([]) == 0.0
    # Each person counts for half a slot.
    assert smallest_addition([Load(1.6, 3.0, 10.0, focus=0.5)]) == 2.0


def test_item_days_of_waiting_are_those_of_the_formula_or_of_the_queue_that_grew() -> None:
    calm = Load(arrivals=0.8 / 3, work=3.0, people=1.0)
    # 12 days of waiting for 0.267 items a day: 3.2 items wait, over 5 days.
    assert waiting_item_days([calm], [5.0]) == pytest.approx(0.8 / 3 * 12 * 5)
    # One item a day more than passes: 5 after a week, 10 after two.
    more = Load(arrivals=20.0, work=1.0, people=19.0, variation=0.0)
    assert waiting_item_days([more, more], [5.0, 5.0]) == pytest.approx(5 * 2.5 + 5 * 7.5)
    # Nobody there: everything that arrives waits. No days, no waiting.
    gone = Load(arrivals=2.0, work=1.0, people=0.0)
    assert waiting_item_days([gone], [5.0]) == pytest.approx(25.0)
    assert waiting_item_days([gone], [0.0]) == 0.0 == waiting_item_days([], [])


def outlook(
    name: str, utilisation: float, people: float, growth: float = 0.0, skills: str = ""
) -> Outlook:
    """A team whose visits take 3 days, over 26 weeks of 5 days."""
    weeks = tuple(
        Load((utilisation + growth * week) * people / 3.0, 3.0, people) for week in range(26)
    )
    return Outlook(len(name), name, weeks, (5.0,) * 26, frozenset(skills.split()))


def test_a_pivot_takes_the_people_from_the_team_that_loses_least() -> None:
    team = outlook("Core", 0.96, 5.0)
    ops, data, busy = outlook("Ops", 0.4, 6.0), outlook("Data", 0.5, 6.0), outlook("Web", 0.7, 6.0)
    answer = compare_ways(team, [data, ops, busy])
    assert answer is not None and answer.pivot is not None and answer.hire is not None
    assert answer.pivot.people == answer.hire.people == 1.0 and answer.pivot.donor is ops
    # ρ .40 with 6 is .48 with 5; Core goes from .96 to .80.
    assert answer.pivot.giver is not None
    assert answer.pivot.giver.weeks[0].utilisation == pytest.approx(0.48)
    assert answer.pivot.team.weeks[0].utilisation == pytest.approx(0.8)
    assert answer.pivot.donor_loss == pytest.approx(answer.pivot.giver.waiting - ops.waiting)
    assert answer.pivot.total < answer.hire.total and answer.ways[0] is answer.pivot
    # Core's items wait 13.4 days at 96%, 1.66 at 80% with 5: less with 6.
    assert answer.before.mean_wait == pytest.approx(mean_wait(5, 0.96, 3.0))
    assert answer.pivot.team.mean_wait == pytest.approx(mean_wait(6, 0.8, 3.0))


def test_a_donor_has_room_the_skills_and_limits_no_stream() -> None:
    team = outlook("Core", 0.96, 5.0)
    assert compare_ways(outlook("Calm", 0.8, 5.0), [team]) is None
    tight = outlook("Ops", 0.59, 3.0)  # .59 · 3 / 2 = .885 after giving
    answer = compare_ways(team, [tight])
    assert answer is not None and answer.pivot is None and answer.ways == (answer.hire,)
    go, cobol = outlook("Go", 0.3, 6.0, skills="go pci"), outlook("Cobol", 0.2, 6.0, skills="cobol")
    answer = compare_ways(team, [go, cobol], frozenset({"go"}))
    assert answer is not None and answer.pivot is not None and answer.pivot.donor is go
    assert answer.without_skills == ("Cobol",)
    assert not has_room(replace(go, is_constraint=True), 1.0)
    # Its own load grows: 30% now, 92% before the 26 weeks are over.
    assert not has_room(outlook("Grows", 0.3, 6.0, growth=0.02), 1.0)


def fewer_in(team: Outlook, weeks: Iterable[int], people: float) -> Outlook:
    """The team with so many people fewer in some weeks."""
    loads = tuple(
        load.with_more(-people if n in weeks else 0.0) for n, load in enumerate(team.weeks)
    )
    return replace(team, weeks=loads)


def test_leave_of_under_four_weeks_sizes_nothing() -> None:
    # 75% of five people. One week with one person is 94% over four weeks, three with three 125%
    # each: yet the fourth is calm.
    team = outlook("Core", 0.75, 5.0)
    assert compare_ways(fewer_in(team, {2}, 4.0), []) is None
    assert compare_ways(fewer_in(team, {0, 1, 2}, 2.0), []) is None
    assert compare_ways(fewer_in(team, {2, 3, 6, 7}, 2.0), []) is None
    # A week without a working day counts nothing, and does not part the weeks around it.
    days = (5.0, 5.0, 5.0, 0.0, *(5.0,) * 22)
    gone = replace(fewer_in(team, {1, 2, 4, 5}, 1.0), working_days=days)
    assert compare_ways(gone, [], lead_weeks=13) is not None
    # Four weeks with four people, 93.75%: 3.75 / .8 = 4.69, 0.75 more.
    donor = outlook("Ops", 0.3, 6.0)
    answer = compare_ways(fewer_in(team, {2, 3, 4, 5}, 1.0), [donor])
    assert answer is not None and answer.pivot is not None and answer.pivot.people == 0.75


def test_each_way_is_sized_by_the_weeks_that_it_can_change() -> None:
    # 4.4 slots are busy. Three people are there until week 12, five from then on: 147%, then 88%.
    team = fewer_in(outlook("Core", 0.88, 5.0), range(12), 2.0)
    team = replace(team, beyond=tuple((load, 5.0) for load in team.weeks[-11:]))
    donor = outlook("Ops", 0.2, 9.0)
    answer = compare_ways(team, [donor], lead_weeks=13)
    assert answer is not None and answer.pivot is not None and answer.hire is not None
    assert answer.pivot.people == 2.5, "4.4 / .8 = 5.5 from now on"
    assert answer.hire.people == 0.5, "the same 5.5, from week 21 on"
    # Leave at the beginning is over before a hire could help: nobody is hired for it.
    calm = fewer_in(outlook("Core", 0.75, 5.0), range(5), 2.0)
    answer = compare_ways(calm, [donor])
    assert answer is not None and answer.hire is None
    assert [way.people for way in answer.ways] == [1.75], "3.75 / .8 = 4.69"
    assert compare_ways(calm, []) is not None
    # A hire is sized by the weeks beyond those ahead, too: six people's work from week 26 on.
    later = Load(2.0, 3.0, 5.0)
    grown = replace(outlook("Core", 0.75, 5.0), beyond=((later, 5.0),) * 12)
    answer = compare_ways(grown, [donor])
    assert answer is not None and answer.pivot is None and answer.hire is not None
    assert answer.hire.people == 2.5, "6 / .8 = 7.5"


def test_a_donor_gives_what_others_have_left() -> None:
    team, ops = outlook("Core", 0.96, 5.0), outlook("Ops", 0.4, 6.0)
    answer = compare_ways(team, [ops], lent={"Ops": 1.0})
    assert answer is not None and answer.pivot is not None
    # 40% of 6 is 2.4 people: 48% with 5, 60% with 4.
    assert answer.pivot.donor is not None and answer.pivot.giver is not None
    assert answer.pivot.donor.used_now == pytest.approx(0.48)
    assert answer.pivot.giver.used_now == pytest.approx(0.6)
    # With 2.0 given it is used by 60%: it gives nobody more, another team does.
    answer = compare_ways(team, [ops], lent={"Ops": 2.0})
    assert answer is not None and answer.pivot is None and answer.given_away == ("Ops",)
    other = outlook("Data", 0.5, 6.0)
    answer = compare_ways(team, [ops, other], lent={"Ops": 2.0})
    assert answer is not None and answer.pivot is not None and answer.pivot.donor is not None
    assert answer.pivot.donor.name == "Data"


def test_used_now_is_by_the_load_of_today_not_of_the_trend() -> None:
    # 66% in the present week along the trend, 55% by the last 12 weeks.
    donor = replace(outlook("Ops", 0.66, 9.0), now=Load(0.55 * 3, 3.0, 9.0))
    assert donor.used_now == pytest.approx(0.55) and has_room(donor, 1.0)
    assert donor.with_more(-1.0).used_now == pytest.approx(0.55 * 9 / 8)


def test_a_hire_helps_from_its_lead_on_along_the_ramp_and_a_tie_goes_to_the_pivot() -> None:
    team, ops = outlook("Core", 0.96, 5.0), outlook("Ops", 0.4, 6.0)
    answer = compare_ways(team, [ops], lead_weeks=4)
    assert answer is not None and answer.hire is not None
    people = [load.people for load in answer.hire.team.weeks]
    assert people[:4] == [5.0] * 4 and sum(people[4:12]) == pytest.approx(40 + 8 * 0.65)
    assert people[4] == pytest.approx(5.34375) and people[12:] == [6.0] * 14
    assert productive_week(answer.hire) == 12 and answer.hire.lead_weeks == 4
    # At once and without a ramp a hire costs no donor anything, yet by less than a tenth.
    at_once = replace(answer.hire, total=answer.pivot.total * 0.95 if answer.pivot else 0)
    assert replace(answer, hire=at_once).ways[0] is answer.pivot
    better = replace(answer.hire, total=answer.pivot.total * 0.85 if answer.pivot else 0)
    assert replace(answer, hire=better).ways[0] is better


def test_people_are_needed_from_the_saturation_on() -> None:
    # 60% now, 2% more each week: 86% in week 13, 60 + 50 = 110% in week 25.
    team, donor = outlook("Core", 0.6, 5.0, growth=0.02), outlook("Ops", 0.1, 20.0)
    team = replace(team, beyond=((Load(1.1 * 5 / 3, 3.0, 5.0), 5.0),) * 12)
    answer = compare_ways(team, [donor], saturated_in=13)
    assert answer is not None and answer.pivot is not None
    assert answer.pivot.people == 2.0  # 1.1 · 5 / .8 = 6.875
    # In the 13 weeks from now on at most 60 + 24 = 84%: 5.25.
    answer = compare_ways(team, [donor], saturated_in=0)
    assert answer is not None and answer.pivot is not None and answer.pivot.people == 0.25
