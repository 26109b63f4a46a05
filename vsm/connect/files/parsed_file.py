"""The result of reading a file: item histories with hints and notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from vsm.connect.files.resolutions import STAGE
from vsm.model.history import Entry, ItemHistory, Skipped, SprintFacts
from vsm.model.stream import Category


@dataclass(frozen=True, slots=True)
class Hint:
    """Hints of a source on one status beside its name.

    ``category`` is ``new``, ``indeterminate`` or ``done`` in Jira's words, one of ``backlog``,
    ``queue``, ``active`` and ``dropped`` where the source leaves nothing to guess, or empty.
    ``items`` are in it now, ``resolved`` of them with a resolution.
    """

    category: str = ""
    items: int = 0
    resolved: int = 0


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """The whole of a file as item histories.

    ``hints`` are by status name. ``renamed_from`` has the older names of a renamed status.
    ``skipped`` was left out; ``notes`` say what was adjusted. ``counts`` has numbers of the file
    (``cases``, ``events``, ``variants``). ``read_as`` says what was detected: the role of columns,
    the order of dates, the zone of times without one. ``roles`` are statuses that the reader made
    up, with the category they stand for: a stream without a stage of that name uses its first stage
    of the category. ``entered`` counts the entries into each status, if the reader has counted
    them; ``order`` is that of the flow, if the source has one. ``ids`` has the ids of a status in
    its source, ``files`` the names of the files, if there are several. ``warnings`` say what the
    files lack. ``undelivered`` has the source keys of items that the source closed undelivered,
    each with the place of the entry from which on it is dropped: see :func:`end_undelivered`.
    """

    file: str
    sha256: str
    histories: list[ItemHistory]
    hints: Mapping[str, Hint] = field(default_factory=dict)
    renamed_from: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[Skipped, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    read_as: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, Category] = field(default_factory=dict)
    entered: Mapping[str, int] | None = None
    order: tuple[str, ...] = ()
    ids: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    warnings: tuple[Skipped, ...] = ()
    undelivered: Mapping[str, int] = field(default_factory=dict)
    sprints: tuple[SprintFacts, ...] = ()


def rename(history: ItemHistory, names: Mapping[str, str]) -> ItemHistory:
    """The history with statuses renamed; the same object if none of them is in it."""
    if not any(e.status in names for e in history.entries):
        return history
    return replace(
        history,
        entries=tuple(
            Entry(e.at, names.get(e.status, e.status), e.event_id, e.by) for e in history.entries
        ),
    )


def end_undelivered(parsed: ParsedFile) -> ParsedFile:
    """The file with its undelivered items ending in the status :data:`STAGE`, a dropped one."""
    if not parsed.undelivered:
        return parsed
    histories = list(parsed.histories)
    for n, history in enumerate(histories):
        place = parsed.undelivered.get(history.source_key)
        if place is not None:
            last = history.entries[place]._replace(status=STAGE)
            histories[n] = replace(history, entries=(*history.entries[:place], last))
    return replace(
        parsed,
        histories=histories,
        hints={**parsed.hints, STAGE: Hint(str(Category.DROPPED))},
        roles={**parsed.roles, STAGE: Category.DROPPED},
        undelivered={},
    )
