"""``--as-of`` of verbs: its moment, and what they say of it beside the date."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from vsm.cli.context import CliContext
from vsm.cli.times import moment
from vsm.date_form import write_moment
from vsm.model.dates import read_moment
from vsm.model.errors import BadInput
from vsm.model.rules import FIRST_DAY, LAST_DAY, day_start, local, to_micros
from vsm.model.stream import ValueStream


def read_as_of(text: str | None, stream: ValueStream | None) -> int | None:
    """The moment that was asked for; a date is its end in the stream's zone, or in UTC.

    Days and moments may be in words, as of ``--since``: ``yesterday``, ``monday``, ``-3d``, ``fri
    16:00``; a weekday is the latest one.
    """
    if text is None:
        return None
    zone = stream.zone if stream else "UTC"
    try:
        return moment(text, zone, "--as-of")
    except BadInput:
        at = _in_words(text, zone)
        if at is None:
            raise
        return at


def _in_words(text: str, zone: str) -> int | None:
    work = click.get_current_context().find_object(CliContext)
    assert work is not None
    now = local(work.now, zone)
    day = _read(f"{text.strip()} 00:00", now) if text.strip() else None
    parsed = day or _read(text, now)
    if parsed is None or not FIRST_DAY <= parsed.date() <= LAST_DAY:
        return None
    if day is None:
        return to_micros(parsed)
    if day.date() == now.date():
        return work.now
    return day_start(day.date() + timedelta(days=1), zone) - 1


def _read(text: str, now: datetime) -> datetime | None:
    try:
        return read_moment(text, now)
    except ValueError:
        return None


def as_of_mark(work: CliContext, stream: ValueStream | None, at: int | None) -> str:
    """``fields as of now``, where that is so of a moment; nothing for now."""
    return "" if at is None else work.reader.as_of_now(stream, at)


def as_of_words(work: CliContext, stream: ValueStream | None, at: int | None) -> tuple[str, ...]:
    """``as of 1 Nov 2026 23:59: fields as of now`` as one line; nothing for now."""
    if at is None:
        return ()
    zone = stream.zone if stream else "UTC"
    mark = as_of_mark(work, stream, at)
    return (f"as of {write_moment(local(at, zone))} {zone}{f': {mark}' if mark else ''}",)


def stream_as_of(
    work: CliContext, name: str | None, text: str | None
) -> tuple[ValueStream, tuple[str, ...]]:
    """The stream of this name as it was at a moment, and the line that says so; or as it is."""
    stream = work.stream(name)
    at = read_as_of(text, stream)
    if at is None:
        return stream, ()
    return work.reader.configured(stream, at), as_of_words(work, stream, at)
