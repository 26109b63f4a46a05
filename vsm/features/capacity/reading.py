"""The capacity of teams over all streams, from what a reader knows of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from vsm.features.capacity.results import (
    Basis,
    Capacity,
    Option,
    TeamCapacity,
    TeamInteraction,
    Way,
)
from vsm.features.capacity.text import option_text, sentences
from vsm.flow_reader import data_end
from vsm.model.allocation import HireState
from vsm.model.calendar import Calendar
from vsm.model.entities import ENTITIES
from vsm.model.query_tree import Query
from vsm.model.rules import local
from vsm.model.team import Team
from vsm.reader import Reader

if TYPE_CHECKING:
    from vsm.features.capacity.measuring import JudgedStream
    from vsm.features.capacity.outlook import TeamOutlook
    from vsm.features.capacity.people import Staffing
    from vsm.features.capacity.pivot_or_hire import Comparison

WEEKS = 26
"""Weeks ahead that are looked at."""
LATER = 8
OPEN = (HireState.REQUESTED, HireState.APPROVED, HireState.OPEN)


def read_staffing(reader: Reader) -> Staffing:
    """All that decides how many people teams have."""
    from vsm.features.capacity.people import Staffing

    return Staffing(
        members=tuple(reader.members()),
        allocations=tuple(reader.entities(ENTITIES["allocation"])),
        absences=tuple(reader.entities(ENTITIES["absence"])),
        hires=tuple(reader.entities(ENTITIES["hire"])),
    )


def read_capacity(
    reader: Reader,
    *,
    as_of: int,
    present: bool = False,
    weeks: int = WEEKS,
    staffing: Staffing | None = None,
    plan: str | None = None,
) -> Capacity:
    """The load of all teams, when they are saturated, and what helps; loads numpy.

    People are those known now, in the past too. ``staffing`` stands in place of what is recorded:
    ``plan`` names it.
    """
    staffing = read_staffing(reader) if staffing is None else staffing
    streams, end = _judge_streams(reader, as_of, present)
    teams = reader.teams()
    zone = streams[0].flow.stream.zone if streams else "UTC"
    outlooks = [_outlook(team, streams, staffing, end, weeks) for team in teams]
    results = [_result(one) for one in outlooks]
    results = [
        _with_options(result, one, outlooks, staffing)
        for result, one in zip(results, outlooks, strict=True)
    ]
    interactions = _interactions(reader, teams, local(end, zone).date())
    results = [
        replace(result, text=sentences(result), interactions=interactions.get(result.id, ()))
        for result in results
    ]
    results.sort(key=lambda team: (-(team.utilisation or 0.0), not team.stages, team.name))
    return Capacity(as_of=as_of, zone=zone, weeks_ahead=weeks, teams=tuple(results), plan=plan)


def _judge_streams(reader: Reader, as_of: int, present: bool) -> tuple[list[JudgedStream], int]:
    """The streams in which teams work, judged, and the end of their data."""
    from vsm.features.bottlenecks.constraint import judge_recent
    from vsm.features.capacity.measuring import JudgedStream

    streams = [reader.stream(info.id) for info in reader.streams()]
    chosen = [stream for stream in streams if stream is not None and stream.working_teams]
    flows = [(s, *reader.flow(s, Query(), as_of, present=present)) for s in chosen]
    ends = [data_end(flow.last_activity, as_of) for _, flow, _ in flows]
    end = max(ends, default=as_of)
    judged = []
    for stream, flow, facts in flows:
        if not flow.entered.size:
            continue
        others = reader.flows_of_teams(stream, as_of, present)
        judged.append(JudgedStream(flow, facts, judge_recent(flow, end, facts.teams, others)))
    return judged, end


def _outlook(
    team: Team, streams: Sequence[JudgedStream], staffing: Staffing, end: int, weeks: int
) -> TeamOutlook:
    from vsm.features.capacity.measuring import measure
    from vsm.features.capacity.outlook import TeamOutlook
    from vsm.features.capacity.people import effective_people, weekly_people
    from vsm.features.capacity.saturation import HISTORY

    own = [one.flow.stream for one in streams if one.active_of(team.id)]
    zone, calendar = (own[0].zone, own[0].calendar) if own else ("UTC", Calendar())
    today, calendar = local(end, zone).date(), team.calendar(calendar)
    by_day = effective_people(team.id, staffing, calendar, today, today + timedelta(days=13))
    # On a day off, or before a holiday, those of the next working day.
    people = next(iter(by_day.values()), 0.0)
    monday = today - timedelta(days=today.weekday())
    return TeamOutlook(
        measure(team, streams, people, calendar, zone, end),
        weekly_people(team.id, staffing, calendar, monday - timedelta(weeks=HISTORY), HISTORY),
        weekly_people(team.id, staffing, calendar, monday, weeks),
    )


def _result(outlook: TeamOutlook) -> TeamCapacity:
    from math import isfinite

    measured, now = outlook.measured, outlook.now
    wait = None if now is None or not isfinite(now.wait) else now.wait
    later = outlook.ahead[min(LATER, len(outlook.ahead) - 1)]
    known = measured.basis is not Basis.UNKNOWN
    arrival_variation, work_variation = measured.variations if known else (None, None)
    return TeamCapacity(
        id=measured.team.id,
        name=measured.team.name,
        type=measured.team.type,
        stages=tuple(name for _, name in measured.stages),
        stage_ids=tuple(number for number, _ in measured.stages),
        people=measured.people,
        people_later=measured.people if later.people is None else later.people,
        slots_per_person=_slots_per_person(outlook),
        basis=measured.basis,
        arrivals=measured.arrivals,
        work=measured.work,
        utilisation=None if now is None else now.utilisation,
        expected_wait=wait,
        measured_wait=measured.measured_wait,
        in_stage=measured.in_stage,
        in_work=measured.in_work,
        queue_growth=measured.queue_growth,
        arrival_variation=arrival_variation,
        work_variation=work_variation,
        is_constraint=measured.is_constraint,
        weeks=outlook.weeks(),
        saturation=outlook.saturation(),
    )


def _slots_per_person(outlook: TeamOutlook) -> float | None:
    """The slots of a person, or of the whole team where nobody is known to be in it."""
    measured = outlook.measured
    return measured.focus if measured.people else measured.slots


def _with_options(
    result: TeamCapacity,
    outlook: TeamOutlook,
    every: Sequence[TeamOutlook],
    staffing: Staffing,
) -> TeamCapacity:
    """The team with what helps, if it is saturated or will be."""
    from vsm.features.capacity.pivot_or_hire import LEAD_WEEKS, compare_ways

    if not (result.is_saturated or result.saturation):
        return result
    team = outlook.for_comparison(_skills_of(result.id, staffing))
    if team is None:
        return result
    others = [
        one.for_comparison(_skills_of(one.measured.team.id, staffing))
        for one in every
        if one is not outlook
    ]
    hires = [h for h in staffing.hires if h.team == result.id and h.state in OPEN]
    crossing = outlook.crossing
    comparison = compare_ways(
        team,
        [other for other in others if other is not None],
        frozenset(skill for hire in hires for skill in hire.skills),
        saturated_in=0 if result.is_saturated or crossing is None else crossing.week or 0,
        lead_weeks=next((h.lead_weeks for h in hires if h.lead_weeks is not None), LEAD_WEEKS),
    )
    if comparison is None:
        return result
    monday = outlook.ahead[0].monday
    return replace(result, options=_options(comparison, result.name, monday))


def _skills_of(team: int, staffing: Staffing) -> frozenset[str]:
    return frozenset(s for a in staffing.allocations if a.team == team for s in a.skills)


def _options(comparison: Comparison, name: str, monday: date) -> tuple[Option, ...]:
    from vsm.features.capacity.pivot_or_hire import productive_week

    out = []
    for way in comparison.ways:
        donor, giver = way.donor, way.giver
        option = Option(
            kind=Way.HIRE if donor is None else Way.PIVOT,
            donor=donor.name if donor else None,
            delta=way.people,
            wait_before=comparison.before.mean_wait,
            wait_after=way.team.mean_wait,
            donor_loss=way.donor_loss,
            donor_before=donor.weeks[0].utilisation if donor else None,
            donor_after=giver.weeks[0].utilisation if giver else None,
            item_days=way.total,
            productive_from=monday + timedelta(weeks=productive_week(way)),
            why="",
        )
        out.append(replace(option, why=option_text(option, name)))
    return tuple(out)


def _interactions(
    reader: Reader, teams: Sequence[Team], today: date
) -> dict[int, tuple[TeamInteraction, ...]]:
    """The interactions that go on, by team."""
    names = {team.id: team.name for team in teams}
    out: dict[int, list[TeamInteraction]] = {}
    for one in reader.entities(ENTITIES["interaction"]):
        if one.ended is not None and one.ended < today.isoformat():
            continue
        for team, other in ((one.team, one.other), (one.other, one.team)):
            interaction = TeamInteraction(
                other=names.get(other, "?"),
                mode=one.mode,
                until=None if one.until is None else date.fromisoformat(one.until),
                overdue=one.is_overdue(today.isoformat()),
                purpose=one.purpose,
            )
            out.setdefault(team, []).append(interaction)
    return {team: tuple(rows) for team, rows in out.items()}
