"""Works out edges of a stream from others."""

from __future__ import annotations

from vsm.model.stream import Edge, EdgeKind, Stage, ValueStream


def edges_past(stream: ValueStream, stage: Stage) -> tuple[Edge, ...]:
    """Edges that lead past the stage, where none does yet."""
    drawn = {(edge.source, edge.target) for edge in stream.edges}
    forward = [edge for edge in stream.edges if edge.kind is EdgeKind.FORWARD]
    into = [edge.source for edge in forward if edge.target == stage.id]
    out = [edge.target for edge in forward if edge.source == stage.id]
    return tuple(Edge(a, b) for a in into for b in out if (a, b) not in drawn)
