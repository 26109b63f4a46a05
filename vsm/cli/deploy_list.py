"""``vsm deploy list|mark``: deployments on record, and whether they were planned."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click

from vsm.cli.as_of import read_as_of
from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context, terminal_width
from vsm.cli.delivery_names import (
    deployment_shape,
    find_deployment,
    find_incident,
    find_service,
    incident_names,
    keys_of,
    report_again,
    service_option,
    services_by_id,
)
from vsm.cli.names import is_none
from vsm.cli.options import as_of_option, complete_entity, json_option
from vsm.cli.output import emit, note, say, show
from vsm.cli.times import window_days
from vsm.model.command import ChangeEntity
from vsm.model.delivery import Deployment, is_production, is_unplanned
from vsm.model.delivery_entities import DEPLOYMENT
from vsm.model.errors import BadInput
from vsm.model.rules import day_start, local
from vsm.model.sanitise import inert_line

LINES = 50
"""Most lines where nobody asks for others."""


@click.command(
    cls=Verb,
    examples="""
vsm deploy list --service payments --from 2026-11-01
vsm deploy list --limit 0 --json | jq '.[] | select(.unplanned) | .number'
""",
)
@service_option
@click.option("--from", "first", metavar="DATE", help="That ended on this day (UTC) or later.")
@click.option("--to", "last", metavar="DATE", help="That ended on this day (UTC) or earlier.")
@click.option(
    "--limit",
    type=click.IntRange(0),
    default=LINES,
    show_default=True,
    help="Most of them; 0 is all.",
)
@as_of_option("What was on record then.")
@json_option
@pass_context
def list_deployments(
    work: CliContext,
    service_name: str | None,
    first: str | None,
    last: str | None,
    limit: int,
    as_of: str | None,
    as_json: bool,
) -> None:
    """List deployments, the latest first."""
    at = read_as_of(as_of, None)
    services = services_by_id(work, at)
    if service_name is not None:
        chosen = find_service(work, service_name)
        services = {number: one for number, one in services.items() if number == chosen.id}
    begin, end = window_days(first, last)
    start = None if begin is None else day_start(begin, "UTC")
    until = None if end is None else day_start(end + timedelta(days=1), "UTC")
    rows = [one for number in services for one in work.reader.deployments(number, start, until, at)]
    rows.sort(key=lambda one: (-one.finished_at, -one.id))
    total = len(rows)
    rows = rows[:limit] if limit else rows
    keys = keys_of(work, {item for one in rows for item in one.items})
    incidents = incident_names(work)
    if as_json:
        emit([deployment_shape(one, services[one.service], keys, incidents) for one in rows])
        return
    if not rows:
        say("No deployments are on record; see vsm deploy record --help")
        return
    from vsm.report.text_table import Col, table

    columns = (
        *(Col("NO.", right=True), Col("ENDED (UTC)"), Col("SERVICE"), Col("ENVIRONMENT")),
        *(Col("RESULT"), Col("PLANNED"), Col("ITEMS", flexible=True), Col("REF", flexible=True)),
    )

    def row(one: Deployment) -> list[str]:
        service = services[one.service]
        ended = f"{local(one.finished_at, 'UTC'):%Y-%m-%d %H:%M}"
        planned = "no" if is_unplanned(service, one) else "yes"
        why = incidents.get(one.because) if one.because is not None else None
        planned += f", {why}" if why else ""
        items = ", ".join(keys[item] for item in one.items if item in keys)
        where = one.environment + ("" if is_production(service, one.environment) else " *")
        texts = (service.name, where, one.result, planned, items, one.ref or one.source_id)
        return [one.number, ended, *map(inert_line, texts)]

    show(table(columns, [row(one) for one in rows], terminal_width()))
    if any(not is_production(services[one.service], one.environment) for one in rows):
        show(["* no production by the rule of the service"])
    if total > len(rows):
        note(f"the latest {len(rows)} of {total:,}: --limit 0 lists all")


@click.command(
    cls=Verb,
    examples="""
vsm deploy mark 12 --unplanned --because INC-7
vsm deploy mark gha-991 --planned
""",
)
@click.argument("number", metavar="DEPLOYMENT")
@click.option(
    "--planned/--unplanned", "planned", default=None, help="What counts, whatever the rule says."
)
@click.option("--by-rule", is_flag=True, help="As the rule of the service says.")
@click.option(
    "--because",
    metavar="INCIDENT",
    shell_complete=complete_entity("incident"),
    help="Incident that it repairs; none takes that back.",
)
@json_option
@pass_context
def mark(
    work: CliContext,
    number: str,
    planned: bool | None,
    by_rule: bool,
    because: str | None,
    as_json: bool,
) -> None:
    """Say whether a deployment was planned.

    DEPLOYMENT is its number (vsm deploy list) or its id in the tool that it comes from.
    """
    if planned is None and not by_rule and because is None:
        raise click.UsageError(
            "say --planned, --unplanned, --by-rule or --because INCIDENT",
            click.get_current_context(),
        )
    if by_rule and planned is not None:
        raise BadInput("--by-rule takes back what --planned and --unplanned say", "give one")
    one = find_deployment(work, number)
    changes: dict[str, Any] = {}
    if by_rule or planned is not None:
        changes["planned"] = planned
    if because is not None:
        changes["because"] = None if is_none(because) else find_incident(work, because).id
    answer = work.session().do(ChangeEntity(DEPLOYMENT, one.id, changes))
    report_again(work, answer, f"deployment {one.number}", as_json, dict)
