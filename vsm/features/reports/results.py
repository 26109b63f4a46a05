"""Reports: frozen values without numpy, which screens may import.

JSON is published from these annotations (:mod:`vsm.report.publish`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from string import Formatter
from types import MappingProxyType
from typing import Annotated, Any, ClassVar

from vsm.model.report import FactNote, NoteKind, ReportKind
from vsm.report.publish import HIDDEN, ITEM, MOMENT, OPTIONAL, PAIRS, Name, follows
from vsm.report.wording import count, day, percent

FIRST_PAGE = 7
"""Facts on the first page."""
DECIDE = 3
"""The severity of what somebody has to decide."""
LOUD = 2
"""Severity from which a new fact counts in the header of a board."""
MIN_FLAGS, MIN_PRECISION = 20, 0.30
"""With so many flags a rule below this precision is silent."""

Value = float | str | date | None
Share = Annotated[float, 3]

DEFINITIONS: Mapping[str, str] = MappingProxyType(
    {
        "facts": "Sentences made by rules, the most important first. The first 7 that nobody noted"
        " are the first page: all that is to be decided on, then what counts most by severity, how"
        " new it is, and how much of the work it is about. On the page, below it, and of what was"
        " noted, they stand by severity.",
        "severity": "0 to know, 1 to watch, 2 to act on, 3 to decide on.",
        "repeats": "In how many reports before this one, one after the other, the fact stood; one"
        " about items as long as it shares an item with the next. first_seen is the day of the"
        " first of them, new_items how many items the last one did not have.",
        "gone": "Facts of the last report that are no more.",
        "confidence": "The odds that a finding is right, where the method has odds.",
        "evidence": "The items behind a sentence; figure says what was measured of them.",
        "left_out": "What the report does not know or does not say, with counts.",
        "rules.precision": "Of the flags that a rule raised in the last 26 weeks, the share after"
        " which outcome came true; marks of people that a fact was wrong count as flags that were"
        " not right. low and high are its 95% range (Wilson). A rule with 20 flags and a precision"
        " below 30% is silent. Without an outcome a rule says what is so.",
        "rules.recall": "Of all items that outcome came true of in that time, the share that was"
        " flagged before.",
    }
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a sentence rests on: what was measured, the items, and a remark on each if any."""

    figure: str
    items: tuple[Annotated[int, ITEM], ...] = ()
    query: Annotated[str | None, OPTIONAL] = None
    """A filter of which the items are, as of the report."""
    remarks: Annotated[tuple[str, ...], HIDDEN] = ()
    screen: Annotated[str, HIDDEN] = ""
    """The action that shows more of it: a tab of the board."""
    lines: Annotated[tuple[str, ...], HIDDEN] = ()
    """What else it rests on, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A sentence that a rule makes, with its values and what it rests on.

    ``about`` is what its ``subject`` is: stream, stage, team, initiative, service, sprint. A
    ``template`` with the values gives the text.
    """

    id: str
    rule: str
    severity: int
    about: str
    subject: str
    template: Annotated[str, HIDDEN]
    values: Annotated[tuple[tuple[str, Value], ...], PAIRS]
    evidence: tuple[Evidence, ...]
    confidence: Share | None
    first_seen: date
    repeats: int
    needs_decision: bool
    size: Annotated[float, HIDDEN] = 0.0
    is_of_items: Annotated[bool, HIDDEN] = False
    was_first: Annotated[int | None, HIDDEN] = None
    """The end of the last report that had it on its first page."""
    new_items: int = 0
    """Of a repeated fact the items that the last report did not have."""
    acknowledged: Annotated[str | None, OPTIONAL] = None
    """Why it is quiet: what somebody noted."""
    notes: Annotated[tuple[FactNote, ...], HIDDEN] = ()
    """The notes on it that stand, the latest last."""
    why: tuple[str, ...] = ()
    """What it is made of, in sentences."""

    @property
    @follows("subject")
    def text(self) -> str:
        """The sentence, with dates in the form that was chosen."""
        return write(self.template, self.values)

    @property
    def is_new(self) -> bool:
        """Whether the report before this one did not have it."""
        return self.repeats == 0

    @property
    def items(self) -> tuple[int, ...]:
        """The ids of all items behind it, each once."""
        return tuple(dict.fromkeys(item for one in self.evidence for item in one.items))


class _Writer(Formatter):
    """Writes values into templates: ``{odds!p}`` as percent, ``{n!i}`` as so many items, days as
    everywhere.
    """

    def convert_field(self, value: Any, conversion: Any) -> Any:
        if conversion == "p":
            return percent(value)
        if conversion == "i":
            return count(value, "item")
        return super().convert_field(value, conversion)

    def format_field(self, value: Any, format_spec: str) -> str:
        text: str = (
            day(value) if isinstance(value, date) else super().format_field(value, format_spec)
        )
        return text


def write(template: str, values: tuple[tuple[str, Value], ...]) -> str:
    """A template with values in place of their names."""
    return _Writer().vformat(template, (), dict(values))


_NOTED = {NoteKind.WRONG: "marked as wrong", NoteKind.ACKNOWLEDGED: "known"}


