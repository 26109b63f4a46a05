"""Undo and redo: which events take back a group, and when that is refused.

Undo appends inverse events and never harms others: it is refused where an item has changed
since. A move that is undone is *retracted*: it never counted in any figure, since a slip of
the finger is not flow; the journal keeps both. Redo appends the undone events again with the
time at which they happened. WIP limits do not refuse an undo; an overrun is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, get_args

from vsm.model import event as e
from vsm.model.errors import Refusal
from vsm.model.event import Recorded
from vsm.model.item import ClassOfService
from vsm.model.stream import Category, Edge, LimitKind, Stage, ValueStream
from vsm.model.view import LastChange, View


class History(View, Protocol):
    """What undoing asks beside what every decision asks."""

    def effective_since(self, item: int, seq: int) -> LastChange | None:
        """The latest change of the item after this journal position that still stands.

        A group and its undo cancel each other.
        """

    def restated(self, run: int) -> Sequence[tuple[int, int]]:
        """``(item, seq of the statement before)`` for items that the run restated."""

    def changed_since_import(self, run: int, limit: int) -> Sequence[str]:
        """Keys of items of the run that were changed or restated after it."""


def inverse(group: Sequence[Recorded], view: History) -> Iterator[e.Event | Refusal]:
    """Events that take a group back, newest first, or why that cannot be.

    Lazy: whoever asks records each event before asking for the next, so that the view tells
    what the ones before have done. A refusal ends it, and nothing of it may stay.
    """
    run = next((r.event for r in group if isinstance(r.event, _RUN)), None)
    refusal = _worked_on(run.run, view) if run else untouched(group, group[-1].seq, view)
    if refusal is not None:
        yield refusal
        return
    if run is not None:
        restated = tuple(view.restated(run.run))
        yield e.ImportWithdrawn(run=run.run, stream=run.stream, restated=restated)
    for recorded in reversed(group):
        if isinstance(recorded.event, (*_RUN, e.ItemHistoryImported, e.StageRespaced)):
            continue  # of a respaced stage only the order matters, and that is unchanged
        made = _inverse_one(recorded.event, view)
        yield made if isinstance(made, Refusal) else _taken(made, view) or made


def untouched(group: Iterable[Recorded], since: int, view: History) -> Refusal | None:
    """Refuse where an item of the group has changed after the position ``since``."""
    for item in dict.fromkeys(r.item for r in group if r.item is not None):
        later = view.effective_since(item, since)
        if later is not None:
            found = view.item(item)
            key = found.key if found else "an item"
            return Refusal(
                "undo",
                f"{key} has changed since: {later.actor} {later.text}",
                "undo that first, or change it by hand",
                (key,),
            )
    return None


def _worked_on(run: int, view: History) -> Refusal | None:
    touched = tuple(view.changed_since_import(run, 5))
    if not touched:
        return None
    return Refusal(
        "undo",
        f"items of this import have changed since: {', '.join(touched)}",
        "an import can be undone only while nobody has worked on its items",
        touched,
    )


def again(
    undone: Sequence[Recorded], undo: Sequence[Recorded], view: History
) -> Iterator[e.Event | Refusal]:
    """Events that put back what ``undo`` took away from ``undone``, or why that cannot be."""
    refusal = untouched(undone, undo[-1].seq, view)
    if refusal is not None:
        yield refusal
        return
    for recorded in undone:
        if isinstance(recorded.event, _RUN):
            continue
        if not isinstance(recorded.event, e.ItemHistoryImported):
            yield _taken(recorded.event, view) or recorded.event
    for recorded in undone:
        if isinstance(recorded.event, _RUN):
            yield e.ImportRestored(run=recorded.event.run, stream=recorded.event.stream)


def _taken(event: e.Event, view: View) -> Refusal | None:
    """Refuse an event of undo or redo that would stand in the way of something made since."""
    if isinstance(event, e.ItemAdded) and view.item_by_key(event.key) is not None:
        return _made_anew(event.key)
    if isinstance(event, e.StreamCreated) and view.stream_by_name(event.name) is not None:
        return _made_anew(event.name)
    if isinstance(event, e.TeamAdded) and view.team_by_name(event.name) is not None:
        return _made_anew(event.name)
    if isinstance(event, e.TeamChanged) and "name" in event.changes:
        name = str(event.changes["name"][1])
        other = view.team_by_name(name)
        return _made_anew(name) if other is not None and other.id != event.team else None
    if isinstance(event, e.MemberAdded) and view.member_by_login(event.login) is not None:
        return _made_anew(event.login)
    if isinstance(event, e.ViewSaved) and view.saved_view_by_name(event.name) is not None:
        return _made_anew(event.name)
    if isinstance(event, e.TeamRemoved) and view.team_owns(event.team):
        return _changed(f"the team {event.name}")
    if isinstance(event, (e.MemberAdded, e.MemberChanged)):
        return _teamless(event, view)
    if isinstance(event, _ARRIVING):
        return _retired(event, view)
    return _would_break(event, view) if isinstance(event, _MAPPING) else None


def _teamless(event: e.MemberAdded | e.MemberChanged, view: View) -> Refusal | None:
    """Refuse to put somebody back into a team that has gone meanwhile."""
    teams: Iterable[int] = ()
    if isinstance(event, e.MemberAdded):
        teams = event.teams
    elif "teams" in event.changes:
        teams = event.changes["teams"][1]
    gone = [number for number in teams if view.team(number) is None]
    return _changed("a team of the member") if gone else None


def _retired(event: _Arriving, view: View) -> Refusal | None:
    """Refuse to put an item into a stage that is off the board by now."""
    target = event.stage if isinstance(event, e.ItemAdded) else event.target
    stream = view.stream_of_stage(target)
    stage = stream.by_id[target] if stream else None
    if stage is None or not stage.retired:
        return None
    return Refusal(
        "undo",
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


def _made_anew(name: str) -> Refusal:
    return Refusal("undo", f"something else is called {name} by now", "rename that one first")


def _would_break(event: _Mapping, view: View) -> Refusal | None:
    """Refuse where the stream would not work with the event, or is not as it was before it."""
    stream = view.stream(event.stream)
    if stream is None:
        return _changed("the stream")
    if isinstance(event, e.StreamChanged):
        after = replace(stream, **_typed(event.changes))
        other = view.stream_by_name(after.name)
        if other is not None and other.id != stream.id:
            return _made_anew(after.name)
    elif isinstance(event, e.StageChanged):
        stage = stream.by_id.get(event.stage)
        if stage is None:
            return _changed("the stage")
        after = stream.with_stage(replace(stage, **_typed(event.changes)))
    elif isinstance(event, e.EdgesChanged):
        after = replace(stream, edges=_edges(event.after))
    else:
        if _pairs(stream) != {(x.source, x.target, x.kind) for x in event.edges_before}:
            return _changed("the map")
        stages = list(stream.stages)
        if not isinstance(event, e.StagesRearranged):
            stages = [s for s in stages if s.id != event.stage.id]
        if isinstance(event, e.StageAdded):
            facts = event.stage.model_dump()
            stages.append(Stage(**facts | {"class_limits": _pairs_of(facts["class_limits"])}))
        after = replace(stream, stages=tuple(stages), edges=_edges(event.edges))
    problems = after.problems()
    if problems:
        return Refusal("undo", f"stream {stream.name!r}: {problems[0]}", "change that first")
    return None


def _pairs_of(limits: Mapping[str, int]) -> tuple[tuple[ClassOfService, int], ...]:
    order = list(ClassOfService)
    pairs = [(ClassOfService(name), limit) for name, limit in limits.items()]
    return tuple(sorted(pairs, key=lambda pair: order.index(pair[0])))


_TYPES: dict[str, Callable[[Any], Any]] = {
    "category": Category,
    "limit_kind": LimitKind,
    "class_limits": _pairs_of,
    "vocabulary": lambda words: tuple(sorted(words.items())),
}


def _typed(changes: Mapping[str, tuple[Any, Any]]) -> dict[str, Any]:
    """The values after a change as stage, stream or team have them; stored ones are plain."""
    return {k: _value(k, new) for k, (_, new) in changes.items()}


def _value(field: str, value: Any) -> Any:
    if field in _TYPES:
        return _TYPES[field](value)
    return tuple(value) if isinstance(value, list) else value


def _edges(edges: Iterable[e.EdgeFacts]) -> tuple[Edge, ...]:
    return tuple(Edge(x.source, x.target, x.kind) for x in edges)


_RUN = (e.ImportRan, e.ImportRestored)


# -- one event ---------------------------------------------------------------------


def _inverse_one(event: e.Event, view: History) -> e.Event | Refusal:
    if isinstance(event, e.ItemMoved):
        return _retract(event, view)
    if isinstance(event, e.ItemTransferred):
        return _brought_back(event, view)
    if isinstance(event, e.ItemCommented):
        return e.CommentRetracted(item=event.item, stream=event.stream, comment=event.comment)
    if isinstance(event, e.ItemAdded):
        return _remove_item(event, view)
    if isinstance(event, e.ItemEdited):
        return e.ItemEdited(item=event.item, stream=event.stream, changes=_swap(event.changes))
    if isinstance(event, e.ItemReordered):
        return event.model_copy(update={"rank": event.rank_before, "rank_before": event.rank})
    if isinstance(event, e.ItemBlocked):
        return e.BlockRetracted(item=event.item, stream=event.stream, block=event.block)
    if isinstance(event, e.ItemUnblocked):
        return e.UnblockRetracted(item=event.item, stream=event.stream, block=event.block)
    if isinstance(event, e.ItemArchived):
        return event.model_copy(update={"archived": not event.archived})
    if isinstance(event, e.ItemLinked):
        return e.ItemUnlinked(**event.model_dump(exclude={"kind"}))
    if isinstance(event, e.ItemUnlinked):
        return e.ItemLinked(**event.model_dump(exclude={"kind"}))
    return _inverse_structure(event, view)


def _retract(event: e.ItemMoved, view: View) -> e.MoveRetracted:
    return e.MoveRetracted(
        item=event.item,
        stream=event.stream,
        source=event.target,
        target=event.source,
        rank=event.rank_before,
        over=_overrun(event.source, view),
    )


def _brought_back(event: e.ItemTransferred, view: View) -> e.TransferRetracted:
    return e.TransferRetracted(
        item=event.item,
        stream=event.to,
        to=event.stream,
        source=event.target,
        target=event.source,
        rank=event.rank_before,
        over=_overrun(event.source, view),
    )


def _overrun(stage_id: int, view: View) -> e.Override | None:
    """By how much the stage exceeds its limit once the item is back in it."""
    stream = view.stream_of_stage(stage_id)
    stage = stream.by_id[stage_id] if stream else None
    if stage is None or stage.limit is None or not stage.over(view.wip(stage.id) + 1):
        return None
    return e.Override(limit=stage.limit, wip=view.wip(stage.id) + 1, reason="undo")


def _remove_item(event: e.ItemAdded, view: View) -> e.Event | Refusal:
    named = view.links_to(event.key)
    if named:
        others = tuple(dict.fromkeys(s if s != event.key else t for _, s, t in named))
        return Refusal(
            "undo",
            f"{event.key} is linked to {', '.join(others)}",
            "take the links away first",
            others,
        )
    return e.ItemRemoved(item=event.item, stream=event.stream, key=event.key)


def _swap(changes: Mapping[str, tuple[object, object]]) -> dict[str, tuple[object, object]]:
    return {k: (after, before) for k, (before, after) in changes.items()}


def _changed(what: str) -> Refusal:
    return Refusal("undo", f"{what} has changed since", "change it by hand")


def _same(
    thing: Stage | ValueStream | object, changes: Mapping[str, tuple[object, object]]
) -> bool:
    return all(getattr(thing, k) == after for k, after in _typed(changes).items())


def _inverse_structure(event: e.Event, view: View) -> e.Event | Refusal:
    if isinstance(event, e.StreamCreated):
        stream = view.stream(event.stream)
        if stream is None or any(view.holds_anything(s.id) for s in stream.stages):
            return Refusal("undo", f"stream {event.name!r} has items", "only an empty one can go")
        return e.StreamRemoved(stream=event.stream)
    if isinstance(event, e.StreamChanged):
        stream = view.stream(event.stream)
        if stream is None or not _same(stream, event.changes):
            return _changed("the stream")
        return e.StreamChanged(stream=event.stream, changes=_swap(event.changes))
    if isinstance(event, e.StageAdded):
        return _remove_stage(event, view)
    if isinstance(event, e.StageChanged):
        stream = view.stream(event.stream)
        stage = stream.by_id.get(event.stage) if stream else None
        if stage is None or not _same(stage, event.changes):
            return _changed("the stage")
        return e.StageChanged(stream=event.stream, stage=event.stage, changes=_swap(event.changes))
    if isinstance(event, e.StagesRearranged):
        stream = view.stream(event.stream)
        if stream is None or _pairs(stream) != {(x.source, x.target, x.kind) for x in event.edges}:
            return _changed("the map")
        return e.StagesRearranged(
            stream=event.stream,
            positions={k: (after, before) for k, (before, after) in event.positions.items()},
            edges=event.edges_before,
            edges_before=event.edges,
        )
    if isinstance(event, e.EdgesChanged):
        stream = view.stream(event.stream)
        if stream is None or _pairs(stream) != {(x.source, x.target, x.kind) for x in event.after}:
            return _changed("the map")
        return e.EdgesChanged(stream=event.stream, before=event.after, after=event.before)
    if isinstance(event, e.TeamAdded):
        if view.team_owns(event.team):
            return Refusal(
                "undo",
                f"the team {event.name} has stages, items or members",
                "only an idle team can go",
            )
        return e.TeamRemoved(**event.model_dump(exclude={"kind"}))
    if isinstance(event, e.TeamRemoved):
        return e.TeamAdded(**event.model_dump(exclude={"kind"}))
    if isinstance(event, e.TeamChanged):
        team = view.team(event.team)
        if team is None or not _same(team, event.changes):
            return _changed("the team")
        return e.TeamChanged(team=event.team, changes=_swap(event.changes))
    return _inverse_people(event, view)


def _inverse_people(event: e.Event, view: View) -> e.Event | Refusal:
    if isinstance(event, e.MemberAdded):
        member = view.member(event.member)
        facts = event.model_dump(exclude={"kind"})
        if member is None or any(facts[k] != getattr(member, k) for k in _MEMBER):
            return _changed("the member")
        return e.MemberRemoved(**facts)
    if isinstance(event, e.MemberRemoved):
        return e.MemberAdded(**event.model_dump(exclude={"kind"}))
    if isinstance(event, e.MemberChanged):
        member = view.member(event.member)
        if member is None or not _same(member, event.changes):
            return _changed("the member")
        return e.MemberChanged(member=event.member, changes=_swap(event.changes))
    if isinstance(event, e.ViewSaved):
        known = view.saved_view(event.view)
        if known is None or known.filter != event.filter:
            return _changed("the view")
        return e.ViewRemoved(**event.model_dump(exclude={"kind"}))
    if isinstance(event, e.ViewRemoved):
        return e.ViewSaved(**event.model_dump(exclude={"kind"}))
    if isinstance(event, e.ViewChanged):
        known = view.saved_view(event.view)
        if known is None or not _same(known, event.changes):
            return _changed("the view")
        return e.ViewChanged(view=event.view, changes=_swap(event.changes))
    raise TypeError(f"no inverse for {type(event).__name__}")


_MEMBER = ("login", "name", "initials", "teams")


def _pairs(stream: ValueStream) -> set[tuple[int, int, str]]:
    return {(x.source, x.target, x.kind) for x in stream.edges}


def _remove_stage(event: e.StageAdded, view: View) -> e.Event | Refusal:
    stream = view.stream(event.stream)
    if stream is None or event.stage.id not in stream.by_id:
        return _changed("the stream")
    if view.holds_anything(event.stage.id):
        return Refusal(
            "undo", f"items have been in {event.stage.name}", "only an unused stage can go"
        )
    stays = {(x.source, x.target, x.kind) for x in event.edges}
    if _pairs(stream) != stays:
        return _changed("the map")
    return e.StageRemoved(
        stream=event.stream,
        stage=event.stage,
        positions={k: (after, before) for k, (before, after) in event.positions.items()},
        edges=event.edges_before,
        edges_before=event.edges,
    )
