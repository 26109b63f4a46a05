"""Sentences about a stage or an edge of a map, as the last line of the map shows them."""

from __future__ import annotations

from vsm.features.map.results import MapEdge, MapStage, Measure
from vsm.model.plural import count
from vsm.model.stream import Category, EdgeKind
from vsm.report.wording import percent
from vsm.text_width import shown
from vsm.widgets.glyphs import Glyphs
from vsm.widgets.stream_map.boxes import Pieces, rate_text, time_text


def stage_line(stage: MapStage, glyphs: Glyphs, hours: int = 24) -> Pieces:
    """Name, category, team, figures with their declared values, note."""
    team = f", {shown(stage.team)}" if stage.team else ""
    retired = ", retired" if stage.retired else ""
    out: Pieces = [
        (shown(stage.name), "strong"),
        (f" ({stage.category}{team}{retired})", "faint"),
    ]
    parts: list[str] = []
    if stage.category is Category.ACTIVE:
        parts += [
            *_measure(
                "PT",
                stage.process,
                time_text(stage.process.measured, hours),
                time_text(stage.process.declared, hours),
            ),
        ]
    parts += _measure(
        "wait",
        stage.wait,
        time_text(stage.wait.measured, hours),
        time_text(stage.wait.declared, hours),
    )
    if stage.category is Category.ACTIVE:
        ca = stage.complete_accurate
        parts += _measure(
            "C&A", ca, percent(ca.measured, unknown=""), percent(ca.declared, unknown="")
        )
    if stage.arrivals is not None:
        parts.append(f"{rate_text(stage.arrivals)} arrive a week")
    if stage.on_path is not None:
        parts.append(f"{percent(stage.on_path)} of finished items were here")
    if stage.note:
        parts.append(f"note: {shown(stage.note)}")
    for part in parts:
        out += [(f" {glyphs.dot} ", "faint"), (part, "text")]
    return out


def _measure(name: str, measure: Measure, measured: str, declared: str) -> list[str]:
    """A figure with how many items it is of, and what was declared."""
    if measure.measured is None:
        return [f"{name} {declared} declared"] if declared else []
    of = f" of {count(measure.n, 'item')}" if measure.n else ""
    unlike = f", declared {declared}" if declared else ""
    return [f"{name} {measured}{of}{unlike}"]


def edge_line(edge: MapEdge, glyphs: Glyphs) -> Pieces:
    """Ends, kind, moves a week, share, what a move back costs, note."""
    back = edge.kind == EdgeKind.REWORK
    kind = "leads back (rework)" if back else edge.kind
    out: Pieces = [
        (f"{shown(edge.source_name)} {glyphs.arrow} {shown(edge.target_name)}", "strong"),
        (f" {kind}", "warn" if back else "faint"),
    ]
    parts: list[str] = []
    if edge.moves:
        parts.append(f"{rate_text(edge.per_week)} a week")
        if edge.share is not None:
            parts.append(f"{percent(edge.share)} of moves out of {shown(edge.source_name)}")
    else:
        parts.append("no move in the window")
    if edge.extra_days is not None:
        parts.append(f"each costs {time_text(edge.extra_days)} more")
    if not edge.drawn:
        parts.append("the stream has no such edge")
    if edge.note:
        parts.append(f"note: {shown(edge.note)}")
    for part in parts:
        out += [(f" {glyphs.dot} ", "faint"), (part, "text")]
    return out
