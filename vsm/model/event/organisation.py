"""Events of streams, stages and edges."""

from __future__ import annotations

from typing import Any, Literal

from vsm.model.calendar import WORKDAYS
from vsm.model.declared import TimeBasis
from vsm.model.event.facts import EdgeFacts, EventModel, GroupLimitFacts, StageFacts
from vsm.model.practice import MoveEntry


class StreamCreated(EventModel):
    """A stream came to be, with its stages, edges and zone."""

    kind: Literal["stream_created"] = "stream_created"
    stream: int
    name: str
    zone: str
    prefix: str
    stages: tuple[StageFacts, ...]
    edges: tuple[EdgeFacts, ...]
    commitment: int | None = None
    workdays: tuple[int, ...] = WORKDAYS
    holidays: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    vocabulary: dict[str, str] = {}
    link: str = ""
    move_entry: MoveEntry = MoveEntry.AS_LOGGED
    map_time: TimeBasis = TimeBasis.ELAPSED
    group_limits: tuple[GroupLimitFacts, ...] = ()


class StreamRemoved(EventModel):
    """The creation of a stream was undone; only an empty stream can go."""

    kind: Literal["stream_removed"] = "stream_removed"
    stream: int


class StreamChanged(EventModel):
    """Fields of a stream changed: field → (before, after)."""

    kind: Literal["stream_changed"] = "stream_changed"
    stream: int
    changes: dict[str, tuple[Any, Any]]


class StageAdded(EventModel):
    """A stage was inserted.

    ``positions`` is stage → (before, after) for those that made way; ``edges`` the whole set of
    the stream's edges afterwards.
    """

    kind: Literal["stage_added"] = "stage_added"
    stream: int
    stage: StageFacts
    positions: dict[int, tuple[int, int]] = {}
    edges: tuple[EdgeFacts, ...]
    edges_before: tuple[EdgeFacts, ...]


class StageRemoved(EventModel):
    """The insertion of a stage was undone; only an empty stage can go."""

    kind: Literal["stage_removed"] = "stage_removed"
    stream: int
    stage: StageFacts
    positions: dict[int, tuple[int, int]] = {}
    edges: tuple[EdgeFacts, ...]
    edges_before: tuple[EdgeFacts, ...]


class StageChanged(EventModel):
    """Fields of a stage changed: field → (before, after)."""

    kind: Literal["stage_changed"] = "stage_changed"
    stream: int
    stage: int
    changes: dict[str, tuple[Any, Any]]


class StagesRearranged(EventModel):
    """Stages changed their order: stage → (position before, after), and all edges."""

    kind: Literal["stages_rearranged"] = "stages_rearranged"
    stream: int
    positions: dict[int, tuple[int, int]]
    edges: tuple[EdgeFacts, ...]
    edges_before: tuple[EdgeFacts, ...]


class EdgesChanged(EventModel):
    """The map of a stream changed: its whole set of edges, before and after."""

    kind: Literal["edges_changed"] = "edges_changed"
    stream: int
    before: tuple[EdgeFacts, ...]
    after: tuple[EdgeFacts, ...]
