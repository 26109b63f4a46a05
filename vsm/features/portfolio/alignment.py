"""Time of teams by what their work served: objectives, or none.

A working day of a team is shared in equal parts by the items that are in its working stages then:
a team that works on many items at once weighs no more than one that works on few, and days of all
teams add up. Working stages without a team count as those of one team with the stream's name.
Where a stream has been silent for long, what lies in it is worked on up to its last move only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from vsm.features.capacity.visits import working_moments
from vsm.features.portfolio.alignment_results import (
    Alignment,
    ObjectiveDays,
    TeamShare,
    UnalignedWork,
)
from vsm.features.portfolio.records import Records
from vsm.features.portfolio.work import StreamWork
from vsm.flow.facts import TYPES, Facts
from vsm.flow.history import Ints
from vsm.flow.stays import Floats
from vsm.flow_reader import data_end
from vsm.model.calendar import Calendar
from vsm.model.portfolio import InitiativeState
from vsm.model.rules import DAY

ALIGNED_DAYS = 90
"""Days in which the time of teams is looked at."""
LEAST_DAYS = 0.05
"""With less of all time there is nothing to say."""

Members = Mapping[int, frozenset[int]]
"""By initiative the ids of its items."""


class Spent(NamedTuple):
    """Days of a team that an item took: of a stream, and of a flow type."""

    team: str
    item: int
    days: float
    stream: str
    type: str


def spent_days(works: Sequence[StreamWork], facts: Sequence[Facts], as_of: int) -> list[Spent]:
    """What each item took of each team's days lately; ``facts`` of each of the streams."""
    visits = defaultdict[str, list[tuple[StreamWork, Ints, Ints, Ints]]](list)
    calendars: dict[str, tuple[str, Calendar]] = {}
    begin = as_of - ALIGNED_DAYS * DAY
    for work in works:
        data, stream = work.data, work.data.stream
        end = data_end(data.last_activity, as_of)
        for place in work.active:
            team = work.teams.get(stream.order[place].team or 0)
            name = stream.name if team is None else team.name
            calendar = stream.calendar if team is None else team.calendar(stream.calendar)
            zone, calendar = calendars.setdefault(name, (stream.zone, calendar))
            is_here = (data.place == place) & (data.left > begin) & (data.entered < end)
            chosen = np.flatnonzero(is_here)
            entered, left = (
                working_moments(np.clip(moments[chosen], begin, max(begin, end)), zone, calendar)
                for moments in (data.entered, data.left)
            )
            visits[name].append((work, data.owner[chosen], entered, left))
    types = {
        work.data.stream.id: of.aligned_to(work.data.history).type
        for work, of in zip(works, facts, strict=True)
    }
    out = []
    for name, parts in visits.items():
        times = (np.concatenate([part[n] for part in parts]) for n in (2, 3))
        shares = iter(_shared(*times).tolist())
        for work, owners, *_ in parts:
            stream = work.data.stream
            kinds, ids = types[stream.id], work.data.history.item
            for owner in owners.tolist():
                kind = TYPES[int(kinds[owner])].value
                out.append(Spent(name, int(ids[owner]), next(shares) / DAY, stream.name, kind))
    return out


def _shared(entered: Ints, left: Ints) -> Floats:
    """The part of each visit of all time in which there is one, shared by those at that time."""
    moments = np.unique(np.concatenate([entered, left]))
    first, last = np.searchsorted(moments, entered), np.searchsorted(moments, left)
    change = np.bincount(first, minlength=moments.size) - np.bincount(last, minlength=moments.size)
    at_once = np.maximum(np.cumsum(change), 1)[:-1]
    so_far = np.concatenate([[0.0], np.cumsum(np.diff(moments) / at_once)])
    shared: Floats = so_far[last] - so_far[first]
    return shared


def alignment(
    records: Records,
    members: Members,
    works: Sequence[StreamWork],
    facts: Sequence[Facts],
    as_of: int,
) -> Alignment | None:
    """Days of teams by objective; ``None`` where no team worked on anything.

    An item of several initiatives counts for each of those that serve an objective.
    """
    spent = [one for one in spent_days(works, facts, as_of) if one.days > 0]
    if sum(one.days for one in spent) < LEAST_DAYS:
        return None
    owners = _owners(records, members)
    names = {one.id: one.name for one in records.objectives.values()}
    by_team = defaultdict[str, dict[str, float]](lambda: defaultdict(float))
    items = defaultdict[str, dict[int, float]](lambda: defaultdict(float))
    unaligned = defaultdict[tuple[str, str], dict[int, float]](lambda: defaultdict(float))
    totals = defaultdict[str, float](float)
    for one in spent:
        totals[one.team] += one.days
        rest = one.days
        for objective, share in _served(records, owners.get(one.item, ())):
            name = names[objective]
            by_team[one.team][name] += one.days * share
            items[name][one.item] += one.days * share
            rest -= one.days * share
        if rest > 1e-9:
            unaligned[one.stream, one.type][one.item] += rest
    return Alignment(
        days=sum(totals.values()),
        teams=tuple(
            TeamShare(
                team,
                total,
                tuple(ObjectiveDays(name, by_team[team][name]) for name in sorted(by_team[team])),
                max(0.0, total - sum(by_team[team].values())),
            )
            for team, total in sorted(totals.items(), key=lambda pair: (-pair[1], pair[0]))
        ),
        objectives=tuple(
            ObjectiveDays(name, sum(items[name].values()), _by_days(items[name]))
            for name in names.values()
            if name in items
        ),
        unaligned=tuple(
            sorted(
                (
                    UnalignedWork(stream, kind, sum(days.values()), len(days), _by_days(days))
                    for (stream, kind), days in unaligned.items()
                ),
                key=lambda work: (-work.days, work.stream, work.type),
            )
        ),
    )


def _by_days(days: Mapping[int, float]) -> tuple[tuple[int, str], ...]:
    """Items with the days that they took, those that took most first."""
    order = sorted(days.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple((item, f"{spent:.1f} days") for item, spent in order)


def _served(records: Records, numbers: Sequence[int]) -> Iterator[tuple[int, float]]:
    """By objective the share of an item's work that serves it."""
    for number in numbers:
        for tie in records.contributions[number]:
            if tie.objective in records.objectives:
                yield tie.objective, tie.weight / len(numbers)


def in_several(records: Records, members: Members) -> tuple[int, ...]:
    """Items that belong to more than one initiative that serves an objective."""
    return tuple(item for item, numbers in _owners(records, members).items() if len(numbers) > 1)


def _owners(records: Records, members: Members) -> dict[int, list[int]]:
    """By item the initiatives that it belongs to: those that were begun and serve an objective."""
    owners = defaultdict[int, list[int]](list)
    for one in records.initiatives:
        if records.contributions.get(one.id) and one.state != InitiativeState.FUNNEL:
            for item in members[one.id]:
                owners[item].append(one.id)
    return owners
