"""What moves tell: rework between stages, and how much work leaves a stage for good."""

from __future__ import annotations

import numpy as np

from vsm.features.metrics.results import CompleteAccurate, Rework, ReworkPair, StageQuality
from vsm.flow.flow_data import FlowData
from vsm.flow.window import Window


def rework(known: FlowData, span: Window, finished: int) -> Rework:
    """Rework moves in the window, whatever became of the item, by pair of stages.

    ``finished`` is how many items finished in the window: where none did there is no ratio.
    """
    order = known.stream.order
    moves, at = known.back_in_time
    back = moves[span.part(at)]
    pairs = known.place[back - 1] * len(order) + known.place[back]
    kinds, counts = np.unique(pairs, return_counts=True)
    # Each item once a pair, in one go: by pair, then by item.
    size = max(1, len(known.history))
    both = np.unique(pairs * size + known.owner[back])
    starts = np.searchsorted(both, kinds * size)
    items = known.history.item[both % size]
    told = []
    for pair, count, ids in zip(
        kinds.tolist(), counts.tolist(), np.split(items, starts[1:]), strict=False
    ):
        names = order[pair // len(order)].name, order[pair % len(order)].name
        told.append(ReworkPair(*names, count, tuple(ids.tolist())))
    told.sort(key=lambda each: (-each[2], each[0], each[1]))
    total = int(counts.sum())
    return Rework(total, total / finished if finished else None, tuple(told))


def complete_accurate(known: FlowData, span: Window) -> CompleteAccurate:
    """Of the items whose first forward leave of a stage lies in the window, the share not seen
    by as-of to enter it or an earlier stage again; rolled along the main path.
    """
    order = known.stream.order
    owner, place, at, back, days = known.first_leaves
    near = slice(
        int(np.searchsorted(days, known.rough(span.begin))),
        int(np.searchsorted(days, known.rough(span.end), "right")),
    )
    inside = np.flatnonzero(span.holds(at[near]))
    owner, place, back = owner[near][inside], place[near][inside], back[near][inside]
    n = np.bincount(place, minlength=len(order)).tolist()
    again = np.bincount(place[back], minlength=len(order)).tolist()
    shares = [1 - b / a if a else None for a, b in zip(n, again, strict=True)]
    by_stage = []
    for number, stage in enumerate(order):
        share = shares[number]
        if share is not None and not stage.category.ended:
            returned = np.sort(known.history.item[owner[back & (place == number)]])
            by_stage.append(StageQuality(stage.name, n[number], share, tuple(returned.tolist())))
    path = known.main_path
    told = [s for p in path if (s := shares[p]) is not None]
    rolled = float(np.prod(told)) if told else None
    return CompleteAccurate(tuple(by_stage), rolled, tuple(order[p].name for p in path))
