"""The turns in which a journal is written, wherever it is kept: the seam for several machines.

A database of its own keeps its journal in its file: :class:`FileLog`. A replica has a copy of a
journal that a server keeps for several machines: :class:`vsm.store.server.log.ServerLog`. Nothing
outside the store knows which of the two it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple, Protocol

from vsm.model.errors import OutcomeUnknown

Row = tuple[Any, ...]
"""An entry, its columns in the order of :data:`vsm.store.journal.COLUMNS`."""


class Long(NamedTuple):
    """What takes long in a turn, for the others who wait, and how many seconds it may take."""

    what: str
    seconds: int = 30


TAKING_OUT = Long("texts being taken out", 600)
"""It reads the whole journal and makes all tables anew."""
JOURNAL_IMPORT = Long("the import of a journal", 600)
SMALL_IMPORT = 500
"""An import of up to so many items holds nobody up."""


def long_import(items: int) -> Long | None:
    """What others may have to wait for; nothing where it is a small one."""
    return Long(f"an import of {items:,} items") if items > SMALL_IMPORT else None


class TakenOut(NamedTuple):
    """An entry as it is once texts were taken out of it: position, actor, payload."""

    seq: int
    actor: str
    payload: str


class Unanswered(OutcomeUnknown):
    """Entries were sent to be committed and no answer came: they may be in the journal or not."""

    def __init__(self, message: str, remedy: str, last: tuple[int, bytes]) -> None:
        super().__init__(message, remedy)
        self.last = last
        """Position and hash of the last entry that was sent."""


class Turn(Protocol):
    """The right to write the next entries, until it ends; nobody else writes meanwhile."""

    @property
    def now(self) -> int | None:
        """When it began by the clock of the journal, UTC microseconds; ``None``: by one's own."""

    @property
    def missing(self) -> Sequence[Row] | None:
        """Entries that others wrote and this database does not have yet, in order.

        ``None`` where it has to catch up first, as they are too many for a turn.
        """

    def commit(
        self,
        entries: Callable[[], Iterable[Row]],
        last: tuple[int, bytes],
        taken_out: Sequence[TakenOut],
    ) -> None:
        """Make entries, up to position and hash ``last``, part of the journal for good.

        ``taken_out`` are earlier ones from which texts were taken out, as they are now. Called
        before the database commits its copy of them. Raises :class:`EnvironmentProblem` where
        nothing was written, :class:`Unanswered` where that is not known.
        """


class Log(Protocol):
    """A journal that is written by turns."""

    @property
    def known(self) -> int:
        """Up to which entry a journal elsewhere was when it was asked last."""

    def begin(self, long: Long | None) -> AbstractContextManager[Turn]:
        """Wait for a turn, within bounds; raises :class:`EnvironmentProblem` in vain."""

    def holds(self, last: tuple[int, bytes]) -> bool:
        """Whether entries that were sent are in the journal, once no turn can put them there."""

    def since(self, limit: int) -> Sequence[Row]:
        """The next entries that others wrote and this database does not have yet."""

    def wait(self, seconds: float) -> int | None:
        """Wait until somebody has written to a journal elsewhere, or for so long.

        Up to which entry it is now; ``None`` where nobody said.
        """

    def redacted(self) -> Mapping[int, str]:
        """What entries became from which texts were taken out, by position."""

    def some(self, positions: Sequence[int]) -> Iterable[Row]:
        """Entries by their positions, in order."""

    def close(self) -> None:
        """Let go of what a turn needs; the next one makes it anew."""


class FileTurn:
    """The turn of a database of its own: whoever holds its lock writes, and its commit is all."""

    now = None
    missing: Sequence[Row] | None = ()

    def commit(
        self,
        entries: Callable[[], Iterable[Row]],
        last: tuple[int, bytes],
        taken_out: Sequence[TakenOut],
    ) -> None:
        """Nothing: the entries are in the file, whose own commit follows."""


class NoTurn(FileTurn):
    """No turn: for what looks, or makes tables anew, and records nothing."""

    def commit(
        self,
        entries: Callable[[], Iterable[Row]],
        last: tuple[int, bytes],
        taken_out: Sequence[TakenOut],
    ) -> None:
        """Refuse: an entry without a turn would not be in the journal."""
        raise LookupError(f"entry {last[0]} was recorded without a turn")


class FileLog:
    """The journal of a database of its own, in its file."""

    known = 0
    _turn = FileTurn()

    def begin(self, long: Long | None) -> AbstractContextManager[Turn]:
        """No waiting here: the lock of the file is the queue."""
        return nullcontext(self._turn)

    def holds(self, last: tuple[int, bytes]) -> bool:
        """Never asked: a commit of the file is always answered."""
        return True

    def since(self, limit: int) -> Sequence[Row]:
        """Nothing: all that anybody wrote is in the file."""
        return ()

    def wait(self, seconds: float) -> int | None:
        """Wait: there is nobody who would say anything."""
        time.sleep(seconds)
        return None

    def redacted(self) -> Mapping[int, str]:
        """Never asked: there is nothing to take over."""
        return {}

    def some(self, positions: Sequence[int]) -> Iterable[Row]:
        """Never asked: there is nothing to take over."""
        return ()

    def close(self) -> None:
        """Nothing: the lock is given back with each turn."""
