"""Turns events of cases into item histories, for event-log CSV and XES.

A case is a work item, an activity is a stage, and an event is the entry into it. If a log has both
start and completion of an activity, the item is in the stage from the start on.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import Any

from vsm.connect.files.parsed_file import Hint, ParsedFile
from vsm.model.errors import BadInput
from vsm.model.history import Entry, ItemHistory, Skipped

Event = tuple[Any, ...]
"""UTC microseconds, activity, id, person, lifecycle transition, team; the first four are those of
an ``Entry``, and in a log without transitions and teams it is one."""

_MOMENT, _ACTIVITY, _FIRST_FOUR = itemgetter(0), itemgetter(1), itemgetter(0, 1, 2, 3)
entry = partial(tuple.__new__, Entry)
"""``Entry._make`` without its check of the length, in half the time."""
_START, _COMPLETE = "start", "complete"
_NO_ENTRY = frozenset(
    (
        *("schedule", "assign", "reassign", "suspend", "resume", "withdraw"),
        *("manualskip", "autoskip", "ate_abort", "pi_abort", "abort_activity", "abort_case"),
    )
)
"""Transitions of the XES standard at which no work on an activity begins."""


class EventLog:
    """Gathers the events of one file by case.

    ``joined`` makes activity and transition together the stage, ``Accepted/Wait``: for logs whose
    transitions are states of their own. ``about`` has fields of items by case.
    """

    def __init__(self, file: str, *, joined: bool = False) -> None:
        self.file = file
        self.cases: defaultdict[str, list[Event]] = defaultdict(list)
        self.lines: dict[str, int] = {}
        self.about: dict[str, dict[str, Any]] = {}
        self.notes: list[Skipped] = []
        self.skipped: list[Skipped] = []
        self._joined = joined

    def finish(
        self, sha256: str, words: Sequence[str], read_as: Mapping[str, str] | None = None
    ) -> ParsedFile:
        """Make the histories; ``words`` are the lifecycle transitions in the file."""
        if not self.cases:
            raise BadInput(f"{self.file} has no events in it", "look at how it was made")
        standard = {word.casefold() for word in words} & {_START, *_NO_ENTRY}
        variants: set[tuple[str, ...]] = set()
        paths: Counter[tuple[str, ...]] = Counter()
        histories: list[ItemHistory] = []
        count = ignored = 0
        for case, events in self.cases.items():
            count += len(events)
            events.sort(key=_MOMENT)  # stable: events of one time keep the source's order
            if self._joined:
                events = [(e[0], f"{e[1]}/{e[4]}" if e[4] else e[1], *e[2:]) for e in events]
            path = tuple(map(_ACTIVITY, events))
            where = f"{self.file} line {self.lines[case]}"
            entering = events
            if standard and not self._joined:
                variants.add(path)
                entering = _entering(events)
                if not entering:
                    why = f"{case} has no event that begins an activity"
                    self.skipped.append(Skipped(where, why))
                    continue
                ignored += len(events) - len(entering)
                path = tuple(map(_ACTIVITY, entering))
            paths[path] += 1
            histories.append(self._history(case, events, entering, where))
        entered, ends = _count_entries(paths)
        if ignored:
            why = (
                f"{ignored:,} events begin no activity (lifecycle: the end of one, or a plan of it)"
            )
            self.notes.append(Skipped(self.file, why))
        return ParsedFile(
            file=self.file,
            sha256=sha256,
            histories=histories,
            hints={s: _hint(ends[s], entered[s]) for s in entered},
            entered=entered,
            skipped=tuple(self.skipped),
            notes=tuple(self.notes),
            counts={"cases": len(self.cases), "events": count, "variants": len(variants or paths)},
            read_as=read_as or {},
        )

    def _history(
        self, case: str, events: Sequence[Event], entering: Iterable[Any], where: str
    ) -> ItemHistory:
        about = self.about.get(case)
        fields: dict[str, Any] = {"title": case, **about} if about is not None else {"title": case}
        if "owner" not in fields:
            fields["owner"] = next((e[3] for e in reversed(events) if e[3]), None)
        if len(events[0]) > 4:
            fields["team"] = next((e[5] for e in reversed(events) if e[5]), None)
            entering = map(entry, map(_FIRST_FOUR, entering))
        return ItemHistory(case, case, entries=tuple(entering), where=where, **fields)


def _count_entries(paths: Mapping[tuple[str, ...], int]) -> tuple[Counter[str], Counter[str]]:
    """The number of entries into each activity, and of the cases that end with it."""
    entered: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    for path, cases in paths.items():
        ends[path[-1]] += cases
        for activity in path:
            entered[activity] += cases
    return entered, ends


def _entering(events: Sequence[Event]) -> list[Event]:
    """The events that begin an activity: its start, or its completion if it has no start."""
    running: Counter[str] = Counter()
    out = []
    for event in events:
        activity, word = event[1], event[4].casefold()
        if word == _START:
            running[activity] += 1
        elif word == _COMPLETE and running[activity]:
            running[activity] -= 1
            continue
        elif word in _NO_ENTRY:
            continue
        out.append(event)
    return out


def _hint(ends: int, events: int) -> Hint:
    """A hint that an activity is an end, if nearly every case that comes to it ends with it."""
    return Hint("", ends, ends) if 10 * ends >= 9 * events else Hint()
