"""Computes the cumulative flow diagram: the items that had reached each stage by each day's end.

An item counts by the furthest stage that it has reached (its high-water mark), so lines never
fall. A dropped item counts as past every stage from its drop on. While an item is below its mark
the lines are corrected: only the distance between corrected lines is the WIP of a stage.
"""

from __future__ import annotations

import numpy as np

from vsm.features.metrics.results import Cfd, CfdStage
from vsm.flow.flow_data import FlowData
from vsm.flow.window import Window


def cfd(data: FlowData, span: Window) -> Cfd:
    """Lines and corrections of every stage at the end of each day of the window up to as-of."""
    first, reached, below = data.cumulative_flow
    row = np.arange(len(span.days)) + span.first_number - first
    clipped = np.clip(row, 0, reached.shape[0] - 1)
    has_begun = (row >= 0)[:, None]
    lines, short = reached[clipped] * has_begun, below[clipped] * has_begun
    stages = tuple(
        CfdStage(stage.name, tuple(lines[:, n].tolist()), tuple(short[:, n].tolist()))
        for n, stage in enumerate(data.stream.order)
    )
    begin, end = data.below_mark
    touching = (begin < span.end) & (end > span.begin)
    return Cfd(span.days, stages, int(np.count_nonzero(touching)))