def notes_in_words(notes: Sequence[FactNote]) -> str | None:
    """What people noted of a fact: the latest note of each kind, with the last reason given."""
    parts = []
    for kind in dict.fromkeys(note.mark for note in reversed(notes)):
        reasons = (note.reason for note in reversed(notes) if note.mark == kind and note.reason)
        reason = next(reasons, "")
        parts.append(f"{_NOTED[NoteKind(kind)]}{f': {reason}' if reason else ''}")
    return "; ".join(parts) or None


@dataclass(frozen=True, slots=True)
class Gone:
    """A fact of the last report that is no more."""

    id: str
    rule: str
    text: str


class Kind(StrEnum):
    """What a figure of a line is, and so how it is written."""

    TEXT = "text"
    COUNT = "count"
    DAY = "day"
    SHARE = "share"
    ODDS = "odds"
    """A share that is rounded down."""
    RETURN = "return"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class Figure:
    """A column of a list: the name of a figure, its head, and what it is.

    Terminals narrower than ``wide`` cells leave it out.
    """

    name: str
    head: str
    kind: Kind
    wide: int = 0


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of a list: an item, or something else by its name, with figures by their names."""

    item: Annotated[int | None, ITEM]
    name: str
    stage: str | None = None
    team: str | None = None
    days: Annotated[float | None, 1] = None
    note: str = ""
    figures: Annotated[tuple[tuple[str, Value], ...], PAIRS, OPTIONAL] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """Lines below the facts; ``days`` says what the days of its lines are, ``columns`` which
    figures they have.
    """

    title: str
    about: str
    days: str
    lines: tuple[Listed, ...]
    is_part: bool = False
    """Whether it has only the first of more, such as the oldest."""
    columns: Annotated[tuple[Figure, ...], HIDDEN] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """From which moment and entry of the journal to which.

    ``asked`` is how the beginning was chosen: ``last`` report, ``7 days`` without one,
    ``given``, or ``state`` where it does not matter.
    """

    since: Annotated[int, MOMENT, Name("from")]
    until: Annotated[int, MOMENT, Name("to")]
    from_seq: int
    to_seq: int
    asked: str
    entries: int = 0
    """Entries that were recorded in the window."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What a report does not know or say."""

    what: str
    count: int
    items: Annotated[tuple[int, ...], HIDDEN] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleState:
    """A rule and how its flags did; ``outcome`` is what makes a flag right."""

    id: str
    title: str
    version: int
    threshold: str
    cooldown_days: int
    outcome: str
    flagged: int | None = None
    right: int | None = None
    wrong_marks: int = 0
    came: int | None = None
    """Items that the outcome came true of, flagged or not."""
    caught: int | None = None
    precision: Share | None = None
    low: Share | None = None
    high: Share | None = None
    recall: Share | None = None

    @property
    @follows("recall")
    def is_silent(self) -> bool:
        """Whether its facts are left out."""
        flags = (self.flagged or 0) + self.wrong_marks
        return self.precision is not None and flags >= MIN_FLAGS and self.precision < MIN_PRECISION


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What changed between two positions of the journal, and what needs a decision."""

    SCHEMA: ClassVar[str] = "vsm.report/1"

    kind: ReportKind
    subject: str
    window: Span
    as_of: Annotated[int, MOMENT]
    zone: Annotated[str, Name("timezone")]
    seq: int
    hash: str
    nothing_changed: bool
    headline: str
    """The state in one line."""
    calm: str = "Nothing needs attention."
    """Said where no fact asks for anything."""
    is_judged: Annotated[bool, HIDDEN] = True
    """Whether rules could look at the flow at all."""
    facts: tuple[Fact, ...]
    gone: tuple[Gone, ...]
    lists: tuple[Block, ...]
    left_out: tuple[LeftOut, ...]
    rules: tuple[RuleState, ...]
    keys: Annotated[tuple[tuple[int, str], ...], HIDDEN] = ()
    last: Annotated[int | None, HIDDEN] = None
    """The number of the report before this one."""

    @property
    @follows("rules")
    def definitions(self) -> Mapping[str, str]:
        """What each part means."""
        return DEFINITIONS

    @property
    def first_page(self) -> tuple[Fact, ...]:
        """The facts of the first page: what somebody noted as known is not among them."""
        return tuple(fact for fact in self.facts if fact.acknowledged is None)[:FIRST_PAGE]

    @property
    def facts_below(self) -> tuple[Fact, ...]:
        """The other facts: what is known comes last."""
        first = {fact.id for fact in self.first_page}
        rest = [fact for fact in self.facts if fact.id not in first]
        return tuple(sorted(rest, key=lambda fact: fact.acknowledged is not None))

    @property
    def loud(self) -> int:
        """New facts to act on, which the header of a board counts."""
        return sum(f.is_new and f.severity >= LOUD and f.acknowledged is None for f in self.facts)


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of a stream with how their flags did."""

    SCHEMA: ClassVar[str] = "vsm.report-rules/1"

    stream: str
    as_of: Annotated[int, MOMENT]
    weeks: int
    rules: tuple[RuleState, ...]

    @property
    @follows("rules")
    def definitions(self) -> Mapping[str, str]:
        """What precision and recall are."""
        return {name: text for name, text in DEFINITIONS.items() if name.startswith("rules.")}
