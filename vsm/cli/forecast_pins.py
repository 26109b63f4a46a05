"""``vsm forecast pin``, ``pins`` and ``unpin``: forecasts that are held to what comes of them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from vsm.cli.as_of import as_of_words, read_as_of
from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.entity_verbs import remove_verb
from vsm.cli.forecast import MOST_DAYS, MOST_ITEMS, day_ahead
from vsm.cli.options import (
    as_of_option,
    complete_key,
    filter_option,
    json_option,
    stream_option,
    view_option,
)
from vsm.cli.report_change import report
from vsm.cli.reports import format_of, report_options, write_report
from vsm.features.forecast.pin_reading import read_pins
from vsm.features.forecast.pinning import Statement, read_pin
from vsm.model.command import AddEntity
from vsm.model.entities import PIN
from vsm.model.errors import BadInput
from vsm.model.item import Item
from vsm.model.rules import local
from vsm.model.stream import ValueStream


@click.command(
    cls=Verb,
    examples="""
vsm forecast pin --items 20
vsm forecast pin --items 20 --odds 95 --note 'Steering committee'
vsm forecast pin --days 14 --filter type:bug
vsm forecast pin CARD-12 --by fri
vsm forecast pin --filter label:checkout
vsm forecast pin --items 30 --by 2026-12-31 --odds 85
""",
)
@click.argument("keys", nargs=-1, metavar="[KEY]...", shell_complete=complete_key)
@click.option("--items", type=click.IntRange(1, MOST_ITEMS), help="So many items finish.")
@click.option(
    "--days",
    "ahead",
    type=click.IntRange(1, MOST_DAYS),
    help="So many items as are forecast finish within so many days.",
)
@click.option(
    "--by", metavar="DATE", help="The day by which it is to come true: fri, +2w, 2026-12-31."
)
@click.option(
    "--odds", type=click.IntRange(1, 99), metavar="PERCENT", help="The odds [default: 85]."
)
@click.option("--note", default="", help="What to remember it by.")
@view_option
@filter_option
@stream_option
@json_option
@pass_context
def pin(
    work: CliContext,
    keys: tuple[str, ...],
    items: int | None,
    ahead: int | None,
    by: str | None,
    odds: int | None,
    note: str,
    stream: str | None,
    filter_text: str | None,
    view: str | None,
    as_json: bool,
) -> None:
    """Pin a forecast, to see later whether it came true.

    Of the number of items, the day and the odds two are given and the third is forecast; where all
    are given, it is what you say. Keys pin an item or a set of these items; a filter without
    --items and --days pins the set of all that match it by the day, so what is added counts.
    """
    work.refuse_read_only()
    text = work.filter(filter_text, view)
    _check(keys, items, ahead, by, text)
    counts = not keys and (items is not None or ahead is not None or not text)
    chosen = work.items(keys)
    of = _stream_of(work, stream, chosen, counts)
    today = local(work.now, of.zone if of else "UTC").date()
    last = None if by is None else day_ahead(by, today)
    if ahead is not None:
        last = today + timedelta(days=ahead - 1)
    said = Statement(
        stream=of,
        query=work.query(text),
        keys=tuple(item.key for item in chosen),
        counts=counts,
        items=items,
        by=last,
        odds=None if odds is None else odds / 100,
    )
    values = read_pin(work.reader, said, now=work.now, note=note)
    report(work, work.do([AddEntity(PIN, values)]), as_json)


def _check(
    keys: tuple[str, ...], items: int | None, ahead: int | None, by: str | None, text: str | None
) -> None:
    if keys and text is not None:
        raise BadInput("keys and a filter exclude each other", "give one of them")
    if keys and (items is not None or ahead is not None):
        raise BadInput("--items and --days count all that finish", "leave the keys away")
    if ahead is not None and by is not None:
        raise BadInput("--days and --by exclude each other", "give one of them")
    if not keys and text is None and items is None and ahead is None and by is None:
        raise BadInput("say what to pin: --items, --days, --by, --filter or keys")


def _stream_of(
    work: CliContext, name: str | None, items: list[Item], counts: bool
) -> ValueStream | None:
    """The stream that is meant: that of the items, if it is one; ``None`` for all."""
    if items:
        numbers = {item.stream for item in items}
        return work.reader.stream(numbers.pop()) if len(numbers) == 1 else None
    return work.stream(name) if counts or name is not None else None


@click.command(
    cls=Verb,
    examples="""
vsm forecast pins
vsm forecast pins --stream Web --as-of 2026-11-30
vsm forecast pins --json | jq '.pins[] | .name, .outcome'
""",
)
@report_options
@as_of_option("Show them as of the end of a date, or as of a moment [default: now].")
@stream_option
@pass_context
def pins(
    work: CliContext,
    stream: str | None,
    as_of: str | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Show pinned forecasts: what was said, what has come, what is forecast now.

    Items are counted in the log from the pinning to the end of the day, as forecasts count them.
    Pins of all streams are shown, or of one.
    """
    chosen = format_of(form, as_json)
    of = None if stream is None and work.stream_name is None else work.stream(stream)
    at = read_as_of(as_of, of)
    result = read_pins(
        work.reader,
        as_of=work.now if at is None else at,
        stream=of,
        present=at is None,
        now=None if at is None else work.now,
    )
    from vsm.features.forecast.pin_report import pins_report
    from vsm.report.publish import publish

    write_report(
        chosen,
        output,
        lambda: pins_report(result),
        lambda: publish(result),
        about=as_of_words(work, of, at),
    )


unpin = remove_verb(
    PIN,
    "Remove pinned forecasts.",
    examples="vsm forecast unpin 'Web: 20 items'\nvsm undo",
)
