"""Groups blockers by kind and owning team, with the days that they cost."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vsm.features.metrics.results import Cluster
from vsm.flow.blockers import KINDS, Blocks
from vsm.flow.history import Ints, Mask
from vsm.flow.window import Window
from vsm.model.rules import DAY


def clusters(
    blocks: Blocks, span: Window, ids: Ints, names: Mapping[int, str]
) -> tuple[Cluster, ...]:
    """Blockers that touch the window by kind and owning team, each cut to it, most days first.

    ``blocks`` are those of :meth:`Blocks.up_to`; ``ids`` are those of the history's items,
    ``names`` the teams' by id. Blockers of one item are not united: two reasons at once are two
    blockers. The intervals of one blocker in one team are.
    """
    begin = np.maximum(blocks.started, span.begin)
    end = np.minimum(blocks.ended, span.end)
    inside: Mask = (blocks.started < span.end) & (blocks.ended >= span.begin) & (end >= begin)
    days = (end - begin)[inside] / DAY
    kind, team, item = blocks.kind[inside], blocks.team[inside], blocks.item[inside]
    number = blocks.number[inside]
    out = []
    for code, of in sorted(set(zip(kind.tolist(), team.tolist(), strict=True))):
        chosen = (kind == code) & (team == of)
        _, blocker = np.unique(number[chosen], return_inverse=True)
        lasted = np.bincount(blocker, weights=days[chosen])
        out.append(
            Cluster(
                KINDS[code].value,
                names.get(of) if of else None,
                lasted.size,
                float(lasted.sum()),
                float(np.median(lasted)),
                tuple(dict.fromkeys(ids[item[chosen]].tolist())),
            )
        )
    return tuple(sorted(out, key=lambda c: (-c.total_days, c.kind, c.team or "")))
