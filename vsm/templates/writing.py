"""Writes a value stream as a template, in TOML that reads back as the same stages and edges."""

from __future__ import annotations

from collections.abc import Mapping

from vsm.model.calendar import WORKDAYS, workdays_text
from vsm.model.declared import TimeBasis
from vsm.model.practice import MoveEntry, StageBehaviour
from vsm.model.stream import EdgeKind, Stage, ValueStream, chain
from vsm.toml_files import quoted


def template_text(stream: ValueStream, teams: Mapping[int, str]) -> str:
    """The stream as TOML: its stages and settings without items, members, zone and holidays."""
    stages = stream.line
    commitment = next((s.name for s in stages if s.id == stream.commitment), None)
    out = [f"title = {quoted(stream.name)}", 'about = ""']
    if commitment is not None:
        out.append(f"commitment = {quoted(commitment)}")
    if stream.types:
        out.append(f"types = [{', '.join(map(quoted, stream.types))}]")
    if stream.link:
        out.append(f"link = {quoted(stream.link)}")
    if stream.workdays != WORKDAYS:
        out.append(f"workdays = {quoted(workdays_text(stream.workdays))}")
    if stream.move_entry is not MoveEntry.AS_LOGGED:
        out.append(f"move_entry = {quoted(stream.move_entry)}")
    if stream.map_time is not TimeBasis.ELAPSED:
        out.append(f"map_time = {quoted(stream.map_time)}")
    if stream.vocabulary:
        out += ["", "[vocabulary]", *(f"{name} = {quoted(w)}" for name, w in stream.vocabulary)]
    for stage in stages:
        out += ["", "[[stage]]", *_stage(stage, teams)]
    names = {s.id: s.name for s in stages}
    for group in stream.group_limits:
        inside = [quoted(names[number]) for number in group.stages if number in names]
        if len(inside) > 1:
            named = [f"name = {quoted(group.name)}"] if group.name else []
            out += ["", "[[group_limit]]", *named, f"stages = [{', '.join(inside)}]"]
            out += [f"limit = {group.limit}", f"limit_kind = {quoted(group.kind)}"]
    edges = [e for e in stream.edges if e.source in names and e.target in names]
    plain = {(e.source, e.target) for e in chain(stages)}
    forward = {(e.source, e.target) for e in edges if e.kind is EdgeKind.FORWARD}
    for edge in edges:
        if edge.kind is EdgeKind.FORWARD and forward == plain:
            continue
        out += ["", "[[edge]]", f"from = {quoted(names[edge.source])}"]
        out += [f"to = {quoted(names[edge.target])}"]
        if edge.kind is not EdgeKind.FORWARD:
            out.append(f"kind = {quoted(edge.kind)}")
    return "\n".join(out) + "\n"


def _stage(stage: Stage, teams: Mapping[int, str]) -> list[str]:
    out = [f"name = {quoted(stage.name)}", f"category = {quoted(stage.category)}"]
    if stage.limit is not None:
        out.append(f"limit = {stage.limit}")
    if stage.limit is not None or stage.class_limits:
        out.append(f"limit_kind = {quoted(stage.limit_kind)}")
    if stage.class_limits:
        inner = ", ".join(f"{service} = {most}" for service, most in stage.class_limits)
        out.append(f"class_limits = {{ {inner} }}")
    if stage.exempt:
        out.append(f"exempt = [{', '.join(map(quoted, stage.exempt))}]")
    if stage.team is not None and stage.team in teams:
        out.append(f"team = {quoted(teams[stage.team])}")
    if stage.behaviour is not StageBehaviour.AS_LOGGED:
        out.append(f"behaviour = {quoted(stage.behaviour)}")
    if stage.policy:
        out.append(f"policy = {quoted(stage.policy)}")
    return out
