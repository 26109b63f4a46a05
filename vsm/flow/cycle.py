"""Computes start and finish of every item at once.

``vsm.model.rules`` is the same in plain Python, one item at a time; tests compare the two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vsm.flow.history import QUALITIES, History, Ints, Mask
from vsm.model.item import Quality
from vsm.model.stream import Category, ValueStream

NEVER = np.iinfo(np.int64).min
"""The moment of what has not happened."""


@dataclass(frozen=True, slots=True, eq=False)
class ItemFlow:
    """The state of each item, one entry an item, in the order of the history.

    ``created``, ``start`` and ``finish`` are UTC microseconds, ``start`` and ``finish``
    :data:`NEVER` where there is none. ``stage`` is the place of its current stage in the stream's
    order. ``has_known_start`` says that the history shows whether and when the item started.
    """

    created: Ints
    start: Ints
    finish: Ints
    stage: Ints
    has_known_start: Mask
    started: Mask
    finished: Mask
    dropped: Mask


def item_flow(
    history: History, stream: ValueStream, stage: Ints | None = None, owner: Ints | None = None
) -> ItemFlow:
    """Compute start and finish of every item from the whole history.

    ``stage`` and ``owner`` are :func:`stage_places` and :func:`visit_owners` if the caller has
    them. Raises ``ValueError`` if the history has a stage that is not in the stream.
    """
    stage = stage_places(history.stage, stream) if stage is None else stage
    owner = visit_owners(history) if owner is None else owner
    working = np.array([s.id in stream.starting for s in stream.order], dtype=np.bool_)
    done = has_category(stream, Category.DONE)
    dropped = has_category(stream, Category.DROPPED)
    last = stage[history.begin + history.counts - 1]

    start = np.full(len(history), NEVER)
    starts = np.flatnonzero(working[stage])[::-1]
    start[owner[starts]] = history.entered[starts]  # written backwards: the first one stays

    inside = done[stage]
    enters = inside.copy()
    enters[1:] &= ~inside[:-1]
    enters[history.begin] = inside[history.begin]
    finishes = np.flatnonzero(enters)
    finish = np.full(len(history), NEVER)
    finish[owner[finishes]] = history.entered[finishes]  # the last one stays
    finish[~done[last]] = NEVER

    started = start != NEVER
    return ItemFlow(
        created=history.entered[history.begin],
        start=start,
        finish=finish,
        stage=last,
        has_known_start=_has_known_start(history, started),
        started=started,
        finished=done[last],
        dropped=dropped[last],
    )


def visit_owners(history: History) -> Ints:
    """The place in the history of each visit's item."""
    return np.repeat(np.arange(len(history)), history.counts)


def has_category(stream: ValueStream, *categories: Category) -> Mask:
    """For each place in the stream's order, whether its stage has one of these categories."""
    return np.array([s.category in categories for s in stream.order], dtype=np.bool_)


def stage_places(stages: Ints, stream: ValueStream) -> Ints:
    """The place of each stage id in the stream's order.

    Raises ``ValueError`` for a stage that is not in the stream.
    """
    table = np.full(max(stream.index, default=-1) + 2, -1, dtype=np.int64)
    for stage_id, place in stream.index.items():
        table[stage_id] = place
    places: Ints = table[np.clip(stages, -1, table.size - 1)]
    if places.size and places.min() < 0:
        unknown = int(stages[np.argmin(places)])
        raise ValueError(
            f"the history holds stage {unknown}, which is not in the stream {stream.name!r}"
        )
    return places


def _has_known_start(history: History, started: Mask) -> Mask:
    """Whether each item's history shows if and when it started.

    A truncated log may lack the first start even where it has a later one. Endpoints are the start
    itself where they have one, and say nothing where they have not.
    """
    whole = history.quality == QUALITIES.index(Quality.FULL)
    ends = history.quality == QUALITIES.index(Quality.ENDPOINTS_ONLY)
    is_known: Mask = whole | (ends & started)
    return is_known
