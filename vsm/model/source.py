"""Sources of work: trackers that vsm reads over the network, and items that went from them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from vsm.model.field_types import InvalidValue, text_of


class SourceKind(StrEnum):
    """The services that can be read."""

    JIRA_CLOUD = "jira-cloud"
    JIRA_DC = "jira-dc"
    GITHUB = "github"
    GITLAB = "gitlab"

    @property
    def file_format(self) -> str:
        """The format of files that has the same records."""
        return "jira" if self in (SourceKind.JIRA_CLOUD, SourceKind.JIRA_DC) else str(self)


class Direction(StrEnum):
    """Whether anything is written upstream. Only reading is there so far."""

    READ = "read"


EVERY_MINUTES = 15
"""Minutes between two runs where nobody chose others."""
_SECRET = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|keyring:[\w.@/-]{1,80}|file:.{1,400}")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_BOARD = re.compile(r"board:[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class Source:
    """A tracker that is read: ``only`` is the stream that its items are in.

    ``scope`` is what is read of it: a JQL query, ``owner/repo``, ``owner/repo project 3`` for the
    columns of a project, or the path of a GitLab project. ``mapping`` is empty, or ``board:7``
    where the columns of a Jira board are the stages. ``auth`` says where the token is.
    ``every`` are the minutes between runs. ``origin`` is what ids are unique within, where that is
    not the format. ``evidence`` is whether pull requests, builds and deployments are recorded.
    """

    id: int
    name: str
    system: str
    base: str
    scope: str
    only: int
    auth: str
    mapping: str = ""
    direction: str = Direction.READ.value
    every: int | None = EVERY_MINUTES
    ca: str = ""
    origin: str = ""
    evidence: bool = False

    @property
    def kind(self) -> SourceKind:
        """Which service it is."""
        return SourceKind(self.system)


@dataclass(frozen=True, slots=True)
class GoneItem:
    """An item that its source no longer shows: deleted, out of the scope, or hidden from us."""

    id: int
    key: str
    source: int
    since: int


def base_address(what: str, value: object) -> str:
    """An address without user, query and last slash; raises :class:`InvalidValue`.

    Only this computer may be asked without TLS: the token would be readable on the way.
    """
    text = text_of(what, " ".join(str(value or "").split()), 300).rstrip("/")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    remedy = "such as https://example.atlassian.net"
    if host is None or parts.scheme not in ("https", "http") or port == 0:
        raise InvalidValue(f"{what} is no address", remedy)
    if parts.username is not None or parts.password is not None:
        raise InvalidValue(f"{what} has a name or password in it", "use --auth for the token")
    if parts.query or parts.fragment:
        raise InvalidValue(f"{what} has a query in it", remedy)
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise InvalidValue(f"{what} has no TLS, so anybody could read the token", "use https://")
    return text


def secret_reference(what: str, value: object) -> str:
    """``env:NAME``, ``keyring:NAME`` or ``file:PATH``; raises :class:`InvalidValue`.

    The error never repeats the value: it may be the token itself.
    """
    text = str(value or "").strip()
    if not _SECRET.fullmatch(text):
        raise InvalidValue(
            f"{what} says where the token is and is not the token itself",
            "write env:NAME, keyring:NAME or file:PATH",
        )
    return text


def board_reference(what: str, value: object) -> str:
    """Empty, or ``board:ID``; raises :class:`InvalidValue`."""
    text = str(value or "").strip()
    if text and not _BOARD.fullmatch(text):
        raise InvalidValue(f"{what}: {text!r:.40} is no board", "write board:7")
    return text
