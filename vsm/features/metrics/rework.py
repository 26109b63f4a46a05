"""Computes rework between stages and %C&A: the share of work that leaves a stage for good."""

from __future__ import annotations

import numpy as np

from vsm.features.metrics.results import CompleteAccurate, Rework, ReworkPair, StageQuality
from vsm.flow.flow_data import FlowData
from vsm.flow.window import Window


def rework(data: FlowData, span: Window, finished: int) -> Rework:
    """Rework moves in the window by pair of stages, whatever became of the item.

    ``finished`` is the number of items with a full history that finished in the window: without any
    there is no ratio. Items whose history is known only in part are left out and counted.
    """
    order = data.stream.order
    moves, at = data.rework_by_time
    back = moves[span.part(at)]
    pairs = data.place[back - 1] * len(order) + data.place[back]
    kinds, counts = np.unique(pairs, return_counts=True)
    # Each item once a pair, without a loop over pairs: unique numbers sort by pair, then by item.
    size = max(1, len(data.history))
    item_pairs = np.unique(pairs * size + data.owner[back])
    starts = np.searchsorted(item_pairs, kinds * size)
    items = data.history.item[item_pairs % size]
    by_pair = []
    for pair, count, ids in zip(
        kinds.tolist(), counts.tolist(), np.split(items, starts[1:]), strict=False
    ):
        names = order[pair // len(order)].name, order[pair % len(order)].name
        by_pair.append(ReworkPair(*names, count, tuple(ids.tolist())))
    by_pair.sort(key=lambda row: (-row[2], row[0], row[1]))
    total = int(counts.sum())
    return Rework(
        total,
        total / finished if finished else None,
        tuple(by_pair),
        data.count_partly_known(span),
    )


def complete_accurate(data: FlowData, span: Window) -> CompleteAccurate:
    """Percent complete and accurate of each stage, and the product along the main path.

    It is the share of the items whose first move forward out of the stage lies in the window that
    have not entered it or an earlier stage again by as-of (Martin and Osterling, *Value Stream
    Mapping*, measured here by moves instead of by asking the next stage).
    """
    order = data.stream.order
    owner, place, at, back, days = data.first_departures
    near = slice(
        int(np.searchsorted(days, data.day_keys(span.begin))),
        int(np.searchsorted(days, data.day_keys(span.end), "right")),
    )
    inside = np.flatnonzero(span.holds(at[near]))
    owner, place, back = owner[near][inside], place[near][inside], back[near][inside]
    n = np.bincount(place, minlength=len(order)).tolist()
    returned_count = np.bincount(place[back], minlength=len(order)).tolist()
    shares = [1 - b / a if a else None for a, b in zip(n, returned_count, strict=True)]
    by_stage = []
    for number, stage in enumerate(order):
        share = shares[number]
        if share is not None and not stage.category.ended:
            returned = np.sort(data.history.item[owner[back & (place == number)]])
            by_stage.append(StageQuality(stage.name, n[number], share, tuple(returned.tolist())))
    path = data.main_path
    along_path = [s for p in path if (s := shares[p]) is not None]
    rolled = float(np.prod(along_path)) if along_path else None
    return CompleteAccurate(
        tuple(by_stage),
        rolled,
        tuple(order[p].name for p in path),
        data.count_partly_known(span),
    )
