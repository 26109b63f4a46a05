"""Makes histories of tasks that have a state and dates, and of those that have their changes too.

Asana, ClickUp, Shortcut and YouTrack give a task its state and the times of its creation, start and
end. How each names these stands in its own module; what they mean is the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from vsm.connect.files import json_items as i
from vsm.connect.files.infer_mapping import guess_category
from vsm.connect.files.item_states import MADE_UP
from vsm.connect.files.json_items import JsonItems
from vsm.connect.files.json_records import Record
from vsm.connect.files.parsed_file import Hint, ParsedFile
from vsm.connect.files.resolutions import STAGE
from vsm.connect.files.state_changes import Change, Dates, Trail, endpoints, logged, usual_states
from vsm.model.history import ItemHistory, Progress
from vsm.model.stream import Category


class Task(NamedTuple):
    """A task: its names, its state and dates, its changes of state if the file has them.

    ``state`` may be empty: it then follows from the dates. ``fields`` are others of its history.
    """

    source_key: str
    key: str
    state: str
    dates: Dates
    fields: dict[str, Any]
    changes: list[Change] | None = None


class DatedItems:
    """Gathers the tasks of one file; ``hints`` are what the tracker says about its states."""

    def __init__(self, items: JsonItems) -> None:
        self.items = items
        self.hints: dict[str, Hint] = {name: Hint(str(kind)) for kind, name in MADE_UP.items()}
        self._tasks: list[tuple[str, Task]] = []

    def add(self, where: str, task: Task) -> None:
        """Keep a task."""
        self._tasks.append((where, task))

    def category(self, state: str) -> Category:
        """The category of a state by what the tracker says about it, else by its name."""
        return guess_category(state, self.hints.get(state, Hint()), False)

    def result(self) -> ParsedFile:
        """Make the result for the whole file."""
        states = Counter(task.state for _, task in self._tasks if task.state)
        usual = MADE_UP | usual_states(
            states, self.category, MADE_UP[Category.BACKLOG], MADE_UP[Category.ACTIVE]
        )
        for where, task in self._tasks:
            trail = self._trail(task, usual)
            if trail.unsure:
                state = trail.entries[-1].status
                self.items.count(f"in {state}: the file does not say since when")
            history = ItemHistory(
                source_key=task.source_key,
                key=task.key,
                entries=trail.entries,
                where=where,
                quality=trail.quality,
                **task.fields,
            )
            self.items.add(history, task.dates.updated or 0)
        roles = {name: kind for kind, name in usual.items()}
        return self.items.result(self.hints, roles=roles)

    def _trail(self, task: Task, usual: dict[Category, str]) -> Trail:
        state = task.state or usual[_by_dates(task.dates)]
        if task.changes:
            last = task.dates.ended or task.dates.changed or task.dates.updated
            return logged(task.source_key, task.dates.created, task.changes, state, last)
        category = Category.DROPPED if state == STAGE else self.category(state)
        begin, work = usual[Category.BACKLOG], usual[Category.ACTIVE]
        return endpoints(task.source_key, task.dates, state, category, begin, work)


def _by_dates(dates: Dates) -> Category:
    if dates.ended is not None:
        return Category.DONE
    return Category.ACTIVE if dates.started is not None else Category.BACKLOG


def read_tasks(
    path: Path,
    lists: tuple[str, ...],
    task_of: Callable[[DatedItems, str, Record], Task],
    progress: Progress | None,
) -> ParsedFile:
    """Read a file of tasks, each made by ``task_of`` of its record."""
    gathered: list[DatedItems] = []

    def begin(items: JsonItems) -> i.Take:
        dated = DatedItems(items)
        gathered.append(dated)
        return lambda where, record: dated.add(where, task_of(dated, where, record))

    i.gather(path, lists, begin, progress)
    return gathered[0].result()
