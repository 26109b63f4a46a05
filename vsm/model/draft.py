"""Drafts of a value stream map: future states that are tried before they are lived in.

A draft keeps the map that it began with. So its edits mean what they meant, whatever becomes of the
real map, and both can be compared with what the map is by now.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from vsm.model.declared import TimeBasis
from vsm.model.stored_values import typed
from vsm.model.stream import Category, Edge, EdgeKind, Stage, ValueStream

JUDGED_AFTER_DAYS = 90
"""So many days after a draft was made real its prediction is held against what came."""


class DraftState(StrEnum):
    """What became of a draft. One that is dropped is removed; the journal keeps it."""

    OPEN = "open"
    MADE = "made"


@dataclass(frozen=True, slots=True)
class Draft:
    """A future state of a stream: the map that it began with, and the edits in their order.

    ``only`` is the stream; ``base`` its map as :func:`pack_map` writes it, at ``opened_at`` (UTC
    microseconds). ``before_days`` and ``predicted_days`` are the mean lead times without and with
    the edits, as computed when the draft was made real, ``measured_days`` the one measured then.
    """

    id: int
    name: str
    only: int
    base: str
    opened_at: int
    edits: tuple[str, ...] = ()
    state: str = DraftState.OPEN.value
    made_at: int | None = None
    before_days: float | None = None
    predicted_days: float | None = None
    measured_days: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether it can be edited and made real."""
        return self.state == DraftState.OPEN

    @property
    def base_map(self) -> ValueStream:
        """The map that it began with."""
        return unpack_map(self.base, self.only)


_STAGE = ("id", "name", "category", "position")
_STAGE_OPTIONAL = (
    *("team", "limit", "limit_kind", "class_limits", "exempt", "policy", "retired"),
    *("process_days", "wait_days", "complete_accurate"),
)
"""What drafts change and compare of a stage; the rest of it they leave as it is."""


def pack_map(stream: ValueStream) -> str:
    """The stages and edges of a stream as JSON text."""
    plain = Stage(0, "", Category.QUEUE, 0)
    stages = []
    for stage in stream.stages:
        values = {name: getattr(stage, name) for name in _STAGE}
        for name in _STAGE_OPTIONAL:
            value = getattr(stage, name)
            if value != getattr(plain, name):
                values[name] = dict(value) if name == "class_limits" else value
        stages.append(values)
    packed = {
        "name": stream.name,
        "zone": stream.zone,
        "commitment": stream.commitment,
        "map_time": stream.map_time,
        "stages": stages,
        "edges": [[edge.source, edge.target, edge.kind] for edge in stream.edges],
    }
    return json.dumps(packed, ensure_ascii=False, separators=(",", ":"))


def unpack_map(text: str, stream: int) -> ValueStream:
    """The map that :func:`pack_map` wrote, as a stream of this id."""
    packed: dict[str, Any] = json.loads(text)
    stages = []
    for values in packed["stages"]:
        fields = {name: values[name] for name in (*_STAGE, *_STAGE_OPTIONAL) if name in values}
        stages.append(Stage(**typed(fields)))
    return ValueStream(
        id=stream,
        name=packed["name"],
        zone=packed["zone"],
        stages=tuple(stages),
        edges=tuple(Edge(a, b, EdgeKind(kind)) for a, b, kind in packed["edges"]),
        commitment=packed["commitment"],
        map_time=TimeBasis(packed["map_time"]),
    )
