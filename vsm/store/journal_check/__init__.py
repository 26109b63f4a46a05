"""Checks that the entries of a foreign journal could have been written by vsm.

A valid hash chain only says that a file is whole: anybody can compute one. The tables are folded
from the journal without questions, so whatever they take for granted is checked here: that ids
refer to something, that an item is where it is said to leave from, that zones and dates exist,
that streams work. Limits and reasons are left alone: those rules may change between versions.
"""

from __future__ import annotations

import re

from vsm.model import event as e
from vsm.model.event import Recorded
from vsm.model.rules import BOUNDS, EARLIEST, LATEST
from vsm.store.journal_check import entities, imports, items, sprints, streams
from vsm.store.journal_check.state import (
    Impossible,
    JournalState,
    check_event,
    check_numbers,
    describe_error,
    require,
)

__all__ = [
    "Impossible",
    "JournalCheck",
    "describe_error",
    "entities",
    "imports",
    "items",
    "sprints",
]

_LONG_NUMBER = re.compile(r"[0-9]{15}")


class JournalCheck:
    """Follows a journal entry by entry; :meth:`check` raises ``ValueError`` for what cannot be."""

    def __init__(self) -> None:
        self._state = JournalState()
        self._versions: dict[int, int] = {}
        self._group = 0
        self._groups: set[int] = set()
        self._people: set[int] = set()

    def check(self, r: Recorded, payload: str) -> None:
        """Check the next entry against those before it."""
        self._check_columns(r)
        if _LONG_NUMBER.search(payload):
            self._check_payload_numbers(r.event)
        check_event(r.event, self._state, r)

    def finish(self) -> None:
        """Check what has to be so at the end of the last group."""
        changed, self._state.changed = self._state.changed, set()
        for stream_id in changed:
            if stream_id in self._state.streams:
                streams.check_stream(self._state, stream_id)

    def _check_columns(self, r: Recorded) -> None:
        if r.grp != self._group:
            self.finish()
            require(r.grp == r.seq, f"its group is {r.grp}, but a group begins with its own entry")
            self._group = r.grp
            self._groups.add(r.grp)
        if r.undoes is not None:
            require(
                r.undoes in self._groups and r.undoes < r.grp,
                f"there is no group {r.undoes} to undo",
            )
        if r.actor.number is not None:
            known, number = self._people, r.actor.number
            require(r.actor.is_new != (number in known), f"actor {number} is new, or is not known")
            known.add(number)
        for name, at in (("at", r.at), ("recorded_at", r.recorded_at)):
            require(EARLIEST <= at <= LATEST, f"{name} is not a time {BOUNDS}")
        for name in ("item", "stream"):
            there, in_payload = getattr(r, name), getattr(r.event, name, None)
            require(there == in_payload, f"{name} is {there}, but its payload says {in_payload}")
        require((r.item is None) == (r.item_version is None), "item_version does not fit item")
        if r.item is not None and r.item_version is not None:
            last = self._versions.get(r.item, 0)
            require(
                r.item_version == last + 1,
                f"item_version is {r.item_version}, and {last + 1} is the next of item {r.item}",
            )
            self._versions[r.item] = r.item_version

    def _check_payload_numbers(self, event: e.Event) -> None:
        if isinstance(event, e.ItemHistoryImported):
            # Its moments are checked with their range, and there may be very many.
            check_numbers(event.model_dump(exclude={"transitions"}))
        else:
            check_numbers(event.model_dump())
