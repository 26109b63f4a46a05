"""Work of initiatives: days spent in working stages, what is left for each team, the pace."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from vsm.features.capacity.visits import working_moments
from vsm.features.portfolio.results import InitiativeRow, TeamDays
from vsm.flow.flow_data import FlowData
from vsm.model.query_tree import Query
from vsm.model.rules import DAY
from vsm.model.stream import Category
from vsm.model.team import Team
from vsm.reader import Reader

MEASURED_DAYS = 182
"""Days in which finished items say how long one keeps each team."""
LOAD_DAYS = 84
"""Days that say how many visits come to a team: those of its load."""
LEAST_DAYS = 0.05
"""Days below which nothing is said of a team."""
PACE_DAYS = 91
"""Days that give the pace of a stream."""


@dataclass
class StreamWork:
    """What items of a stream have cost its teams and are going to, as of a moment."""

    data: FlowData
    teams: Mapping[int, Team]
    as_of: int
    active: list[int] = field(init=False)
    """The working stages, as places in the order of the stream."""

    def __post_init__(self) -> None:
        stages = self.data.stream.order
        self.active = [n for n, s in enumerate(stages) if s.category is Category.ACTIVE]

    @cached_property
    def pace(self) -> float:
        """Items that finish in a week, by the last 13."""
        finish = self.data.flow.finish
        recent = self.data.flow.finished & (finish > self.as_of - PACE_DAYS * DAY)
        return float(np.count_nonzero(recent)) / (PACE_DAYS / 7)

    @cached_property
    def _per_item(self) -> dict[int, tuple[str, float, float]]:
        """By working stage with a team: that team, its working days and visits for each item."""
        data = self.data
        finish = data.flow.finish
        done = data.flow.finished & (finish > self.as_of - MEASURED_DAYS * DAY)
        count = int(np.count_nonzero(done))
        stream = data.stream
        by_stage: dict[int, tuple[str, float, float]] = {}
        for n in self.active:
            team = self.teams.get(stream.order[n].team or 0)
            if team is None or not count:
                continue
            visits = np.flatnonzero((data.place == n) & done[data.owner])
            calendar = team.calendar(stream.calendar)
            ends = np.minimum(data.left[visits], self.as_of)
            spent = working_moments(ends, stream.zone, calendar) - working_moments(
                data.entered[visits], stream.zone, calendar
            )
            days = float(np.maximum(spent, 0).sum()) / DAY / count
            by_stage[n] = team.name, days, visits.size / count
        return by_stage

    def left_for_teams(self, items: Collection[int], more: int = 0) -> dict[str, float]:
        """Working days of each team for open items, and for ``more`` that are expected."""
        left = defaultdict[str, float](float)
        for n, times in self._passes(items, more).items():
            team, days, _ = self._per_item[n]
            left[team] += times * days
        return dict(left)

    def visits_left(self, items: Collection[int], more: int = 0) -> dict[str, float]:
        """Visits to each team of open items, and of ``more`` that are expected."""
        left = defaultdict[str, float](float)
        for n, times in self._passes(items, more).items():
            team, _, visits = self._per_item[n]
            left[team] += times * visits
        return dict(left)

    def _passes(self, items: Collection[int], more: int) -> dict[int, float]:
        """By working stage with a team how many of the items pass it; half of one that is in it."""
        data = self.data
        rows = np.flatnonzero(np.isin(data.history.item, list(items)))
        last = data.history.begin[rows] + data.history.counts[rows] - 1
        places = data.place[last].tolist()
        started = data.flow.started[rows].tolist()
        passes = {}
        for n in self._per_item:
            times: float = more
            for place, is_started in zip(places, started, strict=True):
                times += 1.0 if not is_started or place < n else 0.5 if place == n else 0.0
            passes[n] = times
        return passes

    def recent_visits(self) -> dict[str, int]:
        """By team how many visits to its working stages began in the last 12 weeks."""
        data = self.data
        recent = (data.entered > self.as_of - LOAD_DAYS * DAY) & (data.entered <= self.as_of)
        counts = Counter[str]()
        for n in self.active:
            team = self.teams.get(data.stream.order[n].team or 0)
            if team is not None:
                counts[team.name] += int(np.count_nonzero(recent & (data.place == n)))
        return dict(counts)

    def last_move(self, items: Collection[int]) -> int | None:
        """When one of these items last came into a stage; ``None`` of none."""
        chosen = np.isin(self.data.history.item[self.data.owner], list(items))
        entered = self.data.entered[chosen]
        return int(entered.max()) if entered.size else None


def with_expected(
    works: Iterable[StreamWork], sizes: Mapping[str, int], more: int
) -> Iterator[tuple[StreamWork, int]]:
    """The streams that hold open items, by name how many; where most are, ``more`` are expected."""
    most = max(sizes, key=lambda name: sizes[name], default="")
    for work in works:
        name = work.data.stream.name
        if name in sizes:
            yield work, more if name == most else 0


def each_once(
    rows: Iterable[InitiativeRow], items: Collection[int]
) -> Iterator[tuple[InitiativeRow, frozenset[int]]]:
    """The initiatives, each with those of these items that none before it has."""
    left = frozenset(items)
    for row in rows:
        mine = left.intersection(row.open_items)
        left -= mine
        yield row, mine


def team_days(
    works: Iterable[StreamWork], items: Collection[int], sizes: Mapping[str, int], more: int
) -> tuple[TeamDays, ...]:
    """Days of work on items that are left for each team; what takes less than an hour is not."""
    left = defaultdict[str, float](float)
    for work, expected in with_expected(works, sizes, more):
        for team, days in work.left_for_teams(items, expected).items():
            left[team] += days
    return tuple(TeamDays(team, days) for team, days in sorted(left.items()) if days > LEAST_DAYS)


def read_works(
    reader: Reader, now: int, *, present: bool, departed: bool = False
) -> list[StreamWork]:
    """The work of all streams; with what ``departed`` did before it went to another stream."""
    teams = {team.id: team for team in reader.teams()}
    return [
        StreamWork(
            reader.flow_with_departed(stream, now, present=present)
            if departed
            else reader.flow(stream, Query(), now, present=present)[0],
            teams,
            now,
        )
        for stream in reader.all_streams()
    ]
