"""``vsm import``: the history of work from another tool; what all formats have in common."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import click

from vsm.cli.base import SETTINGS, Noun, Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.failures import Interrupted
from vsm.cli.options import complete_stream
from vsm.cli.output import emit, show
from vsm.cli.progress import Progress
from vsm.connect.files.reader_options import COLUMN
from vsm.connect.files.registry import FORMATS, TIMEZONE, Format, find
from vsm.model.errors import BadInput
from vsm.model.history import ImportPlan, ImportResult
from vsm.model.sanitise import inert

VERBS: dict[str, tuple[str, str]] = {
    **{known.name: ("", known.summary) for known in FORMATS.values()},
    "journal": (
        "vsm.cli.exports:import_journal",
        "Create a database from an exported journal.",
    ),
}


class Imports(Noun):
    """The formats; a file in the place of one is imported by what it looks like."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb of this name; that of a format is made from its declaration."""
        known = FORMATS.get(cmd_name)
        return super().get_command(ctx, cmd_name) if known is None else _verb(known)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A format by its name, or the import of a file whose format is recognised."""
        if args[0].startswith("-") and args[0] != "-":  # options come before what they are for
            name = _named_format(args, self.verbs)
            if name is None:
                return "FILE", _recognised(), args
            args = [name, *(arg for arg in args if arg is not name)]
        name = args[0]
        is_path = name == "-" or os.sep in name or "." in name or os.path.exists(name)
        if name not in self.verbs and is_path:
            return "FILE", _recognised(), args
        return super().resolve_command(ctx, args)


@click.group(
    cls=Imports,
    verbs=VERBS,
    subcommand_metavar="[FORMAT] FILE... --stream NAME [OPTIONS]",
    context_settings=SETTINGS | {"ignore_unknown_options": True},
    examples="""
vsm import jira issues.json --stream Web --dry-run
vsm import jira issues.jsonl.gz --stream Web --project WEB --tz Europe/Berlin
vsm import csv events.csv --stream Claims --case 'Claim No' --dry-run
vsm import xes log.xes.gz --stream Claims
vsm import export.csv --stream Web --dry-run      the format is recognised
vsm import page1.json page2.json --stream Web     several files, or a folder
curl -s "$URL" | vsm import - --stream Web        standard input
""",
)
def imports() -> None:
    """Import the history of work from another tool.

    An import is all or nothing. Importing the same file again changes nothing; a newer file
    adds what is new. vsm undo reverts the last import. Files may be compressed with gzip. Several
    files or a folder of one format are one import; - is standard input.
    """


def _named_format(args: Sequence[str], formats: Collection[str]) -> str | None:
    """The first argument that names a format and is not the value of an option."""
    flags = {
        name for option in _common() if getattr(option, "is_flag", False) for name in option.opts
    }
    for before, arg in pairwise(args):
        is_value = before.startswith("-") and before not in flags and "=" not in before
        if arg in formats and not is_value:
            return arg
    return None


def _common() -> list[click.Parameter]:
    """The files and the options that every format has."""
    return [
        click.Argument(
            ["files"], nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path)
        ),
        click.Option(
            ["--stream"],
            metavar="NAME",
            required=True,
            shell_complete=complete_stream,
            help="Full name of the value stream; created if it does not exist.",
        ),
        click.Option(
            ["--stages"],
            metavar="LIST",
            help="STATUS:CATEGORY, separated by commas, in the order of the flow; categories"
            " are backlog, queue, active, done and dropped [default: from the history].",
        ),
        click.Option(
            ["--mapping"],
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Stages from a TOML file; --dry-run prints one to edit.",
        ),
        click.Option(
            ["--add-stages"],
            is_flag=True,
            help="Add stages to the stream for statuses that it has none for.",
        ),
        click.Option(
            ["--ignore-statuses"],
            is_flag=True,
            help="Leave out entries into statuses that the stream has no stage for.",
        ),
        click.Option(
            ["--write-mapping"],
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="With --dry-run: write the stages as a file for --mapping.",
        ),
        click.Option(["--commit"], metavar="STAGE", help="Stage whose entry starts the clock."),
        click.Option(
            ["--tz", "zone"], metavar="ZONE", help="Time zone of a new stream [default: UTC]."
        ),
        click.Option(
            ["--dry-run"], is_flag=True, help="Show what would be imported and change nothing."
        ),
        click.Option(["--json", "as_json"], is_flag=True, help="Print JSON."),
    ]


def _options(known: Format) -> list[click.Parameter]:
    """The options of a format: those of its columns, then its own."""
    roles = known.load().ROLES if known.table else ()
    columns = [
        click.Option(
            [f"--{role.name}", f"{COLUMN}{role.name}"],
            metavar="COLUMN",
            help=f"Column of the {role.what}{'' if role.needed else ' (empty: none)'}.",
        )
        for role in roles
    ]
    own = [
        click.Option(
            [option.flag, option.name],
            is_flag=not option.metavar,
            metavar=option.metavar or None,
            help=option.help,
        )
        for option in known.options
    ]
    return [*columns, *own]


def _verb(known: Format) -> Verb:
    """The verb of one format."""

    def callback(work: CliContext, /, files: tuple[Path, ...], **settings: Any) -> None:
        with _readable(files) as paths:
            run(work, known, paths, **settings)

    return Verb(
        known.name,
        callback=pass_context(callback),
        params=[*_common(), *_options(known)],
        help=f"{known.summary}\n\n{known.about}",
        examples=known.examples,
    )


def _recognised() -> Verb:
    """The verb for a file whose format is recognised by a look at it; it takes every option."""
    options: dict[str, click.Option] = {}
    for known in FORMATS.values():
        for option in _options(known):
            assert isinstance(option, click.Option)
            option.hidden = True
            options.setdefault(option.opts[0], option)
    others = {str(option.name): flag for flag, option in options.items()}

    def callback(work: CliContext, /, files: tuple[Path, ...], **settings: Any) -> None:
        with _readable(files) as paths:
            _run_recognised(work, paths, settings)

    def _run_recognised(
        work: CliContext, paths: tuple[Path, ...], settings: dict[str, Any]
    ) -> None:
        from vsm.connect.files.several_files import sort_out

        known = find(sort_out(paths)[0])
        names = {option.name for option in _options(known)} | {TIMEZONE.name}
        for name in [name for name in settings if name in others and name not in names]:
            if settings.pop(name):
                raise BadInput(
                    f"{others[name]}: {paths[0].name} is {known.files}, which has no such option",
                    f"vsm import {known.name} --help lists its options",
                )
        run(work, known, paths, **settings)

    return Verb(
        "FILE",
        callback=pass_context(callback),
        params=[*_common(), *options.values()],
        help=(
            "Import a file whose format is recognised by a look at it.\n\n"
            "It takes the options of its format too: vsm import csv --help lists them."
        ),
        examples="""
