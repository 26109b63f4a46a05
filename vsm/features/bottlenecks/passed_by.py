"""Leads the edges of a stream past stages that work did not go through in the window.

A stage that was inserted parts those beside it from then on: what limits the flow is read from the
weeks in which one handed over to the other.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vsm.features.bottlenecks.stations import ObservationWindow
from vsm.model.edges import edges_past
from vsm.model.stream import ValueStream


def lead_past(stream: ValueStream, window: ObservationWindow) -> ValueStream:
    """The stream with edges past stages that more moves passed by than led into.

    A move passes a stage by where it leads from before it to behind it, and along no edge. A stage
    that nothing moved into has no other edges then.
    """
    order = stream.order
    moves = window.count_moves(len(order), in_window=True)
    drawn = {(edge.source, edge.target) for edge in stream.edges}
    jumps = [
        (order[a].id, order[b].id, int(moves[a, b]))
        for a, b in np.argwhere(moves).tolist()
        if (order[a].id, order[b].id) not in drawn and stream.reaches(order[a].id, order[b].id)
    ]
    lived = stream
    for place, stage in enumerate(order):
        if stage.retired or not stage.category.working:
            continue
        past = sum(
            count
            for a, b, count in jumps
            if stream.reaches(a, stage.id) and stream.reaches(stage.id, b)
        )
        into = int(moves[:, place].sum())
        if past > into:
            edges = (*lived.edges, *edges_past(lived, stage))
            kept = (x for x in edges if into or stage.id not in (x.source, x.target))
            lived = replace(lived, edges=tuple(kept))
    return lived
