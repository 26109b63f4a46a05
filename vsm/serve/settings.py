"""Settings of a server: where it listens, what it serves, and its limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of a server; seconds where it is about time.

    ``sessions`` in all, ``sessions_of_key``, ``sessions_of_connection`` (multiplexing),
    ``starting`` at the same time. ``logins`` are connections that have not shown a key yet, in all
    and ``logins_of_address``; each has ``login`` seconds and ``tries`` keys. A connection
    ``without_session`` is closed. ``idle`` is how long nobody may press a key, ``unread`` how long
    a client may leave what it is sent unread, ``end`` how long a session may take to leave.
    """

    sessions: int = 100
    sessions_of_key: int = 10
    sessions_of_connection: int = 4
    starting: int = 4
    logins: int = 64
    logins_of_address: int = 20
    login: float = 20.0
    without_session: float = 60.0
    tries: int = 6
    idle: float = 12 * 3600.0
    unread: float = 60.0
    end: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is served, and how: ``database`` at ``host`` and ``port`` with ``host_key``.

    ``ask`` says whom those may ask who cannot log in; ``log`` is a file, ``None`` for standard
    error.
    """

    database: Path
    host: str = ""
    port: int = 2222
    host_key: Path
    ask: str = ""
    read_only: bool = False
    log: Path | None = None
    limits: Limits = field(default_factory=Limits)
