"""Sprints of a stream, from what a reader knows: the list with velocity, and one rebuilt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from vsm.features.sprints.figures import (
    CAPACITY_SPRINTS,
    capacity_share,
    days_between,
    redrawn_ideal,
    say_do,
    velocity_range,
)
from vsm.features.sprints.odds import read_odds
from vsm.features.sprints.results import (
    Actual,
    CapacityCheck,
    CarriedItem,
    CommittedItem,
    Day,
    MemberRow,
    Period,
    SprintDetail,
    SprintEvent,
    SprintRow,
    Sprints,
    Totals,
    Velocity,
)
from vsm.model.calendar import Calendar
from vsm.model.rules import day_start, local
from vsm.model.sprint import Measure, Sprint, SprintState
from vsm.model.sprint_ledger import Fate, Ledger, MemberRecord, Summary, rebuild
from vsm.model.stream import ValueStream
from vsm.model.team import Team
from vsm.reader import Reader

if TYPE_CHECKING:
    from vsm.model.sprint import ItemFacts

TWICE = 2
"""So often carried over is often."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A sprint as of a moment, in its measure and in items."""

    sprint: Sprint
    ledger: Ledger
    count: Ledger
    records: tuple[MemberRecord, ...]
    commitment: dict[int, float | None]

    def in_measure(self, measure: Measure) -> Ledger:
        """The ledger in a measure."""
        return self.count if measure is Measure.COUNT else self.ledger


def rebuild_sprint(reader: Reader, sprint: Sprint, at: int) -> Rebuilt:
    """A sprint as it stood at a moment; ``sprint`` has the plan of then."""
    records = tuple(reader.sprint_records(sprint.id))
    frozen = reader.sprint_commitment(sprint.id)
    is_recorded = bool(frozen) or not sprint.source_id
    until = at if sprint.closed_at is None else min(at, sprint.closed_at)

    def ledger(by_count: bool) -> Ledger:
        return rebuild(
            records,
            start=sprint.started_at,
            until=until,
            closed=sprint.closed_at is not None,
            by_count=by_count,
            commitment=frozen if is_recorded and sprint.started_at is not None else None,
            commits_until=sprint.commits_until,
        )

    return Rebuilt(sprint, ledger(by_count=False), ledger(by_count=True), records, frozen)


def totals(summary: Summary) -> Totals:
    """The totals of a summary, as they are published."""
    return Totals(*summary[:6])


def _row(one: Rebuilt, measure: Measure | None) -> SprintRow:
    sprint = one.sprint
    own = measure or Measure(sprint.measure)
    summary = one.in_measure(own).summary
    inside = [member for member in one.count.members if member.fate is not Fate.REMOVED]
    return SprintRow(
        id=int(sprint.number),
        name=sprint.name,
        state=sprint.state,
        goal=sprint.goal,
        goal_met=sprint.goal_met,
        planned=_planned(sprint),
        actual=Actual(sprint.started_at, sprint.closed_at),
        measure=own,
        items=len(inside),
        unestimated=one.ledger.unestimated,
        summary=totals(summary),
        say_do=say_do(summary.committed_done, summary.started) if sprint.started_at else None,
    )


def _planned(sprint: Sprint) -> Period:
    first, last = map(date.fromisoformat, (sprint.planned_start, sprint.planned_end))
    return Period(first, last)


def main_measure(sprints: Sequence[Sprint]) -> Measure:
    """The measure of the latest sprint; points where there is none."""
    return Measure(sprints[-1].measure) if sprints else Measure.POINTS


def _closed(rebuilt: Sequence[Rebuilt]) -> list[Rebuilt]:
    """The sprints that count as velocity, in the order in which they ended.

    One that never had an item says nothing: an import may know the sprint, but not its items.
    """
    closed = [one for one in rebuilt if one.sprint.state is SprintState.CLOSED and one.records]
    return sorted(closed, key=lambda one: one.sprint.closed_at or 0)


def _velocity(rebuilt: Sequence[Rebuilt], measure: Measure) -> Velocity:
    closed = _closed(rebuilt)
    done = velocity_range([one.in_measure(measure).summary.completed for one in closed])
    items = velocity_range([one.count.summary.completed for one in closed])
    low, high = done or (None, None)
    low_items, high_items = items or (None, None)
    return Velocity(len(closed), low, high, low_items, high_items)


