"""``vsm sync add``: one command from the address of a tracker to its board."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vsm.cli.base import Verb, complete_file
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import complete_stream, json_option
from vsm.cli.output import note, show
from vsm.model.entities import ENTITIES
from vsm.model.errors import BadInput
from vsm.model.field_types import InvalidValue
from vsm.model.sanitise import inert
from vsm.model.source import Source, SourceKind
from vsm.model.source_entities import SOURCE

if TYPE_CHECKING:
    from vsm.connect.files.planned_import import Plan
    from vsm.model.history import ImportResult

KINDS = ("jira", *(str(kind) for kind in SourceKind))


@click.command(
    cls=Verb,
    examples="""
vsm sync add jira https://example.atlassian.net --jql 'project = WEB' --stream Web --dry-run
vsm sync add jira https://jira.example.com/browse/WEB --stream Web --board 7
vsm sync add github https://github.com/owner/repo --stream Repo --auth env:GITHUB_TOKEN
vsm sync add github https://github.com --scope 'owner/repo project 3' --stream Repo
vsm sync add gitlab https://git.example.com/group/project --stream Shop --ca own-ca.pem --yes
""",
)
@click.argument("kind", type=click.Choice(KINDS), metavar="KIND")
@click.argument("address", metavar="URL")
@click.option(
    "--stream",
    metavar="NAME",
    required=True,
    shell_complete=complete_stream,
    help="Full name of the value stream; created if it does not exist.",
)
@click.option(
    "--jql",
    "--scope",
    "scope",
    metavar="TEXT",
    help="What to read: a JQL query, owner/repository (with 'project 3' for the columns of a"
    " project), or the path of a GitLab project [default: from the URL].",
)
@click.option(
    "--auth",
    metavar="WHERE",
    help="Where the token is: env:NAME, keyring:NAME or file:PATH (mode 0600) [default:"
    " env:JIRA_TOKEN, env:GITHUB_TOKEN or env:GITLAB_TOKEN]. Jira Cloud: e-mail:token.",
)
@click.option("--name", metavar="NAME", help="Name of the source [default: KIND].")
@click.option("--board", type=int, metavar="ID", help="Take stages and limits from a Jira board.")
@click.option(
    "--evidence",
    is_flag=True,
    help="GitHub, GitLab: record merged requests, reviews, builds and deployments as evidence.",
)
@click.option("--every", type=int, metavar="MINUTES", help="Minutes between runs [default: 15].")
@click.option(
    "--ca",
    metavar="FILE",
    shell_complete=complete_file,
    help="Certificate of a private CA, as PEM.",
)
@click.option("--stages", metavar="LIST", help="STATUS:CATEGORY with commas between, as in import.")
@click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Stages from a TOML file; vsm import --write-mapping writes one.",
)
@click.option("--commit", metavar="STAGE", help="Stage whose entry starts the clock.")
@click.option("--tz", "zone", metavar="ZONE", help="Time zone of a new stream [default: UTC].")
@click.option("--add-stages", is_flag=True, help="Add stages that an existing stream lacks.")
@click.option("--ignore-statuses", is_flag=True, help="Leave statuses without a stage out.")
@click.option("--dry-run", is_flag=True, help="Show the stages and change nothing.")
@click.option("--yes", "sure", is_flag=True, help="Do not ask whether the stages are right.")
@json_option
@pass_context
def add(
    work: CliContext,
    /,
    kind: str,
    address: str,
    stream: str,
    scope: str | None,
    auth: str | None,
    name: str | None,
    board: int | None,
    evidence: bool,
    every: int | None,
    ca: str | None,
    dry_run: bool,
    sure: bool,
    as_json: bool,
    **settings: Any,
) -> None:
    """Add a source: read it, show its stages, import it.

    KIND is jira (which of both, it says itself), jira-cloud, jira-dc, github or gitlab.
    Everything in its scope is read first, and the stages are shown. They are imported once you
    agree (--yes agrees in advance); a new stream is made of them. Nothing is written upstream
    unless vsm sync write allows it.
    """
    from vsm.cli.sync_database import SyncDatabase
    from vsm.cli.sync_run import show_run
    from vsm.connect.sync.run import Wish, run_source

    work.refuse_read_only()
    if evidence and kind not in (SourceKind.GITHUB, SourceKind.GITLAB):
        remedy = "record others with vsm comply record"
        raise BadInput("--evidence is for GitHub and GitLab", remedy)
    options = {"name": name, "auth": auth, "every": every, "mapping": _board(kind, board)}
    options["evidence"] = evidence
    source = _read(work, kind, address, scope, ca, options)
    wish = Wish(
        full=True,
        dry_run=dry_run,
        settings=settings,
        confirm=None if sure else lambda plan, result: _confirm(plan, result, as_json),
    )
    ran = run_source(source, stream, SyncDatabase(work), wish)
    if not as_json and not ran.recorded and ran.plan is not None and ran.result is not None:
        _show_plan(ran.plan, ran.result)
    show_run(ran, as_json)


def _board(kind: str, board: int | None) -> str | None:
    if board is not None and not kind.startswith("jira"):
        raise BadInput("--board is for Jira", "leave it out")
    return f"board:{board}" if board is not None else None


def _confirm(plan: Plan, result: ImportResult, as_json: bool) -> bool:
    if as_json or not sys.stdin.isatty():
        note("Nothing was imported yet: --yes imports these stages.")
        return False
    _show_plan(plan, result)
    return click.confirm("Import this?", default=False)


def _show_plan(plan: Plan, result: ImportResult) -> None:
    from vsm.connect.files.import_report import report_of, report_text

    text = report_text(report_of(result, plan), organisation_key="o")
    show(inert(line) for line in text.splitlines())


def _read(
    work: CliContext,
    kind: str,
    address: str,
    scope: str | None,
    ca: str | None,
    options: dict[str, Any],
) -> Source:
    """The source as it would be added; raises :class:`BadInput` for what it cannot be."""
    from vsm.connect.sync.services import read_address

    base, named = read_address(kind, address)
    tracker = kind.partition("-")[0]
    values = {
        "name": tracker,
        "system": SourceKind.JIRA_DC.value if kind == "jira" else kind,
        "base": base,
        "scope": scope or named,
        "auth": f"env:{tracker.upper()}_TOKEN",
        "ca": "" if ca is None else str(Path(ca).absolute()),
        **{field: value for field, value in options.items() if value is not None},
    }
    try:
        read = SOURCE.read(values, values)
    except InvalidValue as error:
        raise BadInput(error.message, error.remedy) from None
    defaults = {f.name: f.default for f in SOURCE.fields if f.name not in read}
    source = Source(0, **{**defaults, **read, "only": 0})
    others: list[Source] = []
    if work.path.exists():
        others = work.reader.entities(ENTITIES["source"])
    for other in others:
        if other.name.casefold() == source.name.casefold():
            raise BadInput(f"there is a source called {other.name}", "give this one another --name")
    source = _with_origin(source, others)
    return _detected(source) if kind == "jira" else source


def _with_origin(source: Source, others: list[Source]) -> Source:
    """The source with an origin of its own, where ids of another Jira could be the same."""
    from dataclasses import replace

    same = [o for o in others if o.kind.file_format == source.kind.file_format == "jira"]
    if not same or any(o.base == source.base and not o.origin for o in same):
        return source
    match = next((o.origin for o in same if o.base == source.base), f"jira@{source.name}")
    return replace(source, origin=match)


def _detected(source: Source) -> Source:
    """The source with the kind of Jira that answers."""
    from dataclasses import replace

    from vsm.connect.sync.patience import Patience
    from vsm.connect.sync.secret import read_secret
    from vsm.connect.sync.services import detect_jira, open_web

    web = open_web(source, read_secret(source.auth), Patience(), lambda *page: None)
    try:
        return replace(source, system=detect_jira(source, web).value)
    finally:
        web.close()
