"""``vsm forecast whatif``: a change of a stream before it is made."""

from __future__ import annotations

import re
from pathlib import Path

import click

from vsm.cli.as_of import as_of_words, read_as_of
from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import stream_option
from vsm.cli.reports import format_of, report_options, write_report
from vsm.cli.times import day
from vsm.features.simulate.reading import read_what_if
from vsm.features.simulate.request import MOST_SLOTS, MOST_WEEKS, WEEKS, Missing, Request
from vsm.model.errors import BadInput
from vsm.model.stream import Stage, ValueStream

_ABSENCE = re.compile(r"(\d+)@(\d+)(?:-(\d+))?")


@click.command(
    cls=Verb,
    examples="""
vsm forecast whatif --limit Review=3
vsm forecast whatif --slots Review=+1 --arrivals 120%
vsm forecast whatif --absence Build=1@2-4 --weeks 8
vsm forecast whatif --slots Review=+1 --items 40 --by 2027-01-31
vsm forecast whatif --rework 50% --json | jq '.figures[] | .figure, .change'
""",
)
@stream_option
@click.option(
    "--limit", "limits", multiple=True, metavar="STAGE=N", help="Another WIP limit; N may be none."
)
@click.option(
    "--slots", "slots", multiple=True, metavar="STAGE=+N", help="Parallel slots more, or fewer: -N."
)
@click.option("--arrivals", metavar="PERCENT", help="Arrivals, of what they are: 120%.")
@click.option("--rework", metavar="PERCENT", help="Rework, of what it is: 50%.")
@click.option(
    "--absence",
    "absences",
    multiple=True,
    metavar="STAGE=N@WEEKS",
    help="Slots that are missing in some weeks: Build=1@2-4.",
)
@click.option(
    "--weeks",
    type=click.IntRange(1, MOST_WEEKS),
    default=WEEKS,
    show_default=True,
    help="Weeks to play.",
)
@click.option(
    "--items", type=click.IntRange(1, 100_000), help="The odds that so many items are finished."
)
@click.option("--by", metavar="DATE", help="The day by whose end they are [default: the last].")
@click.option(
    "--as-of",
    "as_of",
    metavar="WHEN",
    help="Play from the end of a date, or from a moment on [default: now].",
)
@report_options
@pass_context
def whatif(
    work: CliContext,
    stream: str | None,
    limits: tuple[str, ...],
    slots: tuple[str, ...],
    arrivals: str | None,
    rework: str | None,
    absences: tuple[str, ...],
    weeks: int,
    items: int | None,
    by: str | None,
    as_of: str | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Play a change of a stream before it is made: throughput, cycle time, WIP.

    The stream is fitted to its history and played many times, as it is and with the change, with
    the same work. Ranges hold 80% of the plays; the change is the difference of each pair.
    """
    value_stream = work.stream(stream)
    chosen = format_of(form, as_json)
    at = read_as_of(as_of, value_stream)
    if by is not None and items is None:
        raise BadInput("--by is the day by which --items are finished", "give --items too")
    request = Request(
        limits=tuple(_limit(work, value_stream, text) for text in limits),
        slots=tuple(_slots(work, value_stream, text) for text in slots),
        arrivals=_factor(arrivals, "--arrivals"),
        rework=_factor(rework, "--rework"),
        missing=tuple(_absence(work, value_stream, text, weeks) for text in absences),
        weeks=weeks,
        items=items,
        by=None if by is None else day(by, "--by"),
    )
    result = read_what_if(
        work.reader,
        value_stream,
        request,
        as_of=work.now if at is None else at,
        present=at is None,
    )
    from vsm.features.simulate.report import report
    from vsm.report.publish import publish

    write_report(
        chosen,
        output,
        lambda: report(result),
        lambda: publish(result),
        about=as_of_words(work, value_stream, at),
    )


def _named(work: CliContext, stream: ValueStream, text: str, form: str) -> tuple[Stage, str]:
    """The stage before the last equals sign, and what stands after it."""
    name, sign, value = text.rpartition("=")
    if not sign or not name.strip() or not value.strip():
        raise BadInput(f"{text!r} is not understood", f"write {form}")
    return work.stage(stream, name.strip()), value.strip()


def _limit(work: CliContext, stream: ValueStream, text: str) -> tuple[Stage, int | None]:
    stage, value = _named(work, stream, text, "--limit STAGE=3")
    if value.casefold() == "none":
        return stage, None
    if not value.isdecimal():
        raise BadInput(f"{value!r} is no WIP limit", "give a number from 1 on, or none")
    return stage, int(value)


def _slots(work: CliContext, stream: ValueStream, text: str) -> tuple[Stage, int]:
    stage, value = _named(work, stream, text, "--slots STAGE=+1")
    match = re.fullmatch(r"([+-])(\d{1,3})", value)
    more = int(value) if match else 0
    if not more:
        raise BadInput(
            f"{value!r} does not say how many slots more or fewer", "write +1 for one more"
        )
    if abs(more) > MOST_SLOTS:
        raise BadInput(f"{abs(more)} slots are too many", f"give at most {MOST_SLOTS}")
    return stage, more


def _absence(work: CliContext, stream: ValueStream, text: str, weeks: int) -> Missing:
    stage, value = _named(work, stream, text, "--absence STAGE=1@2-4")
    match = _ABSENCE.fullmatch(value)
    if not match or not int(match[1]):
        raise BadInput(f"{value!r} is no absence", "write 1@2-4 for one slot in weeks 2 to 4")
    first, last = int(match[2]), int(match[3] or match[2])
    if not 1 <= first <= last <= weeks:
        raise BadInput(
            f"weeks {first} to {last} are not among those that are played",
            f"give weeks from 1 to {weeks}, the first one first",
        )
    return Missing(stage, int(match[1]), first, last)


def _factor(text: str | None, option: str) -> float:
    """A percentage as a factor."""
    if text is None:
        return 1.0
    match = re.fullmatch(r"(\d{1,4}(?:\.\d+)?)%", text.strip())
    if match is None:
        raise BadInput(f"{option} {text}: not a percentage", "write 120% for a fifth more")
    return float(match[1]) / 100
