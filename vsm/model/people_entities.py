"""Declarations of what decides how many people a team has: allocations, absences, hires."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from vsm.model.allocation import (
    RAMP_START,
    RAMP_WEEKS,
    Absence,
    AbsenceKind,
    Allocation,
    Hire,
    HireState,
    Interaction,
    InteractionMode,
)
from vsm.model.entity import NUMBER_FIELD, Entity, Field
from vsm.model.field_types import (
    DATE,
    DAY,
    FLAG,
    FRACTION,
    REFERENCE,
    SKILLS,
    TEXT,
    WEEKS,
    word_type,
)
from vsm.model.plural import count

_MEMBER = Field(name="member", type=REFERENCE, refers_to="member", fixed=True, hint="a login")
_TEAM = Field(name="team", type=REFERENCE, refers_to="team", fixed=True)
_START = Field(
    name="start",
    type=DAY,
    public="from",
    what="the first day",
    help="First day (mon, +7d, 2026-12-01).",
    hint="2026-12-01",
)
_END = Field(
    name="end",
    type=DATE,
    default=None,
    public="to",
    what="the last day",
    help="Last day; none: for good.",
    hint="2027-03-31",
    nothing="open",
)
_SKILLS = Field(
    name="skills",
    type=SKILLS,
    default=(),
    help="Skills that the team gets, with commas.",
    hint="go, payments",
)
_RAMP_WEEKS = Field(
    name="ramp_weeks",
    type=WEEKS,
    default=None,
    label="Ramp weeks",
    what="the weeks of the ramp",
    help="Weeks until somebody new counts whole; 0: at once.",
    hint="0 counts whole at once; 8 where somebody is new in the team",
)
_RAMP_START = Field(
    name="ramp_start",
    type=FRACTION,
    default=RAMP_START,
    label="Ramp from",
    what="the beginning of the ramp",
    help="Share that somebody new counts for at first.",
)

ALLOCATION = Entity(
    name="allocation",
    type=Allocation,
    since=10,
    key="number",
    title="number",
    fields=(
        NUMBER_FIELD,
        _MEMBER,
        _TEAM,
        Field(
            name="fraction",
            type=FRACTION,
            what="the fraction",
            help="Part of the member's time: 0.5, 50% or 1/2.",
            hint="0.5, 50% or 1/2",
            is_private=True,
        ),
        *(
            replace(field, is_private=True)
            for field in (_START, _END, _SKILLS, _RAMP_WEEKS, _RAMP_START)
        ),
        Field(
            name="is_over",
            type=FLAG,
            default=False,
            public="over",
            label="Overrun",
            help="Record it although the member's fractions exceed one person.",
            is_private=True,
        ),
    ),
    kinds=("allocation_set", "allocation_changed", "allocation_removed"),
    added="set an allocation in {team}",
    changed="changed the allocation",
    removed="removed an allocation in {team}",
    add_usage="vsm team allocate TEAM LOGIN 0.5 --from 2026-12-01",
    has_noun=False,
    is_numbered=True,
    about="Seen by coach, PMO, admin and the member. A member without one counts as 1, over all"
    " teams.",
)

ABSENCE = Entity(
    name="absence",
    type=Absence,
    since=10,
    key="number",
    title="number",
    fields=(
        NUMBER_FIELD,
        replace(_MEMBER, default=None, hint="a login; or a team below"),
        replace(_TEAM, default=None, hint="where the whole team is away"),
        _START,
        Field(
            name="end",
            type=DAY,
            derive=lambda values: values["start"],
            public="to",
            what="the last day",
            help="Last day, included [default: the first].",
            hint="2027-01-01",
            nothing="the first day",
        ),
        Field(
            name="absence_kind",
            type=word_type(AbsenceKind),
            default=AbsenceKind.LEAVE.value,
            public="kind",
            what="kind of absence",
            help="Why; others than the team do not see it.",
            is_private=True,
        ),
        Field(
            name="fraction",
            type=FRACTION,
            default=1.0,
            what="the fraction",
            help="Part of each day: 0.5, 50% or 1/2.",
            hint="1: whole days",
        ),
    ),
    kinds=("absence_recorded", "absence_changed", "absence_removed"),
    added="recorded an absence of {member}{team}, {start} to {end}",
    removed="removed an absence of {member}{team}, {start} to {end}",
    add_usage="vsm team absence LOGIN 2026-12-24..2027-01-01",
    has_noun=False,
    is_numbered=True,
    about="Only the own team, coach, PMO and admin see the kind. Sickness is recorded as other.",
)

INTERACTION = Entity(
    name="interaction",
    type=Interaction,
    since=10,
    key="number",
    title="number",
    fields=(
        NUMBER_FIELD,
        _TEAM,
        Field(name="other", type=REFERENCE, refers_to="team", fixed=True, public="with"),
        Field(
            name="mode",
            type=word_type(InteractionMode),
            default=InteractionMode.COLLABORATION.value,
            what="mode",
            help="How the teams work together.",
        ),
        replace(_START, type=DATE, default=None, hint="empty: today"),
        Field(
            name="until",
            type=DATE,
            default=None,
            what="the expected end",
            help="Day on which it is expected to be over.",
            hint="2027-03-01",
        ),
        Field(
            name="ended",
            type=DATE,
            default=None,
            what="the end",
            help="Day on which it was over.",
            hint="empty while it goes on",
        ),
        Field(
            name="purpose",
            type=TEXT,
            default="",
            label="For",
            help="Purpose.",
            hint="such as: token vault",
        ),
    ),
    added="recorded that {team} and {other} interact ({mode})",
    removed="removed the interaction of {team} and {other}",
    add_usage="vsm team interact TEAM OTHER --mode collaboration --until 2027-03-01",
    has_noun=False,
    is_numbered=True,
    about="Collaboration and facilitating should end: an interaction past its day is overdue.",
)

HIRE = Entity(
    name="hire",
    type=Hire,
    since=10,
    key="number",
    title="number",
    fields=(
        NUMBER_FIELD,
        _TEAM,
        Field(
            name="fraction",
            type=FRACTION,
            default=1.0,
            what="the fraction",
            help="Part of a person: 0.5, 50% or 1/2.",
            hint="1: one person",
        ),
        replace(_SKILLS, help="Skills that are looked for, with commas."),
        Field(
            name="need_by",
            type=DATE,
            default=None,
            label="Needed by",
            heading="NEEDED BY",
            what="the day",
            help="Day by which the team needs them.",
            hint="2027-04-01",
        ),
        Field(
            name="lead_weeks",
            type=WEEKS,
            default=None,
            label="Lead weeks",
            heading="LEAD WEEKS",
            what="the lead time",
            help="Weeks from the decision to their first day.",
            hint="weeks until their first day",
        ),
        Field(
            name="start",
            type=DATE,
            default=None,
            label="First day",
            heading="FIRST DAY",
            what="the first day",
            help="First day, once it is known.",
            hint="2027-03-01",
        ),
        Field(
            name="state",
            type=word_type(HireState),
            default=HireState.REQUESTED.value,
            what="state",
            help="How far it has come.",
        ),
        replace(_RAMP_WEEKS, default=RAMP_WEEKS),
        _RAMP_START,
        Field(
            name="member",
            type=REFERENCE,
            default=None,
            refers_to="member",
            help="Login of whoever was hired, once they have started.",
            hint="a login, once they have started",
        ),
    ),
    kinds=("hire_wanted", "hire_changed", "hire_removed"),
    added="recorded a hire in {team} ({state})",
    removed="removed a hire in {team}",
    add_usage="vsm team hire TEAM --need-by 2027-04-01",
    has_noun=False,
    is_numbered=True,
    about="Counts from its first day on once it is signed, along its ramp.",
)

PEOPLE: tuple[Entity[Any], ...] = (ALLOCATION, ABSENCE, INTERACTION, HIRE)
"""All of them."""


def people_plans(team: int, listed: Mapping[str, Iterable[Any]]) -> str:
    """Counts in words what refers to a team, of entities by name: ``2 allocations, 1 hire``."""
    counts = []
    for entity in PEOPLE:
        fields = [field.name for field in entity.fields if field.refers_to == "team"]
        number = sum(any(getattr(o, f) == team for f in fields) for o in listed[entity.name])
        if number:
            counts.append(count(number, entity.label))
    return ", ".join(counts)
