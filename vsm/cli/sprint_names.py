"""Sprints as the command line names them: by number, or by name within a stream."""

from __future__ import annotations

import click

from vsm.cli.context import CliContext
from vsm.cli.options import complete_entity
from vsm.model.errors import BadInput
from vsm.model.sanitise import inert_line
from vsm.model.sprint import Measure, Sprint
from vsm.model.sprint_entities import SPRINT

sprint_argument = click.argument("name", metavar="SPRINT", shell_complete=complete_entity("sprint"))
measure_option = click.option(
    "--measure",
    type=click.Choice([str(measure) for measure in Measure]),
    help="Count in items, points or hours [default: that of the sprint].",
)


def find_sprint(work: CliContext, text: str, stream: str | None = None) -> Sprint:
    """The sprint of this number, or of this name (in a stream).

    Raises :class:`~vsm.model.errors.BadInput` for none or several.
    """
    known = work.reader.entities(SPRINT)
    folded = " ".join(text.split()).casefold()
    for one in known:
        if one.number == folded:
            return one
    named = [one for one in known if one.name.casefold() == folded]
    if stream is not None or len(named) > 1:
        own = work.stream(stream).id
        named = [one for one in named if one.only == own] or named
    if not named:
        listed = ", ".join(f"{one.number} {inert_line(one.name)}" for one in known[-5:])
        raise BadInput(
            f"there is no sprint {text!r:.60}",
            f"there are {listed}" if listed else "plan one: vsm sprint plan NAME --start DATE",
        )
    if len(named) > 1:
        numbers = ", ".join(one.number for one in named)
        raise BadInput(f"{len(named)} sprints are called {text!r:.60}", f"give a number: {numbers}")
    return named[0]
