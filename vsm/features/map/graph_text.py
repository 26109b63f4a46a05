"""Writes a value stream map as Mermaid or Graphviz DOT; names from outside can only be text."""

from __future__ import annotations

import re

from vsm.features.map.report import (
    BURST,
    CONSTRAINT,
    MIN_SHARE,
    is_shown,
    measure_words,
    share_words,
)
from vsm.features.map.results import MapEdge, MapStage, Measure, ValueStreamMap
from vsm.features.map.wording import time_words
from vsm.model.sanitise import inert_line
from vsm.model.stream import Category, EdgeKind
from vsm.report.wording import day, percent

_SHAPES = {
    Category.BACKLOG: ('[("', '")]'),
    Category.QUEUE: ('[/"', '"\\]'),
    Category.ACTIVE: ('["', '"]'),
    Category.DONE: ('(["', '"])'),
    Category.DROPPED: ('(["', '"])'),
}
_DOT_SHAPES = {
    Category.BACKLOG: "cylinder",
    Category.QUEUE: "triangle",
    Category.ACTIVE: "box",
    Category.DONE: "oval",
    Category.DROPPED: "oval",
}
_HARMLESS = re.compile(r"[^\w .,:+−=≠✱◆▲→/–-]")
"""What Mermaid could take for more than text: quotes, brackets, ``#``, ``&``, ``<`` and others."""


def mermaid(result: ValueStreamMap) -> str:
    """The map as a Mermaid flowchart."""
    out = ["flowchart LR", *(f"  %% {line}" for line in _head(result))]
    stages = [stage for stage in result.stages if is_shown(stage)]
    for stage in stages:
        begin, end = _SHAPES[stage.category]
        text = "<br>".join(_escaped(line) for line in _box(stage, result))
        out.append(f"  {_node(stage.id)}{begin}{text}{end}")
    for edge in _edges(result, stages):
        arrow = "-.->" if edge.kind == EdgeKind.REWORK else "==>" if edge.on_main_path else "-->"
        text = _escaped(_label(edge, result))
        out.append(f'  {_node(edge.source)} {arrow}|"{text}"| {_node(edge.target)}')
    limiting = [_node(stage.id) for stage in stages if stage.constraint]
    if limiting:
        out.append(f"  style {','.join(limiting)} stroke-width:4px")
    return "\n".join(out) + "\n"


def dot(result: ValueStreamMap) -> str:
    """The map as a Graphviz digraph."""
    out = [f"// {line}" for line in _head(result)]
    out += [f"digraph {_quoted(result.stream)} {{", "  rankdir=LR;", "  node [shape=box];"]
    stages = [stage for stage in result.stages if is_shown(stage)]
    for stage in stages:
        width = ", penwidth=3" if stage.constraint else ""
        label = _quoted(*_box(stage, result))
        out.append(
            f"  {_node(stage.id)} [shape={_DOT_SHAPES[stage.category]}, label={label}{width}];"
        )
    for edge in _edges(result, stages):
        style = ", style=dashed" if edge.kind == EdgeKind.REWORK else ""
        style += ", penwidth=2" if edge.on_main_path else ""
        label = _quoted(_label(edge, result))
        out.append(f"  {_node(edge.source)} -> {_node(edge.target)} [label={label}{style}];")
    return "\n".join([*out, "}"]) + "\n"


def _node(stage: int) -> str:
    """The identifier of a stage; those that a draft makes have numbers below 0."""
    return f"s{stage}" if stage >= 0 else f"new{-stage}"


def _head(result: ValueStreamMap) -> tuple[str, ...]:
    """Window, time and totals, as comments."""
    totals, time = result.totals, result.time
    name = f"{result.draft}, a future state of " if result.draft is not None else ""
    lines = (
        f"{name}{result.stream}: {day(result.window.first)} to {day(result.window.last)},"
        f" {result.time_text}",
        f"PT {measure_words(totals.process, time)}, wait {measure_words(totals.wait, time)},"
        f" lead time {measure_words(totals.lead_time, time)},"
        f" activity ratio {share_words(totals.activity_ratio)},"
        f" rolled %C&A {share_words(totals.rolled)}",
    )
    # A brace after %% would make Mermaid read a directive.
    return tuple(re.sub(r"[{}]", " ", inert_line(line)) for line in lines)


def _box(stage: MapStage, result: ValueStreamMap) -> list[str]:
    """The lines of a box: name, team, WIP, and the times that are known."""
    mark = f"{CONSTRAINT} " if stage.constraint else ""
    lines = [f"{mark}{stage.name}{f' {BURST}' if stage.note else ''}"]
    if stage.team:
        lines.append(stage.team)
    if not stage.category.ended:
        lines.append(f"WIP {stage.wip_text}")
        lines += _known("PT", stage.process, measure_words(stage.process, result.time))
        lines += _known("wait", stage.wait, measure_words(stage.wait, result.time))
        share = stage.complete_accurate
        lines += _known("%C&A", share, share_words(share))
    return [inert_line(line) for line in lines]


def _known(name: str, measure: Measure, words: str) -> list[str]:
    return [] if measure.best is None else [f"{name} {words}"]


def _edges(result: ValueStreamMap, stages: list[MapStage]) -> list[MapEdge]:
    """Edges between stages that are shown: drawn ones, rework, and moves that are not rare."""
    ids = {stage.id for stage in stages}
    return [
        edge
        for edge in result.edges
        if {edge.source, edge.target} <= ids
        and (edge.drawn or edge.kind == EdgeKind.REWORK or (edge.share or 0.0) >= MIN_SHARE)
    ]


def _label(edge: MapEdge, result: ValueStreamMap) -> str:
    text = f"{edge.per_week:.1f}/wk"
    if edge.share is not None and edge.share < 1:
        text += f" {percent(edge.share)}"
    if edge.extra_days is not None:
        text += f" +{time_words(edge.extra_days, result.time)}"
    return text + (f" {BURST}" if edge.note else "")


def _escaped(text: str) -> str:
    """Text in a Mermaid label: whatever could mean more is a character code."""
    return _HARMLESS.sub(lambda match: f"#{ord(match[0])};", text)


def _quoted(*lines: str) -> str:
    """A DOT string of some lines."""
    escaped = (inert_line(line).replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'
