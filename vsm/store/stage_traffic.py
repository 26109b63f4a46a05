"""Finds stages that items come to and hardly any leaves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from vsm.model.item import Quality
from vsm.model.practice import MOST_DEPARTURES, StageBehaviour, StageTraffic, seems_final
from vsm.model.stream import ValueStream

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3


def final_stages(conn: sqlite3.Connection, stream: ValueStream) -> dict[int, StageTraffic]:
    """By id the queue and active stages in which work seems to end and nobody said whether.

    Items whose moves are not known are left out.
    """
    asked = [
        stage.id
        for stage in stream.line
        if stage.category.working and stage.behaviour is StageBehaviour.AS_LOGGED
    ]
    holding = conn.execute(
        "SELECT stage, count(*) FROM item WHERE stage IN (SELECT value FROM json_each(?))"
        " AND quality <> ? GROUP BY stage",
        (json.dumps(asked), Quality.ENDPOINTS_ONLY.value),
    )
    out = {}
    for stage, held in holding.fetchall():
        if not seems_final(held, 0):
            continue
        # Visits have no index by stage: stop at the first departure too many.
        most = int(held * MOST_DEPARTURES / (1 - MOST_DEPARTURES))
        (departures,) = conn.execute(
            "SELECT count(*) FROM"
            " (SELECT 1 FROM visit WHERE stage = ? AND left IS NOT NULL LIMIT ?)",
            (stage, most + 1),
        ).fetchone()
        traffic = StageTraffic(stream.stage(stage).name, held + departures, departures)
        if traffic.seems_final:
            out[stage] = traffic
    return out
