"""Results about sprints and bugs: frozen values without numpy, which screens may import.

No result holds figures of two teams or streams: points mean what one team agreed on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Annotated, ClassVar

from vsm.model.sprint import Measure, SprintState
from vsm.report.publish import HIDDEN, ITEM, MOMENT, Name, follows

Amount = Annotated[float, 2]
Share = Annotated[float, 3]

DEFINITIONS: Mapping[str, str] = MappingProxyType(
    {
        "commitment": "Items that were in the sprint, open, when it started, with their estimates"
        " of then. It stands in the event of the start; nothing later changes it. Of imported"
        " sprints it follows from the change logs: what came in at the instant of the start was"
        " added.",
        "summary": "S started + A added - R removed + E re-estimated = C completed + K left, all in"
        " the measure of the sprint. E: net change of estimates of items that were in it and"
        " not done. Dropped items count as removed. An item that was done and reopened is not"
        " completed.",
        "say_do": "What was completed of the commitment, as it was committed, over the commitment."
        " Work that was added does not raise it.",
        "velocity": "Completed by sprint over the last 3 to 8 closed ones that had items, as a"
        " range: the 15% and the 85% by nearest rank. It is for planning the next sprint here, not"
        " for comparing teams: points mean something else in each.",
        "capacity": "Commitment over what the last five closed sprints completed by team-day, times"
        " the team-days of this one; no share where none of its items has an estimate.",
        "odds": "Probability that as many items as are left finish up to the planned end, by the"
        " forecast of the stream's throughput, as if all of it went into the sprint. items: the"
        " same for these very items, by their age and their place in line.",
        "ideal": "A straight line over the working time of the team's calendar: flat on days off.",
        "times_carried": "How many closed sprints ended with the item in them and not done.",
        "unestimated": "Items in scope without an estimate; they count in items, and 0 in points.",
    }
)
"""Figure (its path in the JSON form) → what it means."""

BUG_DEFINITIONS: Mapping[str, str] = MappingProxyType(
    {
        "bugs": "Items of a type that counts as a defect: bug, defect, incident, fault, problem,"
        " error. No figure is about a person.",
        "inflow": "Bugs created in the week.",
        "outflow": "Bugs that finished in the week.",
        "net": "inflow - outflow; the limits are natural process limits (XmR) of the complete"
        " weeks.",
        "escaped": "Bugs with the label found_in:production or escaped, that are"
        " incidents, or that are linked to one.",
        "finished": "Bugs that finished in these weeks, each once.",
        "reopen_rate": "Of the bugs that finished in these weeks, the share that was reopened"
        " later.",
        "age": "Days that open bugs have been open, by nearest rank; age_max is that of the"
        " oldest.",
        "by_severity": "Bugs by their label severity:NAME. sle_days: 85% of those that finished in"
        " the window took at most so many days from creation to finish.",
    }
)


@dataclass(frozen=True, slots=True)
class Totals:
    """A sprint in one unit: S started + A added - R removed + E estimated = C completed + K left.

    What is left of a closed sprint went to another one or to the backlog.
    """

    started: Annotated[Amount, Name("S")]
    added: Annotated[Amount, Name("A")]
    removed: Annotated[Amount, Name("R")]
    estimated: Annotated[Amount, Name("E")]
    completed: Annotated[Amount, Name("C")]
    carried: Annotated[Amount, Name("K")]


@dataclass(frozen=True, slots=True)
class Period:
    """The planned days, both included."""

    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Actual:
    """When it started and ended; null: not yet."""

    started: Annotated[int | None, MOMENT]
    closed: Annotated[int | None, MOMENT]


@dataclass(frozen=True, slots=True, kw_only=True)
class SprintRow:
    """A sprint in the list; ``carried`` of one that goes on is what is left."""

    id: int
    name: str
    state: SprintState
    goal: str
    goal_met: str | None
    planned: Period
    actual: Actual
    measure: Measure
    items: int
    unestimated: int
    summary: Totals
    say_do: Share | None


@dataclass(frozen=True, slots=True)
class Velocity:
    """Completed by sprint, over the last closed ones; no range under three."""

    sprints: int
    low: Annotated[Amount | None, Name("p15")]
    high: Annotated[Amount | None, Name("p85")]
    low_items: Annotated[Amount | None, Name("p15_items")]
    high_items: Annotated[Amount | None, Name("p85_items")]


@dataclass(frozen=True, slots=True)
class CarriedItem:
    """An open item that closed sprints ended with, at least twice."""

    item: Annotated[int, ITEM]
    title: str
    times_carried: int
    age_days: int
    estimate: Amount | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sprints:
    """The sprints of a stream, its velocity as a range, and what was carried again and again."""

    SCHEMA: ClassVar[str] = "vsm.sprints/1"

    keys: Annotated[tuple[tuple[int, str], ...], HIDDEN]
    stream: str
    measure: Measure
    as_of: Annotated[int, MOMENT]
    sprints: tuple[SprintRow, ...]
    velocity: Velocity
    carried_twice: tuple[CarriedItem, ...]
    carried_share: Share | None
    """Of the open items, the share that was carried at least twice."""

    @property
    @follows("carried_share")
    def definitions(self) -> Mapping[str, str]:
        """What each figure means."""
        return DEFINITIONS


@dataclass(frozen=True, slots=True)
class CommittedItem:
    """An item of the commitment with its estimate of then."""

    item: Annotated[int, ITEM]
    estimate: Amount | None


@dataclass(frozen=True, slots=True)
class SprintEvent:
    """A change of the sprint, and the totals after it."""

    at: Annotated[int, MOMENT]
    kind: str
    item: Annotated[int | None, ITEM]
    value: Amount
    remaining: Amount
    scope: Amount
    done: Amount
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class MemberRow:
    """An item that was in scope, and what became of it: done, open or removed."""

    item: Annotated[int, ITEM]
    title: str
    fate: str
    committed: bool
    value: Amount
    estimate: Amount | None
    at: Annotated[int | None, MOMENT]
    reason: str
    by: str
    times_carried: int


@dataclass(frozen=True, slots=True)
class Day:
    """The totals at the end of a day; null on days to come, ``ideal`` after the planned end."""

    day: date
    works: bool
    ideal: Amount | None
    remaining: Amount | None
    scope: Amount | None
    done: Amount | None


@dataclass(frozen=True, slots=True)
class CapacityCheck:
    """What is planned against what the last sprints finished by team-day.

    ``share`` is null where there are no team-days here, no sprints with any before, or no estimate
    of any item.
    """

    team_days: Amount | None
    focus: Share
    per_team_day: Amount | None
    sprints: int
    share: Share | None


@dataclass(frozen=True, slots=True)
class Odds:
    """The odds that what is left is done by the planned end; ``cannot`` says why there are none."""

    left: int
    working_days: int
    count: Share | None
    items: Share | None
    cannot: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SprintDetail:
    """A sprint as of a moment, rebuilt from what was on record."""

    SCHEMA: ClassVar[str] = "vsm.sprint/1"

    keys: Annotated[tuple[tuple[int, str], ...], HIDDEN]
    id: int
    name: str
    stream: str
    team: str | None
    state: SprintState
    goal: str
    goal_met: str | None
    goal_note: str
    planned: Period
    actual: Actual
    as_of: Annotated[int, MOMENT]
    measure: Measure
    grace_hours: Amount
    commitment_from: str
    """``event`` of the start, or ``history`` where the change logs of an import say it."""
    commitment: tuple[CommittedItem, ...]
    events: tuple[SprintEvent, ...]
    days: tuple[Day, ...]
    summary: Totals
    summary_items: Totals
    unestimated: int
    items: int
    say_do: Share | None
    capacity: CapacityCheck
    odds: Odds | None
    members: tuple[MemberRow, ...]
    overlaps: tuple[str, ...]
    """Other active sprints of the same team."""

    @property
    @follows("overlaps")
    def definitions(self) -> Mapping[str, str]:
        """What each figure means."""
        return DEFINITIONS


@dataclass(frozen=True, slots=True)
class BugWeek:
    """Bugs that came and went in a week from Monday on."""

    week: date
    inflow: int
    outflow: int
    net: int
    is_complete: bool
    signal: str
    came: Annotated[tuple[int, ...], HIDDEN] = ()
    went: Annotated[tuple[int, ...], HIDDEN] = ()
    """Items that were created and that finished in it."""


@dataclass(frozen=True, slots=True)
class Severity:
    """Bugs of a severity: how many are open, and in how many days 85% finished."""

    severity: str
    open: int
    finished: int
    sle_days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bugs:
    """The bugs of a stream: what comes, what goes, what stays, what escaped."""

    SCHEMA: ClassVar[str] = "vsm.bugs/1"

    keys: Annotated[tuple[tuple[int, str], ...], HIDDEN]
    stream: str
    as_of: Annotated[int, MOMENT]
    weeks: tuple[BugWeek, ...]
    net_mean: Amount | None
    net_lower: Amount | None
    net_upper: Amount | None
    inflow: int
    outflow: int
    open: int
    age_p50: int | None
    age_p85: int | None
    age_max: int | None
    escaped: int
    finished: int
    reopened: int
    reopen_rate: Share | None
    by_severity: tuple[Severity, ...]
    oldest: tuple[Annotated[int, ITEM], ...]
    open_items: Annotated[tuple[int, ...], HIDDEN] = ()
    """All open bugs, the oldest first."""
    escaped_items: Annotated[tuple[int, ...], HIDDEN] = ()
    reopened_items: Annotated[tuple[int, ...], HIDDEN] = ()

    @property
    @follows("oldest")
    def definitions(self) -> Mapping[str, str]:
        """What each figure means."""
        return BUG_DEFINITIONS
