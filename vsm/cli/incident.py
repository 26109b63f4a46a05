"""``vsm incident``: what went wrong for users, when that was over, which deployment caused it."""

from __future__ import annotations

from typing import Any

import click

from vsm.cli.as_of import read_as_of
from vsm.cli.base import NounOrList, Verb
from vsm.cli.context import CliContext, pass_context, terminal_width
from vsm.cli.delivery_names import (
    find_deployment,
    find_incident,
    find_service,
    incident_argument,
    incident_shape,
    keys_of,
    needed_service_option,
    read_when,
    report_again,
    service_option,
    services_by_id,
)
from vsm.cli.options import as_of_option, complete_key, json_option
from vsm.cli.output import emit, say, show
from vsm.model.command import ChangeEntity, Command, RecordIncident
from vsm.model.delivery import CauseLink, Incident
from vsm.model.delivery_entities import INCIDENT
from vsm.model.rules import local
from vsm.model.sanitise import inert_line

VERBS: dict[str, tuple[str, str]] = {
    "list": ("vsm.cli.incident:list_incidents", "List incidents, the latest first."),
    "open": ("vsm.cli.incident:open_incident", "Record that an incident began."),
    "resolve": ("vsm.cli.incident:resolve", "Record that an incident is over."),
    "reopen": ("vsm.cli.incident:reopen", "Record that an incident was not over."),
    "link": ("vsm.cli.incident:link", "Say which deployment caused an incident, if any."),
}


@click.group(
    cls=NounOrList,
    verbs=VERBS,
    examples="""
vsm incident open INC-7 --service payments --title 'Refunds fail' --severity high
vsm incident link INC-7 12
vsm incident resolve INC-7 --at 2026-11-29T17:30:00+01:00
""",
)
def incident() -> None:
    """Record what went wrong for users of a service.

    Without a verb incidents are listed. One that nobody linked is put down to the last deployment
    to production of so many hours before it, as the service says, and is marked as inferred.
    """


def _do(work: CliContext, command: Command, name: str, as_json: bool) -> None:
    """Record it; what is there already is left as it is."""

    def shapes() -> dict[str, Any]:
        one = find_incident(work, name)
        keys = keys_of(work, () if one.item is None else (one.item,))
        return {"incident": incident_shape(one, services_by_id(work)[one.service], keys)}

    report_again(work, work.session().do(command), name, as_json, shapes)


@click.command(
    cls=Verb,
    examples="""
vsm incident open INC-7 --service payments --title 'Refunds fail' --severity high
vsm incident open INC-7 --service payments --opened 2026-11-29T14:05:00+01:00 --cause 12
""",
)
@click.argument("name", metavar="INCIDENT")
@needed_service_option
@click.option("--opened", metavar="WHEN", help="When it began: ISO with the zone [default: now].")
@click.option("--resolved", metavar="WHEN", help="When it was over: ISO with the zone.")
@click.option("--title", metavar="TEXT", default="", help="What users saw.")
@click.option("--severity", metavar="WORD", default="", help="How bad it is, in your words.")
@click.option("--cause", metavar="DEPLOYMENT", help="Deployment that caused it.")
@click.option("--item", "key", metavar="KEY", shell_complete=complete_key, help="Its work item.")
@click.option("--id", "source_id", metavar="ID", default="", help="Its id in your tool.")
@json_option
@pass_context
def open_incident(
    work: CliContext,
    name: str,
    service_name: str,
    opened: str | None,
    resolved: str | None,
    title: str,
    severity: str,
    cause: str | None,
    key: str | None,
    source_id: str,
    as_json: bool,
) -> None:
    """Record that an incident began.

    INCIDENT is its name, as your tool has it. To record the same again changes nothing and ends
    with 0; other values correct those on record, and what is left out stays.
    """
    deployment = None if cause is None else find_deployment(work, cause)
    command = RecordIncident(
        find_service(work, service_name).id,
        name,
        read_when(opened, "--opened"),
        title,
        severity,
        read_when(resolved, "--resolved"),
        None if deployment is None else deployment.id,
        None if deployment is None else CauseLink.NAMED,
        None if key is None else work.item(key).id,
        source_id,
    )
    _do(work, command, name, as_json)


