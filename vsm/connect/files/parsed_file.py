"""What a reader hands on: histories, and what was seen on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from vsm.model.history import Entry, ItemHistory, Skipped
from vsm.model.stream import Category


@dataclass(frozen=True, slots=True)
class Hint:
    """What a source tells of one status beside its name.

    ``category`` is ``new``, ``indeterminate`` or ``done`` in Jira's words, or empty. ``held``
    items are there now, ``resolved`` of them with a resolution.
    """

    category: str = ""
    held: int = 0
    resolved: int = 0


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """The whole of a file as item histories.

    ``hints`` are by status name. ``formerly`` tells the older names of a status that was
    renamed. ``skipped`` was left out; ``notes`` say what was taken otherwise than it stands.
    ``found`` counts what the file holds (``cases``, ``events``, ``variants``). ``read_as`` tells
    what was detected: which column is what, the order of dates, the zone of times without one.
    ``roles`` name statuses that are no words of the file but a part in it: an import into a
    stream that has no such stage takes its first one of that category. ``entered`` counts the
    entries into each status, where the reader has done so; ``order`` is that of the flow, where
    the source tells it.
    """

    file: str
    sha256: str
    histories: list[ItemHistory]
    hints: Mapping[str, Hint] = field(default_factory=dict)
    formerly: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[Skipped, ...] = ()
    found: Mapping[str, int] = field(default_factory=dict)
    read_as: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, Category] = field(default_factory=dict)
    entered: Mapping[str, int] | None = None
    order: tuple[str, ...] = ()


def rename(history: ItemHistory, names: Mapping[str, str]) -> ItemHistory:
    """The history with statuses renamed; the same object where none is concerned."""
    if not any(e.status in names for e in history.entries):
        return history
    return replace(
        history,
        entries=tuple(
            Entry(e.at, names.get(e.status, e.status), e.event_id, e.by) for e in history.entries
        ),
    )
