"""Streams as they were: stages, their order, edges, commitment and entry of moves of a moment.

Tables hold the streams of now. Changes since a moment are taken back, the latest first. Before a
stream was made in vsm, as for an imported history, it is not known and stays as of now.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from vsm.model.declared import DECLARED_FIELDS, TimeBasis
from vsm.model.group_limit import groups_from
from vsm.model.practice import MoveEntry
from vsm.model.stored_values import typed
from vsm.model.stream import Edge, EdgeKind, Stage, ValueStream

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3

_KINDS = (
    *("stream_created", "stream_changed", "stage_changed", "stage_added", "stage_removed"),
    *("stages_rearranged", "edges_changed"),
)
_VISITED = (
    "SELECT v.stage, min((SELECT min(w.entered) FROM visit w WHERE w.item = v.item AND w.n >= v.n))"
    " FROM visit v WHERE v.stage IN (SELECT value FROM json_each(?)) GROUP BY v.stage"
)
_Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PastStreams:
    """Changes of streams, the latest first, each with its moment (UTC microseconds).

    ``created`` says when streams were made, and ``visited`` by when an item is known to have been
    in a stage that was added later.
    """

    created: Mapping[int, int]
    changes: list[tuple[int, _Event]]
    visited: Mapping[int, int]

    def is_known(self, stream: int, at: int) -> bool:
        """Whether the journal knows the stages that a stream had at a moment."""
        return at >= self.created.get(stream, at)

    def stream(self, stream: ValueStream, at: int) -> ValueStream:
        """The stream with stages, edges, limits, commitment and settings of times of a moment."""
        events = [event for event in self._since(at) if event["stream"] == stream.id]
        if not events:
            return stream
        stages, edges = dict(stream.by_id), stream.edges
        commitment, move_entry = stream.commitment, stream.move_entry
        map_time = stream.map_time
        group_limits = stream.group_limits
        is_kept = False
        for event in events:
            kind = event["kind"]
            if kind == "stream_changed":
                commitment = event["changes"].get("commitment", (commitment,))[0]
                move_entry = MoveEntry(event["changes"].get("move_entry", (move_entry,))[0])
                map_time = TimeBasis(event["changes"].get("map_time", (map_time,))[0])
                if "group_limits" in event["changes"]:
                    group_limits = groups_from(event["changes"]["group_limits"][0])
            elif kind == "stage_changed":
                if event["stage"] in stages:
                    stages[event["stage"]] = _taken_back(stages[event["stage"]], event)
                continue
            elif kind == "stage_removed":
                stages[event["stage"]["id"]] = Stage(**typed(event["stage"]))
            elif kind == "stage_added":
                added = event["stage"]["id"]
                # An import brought its history with it: the map without it would be none.
                is_kept |= self.visited.get(added, at + 1) <= at
                if not is_kept:
                    stages.pop(added, None)
            if not is_kept and kind != "stream_changed":
                edges = tuple(map(_edge, event.get("edges_before", event.get("before", ()))))
                for stage, (position, _) in event.get("positions", {}).items():
                    if int(stage) in stages:
                        stages[int(stage)] = replace(stages[int(stage)], position=position)
        return replace(
            stream,
            stages=tuple(stages.values()),
            edges=edges,
            commitment=commitment,
            move_entry=move_entry,
            map_time=map_time,
            group_limits=group_limits,
        )

    def stages(self, at: int) -> dict[int, dict[str, Any]]:
        """By id the fields of stages that were others at a moment, with their values then."""
        out: dict[int, dict[str, Any]] = {}
        for event in self._since(at):
            if event["kind"] == "stage_changed":
                before = {name: was for name, (was, _) in event["changes"].items()}
                out[event["stage"]] = out.get(event["stage"], {}) | before
        return out

    def declared_at(self, stream: int, at: int) -> dict[int, int]:
        """By stage id when what is declared of a stage was last changed, as known at a moment."""
        out: dict[int, int] = {}
        for moment, event in self.changes:
            if event["kind"] != "stage_changed" or event["stream"] != stream or moment > at:
                continue
            if DECLARED_FIELDS & event["changes"].keys():
                out.setdefault(event["stage"], moment)
        return out

    def _since(self, at: int) -> Iterable[_Event]:
        """The changes after a moment, of the streams that there were then."""
        return (
            event
            for moment, event in self.changes
            if moment > at and self.is_known(event["stream"], at)
        )


def _edge(facts: Mapping[str, Any]) -> Edge:
    kind = EdgeKind(facts.get("kind", EdgeKind.FORWARD))
    return Edge(facts["source"], facts["target"], kind, facts.get("note", ""))


def _taken_back(stage: Stage, event: _Event) -> Stage:
    before = {name: was for name, (was, _) in event["changes"].items()}
    return replace(stage, **typed(before))


def read_past_streams(conn: sqlite3.Connection) -> PastStreams:
    """All changes of streams in the journal."""
    created: dict[int, int] = {}
    changes: list[tuple[int, _Event]] = []
    added: list[int] = []
    rows = conn.execute(
        f"SELECT kind, at, stream, payload FROM journal WHERE kind IN"
        f" ({','.join('?' * len(_KINDS))}) ORDER BY seq DESC",
        _KINDS,
    )
    for kind, at, stream, payload in rows:
        if kind == "stream_created":
            created[stream] = at
            continue
        event = json.loads(payload) | {"kind": kind}
        changes.append((at, event))
        if kind == "stage_added":
            added.append(event["stage"]["id"])
    visited: dict[int, int] = (
        dict(conn.execute(_VISITED, (json.dumps(added),)).fetchall()) if added else {}
    )
    return PastStreams(created, changes, visited)
