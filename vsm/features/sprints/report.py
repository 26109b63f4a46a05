"""Reports on sprints: the list with velocity, and one sprint with its burn-down and members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from vsm.features.sprints.head import GOALS, amount, head, real_days
from vsm.features.sprints.results import (
    CarriedItem,
    Day,
    MemberRow,
    SprintDetail,
    SprintEvent,
    SprintRow,
    Sprints,
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
from vsm.report.wording import Hint, day, name_verb, percent

CARRIED = "↻"
"""Before how often an item was carried over."""
MOST_DAYS = 45
"""Days of a burn-down that are drawn; of longer sprints every so-manieth."""
EVENTS = 40
"""Changes of scope that are listed; JSON has all."""
BEGIN = (
    ("vsm sprint plan NAME --start DATE --end DATE plans one", "{plan_sprint} plans one"),
    ("vsm sprint add NO KEY... puts items into it",
     "{add_to_sprint} puts those marked on the board into it, or those whose keys you type"),
    ("vsm sprint start NO makes what is in it the commitment",
     "{start_sprint} makes what is in it the commitment"),
)  # fmt: skip
"""How to begin, step by step."""
_STATES: dict[SprintState, Tone] = {
    SprintState.ACTIVE: "accent",
    SprintState.PLANNED: "text",
    SprintState.CLOSED: "faint",
    SprintState.CANCELLED: "faint",
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


# -- the list ------------------------------------------------------------------------------


def report(result: Sprints, zone: str = "UTC", hint: Hint = name_verb) -> Document:
    """The report on the sprints of a stream."""
    unit = result.measure.unit
    if not result.sprints:
        steps = tuple(Sentence(hint(*step), lead=f"{n}.") for n, step in enumerate(BEGIN, 1))
        first = Section("", (Sentence("No sprint is planned in this stream"),))
        return Document(f"Sprints of {result.stream}", (), (first, Section("How to begin", steps)))
    sections = [Section("", (*_velocity(result, unit), *_unestimated(result.sprints)))]
    sections.append(Section("Sprints", (_table(result.sprints, zone),)))
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


def _table(rows: Sequence[SprintRow], zone: str) -> Table:
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
    return Table(columns, tuple(_line(one, most, zone) for one in reversed(rows)))


def _line(one: SprintRow, most: float, zone: str) -> Row:
    total, days = one.summary, real_days(one.planned, one.actual, zone)
    goal, tone = GOALS[one.goal_met]
    return row(
        str(one.id),
        Cell(one.name, "strong" if one.state is SprintState.ACTIVE else "text"),
        Cell(one.state, _STATES[one.state]),
        Cell(f"{day(days.start)} – {day(days.end)}", "faint"),
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
    sections = [Section("", head(result, unit, zone))]
    if result.days and result.members:
        sections.append(Section(f"Burn-down in {unit}", _burn(result, unit)))
    if result.members:
        table = _members(result.members, keys, zone, result.state)
        sections.append(Section("Items", (table,)))
    changes = [event for event in result.events if event.kind != "started"]
    if changes:
        sections.append(Section("What changed", _changes(changes, keys, zone)))
    return Document(f"{result.name} of {result.stream}", (), tuple(sections))


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
            fate, tone = "· not done", "warn"
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
