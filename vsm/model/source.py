"""Sources of work: trackers that vsm reads over the network, and items that went from them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple
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
    """What is written upstream of what people do here: nothing, comments, or moves as well."""

    READ = "read"
    COMMENT = "comment"
    WRITE = "write"


class WriteOutcome(StrEnum):
    """What became of a change that is to be written upstream."""

    PENDING = "pending"
    """It is being sent: whether it arrived has to be looked up."""
    SENT = "sent"
    THERE = "there"
    """Somebody had done the same upstream, so it was not sent."""
    STALE = "stale"
    """Refused: the item had moved upstream meanwhile."""
    HELD = "held"
    """It cannot be sent now; the next run tries again."""
    VOID = "void"
    """It was undone before it was sent."""


SETTLED = (WriteOutcome.SENT, WriteOutcome.THERE, WriteOutcome.STALE, WriteOutcome.VOID)
"""Outcomes after which a change does not keep an item from being read as it is upstream."""


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
    ``written_after`` is the journal entry after which changes are written back: what was done
    before somebody allowed it stays here.
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
    written_after: int | None = None

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


@dataclass(frozen=True, slots=True)
class Written:
    """A change of an item (its journal ``entry``) that is or was to be written upstream.

    ``upstream`` are the ids that it has there, with spaces between; of one that is pending the last
    event before it. ``why`` says why it was not sent.
    """

    id: int
    entry: str
    source: int
    outcome: str
    upstream: str
    why: str


class LocalChange(NamedTuple):
    """A move, the undoing of one, or a comment (``text``) that is to be written upstream.

    ``seq`` is its journal entry, ``digest`` the beginning of that entry's hash. ``outcome``,
    ``upstream`` and ``why`` are those of an earlier try.
    """

    seq: int
    digest: str
    source_key: str
    key: str
    at: int
    by: str
    source: int | None
    target: int | None
    text: str
    is_undo: bool
    outcome: WriteOutcome | None
    upstream: str
    why: str


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
