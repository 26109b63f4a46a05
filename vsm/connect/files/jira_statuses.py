"""Tracks the statuses of Jira files by their ids: clean names, renamings, categories.

Entries carry the *label* of a status: its name, for all but the first id of that name followed by
the id (``SEPARATOR`` between them). :meth:`Statuses.final_names` leads from labels to the names
that people see, once all statuses are known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from vsm.connect.files.json_fields import Malformed, name
from vsm.connect.files.parsed_file import Hint

SEPARATOR = "\0"
"""Between name and id in a label; no name has this character."""
_BY_NUMBER = {1: "", 2: "new", 3: "done", 4: "indeterminate"}
"""Status categories by their ids, which are the same in all of Jira; their keys may be wrong."""

_NOW = 1 << 62
"""The moment of the names in ``fields.status``: after everything in the logs."""

Seen = tuple[str, str, list[int]]

End = tuple[str, str]
"""One end of a logged change as it is in the file: status id and name."""
Known = tuple[str, list[int]]
"""The label of a status, and the time span in which it had that name."""


def name_of(label: str) -> str:
    """The name in a label."""
    return label.partition(SEPARATOR)[0]


class Statuses:
    """Gathers the statuses of one file."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._labels: dict[str, dict[str, str]] = {}
        self._spans: dict[str, dict[str, list[int]]] = {}
        self.known: dict[End, Known] = {}
        """Ends that :meth:`seen` has met, if their id is a text and not empty."""
        self._categories: dict[str, Counter[str]] = {}
        self._current: Counter[str] = Counter()
        self._resolved: Counter[str] = Counter()

    def current(self, status: dict[str, Any], resolved: bool) -> str:
        """Record the status that an issue has now; returns its label."""
        raw = status.get("name")
        clean = self._names.get(raw, "") if isinstance(raw, str) else ""
        if not clean:
            clean = self._name(raw, "fields.status.name")
        status_id = status.get("id")
        label = clean
        if status_id is not None:
            status_id = str(status_id)
            self._span(status_id, clean, _NOW)
            label = self._label(clean, status_id)
        category = status.get("statusCategory")
        if isinstance(category, dict):
            number = category.get("id")
            key = _BY_NUMBER.get(number) if type(number) is int else None
            key = category.get("key") if key is None else key
            if isinstance(key, str):
                try:
                    self._categories[label][key] += 1
                except KeyError:
                    self._categories[label] = Counter({key: 1})
        self._current[label] += 1
        self._resolved[label] += resolved
        return label

    def seen(self, status_id: Any, raw: Any, at: int, place: int, end: str) -> Seen:
        """Record one end of a logged change; returns the status's id (or ``""``), label and span.

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
        label = self._label(clean, status_id)
        if raw_id is status_id:
            self.known[status_id, raw] = (label, span)
        if at > span[1]:
            span[1] = at
        elif at < span[0]:
            span[0] = at
        return status_id, label, span

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

    def _label(self, clean: str, status_id: str) -> str:
        labels = self._labels.setdefault(clean, {})
        label = labels.get(status_id)
        if label is None:
            label = labels[status_id] = f"{clean}{SEPARATOR}{status_id}" if labels else clean
        return label

    def _span(self, status_id: str, clean: str, at: int) -> list[int]:
        span = self._spans.setdefault(status_id, {}).setdefault(clean, [at, at])
        span[0], span[1] = min(span[0], at), max(span[1], at)
        return span

    def renamed(self) -> dict[str, str]:
        """Old label → newest label of each status that was renamed.

        One id under several names is a renaming only if the names follow each other in time
        and no other id has an older one: sites that were merged use one id for two statuses.
        """
        owners: Counter[str] = Counter(n for names in self._spans.values() for n in names)
        out: dict[str, str] = {}
        for status_id, names in self._spans.items():
            if len(names) < 2:
                continue
            line = sorted((span[0], span[1], n) for n, span in names.items())
            is_sequence = all(a[1] < b[0] for a, b in pairwise(line))
            if is_sequence and all(owners[n] == 1 for _, _, n in line[:-1]):
                newest = self._label(line[-1][2], status_id)
                out.update({self._label(n, status_id): newest for _, _, n in line[:-1]})
        return out

    def shared(self, renamed: Mapping[str, str]) -> dict[str, tuple[str, str]]:
        """Label → (name, id) of the statuses that share their name with another id.

        An id that had several names at once says nothing: sites were merged, and it is of two.
        """
        out: dict[str, tuple[str, str]] = {}
        for clean, labels in self._labels.items():
            clear = {
                label: (clean, status_id)
                for status_id, label in labels.items()
                if all(
                    self._label(n, status_id) in renamed or n == clean
                    for n in self._spans[status_id]
                )
            }
            if len(clear) > 1:
                out |= clear
        return out

    def final_names(
        self, renamed: Mapping[str, str], projects: Mapping[str, set[str]]
    ) -> dict[str, str]:
        """The name for people of each label that is not one itself, and of each renamed one.

        Statuses of one name are one stage if they are of different ``projects`` (by label) and of
        one category, as those that each team-managed project has of its own. Others are kept apart:
        all but the one with the smallest id have the id behind the name.
        """
        out = {
            label: clean
            for clean, labels in self._labels.items()
            for label in labels.values()
            if label != clean
        }
        by_name: dict[str, list[tuple[str, str]]] = {}
        for label, (clean, status_id) in self.shared(renamed).items():
            by_name.setdefault(clean, []).append((status_id, label))
        taken = set(self._labels)
        for clean, pairs in by_name.items():
            groups: list[list[str]] = []
            names: list[str] = []
            for status_id, label in sorted(pairs, key=lambda pair: _order(pair[0])):
                for group, group_name in zip(groups, names, strict=True):
                    if all(self._are_one(label, other, projects) for other in group):
                        group.append(label)
                        out[label] = group_name
                        break
                else:
                    own = _unused_name(f"{clean} ({status_id})", taken) if groups else clean
                    taken.add(own)
                    groups.append([label])
                    names.append(own)
                    out[label] = own
        out |= {old: out.get(new, new) for old, new in renamed.items()}
        return {label: final for label, final in out.items() if label != final}

    def _are_one(self, one: str, other: str, projects: Mapping[str, set[str]]) -> bool:
        """Whether two statuses of one name can be one stage."""
        if projects.get(one, set()) & projects.get(other, set()):
            return False
        first, second = (_usual(self._categories.get(label, Counter())) for label in (one, other))
        return first == second or not first or not second

    def ids(self, final: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
        """The ids of each status, by its final name."""
        out: dict[str, set[str]] = {}
        for labels in self._labels.values():
            for status_id, label in labels.items():
                out.setdefault(final.get(label, label), set()).add(status_id)
        return {status: tuple(sorted(ids, key=_order)) for status, ids in out.items()}

    def hints(self, final: Mapping[str, str]) -> dict[str, Hint]:
        """Hints for each status, by its final name."""
        categories: dict[str, Counter[str]] = {}
        items: Counter[str] = Counter()
        resolved: Counter[str] = Counter()
        for label in self._current:
            status = final.get(label, label)
            categories.setdefault(status, Counter()).update(self._categories.get(label, {}))
            items[status] += self._current[label]
            resolved[status] += self._resolved[label]
        return {n: Hint(_usual(categories[n]), items[n], resolved[n]) for n in items}


def _order(status_id: str) -> tuple[bool, int, str]:
    number = status_id.isdecimal() and len(status_id) < 19
    return (not number, int(status_id) if number else 0, status_id)


def _unused_name(name: str, taken: Iterable[str]) -> str:
    return name if name not in taken else _unused_name(f"{name} (id)", taken)


def _usual(counts: Counter[str]) -> str:
    """The most frequent value, the first by name among equals, empty for none."""
    return min(counts, key=lambda k: (-counts[k], k)) if counts else ""
