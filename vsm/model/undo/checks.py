"""Whether an event of undo or redo would stand in the way of something made since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import get_args

from vsm.model import event as e
from vsm.model.decide.stages import edges_from, stage_from
from vsm.model.entities import TEAM
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.stored_values import values_after
from vsm.model.stream import Edge, Stage, ValueStream
from vsm.model.view import View


def conflict(event: e.Event, view: View) -> Refusal | None:
    """Refuse an event of undo or redo that would stand in the way of something made since."""
    if isinstance(event, e.ItemAdded) and view.item_by_key(event.key) is not None:
        return made_anew(event.key)
    if isinstance(event, e.StreamCreated) and view.stream_by_name(event.name) is not None:
        return made_anew(event.name)
    if any(view.get(TEAM, number) is None for number in _teams_named(event)):
        return changed("a team")
    if isinstance(event, _ARRIVING):
        return _retired(event, view)
    return _would_break(event, view) if isinstance(event, _MAPPING) else None


def _teams_named(event: e.Event) -> Iterable[int]:
    """The teams that items and stages would belong to again."""
    named: Iterable[int | None] = ()
    if isinstance(event, (e.ItemEdited, e.StageChanged)):
        named = [event.changes["team"][1]] if "team" in event.changes else ()
    elif isinstance(event, e.ItemAdded):
        named = [event.fields.team]
    elif isinstance(event, e.StageAdded):
        named = [event.stage.team]
    elif isinstance(event, e.StreamCreated):
        named = [stage.team for stage in event.stages]
    return [number for number in named if number is not None]


def _retired(event: _Arriving, view: View) -> Refusal | None:
    """Refuse to put an item into a stage that is off the board by now."""
    target = event.stage if isinstance(event, e.ItemAdded) else event.target
    stream = view.stream_of_stage(target)
    stage = stream.by_id[target] if stream else None
    if stage is None or not stage.retired:
        return None
    return Refusal(
        RefusalCode.UNDO,
        f"{stage.name} is retired by now",
        f"bring it back first: vsm stage restore {stage.name!r}",
    )


_Arriving = e.ItemAdded | e.ItemMoved | e.MoveRetracted | e.ItemTransferred | e.TransferRetracted
_ARRIVING = get_args(_Arriving)
_Mapping = (
    e.StreamChanged
    | e.StageAdded
    | e.StageRemoved
    | e.StageChanged
    | e.StagesRearranged
    | e.EdgesChanged
)
_MAPPING = get_args(_Mapping)


def made_anew(name: str) -> Refusal:
    """Refuse, as something else has the name by now."""
    return Refusal(
        RefusalCode.UNDO, f"something else is called {name} by now", "rename that one first"
    )


def _would_break(event: _Mapping, view: View) -> Refusal | None:
    """Refuse where the stream would not work with the event, or is not as it was before it."""
    stream = view.stream(event.stream)
    if stream is None:
        return changed("the stream")
    if isinstance(event, e.StreamChanged):
        after = replace(stream, **values_after(event.changes))
        other = view.stream_by_name(after.name)
        if other is not None and other.id != stream.id:
            return made_anew(after.name)
    elif isinstance(event, e.StageChanged):
        stage = stream.by_id.get(event.stage)
        if stage is None:
            return changed("the stage")
        after = stream.with_stage(replace(stage, **values_after(event.changes)))
    elif isinstance(event, e.EdgesChanged):
        after = replace(stream, edges=edges_from(event.after))
    else:
        if drawn(stream.edges) != drawn(event.edges_before):
            return changed("the map")
        stages = list(stream.stages)
        if not isinstance(event, e.StagesRearranged):
            stages = [s for s in stages if s.id != event.stage.id]
        if isinstance(event, e.StageAdded):
            stages.append(stage_from(event.stage))
        after = replace(stream, stages=tuple(stages), edges=edges_from(event.edges))
    problems = after.problems()
    if problems:
        return Refusal(
            RefusalCode.UNDO, f"stream {stream.name!r}: {problems[0]}", "change that first"
        )
    return None


def changed(what: str) -> Refusal:
    """Refuse, as something is not as it was left."""
    return Refusal(RefusalCode.UNDO, f"{what} has changed since", "change it by hand")


def same(thing: Stage | ValueStream | object, changes: Mapping[str, tuple[object, object]]) -> bool:
    """Whether all that was changed is still as the change left it."""
    return all(getattr(thing, k) == after for k, after in values_after(changes).items())


def drawn(edges: Iterable[Edge | e.EdgeFacts]) -> set[tuple[int, int, str, str]]:
    """Edges with their notes, to be compared."""
    return {(x.source, x.target, x.kind, x.note) for x in edges}


def swapped(changes: Mapping[str, tuple[object, object]]) -> dict[str, tuple[object, object]]:
    """The same changes the other way round."""
    return {k: (after, before) for k, (before, after) in changes.items()}
