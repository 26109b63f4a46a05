"""Computes how fast work is taken in, and what waits in the backlog to be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vsm.features.bottlenecks.constraint import Judgement
from vsm.flow.history import Mask
from vsm.model.stream import Category

MANY_WEEKS = 4.0
"""So many weeks of what is taken in wait in the backlog where work is taken in slowly."""


@dataclass(frozen=True, slots=True)
class InBacklog:
    """Open items in backlog stages: how many, and the stages by id with their names, the one with
    most of them first.
    """

    items: int
    stages: tuple[tuple[int, str], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the stages."""
        return tuple(name for _, name in self.stages)


@dataclass(frozen=True, slots=True)
class Intake:
    """The items taken in a week, those that wait for it, and those that wait too long for that.

    ``abandoned`` items have been in the backlog far longer than others had when they were taken in.
    """

    taken_in: float
    waiting: InBacklog
    abandoned: InBacklog

    @property
    def is_slow(self) -> bool:
        """Whether far more waits than is taken in."""
        return self._is_much(self.waiting)

    @property
    def is_much_abandoned(self) -> bool:
        """Whether far more is abandoned than is taken in."""
        return self._is_much(self.abandoned)

    def _is_much(self, part: InBacklog) -> bool:
        return part.items > MANY_WEEKS * self.taken_in


NO_INTAKE = Intake(0.0, InBacklog(0, ()), InBacklog(0, ()))
"""Nothing waits in a backlog."""


def read_intake(judgement: Judgement) -> Intake:
    """The intake of a stream. An item is taken in when it first comes to a stage of work."""
    order, window = judgement.stream.order, judgement.window
    backlog = [place for place, stage in enumerate(order) if stage.category is Category.BACKLOG]
    there = np.isin(window.place, backlog) & np.isinf(window.left)
    working = [place for place, stage in enumerate(order) if stage.category.working]
    taken_in = 7 * window.count_first_entries(working) / window.days if window.days else 0.0

    def held(visits: Mask) -> InBacklog:
        counts = np.bincount(window.place[visits], minlength=len(order))
        places = np.argsort(-counts, kind="stable").tolist()
        return InBacklog(
            int(counts.sum()),
            tuple((order[place].id, order[place].name) for place in places if counts[place]),
        )

    return Intake(taken_in, held(there & ~window.outliers), held(there & window.outliers))
