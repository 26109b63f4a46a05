"""Forms of the screen of delivery: the cause of an incident, whether a deployment was planned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vsm.date_form import write_moment
from vsm.features.delivery.results import Delivery
from vsm.model.command import ChangeEntity, Command
from vsm.model.delivery import CauseLink, Deployment, Incident
from vsm.model.delivery_entities import DEPLOYMENT, INCIDENT
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.rules import local
from vsm.screens.change_form import ask
from vsm.screens.completion import among
from vsm.screens.forms import Values
from vsm.widgets.field import FieldSpec

if TYPE_CHECKING:
    from vsm.reader import Reader
    from vsm.screens.delivery import DeliveryScreen

NONE = "none"
PLANNED, UNPLANNED, BY_RULE = "planned", "unplanned", "by the rules"
OFFERED = 200
"""The last deployments before an incident that are offered."""


async def _records(screen: DeliveryScreen, service: int) -> tuple[list[Deployment], list[Incident]]:
    def read(reader: Reader) -> tuple[list[Deployment], list[Incident]]:
        return reader.deployments(service), reader.incidents(service)

    return await screen.host.reading.call(read)


def _zone(screen: DeliveryScreen) -> str:
    """The zone of the service that is shown."""
    return screen.result.zone if isinstance(screen.result, Delivery) else screen.stream.zone


def _options(deployments: Sequence[Deployment], zone: str) -> list[tuple[str, str]]:
    """The deployments, the latest first, each with when it ended and of what it was."""
    return [
        (
            one.number,
            f"{write_moment(local(one.finished_at, zone))} {one.ref} {one.result}",
        )
        for one in reversed(deployments)
    ]


async def link_incident(screen: DeliveryScreen, service: int, number: int) -> None:
    """Ask which deployment caused an incident: its number, none, or nothing to infer one."""
    deployments, incidents = await _records(screen, service)
    incident = next((one for one in incidents if one.id == number), None)
    if incident is None:
        screen.say("That incident is not on record any more", "warn")
        return
    before = [one for one in deployments if one.finished_at <= incident.opened_at][-OFFERED:]
    zone = _zone(screen)
    by_number = {one.number: one for one in deployments}
    now = by_number[str(incident.caused_by)].number if incident.caused_by else ""
    hint = f"a number, {NONE}, or empty to infer it"
    field = FieldSpec(
        "cause",
        "Caused by",
        NONE if incident.no_cause else now,
        hint,
        complete=among(_options(before, zone)),
    )

    def command(values: Values) -> Command | Refusal:
        text = str(values["cause"]).strip().removeprefix("#").casefold()
        changes: dict[str, object]
        if text in ("", NONE):
            changes = {"caused_by": None, "link": None, "no_cause": text == NONE}
        elif text in by_number:
            cause = by_number[text].id
            changes = {"caused_by": cause, "link": CauseLink.NAMED, "no_cause": False}
        else:
            return Refusal(
                RefusalCode.UNKNOWN,
                f"there is no deployment {text[:20]!r} of this service",
                f"give its number, or {NONE}",
            )
        return ChangeEntity(INCIDENT, number, changes)

    opened = write_moment(local(incident.opened_at, zone))
    about = f"{incident.title or incident.name}, opened {opened}"
    await ask(screen, f"Cause of {incident.name}", [field], command, about)


async def mark_unplanned(screen: DeliveryScreen, service: int, number: int) -> None:
    """Ask whether a deployment was planned, and which incident it repairs."""
    deployments, incidents = await _records(screen, service)
    one = next((one for one in deployments if one.id == number), None)
    if one is None:
        screen.say("That deployment is not on record any more", "warn")
        return
    zone = _zone(screen)
    names = {incident.id: incident.name for incident in incidents}
    ids = {incident.name.casefold(): incident.id for incident in incidents}
    known = [(incident.name, incident.title) for incident in reversed(incidents)]
    current = BY_RULE if one.planned is None else PLANNED if one.planned else UNPLANNED
    fields = [
        FieldSpec("planned", "It was", current, choices=(UNPLANNED, PLANNED, BY_RULE)),
        FieldSpec(
            "because",
            "Because of",
            names.get(one.because or 0, ""),
            "incident that it repairs; may be empty",
            complete=among(known),
        ),
    ]

    def command(values: Values) -> Command | Refusal:
        name = str(values["because"]).strip()
        because = ids.get(name.casefold())
        if name and because is None:
            return Refusal(
                RefusalCode.UNKNOWN,
                f"there is no incident {name[:40]!r} of this service",
                "give the name of one, or leave it empty",
            )
        planned = {PLANNED: True, UNPLANNED: False, BY_RULE: None}[values["planned"]]
        return ChangeEntity(DEPLOYMENT, number, {"planned": planned, "because": because})

    ended = write_moment(local(one.finished_at, zone))
    about = f"{one.ref or one.environment}, ended {ended}"
    await ask(screen, f"Deployment {one.number}", fields, command, about)
