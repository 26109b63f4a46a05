"""``--as-of`` of verbs: its moment, and what they say of it beside the date."""

from __future__ import annotations

from vsm.cli.context import CliContext
from vsm.cli.times import moment
from vsm.date_form import write_moment
from vsm.model.rules import local
from vsm.model.stream import ValueStream


def read_as_of(text: str | None, stream: ValueStream | None) -> int | None:
    """The moment that was asked for; a date is its end in the stream's zone, or in UTC."""
    return None if text is None else moment(text, stream.zone if stream else "UTC", "--as-of")


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