vsm import export.csv --stream Web --dry-run
vsm import issues.jsonl.gz --stream Web
vsm import pages/ --stream Web
""",
    )


@contextmanager
def _readable(files: Sequence[Path]) -> Iterator[tuple[Path, ...]]:
    """The files, with a copy of standard input for ``-``."""
    if all(str(file) != "-" for file in files):
        yield tuple(files)
        return
    if len([file for file in files if str(file) == "-"]) > 1:
        raise BadInput("- is given twice", "standard input can be read only once")
    with tempfile.TemporaryDirectory(prefix="vsm-import-") as folder:
        copy = Path(folder) / "standard input"
        _copy_input(copy)
        yield tuple(copy if str(file) == "-" else file for file in files)


def _copy_input(copy: Path) -> None:
    from vsm.connect.files.source import FILE_MAX, size

    count = 0
    with copy.open("wb") as out:
        while data := sys.stdin.buffer.read(1 << 20):
            count += len(data)
            if count > FILE_MAX:
                raise BadInput(f"standard input has more than {size(FILE_MAX)}", "split it first")
            out.write(data)
    if not count:
        raise BadInput("standard input is empty", "pipe a file into it")


def run(
    work: CliContext,
    known: Format,
    files: tuple[Path, ...],
    *,
    stream: str,
    dry_run: bool,
    as_json: bool,
    write_mapping: Path | None,
    **settings: Any,
) -> None:
    """Plan an import and do it, or try it; ``settings`` are those of ``plan_import``."""
    from vsm.connect.files.import_report import report_of, report_text
    from vsm.connect.files.plan_import import check_unmapped, plan_import
    from vsm.connect.files.reader_options import reader_options
    from vsm.report.publish import publish

    own = reader_options(known, settings)
    names = {option.name for option in known.options}
    common = {n: v for n, v in settings.items() if n not in names and not n.startswith(COLUMN)}
    if write_mapping is not None:
        _check_target(write_mapping, dry_run)
    existing, mapping = None, None
    if work.path.exists():
        existing, mapping = work.reader.import_target(stream) or (None, None)
    try:
        with Progress("Reading") as progress:
            plan = plan_import(
                known.name,
                files,
                stream=stream,
                existing=existing,
                known=mapping,
                progress=progress.tell,
                **common,
                **own,
            )
        if not dry_run:
            check_unmapped(plan)
        with Progress("Comparing" if dry_run else "Importing") as progress:
            result = rehearse(work, plan) if dry_run else record_plan(work, plan, progress)
    except KeyboardInterrupt:
        raise Interrupted("interrupted; nothing was imported") from None
    report = report_of(result, plan)
    if write_mapping is not None:
        _write_mapping(write_mapping, plan)
    if as_json:
        emit(publish(report))
    else:
        show(inert(line) for line in report_text(report).splitlines())
        if write_mapping is not None:
            show([f"Stages written to {inert(str(write_mapping))}: edit it, then --mapping FILE."])


def _check_target(path: Path, dry_run: bool) -> None:
    if not dry_run:
        raise BadInput("--write-mapping needs --dry-run", "give both, edit the file, then import")
    if path.exists():
        raise BadInput(f"{path} is there already", "name a new file, or remove that one")


def _write_mapping(path: Path, plan: ImportPlan) -> None:
    from vsm.connect.exports.atomic_output import target
    from vsm.connect.files.mapping import format_mapping

    with target(path) as out:
        out.write(format_mapping(plan.stages, plan.mapping, plan.commitment))


def record_plan(work: CliContext, plan: ImportPlan, progress: Progress) -> ImportResult:
    """Do the import; makes the database where there is none yet."""
    return work.session(create=True).import_histories(plan, progress=progress.tell)


def rehearse(work: CliContext, plan: ImportPlan) -> ImportResult:
    """Try the import; where there is no database yet, in a throw-away one."""
    if work.path.exists():
        return work.session().import_histories(plan, dry_run=True)
    with tempfile.TemporaryDirectory(prefix="vsm-dry-run-") as folder:
        trial = CliContext(str(Path(folder) / "trial.db"))
        return trial.session(create=True).import_histories(plan, dry_run=True)
