"""Histories to import, made the same each time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from vsm.model.history import Entry, ImportPlan, ItemHistory
from vsm.model.item import LinkKind
from vsm.model.stream import Category

START = 1_700_000_000_000_000
HOUR = 3_600_000_000

WAY = ("Open", "In Progress", "Review", "In Progress", "Review", "Closed")

STAGES = (
    ("Open", Category.BACKLOG),
    ("In Progress", Category.ACTIVE),
    ("Review", Category.ACTIVE),
    ("Closed", Category.DONE),
)


def history(number: int, *, steps: int | None = None, title: str = "") -> ItemHistory:
    """The history of one item: some steps along ``WAY``, an hour and a bit apart."""
    steps = 1 + number % len(WAY) if steps is None else steps
    entries = tuple(
        Entry(START + number * HOUR + step * (HOUR + number), status, f"{number}.{step}", "anna")
        for step, status in enumerate(WAY[:steps])
    )
    key = f"OLD-{number}"
    links = ((LinkKind.BLOCKS, key, f"OLD-{number - 1}"),) if number % 7 == 0 else ()
    return ItemHistory(
        source_key=str(10_000 + number),
        key=key,
        title=title or f"Imported item {number}",
        entries=entries,
        where=f"histories, item {number}",
        links=links,
        labels=("imported",) if number % 2 else (),
    )


def plan_of(histories: Iterable[ItemHistory], stream: str = "Imported") -> ImportPlan:
    """A plan that imports these histories into a stream of its own."""
    listed = tuple(histories)
    return ImportPlan(
        stream=stream,
        zone="UTC",
        stages=STAGES,
        commitment=None,
        format="jira",
        file="histories.json",
        sha256=hashlib.sha256(repr(listed).encode()).hexdigest(),
        histories=listed,
    )


def plan(items: int, *, bad: int | None = None) -> ImportPlan:
    """So many histories; number ``bad`` has a title that no database can hold."""
    return plan_of(history(n, title="\ud800" if n == bad else "") for n in range(1, items + 1))
