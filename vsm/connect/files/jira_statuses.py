"""Tracks the statuses of a Jira file: clean names, renamings, categories."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

from vsm.connect.files.json_fields import Malformed, name
from vsm.connect.files.parsed_file import Hint

_NOW = 1 << 62
"""The moment of the names in ``fields.status``: after everything in the logs."""

Seen = tuple[str, str, list[int]]

End = tuple[str, str]
"""One end of a logged change as it is in the file: status id and name."""
Known = tuple[str, list[int]]
"""The clean name of a status, and the time span in which it had that name."""


class Statuses:
    """Gathers the statuses of one file."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._spans: dict[str, dict[str, list[int]]] = {}
        self.known: dict[End, Known] = {}
        """Ends that :meth:`seen` has met, if their id is a text and not empty."""
        self._categories: dict[str, Counter[str]] = {}
        self._current: Counter[str] = Counter()
        self._resolved: Counter[str] = Counter()

    def current(self, status: dict[str, Any], resolved: bool) -> str:
        """Record the status that an issue has now; returns its name."""
        raw = status.get("name")
        clean = self._names.get(raw, "") if isinstance(raw, str) else ""
        if not clean:
            clean = self._name(raw, "fields.status.name")
        status_id = status.get("id")
        if status_id is not None:
            self._span(str(status_id), clean, _NOW)
        category = status.get("statusCategory")
        if isinstance(category, dict) and isinstance(category.get("key"), str):
            try:
                self._categories[clean][category["key"]] += 1
            except KeyError:
                self._categories[clean] = Counter({category["key"]: 1})
        self._current[clean] += 1
        self._resolved[clean] += resolved
        return clean

    def seen(self, status_id: Any, raw: Any, at: int, place: int, end: str) -> Seen:
        """Record one end of a logged change; returns the status's id (or ``""``), name and span.

        :meth:`renamed` needs the spans. A caller that meets the same status again may extend the
        end of its span instead of calling this.
        """
        try:
            clean = self._names[raw]
        except (KeyError, TypeError):
            clean = self._name(raw, f"changelog.histories[{abs(place)}].items {end}String")
        if not status_id:
            return "", clean, [at, at]
        raw_id = status_id
        if type(status_id) is not str:
            status_id = str(status_id)
        try:
            span = self._spans[status_id][clean]
        except KeyError:
            span = self._span(status_id, clean, at)
        if raw_id is status_id:
            self.known[status_id, raw] = (clean, span)
        if at > span[1]:
            span[1] = at
        elif at < span[0]:
            span[0] = at
        return status_id, clean, span

    def chained(self, left: Known, entered: list[Known], times: list[int]) -> None:
        """Record a whole log at once, as :meth:`seen` would end by end.

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

    def _name(self, raw: Any, field: str) -> str:
        clean = name(raw, field)
        if not clean:
            raise Malformed(field, "is missing")
        return self._names.setdefault(raw, clean)

    def _span(self, status_id: str, clean: str, at: int) -> list[int]:
        span = self._spans.setdefault(status_id, {}).setdefault(clean, [at, at])
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
            is_sequence = all(a[1] < b[0] for a, b in pairwise(line))
            if is_sequence and all(owners[n] == 1 for _, _, n in line[:-1]):
                out.update({n: line[-1][2] for _, _, n in line[:-1]})
        return out

    def hints(self, renamed: dict[str, str]) -> dict[str, Hint]:
        """Hints for each status, by its newest name."""
        categories: dict[str, Counter[str]] = {}
        items: Counter[str] = Counter()
        resolved: Counter[str] = Counter()
        for clean in self._current:
            new = renamed.get(clean, clean)
            categories.setdefault(new, Counter()).update(self._categories.get(clean, {}))
            items[new] += self._current[clean]
            resolved[new] += self._resolved[clean]
        return {n: Hint(_usual(categories[n]), items[n], resolved[n]) for n in items}


def _usual(counts: Counter[str]) -> str:
    """The most frequent value, the first by name among equals, empty for none."""
    return min(counts, key=lambda k: (-counts[k], k)) if counts else ""
