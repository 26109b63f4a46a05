"""The portfolio without some initiatives, or with some first: what is freed, which dates move."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from vsm.features.portfolio.load import read_freed
from vsm.features.portfolio.reading import read_portfolio
from vsm.features.portfolio.report import in_order
from vsm.features.portfolio.results import (
    InitiativeRow,
    Moved,
    Portfolio,
    TeamDays,
    WithoutSome,
)
from vsm.features.portfolio.work import each_once, read_works, team_days
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

    Their open items would wait for nothing and stand before nobody, and what waits for them would
    wait on; items that another initiative needs too would go on. Items of the ``first`` ones that
    wait would stand before all others, as if they were begun next. The pace of streams stays what
    it was.
    """
    before = standing or read_portfolio(reader, now, present=present)
    gone = [row for row in before.initiatives if row.id in stopped]
    live = frozenset(row.id for row in gone if not row.state.is_over)  # what is over ends nothing
    after = read_portfolio(reader, now, present=present, stopped=live, first=first)
    then = {row.id: row for row in after.initiatives}
    ends = _ending(before, live)
    linked = reader.linked_items(now, past=not present)
    held = _held_up(ends, linked.links, {row.id for row in linked.rows})
    return WithoutSome(
        as_of=now,
        stopped=tuple(row.key for row in gone),
        first=tuple(row.key for row in before.initiatives if row.id in first),
        freed=_freed(reader, gone, ends, now, present),
        load=read_freed(reader, gone, ends, now, present=present),
        goes_on=len({item for row in gone if row.id in live for item in row.open_items} - ends),
        dependants=tuple(sorted(reader.keys_of(held).values())),
        others=tuple(
            _moved(row, then[row.id], reader.keys_of(held & frozenset(row.open_items)))
            for row in in_order(before)
            if row.id not in stopped and row.forecast.p50 is not None
        ),
        nothing=tuple(_nothing(before, stopped, first)),
    )


def _ending(before: Portfolio, stopped: frozenset[int]) -> frozenset[int]:
    """The open items that only initiatives need that would be stopped."""
    ends, needed = set[int](), set[int]()
    for row in before.initiatives:
        if row.id in stopped:
            ends.update(row.open_items)
        elif not row.state.is_over:
            needed.update(row.open_items)
    return frozenset(ends - needed)


def _held_up(
    ends: frozenset[int], links: Iterable[tuple[int, int, *tuple[object, ...]]], is_open: set[int]
) -> frozenset[int]:
    """Open items that wait for these, directly or over others."""
    behind = defaultdict[int, list[int]](list)
    for first, second, *_ in links:
        if first in is_open and second in is_open:
            behind[first].append(second)
    seen, line = set(ends), list(ends)
    while line:
        for item in behind[line.pop()]:
            if item not in seen:
                seen.add(item)
                line.append(item)
    return frozenset(seen - ends)


def _freed(
    reader: Reader, gone: Sequence[InitiativeRow], ends: frozenset[int], now: int, present: bool
) -> tuple[TeamDays, ...]:
    """Days of work on items that would end."""
    works = read_works(reader, now, present=present)
    freed = defaultdict[str, float](float)
    for row, mine in each_once(gone, ends):
        for work in team_days(works, mine, row.forecast.sizes, row.more_items):
            freed[work.team] += work.days
    return tuple(TeamDays(team, days) for team, days in sorted(freed.items()))


def _nothing(before: Portfolio, stopped: frozenset[int], first: frozenset[int]) -> Iterator[str]:
    """Initiatives of which the trial moves nothing, with the reason."""
    for row in before.initiatives:
        if row.id not in stopped | first:
            continue
        if row.state.is_over:
            yield f"{row.key} is {row.state} already"
        elif not row.open_items:
            yield f"{row.key} has no open items"
        elif row.id in first and not any(part.not_started for part in row.forecast.streams):
            yield f"{row.key} is begun already: none of its items waits to be started"


def _moved(row: InitiativeRow, then: InitiativeRow, held: Mapping[int, str]) -> Moved:
    return Moved(
        row.key,
        row.forecast.p50,
        then.forecast.p50,
        row.forecast.p85,
        then.forecast.p85,
        row.forecast.need_by_odds,
        then.forecast.need_by_odds,
        tuple(sorted(held.values())),
        row.id,
    )
