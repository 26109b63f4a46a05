"""The server's own log: one JSON object a line, and never what anybody types or reads."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TextIO


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
    STOP = "stop"


class Log:
    """Writes lines to a file, or to standard error."""

    def __init__(self, path: Path | None) -> None:
        self._file: TextIO = sys.stderr if path is None else path.open("a", encoding="utf-8")

    def write(self, event: Event, **facts: object) -> None:
        """Write one line; facts that are not known are left out."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        known = {name: value for name, value in facts.items() if value not in (None, "")}
        try:
            print(json.dumps({"at": now, "event": event, **known}), file=self._file, flush=True)
        except OSError:
            return  # a full disk ends no session
