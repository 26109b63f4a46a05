"""``vsm sync``: trackers that are read over the network, and how that goes."""

from __future__ import annotations

import click

from vsm.cli.base import NounOrList

VERBS: dict[str, tuple[str, str]] = {
    "status": ("vsm.cli.sync_status:status", "Show the sources and how their reading goes."),
    "add": ("vsm.cli.sync_add:add", "Add a source: read it, show its stages, import it."),
    "run": ("vsm.cli.sync_run:run", "Read sources and record what changed."),
    "watch": ("vsm.cli.sync_run:watch", "Read every source when it is due, until it is stopped."),
    "listen": (
        "vsm.cli.sync_listen:listen",
        "Listen for webhooks, to read changes at once.",
    ),
    "set": ("vsm.cli.sync_status:set_source", "Change where a source finds its token, and when."),
    "write": (
        "vsm.cli.sync_writes:write",
        "Choose what vsm sync run writes upstream: nothing, comments or moves.",
    ),
    "remove": ("vsm.cli.sync_status:remove", "Remove a source; its items stay."),
    "raw": ("vsm.cli.sync_status:raw", "List the raw pages of a run."),
}


@click.group(
    cls=NounOrList,
    verbs=VERBS,
    examples="""
vsm sync add jira https://example.atlassian.net --jql 'project = WEB' --stream Web --dry-run
vsm sync add github https://github.com/owner/repo --stream Repo --auth env:GITHUB_TOKEN
vsm sync add gitlab https://git.example.com/group/project --stream Shop --ca own-ca.pem
vsm sync run
vsm sync watch
vsm sync
""",
)
def sync() -> None:
    """Read work from Jira, GitHub and GitLab, and keep it up to date.

    Nothing is written upstream unless vsm sync write allows it. Tokens stay where they are
    (env:NAME, keyring:NAME, file:PATH with mode 0600). Without a verb the sources are listed. See
    docs/sync.md.
    """
