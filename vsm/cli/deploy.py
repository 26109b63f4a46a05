"""``vsm deploy``: deployments on record, and one line that records one from any pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from vsm.cli.base import NounOrList, Verb, complete_file
from vsm.cli.context import CliContext, pass_context
from vsm.cli.delivery_input import change_command, items_of_change
from vsm.cli.delivery_names import (
    deployment_shape,
    find_incident,
    find_service,
    incident_names,
    keys_of,
    needed_service_option,
    read_when,
    report_again,
)
from vsm.cli.options import complete_entity, complete_key, json_option
from vsm.cli.output import note
from vsm.cli.text_files import read_text
from vsm.connect.files.change_files import ChangeInput, read_changes
from vsm.model.command import Command, RecordChange, RecordDeployment
from vsm.model.delivery import Deployment, Service
from vsm.model.delivery_words import read_result
from vsm.model.errors import BadInput, Refusal, RefusalCode, Refused
from vsm.model.field_types import InvalidValue

VERBS: dict[str, tuple[str, str]] = {
    "list": ("vsm.cli.deploy_list:list_deployments", "List deployments, the latest first."),
    "record": ("vsm.cli.deploy:record", "Record a deployment, from a pipeline or by hand."),
    "mark": ("vsm.cli.deploy_list:mark", "Say whether a deployment was planned."),
}


@click.group(
    cls=NounOrList,
    verbs=VERBS,
    examples="""
vsm deploy record --service payments --env production --status success --sha 4be1c0d --item PAY-7
vsm deploy list --service payments
vsm deploy mark 12 --unplanned --because INC-7
""",
)
def deploy() -> None:
    """Record deployments of services, and list them.

    Without a verb they are listed. See docs/delivery.md for the line in GitHub Actions, GitLab CI
    and Jenkins.
    """


@click.command(
    cls=Verb,
    examples="""
vsm deploy record --service payments --status success --sha 4be1c0d --item PAY-7 --id gha-991
vsm deploy record --service payments --status failed --ref hotfix/refunds --because INC-7
git log --no-merges --format='%H %aI %cI %s' v41..v42 |
vsm deploy record --service payments --status success --ref v42 --id v42 --changes -
""",
)
@needed_service_option
@click.option(
    "--env",
    "environment",
    metavar="NAME",
    default="production",
    show_default=True,
    help="Environment that it went to.",
)
@click.option(
    "--status",
    metavar="WORD",
    required=True,
    help="How it ended: success, partly, failure, cancelled, or the word of your tool.",
)
@click.option("--sha", "shas", metavar="SHA", multiple=True, help="Commit; may be repeated.")
@click.option(
    "--item",
    "items",
    metavar="KEY",
    multiple=True,
    shell_complete=complete_key,
    help="Work item that it brought to users; may be repeated.",
)
@click.option("--ref", metavar="NAME", default="", help="Branch or tag that was deployed.")
@click.option("--started", metavar="WHEN", help="When it began: ISO with the zone.")
@click.option("--finished", metavar="WHEN", help="When it ended: ISO with the zone [default: now].")
@click.option(
    "--id", "source_id", metavar="ID", default="", help="Its id in your tool: to repeat is safe."
)
@click.option(
    "--planned/--unplanned",
    default=None,
    help="Whether it was planned [default: by the rule of the service].",
)
@click.option(
    "--because",
    metavar="INCIDENT",
    shell_complete=complete_entity("incident"),
    help="Incident that it repairs; it is unplanned then.",
)
@click.option(
    "--changes",
    "changes_file",
    metavar="FILE",
    shell_complete=complete_file,
    help="What was in it: lines of git log, or JSON (- is standard input).",
)
@json_option
@pass_context
def record(
    work: CliContext,
    /,
    service_name: str,
    status: str,
    items: tuple[str, ...],
    because: str | None,
    changes_file: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Record a deployment, from a pipeline or by hand.

    To record the same again changes nothing and ends with 0. With the --id of one that is on
    record it corrects that: what is left out stays, commits and items are added. Without --id it
    is the same as one with the same values that ended at the same moment or, without --finished,
    within ten minutes. The items get evidence of it, so no vsm comply record is needed. --changes
    takes lines of git log --format='%H %aI %cI %s' (keys in subjects are found), or JSON with ref,
    first_commit, proposed, reviewed, merged, commits, items, revert.
    """
    service = find_service(work, service_name)
    try:
        result = read_result(status)
    except InvalidValue as error:
        raise BadInput(f"--status {error.message}", error.remedy) from None
    changes = [] if changes_file is None else _read_changes(changes_file)
    named = [item.id for item in work.items(items)]
    inside = [items_of_change(work, one) for one in changes]
    commits = (*options["shas"], *(commit for one in changes for commit in one.commits))
    command = RecordDeployment(
        service.id,
        options["environment"],
        result,
        read_when(options["finished"], "--finished"),
        read_when(options["started"], "--started"),
        options["ref"],
        tuple(dict.fromkeys(commits)),
        tuple(dict.fromkeys((*named, *(item for ids in inside for item in ids)))),
        options["planned"],
        None if because is None else find_incident(work, because).id,
        options["source_id"],
    )
    pairs = zip(changes, inside, strict=True)
    recorded = [change_command(service.id, one, ids) for one, ids in pairs]
    _do(work, service, command, recorded, as_json)


def _read_changes(file: str) -> list[ChangeInput]:
    where, text = read_text(file, "name a file of changes")
    return read_changes(text, where)


def _do(
    work: CliContext,
    service: Service,
    command: RecordDeployment,
    changes: Sequence[RecordChange],
    as_json: bool,
) -> None:
    """Record it all, or nothing; what is there already is left as it is."""
    commands: list[Command] = [command, *changes]
    answer = work.session().do(*commands)
    if isinstance(answer, Refusal) and answer.code is not RefusalCode.UNCHANGED:
        raise Refused(answer)
    elsewhere = work.reader.commits_elsewhere(service.id, command.commits)
    one = work.reader.deployment_like(command, work.now)

    def shapes() -> dict[str, Any]:
        others = sorted({other for _, other in elsewhere})
        return {"deployment": one and _shape(work, service, one), "also_in": others}

    name = f"deployment {one.number if one else '?'} of {service.name}"
    report_again(work, answer, name, as_json, shapes)
    for commit, other in elsewhere:
        note(f"vsm: commit {commit:.12} is also in a deployment of {other}: both are kept")


def _shape(work: CliContext, service: Service, one: Deployment) -> dict[str, Any]:
    return deployment_shape(one, service, keys_of(work, one.items), incident_names(work))
