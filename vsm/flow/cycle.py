"""Start, finish, cycle and lead time of every item at once.

``vsm.model.rules`` says the same in plain Python, one item at a time, and is what this is
tested against.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vsm.flow.history import QUALITIES, History, Ints, Mask
from vsm.model.item import Quality
from vsm.model.rules import DAY
from vsm.model.stream import Category, ValueStream

NEVER = np.iinfo(np.int64).min
"""Stands for a moment that did not come."""


@dataclass(frozen=True, slots=True, eq=False)
class ItemFlow:
    """What the figures need of each item, one entry an item, in the order of the history.

    ``created``, ``start`` and ``finish`` are UTC microseconds, ``start`` and ``finish``
    :data:`NEVER` where there is none. ``stage`` is the place of the stage that it is in in the
    stream's order. ``known`` says whether the history tells if and when the item started.
    """

    created: Ints
    start: Ints
    finish: Ints
    stage: Ints
    known: Mask
    started: Mask
    finished: Mask
    dropped: Mask


def item_flow(
    history: History, stream: ValueStream, stage: Ints | None = None, owner: Ints | None = None
) -> ItemFlow:
    """Work out start and finish of every item as the history stands.

    ``stage`` and ``owner`` are :func:`places` and :func:`owners`, where the caller has them.
    Raises ``ValueError`` where the history holds a stage that is not in the stream.
    """
    stage = places(history.stage, stream) if stage is None else stage
    owner = owners(history) if owner is None else owner
    working = np.array([s.id in stream.starting for s in stream.order], dtype=np.bool_)
    done = categories(stream, Category.DONE)
    dropped = categories(stream, Category.DROPPED)
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
        known=_start_known(history, started),
        started=started,
        finished=done[last],
        dropped=dropped[last],
    )


def owners(history: History) -> Ints:
    """The place of the item that each visit is of."""
    return np.repeat(np.arange(len(history)), history.counts)


def categories(stream: ValueStream, *wanted: Category) -> Mask:
    """For each place in the stream's order whether that stage is of one of these categories."""
    return np.array([s.category in wanted for s in stream.order], dtype=np.bool_)


def places(stages: Ints, stream: ValueStream) -> Ints:
    """The place of each stage id in the stream's order.

    Raises ``ValueError`` for a stage that is not in the stream.
    """
    table = np.full(max(stream.index, default=-1) + 2, -1, dtype=np.int64)
    for stage_id, place in stream.index.items():
        table[stage_id] = place
    found: Ints = table[np.clip(stages, -1, table.size - 1)]
    if found.size and found.min() < 0:
        strange = int(stages[np.argmin(found)])
        raise ValueError(
            f"the history holds stage {strange}, which is not in the stream {stream.name!r}"
        )
    return found


def _start_known(history: History, started: Mask) -> Mask:
    """Whether each item's history tells if and when it started.

    A cut log may lack the start even where a later one is seen. Endpoints tell the start where
    they have one, and nothing where they have not.
    """
    whole = history.quality == QUALITIES.index(Quality.FULL)
    ends = history.quality == QUALITIES.index(Quality.ENDPOINTS_ONLY)
    known: Mask = whole | (ends & started)
    return known


def elapsed_days(first: Ints, last: Ints) -> NDArray[np.float64]:
    """Exact days of 24 hours from one moment to another."""
    return (last - first) / DAY
