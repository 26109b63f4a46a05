"""``vsm sync status|set|remove|raw``: sources, how their reading goes, and what they sent."""

from __future__ import annotations

import json

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context, terminal_width
from vsm.cli.entity_verbs import set_verb
from vsm.cli.options import complete_entity, json_option
from vsm.cli.output import emit, note, show
from vsm.cli.report_change import report
from vsm.cli.sync import VERBS
from vsm.model.command import RemoveEntity
from vsm.model.entities import ENTITIES
from vsm.model.errors import BadInput
from vsm.model.rules import from_micros
from vsm.model.sanitise import inert_line
from vsm.model.source import Direction, Source
from vsm.model.source_entities import GONE, SOURCE

_WRITTEN = {Direction.COMMENT.value: "comments", Direction.WRITE.value: "moves and comments"}
_NONE = "There are no sources yet: vsm sync add jira URL --jql QUERY --stream NAME"


@click.command(cls=Verb, examples="vsm sync status\nvsm sync status --json")
@json_option
@pass_context
def status(work: CliContext, as_json: bool) -> None:
    """Show the sources and how their reading goes.

    ok, late (no run for two intervals), failing, auth (the token is refused), or partial (items
    were held back), each with since when, and when the source was last read whole.
    """
    from vsm.cli.sync_writes import refused_writes, unsent_writes
    from vsm.connect.sync.results import SCHEMA, SourceStatus, SyncStatus
    from vsm.model.source_health import health_now
    from vsm.report.publish import publish
    from vsm.sync_state import read_states

    sources: list[Source] = work.reader.entities(ENTITIES["source"])
    states = read_states(work.path)
    names = {info.id: info.name for info in work.reader.streams()}
    gone = work.reader.entities(GONE)
    rows: list[SourceStatus] = []
    for source in sources:
        kept = states.get(source.name)
        state = health_now(kept, source.every, work.now)
        rows.append(
            SourceStatus(
                source=source.name,
                kind=source.system,
                base=source.base,
                scope=source.scope,
                stream=names.get(source.only, ""),
                auth=source.auth,
                direction=source.direction,
                every_minutes=source.every,
                health=state.health,
                since=state.since if kept is not None else None,
                last_good=state.last_good,
                last_run=state.last_run,
                cursor=kept.cursor if kept is not None else None,
                message=state.message,
                remedy=state.remedy,
                run=state.run,
                gone=tuple(sorted(mark.key for mark in gone if mark.source == source.id)),
                unsent=unsent_writes(work, source),
                refused=refused_writes(work, source),
            )
        )
    if as_json:
        emit(publish(SyncStatus(SCHEMA, tuple(rows))))
    elif not rows:
        note(_NONE)
    else:
        _show(rows)


def _show(rows: list) -> None:  # type: ignore[type-arg]
    from vsm.cli.sync_writes import write_lines
    from vsm.report.text_table import Col, table

    columns = (
        *(Col("SOURCE"), Col("STREAM"), Col("HEALTH"), Col("SINCE (UTC)"), Col("LAST GOOD (UTC)")),
        *(Col("GONE", right=True), Col("SCOPE", flexible=True)),
    )
    cells = [
        [
            *(row.source, inert_line(row.stream), str(row.health), _when(row.since)),
            *(_when(row.last_good), str(len(row.gone) or ""), inert_line(row.scope)),
        ]
        for row in rows
    ]
    show(table(columns, cells, terminal_width()))
    for row in rows:
        if row.message:
            remedy = f": {row.remedy}" if row.remedy else ""
            show([inert_line(f"{row.source}: {row.message}{remedy}")])
        if row.direction in _WRITTEN:
            what = _WRITTEN[row.direction]
            show([f"{row.source}: {what} that people make here are written into it"])
        show(write_lines(row.source, row.unsent, "waits to be written"))
        show(write_lines(row.source, row.refused, "refused"))


def _when(moment: int | None) -> str:
    return "" if moment is None else f"{from_micros(moment):%Y-%m-%d %H:%M}"


set_source = set_verb(
    SOURCE,
    f"""{VERBS["set"][1]}

    The stream, the address and the kind stay: for others remove the source and add it anew.
    """,
    examples="""
vsm sync set jira --auth keyring:jira
vsm sync set jira --every 5
vsm sync set jira --scope 'project = WEB AND type != Epic'
""",
    without=("direction", "written_after"),
)


@click.command(cls=Verb, examples="vsm sync remove jira")
@click.argument("name", metavar="NAME", shell_complete=complete_entity("source"))
@json_option
@pass_context
def remove(work: CliContext, name: str, as_json: bool) -> None:
    """Remove a source; its items stay.

    Its raw pages and what was known of it are removed too.
    """
    import shutil

    from vsm.connect.sync.run_folder import source_folder
    from vsm.sync_state import keep_state

    source: Source = work.find(SOURCE, name)
    marks = [mark for mark in work.reader.entities(GONE) if mark.source == source.id]
    commands = [*(RemoveEntity(GONE, mark.id) for mark in marks), RemoveEntity(SOURCE, source.id)]
    done = work.do(commands)
    keep_state(work.path, source.name, None)
    shutil.rmtree(source_folder(work.path, source.name), ignore_errors=True)
    report(work, done, as_json)


@click.command(
    cls=Verb,
    examples="""
vsm sync raw jira
vsm sync raw jira 20261129T101500Z
vsm import jira $(vsm sync raw jira --items) --stream Trial --dry-run
""",
)
@click.argument("name", metavar="NAME", shell_complete=complete_entity("source"))
@click.argument("run_name", metavar="[RUN]", required=False)
@click.option("--items", is_flag=True, help="Print only the path of the file that was imported.")
@json_option
@pass_context
def raw(work: CliContext, name: str, run_name: str | None, items: bool, as_json: bool) -> None:
    """List the raw pages of a run.

    Pages are packed JSON as the service sent it; tokens are taken out of their addresses. The
    last runs are kept. The items file can be imported like any file.
    """
    from vsm.connect.sync.run_folder import INDEX, runs, source_folder

    source: Source = work.find(SOURCE, name)
    kept = runs(source_folder(work.path, source.name))
    if run_name is not None:
        kept = [run for run in kept if run.name == run_name]
    if not kept:
        raise BadInput(f"{source.name} has no such run", f"vsm sync run {source.name}")
    folder = kept[-1]
    file = folder / "items.jsonl.gz"
    if items:
        if not file.exists():
            raise BadInput(f"the run {folder.name} fetched no items", "name another run")
        show([str(file)])
        return
    try:
        lines = (folder / INDEX).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        lines = []
    pages = [json.loads(line) for line in lines]
    if as_json:
        emit({"run": folder.name, "folder": str(folder), "pages": pages})
        return
    show([f"{folder}:", *(inert_line(f"{p['page']}  {p['method']} {p['address']}") for p in pages)])
