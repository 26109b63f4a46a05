"""``vsm report rules|list|note|diff``: what makes facts, what was made, what people said of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from vsm.cli.as_of import as_of_words, read_as_of
from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import as_of_option, json_option, stream_option
from vsm.cli.output import emit_list, note, say
from vsm.cli.reports import format_of, report_options, write_report
from vsm.model.command import AddEntity, ChangeEntity, RemoveEntity
from vsm.model.errors import BadInput
from vsm.model.report import FactNote, NoteKind, ReportKind
from vsm.model.report_entities import FACT_NOTE, MADE_REPORT
from vsm.model.rules import iso, local

NO_NOTE = "none"
"""What takes notes on a fact back."""


@click.command(
    cls=Verb,
    examples="""
vsm report rules --stream Pay
vsm report rules --stream Pay --as-of 2026-10-31 --format md
vsm report rules --json | jq '.rules[] | select(.is_silent)'
""",
)
@stream_option
@as_of_option("Judge the half year before this day; a date is its end.")
@report_options
@pass_context
def rules(
    work: CliContext,
    stream: str | None,
    as_of: str | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Show the rules that make facts, and how often each was right.

    Every rule with an outcome is asked at weekly moments of the last half year, and its flags are
    held against what came. With 20 flags and a precision below 30% a rule is silent.
    """
    chosen = format_of(form, as_json)
    from vsm.features.reports.reading import read_rules
    from vsm.features.reports.report import report_rules
    from vsm.report.publish import publish

    of = work.stream(stream)
    at = read_as_of(as_of, of)
    result = read_rules(work.reader, of, work.now if at is None else at, present=at is None)
    write_report(
        chosen,
        output,
        lambda: report_rules(result),
        lambda: publish(result),
        about=as_of_words(work, of, at),
    )


@click.command("list", cls=Verb, examples="vsm report list\nvsm report list --json")
@json_option
@pass_context
def list_reports(work: CliContext, as_json: bool) -> None:
    """List the reports that were made.

    Each with its window, the journal entries it is of, and the SHA-256 of its bytes: sha256sum of
    the file that somebody shows has to give the same.
    """
    from vsm.cli.context import terminal_width
    from vsm.cli.output import show
    from vsm.model.sanitise import inert_line
    from vsm.report.text_table import Col, table

    streams = work.reader.all_streams()
    names = {stream.id: stream.name for stream in streams}
    zones = {stream.id: stream.zone for stream in streams}
    usual = next(iter(zones.values()), "UTC")
    made = sorted(work.reader.entities(MADE_REPORT), key=lambda one: -one.id)
    if as_json:
        emit_list(
            {
                "number": int(one.number),
                "kind": one.report,
                "stream": None if one.only is None else names.get(one.only),
                "from": iso(one.since),
                "to": iso(one.until),
                "from_seq": one.from_seq,
                "to_seq": one.to_seq,
                "form": one.form,
                "sha256": one.sha256,
                "facts": len(one.facts),
            }
            for one in made
        )
        return
    if not made:
        note("There are no reports yet: vsm report weekly")
        return
    columns = (
        *(
            Col("NO.", right=True),
            Col("KIND"),
            Col("STREAM", flexible=True),
            Col("FROM"),
            Col("TO"),
        ),
        *(Col("ENTRIES", right=True), Col("FACTS", right=True), Col("FORM"), Col("SHA-256")),
    )
    cells = [
        [
            *(one.number, one.report, inert_line(names.get(one.only or 0, "all streams"))),
            *(
                f"{local(at, zones.get(one.only or 0, usual)):%Y-%m-%d %H:%M}"
                for at in (one.since, one.until)
            ),
            f"{one.from_seq or 0}-{one.to_seq or 0}",
            *(str(len(one.facts)), one.form, one.sha256[:12]),
        ]
        for one in made
    ]
    show(table(columns, cells, terminal_width()))


