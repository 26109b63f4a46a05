"""Options that verbs with a report share: the format, and where the report goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

from vsm.cli.context import CliContext, terminal_width
from vsm.cli.options import json_option
from vsm.cli.output import note, show
from vsm.date_form import choose_form
from vsm.model.errors import BadInput
from vsm.model.journal_head import Anchor
from vsm.report.document import Document
from vsm.report.formats import TEXT_WIDTH, Format, render
from vsm.report.position import position_line

_F = TypeVar("_F", bound=Callable[..., Any])


def report_options(function: _F) -> _F:
    """``--format``, ``--json`` and ``--output``."""
    for option in (
        click.option(
            "-o",
            "--output",
            "output",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="File to write; - is standard output [default: -].",
        ),
        json_option,
        click.option(
            "--format",
            "form",
            type=click.Choice([str(form) for form in Format]),
            help="Plain text, Markdown, one HTML file or JSON [default: text].",
        ),
    ):
        function = option(function)
    return function


def format_of(form: str | None, as_json: bool) -> Format:
    """The format that was asked for; ``--json`` is the same as ``--format json``.

    From here on sentences have ISO dates where they go to JSON, whatever form was chosen.
    """
    if as_json and form not in (None, Format.JSON):
        raise BadInput(f"--json and --format {form} exclude each other", "give one of them")
    chosen = Format.JSON if as_json else Format(form or Format.TEXT)
    if chosen is Format.JSON:
        click.get_current_context().call_on_close(partial(choose_form, choose_form("iso")))
    return chosen


def write_report(
    form: Format,
    output: Path | None,
    document: Callable[[], Document],
    value: Callable[[], Any],
    lines: Callable[[int | None], list[str]] | None = None,
    *,
    about: tuple[str, ...] = (),
    anchor: Anchor | None = None,
    of_file: bool = False,
) -> str:
    """Print a report, or write it to a file, which appears whole or not at all; returns its text.

    Where that is asked ``of_file`` it is the text that a file has, whatever a terminal shows.
    ``anchor`` is where the journal stood when the report was made, by default where it stands.

    ``lines`` draws the plain text of a report that has a drawing of its own, for the width of the
    terminal where there is one. ``about`` are lines below the title, such as that of the moment.
    Every report ends with where the journal stands, so that it can be shown to be of this journal.
    """
    to_file = output is not None and str(output) != "-"
    width = None if to_file else terminal_width()
    work: CliContext = click.get_current_context().obj
    anchor = anchor or work.reader.anchor()
    made = partial(_with, document, about)
    if form is Format.TEXT and lines is not None:
        foot = ["", position_line(anchor)] if to_file else []
        text = "\n".join([*lines(width), *foot]) + "\n"
    else:
        text = render(form, made, value, width or TEXT_WIDTH, anchor=anchor)
    if to_file:
        from vsm.connect.exports.atomic_output import target

        with target(output) as out:
            out.write(text)
        note(f"wrote the report to {output}")
    elif form is Format.TEXT:
        show(text.splitlines())
    else:
        click.echo(text.encode(), nl=False)
    if of_file and width not in (None, TEXT_WIDTH) and form is Format.TEXT:
        return render(form, made, value, TEXT_WIDTH, anchor=anchor)
    return text


def _with(make: Callable[[], Document], about: tuple[str, ...]) -> Document:
    document = make()
    return replace(document, about=(*document.about, *about))
