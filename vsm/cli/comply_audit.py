"""``vsm comply sample|register``: samples for auditors, and the record of processing."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vsm.cli.base import Verb
from vsm.cli.comply_report import streams_of, streams_option, window_of
from vsm.cli.context import CliContext, pass_context
from vsm.cli.exports import output_option
from vsm.cli.names import OneOf
from vsm.cli.options import Count
from vsm.cli.output import note
from vsm.cli.reports import format_of, report_options, write_report
from vsm.features.compliance.reading import count_population, refuse_empty
from vsm.features.compliance.sample import YEAR_DAYS, read_sample
from vsm.model.control.audit import Counting
from vsm.model.errors import BadInput
from vsm.model.plural import count

if TYPE_CHECKING:
    from vsm.features.compliance.register import Processing


class _From(StrEnum):
    """A population to draw from: ``changes`` are those deployed, or finished where none are."""

    CHANGES = "changes"
    DEPLOYED = "deployed"
    FINISHED = "finished"
    ACTIVE = "active"


@click.command(
    cls=Verb,
    examples="""
vsm comply sample --n 25 --seed 'audit 2026'
vsm comply sample --population finished --from 2026-01-01 --to 2026-06-30 --format html -o s.html
vsm comply sample --json | jq -r '.seed, .population.hash'
""",
)
@click.option(
    "--population",
    "source",
    type=OneOf(_From),
    default="changes",
    help="Items deployed, finished or active; changes: deployed, or finished where no deployments"
    " are recorded [default: changes].",
)
@click.option(
    "--n", "size", type=Count(1), metavar="N", help="How many [default: a usual number for them]."
)
@click.option("--seed", metavar="TEXT", help="Seed to draw by [default: one is made and printed].")
@click.option("--from", "first", metavar="DATE", help="First day [default: a year with the last].")
@click.option("--to", "last", metavar="DATE", help="Last day [default: today].")
@streams_option
@report_options
@pass_context
def sample(
    work: CliContext,
    source: _From,
    size: int | None,
    seed: str | None,
    first: str | None,
    last: str | None,
    stream: str | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Draw a sample that an auditor can draw again.

    Items are taken in the order of SHA-256 of seed and key, so the same journal and seed give the
    same sample. Each item has a page: its entries of the journal, evidence, verdicts.
    """
    chosen = format_of(form, as_json)
    if seed is not None and not seed.strip():
        raise BadInput("--seed is empty", "give a text, or leave it away: one is made")
    if seed is None:
        from secrets import token_hex

        seed = token_hex(8)
    streams = streams_of(work, stream)
    counting = None if source is _From.CHANGES else Counting(source)
    window = window_of(work, streams, first, last, YEAR_DAYS)
    population = count_population(
        work.reader, counting, streams, *window, from_journal=work.at_seq is not None
    )
    refuse_empty(work.reader, population)
    result = read_sample(work.reader, population, streams, work.now, seed, size)
    from vsm.features.compliance.sample_report import report
    from vsm.report.publish import publish

    if size is not None and size > population.size:
        note(f"the population has {count(population.size, 'item')}: all are in the sample")
    write_report(chosen, output, lambda: report(result), lambda: publish(result))


@click.command(
    cls=Verb,
    examples="""
vsm comply register --controller 'ACME Bank, Berlin, privacy@acme.example' -o register.csv
vsm comply register --stream Payments
""",
)
@streams_option
@click.option("--controller", metavar="TEXT", default="", help="Controller: name and contact.")
@click.option(
    "--representative", metavar="TEXT", default="", help="Its representative, where it has one."
)
@click.option(
    "--dpo", metavar="TEXT", default="", help="Data protection officer: name and contact."
)
@click.option("--no-archived", "without_archived", is_flag=True, help="Leave archived items out.")
@output_option
@pass_context
def register(
    work: CliContext,
    stream: str | None,
    controller: str,
    representative: str,
    dpo: str,
    without_archived: bool,
    output: Path | None,
) -> None:
    """Write the record of processing of GDPR, Article 30, as CSV.

    Items labelled personal-data, and those with data.personal=yes, archived ones too, with what
    people stated about them (vsm comply attest). A column says what is missing; without
    --controller no row is complete.
    """
    from vsm.connect.exports import items_csv, register_csv
    from vsm.connect.exports.atomic_output import target
    from vsm.features.compliance.register import Controller, read_register

    streams = streams_of(work, stream)
    texts = (" ".join(text.split()) for text in (controller, representative, dpo))
    whose = Controller(**dict(zip(("controller", "representative", "dpo"), texts, strict=True)))
    rows = read_register(work.reader, streams, work.now, whose, with_archived=not without_archived)
    with target(output) as out:
        items_csv.write(out, register_csv.rows(rows))
    if output is not None and str(output) != "-":
        note(f"wrote {count(len(rows), 'item')} to {output}")
    _note_gaps(rows)


def _note_gaps(rows: Sequence[Processing]) -> None:
    """Say what is missing in the record of processing, and what no control looks at."""
    from vsm.features.compliance.register import LABEL

    incomplete = sum(bool(row.missing) for row in rows)
    if incomplete:
        note(f"fields of the record are missing: {incomplete} of {count(len(rows), 'item')}")
    if any("controller" in row.missing for row in rows):
        note("the record names no controller: --controller 'NAME, CONTACT'")
    denied = [row.item for row in rows if "personal" in row.missing]
    if denied:
        note(f"labelled {LABEL}, though data.personal=no was stated: {_some(denied)}")
    unlabelled = [row.item for row in rows if not row.has_label]
    if unlabelled:
        note(f"without the label {LABEL} no GDPR control looks at {_some(unlabelled)}")


def _some(keys: Sequence[str]) -> str:
    return ", ".join(keys[:5]) + (" …" if len(keys) > 5 else "")
