"""Services, deployments and incidents as the command line names and shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from vsm.cli.context import CliContext
from vsm.cli.names import describe_unknown
from vsm.cli.options import complete_entity
from vsm.cli.output import emit, say
from vsm.cli.report_change import report
from vsm.model.control.evidence import read_moment
from vsm.model.delivery import Deployment, Incident, Service, is_production, is_unplanned
from vsm.model.delivery_entities import DEPLOYMENT, INCIDENT
from vsm.model.errors import BadInput, Refusal, RefusalCode
from vsm.model.field_types import InvalidValue
from vsm.model.rules import iso, iso_or_none

if TYPE_CHECKING:
    from vsm.session import ChangeGroup

_AGAIN = "on record already: nothing was changed"

service_option = click.option(
    "--service",
    "service_name",
    metavar="NAME",
    shell_complete=complete_entity("service"),
    help="Only of this service.",
)
needed_service_option = click.option(
    "--service",
    "service_name",
    metavar="NAME",
    required=True,
    shell_complete=complete_entity("service"),
    help="The service, by its whole name.",
)
incident_argument = click.argument(
    "name", metavar="INCIDENT", shell_complete=complete_entity("incident")
)


def find_service(work: CliContext, name: str) -> Service:
    """The service of exactly this name, letter case ignored; else the nearest one is named.

    A beginning is not enough: what a pipeline records must not go astray.
    """
    known = work.reader.services()
    folded = " ".join(name.split()).casefold()
    for one in known:
        if one.name.casefold() == folded:
            return one
    names = [one.name for one in known]
    raise BadInput(
        describe_unknown("service", name, names),
        "" if names else "add it: vsm service add NAME",
    )


def find_deployment(work: CliContext, text: str) -> Deployment:
    """The deployment of this number, or of this id in the tool that it comes from."""
    known = work.reader.entities(DEPLOYMENT)
    typed = text.strip()
    numbered = [one for one in known if one.number == typed]
    named = numbered or [one for one in known if one.source_id == typed != ""]
    if not named:
        last = f"; the last one is {known[-1].number}" if known else "; there are none yet"
        raise BadInput(f"there is no deployment {typed[:60]!r}{last}", "see vsm deploy list")
    if len(named) > 1:
        numbers = ", ".join(one.number for one in named)
        raise BadInput(f"{len(named)} deployments have the id {typed[:60]!r}", f"say {numbers}")
    return named[0]


def find_incident(work: CliContext, name: str) -> Incident:
    """The incident of exactly this name; else the nearest one is named."""
    known = work.reader.entities(INCIDENT)
    folded = " ".join(name.split()).casefold()
    for one in known:
        if one.name.casefold() == folded:
            return one
    raise BadInput(
        describe_unknown("incident", name, [one.name for one in known]),
        "" if known else "open one: vsm incident open NAME --service SERVICE",
    )


def read_when(text: str | None, option: str) -> int | None:
    """UTC microseconds of an ISO moment with its zone; nothing for nothing."""
    if text is None:
        return None
    try:
        return read_moment(option, text.strip())
    except InvalidValue as error:
        raise BadInput(error.message, error.remedy) from None


def keys_of(work: CliContext, items: Iterable[int]) -> dict[int, str]:
    """The keys of items that are there, by id."""
    return {number: facts.key for number, facts in work.reader.item_facts(sorted(items)).items()}


def deployment_shape(
    one: Deployment, service: Service, keys: Mapping[int, str], incidents: Mapping[int, str]
) -> dict[str, Any]:
    """A deployment as JSON; ``planned`` is what somebody said, ``unplanned`` what counts."""
    return {
        "number": int(one.number),
        "service": service.name,
        "environment": one.environment,
        "production": is_production(service, one.environment),
        "result": str(one.result),
        "started": iso_or_none(one.started_at),
        "finished": iso(one.finished_at),
        "ref": one.ref or None,
        "commits": list(one.commits),
        "items": [keys[item] for item in one.items if item in keys],
        "planned": one.planned,
        "unplanned": is_unplanned(service, one),
        "because": None if one.because is None else incidents.get(one.because),
        "id": one.source_id or None,
    }


def incident_shape(one: Incident, service: Service, keys: Mapping[int, str]) -> dict[str, Any]:
    """An incident as JSON; ``cause`` is the number of a deployment that was named."""
    return {
        "name": one.name,
        "service": service.name,
        "title": one.title or None,
        "severity": one.severity or None,
        "opened": iso(one.opened_at),
        "resolved": iso_or_none(one.resolved_at),
        "cause": one.caused_by,
        "link": None if one.link is None else str(one.link),
        "no_cause": one.no_cause,
        "item": None if one.item is None else keys.get(one.item),
        "id": one.source_id or None,
    }


def incident_names(work: CliContext) -> dict[int, str]:
    """The names of all incidents, by id."""
    return {one.id: one.name for one in work.reader.entities(INCIDENT)}


def services_by_id(work: CliContext, at: int | None = None) -> dict[int, Service]:
    """All services, by id."""
    return {one.id: one for one in work.reader.services(at)}


def report_again(
    work: CliContext,
    answer: ChangeGroup | Refusal,
    name: str,
    as_json: bool,
    shapes: Callable[[], Mapping[str, Any]],
) -> None:
    """Print what was done, or that all of it is on record already, which is no failure.

    ``shapes`` are what the JSON shows beside it, as they are now.
    """
    is_again = isinstance(answer, Refusal) and answer.code is RefusalCode.UNCHANGED
    done = None if is_again else work.accept(answer)
    if done is not None:
        report(work, done, as_json, **(shapes() if as_json else {}))
    elif as_json:
        emit({"group": None, "label": _AGAIN, **shapes(), "changes": []})
    else:
        say(f"{name}: {_AGAIN}")
