"""The sentences about teams: load, leave, and the ways out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from vsm.features.capacity.report import report
from vsm.features.capacity.results import (
    Basis,
    Capacity,
    Dip,
    Option,
    Saturation,
    TeamCapacity,
    TeamWeek,
    Way,
)
from vsm.features.capacity.text import (
    given_away_text,
    load_text,
    no_hire_text,
    option_text,
    sentences,
    verdict_text,
)
from vsm.report.terminal import draw_text

WEB = TeamCapacity(
    id=1,
    name="Web",
    type=None,
    stages=("Build",),
    people=6.0,
    people_later=6.0,
    slots_per_person=1.93 / 6,
    basis=Basis.MEASURED,
    arrivals=1.28,
    work=1.2,
    utilisation=0.77,
    expected_wait=1.6,
    measured_wait=0.6,
    in_stage=1.3,
    in_work=3.2,
    queue_growth=0.1,
    arrival_variation=1.0,
    work_variation=1.0,
    is_constraint=False,
    weeks=(
        TeamWeek(
            week=date(2026, 11, 23),
            people=6.0,
            arrivals=1.3,
            work=1.2,
            utilisation=0.79,
            wait=1.0,
            planned=True,
            demand=4.7,
        ),
    ),
)
DIP = Dip(week=date(2026, 12, 21), weeks=2, people=4.8, usual_people=5.8, utilisation=0.97)
PIVOT = Option(
    kind=Way.PIVOT,
    donor="Ops",
    delta=1.25,
    wait_before=9.6,
    wait_after=1.9,
    donor_loss=17.2,
    donor_before=0.4,
    donor_after=0.51,
    item_days=355.0,
    productive_from=date(2026, 11, 23),
    why="",
)


def test_slots_are_rounded_and_agree_with_the_items_in_the_stages() -> None:
    assert load_text(WEB) == (
        "The team works on 1.9 items at a time, 0.32 for each person: 77% used by 1.28 visits a day"
        " of 1.2 days. 3.2 are in its stages: the rest waits there or is blocked."
    )
    assert load_text(replace(WEB, in_work=2.1)).endswith("of 1.2 days.")
    text = "\n".join(
        draw_text(report(Capacity(as_of=0, zone="UTC", weeks_ahead=26, teams=(WEB,)), WEB), 100)
    )
    assert "3.2: 1.5 worked on, the rest waits or is blocked" in text
    assert "1.3 days, without blocked time" in text


def test_a_team_of_which_nobody_is_there_today_says_so() -> None:
    for basis in (Basis.SEVERAL, Basis.MEASURED, Basis.ASSUMED):
        nobody = replace(WEB, people=0.0, utilisation=None, expected_wait=None, basis=basis)
        assert load_text(nobody) == (
            "Nobody is there today: all are away, or nobody is in the team any more. 1.28 visits a"
            " day came in the last 12 weeks."
        )
        shown = Capacity(as_of=0, zone="UTC", weeks_ahead=26, teams=(nobody,))
        text = "\n".join(draw_text(report(shown, replace(nobody, text=sentences(nobody))), 100))
        assert "Nobody is there today" in text


def test_a_dip_says_that_it_is_leave_and_ends() -> None:
    team = replace(WEB, dips=(DIP,))
    assert verdict_text(team) == (
        "Leave takes it from 5.8 to 4.8 people in the 2 weeks from 21 Dec 2026 on: 97% used. A dip,"
        " which ends by itself: plan less for it, nobody needs to move."
    )
    assert sentences(team)[-1] == "No lasting saturation is foreseen in 1 week."
    alone = replace(DIP, weeks=1, people=0.0, utilisation=None)
    text = verdict_text(replace(WEB, dips=(alone,)))
    assert "from 5.8 to 0.0 people in the week of 21 Dec 2026: nobody is there." in text
    assert verdict_text(WEB) == ""
    shown = Capacity(as_of=0, zone="UTC", weeks_ahead=26, teams=(team,))
    text = "\n".join(draw_text(report(shown), 100))
    assert "Web: short of people for a few weeks of leave" in text and "dip in wk 4" in text
    assert "saturation ahead" not in text and "No team is saturated, now or in 26 weeks" in text


def test_saturation_by_long_leave_says_so() -> None:
    day = date(2027, 1, 4)
    saturation = Saturation(
        week=day,
        weeks_ahead=6,
        probability=0.7,
        within=0.9,
        earliest=day,
        latest=day,
        growth=0.0,
        by=day,
        odds=0.7,
        why="leave takes it from 6.0 to 4.8 people",
    )
    assert verdict_text(replace(WEB, saturation=saturation)) == (
        "Utilisation reaches 85% around 4 Jan 2027 (70% sure) because leave takes it from 6.0"
        " to 4.8 people."
    )


def test_each_way_says_over_which_weeks() -> None:
    assert option_text(PIVOT, "Web") == (
        "1.25 people from Ops (40% → 51% used now) bring the mean wait of Web over the 26 weeks"
        " ahead from 9.6 to 1.9 d; items of Ops wait 17 item-days longer."
    )
    lent = replace(PIVOT, delta=0.5, lent=1.25, weeks=13)
    assert option_text(lent, "Web", ("Core",)).startswith(
        "Half a person from Ops, besides the 1.25 for Core (40% → 51% used now) brings the mean"
        " wait of Web over the 13 weeks ahead"
    )
    hire = replace(PIVOT, kind=Way.HIRE, donor=None, delta=2.0, productive_from=date(2027, 4, 12))
    assert option_text(hire, "Web") == (
        "Hiring 2 people brings the mean wait of Web over the 26 weeks ahead from 9.6 to 1.9 d; it"
        " counts fully from 12 Apr 2027, and is sized by the 13 weeks from then on."
    )
    assert given_away_text("Ops", ("Core", "Data")) == (
        "Ops is named for Core and Data already, and has nobody more to give."
    )
    assert "counts fully from 12 Apr 2027" in no_hire_text(date(2027, 4, 12))
