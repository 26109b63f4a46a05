"""Reports on sprints: the list with velocity, and one sprint with its burn-down and members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from vsm.features.sprints.results import (
    CapacityCheck,
    CarriedItem,
    Day,
    MemberRow,
    Odds,
    SprintDetail,
    SprintEvent,
    SprintRow,
    Sprints,
    Totals,
)
from vsm.model.plural import count
from vsm.model.rules import local
from vsm.model.sprint import Measure, SprintState
from vsm.report.document import (
    Cell,
    Column,
    Document,
    Part,
    Row,
    Section,
    Sentence,
    Table,
    Target,
    Tone,
    row,
)
from vsm.report.wording import day, percent

CARRIED = "↻"
"""Before how often an item was carried over."""
MOST_DAYS = 45
"""Days of a burn-down that are drawn; of longer sprints every so-manieth."""
EVENTS = 40
"""Changes of scope that are listed; JSON has all."""
BEGIN = (
    "vsm sprint plan NAME --start DATE --end DATE plans one (n here)",
    "vsm sprint add NO KEY... puts items into it (a here: those marked on the board)",
    "vsm sprint start NO makes what is in it the commitment",
)
"""How to begin, step by step."""
_STATES: dict[SprintState, Tone] = {
    SprintState.ACTIVE: "accent",
    SprintState.PLANNED: "text",
    SprintState.CLOSED: "faint",
    SprintState.CANCELLED: "faint",
}
_GOALS: dict[str | None, tuple[str, Tone]] = {
    "met": ("✓ met", "good"),
    "partly": ("~ partly", "warn"),
    "missed": ("✗ missed", "bad"),
    None: ("–", "faint"),
}
_FATES: dict[str, tuple[str, Tone]] = {
    "done": ("✓ done", "good"),
    "open": ("· open", "text"),
    "removed": ("✗ removed", "faint"),
}


@dataclass(frozen=True, slots=True)
class SprintTarget(Target):
    """The line of a sprint, by its number."""

    sprint: int = 0


def amount(value: float | None) -> str:
    """A number of points, hours or items, without needless decimals."""
    if value is None:
        return "–"
    return f"{round(value, 1):,g}"


# -- the list ------------------------------------------------------------------------------


def report(result: Sprints) -> Document:
    """The report on the sprints of a stream."""
    unit = result.measure.unit
    if not result.sprints:
        steps = tuple(Sentence(text, lead=f"{n}.") for n, text in enumerate(BEGIN, 1))
        first = Section("", (Sentence("No sprint is planned in this stream"),))
        return Document(f"Sprints of {result.stream}", (), (first, Section("How to begin", steps)))
    sections = [Section("", (*_velocity(result, unit), *_unestimated(result.sprints)))]
    sections.append(Section("Sprints", (_table(result.sprints),)))
    if result.carried_twice:
        sections.append(_carried(result))
    return Document(f"Sprints of {result.stream}", (), tuple(sections))


def _velocity(result: Sprints, unit: str) -> tuple[Part, ...]:
    velocity = result.velocity
    if velocity.low is None or velocity.high is None:
        known = count(velocity.sprints, "closed sprint")
        return (Sentence(f"{known}: a range of velocity needs three", "faint"),)
    over = min(velocity.sprints, 8)
    span = f"{amount(velocity.low)} to {amount(velocity.high)} {unit}"
    text = f"The last {over} closed sprints completed {span} each (15 to 85%)"
    if result.measure is not Measure.COUNT:
        text += f", {amount(velocity.low_items)} to {amount(velocity.high_items)} items"
    return (Sentence(text, "strong"),)


def _unestimated(rows: Sequence[SprintRow]) -> tuple[Part, ...]:
    """Which open sprints have items without an estimate."""
    return tuple(
        Sentence(f"{one.name}: {one.unestimated} of {one.items} without an estimate", "warn")
        for one in rows
        if one.unestimated
        and one.measure is not Measure.COUNT
        and one.state in (SprintState.PLANNED, SprintState.ACTIVE)
    )


def _table(rows: Sequence[SprintRow]) -> Table:
    columns = (
        Column("No", right=True),
        Column("Sprint", shrinks=True),
        Column("State"),
        Column("Days", wide=100),
        Column("Goal", shrinks=True, wide=110),
        Column("Goal met", short="Met"),
        Column("Started", right=True, short="S"),
        Column("Added", right=True, short="+A"),
        Column("Removed", right=True, short="-R"),
        Column("Re-est.", right=True, short="±E"),
        Column("Completed", short="C", bar=True),
        Column("Left", right=True, short="K"),
        Column("Say/do", right=True),
        Column("Measure", wide=150),
    )
    most = max((one.summary.completed for one in rows), default=0) or 1
    return Table(columns, tuple(_line(one, most) for one in reversed(rows)))


def _line(one: SprintRow, most: float) -> Row:
    total = one.summary
    goal, tone = _GOALS[one.goal_met]
    return row(
        str(one.id),
        Cell(one.name, "strong" if one.state is SprintState.ACTIVE else "text"),
        Cell(one.state, _STATES[one.state]),
        Cell(f"{day(one.planned.start)} – {day(one.planned.end)}", "faint"),
        Cell(one.goal, "faint"),
        Cell(goal, tone),
        amount(total.started),
        amount(total.added),
        amount(total.removed),
        f"{total.estimated:+,g}" if total.estimated else "0",
        Cell(amount(total.completed), "text", total.completed / most),
        amount(total.carried),
        percent(one.say_do, unknown="–"),
        Cell(one.measure.unit, "faint"),
        target=SprintTarget(one.name, sprint=one.id),
    )


def _carried(result: Sprints) -> Section:
    share = f", {percent(result.carried_share)} of the open items" if result.carried_share else ""
    keys = dict(result.keys)
    columns = (
        Column("Item"),
        Column("Title", shrinks=True),
        Column("Carried", right=True),
        Column("Age", right=True),
        Column("Estimate", right=True),
    )
    rows = tuple(_carried_line(one, keys) for one in result.carried_twice)
    text = f"{count(len(rows), 'item')} carried over twice or more{share}"
    return Section("Carried again and again", (Sentence(text, "warn"), Table(columns, rows)))


def _carried_line(one: CarriedItem, keys: Mapping[int, str]) -> Row:
    times = f"{CARRIED}{one.times_carried}"
    return row(
        Cell(keys[one.item], "strong"),
        one.title,
        Cell(times, "warn"),
        f"{one.age_days} d",
        amount(one.estimate),
        target=Target(keys[one.item], items=((one.item, f"carried {times}"),)),
    )


# -- one sprint ----------------------------------------------------------------------------


def report_sprint(result: SprintDetail, zone: str) -> Document:
    """The report on one sprint, as of its moment."""
    unit = result.measure.unit
    keys = dict(result.keys)
    sections = [Section("", _head(result, unit))]
    if result.days and result.members:
        sections.append(Section(f"Burn-down in {unit}", _burn(result, unit)))
    if result.members:
        table = _members(result.members, keys, zone, result.state)
        sections.append(Section("Items", (table,)))
    changes = [event for event in result.events if event.kind != "started"]
    if changes:
        sections.append(Section("What changed", _changes(changes, keys, zone)))
    return Document(f"{result.name} of {result.stream}", (), tuple(sections))


def _head(result: SprintDetail, unit: str) -> tuple[Part, ...]:
    total = result.summary
    days = f"{day(result.planned.start)} to {day(result.planned.end)}"
    parts: list[Part] = [
        Sentence(f"{result.state.capitalize()}, {days}{_team(result)}", "strong", _inside(result))
    ]
    if result.goal:
        goal, tone = _GOALS[result.goal_met]
        verdict = f" ({goal}{': ' + result.goal_note if result.goal_note else ''})"
        parts.append(
            Sentence(f"Goal: {result.goal}{verdict if result.goal_met else ''}",
                     tone if result.goal_met else "text")
        )  # fmt: skip
    if result.actual.started is None:
        planned = f"Planned so far: {count(result.items, 'item')}, {amount(total.started)} {unit}"
        parts.append(Sentence(planned if unit != "items" else planned.partition(",")[0]))
    elif not result.members:
        parts.append(Sentence("No item was ever in it, as far as this database knows", "faint"))
    else:
        parts.append(Sentence(_sum(total, unit, result.state is SprintState.ACTIVE)))
        parts += _promise(result)
    parts += _missing(result)
    parts += _capacity(result.capacity, unit)
    parts += _odds(result.odds, result.planned.end)
    if result.overlaps:
        names = ", ".join(result.overlaps)
        parts.append(Sentence(f"Active beside {names}: one team has two sprints", "warn"))
    return tuple(parts)


def _inside(result: SprintDetail) -> Target:
    """All items that are or were in scope."""
    return Target(result.name, items=tuple((one.item, one.fate) for one in result.members))


def _team(result: SprintDetail) -> str:
    return f", team {result.team}" if result.team else ""


def _sum(total: Totals, unit: str, is_active: bool) -> str:
    """The sum that has to add up, in words."""
    left = "left" if is_active else "carried over"
    return (
        f"Started with {amount(total.started)} {unit} + {amount(total.added)} added"
        f" - {amount(total.removed)} removed {'+' if total.estimated >= 0 else '-'}"
        f" {amount(abs(total.estimated))} re-estimated = {amount(total.completed)} completed"
        f" + {amount(total.carried)} {left}"
    )


def _promise(result: SprintDetail) -> list[Part]:
    parts: list[Part] = []
    if result.say_do is not None:
        parts.append(Sentence(f"Say/do: {percent(result.say_do)} of the commitment is completed"))
    if result.grace_hours:
        hours = count(round(result.grace_hours), "hour")
        text = f"Scope that changed within {hours} after the start belongs to the commitment"
        parts.append(Sentence(text, "faint"))
    if result.commitment_from == "history":
        text = "The commitment follows from imported change logs"
        parts.append(Sentence(text, "faint"))
    return parts


def _missing(result: SprintDetail) -> list[Part]:
    if not result.unestimated or result.measure is Measure.COUNT:
        return []
    text = f"{result.unestimated} of {result.items} without an estimate: they count 0 in"
    return [Sentence(f"{text} {result.measure.unit}", "warn")]


def _capacity(check: CapacityCheck, unit: str) -> list[Part]:
    if check.share is not None:
        tone: Tone = "warn" if check.share > 1.1 else "text"
        sprints = count(check.sprints, "sprint")
        text = (
            f"Capacity: {percent(check.share)} of what the last {sprints} finished per team-day"
            f" ({amount(check.per_team_day)} {unit}, {amount(check.team_days)} team-days"
        )
        focus = f" at {percent(check.focus)}" if check.focus < 1 else ""
        return [Sentence(f"{text}{focus})", tone)]
    if check.team_days is None:
        return []
    return [Sentence("Capacity: no closed sprint before has team-days to compare with", "faint")]


def check_lines(result: SprintDetail) -> list[str]:
    """The commitment against estimates and capacity, as lines beside its start."""
    parts = [*_missing(result), *_capacity(result.capacity, result.measure.unit)]
    return [part.text for part in parts if isinstance(part, Sentence)]


def _odds(odds: Odds | None, end: date) -> list[Part]:
    if odds is None:
        return []
    if not odds.left:
        return [Sentence("Everything in it is done", "good")]
    left = f"{count(odds.left, 'item')} left, {count(odds.working_days, 'working day')}"
    if odds.count is None:
        return [Sentence(f"{left}. No odds: {odds.cannot}", "faint")]
    text = f"{left}: {percent(odds.count)} that so many finish by {day(end)}"
    if odds.items is not None:
        text += f", {percent(odds.items)} that these very items do"
    if odds.cannot:
        text = f"{left}: {odds.cannot}"
    return [Sentence(text, "warn" if odds.count < 0.5 else "text")]


def _burn(result: SprintDetail, unit: str) -> tuple[Part, ...]:
    """The days as a table with bars: what is left, the ideal, scope, done."""
    columns = (
        Column("Day"),
        Column("Left", bar=True),
        Column("Ideal", right=True),
        Column("Scope", right=True),
        Column("Done", right=True),
        Column("", shrinks=True),
    )
    days = result.days
    step = -(-len(days) // MOST_DAYS)
    chosen = [one for n, one in enumerate(days) if n % step == 0 or one is days[-1]]
    most = max((one.scope or 0 for one in days), default=0)
    most = max(most, result.summary.started) or 1
    changed = {later.day: _moved(earlier, later) for earlier, later in pairwise(chosen)}
    rows = (
        row(
            Cell(f"{one.day:%a} {day(one.day)}", "text" if one.works else "faint"),
            Cell(amount(one.remaining), "text", (one.remaining or 0) / most)
            if one.remaining is not None
            else Cell("", "faint"),
            Cell(amount(one.ideal), "faint"),
            amount(one.scope) if one.scope is not None else "",
            amount(one.done) if one.done is not None else "",
            Cell(changed.get(one.day, "") or ("" if one.works else "day off"), "faint"),
        )
        for one in chosen
    )
    return (Table(columns, tuple(rows)),)


def _moved(before: Day, after: Day) -> str:
    """What a day did to scope and left, in a few words."""
    if after.remaining is None or before.remaining is None:
        return ""
    scope = (after.scope or 0) - (before.scope or 0)
    done = (after.done or 0) - (before.done or 0)
    words = []
    if abs(done) > 1e-9:
        words.append(f"{amount(done)} done" if done > 0 else f"{amount(-done)} reopened")
    if abs(scope) > 1e-9:
        words.append(f"scope {'+' if scope > 0 else '-'}{amount(abs(scope))}")
    return ", ".join(words)


def _members(
    members: Sequence[MemberRow], keys: Mapping[int, str], zone: str, state: SprintState
) -> Table:
    columns = (
        Column("Item"),
        Column("Title", shrinks=True),
        Column("What became of it", short="Fate"),
        Column("Since", wide=80),
        Column("Estimate", right=True, short="Est."),
        Column("Committed", short="Com."),
        Column("Carried", right=True, short="Car."),
        Column("Why", shrinks=True, wide=100),
    )
    is_over = state in (SprintState.CLOSED, SprintState.CANCELLED)
    word = "planned" if state is SprintState.PLANNED else "yes"
    rows = []
    for one in members:
        fate, tone = _FATES[one.fate]
        if one.fate == "open" and is_over:
            fate, tone = f"{CARRIED} carried", "warn"
        times = f"{CARRIED}{one.times_carried}" if one.times_carried else ""
        since = local(one.at, zone).date() if one.at is not None else None
        rows.append(
            row(
                Cell(keys[one.item], "strong"),
                one.title,
                Cell(fate, tone),
                Cell(day(since) if since else "", "faint"),
                amount(one.estimate),
                word if one.committed else "added",
                Cell(times, "warn" if one.times_carried > 1 else "faint"),
                Cell(_why(one.reason, one.by), "faint"),
                target=Target(keys[one.item], items=((one.item, fate),)),
            )
        )
    return Table(columns, tuple(rows))


def _why(reason: str, by: str) -> str:
    return f"{reason} ({by})" if reason and by else reason or by


def _changes(events: Sequence[SprintEvent], keys: Mapping[int, str], zone: str) -> tuple[Part, ...]:
    columns = (
        Column("When"),
        Column("Item"),
        Column("What"),
        Column("Value", right=True),
        Column("Left then", right=True, short="Left"),
        Column("Why", shrinks=True),
    )
    rows = []
    for event in events[-EVENTS:]:
        when = local(event.at, zone)
        key = keys.get(event.item or 0, "?")
        value = f"{event.value:+,g}" if event.kind == "re-estimated" else amount(event.value)
        rows.append(
            row(
                Cell(f"{day(when.date())} {when:%H:%M}", "faint"),
                Cell(key, "strong"),
                event.kind,
                value,
                amount(event.remaining),
                Cell(_why(event.reason, event.by), "faint"),
                target=Target(key, items=((event.item, event.kind),)) if event.item else None,
            )
        )
    left = len(events) - len(rows)
    more = (Sentence(f"{left:,} earlier changes: --json has all", "faint"),) if left else ()
    return (*more, Table(columns, tuple(rows)))
