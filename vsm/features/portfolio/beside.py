"""Reads for the page of one initiative: load of teams, neighbours, scope by month."""

from __future__ import annotations

from collections.abc import Sequence

from vsm.features.forecast.set_reading import StreamPace, forecast_set
from vsm.features.forecast.set_results import Dates
from vsm.features.portfolio.load import read_load
from vsm.features.portfolio.results import Beside, InitiativeRow, Neighbour
from vsm.features.portfolio.scope import scope_by_month
from vsm.features.portfolio.whole import members_of
from vsm.features.portfolio.work import read_works
from vsm.model.item_list import Listed
from vsm.model.query_tree import Query
from vsm.model.stream import ValueStream
from vsm.reader import Reader

MOST = 5
"""Items that are named; the rest is counted."""


def read_beside(reader: Reader, one: InitiativeRow, now: int, *, present: bool = True) -> Beside:
    """All of it as of a moment; loads numpy.

    It judges the load of all streams, so it is read for one initiative and not for a table.
    """
    streams = reader.all_streams()
    works = read_works(reader, now, present=present, departed=True)
    members = members_of(reader, streams, one.filter, now, present)
    zone = streams[0].zone if streams else "UTC"
    return Beside(
        read_load(reader, one, now, present=present),
        _neighbours(reader, one.awaited_items, now, present=present, dated=True),
        _neighbours(reader, one.waiting_items, now, present=present, dated=False),
        scope_by_month(works, members, now, zone),
    )


def _neighbours(
    reader: Reader, items: Sequence[int], now: int, *, present: bool, dated: bool
) -> tuple[Neighbour, ...]:
    rows = reader.listed_items(items[:MOST], now, not present)
    streams: dict[str, tuple[ValueStream, ValueStream]] = {}
    for stream in reader.all_streams():
        then = stream if present else reader.configured(stream, now)
        streams[stream.name] = streams[then.name] = stream, then
    teams = {team.id: team.name for team in reader.teams()}
    paces: dict[str, StreamPace] = {}

    def make(row: Listed) -> Neighbour:
        (stream, then), dates = streams[row.stream], Dates()
        if dated:
            pace = paces.setdefault(row.stream, StreamPace(reader, stream, now, present))
            alone = frozenset((row.card.id,))
            dates = forecast_set(reader, [pace], alone, query=Query())[0].dates
        team = teams.get(then.order[row.place].team or 0, "")
        card = row.card
        return Neighbour(
            card.id, card.key, card.title, row.stream, row.stage, team, dates.p50, dates.p85
        )

    return tuple(sorted(map(make, rows), key=lambda one: one.key))
