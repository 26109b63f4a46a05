"""Sentences about a stage or an edge of a map, as the lines below the map show them."""

from __future__ import annotations

from collections.abc import Sequence

from vsm.features.map.results import MapEdge, MapStage, Measure
from vsm.features.map.wording import NO_EDGE
from vsm.model.plural import count
from vsm.model.stream import Category, EdgeKind
from vsm.report.wording import percent
from vsm.text_width import shown, width_of
from vsm.widgets.glyphs import ASCII, Glyphs
from vsm.widgets.stream_map.boxes import Pieces, rate_text, share_text, time_text


def stage_lines(
    stage: MapStage,
    edges: Sequence[MapEdge],
    glyphs: Glyphs,
    hours: int,
    width: int,
    starts: bool = False,
) -> list[Pieces]:
    """Name, figures with their declared values, and the edges of a stage, a line or more each.

    ``starts`` says that the clock starts there.
    """
    lines = [
        _heading(stage, glyphs, starts),
        *_wrapped(_figures(stage, glyphs, hours), glyphs, width),
    ]
    into = [e for e in edges if e.target == stage.id and (e.moves or e.drawn)]
    out = [e for e in edges if e.source == stage.id and (e.moves or e.drawn)]
    for name, ends, some in (("from", "source_name", into), ("to", "target_name", out)):
        some.sort(key=lambda edge: (-edge.moves, edge.source, edge.target))
        if some:
            parts = [
                f"{shown(getattr(edge, ends))} {_moves(edge, hours, name == 'to')}" for edge in some
            ]
            for n, line in enumerate(_wrapped(parts, glyphs, width - 5)):
                lead = f"   {name:<4} " if not n else " " * 8
                lines.append([(lead, "faint"), *line[1:]])
    if stage.note:
        lines.append([("   note ", "faint"), (shown(stage.note), "text")])
    return [line for line in lines if line]


def stage_line(stage: MapStage, glyphs: Glyphs, hours: int = 24, starts: bool = False) -> Pieces:
    """All of that but the edges in one line."""
    parts = _figures(stage, glyphs, hours)
    if stage.note:
        parts.append(f"note: {shown(stage.note)}")
    return [*_heading(stage, glyphs, starts), *_joined(parts, glyphs, first=False)]


def _heading(stage: MapStage, glyphs: Glyphs, starts: bool) -> Pieces:
    team = f", {shown(stage.team)}" if stage.team else ""
    retired = ", retired" if stage.retired else ""
    out: Pieces = [
        (f" {shown(stage.name)}", "strong"),
        (f" ({stage.category}{team}{retired})", "faint"),
    ]
    if stage.constraint:
        out.append((f" {glyphs.limits} limits the flow", "warn"))
    if starts:
        out.append((f" {glyphs.right} the clock starts here", "accent"))
    return out


def _figures(stage: MapStage, glyphs: Glyphs, hours: int) -> list[str]:
    parts: list[str] = []
    unlike = "<>" if glyphs is ASCII else "≠"

    def time(name: str, measure: Measure) -> None:
        parts.extend(
            _measure(
                name,
                measure,
                time_text(measure.measured, hours),
                time_text(measure.declared, hours),
                unlike,
            )
        )

    if stage.category is Category.ACTIVE:
        time("PT", stage.process)
    time("wait", stage.wait)
    if stage.category is Category.ACTIVE:
        quality = stage.complete_accurate
        parts += _measure(
            "C&A",
            quality,
            percent(quality.measured, unknown=""),
            percent(quality.declared, unknown=""),
            unlike,
        )
    if stage.utilisation is not None:
        parts.append(f"utilisation {percent(stage.utilisation)}")
    if stage.arrivals is not None:
        parts.append(f"{rate_text(stage.arrivals)} arrive a week")
    if stage.on_path is not None:
        parts.append(f"{percent(stage.on_path)} of finished items were here")
    if stage.declared_note:
        parts.append(f"declared from {shown(stage.declared_note)}")
    return parts


def _measure(name: str, measure: Measure, measured: str, declared: str, unlike: str) -> list[str]:
    """A figure with how many items it is of, and what was declared."""
    if measure.measured is None:
        return [f"{name} {declared} declared"] if declared else []
    of = f" of {count(measure.n, 'item')}" if measure.n else ""
    mark = f"{unlike} " if measure.differs else ""
    return [f"{name} {measured}{of}{f', {mark}declared {declared}' if declared else ''}"]


def _wrapped(parts: Sequence[str], glyphs: Glyphs, width: int) -> list[Pieces]:
    """Parts in as many lines as they take."""
    lines: list[list[str]] = [[]]
    for part in parts:
        if lines[-1] and 3 + sum(width_of(p) + 3 for p in (*lines[-1], part)) > width:
            lines.append([])
        lines[-1].append(part)
    return [_joined(line, glyphs) for line in lines if line]


def _moves(edge: MapEdge, hours: int, with_share: bool) -> str:
    """``5.1/wk 93%``, and what a move back costs; the share is of moves out of its source."""
    if not edge.moves:
        return "no move in the window"
    share = f" {share_text(edge.share)}" if edge.share is not None and with_share else ""
    back = ""
    if edge.kind == EdgeKind.REWORK:
        cost = "" if edge.extra_days is None else f", {time_text(edge.extra_days, hours)} more each"
        back = f" (rework{cost})"
    return f"{rate_text(edge.per_week)}/wk{share}{back}"


def _joined(parts: Sequence[str], glyphs: Glyphs, *, first: bool = True) -> Pieces:
    out: Pieces = []
    for part in parts:
        lead = "   " if first and not out else f" {glyphs.dot} "
        out += [(lead, "faint"), (part, "text")]
    return out


def edge_line(edge: MapEdge, glyphs: Glyphs, hours: int = 24) -> Pieces:
    """Ends, kind, moves a week, share, what a move back costs, note."""
    back = edge.kind == EdgeKind.REWORK
    kind = "leads back (rework)" if back else edge.kind
    out: Pieces = [
        (f" {shown(edge.source_name)} {glyphs.arrow} {shown(edge.target_name)}", "strong"),
        (f" {kind}", "warn" if back else "faint"),
    ]
    parts: list[str] = []
    if edge.moves:
        parts.append(f"{rate_text(edge.per_week)} a week")
        if edge.share is not None:
            parts.append(f"{share_text(edge.share)} of moves out of {shown(edge.source_name)}")
    else:
        parts.append("no move in the window")
    if edge.extra_days is not None:
        parts.append(f"each costs {time_text(edge.extra_days, hours)} more")
    if not edge.drawn:
        parts.append(NO_EDGE)
    if edge.note:
        parts.append(f"note: {shown(edge.note)}")
    return [*out, *_joined(parts, glyphs, first=False)]
