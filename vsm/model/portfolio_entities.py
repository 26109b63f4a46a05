"""Declarations of the portfolio: objectives, initiatives, indicators, money, decisions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vsm.model.entity import NUMBER_FIELD, Entity, Field
from vsm.model.field_types import (
    COUNT,
    DATE,
    DAY,
    FLAG,
    FRACTION,
    LINE,
    MAYBE_MOMENT,
    MOMENT,
    NAME,
    NUMBER,
    OPTIONAL_NAME,
    REASON,
    REFERENCE,
    TEXT,
    InvalidValue,
    line_of,
    optional_word_type,
    text_of,
    word_type,
)
from vsm.model.portfolio import (
    Contribution,
    Decision,
    DecisionKind,
    DelayProfile,
    Hindsight,
    Horizon,
    Indicator,
    IndicatorReading,
    IndicatorRole,
    Initiative,
    InitiativeState,
    Objective,
    Spending,
)
from vsm.model.query_parser import parse
from vsm.model.query_tree import QueryError

CURRENCY_MAX = 12
"""Most characters of a unit of money, or of points."""
FACTS_MAX = 200_000
"""Most characters of the facts of a decision."""


def _read_filter(what: str, value: Any) -> str:
    text = " ".join(text_of(what, str(value or ""), 1000).split())
    try:
        parse(text)
    except QueryError as error:
        raise InvalidValue(
            f"the filter cannot be read: {error}", "such as label:loyalty or key:PAY-7"
        ) from None
    return text


def _read_currency(what: str, value: Any) -> str:
    return line_of(what, value, CURRENCY_MAX)


def _read_amount(what: str, value: Any) -> float:
    amount = NUMBER.read(what, str(value).strip().removeprefix("-"))
    if amount is None:
        raise InvalidValue(f"{what} is missing", "give a number")
    return float(-amount if str(value).strip().startswith("-") else amount)


_AMOUNT = replace(NUMBER, value=float, read=_read_amount, nullable=False)
"""A number that may be below 0: money that comes back, a figure below zero."""


def _read_count(what: str, value: Any) -> int | None:
    number = NUMBER.read(what, value)
    if number is not None and number != int(number):
        raise InvalidValue(f"{what}: {value!r} is no whole number", "give one from 0 on")
    return None if number is None else int(number)


_MAYBE_SHARE = replace(
    FRACTION,
    value=float | None,
    read=lambda what, value: None if value in (None, "") else FRACTION.read(what, value),
    nullable=True,
)
_FACTS = replace(TEXT, read=lambda what, value: text_of(what, str(value or ""), FACTS_MAX))
_INITIATIVE = Field(name="initiative", type=REFERENCE, refers_to="initiative", fixed=True)


def _number(name: str, help: str, label: str = "") -> Field:
    return Field(name=name, type=NUMBER, default=None, help=help, label=label)


OBJECTIVE = Entity(
    name="objective",
    type=Objective,
    since=16,
    fields=(
        Field(name="name", type=NAME, what="the objective's name", help="New name."),
        Field(name="about", type=TEXT, default="", help="What will be different."),
        Field(
            name="horizon",
            type=word_type(Horizon),
            default=Horizon.NOW.value,
            help=f"When it counts: {', '.join(Horizon)}.",
        ),
        Field(name="owner", type=OPTIONAL_NAME, default=None, help="Login of who answers for it."),
        Field(name="first", type=DATE, default=None, public="from", help="First day."),
        Field(name="last", type=DATE, default=None, public="until", help="Last day."),
        Field(
            name="share",
            type=_MAYBE_SHARE,
            default=None,
            label="Intended share",
            help="Share of all work that it is meant to get: 40%.",
        ),
        Field(
            name="parent",
            type=REFERENCE,
            default=None,
            refers_to="objective",
            help="Objective that it is part of.",
            nothing="none",
        ),
        Field(name="closed", type=FLAG, default=False, help="Whether it no longer counts."),
    ),
    kinds=("objective_added", "objective_changed", "objective_removed"),
    in_use=(
        "has initiatives, indicators or parts",
        "close it: vsm objective set NAME --closed yes",
    ),
    about="An objective is what work is for; initiatives serve it.",
    beside="about",
    is_on_screen=False,
)

INITIATIVE = Entity(
    name="initiative",
    type=Initiative,
    since=18,
    fields=(
        Field(name="name", type=NAME, what="the initiative's name", help="New name."),
        Field(
            name="filter",
            type=replace(NAME, read=_read_filter),
            default="",
            help="Which items it is made of: label:loyalty, or key:PAY-7 with its parts.",
            nothing="no items",
        ),
        Field(
            name="state",
            type=word_type(InitiativeState),
            default=InitiativeState.FUNNEL.value,
            help="funnel, reviewing, analysing or ready; the others are decided.",
        ),
        Field(name="sponsor", type=OPTIONAL_NAME, default=None, help="Login of who wants it."),
        Field(name="hypothesis", type=TEXT, default="", help="What it is believed to change."),
        Field(name="mvp", type=TEXT, default="", label="MVP", help="What would show it first."),
        Field(name="need_by", type=DATE, default=None, label="Need by", help="Day it has to be."),
        _number("place", "Place in the order that people chose."),
        Field(
            name="more_items",
            type=replace(COUNT, read=_read_count),
            default=None,
            label="More items",
            help="Items that are expected beyond those that are there; 0: none.",
        ),
        Field(
            name="currency",
            type=replace(LINE, read=_read_currency),
            default="",
            help="Unit of all amounts, one in a portfolio: EUR, points.",
        ),
        Field(
            name="profile",
            type=word_type(DelayProfile),
            default=DelayProfile.LINEAR.value,
            help=f"How delay costs: {', '.join(DelayProfile)}.",
        ),
        _number("delay_low", "Cost of delay, at least."),
        _number("delay_likely", "Cost of delay: a week, or in all past a deadline."),
        _number("delay_high", "Cost of delay, at most."),
        Field(name="delay_from", type=DATE, default=None, help="First day of a window."),
        Field(
            name="delay_until", type=DATE, default=None, help="The deadline, or end of a window."
        ),
        _number("half_life", "Weeks until half of what a week costs is left."),
        _number("day_rate", "What a day of work on one item costs."),
        _number("remaining", "Cost that is still to come, where it is not the work that is left."),
        _number("budget", "Cost that it may have in all."),
        _number("benefit_low", "Benefit a week, at least."),
        _number("benefit_likely", "Benefit a week."),
        _number("benefit_high", "Benefit a week, at most."),
        Field(name="benefit_until", type=DATE, default=None, help="Last day of the benefit."),
        Field(name="benefit_odds", type=FRACTION, default=1.0, help="Probability of any benefit."),
        _number("value", "WSJF: value for users and business."),
        _number("criticality", "WSJF: time criticality."),
        _number("opportunity", "WSJF: risk reduction and opportunity."),
        _number("size", "WSJF: size of the job."),
    ),
    kinds=("initiative_added", "initiative_changed", "initiative_removed"),
    in_use=(
        "has money, indicators or decisions on record",
        "stop it: vsm initiative decide NAME stop --reason TEXT",
    ),
    about="An initiative is worth something and costs work; it serves objectives.",
    beside="state",
    is_on_screen=False,
)

CONTRIBUTION = Entity(
    name="contribution",
    type=Contribution,
    since=16,
    key="number",
    title="number",
    fields=(
        NUMBER_FIELD,
        _INITIATIVE,
        Field(name="objective", type=REFERENCE, refers_to="objective", fixed=True),
        Field(
            name="weight",
            type=FRACTION,
            default=1.0,
            help="Part of its work that serves the objective: 60%.",
        ),
    ),
    kinds=("contribution_added", "contribution_changed", "contribution_removed"),
    added="tied the initiative {initiative} to the objective {objective}",
    changed="changed the tie of an initiative to an objective",
    removed="took the initiative {initiative} off the objective {objective}",
    add_usage="vsm initiative serves NAME OBJECTIVE 60%",
    is_on_screen=False,
    has_noun=False,
    is_numbered=True,
)

INDICATOR = Entity(
    name="indicator",
    type=Indicator,
    since=16,
    key="number",
    title="name",
    fields=(
        NUMBER_FIELD,
        Field(name="name", type=NAME, what="the indicator's name", help="What is measured."),
        Field(
            name="role",
            type=word_type(IndicatorRole),
            help=f"What it is for: {', '.join(IndicatorRole)}.",
        ),
        Field(name="objective", type=REFERENCE, default=None, refers_to="objective", fixed=True),
        replace(_INITIATIVE, default=None),
        Field(name="unit", type=LINE, default="", help="Unit of its values."),
        Field(name="start", type=_AMOUNT, default=0.0, help="Its value at the beginning."),
        Field(name="target", type=_AMOUNT, help="Where it is to be; of a guard: its bound."),
        Field(name="first", type=DAY, public="from", help="Day of the beginning."),
        Field(name="last", type=DAY, public="until", help="Day of the target."),
    ),
    kinds=("indicator_added", "indicator_changed", "indicator_removed"),
    added="added the indicator {name}",
    in_use=("has readings", "they stay on record with it"),
    beside="name",
    add_usage="vsm objective measure NAME INDICATOR --target 10",
    is_on_screen=False,
    has_noun=False,
    is_numbered=True,
)

INDICATOR_READING = Entity(
    name="indicator_reading",
    label="reading",
    type=IndicatorReading,
    since=16,
    key="number",
    title="number",
    fields=(
        NUMBER_FIELD,
        Field(name="indicator", type=REFERENCE, refers_to="indicator", fixed=True),
        Field(name="day", type=DAY, fixed=True),
        Field(name="value", type=_AMOUNT),
        Field(name="source", type=LINE, default=""),
    ),
    kinds=("indicator_read", "indicator_reading_changed", "indicator_reading_removed"),
    added="read the indicator {indicator}: {value}",
    add_usage="vsm initiative read NAME INDICATOR VALUE",
    is_on_screen=False,
    has_noun=False,
    is_numbered=True,
)

SPENDING = Entity(
    name="spending",
    type=Spending,
    since=16,
    key="number",
    title="number",
    fields=(
        NUMBER_FIELD,
        _INITIATIVE,
        Field(name="day", type=DAY, fixed=True),
        Field(name="amount", type=_AMOUNT),
        Field(name="source", type=LINE, default=""),
    ),
    kinds=("spending_added", "spending_changed", "spending_removed"),
    added="put {amount} on record as spent on {initiative}",
    add_usage="vsm initiative spend NAME AMOUNT",
    is_on_screen=False,
    has_noun=False,
    is_numbered=True,
)

DECISION = Entity(
    name="decision",
    type=Decision,
    since=16,
    key="number",
    title="number",
    fields=(
        NUMBER_FIELD,
        _INITIATIVE,
        Field(name="choice", type=word_type(DecisionKind), fixed=True, public="decision"),
        Field(name="decided_at", type=MOMENT, default=0, fixed=True, public="at"),
        Field(name="by", type=NAME, fixed=True),
        Field(name="reason", type=REASON, fixed=True),
        Field(name="facts", type=_FACTS, default="", fixed=True),
        Field(name="review_on", type=DATE, default=None),
        Field(name="hindsight", type=optional_word_type(Hindsight), default=None),
        Field(name="hindsight_note", type=TEXT, default=""),
        Field(name="reviewed_at", type=MAYBE_MOMENT, default=None),
    ),
    kinds=("initiative_decided", "decision_reviewed", "decision_removed"),
    added="decided on {initiative}: {choice}, {reason}",
    changed="looked at a decision again",
    removed="took a decision on {initiative} back",
    in_use=("stays on record", "decide anew: vsm initiative decide NAME"),
    add_usage="vsm initiative decide NAME stop --reason TEXT",
    is_on_screen=False,
    has_noun=False,
    is_numbered=True,
)

PORTFOLIO: tuple[Entity[Any], ...] = (
    *(OBJECTIVE, INITIATIVE, CONTRIBUTION, INDICATOR, INDICATOR_READING, SPENDING, DECISION),
)
"""All of them."""
