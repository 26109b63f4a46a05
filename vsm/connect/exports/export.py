"""Exports to a file in any form, for the command line and the screens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from io import StringIO
from pathlib import Path
from typing import Any

from vsm.connect.exports import items_csv
from vsm.connect.exports.atomic_output import target
from vsm.features.snapshots.file import file_text
from vsm.features.snapshots.snapshot import take
from vsm.model.history import Progress
from vsm.model.people_privacy import Onlooker
from vsm.model.query_tree import Query
from vsm.model.sanitise import inert_line
from vsm.model.stream import ValueStream
from vsm.reader import Reader


class Form(StrEnum):
    """The form of an export."""

    SNAPSHOT = "snapshot"
    ITEMS = "csv"
    EVENTS = "events"
    ACTIONABLE_AGILE = "actionableagile"
    JOURNAL = "journal"


SUFFIX = {Form.SNAPSHOT: ".json", Form.JOURNAL: ".jsonl.gz"}
"""Suffixes of file names; the other forms are CSV."""


@dataclass(frozen=True, slots=True)
class Written:
    """Descriptions of what was written and of what was left out."""

    what: str
    left_out: str = ""


def export(
    reader: Reader,
    form: Form,
    streams: Sequence[ValueStream],
    as_of: int,
    path: Path | StringIO | None,
    *,
    query: Query | None = None,
    present: bool = False,
) -> Written:
    """Write value streams as of a moment (UTC microseconds) to a file, a text or standard output.

    Of the items that fit a filter, where there is one.

    ``present`` says that the moment is now: see :func:`vsm.features.snapshots.snapshot.take`.
    ActionableAgile's table has one stream; :func:`export_journal` writes the journal. Raises the
    errors of :func:`vsm.connect.exports.atomic_output.target`.
    """
    taken = take(reader, streams, as_of, query=query, present=present)
    match = f" that match {inert_line(taken.filter)}" if taken.filter else ""
    if form is Form.SNAPSHOT:
        text = file_text(taken)
        with target(path) as out:
            out.write(text)
        items = sum(len(stream.items) for stream in taken.streams)
        count = len(taken.streams)
        word = "1 value stream" if count == 1 else f"{count} value streams"
        return Written(f"{word} with {items:,} items{match} as of {taken.as_of}")
    if form is Form.ITEMS:
        return Written(_rows(path, items_csv.items(taken.streams), f"items{match}"))
    if form is Form.EVENTS:
        of = f" of items{match}" if match else ""
        return Written(_rows(path, items_csv.events(taken.streams), f"entries{of}"))
    stream, link = taken.streams[0], streams[0].link
    links = {item.key: link.replace("{key}", item.key) for item in stream.items} if link else {}
    dropped = sum(item.state == "dropped" for item in stream.items)
    why = f"left out {dropped} dropped items: the format cannot tell them from open ones"
    summary = _rows(path, items_csv.actionableagile(stream, links), f"items{match}")
    return Written(summary, why if dropped else "")


def _rows(path: Path | StringIO | None, rows: Iterable[Sequence[Any]], word: str) -> str:
    with target(path) as out:
        return f"{items_csv.write(out, rows):,} {word}"


def export_journal(
    reader: Reader,
    onlooker: Onlooker,
    path: Path | StringIO | None,
    progress: Progress | None = None,
) -> Written:
    """Write the whole journal; raises :class:`Refused` where the onlooker may not see all of it."""
    done, total = -1, reader.position()
    lines = reader.journal_lines(onlooker)
    with target(path) as out:
        for line in lines:
            out.write(line + "\n")
            done += 1
            if progress is not None:
                progress(done, max(done, total))
    return Written(f"{done:,} entries")
