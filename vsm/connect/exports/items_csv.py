"""Writes items and their entries into stages as CSV, for spreadsheets and other tools.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-``, ``@``, a tab or a carriage return
for a formula (CWE-1236): such text gets an apostrophe before it, so that spreadsheets show it as
plain text. Numbers and dates are written unchanged.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from typing import Any, TextIO

from vsm.features.snapshots.results import Item, Stream
from vsm.model.rules import local, to_micros
from vsm.model.sanitise import inert

_FORMULA = re.compile(r"\s*[=+\-@\t\r]")

ITEM_COLUMNS = (
    *("key", "title", "stream", "stage", "state", "type", "class", "owner", "team"),
    *("created", "started", "finished", "cycle_days", "lead_days", "age_days"),
    *("blocked", "blocked_reason", "estimate", "due", "labels", "parent", "archived", "history"),
)
EVENT_COLUMNS = ("case", "activity", "time", "title", "type", "class", "team")


def safe(text: str) -> str:
    """Text as a cell: harmless to a terminal, and no formula to a spreadsheet."""
    text = inert(text)
    return f"'{text}" if _FORMULA.match(text) else text


def items(streams: Iterable[Stream]) -> Iterator[Sequence[Any]]:
    """One row an item, with its flow; moments in UTC, days inclusive."""
    yield ITEM_COLUMNS
    for stream in streams:
        for item in stream.items:
            open_ = [block for block in item.blockers if block.ended is None]
            yield (
                *_texts(item.key, item.title, stream.name, item.stage, item.state, item.type),
                *_texts(item.service, item.owner, item.team),
                *(item.created, item.started, item.finished),
                *(item.cycle_days, item.lead_days, item.age_days),
                *_texts(open_[0].kind if open_ else None, open_[0].reason if open_ else None),
                *(item.estimate, item.due, safe("|".join(item.labels)), _texts(item.parent)[0]),
                *("yes" if item.archived else "no", item.history),
            )


def events(streams: Iterable[Stream]) -> Iterator[Sequence[Any]]:
    """One row an entry into a stage, as process-mining tools and ``vsm import csv`` read it."""
    yield EVENT_COLUMNS
    for stream in streams:
        for item in stream.items:
            about = _texts(item.title, item.type, item.service, item.team)
            for visit in item.visits:
                yield (safe(item.key), safe(visit.stage), visit.entered, *about)


def actionableagile(stream: Stream, links: Mapping[str, str]) -> Iterator[Sequence[Any]]:
    """ActionableAgile's table: the day on which an item first entered each stage, and finished.

    It has no times, no second visits and no dropped stages; dropped items are left out, since they
    would look like work that never ends. A stage that was skipped is empty; so are those that an
    item has gone back from. ``links`` are addresses by key.
    """
    stages = [stage.name for stage in stream.stages if stage.category != "dropped"]
    done = {stage.name for stage in stream.stages if stage.category == "done"}
    yield ("ID", "Link", "Name", *map(safe, stages), "Type", "Class", "Team", "Labels", "Blocked")
    for item in stream.items:
        if item.state == "dropped":
            continue
        entered = _first_entries(item, stages, done, stream.timezone)
        blocked = any(block.ended is None for block in item.blockers)
        yield (
            *_texts(item.key, links.get(item.key), item.title),
            *entered,
            *_texts(item.type, item.service, item.team, "|".join(item.labels)),
            "yes" if blocked else "no",
        )


def write(out: TextIO, rows: Iterable[Sequence[Any]]) -> int:
    """Write rows by RFC 4180; returns their number without the heading."""
    writer, count = csv.writer(out, lineterminator="\r\n"), -1
    for row in rows:
        writer.writerow(["" if cell is None else cell for cell in row])
        count += 1
    return max(0, count)


def _texts(*texts: str | None) -> list[str]:
    return ["" if text is None else safe(text) for text in texts]


def _first_entries(item: Item, stages: Sequence[str], done: Set[str], zone: str) -> list[str]:
    """The day of the first entry into each stage; later stages never have an earlier day.

    Of done stages only what followed the finish counts: readers take the last column for it, so the
    first done date of an item that was reopened would be a wrong finish.
    """
    first: dict[str, str] = {}
    for visit in item.visits:
        if visit.stage not in done:
            first.setdefault(visit.stage, visit.entered)
    for visit in reversed(item.visits):
        if visit.stage not in done:
            break
        first[visit.stage] = visit.entered
    reached = stages.index(item.stage)
    out: list[str] = []
    latest = ""
    for n, stage in enumerate(stages):
        at = first.get(stage, "") if n <= reached else ""
        out.append(_day(at, zone) if at >= latest else "")
        latest = max(latest, at)
    return out


def _day(at: str, zone: str) -> str:
    return local(to_micros(datetime.fromisoformat(at)), zone).date().isoformat() if at else ""
