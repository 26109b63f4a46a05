"""Rules on roles: the right that each command needs, and who has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from vsm.model import command as c
from vsm.model import event as e
from vsm.model.decide.base import RuleViolation
from vsm.model.decide.people import check_absence_rights
from vsm.model.delivery_entities import SERVICE
from vsm.model.entities import DRAFT, GRANT, MEMBER, TEAM
from vsm.model.entity import Entity
from vsm.model.errors import RefusalCode
from vsm.model.governance_entities import ALIAS, CONTROL, MODE
from vsm.model.people_entities import ALLOCATION, HIRE, INTERACTION
from vsm.model.portfolio_entities import DECISION, PORTFOLIO
from vsm.model.role import Grant, Right, Role, allows, role_by
from vsm.model.rules import from_micros
from vsm.model.source_entities import GONE, SOURCE, WRITTEN
from vsm.model.sprint_entities import SPRINT
from vsm.model.standard_entities import ADOPTION, DEVIATION
from vsm.model.view import View

COMMANDS: dict[type[Any], Right] = {
    **dict.fromkeys(
        (
            *(c.CreateStream, c.SetStream, c.AddStage, c.SetStage, c.PlaceStage),
            *(c.RetireStage, c.RestoreStage, c.AddEdge, c.NoteEdge, c.RemoveEdge),
            *(c.SplitStage, c.MergeStages),
        ),
        Right.MAP,
    ),
    **dict.fromkeys(
        (
            *(c.AddItem, c.EditItem, c.MoveItem, c.ReorderItem, c.BlockItem, c.UnblockItem),
            *(c.DropItem, c.ReopenItem, c.ArchiveItem, c.CommentItem, c.TransferItem),
            *(c.LinkItems, c.UnlinkItems, c.AgreeDependency, c.AddEvidence),
            c.RecordCheck,
            *(c.AddToSprint, c.RemoveFromSprint, c.StartSprint, c.CloseSprint, c.JudgeSprint),
            *(c.RecordDeployment, c.RecordIncident, c.RecordChange),
        ),
        Right.ITEMS,
    ),
    **dict.fromkeys((c.AddKey, c.RevokeKey, c.ReviewAccess), Right.ROLES),
    c.DecideInitiative: Right.GOVERN,
    c.ReviewDecision: Right.GOVERN,
    c.OpenDraft: Right.ITEMS,
    c.EditDraft: Right.ITEMS,
    c.MakeDraft: Right.MAP,
}
"""What each command needs; those about entities need what :func:`right_of_entity` says."""

_ENTITIES: dict[str, Right] = {
    TEAM.name: Right.MAP,
    MEMBER.name: Right.MAP,
    ALLOCATION.name: Right.MAP,
    INTERACTION.name: Right.MAP,
    HIRE.name: Right.MAP,
    GRANT.name: Right.ROLES,
    CONTROL.name: Right.GOVERN,
    MODE.name: Right.GOVERN,
    ALIAS.name: Right.MAP,
    ADOPTION.name: Right.GOVERN,
    DEVIATION.name: Right.GOVERN,
    SOURCE.name: Right.MANY,
    GONE.name: Right.MANY,
    SERVICE.name: Right.MAP,
    **{entity.name: Right.MAP for entity in PORTFOLIO},
    DECISION.name: Right.GOVERN,
    WRITTEN.name: Right.MANY,
}

_ASKED = (Role.ADMIN, Role.COACH, Role.PMO, Role.MEMBER, Role.VIEWER)
"""Whom a refusal names first."""
_ASK_MOST = 3


def right_of_entity(entity: Entity[Any]) -> Right:
    """What adding, changing or removing one needs."""
    return _ENTITIES.get(entity.name, Right.ITEMS)


def right_of(command: c.Command) -> Right:
    """What a command needs."""
    if isinstance(command, c.AddEntity | c.ChangeEntity | c.RemoveEntity):
        return right_of_entity(command.entity)
    return COMMANDS[type(command)]


def check(view: View, command: c.Command) -> None:
    """Refuse a command that whoever gives it may not give."""
    require(view, right_of(command), _stream_of(view, command))


def right_of_event(event: e.Event) -> Right:
    """What recording an event by an undo or a redo needs."""
    entity = getattr(event, "entity", None)
    if entity is not None:
        return right_of_entity(entity)
    is_work = any(hasattr(event, name) for name in ("item", "sprint"))
    return Right.ITEMS if is_work else Right.MAP


def require(view: View, right: Right, stream: int | None) -> None:
    """Refuse whoever acts if they do not have a right in a stream."""
    role, at_most = role_in(view, stream), view.at_most
    if allows(right, role):
        if at_most is None or allows(right, at_most):
            return
        raise RuleViolation(
            RefusalCode.ROLE,
            f"{view.actor} is at most {at_most.with_article} in this session and may not {right}",
            "the key or --role that let you in allows no more: ask who gave it to you",
        )
    raise RuleViolation(
        RefusalCode.ROLE,
        f"{view.actor} is {role.with_article} here and may not {right}",
        f"ask {who_may(view, right, stream)}",
    )


def who_may(view: View, right: Right, stream: int | None) -> str:
    """Up to three people who have a right in a stream, those first who may also grant it."""
    today = _today(view)
    able = [
        grant
        for grant in view.all(GRANT)
        if allows(right, Role(grant.role)) and grant.holds(stream, today)
    ]
    able.sort(key=lambda grant: (_ASKED.index(Role(grant.role)), grant.login.casefold()))
    *others, last = [f"{grant.login} ({grant.role})" for grant in able[:_ASK_MOST]] or ["an admin"]
    return f"{', '.join(others)} or {last}" if others else last


def role_in(view: View, stream: int | None) -> Role:
    """What whoever acts is in a stream. Until the first role is granted everybody is admin."""
    if not view.has_any(GRANT):
        return Role.ADMIN
    return role_by(view.find(GRANT, view.actor), stream, _today(view))


def _stream_of(view: View, command: c.Command) -> int | None:
    """The stream that a command is about, where it is about one."""
    stream = getattr(command, "stream", None)
    if stream is not None:
        return int(stream)
    if isinstance(command, c.RecordDeployment | c.RecordIncident | c.RecordChange):
        return _stream_of_entity(view, SERVICE, command.service)
    item = view.item(number) if (number := getattr(command, "item", None)) is not None else None
    if item is not None:
        return item.stream
    if (number := getattr(command, "draft", None)) is not None:
        return _stream_of_entity(view, DRAFT, number)
    if (number := getattr(command, "sprint", None)) is not None:
        return _stream_of_entity(view, SPRINT, number)
    if isinstance(command, c.AddEntity):
        return _only(view, command.entity, command.values)
    if isinstance(command, c.ChangeEntity | c.RemoveEntity):
        return _stream_of_entity(view, command.entity, command.id)
    ends = (getattr(command, name, None) for name in ("stage", "source", "first"))
    stage = next(filter(None, ends), None)
    holder = view.stream_of_stage(stage) if isinstance(stage, int) else None
    return holder.id if holder is not None else None


def _stream_of_entity(view: View, entity: Entity[Any], number: int) -> int | None:
    current = view.get(entity, number)
    return None if current is None else _only(view, entity, entity.values(current))


def _only(view: View, entity: Entity[Any], values: Mapping[str, Any]) -> int | None:
    """The stream that a view, pin, plan or draft is of; grants are a matter of all streams.

    What happened to a service is of the stream of that.
    """
    if isinstance(service := values.get("service"), int):
        return _stream_of_entity(view, SERVICE, service)
    only = None if entity is GRANT else values.get("only")
    return only if isinstance(only, int) else None


def stream_of_event(view: View, event: e.Event) -> int | None:
    """The stream in which recording an event by an undo or a redo needs a right."""
    if isinstance(event, e.EntityChanged | e.EntityRemoved):
        return _stream_of_entity(view, event.entity, event.id)
    if isinstance(event, e.EntityAdded):
        return _only(view, event.entity, event.values)
    return getattr(event, "stream", None)


# -- grants ----------------------------------------------------------------------------


def with_first_admin(view: View, command: c.Command, events: list[e.Event]) -> list[e.Event]:
    """The events; before those of the first grant of all one that makes its giver admin."""
    first = next(iter(events), None)
    if not isinstance(first, e.EntityAdded) or first.entity is not GRANT or view.has_any(GRANT):
        return events
    admin = {"login": view.actor, "role": str(Role.ADMIN), "only": None, "until": None}
    if first.values["login"].casefold() != view.actor.casefold():
        return [e.added(GRANT, first.id, **admin), e.added(GRANT, first.id + 1, **first.values)]
    if first.values != admin:
        raise RuleViolation(
            RefusalCode.STATE,
            "whoever grants the first role is admin from then on",
            f"vsm role grant {view.actor} admin",
        )
    return events


def check_grants(view: View, events: Iterable[e.Event]) -> None:
    """Refuse to change or revoke the grant of the last admin, and a grant that is over already."""
    for event in events:
        _refuse_past(view, event)
        if not isinstance(event, e.EntityChanged | e.EntityRemoved) or event.entity is not GRANT:
            continue
        grant = view.get(GRANT, event.id)
        if grant is None or not _is_admin(grant):
            continue
        if isinstance(event, e.EntityChanged) and _is_admin(
            replace(grant, **{name: after for name, (_, after) in event.changes.items()})
        ):
            continue
        if not any(_is_admin(other) for other in view.all(GRANT) if other.id != grant.id):
            raise RuleViolation(
                RefusalCode.IN_USE,
                f"{grant.login} is the last admin of all streams",
                "make somebody else admin first: vsm role grant LOGIN admin",
            )


def check_absences(view: View, events: Iterable[e.Event]) -> None:
    """Refuse to change absences of others without the right to change teams."""
    check_absence_rights(view, events, lambda: require(view, Right.MAP, None))


def _refuse_past(view: View, event: e.Event) -> None:
    if isinstance(event, e.EntityAdded) and event.entity is GRANT:
        until = event.values["until"]
    elif isinstance(event, e.EntityChanged) and event.entity is GRANT:
        until = event.changes.get("until", (None, None))[1]
    else:
        return
    if until is not None and until < _today(view):
        raise RuleViolation(RefusalCode.INVALID, f"{until} is over", "give a day that is to come")


def _today(view: View) -> str:
    return from_micros(view.now).date().isoformat()


def _is_admin(grant: Grant) -> bool:
    return grant.role == Role.ADMIN and grant.only is None and grant.until is None
