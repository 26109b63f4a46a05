"""Inverts what was done to streams, stages and edges."""

from __future__ import annotations

from vsm.model import event as e
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.undo.checks import changed, drawn, same, swapped
from vsm.model.undo.entities import inverse_entity
from vsm.model.view import View


def inverse_structure(event: e.Event, view: View) -> e.Event | Refusal:
    """The event that takes another one back, or why that cannot be."""
    if isinstance(event, e.StreamCreated):
        stream = view.stream(event.stream)
        if stream is None or any(view.holds_anything(s.id) for s in stream.stages):
            return Refusal(
                RefusalCode.UNDO, f"stream {event.name!r} has items", "only an empty one can go"
            )
        return e.StreamRemoved(stream=event.stream)
    if isinstance(event, e.StreamChanged):
        stream = view.stream(event.stream)
        if stream is None or not same(stream, event.changes):
            return changed("the stream")
        return e.StreamChanged(stream=event.stream, changes=swapped(event.changes))
    if isinstance(event, e.StageAdded):
        return _remove_stage(event, view)
    if isinstance(event, e.StageChanged):
        stream = view.stream(event.stream)
        stage = stream.by_id.get(event.stage) if stream else None
        if stage is None or not same(stage, event.changes):
            return changed("the stage")
        return e.StageChanged(
            stream=event.stream, stage=event.stage, changes=swapped(event.changes)
        )
    if isinstance(event, e.StagesRearranged):
        stream = view.stream(event.stream)
        if stream is None or drawn(stream.edges) != drawn(event.edges):
            return changed("the map")
        return e.StagesRearranged(
            stream=event.stream,
            positions={k: (after, before) for k, (before, after) in event.positions.items()},
            edges=event.edges_before,
            edges_before=event.edges,
        )
    if isinstance(event, e.EdgesChanged):
        stream = view.stream(event.stream)
        if stream is None or drawn(stream.edges) != drawn(event.after):
            return changed("the map")
        return e.EdgesChanged(stream=event.stream, before=event.after, after=event.before)
    if isinstance(event, (e.EntityAdded, e.EntityChanged, e.EntityRemoved)):
        return inverse_entity(event, view)
    raise TypeError(f"no inverse for {type(event).__name__}")


def _remove_stage(event: e.StageAdded, view: View) -> e.Event | Refusal:
    stream = view.stream(event.stream)
    if stream is None or event.stage.id not in stream.by_id:
        return changed("the stream")
    if view.holds_anything(event.stage.id):
        return Refusal(
            RefusalCode.UNDO,
            f"items have been in {event.stage.name}",
            "only an unused stage can go",
        )
    if drawn(stream.edges) != drawn(event.edges):
        return changed("the map")
    return e.StageRemoved(
        stream=event.stream,
        stage=event.stage,
        positions={k: (after, before) for k, (before, after) in event.positions.items()},
        edges=event.edges_before,
        edges_before=event.edges,
    )
