"""The statuses of a Jira file: clean names, renamings, and what is known of each."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

from vsm.connect.files.jira_fields import Malformed, name
from vsm.connect.files.parsed_file import Hint

_NOW = 1 << 62
"""When the names in ``fields.status`` were read: after everything that is logged."""

Seen = tuple[str, str, list[int]]

End = tuple[str, str]
"""One end of a logged change as it stands in the file: status id and name."""
Known = tuple[str, list[int]]
"""The clean name of a status, and the time span in which it had that name."""


class Statuses:
    """Gathers the statuses of one file."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._spans: dict[str, dict[str, list[int]]] = {}
        self.known: dict[End, Known] = {}
        """Ends that :meth:`seen` has met, only those whose id is a text and not empty."""
        self._categories: dict[str, Counter[str]] = {}
        self._held: Counter[str] = Counter()
        self._resolved: Counter[str] = Counter()

    def current(self, status: dict[str, Any], resolved: bool) -> str:
        """Take the status that an issue has now; returns its name."""
        told = status.get("name")
        found = self._names.get(told, "") if isinstance(told, str) else ""
        if not found:
            found = self._name(told, "fields.status.name")
        status_id = status.get("id")
        if status_id is not None:
            self._span(str(status_id), found, _NOW)
        category = status.get("statusCategory")
        if isinstance(category, dict) and isinstance(category.get("key"), str):
            try:
                self._categories[found][category["key"]] += 1
            except KeyError:
                self._categories[found] = Counter({category["key"]: 1})
        self._held[found] += 1
        self._resolved[found] += resolved
        return found

    def seen(self, status_id: Any, told: Any, at: int, place: int, end: str) -> Seen:
        """Take one end of a logged change: the status's id (or ``""``), name and time span.

        The span is where :meth:`renamed` looks; a caller that meets the same status again may
        extend its end instead of asking.
        """
        try:
            found = self._names[told]
        except (KeyError, TypeError):
            found = self._name(told, f"changelog.histories[{abs(place)}].items {end}String")
        if not status_id:
            return "", found, [at, at]
        raw_id = status_id
        if type(status_id) is not str:
            status_id = str(status_id)
        try:
            span = self._spans[status_id][found]
        except KeyError:
            span = self._span(status_id, found, at)
        if raw_id is status_id:
            self.known[status_id, told] = (found, span)
        if at > span[1]:
            span[1] = at
        elif at < span[0]:
            span[0] = at
        return status_id, found, span

    def chained(self, left: Known, entered: list[Known], times: list[int]) -> None:
        """Take a whole log at once, as :meth:`seen` would take it end by end.

        ``times`` ascend; at each of them the status entered before (at first ``left``) is left.
        """
        span = left[1]
        if times[0] < span[0]:
            span[0] = times[0]
        for (_, following), at in zip(entered, times, strict=True):
            if at > span[1]:
                span[1] = at
            span = following
            if at < span[0]:
                span[0] = at
        if times[-1] > span[1]:
            span[1] = times[-1]

    def _name(self, told: Any, field: str) -> str:
        found = name(told, field)
        if not found:
            raise Malformed(field, "is missing")
        return self._names.setdefault(told, found)

    def _span(self, status_id: str, found: str, at: int) -> list[int]:
        span = self._spans.setdefault(status_id, {}).setdefault(found, [at, at])
        span[0], span[1] = min(span[0], at), max(span[1], at)
        return span

    def renamed(self) -> dict[str, str]:
        """Old name → newest name of each status that was renamed.

        One id under several names is a renaming only if the names follow each other in time
        and no other id has an older one: sites that were merged use one id for two statuses.
        """
        owners: Counter[str] = Counter(n for names in self._spans.values() for n in names)
        out: dict[str, str] = {}
        for names in self._spans.values():
            if len(names) < 2:
                continue
            line = sorted((span[0], span[1], n) for n, span in names.items())
            apart = all(a[1] < b[0] for a, b in pairwise(line))
            if apart and all(owners[n] == 1 for _, _, n in line[:-1]):
                out.update({n: line[-1][2] for _, _, n in line[:-1]})
        return out

    def hints(self, renamed: dict[str, str]) -> dict[str, Hint]:
        """What is known of each status, by its newest name."""
        categories: dict[str, Counter[str]] = {}
        held: Counter[str] = Counter()
        resolved: Counter[str] = Counter()
        for found in self._held:
            new = renamed.get(found, found)
            categories.setdefault(new, Counter()).update(self._categories.get(found, {}))
            held[new] += self._held[found]
            resolved[new] += self._resolved[found]
        return {n: Hint(_usual(categories[n]), held[n], resolved[n]) for n in held}


def _usual(counts: Counter[str]) -> str:
    """The most frequent value, the first by name among equals, empty for none."""
    return min(counts, key=lambda k: (-counts[k], k)) if counts else ""
