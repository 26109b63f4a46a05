"""The days of teams that stopping an initiative would free, where their load is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

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

    ``share`` is what they are of the visits of twelve weeks: by so much its load of the next twelve
    falls without them, and utilisation with it.
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
    """By team what stopping an initiative frees; nothing of teams whose load is not known.

    Items that another initiative needs go on, so they free nothing.
    """
    return read_freed(reader, (one,), frozenset(one.own_items), now, present=present)


def read_freed(
    reader: Reader,
    rows: Sequence[InitiativeRow],
    ends: Collection[int],
    now: int,
    *,
    present: bool = True,
) -> tuple[TeamLoad, ...]:
    """By team what is freed where these items of some initiatives end, each counted once.

    Loads numpy. It judges all streams, so it is read for a page and not for a table.
    """
    from vsm.features.portfolio.work import each_once, read_works, with_expected

    rows = [one for one in rows if not one.state.is_over and one.open_items]
    if not rows:
        return ()
    capacity = read_capacity(reader, as_of=now, present=present)
    known = {team.name: team for team in capacity.teams if team.basis in KNOWN}
    works = read_works(reader, now, present=present)
    visits, usual = Counter[str](), Counter[str]()
    for one, mine in each_once(rows, ends):
        for work, more in with_expected(works, one.forecast.sizes, one.more_items):
            visits.update(work.visits_left(mine, more))
    for work in works:
        usual.update(work.recent_visits())
    teams = {team.id: team for team in reader.teams()}
    workdays = {
        teams[stage.team].name: len(teams[stage.team].calendar(work.data.stream.calendar).workdays)
        for work in works
        for stage in work.data.stream.order
        if stage.team in teams
    }
    loads = []
    for name, count in sorted(visits.items()):
        team = known.get(name)
        if team is None or not team.work or not team.slots or team.utilisation is None:
            continue
        if count >= LEAST_VISITS:
            load = freed_load(
                name,
                visits=count,
                work=team.work,
                slots=team.slots,
                workdays=workdays.get(name, 0) or 5,
                share=min(1.0, count / usual[name]) if usual[name] else 0.0,
                utilisation=team.utilisation,
            )
            loads.append(load)
    return tuple(loads)
