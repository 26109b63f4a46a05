"""Makes entries of the changes of state that a tracker logged, and of its dates where it has none.

A log may lack changes: where one leaves another state than the one before entered, or the last
leads elsewhere than the item is now, the history counts as truncated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from vsm.model.history import Entry
from vsm.model.item import Quality
from vsm.model.stream import Category


class Change(NamedTuple):
    """A change of state; ``order`` decides between equal times, ``before`` may be unknown ("")."""

    at: int
    order: int
    before: str
    after: str
    event: str = ""
    by: str = ""


class Trail(NamedTuple):
    """The entries of an item; ``unsure`` says that nobody knows since when it is in its state."""

    entries: tuple[Entry, ...]
    quality: Quality
    unsure: bool = False


class Dates(NamedTuple):
    """The moments that a tracker gives; ``changed`` is that of the present state."""

    created: int
    started: int | None = None
    ended: int | None = None
    changed: int | None = None
    updated: int | None = None


def logged(
    key: str,
    created: int,
    changes: Iterable[Change],
    current: str,
    updated: int | None,
    *,
    whole: bool = True,
    by: str = "",
) -> Trail:
    """The entries by a log of changes; ``whole`` says that the source did not cut it."""
    rows = sorted(changes)
    first = rows[0].before if rows else current
    out: list[Entry] = []
    if first:
        begun = min(created, rows[0].at) if rows else created
        out.append(Entry(begun, first, f"{key}:created", by))
    for row in rows:
        if out and row.before and row.before != out[-1].status:
            whole = False
        out.append(Entry(row.at, row.after, row.event or f"{key}:{len(out)}", row.by))
    if current and out[-1].status != current:
        last = max(updated or created, out[-1].at)
        out.append(Entry(last, current, f"{key}:current"))
        whole = False
    return Trail(tuple(out), Quality.FULL if whole else Quality.TRUNCATED)


def endpoints(
    key: str, dates: Dates, state: str, category: Category, begin: str, work: str
) -> Trail:
    """The entries by dates alone; ``begin`` is the state of what is created, ``work`` of starts.

    A creation is never a start. Where nobody knows since when an item is in its state, it is there
    since its last change, and the history is truncated.
    """
    created, started, ended, changed, updated = dates
    steps: list[tuple[int | None, str, str]] = [(created, begin, "created")]
    quality, unsure = Quality.ENDPOINTS_ONLY, False
    last = ended if category.ended else changed
    if category is Category.BACKLOG and started is None:
        steps = [(created, state, "created")]
        last = None
    elif category.working and started is not None and (changed is None or changed <= started):
        steps.append((started, state, "started"))
        last = None
    else:
        steps.append((started, work, "started"))
        if last is None and category.ended:
            last = changed
        if last is None:
            last, unsure = updated if updated is not None else created, True
            quality = Quality.TRUNCATED
    steps.append((last, state, "current"))
    out: list[Entry] = []
    for at, status, what in steps:
        if at is not None and (not out or status != out[-1].status):
            out.append(Entry(max(at, out[-1].at) if out else at, status, f"{key}:{what}"))
    return Trail(tuple(out), quality, unsure)


def usual_states(
    states: Mapping[str, int], category: Callable[[str], Category], begin: str, work: str
) -> dict[Category, str]:
    """The state of each category that most items are in; ``begin`` and ``work`` if none is."""
    out = {Category.BACKLOG: begin, Category.ACTIVE: work}
    most: dict[Category, str] = {}
    for state, _ in sorted(states.items(), key=lambda pair: (-pair[1], pair[0])):
        most.setdefault(category(state), state)
    return out | most
