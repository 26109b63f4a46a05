"""Compares the base of a draft with the map of now, in the stages that the draft touches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from vsm.model.decide.draft_map import DraftMap, Step
from vsm.model.limit_text import limits_of
from vsm.model.stream import EdgeKind, Stage, ValueStream


class Side(StrEnum):
    """Whose version of a stage stands, where draft and map both changed it."""

    OURS = "ours"
    """The draft's: its edits are made."""
    THEIRS = "theirs"
    """The map's: edits of that stage are left out."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of a stage in the base, in the map of now and in the draft, in words."""

    field: str
    base: str
    now: str
    draft: str

    def __str__(self) -> str:
        return f"{self.field} {self.base} (base) · {self.now} (now) · {self.draft} (draft)"


@dataclass(frozen=True, slots=True)
class Conflict:
    """A stage that the draft touches and that has changed since the draft was begun."""

    stage: int
    name: str
    differences: tuple[Difference, ...]

    def __str__(self) -> str:
        return f"{self.name}: {'; '.join(map(str, self.differences))}"


def find_conflicts(
    drafted: DraftMap, now: ValueStream, teams: Mapping[int, str]
) -> tuple[Conflict, ...]:
    """The stages that edits touch and that are no longer as in the base, in the order of the flow.

    Of a stage of which only fields are set, edges are not compared.
    """
    conflicts = []
    touched = drafted.touched
    for stage in drafted.base.order:
        if stage.id not in touched:
            continue
        with_edges = touched[stage.id]
        base, current, draft = (
            dict(_facts(stream, stage.id, teams, with_edges))
            for stream in (drafted.base, now, drafted.stream)
        )
        differences = tuple(
            Difference(field, base[field], current[field], draft[field])
            for field in base
            if base[field] != current[field]
        )
        if differences:
            conflicts.append(Conflict(stage.id, stage.name, differences))
    return tuple(conflicts)


def standing_steps(drafted: DraftMap, sides: Mapping[int, str]) -> list[tuple[int, Step]]:
    """The edits that are left where the map of now stands for some stages, with their numbers.

    An edit of a stage that one left out would have made is left out too.
    """
    left_out = {stage for stage, side in sides.items() if side == Side.THEIRS}
    steps = []
    for number, step in enumerate(drafted.steps, 1):
        if left_out.isdisjoint(step.stages):
            steps.append((number, step))
        elif step.new is not None:
            left_out.add(step.new)
    return steps


def _facts(
    stream: ValueStream, stage_id: int, teams: Mapping[int, str], with_edges: bool
) -> Iterator[tuple[str, str]]:
    stage = stream.by_id.get(stage_id)
    if stage is None:
        stage = Stage(stage_id, "gone", next(iter(stream.stages)).category, 0, retired=True)
    yield "name", stage.name
    yield "category", str(stage.category)
    yield "team", "none" if stage.team is None else teams.get(stage.team, "?")
    yield "WIP limit", str(limits_of(stage))
    yield "policy", stage.policy or "none"
    yield "on the map", "no" if stage.retired else "yes"
    yield "process time", _days(stage.process_days)
    yield "wait", _days(stage.wait_days)
    yield "%C&A", "none" if stage.complete_accurate is None else f"{stage.complete_accurate:.0%}"
    if with_edges:
        for kind, what in ((EdgeKind.FORWARD, "leads to"), (EdgeKind.REWORK, "goes back to")):
            names = [
                stream.stage(edge.target).name
                for edge in stream.edges
                if edge.source == stage_id
                and edge.kind is kind
                and edge.target in stream.by_id
                and not stream.stage(edge.target).retired
            ]
            yield what, ", ".join(sorted(names)) or "none"


def _days(days: float | None) -> str:
    return "none" if days is None else f"{days:g} d"
