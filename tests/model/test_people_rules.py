"""Rules on allocations, absences, interactions and hires, and what undo makes of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.model.conftest import Board
from vsm.model import command as c
from vsm.model.allocation import Absence, Allocation, Hire
from vsm.model.entities import MEMBER, TEAM
from vsm.model.entity import Entity
from vsm.model.errors import RefusalCode
from vsm.model.people_entities import ABSENCE, ALLOCATION, HIRE, INTERACTION
from vsm.model.rules import to_micros
from vsm.session import ChangeGroup, Session

CORE, RISK, VAULT = 1, 2, 3
ANNA, BEN = 1, 2


@pytest.fixture
def org(board: Board) -> Board:
    """Three teams; anna is in the first, ben in the first and the second."""
    board.at = to_micros(datetime(2026, 11, 29, 8, tzinfo=UTC))
    board.done(*[c.AddEntity(TEAM, {"name": name}) for name in ("Core", "Risk", "Vault")])
    board.done(
        c.AddEntity(MEMBER, {"login": "anna", "name": "Anna Kern", "teams": (CORE,)}),
        c.AddEntity(MEMBER, {"login": "ben", "teams": (CORE, RISK)}),
    )
    return board


def allocate(
    team: int, fraction: object, start: str, end: str | None = None, **more: object
) -> c.AddEntity:
    values = {"member": ANNA, "team": team, "fraction": fraction, "start": start, "end": end}
    return c.AddEntity(ALLOCATION, {**values, **more})


def away(start: str, end: str, **more: object) -> c.AddEntity:
    return c.AddEntity(ABSENCE, {"member": ANNA, "start": start, "end": end, **more})


def spans(org: Board) -> list[tuple[int, float, str, str | None]]:
    return [(a.team, a.fraction, a.start, a.end) for a in org.read.entities(ALLOCATION)]


def absences(org: Board) -> list[tuple[str, str, str]]:
    return [(a.start, a.end, a.absence_kind) for a in org.read.entities(ABSENCE)]


# -- allocations ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "fraction"),
    [
        (0.5, 0.5),
        ("0.5", 0.5),
        ("0,5", 0.5),
        ("50%", 0.5),
        ("1/2", 0.5),
        ("½", 0.5),
        ("1", 1.0),
        ("100%", 1.0),
    ],
)
def test_fractions_are_read_in_all_forms(org: Board, text: object, fraction: float) -> None:
    org.done(allocate(CORE, text, "2026-12-01"))
    assert spans(org) == [(CORE, fraction, "2026-12-01", None)]


@pytest.mark.parametrize("text", ["0", "1.5", "half", "", "-1", "150%", "1/0", "nan", "inf", None])
def test_other_fractions_are_refused_with_the_forms(org: Board, text: object) -> None:
    refused = org.refused(allocate(CORE, text, "2026-12-01"))
    assert refused.code is RefusalCode.INVALID
    assert "is no fraction" in refused.message
    assert refused.remedy == "give more than 0 and at most 1: 0.5, 50% or 1/2"


def test_the_history_names_of_an_allocation_the_team_alone(org: Board) -> None:
    assert org.done(allocate(CORE, 0.5, "2026-12-01")).label == "set an allocation in Core"
    changed = org.done(
        c.ChangeEntity(ALLOCATION, 1, {"fraction": 0.75, "end": "2027-01-31", "skills": "pci, Go"})
    )
    assert changed.label == "changed the allocation 1: fraction, to, skills"
    ramp = org.done(c.ChangeEntity(ALLOCATION, 1, {"ramp_weeks": 4, "ramp_start": "50%"}))
    assert ramp.label == "changed the allocation 1: weeks of the ramp, beginning of the ramp"
    assert org.read.entities(ALLOCATION)[0].skills == ("Go", "pci")
    removed = org.done(c.RemoveEntity(ALLOCATION, 1))
    assert removed.label == "removed an allocation in Core"
    assert isinstance(org.anna.undo(), ChangeGroup) and len(spans(org)) == 1


def test_a_last_day_before_the_first_is_refused(org: Board) -> None:
    refused = org.refused(allocate(CORE, 1, "2026-12-02", "2026-12-01"))
    assert refused.message == "2026-12-01 is before 2026-12-02"
    org.done(allocate(CORE, 1, "2026-12-02"))
    assert "is before" in org.refused(c.ChangeEntity(ALLOCATION, 1, {"end": "2026-12-01"})).message
    assert "is before" in org.refused(away("2026-12-02", "2026-12-01")).message


def test_a_member_or_team_has_to_be_named(org: Board) -> None:
    values = {"team": CORE, "fraction": 1, "start": "2026-12-01"}
    refused = org.refused(c.AddEntity(ALLOCATION, values))
    assert refused.message == "an allocation needs a member"
    assert "one of them" in org.refused(away("2026-12-01", "2026-12-01", member=None)).remedy
    assert "one of them" in org.refused(away("2026-12-01", "2026-12-01", team=CORE)).remedy


def test_more_than_one_person_is_refused_with_the_rows_and_recorded_on_purpose(org: Board) -> None:
    org.done(allocate(CORE, 0.6, "2026-12-01"), allocate(RISK, 0.3, "2027-02-01", "2027-03-31"))
    org.done(allocate(VAULT, 0.4, "2026-12-01", "2027-01-31"))  # 1.0 until Risk begins
    refused = org.refused(allocate(VAULT, 0.2, "2027-02-01"))
    assert refused.code is RefusalCode.STATE
    assert refused.message == (
        "anna would be 110% of a person on 2027-02-01, with no. 1: Core 60% from 2026-12-01;"
        " no. 2: Risk 30% from 2027-02-01 to 2027-03-31"
    )
    assert refused.remedy == (
        "give less, end one of these (vsm team allocate end NO), or record it as an overrun:"
        " --over, or Overrun in the form"
    )
    org.done(allocate(VAULT, 0.2, "2027-02-01", is_over=True))
    assert [a.is_over for a in org.read.entities(ALLOCATION)] == [False, False, False, True]
    org.done(c.ChangeEntity(ALLOCATION, 1, {"fraction": 0.4}))  # less is never refused
    assert org.refused(c.ChangeEntity(ALLOCATION, 1, {"fraction": 0.9})).code is RefusalCode.STATE
    org.done(c.ChangeEntity(ALLOCATION, 4, {"end": "2027-06-30"}))
    assert not org.read.entities(ALLOCATION)[3].is_over


def test_parts_of_a_person_add_up_to_one(org: Board) -> None:
    org.done(*[c.AddEntity(TEAM, {"name": f"T{n}"}) for n in range(4, 7)])
    for team in range(1, 7):
        org.done(allocate(team, "1/6", "2026-12-01"))
    refused = org.refused(c.ChangeEntity(ALLOCATION, 6, {"fraction": "17%"}))
    assert "would be 100.334% of a person" in refused.message


def test_an_overrun_that_is_none_is_recorded_as_none(org: Board) -> None:
    org.done(allocate(CORE, 0.5, "2026-12-01", is_over=True))
    assert not org.read.entities(ALLOCATION)[0].is_over


def test_a_new_allocation_takes_the_place_of_an_earlier_one_to_the_same_team(org: Board) -> None:
    org.done(allocate(CORE, 0.8, "2026-01-01"))
    org.done(allocate(CORE, 0.5, "2027-01-01", "2027-03-31"))
    assert spans(org) == [
        (CORE, 0.8, "2026-01-01", "2026-12-31"),
        (CORE, 0.5, "2027-01-01", "2027-03-31"),
        (CORE, 0.8, "2027-04-01", None),
    ]
    assert isinstance(org.anna.undo(), ChangeGroup)
    assert spans(org) == [(CORE, 0.8, "2026-01-01", None)]
    org.done(allocate(CORE, 1, "2026-01-01"))
    assert spans(org) == [(CORE, 1.0, "2026-01-01", None)]
    org.done(allocate(CORE, 0.2, "2025-12-01", "2026-01-31"))
    assert sorted(spans(org)) == [
        (CORE, 0.2, "2025-12-01", "2026-01-31"),
        (CORE, 1.0, "2026-02-01", None),
    ]


def test_somebody_new_in_a_team_ramps_up(org: Board) -> None:
    org.done(allocate(CORE, 0.5, "2026-12-01"), allocate(RISK, 0.5, "2026-12-01"))
    org.done(allocate(VAULT, 0.5, "2026-12-01", "2026-12-31", ramp_weeks=0, is_over=True))
    org.done(allocate(RISK, 0.4, "2027-03-01"))  # again in the same team
    assert [a.ramp_weeks for a in org.read.entities(ALLOCATION)] == [0, 8, 0, 0]


def test_a_ramp_goes_on_where_the_fraction_changes(org: Board) -> None:
    org.done(allocate(VAULT, 0.5, "2026-12-01"))
    org.done(allocate(VAULT, 0.8, "2026-12-15", "2026-12-28"))
    ramps = [(a.start, a.ramp_weeks, a.ramp_start) for a in org.read.entities(ALLOCATION)]
    # 0.3 + 0.7 · 2 / 8 after two of eight weeks, 0.65 after four.
    assert sorted(ramps) == [
        ("2026-12-01", 8, 0.3),
        ("2026-12-15", 6, 0.475),
        ("2026-12-29", 4, 0.65),
    ]
    # One that begins later than planned goes on as from its first day.
    org.done(allocate(RISK, 0.2, "2027-01-01", member=BEN, ramp_weeks=8))
    org.done(allocate(RISK, 0.1, "2026-12-01", "2027-01-31", member=BEN))
    later = [a for a in org.read.entities(ALLOCATION) if a.start == "2027-02-01"]
    assert [(a.ramp_weeks, a.ramp_start) for a in later] == [(4, 0.65)]


# -- absences ------------------------------------------------------------------------------


def test_overlapping_absences_merge(org: Board) -> None:
    label = org.done(away("2026-12-24", "2026-12-27")).label
    assert label == "recorded an absence of Anna Kern, 2026-12-24 to 2026-12-27"
    org.done(away("2026-12-30", "2027-01-02"), away("2027-02-01", "2027-02-05"))
    merged = org.done(away("2026-12-27", "2026-12-31"))
    assert "changed the absence 1: to 2026-12-27 → 2027-01-02" in merged.label
    assert absences(org) == [
        ("2026-12-24", "2027-01-02", "leave"),
        ("2027-02-01", "2027-02-05", "leave"),
    ]
    inside = org.refused(away("2026-12-25", "2026-12-26"))
    assert inside.message == "anna is away already from 2026-12-24 to 2027-01-02"
    org.done(c.ChangeEntity(ABSENCE, 3, {"start": "2027-01-01", "absence_kind": "training"}))
    assert absences(org) == [("2026-12-24", "2027-02-05", "other")]
    assert isinstance(org.anna.undo(), ChangeGroup) and len(absences(org)) == 2


def test_absences_of_another_fraction_or_team_do_not_merge(org: Board) -> None:
    org.done(away("2026-12-24", "2026-12-27"), away("2026-12-24", "2026-12-27", fraction="1/2"))
    org.done(away("2026-12-24", "2026-12-27", member=None, team=CORE))
    org.done(away("2026-12-24", "2026-12-27", member=BEN))
    assert len(absences(org)) == 4


def test_an_absence_without_a_last_day_is_of_one_day(org: Board) -> None:
    org.done(c.AddEntity(ABSENCE, {"member": ANNA, "start": "2026-12-24"}))
    assert absences(org) == [("2026-12-24", "2026-12-24", "leave")]


def test_sickness_is_recorded_as_other_unless_all_teams_of_the_member_allow_it(org: Board) -> None:
    org.done(away("2026-12-01", "2026-12-02", absence_kind="sick"))
    org.done(c.ChangeEntity(TEAM, CORE, {"sickness": "recorded"}))
    org.done(away("2026-12-03", "2026-12-04", absence_kind="sick"))
    org.done(away("2026-12-05", "2026-12-06", absence_kind="sick", member=BEN))
    org.done(c.ChangeEntity(ABSENCE, 3, {"absence_kind": "training"}))
    org.done(c.ChangeEntity(ABSENCE, 3, {"absence_kind": "sick"}))
    assert [kind for _, _, kind in absences(org)] == ["other", "sick", "other"]
    changed = org.done(c.ChangeEntity(ABSENCE, 2, {"absence_kind": "leave"}))
    assert changed.label == "changed the absence 2: kind"


# -- interactions and hires -------------------------------------------------------------------


def test_interactions_begin_today_and_are_between_two_teams(org: Board) -> None:
    values = {"team": CORE, "other": VAULT, "mode": "collaboration", "until": "2027-03-01"}
    label = org.done(c.AddEntity(INTERACTION, values)).label
    assert label == "recorded that Core and Vault interact (collaboration)"
    (interaction,) = org.read.entities(INTERACTION)
    assert interaction.start == "2026-11-29"
    assert not interaction.is_overdue("2027-03-01") and interaction.is_overdue("2027-03-02")
    org.done(c.ChangeEntity(INTERACTION, 1, {"ended": "2027-02-26"}))
    assert not org.read.entities(INTERACTION)[0].is_overdue("2027-03-02")
    assert "itself" in org.refused(c.AddEntity(INTERACTION, {**values, "other": CORE})).message
    early = org.refused(c.AddEntity(INTERACTION, {**values, "until": "2026-11-01"}))
    assert early.message == "2026-11-01 is before 2026-11-29"
    mode = org.refused(c.AddEntity(INTERACTION, {**values, "mode": "chat"}))
    assert mode.message == "'chat' is no mode"


def test_a_hire_gets_its_first_day_with_the_signature_and_is_a_member_then(org: Board) -> None:
    org.done(c.AddEntity(HIRE, {"team": VAULT, "lead_weeks": 12, "skills": "go"}))
    assert org.read.entities(HIRE)[0] == Hire(1, "1", VAULT, skills=("go",), lead_weeks=12)
    org.done(c.ChangeEntity(HIRE, 1, {"state": "signed"}))
    assert org.read.entities(HIRE)[0].start == "2027-02-21"
    refused = org.refused(c.ChangeEntity(HIRE, 1, {"state": "started"}))
    assert refused.message == "a hire that has started is a member"
    org.done(c.AddEntity(MEMBER, {"login": "cleo", "teams": (VAULT,)}))
    org.done(c.ChangeEntity(HIRE, 1, {"state": "started", "member": 3}))
    assert org.read.entities(ALLOCATION) == [
        Allocation(1, "1", 3, VAULT, 1.0, "2027-02-21", None, ("go",), 8, 0.3, False)
    ]
    assert isinstance(org.anna.undo(), ChangeGroup)
    assert not spans(org) and org.read.entities(HIRE)[0].state == "signed"
    no_day = org.refused(c.AddEntity(HIRE, {"team": CORE, "state": "signed"}))
    assert no_day.message == "a hire that has signed needs its first day"


# -- what refers to members and teams ----------------------------------------------------------


def test_members_and_teams_that_plans_refer_to_are_not_removed(org: Board) -> None:
    org.done(allocate(VAULT, 0.5, "2026-12-01"))
    held: list[tuple[Entity[object], int]] = [(MEMBER, ANNA), (TEAM, VAULT)]
    for entity, number in held:
        assert org.refused(c.RemoveEntity(entity, number)).code is RefusalCode.IN_USE


def test_an_absence_read_back_is_what_was_recorded(org: Board) -> None:
    org.done(away("2026-12-24", "2027-01-01", absence_kind="training", fraction=0.5))
    assert org.read.entities(ABSENCE) == [
        Absence(1, "1", ANNA, None, "2026-12-24", "2027-01-01", "training", 0.5)
    ]


def test_two_people_see_what_the_other_recorded(org: Board) -> None:
    ben = Session(org.path, actor="ben", clock=lambda: org.at)
    ben.do(allocate(CORE, 0.5, "2026-12-01"))
    refused = org.refused(allocate(RISK, 0.6, "2026-12-01"))
    assert "no. 1: Core 50%" in refused.message
    ben.close()
