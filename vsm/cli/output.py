"""Print text and JSON: harmless to a terminal, whole for a script."""

from __future__ import annotations

import codecs
import json
import sys
from collections.abc import Iterable
from typing import Any

import click

from vsm.model.sanitise import escaped, inert_line
from vsm.report.symbols import ASCII


def as_json(value: Any, indent: int | None = 2) -> str:
    """JSON text without a line break at its end. What could act on a terminal is escaped."""
    return escaped(json.dumps(value, ensure_ascii=False, indent=indent))


def emit(value: Any) -> None:
    """Print a value as JSON in UTF-8, whatever the terminal speaks."""
    click.echo(as_json(value).encode())


def emit_list(values: Iterable[Any]) -> None:
    """Print a JSON list, one value a line, while it is read: nothing is held back."""
    lead = b"["
    for value in values:
        click.echo(lead + b"\n" + as_json(value, None).encode(), nl=False)
        lead = b","
    click.echo(b"[]" if lead == b"[" else b"\n]")


def _plain() -> bool:
    """Whether standard output wants our symbols as ASCII: asked for, or it knows no others."""
    ctx = click.get_current_context(silent=True)
    # The CliContext of the call; its module prints notes, so it is not imported here.
    if ctx is not None and ctx.obj is not None and ctx.obj.plain:
        return True
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    return codecs.lookup(encoding).name != "utf-8"


def show(lines: Iterable[str]) -> None:
    """Print lines that their makers have made harmless."""
    plain = _plain()
    for line in lines:
        click.echo(line.translate(ASCII) if plain else line)


def say(text: str) -> None:
    """Print one line that may hold text from the database."""
    show([inert_line(text)])


def note(text: str) -> None:
    """Tell a person something beside the result, on standard error."""
    click.echo(inert_line(text), err=True)
