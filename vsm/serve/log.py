"""The server's own log: one JSON object a line, and never what anybody types or reads."""

from __future__ import annotations

import json
import sys
import traceback
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TextIO

from vsm.database_files import refuse_database


class Event(StrEnum):
    """What is logged."""

    LISTEN = "listen"
    CONNECT = "connect"
    LIMIT = "limit"
    AUTH_OK = "auth_ok"
    AUTH_FAIL = "auth_fail"
    REFUSED = "refused"
    SESSION_START = "session_start"
    SESSION_END = "session_end"
    REVOKED = "revoked"
    WARM = "warm"
    FAULT = "fault"
    STOP = "stop"


REPEATABLE = frozenset((Event.CONNECT, Event.LIMIT, Event.AUTH_FAIL, Event.REFUSED, Event.FAULT))
"""Events that a client can bring about as often as it likes."""
REPEATED_A_SECOND = 100
FRAMES, CAUSES = 40, 5
"""Innermost places of an error that are logged, and errors that led to each other."""


def stack_of(error: BaseException) -> str:
    """The types and places of an error and of those that led to it, without their messages.

    A message may quote what somebody typed or read.
    """
    stacks: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(stacks) < CAUSES:
        frames = traceback.extract_tb(cause.__traceback__, limit=-FRAMES)
        places = (f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames)
        stacks.append("\n".join((type(cause).__qualname__, *places)))
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "\nafter ".join(stacks)


class Log:
    """Writes lines to a file, or to standard error.

    Of what clients can repeat there are no more than so many lines a second; the next one says how
    many were left out, so that a flood does not fill the disk.
    """

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            refuse_database(path)
        self._file: TextIO = sys.stderr if path is None else path.open("a", encoding="utf-8")
        self._second = 0
        self._lines = 0
        self._left_out = 0

    def write(self, event: Event, **facts: object) -> None:
        """Write one line; facts that are not known are left out."""
        now = datetime.now(UTC)
        if event in REPEATABLE and not self._may_tell(int(now.timestamp())):
            self._left_out += 1
            return
        known = {name: value for name, value in facts.items() if value not in (None, "")}
        if self._left_out:
            known["left_out"], self._left_out = self._left_out, 0
        line = {"at": now.isoformat(timespec="milliseconds"), "event": event, **known}
        try:
            print(json.dumps(line), file=self._file, flush=True)
        except OSError:
            return  # a full disk ends no session

    def close(self) -> None:
        """Close the file."""
        if self._file is not sys.stderr:
            self._file.close()

    def _may_tell(self, second: int) -> bool:
        if second != self._second:
            self._second, self._lines = second, 0
        self._lines += 1
        return self._lines <= REPEATED_A_SECOND
