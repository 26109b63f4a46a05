"""Applies the edits of a draft to a map, by the rules that hold for a real one.

Edits become ordinary commands, here decided on against the map alone and later, where the draft is
made real, against the stream with its items. So both end in the same map.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from vsm.model import command as c
from vsm.model import event as e
from vsm.model.decide.base import RuleViolation, answer
from vsm.model.decide.retiring import check_same_kind
from vsm.model.decide.stages import edges_from, stage_from
from vsm.model.draft_edits import (
    Edit,
    Insert,
    Merge,
    Retire,
    Set,
    SetEdge,
    Split,
    candidates,
    read_value,
)
from vsm.model.entities import TEAM
from vsm.model.errors import BadInput, RefusalCode
from vsm.model.field_types import InvalidValue
from vsm.model.stored_values import values_after
from vsm.model.stream import Stage, ValueStream
from vsm.model.team import Team
from vsm.model.view import View

_DECLARED = {"process": "process_days", "wait": "wait_days", "ca": "complete_accurate"}


@dataclass(frozen=True, slots=True)
class Step:
    """An edit with the ids of the stages that it names; ``new`` is that of the stage it makes.

    Stages of the base have their own ids, those that the draft makes have ids below 0. ``value`` is
    what ``set`` gives.
    """

    text: str
    edit: Edit
    stages: tuple[int, ...]
    new: int | None = None
    value: Any = None

    @property
    def is_structural(self) -> bool:
        """Whether it changes which stages there are and how they follow each other."""
        return not isinstance(self.edit, Set)


@dataclass(frozen=True, slots=True)
class DraftMap:
    """The value stream that edits make of a base, and the edits with the stages they name."""

    base: ValueStream
    stream: ValueStream
    steps: tuple[Step, ...]

    @property
    def touched(self) -> Mapping[int, bool]:
        """The stages of the base that edits name, and whether one is about more than fields."""
        out: dict[int, bool] = {}
        for step in self.steps:
            for stage in step.stages:
                if stage > 0:
                    out[stage] = out.get(stage, False) or step.is_structural
        return out


def apply_edits(base: ValueStream, edits: Sequence[str], teams: Iterable[Team] = ()) -> DraftMap:
    """What edits make of a map.

    Raises :class:`~vsm.model.errors.BadInput` that names the first edit that cannot be.
    """
    view = _MapView(base, teams)
    steps = []
    for number, text in enumerate(edits, 1):
        try:
            step = _with_team(resolve(text, view.current), view)
            _apply(step, view)
        except RuleViolation as refused:
            refusal = refused.refusal
            raise _at(number, text, refusal.message, refusal.remedy) from None
        except (BadInput, InvalidValue) as error:
            raise _at(number, text, error.message, error.remedy) from None
        if isinstance(step.edit, Insert | Split):
            step = replace(step, new=view.last_stage)
        steps.append(step)
    return DraftMap(base, view.current, tuple(steps))


def _at(number: int, text: str, message: str, remedy: str) -> BadInput:
    return BadInput(f"edit {number} ({' '.join(text.split())!r:.80}): {message}", remedy)


def _with_team(step: Step, view: _MapView) -> Step:
    """The step with the name of its team as the team writes it."""
    if isinstance(step.edit, Set) and step.edit.field == "team" and step.value is not None:
        team = view.find(TEAM, step.value)
        return step if team is None else replace(step, value=team.name)
    return step


def _apply(step: Step, view: _MapView) -> None:
    for command in commands(step, step.stages, view.current.id, cast(View, view)):
        for event in answer(command, cast(View, view)):
            view.fold(event)


def on_map(
    steps: Iterable[Step], stream: ValueStream, teams: Iterable[Team] = ()
) -> tuple[DraftMap, tuple[str, ...]]:
    """What steps make of another map than the one that their draft began with.

    Steps that a rule refuses there are left out; why is the second part, a text each.
    """
    view = _MapView(stream, teams)
    applied, refused = [], []
    for step in steps:
        before = view.current
        view.last_stage = 0 if step.new is None else step.new + 1
        try:
            _apply(step, view)
        except RuleViolation as error:
            view.current = before
            refused.append(f"{step.text}: {error.refusal.message}")
        else:
            applied.append(step)
    return DraftMap(stream, view.current, tuple(applied)), tuple(refused)


# -- edits → stages ----------------------------------------------------------------------


def resolve(text: str, stream: ValueStream) -> Step:
    """The first way to read an edit in which all its stages are there."""
    first: BadInput | None = None
    for edit in candidates(text):
        try:
            stages = tuple(stage_named(stream, name).id for name in _names(edit))
        except BadInput as error:
            first = first or error
            continue
        if isinstance(edit, Retire) and edit.into is None:
            stages = (*stages, *_neighbour(stream, stages[0]))
        line = " ".join(text.split())
        if isinstance(edit, Set):
            stage = stream.stage(stages[0])
            return Step(
                line, edit, stages, value=read_value(edit.field, edit.value, stream.map_time, stage)
            )
        return Step(line, edit, stages)
    assert first is not None
    raise first


def _names(edit: Edit) -> tuple[str, ...]:
    if isinstance(edit, Insert):
        return (edit.after,)
    if isinstance(edit, Merge):
        return edit.first, edit.second
    if isinstance(edit, Retire):
        return (edit.stage,) if edit.into is None else (edit.stage, edit.into)
    if isinstance(edit, SetEdge):
        return edit.source, edit.target
    return (edit.stage,)


def stage_named(stream: ValueStream, name: str) -> Stage:
    """The stage of this name, or of a unique beginning of it, that is on the map."""
    stage = stream.find(name)
    if stage is not None and not stage.retired:
        return stage
    names = ", ".join(one.name for one in stream.line)
    what = "is retired" if stage is not None else "is not on the map"
    raise BadInput(f"stage {name!r:.60} {what}", f"stages are {names}")


def _neighbour(stream: ValueStream, stage_id: int) -> tuple[int, ...]:
    """Where the items of a stage that goes are put: the stage before it, else the one after."""
    stage = stream.stage(stage_id)
    line = [one for one in stream.line if one.category.ended == stage.category.ended]
    if stage.category.ended:
        line = [one for one in line if one.category is stage.category]
    at = [one.id for one in line].index(stage_id)
    near = line[at - 1 : at] if at else line[1:2]
    return tuple(one.id for one in near)


# -- edits → commands --------------------------------------------------------------------


def commands(
    step: Step, stages: Sequence[int], stream_id: int, view: View, reason: str | None = None
) -> Iterator[c.Command]:
    """The ordinary commands of an edit, ``stages`` being the ids of those that it names.

    Lazy: each is to be done before the next is asked for, as it may need the id of a new stage.
    """
    stream = view.stream(stream_id)
    if stream is None:
        raise RuleViolation(RefusalCode.UNKNOWN, "the stream of the draft is gone")
    if not stream.by_id.keys() >= set(stages):
        raise RuleViolation(
            RefusalCode.UNKNOWN, "a stage that it names is not there", "remove the edit"
        )
    edit = step.edit
    if isinstance(edit, Insert):
        yield c.AddStage(stream_id, c.NewStage(edit.name, edit.category), after=stages[0])
    elif isinstance(edit, Split):
        yield from _split(edit, stream.stage(stages[0]), view, stream_id)
    elif isinstance(edit, Merge):
        yield from _merge(edit, stream, stages, reason)
    elif isinstance(edit, Retire):
        yield _retire(stream, stages, reason)
    elif isinstance(edit, Set):
        changes = _changes(edit, step.value, view)
        if changes:
            yield c.SetStage(stages[0], changes)
    else:
        yield from _edge(edit, stream, stages)


def _split(edit: Split, stage: Stage, view: View, stream_id: int) -> Iterator[c.Command]:
    yield c.SplitStage(stage.id, (edit.first, edit.second))
    if stage.process_days is None:
        return
    half = {"process_days": stage.process_days / 2}
    yield c.SetStage(stage.id, half)
    stream = view.stream(stream_id)
    second = stream.named(edit.second) if stream is not None else None
    if second is not None:
        yield c.SetStage(second.id, half)


def _merge(
    edit: Merge, stream: ValueStream, stages: Sequence[int], reason: str | None
) -> Iterator[c.Command]:
    first, second = (stream.stage(number) for number in stages)
    yield c.MergeStages(first.id, second.id, edit.name, reason)
    sums = {
        field: sum(times)
        for field in ("process_days", "wait_days")
        if None not in (times := (getattr(first, field), getattr(second, field)))
    }
    if sums:
        yield c.SetStage(second.id, sums)


def _retire(stream: ValueStream, stages: Sequence[int], reason: str | None) -> c.RetireStage:
    """The command; where items would go is checked though there may be none yet."""
    gone, to = stages[0], stages[1] if len(stages) > 1 else None
    if to == gone:
        name = stream.stage(gone).name
        raise RuleViolation(
            RefusalCode.INVALID, f"{name} goes: its items cannot stay there", "name another stage"
        )
    if to is not None:
        check_same_kind(stream.stage(gone), stream.stage(to))
    return c.RetireStage(gone, to, reason)


def _changes(edit: Set, value: Any, view: View) -> dict[str, Any]:
    """The fields of a real stage that an edit sets; slots are none."""
    if edit.field == "slots":
        return {}
    if edit.field == "limit":
        changes: dict[str, Any] = value.changes
        return changes
    if edit.field == "team" and value is not None:
        team = view.find(TEAM, value)
        if team is None:
            raise RuleViolation(
                RefusalCode.UNKNOWN, f"there is no team {value!r:.60}", "list them: vsm team list"
            )
        return {"team": team.id}
    return {_DECLARED.get(edit.field, edit.field): value}


def _edge(edit: SetEdge, stream: ValueStream, stages: Sequence[int]) -> Iterator[c.Command]:
    source, target = stages
    kind = next((x.kind for x in stream.edges if (x.source, x.target) == (source, target)), None)
    if kind is edit.kind and (kind is not None):
        return  # only its share is another
    if kind is not None or edit.kind is None:
        yield c.RemoveEdge(source, target)
    if edit.kind is not None:
        yield c.AddEdge(source, target, edit.kind)


# -- a map in place of a store -------------------------------------------------------------


class _MapView:
    """Answers what rules on structure ask, from a map without items."""

    def __init__(self, stream: ValueStream, teams: Iterable[Team]) -> None:
        self.current = stream
        self.last_stage = 0
        self._teams = {team.id: team for team in teams}

    def stream(self, stream_id: int) -> ValueStream:
        return self.current

    def stream_of_stage(self, stage_id: int) -> ValueStream | None:
        return self.current if stage_id in self.current.by_id else None

    def next_id(self, kind: str) -> int:
        return self.last_stage - 1

    def get(self, entity: object, number: int) -> Team | None:
        return self._teams.get(number)

    def find(self, entity: object, key: str) -> Team | None:
        name = " ".join(key.split()).casefold()
        return next((t for t in self._teams.values() if t.name.casefold() == name), None)

    def items_in(self, stage_id: int) -> Sequence[object]:
        return ()

    def fold(self, event: e.Event) -> None:
        """Change the map by an event of its structure."""
        stream = self.current
        if isinstance(event, e.StageChanged):
            stage = replace(stream.stage(event.stage), **values_after(event.changes))
            self.current = stream.with_stage(stage)
        elif isinstance(event, e.EdgesChanged):
            self.current = replace(stream, edges=edges_from(event.after))
        elif isinstance(event, e.StageAdded):
            stages = [
                replace(stage, position=event.positions[stage.id][1])
                if stage.id in event.positions
                else stage
                for stage in stream.stages
            ]
            self.last_stage = event.stage.id
            stages.append(stage_from(event.stage))
            self.current = replace(stream, stages=tuple(stages), edges=edges_from(event.edges))
        else:
            raise TypeError(f"an edit of a map made {type(event).__name__}")
