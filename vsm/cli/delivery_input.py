"""Commands that record what pipelines and synced repositories say of changes and deployments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vsm.cli.context import CliContext
from vsm.connect.files.change_files import ChangeInput
from vsm.model.command import RecordChange, RecordDeployment

if TYPE_CHECKING:
    from vsm.connect.sync.github_delivery import DeploymentInput


def items_of_change(work: CliContext, change: ChangeInput) -> tuple[int, ...]:
    """The ids of items that a change names; a key in a text may be none."""
    ids = [item.id for item in work.items(change.items)]
    mentioned = (work.reader.find_key(key) for key in change.mentioned)
    return tuple(dict.fromkeys((*ids, *(item.id for item in mentioned if item))))


def change_command(service: int, change: ChangeInput, items: tuple[int, ...]) -> RecordChange:
    """The command that records a change of a service."""
    return RecordChange(
        service,
        change.ref,
        **change.moments,
        commits=change.commits,
        items=items,
        is_revert=change.is_revert,
    )


def delivery_command(
    work: CliContext, service: int, one: ChangeInput | DeploymentInput
) -> RecordChange | RecordDeployment:
    """The command that records what a synced repository has.

    A deployment names no items: its evidence is recorded with the pull requests.
    """
    if isinstance(one, ChangeInput):
        return change_command(service, one, items_of_change(work, one))
    return RecordDeployment(
        service,
        one.environment,
        one.result,
        one.finished_at,
        one.created_at,
        one.ref,
        (one.sha,),
        source_id=one.source_id,
    )
