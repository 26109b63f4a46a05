"""The cumulative flow diagram: how many items had reached each stage or further by each day's end.

An item counts by the furthest stage that it has reached (its high-water mark), so lines never
fall. A dropped item counts from its drop on as gone past every stage. While an item is below its
mark the lines are corrected: only the distance between corrected lines is what is in a stage.
"""

from __future__ import annotations

import numpy as np

from vsm.features.metrics.results import Cfd, CfdStage
from vsm.flow.flow_data import FlowData
from vsm.flow.window import Window


def cfd(known: FlowData, span: Window) -> Cfd:
    """Lines and corrections of every stage at the end of each day of the window up to as-of."""
    first, reached, below = known.lines
    row = np.arange(len(span.days)) + span.first_number - first
    there = np.clip(row, 0, reached.shape[0] - 1)
    begun = (row >= 0)[:, None]
    lines, short = reached[there] * begun, below[there] * begun
    stages = tuple(
        CfdStage(stage.name, tuple(lines[:, n].tolist()), tuple(short[:, n].tolist()))
        for n, stage in enumerate(known.stream.order)
    )
    begin, end = known.corrections
    touching = (begin < span.end) & (end > span.begin)
    return Cfd(span.days, stages, int(np.count_nonzero(touching)))