def read_sprints(
    reader: Reader, stream: ValueStream, now: int, measure: Measure | None = None
) -> Sprints:
    """All sprints of a stream as they stood at a moment, the latest last."""
    known = reader.sprints_of(stream.id, now)
    rebuilt = [rebuild_sprint(reader, sprint, now) for sprint in known]
    chosen = measure or main_measure(known)
    carried = reader.carried(now, TWICE)
    there = reader.open_items(stream.id)
    often = {item: times for item, times in carried.items() if item in there}
    facts = reader.item_facts(often)
    rows = sorted(
        (
            CarriedItem(
                item,
                facts[item].title,
                times,
                max(0, (now - facts[item].created) // 86_400_000_000),
                facts[item].estimate,
            )
            for item, times in often.items()
        ),
        key=lambda one: (-one.times_carried, -one.age_days, one.item),
    )
    return Sprints(
        keys=tuple((item, fact.key) for item, fact in facts.items()),
        stream=stream.name,
        measure=chosen,
        as_of=now,
        sprints=tuple(_row(one, measure) for one in rebuilt),
        velocity=_velocity(rebuilt, chosen),
        carried_twice=tuple(rows),
        carried_share=len(rows) / len(there) if there else None,
    )


# -- one sprint ----------------------------------------------------------------------------


def read_sprint(
    reader: Reader,
    stream: ValueStream,
    number: int,
    now: int,
    *,
    measure: Measure | None = None,
    present: bool = True,
) -> SprintDetail | None:
    """A sprint rebuilt as of a moment; ``None`` where it was not planned yet.

    ``present`` says that the moment is now: then there are odds that it ends as planned.
    """
    known = reader.sprints_of(stream.id, now)
    sprint = next((one for one in known if one.id == number), None)
    if sprint is None:
        return None
    one = rebuild_sprint(reader, sprint, now)
    own = measure or Measure(sprint.measure)
    ledger = one.in_measure(own)
    teams = {team.id: team for team in reader.teams()}
    calendar = _calendar(stream, teams.get(sprint.team or 0))
    facts = reader.item_facts([record.item for record in one.records])
    carried = reader.carried(now)
    return SprintDetail(
        keys=tuple((item, fact.key) for item, fact in facts.items()),
        id=int(sprint.number),
        name=sprint.name,
        stream=stream.name,
        team=teams[sprint.team].name if sprint.team in teams else None,
        state=sprint.state,
        goal=sprint.goal,
        goal_met=sprint.goal_met,
        goal_note=sprint.goal_note,
        planned=_planned(sprint),
        actual=Actual(sprint.started_at, sprint.closed_at),
        as_of=now,
        measure=own,
        grace_hours=sprint.grace,
        commitment_from="event" if one.commitment or not sprint.source_id else "history",
        commitment=_commitment(one),
        events=_events(ledger),
        days=_days(reader, stream, one, ledger, calendar, now),
        summary=totals(ledger.summary),
        summary_items=totals(one.count.summary),
        unestimated=one.ledger.unestimated,
        items=sum(member.fate is not Fate.REMOVED for member in one.count.members),
        say_do=(
            say_do(ledger.summary.committed_done, ledger.summary.started)
            if sprint.started_at
            else None
        ),
        capacity=_capacity(reader, one, known, own, now),
        odds=read_odds(reader, stream, one.count, sprint, calendar, now) if present else None,
        members=_members(ledger, facts, carried),
        overlaps=tuple(other.name for other in overlapping(sprint, known)),
    )


def overlapping(sprint: Sprint, known: Sequence[Sprint]) -> list[Sprint]:
    """Other active sprints of the same team; without a team, of none."""
    if sprint.state is not SprintState.ACTIVE:
        return []
    return [
        other
        for other in known
        if other.id != sprint.id and other.team == sprint.team and other.state is SprintState.ACTIVE
    ]


def _calendar(stream: ValueStream, team: Team | None) -> Calendar:
    return stream.calendar if team is None else team.calendar(stream.calendar)


def _commitment(one: Rebuilt) -> tuple[CommittedItem, ...]:
    """Items and estimates that were committed to."""
    sprint = one.sprint
    if sprint.started_at is None:
        return ()
    if one.commitment:
        return tuple(CommittedItem(*pair) for pair in one.commitment.items())
    if not sprint.source_id:
        return ()
    then = rebuild(one.records, start=None, until=sprint.started_at - 1)
    return tuple(CommittedItem(member.item, member.estimate) for member in then.members)


def _events(ledger: Ledger) -> tuple[SprintEvent, ...]:
    return tuple(
        SprintEvent(
            step.at,
            step.kind.value,
            step.item,
            step.value,
            step.remaining,
            step.scope,
            step.done,
            step.reason,
            step.by,
        )
        for step in ledger.steps
    )


def _members(
    ledger: Ledger, facts: Mapping[int, ItemFacts], carried: Mapping[int, int]
) -> tuple[MemberRow, ...]:
    order = list(Fate)
    rows = [
        MemberRow(
            member.item,
            facts[member.item].title,
            member.fate.value,
            member.committed is not None,
            member.value,
            member.estimate,
            member.at,
            member.reason,
            member.by,
            carried.get(member.item, 0),
        )
        for member in ledger.members
        if member.item in facts
    ]
    return tuple(
        sorted(rows, key=lambda one: (order.index(Fate(one.fate)), not one.committed, one.item))
    )


def _days(
    reader: Reader,
    stream: ValueStream,
    one: Rebuilt,
    ledger: Ledger,
    calendar: Calendar,
    now: int,
) -> tuple[Day, ...]:
    """The totals at the end of each day, and the ideal line over the days that were planned."""
    sprint, zone = one.sprint, stream.zone
    if sprint.started_at is None:
        return ()
    begun = local(sprint.started_at, zone).date()
    until = now if sprint.closed_at is None else sprint.closed_at
    today = local(until, zone).date()
    end = date.fromisoformat(sprint.planned_end)
    days = days_between(begun, max(today, end))
    ends = _ends(reader, sprint, begun, zone, now)
    ideal = redrawn_ideal(days, calendar, ledger.summary.started, ends)
    out: list[Day] = []
    place, remaining, scope, done = 0, ledger.summary.started, ledger.summary.started, 0.0
    for day, planned in zip(days, ideal, strict=True):
        night = day_start(day + timedelta(days=1), zone)
        while place < len(ledger.steps) and ledger.steps[place].at < night:
            step = ledger.steps[place]
            remaining, scope, done = step.remaining, step.scope, step.done
            place += 1
        if day > today and sprint.closed_at is not None:
            break
        known = (None, None, None) if day > today else (remaining, scope, done)
        out.append(Day(day, calendar.works(day), planned, *known))
    return tuple(out)


def _ends(
    reader: Reader, sprint: Sprint, begun: date, zone: str, now: int
) -> list[tuple[date, date]]:
    """(day from which on, last day planned from then on)."""
    changes = [(at, day) for at, day in reader.planned_ends(sprint.id) if at <= now]
    lasts = [*(day for _, day in changes), sprint.planned_end]
    since = [begun, *(max(begun, local(at, zone).date()) for at, _ in changes)]
    return [(first, date.fromisoformat(last)) for first, last in zip(since, lasts, strict=True)]


def _lacks_estimates(one: Rebuilt) -> bool:
    """Whether nothing that was committed to, or is planned so far, has an estimate."""
    inside = [member for member in one.count.members if member.fate is not Fate.REMOVED]
    estimates = [item.estimate for item in _commitment(one)] or [m.estimate for m in inside]
    return bool(estimates) and all(estimate is None for estimate in estimates)


def _capacity(
    reader: Reader, one: Rebuilt, known: Sequence[Sprint], measure: Measure, now: int
) -> CapacityCheck:
    """The commitment (or what is planned so far) against the last sprints by team-day."""
    sprint = one.sprint
    before = [
        other
        for other in known
        if other.state is SprintState.CLOSED and other.id != sprint.id and other.effective_days
        and (sprint.started_at is None or (other.closed_at or 0) <= sprint.started_at)
    ]  # fmt: skip
    before = sorted(before, key=lambda other: other.closed_at or 0)[-CAPACITY_SPRINTS:]
    worked = [
        (
            rebuild_sprint(reader, other, now).in_measure(measure).summary.completed,
            other.effective_days or 0.0,
        )
        for other in before
    ]
    committed = one.in_measure(measure).summary.started
    pace, share = capacity_share(committed, sprint.effective_days, worked)
    if measure is not Measure.COUNT and _lacks_estimates(one):
        share = None
    return CapacityCheck(sprint.capacity_days, sprint.focus, pace, len(worked), share)
