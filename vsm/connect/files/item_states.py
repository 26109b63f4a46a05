"""Tells what the states of a table of items mean: their categories, and the usual one of each.

A table says in which state an item is now, rarely since when. Tools that write a category beside
the state (Jira) decide; elsewhere the name of a state does, and where that says nothing, whether
its items have a start or a finish.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from vsm.connect.files.infer_mapping import guess_category
from vsm.connect.files.parsed_file import Hint
from vsm.connect.files.resolutions import STAGE
from vsm.model.stream import Category

MADE_UP = {
    Category.BACKLOG: "To do",
    Category.ACTIVE: "In progress",
    Category.DONE: "Done",
    Category.DROPPED: STAGE,
}
"""States of items for which a table has no state: created, started, finished, not delivered."""
_REMOVED = ("removed", "deleted")
"""States of items that were taken out, whatever the category that a tool has for them."""
_IN_PROGRESS = frozenset((Category.QUEUE, Category.ACTIVE))


class Row(NamedTuple):
    """What a row says of its state: the name, the tool's category, whether it has the dates."""

    state: str
    category: str
    started: bool
    finished: bool


@dataclass(frozen=True, slots=True)
class States:
    """The category of each state, and the state that most items of a category are in."""

    category: Mapping[str, Category]
    usual: Mapping[Category, str]

    def hints(self) -> dict[str, Hint]:
        """Hints by state, made-up ones too."""
        named = {name: kind for kind, name in self.usual.items()} | dict(self.category)
        return {name: Hint(str(kind)) for name, kind in named.items()}


def states_of(rows: Iterable[Row]) -> States:
    """The states of a table."""
    of_state: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.state:
            of_state[row.state].append(row)
    dated = any(row.finished for known in of_state.values() for row in known)
    category = {state: _category(state, known, dated) for state, known in of_state.items()}
    most: dict[Category, str] = {}
    for state, known in sorted(of_state.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        most.setdefault(category[state], known[0].state)
    return States(category, MADE_UP | most)


def _category(state: str, rows: list[Row], dated: bool) -> Category:
    """The category of a state; ``dated`` says that the table has finishes."""
    if state.casefold() in _REMOVED:
        return Category.DROPPED
    words = Counter(row.category for row in rows if row.category)
    if words:
        kind = guess_category(words.most_common(1)[0][0], Hint(), False)
        if kind is Category.BACKLOG:
            return Category.BACKLOG  # a queue of committed work is no state that one is created in
        hint = Hint("indeterminate" if kind in _IN_PROGRESS else "done")
        return guess_category(state, hint, False)
    by_name = {guess_category(state, Hint(), first) for first in (True, False)}
    if by_name == {Category.DONE} and dated and not any(row.finished for row in rows):
        return Category.ACTIVE  # "Resolved" of tools in which only "Closed" ends an item
    if len(by_name) == 1:
        return by_name.pop()
    if sum(row.finished for row in rows) * 10 > 9 * len(rows):
        return Category.DONE
    started = sum(row.started for row in rows) * 2 > len(rows)
    return Category.ACTIVE if started else Category.BACKLOG