@click.command(
    cls=Verb,
    examples="""
vsm report note over-limit/s4 acknowledged --reason 'until the audit is over' --stream Pay
vsm report note stale/s1 wrong --reason 'waits for spring on purpose' --stream Pay
vsm report note stale/s1 none --stream Pay
""",
)
@click.argument("fact")
@click.argument("word", metavar="NOTE", type=click.Choice([*map(str, NoteKind), NO_NOTE]))
@click.option("--reason", default="", metavar="WHY", help="Why; it is recorded and shown.")
@click.option(
    "--kind",
    type=click.Choice([str(kind) for kind in ReportKind]),
    default=ReportKind.WEEKLY.value,
    show_default=True,
    help="Report that has the fact.",
)
@stream_option
@pass_context
def note_fact(
    work: CliContext, fact: str, word: str, reason: str, kind: str, stream: str | None
) -> None:
    """Note a fact as known, or as wrong; none takes the notes back.

    FACT is its id in the JSON of a report. An acknowledged fact stays off the first page until it
    is worse; one that was wrong counts against the precision of its rule. A note that you made
    keeps its reason unless you give another.
    """
    from vsm.features.reports.on_record import made_reports
    from vsm.features.reports.reading import Asked, read_report
    from vsm.features.reports.recording import kept_note_values, note_values

    which = ReportKind(kind)
    of = work.stream(stream) if which.of_stream else None
    asked = Asked(kind=which, stream=of, since=None, until=work.now, present=True, anew=True)
    result = read_report(work.reader, asked)
    number = None if of is None else of.id
    match = next((one for one in result.facts if one.id == fact), None)
    last = next(iter(made_reports(work.reader, which, number)), None)
    kept = {} if last is None else last.kept
    if match is None and fact not in kept:
        ids = ", ".join(dict.fromkeys((*(one.id for one in result.facts), *kept))) or "none"
        raise BadInput(f"the report has no fact {fact!r}", f"its facts are {ids}")
    if match is not None:
        notes = match.notes
    else:  # of the window that the last report was of
        since = 0 if last is None else last.since
        every = work.reader.entities(FACT_NOTE)
        mine = (one for one in every if one.fact == fact and one.only == number)
        notes = tuple(one for one in mine if one.noted_at > since)
    if word == NO_NOTE:
        _take_back(work, fact, notes)
        return
    mark = NoteKind(word)
    same = [one for one in notes if one.mark == mark and one.noted_by == work.me()]
    if same:
        _note_again(work, same[-1], reason)
        return
    if match is not None:
        values = note_values(match, number, mark, reason)
    else:
        values = kept_note_values(kept[fact], number, mark, reason)
    work.do([AddEntity(FACT_NOTE, values)])
    say(f"Noted as {word}: {values['sentence']}")


def _take_back(work: CliContext, fact: str, notes: Sequence[FactNote]) -> None:
    """Take the notes on a fact back."""
    if not notes:
        raise BadInput(f"there is no note on {fact!r}", "vsm report note FACT acknowledged")
    work.do([RemoveEntity(FACT_NOTE, one.id) for one in notes])
    marks = " and ".join(dict.fromkeys(one.mark for one in notes))
    say(f"Took back what was noted as {marks}: {notes[-1].sentence}")


def _note_again(work: CliContext, note: FactNote, reason: str) -> None:
    """Give a note of one's own another reason; without one it keeps that which it has."""
    if reason and reason != note.reason:
        work.do([ChangeEntity(FACT_NOTE, note.id, {"reason": reason})])
        say(f"Changed the reason to: {reason}")
        return
    why = f", because: {note.reason}" if note.reason else ""
    say(f"It is noted as {note.mark} already{why}")


@click.command(
    cls=Verb,
    examples="vsm report diff monday.json friday.json\nvsm report diff a.json b.json --format md",
)
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "md", "html"]),
    help="Plain text, Markdown or one HTML file [default: text].",
)
@pass_context
def diff(work: CliContext, before: Path, after: Path, form: str | None) -> None:
    """Show in words how two reports differ.

    Both are files that --json wrote, of the same kind and stream.
    """
    from vsm.features.reports.compare import compare_reports
    from vsm.report.formats import TEXT_WIDTH, Format
    from vsm.report.html import draw_html
    from vsm.report.markdown import draw_markdown
    from vsm.report.terminal import draw_text

    document = compare_reports(_load(before), _load(after))
    chosen = Format(form or Format.TEXT)
    if chosen is Format.TEXT:
        from vsm.cli.context import terminal_width
        from vsm.cli.output import show

        show(draw_text(document, terminal_width() or TEXT_WIDTH))
        return
    draw = draw_markdown if chosen is Format.MARKDOWN else draw_html
    click.echo(draw(document).encode(), nl=False)


def _load(path: Path) -> Any:
    """A report that was written as JSON; raises :class:`BadInput`."""
    from vsm.cli.text_files import read_text
    from vsm.features.reports.compare import check_report

    where, text = read_text(str(path), "name a report that --json wrote")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{where} is no JSON: {error}", "name a report that --json wrote") from None
    return check_report(value, where)
