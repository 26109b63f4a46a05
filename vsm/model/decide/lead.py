"""The rule on streams that are led: what only their lead and the PMO may do.

It looks at events rather than commands, so that drafts, transfers, undo and redo obey it too.
Imports record what happened elsewhere and are not refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from vsm.model import event as e
from vsm.model.control.control import Mode, settings_on
from vsm.model.decide.base import RuleViolation, stream_of
from vsm.model.decide.controls import person, today_in
from vsm.model.decide.gates import is_follow_up
from vsm.model.decide.roles import require, who_may
from vsm.model.entities import MEMBER
from vsm.model.errors import RefusalCode
from vsm.model.governance_entities import MODE
from vsm.model.people_entities import ALLOCATION
from vsm.model.role import Right
from vsm.model.stream import Category, Edge, EdgeKind
from vsm.model.view import View

_TEAM_OF_ITEM = "give items to teams"


class _Reserved(NamedTuple):
    """What an event does that a lead may have to do, in which stream, and the way without it."""

    stream: int
    what: str
    otherwise: str = ""


def check_lead(view: View, events: Sequence[e.Event]) -> None:
    """Refuse what only who leads may do, in streams whose mode is directive.

    What asks for approval after an emergency has the team of its item, whoever moved that.
    """
    for event in events:
        if isinstance(event, e.ItemAdded) and is_follow_up(event):
            continue
        for reserved in _reserved(view, event):
            _check(view, reserved)


def check_again(view: View, event: e.Event) -> None:
    """Refuse an undo or a redo of what only who leads may do."""
    check_lead(view, [event])


def _reserved(view: View, event: e.Event) -> Iterator[_Reserved]:
    if isinstance(event, e.ItemReordered):
        yield _Reserved(event.stream, "rank items")
    elif isinstance(event, e.ItemEdited) and "team" in event.changes:
        yield _Reserved(event.stream, _TEAM_OF_ITEM)
    elif isinstance(event, e.ItemAdded) and event.fields.team is not None:
        yield _Reserved(event.stream, _TEAM_OF_ITEM, "leave the team out, or ")
    elif isinstance(event, e.ItemTransferred):
        item = view.item(event.item)
        if item is not None and item.team is not None:
            yield _Reserved(event.to, _TEAM_OF_ITEM, "take its team away first, or ")
    elif isinstance(event, e.StreamChanged) and "commitment" in event.changes:
        yield _Reserved(event.stream, "move the commitment point")
    elif isinstance(event, e.StageChanged | e.StagesRearranged | e.EdgesChanged):
        if _moves_gates(view, event):
            yield _Reserved(event.stream, "change at which stages work starts or finishes")
    elif isinstance(event, e.EntityAdded | e.EntityChanged | e.EntityRemoved):
        for team in sorted(_teams_changed(view, event)):
            for stream in view.streams_of_team(team):
                yield _Reserved(stream, "change who works in its teams")


def _moves_gates(view: View, event: e.StageChanged | e.StagesRearranged | e.EdgesChanged) -> bool:
    """Whether controls at the start or the finish would be asked at other stages."""
    stream = stream_of(view, event.stream)
    if isinstance(event, e.StageChanged):
        if "category" not in event.changes:
            return False
        category = Category(event.changes["category"][1])
        stages = tuple(
            replace(one, category=category) if one.id == event.stage else one
            for one in stream.stages
        )
        after = replace(stream, stages=stages)
    else:
        edges = event.edges if isinstance(event, e.StagesRearranged) else event.after
        places = event.positions if isinstance(event, e.StagesRearranged) else {}
        stages = tuple(
            replace(one, position=places[one.id][1]) if one.id in places else one
            for one in stream.stages
        )
        after = replace(
            stream,
            stages=stages,
            edges=tuple(Edge(edge.source, edge.target, EdgeKind(edge.kind)) for edge in edges),
        )
    return (after.starting, after.finished) != (stream.starting, stream.finished)


def _teams_changed(
    view: View, event: e.EntityAdded | e.EntityChanged | e.EntityRemoved
) -> set[int]:
    """The teams that an event gives people or takes them away from."""
    if event.entity is ALLOCATION:
        if not isinstance(event, e.EntityChanged):
            return {event.values["team"]}
        current = view.get(ALLOCATION, event.id)
        return set() if current is None else {current.team}
    if event.entity is MEMBER and isinstance(event, e.EntityChanged):
        before, after = event.changes.get("teams", ((), ()))
        return set(before) ^ set(after)
    return set()


def _check(view: View, reserved: _Reserved) -> None:
    stream = stream_of(view, reserved.stream)
    modes = view.where(MODE, "only", (stream.id,))
    setting = settings_on(modes, stream.id, today_in(view, stream.id)).get(None)
    if setting is None or setting.value != Mode.DIRECTIVE:
        return
    lead = setting.lead
    if lead and person(view, lead) == person(view, view.actor):
        return
    try:
        require(view, Right.GOVERN, stream.id)
    except RuleViolation:
        pmo = who_may(view, Right.GOVERN, stream.id)
        ask = f"{lead}, {pmo}" if lead else pmo
        who = f"{lead} and the PMO" if lead else "the PMO"
        raise RuleViolation(
            RefusalCode.ROLE,
            f"{stream.name} is directive: only {who} may {reserved.what}",
            f"{reserved.otherwise}ask {ask}",
        ) from None
