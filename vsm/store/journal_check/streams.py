"""Checks entries about streams, their stages and edges."""

from __future__ import annotations

from vsm.model import event as e
from vsm.model.entities import TEAM
from vsm.model.event import Recorded
from vsm.model.group_limit import groups_from
from vsm.model.rules import zone_of
from vsm.model.stream import Edge, Stage, ValueStream
from vsm.store.journal_check.state import (
    FollowedStream,
    Impossible,
    JournalState,
    changed_values,
    check_calendar,
    check_event,
    refuse_invalid,
    require,
)

_STREAM_FIELDS = frozenset(
    (
        *("name", "zone", "prefix", "commitment", "workdays", "holidays", "types", "vocabulary"),
        *("link", "move_entry", "map_time", "group_limits"),
    )
)
_STAGE_FIELDS = frozenset(e.StageFacts.model_fields) - {"id", "position"}


def check_stream(state: JournalState, stream_id: int) -> None:
    """Whether the stream works, as a rule would have asked before it was written."""
    stream = state.streams[stream_id]
    facts = stream.facts
    require(isinstance(facts["name"], str) and facts["name"].strip(), "a stream has no name")
    name = facts["name"].casefold()
    for other_id, other in state.streams.items():
        require(
            other_id == stream_id or other.facts["name"].casefold() != name,
            f"two streams are called {facts['name']!r:.60}",
        )
    zone_of(facts["zone"])
    check_calendar(facts["workdays"], facts["holidays"])
    for stage in stream.stages.values():
        for most in (stage.limit, *stage.class_limits.values()):
            require(most is None or most > 0, f"a WIP limit is {most}")
        if stage.team is not None:
            state.entity(TEAM, stage.team)
    made = ValueStream(
        id=stream_id,
        name=facts["name"],
        zone=facts["zone"],
        stages=tuple(
            Stage(
                *(
                    s.id,
                    s.name,
                    s.category,
                    s.position,
                    s.team,
                    s.limit,
                    s.limit_kind,
                    s.policy,
                ),
                class_limits=tuple(s.class_limits.items()),
                retired=s.retired,
                behaviour=s.behaviour,
                exempt=s.exempt,
            )
            for s in stream.stages.values()
        ),
        edges=tuple(Edge(x.source, x.target, x.kind) for x in stream.edges),
        commitment=facts["commitment"],
        group_limits=groups_from(group.model_dump() for group in facts["group_limits"]),
    )
    try:
        problems = made.problems()
    except RecursionError:
        raise Impossible(f"stream {stream_id} has too many stages") from None
    require(not problems, f"stream {stream_id} could not work: {'; '.join(problems[:2])}")


def _add_stage(state: JournalState, stream: FollowedStream, stage: e.StageFacts) -> None:
    taken = any(stage.id in other.stages for other in state.streams.values())
    require(not taken, f"there is a stage {stage.id} already")
    require(stage.id > 0, f"a stage has the id {stage.id}")
    stream.stages[stage.id] = stage


@check_event.register
def _(event: e.StreamCreated, state: JournalState, r: Recorded) -> None:
    require(event.stream > 0, f"a stream has the id {event.stream}")
    require(event.stream not in state.streams, f"there is a stream {event.stream} already")
    facts = {name: getattr(event, name) for name in _STREAM_FIELDS}
    stream = state.streams[event.stream] = FollowedStream(facts, {}, event.edges)
    for stage in event.stages:
        _add_stage(state, stream, stage)
    state.changed.add(event.stream)


@check_event.register
def _(event: e.StreamRemoved, state: JournalState, r: Recorded) -> None:
    state.stream(event.stream)
    require(
        all(item.stream != event.stream for item in state.items.values()),
        f"stream {event.stream} is removed, but holds items",
    )
    del state.streams[event.stream]


@check_event.register
def _(event: e.StreamChanged, state: JournalState, r: Recorded) -> None:
    stream = state.stream(event.stream)
    changes = changed_values(event.changes, _STREAM_FIELDS, "stream")
    fields = {"stream": event.stream, **stream.facts, **changes, "stages": (), "edges": ()}
    with refuse_invalid():
        # The event of a new stream has the same fields, and knows what each may hold.
        made = e.StreamCreated.model_validate(fields)
    stream.facts = {name: getattr(made, name) for name in _STREAM_FIELDS}
    state.changed.add(event.stream)


@check_event.register
def _(event: e.StageAdded, state: JournalState, r: Recorded) -> None:
    _add_stage(state, state.stream(event.stream), event.stage)
    _rearrange(event, state)


@check_event.register
def _(event: e.StageRemoved, state: JournalState, r: Recorded) -> None:
    state.require_stage(event.stage.id, event.stream)
    require(
        all(event.stage.id not in item.visits for item in state.items.values()),
        f"stage {event.stage.id} is removed, but items were in it",
    )
    del state.stream(event.stream).stages[event.stage.id]
    _rearrange(event, state)


@check_event.register
def _(event: e.StageChanged, state: JournalState, r: Recorded) -> None:
    state.require_stage(event.stage, event.stream)
    stages = state.stream(event.stream).stages
    changes = changed_values(event.changes, _STAGE_FIELDS, "stage")
    with refuse_invalid():
        stages[event.stage] = e.StageFacts.model_validate(
            {**stages[event.stage].model_dump(), **changes}
        )
    state.changed.add(event.stream)


def _rearrange(
    event: e.StageAdded | e.StageRemoved | e.StagesRearranged, state: JournalState
) -> None:
    stream = state.stream(event.stream)
    for stage, (_, after) in event.positions.items():
        state.require_stage(stage, event.stream)
        stream.stages[stage] = stream.stages[stage].model_copy(update={"position": after})
    stream.edges = event.edges
    state.changed.add(event.stream)


@check_event.register
def _(event: e.StagesRearranged, state: JournalState, r: Recorded) -> None:
    _rearrange(event, state)


@check_event.register
def _(event: e.EdgesChanged, state: JournalState, r: Recorded) -> None:
    state.stream(event.stream).edges = event.after
    state.changed.add(event.stream)
