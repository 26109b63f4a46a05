"""Counts work in progress at a moment, in total and by stage."""

from __future__ import annotations

import numpy as np

from vsm.features.metrics.results import Wip
from vsm.flow.cycle import ItemFlow
from vsm.model.stream import ValueStream


def wip_of(flow: ItemFlow, stream: ValueStream) -> Wip:
    """WIP: items started and neither done nor dropped; and all items by stage in the flow's order.

    Retired stages are listed only if something is in them.
    """
    counts = np.bincount(flow.stage, minlength=len(stream.order))
    return Wip(
        total=int(np.count_nonzero(flow.started & ~flow.finished & ~flow.dropped)),
        by_stage=tuple(
            (stage.name, count)
            for stage, count in zip(stream.order, counts.tolist(), strict=True)
            if count or not stage.retired
        ),
    )
