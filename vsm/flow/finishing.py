"""The items that finish in a window, and the ages at which they passed each stage."""

from __future__ import annotations

import numpy as np

from vsm.flow.flow_data import FlowData, Paths
from vsm.flow.history import Ints, Mask
from vsm.flow.window import Window


def finished_in(data: FlowData, span: Window) -> Mask:
    """The items that finished in the window."""
    inside: Mask = data.flow.finished & span.holds(data.flow.finish)
    return inside


def passing_ages(data: FlowData, paths: Paths) -> tuple[Ints, Ints]:
    """Ages of these finished items when they last passed each stage, in inclusive days.

    Returns the places of the stages (working ones from the commitment on) and a table with a row
    for each item. A move past several stages passes all of them, and an item that began after a
    stage passed it at the age of 1; so pace never falls along the order. The last stage that work
    takes now is passed at the finish, whatever way the item took to done.
    """
    stream = data.stream
    starting = [n for n, s in enumerate(stream.order) if s.id in stream.starting]
    started = data.days[1][paths.rows]
    moved = np.flatnonzero(paths.row[1:] == paths.row[:-1]) + 1
    # Narrow integers are compared several times as fast, and there is a comparison for every stage.
    place = paths.place.astype(np.int16)
    source, target = place[moved - 1], place[moved]
    day, row = data.day[paths.visits[moved]], paths.row[moved]
    passed = np.tile(started, (len(starting), 1))
    for column, at in enumerate(starting):
        beyond = np.flatnonzero((source <= at) & (target > at))
        passed[column, row[beyond]] = day[beyond]  # in order of time: the last one stays
    last = max(
        (n for n, at in enumerate(starting) if not stream.order[at].retired),
        default=len(starting) - 1,
    )
    passed[last:] = data.days[2][paths.rows]
    ages = np.array(
        [data.days_here(paths.rows, started, np.maximum(days, started)) for days in passed],
        dtype=np.int64,
    ).reshape(passed.shape)
    return np.array(starting, dtype=np.int64), ages.T
