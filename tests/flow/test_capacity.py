"""Capacity of teams by hand: the check values of the definitions."""

from __future__ import annotations

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
        *((5, 0.5, 0.22), (5, 0.8, 1.73), (5, 0.85, 2.68), (5, 0.9, 4.63), (5, 0.95, 10.58)),
    ],
)
def test_a_team_waits_as_the_formula_says(people: int, utilisation: float, days: float) -> None:
    load = Load(arrivals=utilisation * people / 3.0, work=3.0, people=people)
    assert load.utilisation == pytest.approx(utilisation)
    assert load.wait == pytest.approx(days, abs=0.0051)
    # A third of each person's time: three times as many people for the same.
    same = Load(utilisation * people / 3.0, 3.0, 3 * people, focus=1 / 3)
    assert same.wait == pytest.approx(load.wait)


def test_where_more_arrives_than_passes_the_queue_grows() -> None:
    load = Load(arrivals=2.0, work=3.0, people=5.0)
    assert load.utilisation == pytest.approx(1.2) and load.wait == inf
    assert load.growth == pytest.approx(2.0 - 5 / 3)
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
    assert answer is not None and answer.people == 1.0
    assert answer.pivot is not None and answer.pivot.donor is ops
    # ρ .40 with 6 is .48 with 5; Core goes from .96 to .80.
    assert answer.pivot.giver is not None
    assert answer.pivot.giver.weeks[0].utilisation == pytest.approx(0.48)
    assert answer.pivot.team.weeks[0].utilisation == pytest.approx(0.8)
    assert answer.pivot.donor_loss == pytest.approx(answer.pivot.giver.waiting - ops.waiting)
    assert answer.pivot.total < answer.hire.total and answer.ways[0] is answer.pivot
    # Core's items wait 13.4 days at 96%, 1.73 at 80% with 5: less with 6.
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


def test_one_week_with_few_people_is_no_reason_to_hire() -> None:
    # 75% of five people; in one week there are four, 94%, ...
    team = outlook("Core", 0.75, 5.0)
    short = (*team.weeks[:2], team.weeks[2].with_more(-1.0), *team.weeks[3:])
    # ... but in four weeks 4.75 on average: 3.75 / 4.75 = 79%.
    assert compare_ways(replace(team, weeks=short), []) is None
    # Nobody at all in a week without a working day: it counts nothing.
    days = (5.0, 5.0, 0.0, *(5.0,) * 23)
    gone = (*team.weeks[:2], team.weeks[2].with_more(-5.0), *team.weeks[3:])
    assert compare_ways(replace(team, weeks=gone, working_days=days), []) is None
    # Two of four weeks with three people: 3.75 / 4 = 94%, so 3.75 / .8 = 4.69, 0.75 more.
    fewer = tuple(load.with_more(-2.0 * (n in (2, 3))) for n, load in enumerate(team.weeks))
    answer = compare_ways(replace(team, weeks=fewer), [])
    assert answer is not None and answer.people == 0.75


def test_a_hire_helps_from_its_lead_on_along_the_ramp_and_a_tie_goes_to_the_pivot() -> None:
    team, ops = outlook("Core", 0.96, 5.0), outlook("Ops", 0.4, 6.0)
    answer = compare_ways(team, [ops], lead_weeks=4)
    assert answer is not None
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
    # 60% now, 2% more each week: 85% in week 13, at most 60 + 50 = 110% in week 25.
    team = outlook("Core", 0.6, 5.0, growth=0.02)
    answer = compare_ways(team, [], saturated_in=13)
    assert answer is not None
    assert answer.people == 1.75  # weeks 22 to 25: 1.07 · 5 / .8 = 6.69
    assert compare_ways(team, [], saturated_in=0) is not None  # 84% in week 12
