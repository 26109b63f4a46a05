"""Declarations of governance: controls, modes, waivers, and logins that members have elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vsm.model.control.control import (
    Alias,
    Control,
    Mode,
    ModeSetting,
    Severity,
    Waiver,
    WaiverState,
)
from vsm.model.control.trigger import read_trigger
from vsm.model.entity import NUMBER_FIELD, STREAM_FIELD, Entity, Field
from vsm.model.field_types import (
    DATE,
    DAY,
    KEYS,
    LINE,
    MAYBE_MOMENT,
    MOMENT,
    NAME,
    OPTIONAL_NAME,
    REASON,
    REFERENCE,
    TEXT,
    InvalidValue,
    text_of,
    word_type,
)
from vsm.model.query import depends_on_moment
from vsm.model.query_parser import parse
from vsm.model.query_tree import QueryError


def _read_applies(what: str, value: Any) -> str:
    return str(read_trigger(str(value or "")))


def _read_filter(what: str, value: Any) -> str:
    text = " ".join(text_of(what, str(value or ""), 1000).split())
    try:
        query = parse(text)
    except QueryError as error:
        raise InvalidValue(f"the filter cannot be read: {error}") from None
    if depends_on_moment(query):
        raise InvalidValue(
            "the filter of a control asks what an item is, not how old it is or where",
            "use type:, class:, label:, team:, owner:, key: and words",
        )
    return text


def _read_rule(what: str, value: Any) -> str:
    return text_of(what, str(value or "").strip(), 20_000)


def _read_examples(what: str, value: Any) -> tuple[str, ...]:
    return tuple(" ".join(text_of("an example", str(line), 20_000).split()) for line in value or ())


CONTROL = Entity(
    name="control",
    type=Control,
    since=12,
    fields=(
        Field(name="name", type=NAME, fixed=True, what="the control's name", heading="CONTROL"),
        Field(name="title", type=NAME, help="What it demands, in one line."),
        Field(name="why", type=TEXT, default="", help="Why it is there."),
        Field(
            name="applies",
            type=replace(NAME, read=_read_applies),
            what="the moment",
            help="At which moves: enter STAGE, leave STAGE, start, finish; report: at none.",
        ),
        Field(
            name="filter",
            type=replace(NAME, read=_read_filter),
            default="",
            help="To which items: a filter, as on the board.",
            nothing="all items",
        ),
        Field(
            name="rule", type=replace(TEXT, read=_read_rule), help="The check, in CEL over facts."
        ),
        Field(name="remedy", type=LINE, default="", help="What to do where it does not pass."),
        Field(
            name="severity",
            type=word_type(Severity),
            default=Severity.MEDIUM.value,
            help=f"How much it matters: {', '.join(Severity)}.",
        ),
        Field(
            name="owner",
            type=OPTIONAL_NAME,
            default=None,
            help="Login of who answers for it.",
        ),
        Field(
            name="refs",
            type=KEYS,
            default=(),
            help="Requirements that it serves: 'SOC2 CC8.1,800-53 CM-3'.",
        ),
        Field(
            name="examples",
            type=replace(KEYS, read=_read_examples, is_long=True),
            default=(),
            help="Lines of JSON: facts, and the verdict that they lead to.",
        ),
        Field(name="template", type=LINE, default="", help="A template text that helps."),
    ),
    kinds=("control_set", "control_changed", "control_removed"),
    added="set the control {name}",
    changed="changed the control",
    removed="removed the control {name}",
    exists=("there is a control {!r}", "change that one: vsm gov set"),
    in_use=(
        "has modes, waivers or verdicts, which stay on record",
        "switch it off: vsm gov mode off --control NAME --reason TEXT",
    ),
    used_by=(("evaluation", "control"),),
    beside="title",
    add_usage="vsm gov add chg-approved",
    is_on_screen=False,
    has_noun=False,
)

MODE = Entity(
    name="mode",
    type=ModeSetting,
    since=12,
    table="governance_mode",
    key="number",
    title="number",
    fields=(
        NUMBER_FIELD,
        STREAM_FIELD,
        Field(
            name="control",
            type=REFERENCE,
            default=None,
            refers_to="control",
            fixed=True,
            nothing="all",
        ),
        Field(name="value", type=word_type(Mode), public="mode", what="mode", fixed=True),
        Field(name="start", type=DAY, public="from", what="the first day", fixed=True),
        Field(name="until", type=DATE, default=None, what="the last day", nothing="open"),
        Field(name="reason", type=REASON, fixed=True, what="the reason"),
        Field(
            name="lead",
            type=OPTIONAL_NAME,
            default=None,
            help="Login of who leads the stream where the mode is directive.",
        ),
        Field(name="decided_by", type=LINE, default="", fixed=True),
        Field(name="decided_at", type=MOMENT, default=0, fixed=True),
    ),
    kinds=("mode_set", "mode_changed", "mode_removed"),
    added="set the mode {value} from {start} on: {reason}",
    changed="changed a mode",
    removed="took back the mode {value} from {start} on",
    add_usage="vsm gov mode controlling --reason TEXT",
    has_noun=False,
    is_on_screen=False,
    is_numbered=True,
)

WAIVER = Entity(
    name="waiver",
    type=Waiver,
    since=12,
    key="number",
    title="number",
    fields=(
        NUMBER_FIELD,
        Field(name="control", type=REFERENCE, refers_to="control", fixed=True),
        Field(
            name="only",
            type=REFERENCE,
            default=None,
            refers_to="stream",
            public="stream",
            fixed=True,
            nothing="all",
        ),
        Field(name="key", type=LINE, default="", public="item", fixed=True),
        Field(name="label", type=LINE, default="", fixed=True),
        Field(name="reason", type=REASON, fixed=True, what="the reason"),
        Field(name="start", type=DAY, public="from", what="the first day", fixed=True),
        Field(name="until", type=DAY, what="the last day", fixed=True),
        Field(name="state", type=word_type(WaiverState), default=WaiverState.ASKED.value),
        Field(name="asked_by", type=LINE, default="", fixed=True),
        Field(name="asked_at", type=MOMENT, default=0, fixed=True),
        Field(
            name="answered_by",
            type=OPTIONAL_NAME,
            default=None,
        ),
        Field(name="answered_at", type=MAYBE_MOMENT, default=None),
    ),
    kinds=("waiver_asked", "waiver_answered", "waiver_removed"),
    added="asked for a waiver of {control}: {reason}",
    changed="answered a waiver",
    removed="removed a waiver of {control}",
    in_use=("was used, and stays on record", "withdraw it: vsm gov waivers withdraw NO"),
    used_by=(("evaluation", "waiver"),),
    add_usage="vsm gov waive CONTROL --item KEY --reason TEXT",
    has_noun=False,
    is_on_screen=False,
    is_numbered=True,
)

ALIAS = Entity(
    name="alias",
    type=Alias,
    since=12,
    table="member_alias",
    fields=(
        Field(name="name", type=NAME, fixed=True, what="the login elsewhere", heading="ALIAS"),
        Field(name="member", type=REFERENCE, refers_to="member"),
    ),
    added="noted that {name} is {member}",
    replaces=True,
    add_usage="vsm member alias anna anna@github",
    has_noun=False,
    is_on_screen=False,
)

GOVERNANCE: tuple[Entity[Any], ...] = (CONTROL, MODE, WAIVER, ALIAS)
"""All of them."""
