"""The declared entities: teams, members, roles, saved views, plans, drafts, allocations …."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vsm.model.allocation import Sickness
from vsm.model.delivery_entities import DELIVERY
from vsm.model.draft import Draft, DraftState
from vsm.model.entity import Entity, Field
from vsm.model.field_types import (
    COUNT,
    DATE,
    DATES,
    DAY,
    KEYS,
    MAYBE_MOMENT,
    MOMENT,
    NAME,
    NUMBER,
    REFERENCE,
    REFERENCES,
    SHARE,
    TEXT,
    WEEKDAYS,
    InvalidValue,
    optional_word_type,
    text_of,
    word_type,
)
from vsm.model.governance_entities import GOVERNANCE
from vsm.model.people_entities import PEOPLE
from vsm.model.pin import Pin, Plan, Question, Source
from vsm.model.portfolio_entities import PORTFOLIO
from vsm.model.query import SavedView
from vsm.model.query_parser import parse
from vsm.model.query_tree import QueryError
from vsm.model.report_entities import REPORTS
from vsm.model.role import Grant, Role
from vsm.model.source_entities import SOURCES
from vsm.model.sprint_entities import SPRINTS
from vsm.model.standard_entities import STANDARDS
from vsm.model.team import INITIALS_MAX, Member, Team, TeamType, initials

TEAM = Entity(
    name="team",
    type=Team,
    since=10,
    fields=(
        Field(name="name", type=NAME, what="the team's name", help="New name."),
        Field(
            name="workdays",
            type=WEEKDAYS,
            default=None,
            what="working days",
            label="Works",
            help="Working days of the team: mon-thu; none: those of the stream.",
            hint="as its stream: mon-thu",
            nothing="as its stream",
        ),
        Field(
            name="holidays",
            type=DATES,
            default=(),
            what="holidays",
            label="Days off",
            help="Days off, with commas and ranges: 2026-05-01,2026-12-24..2026-12-26.",
            hint="besides those of the stream: 2026-12-24..2026-12-26",
        ),
        Field(
            name="type",
            type=optional_word_type(TeamType),
            default=None,
            what="type of team",
            help=f"Type: {', '.join(TeamType)}; none removes it.",
        ),
        Field(
            name="purpose",
            type=TEXT,
            default="",
            help="What the team is there for.",
        ),
        Field(
            name="service_level",
            type=TEXT,
            default="",
            label="Serves",
            help="What others may expect of it: times of answers, hours, how to ask.",
        ),
        Field(
            name="sickness",
            type=word_type(Sickness),
            default=Sickness.AS_OTHER.value,
            what="way to record sickness",
            help="as-other (sickness is recorded as other absence) or recorded.",
        ),
    ),
    added="made the team {name}",
    in_use=("has stages, items, members or plans", "give them to another team first"),
    used_by=(("stage", "team"), ("item", "team")),
    about="Working days are for capacity only: ages and cycle times count every day.",
)


def _read_initials(what: str, value: Any) -> str:
    text = "".join(text_of(what, str(value or ""), 40).split())
    if len(text) > INITIALS_MAX:
        raise InvalidValue(f"{text} is long for initials", f"{INITIALS_MAX} characters at most")
    return text


MEMBER = Entity(
    name="member",
    type=Member,
    since=4,
    key="login",
    beside="name",
    fields=(
        Field(name="login", type=NAME, fixed=True, hint="what items name as owner"),
        Field(
            name="name",
            type=NAME,
            derive=lambda values: values["login"],
            help="Full name [default: the login].",
            hint="such as: Anna Kern",
        ),
        Field(
            name="initials",
            type=replace(NAME, read=_read_initials),
            derive=lambda values: initials(values["name"])[:INITIALS_MAX],
            heading="SIGN",
            help="Up to four characters for cards [default: from the name].",
            nothing="from the name",
        ),
        Field(
            name="teams",
            type=REFERENCES,
            default=(),
            refers_to="team",
            relation="membership",
            help="Team of the member; may be repeated.",
            hint="names with commas between them",
        ),
    ),
    exists=("there is a member {!r}", "change that one: vsm member set"),
    in_use=(
        "has allocations or absences, which past capacity counts",
        "if they have left, end their allocations (vsm team allocate end NO) and take them out of"
        " their teams (vsm member set LOGIN --team none); to take all away: vsm member forget",
    ),
    about="The login is what items name as their owner; cards show the initials.",
)


def _read_filter(what: str, value: Any) -> str:
    text = " ".join(text_of(what, str(value or ""), 1000).split())
    try:
        if not parse(text):
            raise InvalidValue("the filter is empty", "filter the board first, then save it")
    except QueryError as error:
        raise InvalidValue(f"the filter cannot be read: {error}") from None
    return text


_ONLY = Field(
    name="only",
    type=REFERENCE,
    default=None,
    refers_to="stream",
    public="stream",
    nothing="all",
)
"""The stream that something holds in; none: in all."""

VIEW = Entity(
    name="view",
    type=SavedView,
    since=4,
    table="saved_view",
    fields=(
        Field(name="name", type=NAME, fixed=True, what="the view's name", heading="VIEW"),
        Field(name="filter", type=replace(NAME, read=_read_filter)),
        _ONLY,
    ),
    kinds=("view_saved", "view_changed", "view_removed"),
    added="saved the view {name}: {filter}",
    replaces=True,
    beside="filter",
    add_usage="vsm view save NAME FILTER",
    is_on_screen=False,
)

PIN = Entity(
    name="pin",
    type=Pin,
    label="pinned forecast",
    since=10,
    fields=(
        Field(name="name", type=NAME, fixed=True),
        Field(name="question", type=word_type(Question), fixed=True),
        replace(_ONLY, fixed=True),
        Field(name="filter", type=TEXT, default="", fixed=True),
        Field(name="keys", type=KEYS, default=(), fixed=True),
        Field(name="items", type=COUNT, default=None, fixed=True),
        Field(name="by", type=DAY, what="the day", fixed=True),
        Field(name="odds", type=SHARE, fixed=True),
        Field(name="pinned_at", type=MOMENT, fixed=True),
        Field(name="source", type=word_type(Source), default=Source.VSM.value, fixed=True),
        Field(name="note", type=TEXT, default=""),
        Field(name="team", type=REFERENCE, default=None, refers_to="team", fixed=True),
    ),
    kinds=("forecast_pinned", "pin_changed", "pin_removed"),
    added="pinned the forecast {name}",
    exists=("{!r} is pinned already", "see vsm forecast pins"),
    add_usage="vsm forecast pin --items 20",
    beside="by",
    is_on_screen=False,
    has_noun=False,
)


def _read_options(what: str, value: Any) -> str:
    text = " ".join(text_of(what, str(value or ""), 1000).split())
    if not text:
        raise InvalidValue("the plan changes nothing", "change something, then save it")
    return text


PLAN = Entity(
    name="plan",
    type=Plan,
    since=8,
    table="saved_plan",
    fields=(
        Field(name="name", type=NAME, fixed=True, what="the plan's name", heading="PLAN"),
        Field(
            name="only",
            type=REFERENCE,
            default=None,
            refers_to="stream",
            public="stream",
            nothing="teams",
        ),
        Field(name="options", type=replace(NAME, read=_read_options)),
    ),
    kinds=("plan_saved", "plan_changed", "plan_removed"),
    added="saved the plan {name}: {options}",
    replaces=True,
    beside="options",
    add_usage="vsm forecast whatif --limit Review=3 --save NAME",
    is_on_screen=False,
)

GRANT = Entity(
    name="grant",
    type=Grant,
    label="role",
    since=9,
    table="role_grant",
    key="login",
    title="login",
    fields=(
        Field(name="login", type=NAME, fixed=True),
        Field(name="role", type=word_type(Role)),
        _ONLY,
        Field(name="until", type=DATE, default=None, nothing="for ever"),
    ),
    kinds=("role_granted", "role_changed", "role_revoked"),
    added="made {login} {role}",
    changed="changed the role of",
    removed="took the role {role} from {login}",
    replaces=True,
    beside="role",
    add_usage="vsm role grant LOGIN ROLE",
    is_on_screen=False,
    has_noun=False,
)


def _read_edits(what: str, value: Any) -> tuple[str, ...]:
    return tuple(" ".join(text_of("an edit", str(line), 1000).split()) for line in value or ())


DRAFT = Entity(
    name="draft",
    type=Draft,
    label="future state",
    since=10,
    table="map_draft",
    fields=(
        Field(name="name", type=NAME, fixed=True, what="the name of the future state"),
        Field(name="only", type=REFERENCE, refers_to="stream", public="stream", fixed=True),
        Field(name="base", type=TEXT, fixed=True),
        Field(name="opened_at", type=MOMENT, fixed=True),
        Field(name="edits", type=replace(KEYS, read=_read_edits, is_long=True), default=()),
        Field(name="state", type=word_type(DraftState), default=DraftState.OPEN.value),
        Field(name="made_at", type=MAYBE_MOMENT, default=None),
        Field(name="before_days", type=NUMBER, default=None),
        Field(name="predicted_days", type=NUMBER, default=None),
        Field(name="measured_days", type=NUMBER, default=None),
    ),
    kinds=("draft_opened", "draft_edited", "draft_dropped"),
    added="began the future state {name}",
    removed="dropped the future state {name}",
    exists=("there is a future state called {!r}", "choose another name"),
    add_usage="vsm map draft new NAME",
    beside="state",
    is_on_screen=False,
    has_noun=False,
)

ENTITIES: dict[str, Entity[Any]] = {
    entity.name: entity
    for entity in (
        *(TEAM, MEMBER, VIEW, PIN, PLAN, GRANT, DRAFT),
        *(*PEOPLE, *GOVERNANCE, *STANDARDS, *SPRINTS, *SOURCES, *DELIVERY, *PORTFOLIO),
        *REPORTS,
    )
}
"""The registry: every entity by its name."""