@click.command(
    cls=Verb,
    examples="""
vsm incident resolve INC-7
vsm incident resolve INC-7 --at 2026-11-29T17:30:00+01:00
""",
)
@incident_argument
@click.option("--at", "at", metavar="WHEN", help="When: ISO with the zone [default: now].")
@json_option
@pass_context
def resolve(work: CliContext, name: str, at: str | None, as_json: bool) -> None:
    """Record that an incident is over.

    Of one that is over already the moment stays, unless --at says another.
    """
    one = find_incident(work, name)
    when = read_when(at, "--at")
    if when is None:
        when = work.now if one.resolved_at is None else one.resolved_at
    _do(work, ChangeEntity(INCIDENT, one.id, {"resolved_at": when}), name, as_json)


@click.command(cls=Verb, examples="vsm incident reopen INC-7")
@incident_argument
@json_option
@pass_context
def reopen(work: CliContext, name: str, as_json: bool) -> None:
    """Record that an incident was not over."""
    one = find_incident(work, name)
    _do(work, ChangeEntity(INCIDENT, one.id, {"resolved_at": None}), name, as_json)


@click.command(
    cls=Verb,
    examples="""
vsm incident link INC-7 12
vsm incident link INC-7 --none
""",
)
@incident_argument
@click.argument("deployment", metavar="[DEPLOYMENT]", required=False)
@click.option("--none", "no_cause", is_flag=True, help="No deployment caused it.")
@click.option("--by-rule", is_flag=True, help="Take back what was said: it is inferred again.")
@json_option
@pass_context
def link(
    work: CliContext,
    name: str,
    deployment: str | None,
    no_cause: bool,
    by_rule: bool,
    as_json: bool,
) -> None:
    """Say which deployment caused an incident, if any.

    DEPLOYMENT is its number (vsm deploy list) or its id in the tool that it comes from.
    """
    if (deployment is not None) + no_cause + by_rule != 1:
        raise click.UsageError(
            "name a deployment, or say --none or --by-rule", click.get_current_context()
        )
    one = find_incident(work, name)
    changes: dict[str, Any] = {"caused_by": None, "link": None, "no_cause": no_cause}
    if deployment is not None:
        changes["caused_by"] = find_deployment(work, deployment).id
        changes["link"] = str(CauseLink.NAMED)
    _do(work, ChangeEntity(INCIDENT, one.id, changes), name, as_json)


@click.command(cls=Verb, examples="vsm incident list --service payments --open")
@service_option
@click.option("--open", "only_open", is_flag=True, help="Only those that are not over.")
@as_of_option("What was on record then.")
@json_option
@pass_context
def list_incidents(
    work: CliContext, service_name: str | None, only_open: bool, as_of: str | None, as_json: bool
) -> None:
    """List incidents, the latest first."""
    at = read_as_of(as_of, None)
    services = services_by_id(work, at)
    if service_name is not None:
        chosen = find_service(work, service_name)
        services = {number: one for number, one in services.items() if number == chosen.id}
    rows = [
        one
        for number in services
        for one in work.reader.incidents(number, at=at)
        if one.resolved_at is None or not only_open
    ]
    rows.sort(key=lambda one: (-one.opened_at, -one.id))
    keys = keys_of(work, {one.item for one in rows if one.item is not None})
    if as_json:
        emit([incident_shape(one, services[one.service], keys) for one in rows])
        return
    if not rows:
        say("No incidents are on record; see vsm incident open --help")
        return
    from vsm.report.text_table import Col, table

    columns = (
        *(Col("INCIDENT"), Col("SERVICE"), Col("OPENED (UTC)"), Col("OVER (UTC)")),
        *(Col("CAUSE"), Col("SEVERITY"), Col("TITLE", flexible=True)),
    )

    def row(one: Incident) -> list[str]:
        over = "open" if one.resolved_at is None else _moment(one.resolved_at)
        cause = "none" if one.no_cause else "by rule"
        if one.caused_by is not None:
            cause = f"deployment {one.caused_by}"
        texts = (one.name, services[one.service].name, _moment(one.opened_at), over, cause)
        return [inert_line(text) for text in (*texts, one.severity, one.title)]

    show(table(columns, [row(one) for one in rows], terminal_width()))


def _moment(at: int) -> str:
    return f"{local(at, 'UTC'):%Y-%m-%d %H:%M}"
