"""The days of teams that stopping an initiative would free, where their load is known."""

from __future__ import annotations

from collections import defaultdict

from vsm.features.capacity.reading import read_capacity
from vsm.features.capacity.results import Basis
from vsm.features.portfolio.results import InitiativeRow, TeamLoad
from vsm.reader import Reader

KNOWN = (Basis.MEASURED, Basis.ROUGH)
"""Only what was measured of a team is said; assumptions are not."""
LEAST_VISITS = 0.05


def freed_load(
    team: str,
    *,
    visits: float,
    work: float,
    slots: float,
    workdays: int,
    share: float,
    utilisation: float,
) -> TeamLoad:
    """What so many visits of ``work`` days are of a team that works on ``slots`` items at a time.

    Its arrivals fall by the share of visits that were of these items, and utilisation with them.
    """
    days = visits * work
    return TeamLoad(
        team=team,
        visits=visits,
        work=work,
        days=days,
        slots=slots,
        team_days=days / slots,
        team_weeks=days / slots / workdays,
        share=share,
        utilisation=utilisation,
        utilisation_without=utilisation * (1 - share),
    )


def read_load(
    reader: Reader, one: InitiativeRow, now: int, *, present: bool = True
) -> tuple[TeamLoad, ...]:
    """By team what is left of an initiative; nothing of teams whose load is not known.

    Loads numpy. It judges all streams, so it is read for one initiative and not for a table.
    """
    from vsm.features.portfolio.whole import members_of
    from vsm.features.portfolio.work import StreamWork, with_expected
    from vsm.model.query_tree import Query

    if one.state.is_over or not one.open_items:
        return ()
    capacity = read_capacity(reader, as_of=now, present=present)
    known = {team.name: team for team in capacity.teams if team.basis in KNOWN}
    teams = {team.id: team for team in reader.teams()}
    streams = reader.all_streams()
    works = [
        StreamWork(reader.flow(stream, Query(), now, present=present)[0], teams, now)
        for stream in streams
    ]
    sizes = {part.stream: part.in_progress + part.not_started for part in one.forecast.streams}
    visits = defaultdict[str, float](float)
    for work, more in with_expected(works, sizes, one.more_items):
        for name, count in work.visits_left(one.open_items, more).items():
            visits[name] += count
    members = members_of(reader, streams, one.filter, now, present)
    recent = defaultdict[str, list[int]](lambda: [0, 0])
    for work in works:
        for name, (own, every) in work.recent_visits(members).items():
            recent[name][0] += own
            recent[name][1] += every
    workdays = {
        teams[stage.team].name: len(teams[stage.team].calendar(stream.calendar).workdays)
        for stream in streams
        for stage in stream.order
        if stage.team in teams
    }
    loads = []
    for name, count in sorted(visits.items()):
        team = known.get(name)
        if team is None or not team.work or not team.slots or team.utilisation is None:
            continue
        own, every = recent[name]
        if count >= LEAST_VISITS:
            load = freed_load(
                name,
                visits=count,
                work=team.work,
                slots=team.slots,
                workdays=workdays.get(name, 0) or 5,
                share=own / every if every else 0.0,
                utilisation=team.utilisation,
            )
            loads.append(load)
    return tuple(loads)
