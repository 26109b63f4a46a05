"""The door to presence: says where somebody is, and who else is there. It never raises for a board.

Everything here may fail without anybody noticing more than that nobody is shown: presence never
delays a write nor the screen.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from vsm.model.errors import EnvironmentProblem
from vsm.model.presence import Presence, is_present
from vsm.store.presence import PresenceFile, PresenceProblem

PATIENCE = 0.05
"""Seconds that a board waits for the presence file while somebody else writes it."""
_AGAIN = 2.0
"""Seconds after which a file that could not be used is tried again."""
_PATIENCE_OF_A_LIST = 1.0


def clock() -> int:
    """This moment in UTC microseconds: all who use a database are on one computer."""
    return time.time_ns() // 1000


def host_name() -> str:
    """The name of this computer."""
    return os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")


class PresenceClient:
    """The presence file of a database, as one open board uses it; belongs to one thread."""

    def __init__(self, database: Path, session: str) -> None:
        self._database = database
        self._session = session
        self._file: PresenceFile | None = None
        self._own: Presence | None = None
        self._is_said = True
        """Whether the file has where this board is."""
        self._people: list[Presence] = []
        self._again_at = 0.0

    def exchange(self, own: Presence | None) -> tuple[Presence, ...]:
        """Say where this board is (``None``: where it was), and get who else is there.

        While the file cannot be used, those that were there last and have not expired.
        """
        now = clock()
        if own is not None:
            self._own, self._is_said = own, False
        try:
            file = self._opened()
            if file is not None:
                if self._own is not None and not self._is_said:
                    file.write(self._own._replace(seen=now))
                    self._is_said = True
                self._people = file.read(now)
        except (PresenceProblem, OSError):
            self._give_up()
        others = (person for person in self._people if person.session != self._session)
        return tuple(person for person in others if is_present(person, now))

    def _opened(self) -> PresenceFile | None:
        """The file at the path; opened again where another one is there, but not all the time."""
        if self._file is not None and not self._file.is_current:
            self._let_go()
        if self._file is None and time.monotonic() >= self._again_at:
            self._is_said = False
            self._file = PresenceFile(self._database, create=True, patience=PATIENCE)
        return self._file

    def _give_up(self) -> None:
        self._let_go()
        self._again_at = time.monotonic() + _AGAIN

    def _let_go(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def close(self) -> None:
        """Say that this board is closed, where that can be said at once."""
        if self._file is not None:
            with contextlib.suppress(PresenceProblem, OSError):
                self._file.remove(self._session)
        self._let_go()


def who_is_here(database: Path) -> list[Presence]:
    """Everybody who has a board of a database open.

    Raises :class:`EnvironmentProblem` where that cannot be read.
    """
    from vsm.database_files import presence_path

    if not presence_path(database).exists():
        return []
    try:
        file = PresenceFile(database, create=False, patience=_PATIENCE_OF_A_LIST)
        try:
            return file.read(clock())
        finally:
            file.close()
    except (PresenceProblem, OSError) as error:
        raise EnvironmentProblem(
            f"who is here cannot be read: {error}",
            "try again; where it stays so, delete the file: boards make it anew",
        ) from error
