"""Declaration of sprints. When one starts, takes items and closes is said by events of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vsm.model.entity import Entity, Field
from vsm.model.field_types import (
    DAY,
    FLAG,
    FRACTION,
    MAYBE_MOMENT,
    MOMENT,
    NAME,
    NUMBER,
    REFERENCE,
    TEXT,
    InvalidValue,
    optional_word_type,
    text_of,
    word_type,
)
from vsm.model.sprint import GRACE_MAX, GoalVerdict, Measure, Sprint

_LINE = replace(NAME, read=lambda what, value: " ".join(text_of(what, str(value or "")).split()))


def _read_grace(what: str, value: Any) -> float:
    number = NUMBER.read(what, value) or 0.0
    if number > GRACE_MAX:
        raise InvalidValue(f"{what}: {value!r:.40} is too long", f"give 0 to {GRACE_MAX} hours")
    return float(number)


_HOURS = replace(NUMBER, value=float, read=_read_grace, nullable=False)

SPRINT = Entity(
    name="sprint",
    type=Sprint,
    since=13,
    key="number",
    title="name",
    fields=(
        Field(
            name="number", type=replace(NAME, published=int), fixed=True, label="No.", heading="NO."
        ),
        Field(name="name", type=NAME, what="the sprint's name", heading="SPRINT"),
        Field(
            name="only",
            type=REFERENCE,
            refers_to="stream",
            public="stream",
            fixed=True,
            what="the stream",
        ),
        Field(
            name="team",
            type=REFERENCE,
            default=None,
            refers_to="team",
            help="Team whose calendar counts.",
            nothing="none",
        ),
        Field(name="goal", type=_LINE, default="", help="What it is for, in one sentence."),
        Field(name="planned_start", type=DAY, what="the first day", public="start"),
        Field(name="planned_end", type=DAY, what="the last day", public="end"),
        Field(
            name="measure",
            type=word_type(Measure),
            default=Measure.POINTS.value,
            help=f"What it is counted in: {', '.join(Measure)}.",
        ),
        Field(
            name="capacity_days",
            type=NUMBER,
            default=None,
            what="the capacity",
            public="team_days",
            label="Team-days",
            help="Days of work in it, all people together.",
        ),
        Field(
            name="focus",
            type=FRACTION,
            default=1.0,
            help="Share of the team-days that goes into the sprint.",
        ),
        Field(
            name="grace",
            type=_HOURS,
            default=0.0,
            what="the grace",
            help="Hours after the start in which changes of scope still belong to the commitment.",
        ),
        Field(name="planned_at", type=MOMENT, default=0, fixed=True),
        Field(name="started_at", type=MAYBE_MOMENT, default=None),
        Field(name="closed_at", type=MAYBE_MOMENT, default=None),
        Field(name="cancelled", type=FLAG, default=False),
        Field(name="goal_met", type=optional_word_type(GoalVerdict), default=None),
        Field(name="goal_note", type=TEXT, default=""),
        Field(name="source_id", type=_LINE, default="", fixed=True),
    ),
    kinds=("sprint_planned", "sprint_changed", "sprint_removed"),
    added="planned the sprint {name}",
    changed="changed the sprint",
    removed="removed the sprint {name}",
    in_use=("has items", "remove them first, or cancel it: vsm sprint cancel NO"),
    used_by=(("sprint_member", "sprint"), ("sprint_commitment", "sprint")),
    beside="name",
    add_usage="vsm sprint plan NAME",
    is_on_screen=False,
    has_noun=False,
    is_numbered=True,
)

LIFE = ("planned_at", "started_at", "closed_at", "cancelled", "goal_met", "goal_note", "source_id")
"""Fields that only starting, closing and judging change."""

SPRINTS: tuple[Entity[Any], ...] = (SPRINT,)
"""All of them."""
