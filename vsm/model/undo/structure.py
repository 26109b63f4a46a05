"""The inverse of what was done to streams, stages, teams, members and views."""

from __future__ import annotations

from collections.abc import Mapping

from vsm.model import event as e
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.undo.checks import changed, pairs, same
from vsm.model.view import View


def swapped(changes: Mapping[str, tuple[object, object]]) -> dict[str, tuple[object, object]]:
    """The same changes the other way round."""
    return {k: (after, before) for k, (before, after) in changes.items()}


def inverse_structure(event: e.Event, view: View) -> e.Event | Refusal:
    """The event that takes another one back, or why that cannot be."""
    if isinstance(event, e.StreamCreated):
        stream = view.stream(event.stream)
        if stream is None or any(view.holds_anything(s.id) for s in stream.stages):
            return Refusal(
                RefusalCode.UNDO, f"stream {event.name!r} has items", "only an empty one can go"
            )
        return e.StreamRemoved(stream=event.stream)
    if isinstance(event, e.StreamChanged):
        stream = view.stream(event.stream)
        if stream is None or not same(stream, event.changes):
            return changed("the stream")
        return e.StreamChanged(stream=event.stream, changes=swapped(event.changes))
    if isinstance(event, e.StageAdded):
        return _remove_stage(event, view)
    if isinstance(event, e.StageChanged):
        stream = view.stream(event.stream)
        stage = stream.by_id.get(event.stage) if stream else None
        if stage is None or not same(stage, event.changes):
            return changed("the stage")
        return e.StageChanged(
            stream=event.stream, stage=event.stage, changes=swapped(event.changes)
        )
    if isinstance(event, e.StagesRearranged):
        stream = view.stream(event.stream)
        if stream is None or pairs(stream) != {(x.source, x.target, x.kind) for x in event.edges}:
            return changed("the map")
        return e.StagesRearranged(
            stream=event.stream,
            positions={k: (after, before) for k, (before, after) in event.positions.items()},
            edges=event.edges_before,
            edges_before=event.edges,
        )
    if isinstance(event, e.EdgesChanged):
        stream = view.stream(event.stream)
        if stream is None or pairs(stream) != {(x.source, x.target, x.kind) for x in event.after}:
            return changed("the map")
        return e.EdgesChanged(stream=event.stream, before=event.after, after=event.before)
    if isinstance(event, e.TeamAdded):
        if view.team_owns(event.team):
            return Refusal(
                RefusalCode.UNDO,
                f"the team {event.name} has stages, items or members",
                "only an idle team can go",
            )
        return e.TeamRemoved(**event.model_dump(exclude={"kind"}))
    if isinstance(event, e.TeamRemoved):
        return e.TeamAdded(**event.model_dump(exclude={"kind"}))
    if isinstance(event, e.TeamChanged):
        team = view.team(event.team)
        if team is None or not same(team, event.changes):
            return changed("the team")
        return e.TeamChanged(team=event.team, changes=swapped(event.changes))
    return _inverse_people(event, view)


def _inverse_people(event: e.Event, view: View) -> e.Event | Refusal:
    if isinstance(event, e.MemberAdded):
        member = view.member(event.member)
        facts = event.model_dump(exclude={"kind"})
        if member is None or any(facts[k] != getattr(member, k) for k in _MEMBER):
            return changed("the member")
        return e.MemberRemoved(**facts)
    if isinstance(event, e.MemberRemoved):
        return e.MemberAdded(**event.model_dump(exclude={"kind"}))
    if isinstance(event, e.MemberChanged):
        member = view.member(event.member)
        if member is None or not same(member, event.changes):
            return changed("the member")
        return e.MemberChanged(member=event.member, changes=swapped(event.changes))
    if isinstance(event, e.ViewSaved):
        known = view.saved_view(event.view)
        if known is None or known.filter != event.filter:
            return changed("the view")
        return e.ViewRemoved(**event.model_dump(exclude={"kind"}))
    if isinstance(event, e.ViewRemoved):
        return e.ViewSaved(**event.model_dump(exclude={"kind"}))
    if isinstance(event, e.ViewChanged):
        known = view.saved_view(event.view)
        if known is None or not same(known, event.changes):
            return changed("the view")
        return e.ViewChanged(view=event.view, changes=swapped(event.changes))
    raise TypeError(f"no inverse for {type(event).__name__}")


_MEMBER = ("login", "name", "initials", "teams")


def _remove_stage(event: e.StageAdded, view: View) -> e.Event | Refusal:
    stream = view.stream(event.stream)
    if stream is None or event.stage.id not in stream.by_id:
        return changed("the stream")
    if view.holds_anything(event.stage.id):
        return Refusal(
            RefusalCode.UNDO,
            f"items have been in {event.stage.name}",
            "only an unused stage can go",
        )
    stays = {(x.source, x.target, x.kind) for x in event.edges}
    if pairs(stream) != stays:
        return changed("the map")
    return e.StageRemoved(
        stream=event.stream,
        stage=event.stage,
        positions={k: (after, before) for k, (before, after) in event.positions.items()},
        edges=event.edges_before,
        edges_before=event.edges,
    )
