"""The protocol of services that a run reads, and checks of their answers that all share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from vsm.connect.files.json_fields import Malformed, moment
from vsm.connect.sync.problem import SyncProblem
from vsm.connect.sync.run_folder import Listed
from vsm.model.history import Skipped
from vsm.model.sanitise import inert_line

OVERLAP = 10 * 60 * 1_000_000
"""Microseconds that a listing goes back before its cursor: stamps may be late or equal."""

Record = dict[str, Any]


class Tracker(Protocol):
    """A service, as a run reads it.

    ``chunk`` is how many items are fetched together. ``notes`` say what was odd. ``now`` is the
    clock of the service in UTC microseconds, after :meth:`check`.
    """

    chunk: int
    now: int
    notes: list[Skipped]

    def check(self) -> None:
        """Ask something small: whether the token is accepted, and what time it is there."""

    def listing(self, since: int | None, known: Mapping[str, str]) -> Iterator[Listed]:
        """All items of the scope, or those changed ``since``; ``known`` are stamps by id.

        An item may come twice; the last stamp counts.
        """

    def close(self) -> None:
        """Give up what was kept for the run."""

    def fetch(self, items: Sequence[Listed]) -> list[Record]:
        """These items with their whole history, in this order; those that went are left out."""

    def refer(self, item_id: str, key: str) -> str:
        """What the service calls an item that no listing has."""

    def look(self, items: Sequence[Listed]) -> list[Record]:
        """The same as :meth:`fetch`, as they are at this moment: after something was written."""


def clock_of(headers: Mapping[str, str]) -> int:
    """The clock of a service by its ``Date``; ours where it has none."""
    try:
        there = parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError):
        there = datetime.now(UTC)
    return int(there.timestamp()) * 1_000_000


def rows(value: Any, what: str) -> list[Record]:
    """A list of objects; raises :class:`SyncProblem`."""
    if isinstance(value, list) and all(isinstance(row, dict) for row in value):
        return value
    raise odd(what)


def text(row: Record, name: str, what: str) -> str:
    """A text or number that must be there; raises :class:`SyncProblem`."""
    value = row.get(name)
    if isinstance(value, str | int) and not isinstance(value, bool) and 0 < len(str(value)) <= 500:
        return str(value)
    raise odd(f"{what}: {name}")


def stamp_moment(stamp: str, what: str) -> int:
    """The moment of a stamp in UTC microseconds; raises :class:`SyncProblem`."""
    try:
        return moment(stamp, what)
    except Malformed as bad:
        raise odd(f"{what}: {inert_line(str(bad))[:100]}") from None


def odd(what: str) -> SyncProblem:
    """The refusal of an answer in another form than is known."""
    return SyncProblem(
        f"the answer is not as expected ({what})",
        "nothing was imported; vsm sync raw shows the pages",
    )
