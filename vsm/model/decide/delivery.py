"""Rules on delivery: what may go on record of deployments, incidents and changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vsm.model import command as c
from vsm.model import event as e
from vsm.model.control.evidence import EvidenceKind
from vsm.model.decide.base import RuleViolation, answer
from vsm.model.decide.entities import unknown
from vsm.model.decide.evidence import evidence_events
from vsm.model.decide.roles import require
from vsm.model.delivery import CauseLink, Deployment, DeploymentResult, Service
from vsm.model.delivery_entities import CHANGE, DELIVERY, DEPLOYMENT, INCIDENT, SERVICE
from vsm.model.entity import Entity
from vsm.model.errors import RefusalCode
from vsm.model.field_types import InvalidValue
from vsm.model.role import Right
from vsm.model.rules import CLOCK_TOLERANCE, SECOND, iso
from vsm.model.view import View

SAME_WITHIN = 600 * SECOND
"""A deployment without an id is that of so long before where both say the same."""
_EVIDENCE = {
    DeploymentResult.SUCCESS: "success",
    DeploymentResult.PARTLY: "success",
    DeploymentResult.FAILURE: "failure",
    DeploymentResult.CANCELLED: "failure",
}
"""How evidence of an item says it: partly is success, because the change reached users."""
_ON_EVIDENCE = ("result", "environment", "finished_at")
"""What evidence says of a deployment."""


def _service(view: View, number: int) -> Service:
    service = view.get(SERVICE, number)
    if service is None:
        raise unknown("service", number)
    return service


def _stated(entity: Entity[Any], command: object) -> dict[str, Any]:
    """Clean values of those fields that a command says anything about."""
    raw = {field.name: getattr(command, field.name, None) for field in entity.fields}
    names = [name for name, value in raw.items() if value is not None and value not in ("", ())]
    values = entity.read(names, raw)
    return {name: value for name, value in values.items() if value not in ("", ())}


def _recorded(
    entity: Entity[Any], view: View, known: Any, values: Mapping[str, Any]
) -> list[e.Event]:
    """The event that puts new values on record, or corrects those that are known."""
    if known is None:
        number = view.next_id(entity.name)
        own = {"number": str(number)} if entity.is_numbered else {}
        return [e.added(entity, number, **own, **values)]
    changes = {
        name: (getattr(known, name), value)
        for name, value in values.items()
        if getattr(known, name) != value
    }
    fixed = next((name for name in changes if entity.field(name).fixed), None)
    if fixed is not None:
        raise RuleViolation(
            RefusalCode.STATE,
            f"{entity.label} {getattr(known, entity.key)} is of another {fixed}",
            "give it another id or name",
        )
    return [e.changed(entity, known.id, changes)] if changes else []


# -- deployments -------------------------------------------------------------------------


@answer.register
def _(command: c.RecordDeployment, view: View) -> list[e.Event]:
    service = _service(view, command.service)
    values = _stated(DEPLOYMENT, command)
    if "environment" not in values:
        raise InvalidValue("the environment is empty", "name it: --env production")
    known = known_deployment(view, command)
    if known is None:
        values.setdefault("finished_at", view.now)
    for name in ("commits", "items"):
        if known is not None and name in values:
            field = DEPLOYMENT.field(name)
            values[name] = field.type.read(field.what, (*getattr(known, name), *values[name]))
    events = _recorded(DEPLOYMENT, view, known, values)
    before = {"items": ()} if known is None else DEPLOYMENT.values(known)
    number = view.next_id(DEPLOYMENT.name) if known is None else known.id
    return [*events, *_evidence(view, service, number, before, {**before, **values})]


def known_deployment(view: View, command: c.RecordDeployment) -> Deployment | None:
    """The deployment that a command speaks of, if it is on record."""
    values = _stated(DEPLOYMENT, command)
    if "source_id" in values:
        same = view.where(DEPLOYMENT, "source_id", [values["source_id"]])
        return next((one for one in same if one.service == command.service), None)
    if command.finished_at is None:
        first, last = view.now - SAME_WITHIN, view.now + CLOCK_TOLERANCE
    else:
        first = last = command.finished_at
    for one in reversed(view.deployments_since(command.service, first)):
        if one.finished_at <= last and all(
            getattr(one, name) == value or (name == "items" and set(value) <= set(one.items))
            for name, value in values.items()
        ):
            return one
    return None


def _evidence(
    view: View, service: Service, number: int, before: Mapping[str, Any], values: Mapping[str, Any]
) -> list[e.Event]:
    """Evidence of the items of a deployment: that they were deployed, and how that ended.

    Of items that it had before only where that is otherwise now.
    """
    ref = values.get("source_id") or f"{service.name} deployment {number}"
    is_same = all(before.get(name) == values.get(name) for name in _ON_EVIDENCE)
    items = [item for item in values["items"] if not is_same or item not in before["items"]]
    events: list[e.Event] = []
    for item in items:
        known = view.item(item)
        if known is not None:
            require(view, Right.ITEMS, known.stream)
        command = c.AddEvidence(
            item,
            EvidenceKind.DEPLOYMENT,
            ref,
            values["finished_at"],
            status=_EVIDENCE[DeploymentResult(values["result"])],
            details={"env": values["environment"]},
            origin=f"deployment {number}",
        )
        events += evidence_events(view, command, len(events))
    return events


# -- incidents and changes ---------------------------------------------------------------


@answer.register
def _(command: c.RecordIncident, view: View) -> list[e.Event]:
    _service(view, command.service)
    values = _stated(INCIDENT, command)
    if "name" not in values:
        raise InvalidValue("the incident has no name", "such as: vsm incident open INC-7")
    known = view.find(INCIDENT, values["name"])
    if known is None:
        values.setdefault("opened_at", view.now)
    else:
        values["name"] = known.name
        values.pop("source_id", None)
    return _recorded(INCIDENT, view, known, values)


@answer.register
def _(command: c.RecordChange, view: View) -> list[e.Event]:
    service = _service(view, command.service)
    values = _stated(CHANGE, command)
    if "ref" not in values:
        raise InvalidValue("the change has no reference", "name its pull request or commit")
    same = view.where(CHANGE, "ref", [values["ref"]])
    known = next((one for one in same if one.service == service.id), None)
    return _recorded(CHANGE, view, known, values)


# -- what nothing may say ----------------------------------------------------------------


def settle_delivery(view: View, events: list[e.Event]) -> list[e.Event]:
    """The events, where none says about delivery what cannot be."""
    for event in events:
        entity = getattr(event, "entity", None)
        if entity not in DELIVERY or not isinstance(event, e.EntityAdded | e.EntityChanged):
            continue
        before = {} if isinstance(event, e.EntityAdded) else entity.values(_get(view, event))
        after = {**before, **(event.after if isinstance(event, e.EntityChanged) else event.values)}
        _check_future(view, after)
        if entity is DEPLOYMENT:
            _check_ends(after["started_at"], after["finished_at"], "deployment", "finished")
            if after["because"] is not None and view.get(INCIDENT, after["because"]) is None:
                raise unknown("incident", after["because"])
        elif entity is INCIDENT:
            _check_ends(after["opened_at"], after["resolved_at"], "incident", "resolved")
            _check_cause(view, after)
    return events


def _get(view: View, event: e.EntityChanged) -> Any:
    return view.get(event.entity, event.id)


def _check_future(view: View, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if name.endswith("_at") and value is not None and value > view.now + CLOCK_TOLERANCE:
            raise RuleViolation(
                RefusalCode.INVALID,
                f"{name.removesuffix('_at').replace('_', ' ')} {iso(value)} is in the future",
                "record it when it has happened, and check the clocks of both machines",
            )


def _check_ends(start: int | None, end: int | None, what: str, ended: str) -> None:
    if start is not None and end is not None and end < start:
        raise RuleViolation(
            RefusalCode.INVALID,
            f"the {what} {ended} at {iso(end)}, before it began at {iso(start)}",
            "nothing was recorded; check both moments and their zones",
        )


def _check_cause(view: View, values: Mapping[str, Any]) -> None:
    """Refuse a cause of another service, and one that somebody names though it came later."""
    cause = values["caused_by"]
    if cause is None:
        return
    deployment = view.get(DEPLOYMENT, cause)
    if deployment is None:
        raise unknown("deployment", cause)
    if deployment.service != values["service"]:
        raise RuleViolation(
            RefusalCode.INVALID,
            f"deployment {deployment.number} is of another service than {values['name']}",
            "name one of its service (vsm deploy list), or say that none caused it: --none",
        )
    begun = deployment.started_at or deployment.finished_at
    if values["link"] == CauseLink.NAMED and begun > values["opened_at"]:
        raise RuleViolation(
            RefusalCode.INVALID,
            f"deployment {deployment.number} began at {iso(begun)}, after {values['name']} was"
            f" opened at {iso(values['opened_at'])}",
            "name an earlier one (vsm deploy list), or correct the opening: vsm incident open"
            f" {values['name']} --opened WHEN",
        )
