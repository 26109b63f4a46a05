"""``vsm comply export|check-log``: what other tools of auditors read."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from vsm.cli.base import Noun, Verb, complete_file
from vsm.cli.comply_record import read_text
from vsm.cli.comply_report import compliance_of, population_options, streams_of
from vsm.cli.context import CliContext, pass_context
from vsm.cli.exports import output_option
from vsm.cli.names import OneOf
from vsm.cli.output import note, say
from vsm.connect.exports.atomic_output import target
from vsm.connect.exports.gemara import Log
from vsm.connect.exports.oscal import Model
from vsm.model.control.audit import Counting

VERBS: dict[str, tuple[str, str]] = {
    "oscal": ("vsm.cli.comply_export:export_oscal", "Export OSCAL: results, components, POA&M."),
    "gemara": ("vsm.cli.comply_export:export_gemara", "Export a Gemara evaluation or enforcement."),
}

framework_option = click.option(
    "--framework", "framework", metavar="NAME", default="soc2", help="Framework [default: soc2]."
)


@click.group(
    cls=Noun,
    verbs=VERBS,
    subcommand_metavar="FORMAT [OPTIONS]",
    examples="""
vsm comply export oscal --framework soc2 -o results.json
vsm comply export gemara --framework gdpr -o evaluation.yaml
""",
)
def export() -> None:
    """Export compliance for other tools.

    The same journal and window give the same bytes.
    """


@click.command(
    "oscal",
    cls=Verb,
    examples="""
vsm comply export oscal --framework soc2 --from 2026-07-01 --to 2026-09-30 -o results.json
vsm comply export oscal --model component-definition -o components.json
vsm comply export oscal --model poam -o poam.json
""",
)
@framework_option
@click.option(
    "--model",
    type=OneOf(Model),
    default="assessment-results",
    help="assessment-results, component-definition or poam [default: assessment-results].",
)
@population_options
@output_option
@pass_context
def export_oscal(
    work: CliContext,
    framework: str,
    model: Model,
    counting: Counting | None,
    first: str | None,
    last: str | None,
    stream: str | None,
    output: Path | None,
) -> None:
    """Export OSCAL: results, components, POA&M.

    OSCAL 1.1.2 as JSON. What cannot be decided is an observation without a finding, and stands in
    the plan of action beside what fails.
    """
    from dataclasses import asdict

    from vsm.connect.exports.oscal import Oscal
    from vsm.controls import shipped
    from vsm.model.governance_entities import CONTROL

    result = None
    if model is not Model.COMPONENTS:
        result = compliance_of(work, framework, counting, first, last, stream)
    controls = shipped() | {c.name: asdict(c) for c in work.reader.entities(CONTROL)}
    maker = Oscal(work.reader.hash_at(1) or "", work.reader.anchor())
    text = maker.text(model, result, controls)
    with target(output) as out:
        out.write(text)
    _say_written(output)
    if maker.cleaned:
        note(f"left out {maker.cleaned} control characters of texts")


@click.command(
    "gemara",
    cls=Verb,
    examples="""
vsm comply export gemara --framework soc2 -o evaluation.yaml
vsm comply export gemara --log enforcement --population finished -o enforcement.yaml
""",
)
@framework_option
@click.option(
    "--log", "log", type=OneOf(Log), default="evaluation", help="Which [default: evaluation]."
)
@population_options
@output_option
@pass_context
def export_gemara(
    work: CliContext,
    framework: str,
    log: Log,
    counting: Counting | None,
    first: str | None,
    last: str | None,
    stream: str | None,
    output: Path | None,
) -> None:
    """Export a Gemara evaluation or enforcement.

    An evaluation log has the verdicts on the population. An enforcement log has what came of
    verdicts at moves in the window, refused ones too, of controls that were on.
    """
    from vsm.connect.exports import gemara

    result = compliance_of(work, framework, counting, first, last, stream)
    database = work.reader.hash_at(1) or ""
    if log is Log.EVALUATION:
        text = gemara.evaluation_log(result, database)
    else:
        from vsm.features.compliance.reading import read_enforced

        window = result.population.start, result.population.end + timedelta(days=1)
        recorded = read_enforced(work.reader, result.framework, streams_of(work, stream), *window)
        text = gemara.enforcement_log(result, *recorded, database)
    with target(output) as out:
        out.write(text)
    _say_written(output)


def _say_written(output: Path | None) -> None:
    if output is not None and str(output) != "-":
        note(f"wrote {output}")


@click.command(cls=Verb, examples="vsm comply check-log enforcement.yaml")
@click.argument("file", metavar="FILE", shell_complete=complete_file)
def check_log(file: str) -> None:
    """Check a Gemara log: evaluation, enforcement, audit.

    A Clear log or action may hold passed assessments only.
    """
    from vsm.connect.files.gemara_log import check_log as check

    kind = check(read_text(file), file)
    say(f"{file} is a sound {kind}")
