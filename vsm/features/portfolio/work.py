"""Work of initiatives: days spent in working stages, what is left for each team, the pace."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from vsm.features.capacity.visits import working_moments
from vsm.flow.flow_data import FlowData
from vsm.model.rules import DAY
from vsm.model.stream import Category
from vsm.model.team import Team

ALIGNED_DAYS = 90
"""Days in which the share of work is looked at."""
MEASURED_DAYS = 182
"""Days in which finished items say how long one keeps each team."""
PACE_DAYS = 91
"""Days that give the pace of a stream."""


@dataclass
class StreamWork:
    """What items of a stream have cost its teams and are going to, as of a moment."""

    data: FlowData
    teams: Mapping[int, Team]
    as_of: int
    _active: list[int] = field(init=False)

    def __post_init__(self) -> None:
        stages = self.data.stream.order
        self._active = [n for n, s in enumerate(stages) if s.category is Category.ACTIVE]

    def spent_days(self) -> dict[int, float]:
        """Days that each item spent in working stages lately, by its id."""
        data, begin = self.data, self.as_of - ALIGNED_DAYS * DAY
        inside = np.isin(data.place, self._active)
        spent = np.minimum(data.left, self.as_of) - np.maximum(data.entered, begin)
        spent = np.where(inside, np.maximum(spent, 0), 0)
        by_item = np.bincount(data.owner, weights=spent / DAY, minlength=data.history.item.size)
        return {
            item: days
            for item, days in zip(data.history.item.tolist(), by_item.tolist(), strict=True)
            if days > 0
        }

    @cached_property
    def pace(self) -> float:
        """Items that finish in a week, by the last 13."""
        finish = self.data.flow.finish
        recent = self.data.flow.finished & (finish > self.as_of - PACE_DAYS * DAY)
        return float(np.count_nonzero(recent)) / (PACE_DAYS / 7)

    @cached_property
    def _per_item(self) -> dict[int, tuple[str, float]]:
        """By working stage with a team: that team, and its working days for each item."""
        data = self.data
        finish = data.flow.finish
        done = data.flow.finished & (finish > self.as_of - MEASURED_DAYS * DAY)
        count = int(np.count_nonzero(done))
        stream = data.stream
        by_stage: dict[int, tuple[str, float]] = {}
        for n in self._active:
            team = self.teams.get(stream.order[n].team or 0)
            if team is None or not count:
                continue
            visits = np.flatnonzero((data.place == n) & done[data.owner])
            calendar = team.calendar(stream.calendar)
            ends = np.minimum(data.left[visits], self.as_of)
            spent = working_moments(ends, stream.zone, calendar) - working_moments(
                data.entered[visits], stream.zone, calendar
            )
            by_stage[n] = team.name, float(np.maximum(spent, 0).sum()) / DAY / count
        return by_stage

    def left_for_teams(self, items: Collection[int], more: int = 0) -> dict[str, float]:
        """Working days of each team for open items, and for ``more`` that are expected."""
        data, left = self.data, defaultdict[str, float](float)
        rows = np.flatnonzero(np.isin(data.history.item, list(items)))
        last = data.history.begin[rows] + data.history.counts[rows] - 1
        places = data.place[last].tolist()
        started = data.flow.started[rows].tolist()
        for n, (team, days) in self._per_item.items():
            times: float = more
            for place, is_started in zip(places, started, strict=True):
                times += 1.0 if not is_started or place < n else 0.5 if place == n else 0.0
            left[team] += times * days
        return dict(left)

    def last_move(self, items: Collection[int]) -> int | None:
        """When one of these items last came into a stage; ``None`` of none."""
        chosen = np.isin(self.data.history.item[self.data.owner], list(items))
        entered = self.data.entered[chosen]
        return int(entered.max()) if entered.size else None
