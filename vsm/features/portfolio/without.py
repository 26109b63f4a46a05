"""The portfolio without some initiatives, or with some first: what is freed, which dates move."""

from __future__ import annotations

from collections import defaultdict

from vsm.features.portfolio.reading import read_portfolio
from vsm.features.portfolio.results import (
    InitiativeRow,
    Moved,
    Portfolio,
    TeamDays,
    WithoutSome,
)
from vsm.reader import Reader


def read_without(
    reader: Reader,
    now: int,
    stopped: frozenset[int],
    first: frozenset[int] = frozenset(),
    *,
    present: bool = True,
    standing: Portfolio | None = None,
) -> WithoutSome:
    """Everything with and without initiatives (ids); ``standing`` is the portfolio as it is.

    Their open items would wait for nothing and stand before nobody; items that another initiative
    needs too would go on. Items of the ``first`` ones that wait would stand before all others, as
    if they were begun next. The pace of streams stays what it was.
    """
    before = standing or read_portfolio(reader, now, present=present)
    after = read_portfolio(reader, now, present=present, stopped=stopped, first=first)
    then = {row.id: row for row in after.initiatives}
    gone = [row for row in before.initiatives if row.id in stopped]
    freed = defaultdict[str, float](float)
    for row in gone:
        for work in row.team_days:
            freed[work.team] += work.days
    waiting = {item for row in gone for item in row.waiting_items}
    return WithoutSome(
        as_of=now,
        stopped=tuple(row.key for row in gone),
        first=tuple(row.key for row in before.initiatives if row.id in first),
        freed=tuple(TeamDays(team, days) for team, days in sorted(freed.items())),
        dependants=tuple(sorted(reader.keys_of(waiting).values())),
        others=tuple(
            _moved(row, then[row.id])
            for row in before.initiatives
            if row.id not in stopped and row.forecast.p50 is not None
        ),
    )


def _moved(row: InitiativeRow, then: InitiativeRow) -> Moved:
    return Moved(
        row.key,
        row.forecast.p50,
        then.forecast.p50,
        row.forecast.p85,
        then.forecast.p85,
        row.forecast.need_by_odds,
        then.forecast.need_by_odds,
        row.id,
    )
