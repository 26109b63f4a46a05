"""Work in progress at a moment, and the open visits of every stage."""

from __future__ import annotations

import numpy as np

from vsm.features.metrics.results import Wip
from vsm.flow.cycle import ItemFlow
from vsm.model.stream import ValueStream


def wip_of(flow: ItemFlow, stream: ValueStream) -> Wip:
    """WIP as the flow stands: started, neither done nor dropped; stages in the stream's order.

    Retired stages are named only where something was in them then.
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
