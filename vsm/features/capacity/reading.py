"""The capacity of teams over all streams, from what a reader knows of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from math import isfinite
from statistics import fmean
from typing import TYPE_CHECKING

from vsm.features.capacity.pivot_or_hire import (
    CALM,
    LEAD_WEEKS,
    MONTH,
    compare_ways,
    productive_week,
)
from vsm.features.capacity.plan_comparison import compare_plan
from vsm.features.capacity.results import (
    Basis,
    Capacity,
    Option,
    Predictions,
    TeamAllocation,
    TeamCapacity,
    TeamInteraction,
    Trend,
    Way,
)
from vsm.features.capacity.text import (
    given_away_text,
    no_hire_text,
    option_text,
    sentences,
    skills_text,
)
from vsm.flow_reader import data_end
from vsm.model.allocation import RAMP_WEEKS, Hire, HireState
from vsm.model.calendar import Calendar
from vsm.model.entities import ENTITIES, PIN
from vsm.model.people_privacy import Onlooker
from vsm.model.pin import Pin
from vsm.model.query_tree import Query
from vsm.model.rules import DAY, local
from vsm.model.team import Team
from vsm.reader import Reader

if TYPE_CHECKING:
    from vsm.features.capacity.changes import Tried
    from vsm.features.capacity.measuring import JudgedStream
    from vsm.features.capacity.outlook import TeamOutlook
    from vsm.features.capacity.people import Staffing
    from vsm.features.capacity.pivot_or_hire import Comparison

WEEKS = 26
"""Weeks ahead that are looked at."""
LATER, MEASURED_WEEKS = 8, 12
PAST_WEEKS, BEFORE_PIN = 52, 5
"""Weeks back that are looked at: where an older prediction is kept, so many before that one."""
COUNTED = ("waits for other teams", "other teams wait for it", "interactions")
"""What is counted as of now; its past is not followed."""
OVER = (HireState.STARTED, HireState.DROPPED)

Lent = dict[str, dict[str, float]]
"""By donor the people whom more loaded teams have been offered, by the name of these."""


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
    tried: Sequence[Tried] = (),
    onlooker: Onlooker | None = None,
) -> Capacity:
    """The load of all teams, when they are saturated, and what helps; loads numpy.

    People are those known now, in the past too. ``tried`` are plans that are compared with what is;
    of a single one the teams are shown. An ``onlooker`` sees the allocations that they may.
    """
    staffing, teams = read_staffing(reader), reader.teams()
    streams, end = _judge_streams(reader, as_of, present)
    zone = streams[0].flow.stream.zone if streams else "UTC"
    today = local(end, zone).date()
    pins = _kept_predictions(reader, as_of, present)
    oldest = min((pin.pinned_at for pin in pins), default=end)
    past_weeks = max(PAST_WEEKS, (end - oldest) // (7 * DAY) + BEFORE_PIN)

    def look(plan: Tried | None) -> list[TeamOutlook]:
        people = staffing if plan is None else plan.staffing(staffing, today)
        factors = {} if plan is None else plan.arrivals
        return [
            _outlook(team, streams, people, end, (past_weeks, weeks), factors.get(team.id, 1.0))
            for team in teams
        ]

    as_is = look(None)
    planned = [look(plan) for plan in tried]
    shown = planned[0] if len(planned) == 1 else as_is
    results = []
    lent: Lent = {}
    # The most loaded first: donors have left what the teams before it have not been offered.
    for outlook in sorted(shown, key=lambda one: -one.used_now):
        result = _with_options(_result(outlook), outlook, shown, staffing, lent)
        if onlooker is not None:
            rows = _allocations(result.id, staffing, onlooker, today.isoformat())
            result = replace(result, allocations=rows)
        results.append(replace(result, text=sentences(result)))
    results = _with_ties(reader, results, as_of, present, today)
    results.sort(key=lambda team: (-(team.utilisation or 0.0), not team.stages, team.name))
    return Capacity(
        as_of=as_of,
        zone=zone,
        weeks_ahead=weeks,
        teams=tuple(results),
        plan=tried[0].name if len(tried) == 1 else None,
        plans=tuple(
            compare_plan(plan.name, as_is, outlooks)
            for plan, outlooks in zip(tried, planned, strict=True)
        ),
        predictions=_predictions(pins, as_is, zone, as_of),
    )


def _with_ties(
    reader: Reader, results: Sequence[TeamCapacity], as_of: int, present: bool, today: date
) -> list[TeamCapacity]:
    """The teams with their interactions, and with how many dependencies they have."""
    interactions = _interactions(reader, today)
    waits = _dependencies(reader, as_of, present)
    out = []
    for result in results:
        held = interactions.get(result.id, ())
        counts = (*waits.get(result.name, (0, 0)), len(held))
        trends = tuple(
            Trend(name=name, now=number, usual=None, direction=None)
            for name, number in zip(COUNTED, counts, strict=True)
        )
        out.append(replace(result, interactions=held, trends=(*result.trends, *trends)))
    return out


def _kept_predictions(reader: Reader, as_of: int, present: bool) -> list[Pin]:
    """The predictions that were kept by as-of."""
    return [
        pin
        for pin in reader.entities(PIN)
        if pin.team is not None and (present or pin.pinned_at <= as_of)
    ]


def _predictions(
    pins: Sequence[Pin], outlooks: Sequence[TeamOutlook], zone: str, as_of: int
) -> Predictions:
    """What came of predictions."""
    from vsm.features.capacity.predictions import judge

    if not pins:
        return Predictions()
    weeks = {one.measured.team.id: (one.measured.team.name, one.known_rows()) for one in outlooks}
    return judge(pins, weeks, zone, as_of)


def _judge_streams(reader: Reader, as_of: int, present: bool) -> tuple[list[JudgedStream], int]:
    """The streams in which teams work, judged, and the end of their data."""
    from vsm.features.bottlenecks.constraint import judge_recent
    from vsm.features.capacity.measuring import JudgedStream

    chosen = [stream for stream in reader.all_streams() if stream.working_teams]
    flows = [(s, *reader.flow(s, Query(), as_of, present=present)) for s in chosen]
    judged = []
    for stream, flow, facts in flows:
        if not flow.entered.size:
            continue
        end = data_end(flow.last_activity, as_of)
        others = reader.flows_of_teams(stream, as_of, present)
        judgement = judge_recent(flow, end, facts.teams, others)
        judged.append(JudgedStream(flow, facts, judgement, end))
    return judged, max((one.end for one in judged), default=as_of)


def _outlook(
    team: Team,
    streams: Sequence[JudgedStream],
    staffing: Staffing,
    end: int,
    weeks: tuple[int, int],
    factor: float,
) -> TeamOutlook:
    """What lies ahead of a team, with so many weeks of the past and ahead."""
    from vsm.features.capacity.measuring import measure
    from vsm.features.capacity.outlook import TeamOutlook
    from vsm.features.capacity.people import effective_people, weekly_people

    working_in = [one for one in streams if one.active_of(team.id)]
    own = [one.flow.stream for one in working_in]
    end = max((one.end for one in working_in), default=end)
    zone, calendar = (own[0].zone, own[0].calendar) if own else ("UTC", Calendar())
    today, calendar = local(end, zone).date(), team.calendar(calendar)
    by_day = effective_people(team.id, staffing, calendar, today, today + timedelta(days=13))
    # On a day off, or before a holiday, those of the next working day.
    people = next(iter(by_day.values()), 0.0)
    monday = today - timedelta(days=today.weekday())
    past_weeks, weeks_ahead = weeks
    first = monday - timedelta(weeks=past_weeks)
    past = weekly_people(team.id, staffing, calendar, first, past_weeks)
    known = [week.people for week in past[-MEASURED_WEEKS:] if week.people is not None]
    then = fmean(known) if known else people
    most = max(weeks_ahead, _lead_weeks(team.id, staffing) + RAMP_WEEKS) + CALM + MONTH
    every = weekly_people(team.id, staffing, calendar, monday, most)
    return TeamOutlook(
        measure(team, streams, (people, then), calendar, zone, end),
        past,
        every[:weeks_ahead],
        factor,
        every[weeks_ahead:],
    )


def _result(outlook: TeamOutlook) -> TeamCapacity:
    from vsm.features.capacity.trends import load_trends

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
        dips=outlook.dips(),
        trends=load_trends(measured, outlook.past),
    )


def _slots_per_person(outlook: TeamOutlook) -> float | None:
    """The slots of a person, or of the whole team where nobody is known to be in it."""
    measured = outlook.measured
    return measured.focus if measured.people_then else measured.slots


def _with_options(
    result: TeamCapacity,
    outlook: TeamOutlook,
    every: Sequence[TeamOutlook],
    staffing: Staffing,
    lent: Lent,
) -> TeamCapacity:
    """The team with what helps, if it is saturated or will be.

    What its first option takes from a donor is added to what is ``lent``.
    """
    from vsm.features.capacity.people import skills_of

    if not (result.is_saturated or result.saturation):
        return result
    team, *others = [
        one.for_comparison(skills_of(one.measured.team.id, staffing, one.measured.today))
        for one in (outlook, *(other for other in every if other is not outlook))
    ]
    if team is None:
        return result
    skills = frozenset(s for hire in _hires(result.id, staffing) for s in hire.skills)
    crossing, lead_weeks = outlook.crossing, _lead_weeks(result.id, staffing)
    comparison = compare_ways(
        team,
        [other for other in others if other is not None],
        skills,
        saturated_in=0 if result.is_saturated or crossing is None else crossing.week or 0,
        lead_weeks=lead_weeks,
        lent={donor: sum(receivers.values()) for donor, receivers in lent.items()},
    )
    if comparison is None:
        return result
    monday = outlook.ahead[0].monday
    options = _options(comparison, result.name, monday, lent)
    has_pivot = comparison.pivot is not None
    notes = [skills_text(comparison.without_skills, sorted(skills), has_pivot=has_pivot)]
    if comparison.given_away and not has_pivot:
        notes = [given_away_text(name, tuple(lent[name])) for name in comparison.given_away]
    if comparison.hire is None:
        full = monday + timedelta(weeks=lead_weeks + RAMP_WEEKS)
        notes.append(no_hire_text(full))
    first = comparison.ways[0] if comparison.ways else None
    if first is not None and first.donor is not None:
        receivers = lent.setdefault(first.donor.name, {})
        receivers[result.name] = receivers.get(result.name, 0.0) + first.people
    return replace(result, options=options, notes=tuple(filter(None, notes)))


def _hires(team: int, staffing: Staffing) -> list[Hire]:
    """The hires of a team that are still to come."""
    return [h for h in staffing.hires if h.team == team and h.state not in OVER]


def _lead_weeks(team: int, staffing: Staffing) -> int:
    """The weeks until a hire begins in a team."""
    leads = (h.lead_weeks for h in _hires(team, staffing))
    return next((weeks for weeks in leads if weeks is not None), LEAD_WEEKS)


def _allocations(
    team: int, staffing: Staffing, onlooker: Onlooker, today: str
) -> tuple[TeamAllocation, ...]:
    """The allocations of a team, of today and later, that somebody may see."""
    logins = {member.id: member.login for member in staffing.members}
    return tuple(
        TeamAllocation(
            login=logins.get(one.member, "?"),
            fraction=one.fraction,
            start=date.fromisoformat(one.start),
            end=None if one.end is None else date.fromisoformat(one.end),
            skills=one.skills,
        )
        for one in onlooker.allocations(staffing.allocations)
        if one.team == team and (one.end is None or one.end >= today)
    )


def _options(comparison: Comparison, name: str, monday: date, lent: Lent) -> tuple[Option, ...]:
    out = []
    for way in comparison.ways:
        donor, giver = way.donor, way.giver
        receivers = lent.get(donor.name, {}) if donor else {}
        option = Option(
            kind=Way.HIRE if donor is None else Way.PIVOT,
            donor=donor.name if donor else None,
            delta=way.people,
            wait_before=comparison.before.mean_wait,
            wait_after=way.team.mean_wait,
            donor_loss=way.donor_loss,
            donor_before=donor.used_now if donor else None,
            donor_after=giver.used_now if giver else None,
            item_days=way.total,
            productive_from=monday + timedelta(weeks=productive_week(way)),
            weeks=len(comparison.before.weeks),
            lent=sum(receivers.values()),
            why="",
        )
        out.append(replace(option, why=option_text(option, name, tuple(receivers))))
    return tuple(out)


def _dependencies(reader: Reader, as_of: int, present: bool) -> dict[str, tuple[int, int]]:
    """By team the open dependencies that it waits for, and those in which others wait for it."""
    linked = reader.linked_items(as_of, not present)
    teams = {row.id: row.team for row in linked.rows}
    waits: dict[str, list[int]] = {}
    for blocker, waiting, *_ in linked.links:
        if blocker not in teams or waiting not in teams or teams[blocker] == teams[waiting]:
            continue
        waits.setdefault(teams[waiting], [0, 0])[0] += 1
        waits.setdefault(teams[blocker], [0, 0])[1] += 1
    return {team: (numbers[0], numbers[1]) for team, numbers in waits.items()}


def _interactions(reader: Reader, today: date) -> dict[int, tuple[TeamInteraction, ...]]:
    """The interactions that go on, by team."""
    names = {team.id: team.name for team in reader.teams()}
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
