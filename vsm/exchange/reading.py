"""What a reader hands on: histories, and what was seen on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from vsm.model.history import Entry, ItemHistory, Skipped


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
class Reading:
    """The whole of a file as item histories.

    ``hints`` are by status name. ``formerly`` tells the older names of a status that was
    renamed. ``skipped`` was left out; ``notes`` say what was taken otherwise than it stands.
    """

    file: str
    sha256: str
    histories: list[ItemHistory]
    hints: Mapping[str, Hint] = field(default_factory=dict)
    formerly: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[Skipped, ...] = ()


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
