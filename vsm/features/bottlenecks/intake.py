"""Finds out whether work that could be taken in waits in the backlog."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vsm.features.bottlenecks.constraint import Judgement
from vsm.model.stream import Category

MANY_WEEKS = 4.0
"""So many weeks of what is taken in wait in the backlog where work is taken in slowly."""


@dataclass(frozen=True, slots=True)
class SlowIntake:
    """Many open items in backlog stages, and the items taken in a week.

    ``stages`` are the names of these stages, the one with most of the items first, whose id is
    ``stage``. ``abandoned`` more items have been there far longer than others had when taken in.
    """

    stages: tuple[str, ...]
    stage: int
    items: int
    taken_in: float
    abandoned: int = 0


def find_slow_intake(judgement: Judgement) -> SlowIntake | None:
    """The backlog of a stream where it holds far more than is taken in.

    An item is taken in when it first comes to a stage of work. Items that will hardly ever be (see
    :data:`~vsm.features.bottlenecks.stations.ABANDONED_FACTOR`) do not count.
    """
    order, window = judgement.stream.order, judgement.window
    backlog = [place for place, stage in enumerate(order) if stage.category is Category.BACKLOG]
    there = np.isin(window.place, backlog) & np.isinf(window.left)
    held = np.bincount(window.place[there & ~window.outliers], minlength=len(order))
    items = int(held.sum())
    working = [place for place, stage in enumerate(order) if stage.category.working]
    taken_in = 7 * window.count_first_entries(working) / window.days if window.days else 0.0
    if not items or items <= MANY_WEEKS * taken_in:
        return None
    places = [place for place in np.argsort(-held, kind="stable").tolist() if held[place]]
    return SlowIntake(
        tuple(order[place].name for place in places),
        order[places[0]].id,
        items,
        taken_in,
        int(np.count_nonzero(there & window.outliers)),
    )
