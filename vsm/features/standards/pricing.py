"""The price of deviations: time in a stage against streams that conform to the standard there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

from vsm.features.standards.results import DriftLine, LineKind, Price
from vsm.flow_reader import data_end
from vsm.model.query_tree import Query
from vsm.model.rules import DAY
from vsm.model.stream import ValueStream
from vsm.reader import Reader

PRICE_DAYS = 182
"""Days that the price of a deviation is measured over, before the last activity if that is old."""


class FollowerLines(NamedTuple):
    """A stream that follows a standard: its stages by those of the standard, its differences."""

    stream: ValueStream
    stages: dict[str, int]
    lines: list[DriftLine]

    def conforming(self, line: DriftLine) -> int | None:
        """The stage that conforms in the part of a line of another stream, if it does."""
        stage = self.stages.get(line.standard_stage or "")
        if any(one.kind is line.kind and one.stage_id == stage for one in self.lines):
            return None
        return stage


@dataclass
class Prices:
    """Prices of the deviations of a stream; loads numpy when the first one is asked for."""

    reader: Reader
    stream: ValueStream
    others: Sequence[FollowerLines]
    now: int
    window: int = PRICE_DAYS
    _days: dict[tuple[int, int], list[float]] = field(default_factory=dict)

    def of(self, line: DriftLine) -> Price:
        """The price of a line that is about a stage of the stream."""
        from vsm.features.standards.figures import FEWEST, compare_medians

        assert line.stage_id is not None
        conforming = [
            (other.stream, stage)
            for other in self.others
            if (stage := other.conforming(line)) is not None
        ]
        own = self._days_in(self.stream, line.stage_id)
        pooled = [value for other, stage in conforming for value in self._days_in(other, stage)]
        is_compared = line.kind is not LineKind.EXTRA
        too_few = len(own) < FEWEST or (is_compared and len(pooled) < FEWEST)
        difference = compare_medians(own, pooled) if is_compared and not too_few else None
        return Price(
            stage=line.stage or "",
            n=len(own),
            median_days=median(own) if own else None,
            others=tuple(sorted(other.name for other, _ in conforming)),
            others_n=len(pooled),
            others_median_days=median(pooled) if pooled else None,
            difference_days=None if difference is None else difference.difference,
            low=None if difference is None else difference.low,
            high=None if difference is None else difference.high,
            too_few=too_few,
        )

    def _days_in(self, stream: ValueStream, stage: int) -> list[float]:
        """Days in a stage of the items that left it lately."""
        from vsm.features.standards.figures import stage_days

        key = (stream.id, stage)
        if key not in self._days:
            data, _ = self.reader.flow(stream, Query(), self.now, present=True)
            end = data_end(data.last_activity, self.now)
            days = stage_days(data, stage, end - self.window * DAY, end)
            self._days[key] = [float(value) for value in days]
        return self._days[key]
